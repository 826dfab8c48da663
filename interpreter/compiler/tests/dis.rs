//! The code of small programs, as `dis` prints it, against `tests/dis/NAME.dis`.
//!
//! In: `tests/dis/*.toy`. Out: a difference is a failure. `UPDATE=1 cargo test --test dis` writes the files anew; read the
//! difference before it is committed.

mod common;

use std::fs;
use std::path::Path;
use toy_compiler::bytecode::dis::dis;

#[test]
fn code_is_as_before() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dis");
    let mut wrong = Vec::new();
    for path in common::files(&folder, "toy") {
        let text = fs::read_to_string(&path).expect("a program");
        let now = dis(&common::compile("program", &text).expect("it compiles"));
        let golden = path.with_extension("dis");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&golden, &now).expect("the file can be written");
        }
        if fs::read_to_string(&golden).unwrap_or_default() != now {
            wrong.push(path)
        }
    }
    assert!(wrong.is_empty(), "the code of {wrong:?} is not that of the .dis beside it");
}
