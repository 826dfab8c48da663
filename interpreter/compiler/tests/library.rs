//! Every module of python3's own library compiles, and what is made of it passes the verifier.
//!
//! In: the `.py` files of the installed python3 (not its tests' deliberately broken ones, nor packages that others installed). Out: an
//! error of the compiler is a failure; what the front end refuses is not the compiler's.

mod common;

use std::path::PathBuf;
use std::sync::Arc;
use toy_compiler::{Mode, compile};
use toy_syntax::{Source, parse_module};

#[test]
fn pythons_library_compiles() {
    let folder = common::python3("import os; print(os.path.dirname(os.__file__))", &[]);
    let files = common::files(&PathBuf::from(folder.trim()), "py");
    let (compiled, errors) = common::on_its_stack(move || {
        let (mut compiled, mut errors) = (0, Vec::new());
        for path in files.iter().filter(|path| !path.components().any(|part| part.as_os_str() == "site-packages")) {
            let Ok(text) = std::fs::read_to_string(path) else { continue };
            let source = Arc::new(Source::new(path.display().to_string(), text.replace("\r\n", "\n")));
            let Ok((module, _)) = parse_module(&source) else { continue };
            for mode in [Mode::Module, Mode::Exec] {
                match compile(&module, source.clone(), mode) {
                    Ok(_) => compiled += 1,
                    Err(error) => errors.push(format!("{}: {}", path.display(), error.message)),
                }
            }
        }
        (compiled, errors)
    });
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    assert!(compiled > 1000, "only {compiled} modules were compiled");
}
