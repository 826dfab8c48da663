//! Cost grows as the work: the patterns of `benches/growth`, each at a small size and at eight times as much.
//!
//! In: `benches/linear.toy`. Out: a failure that names each pattern whose items cost three times as much at the larger size. The
//! one invariant: what is compared is processor time, the best of several rounds, so a busy machine makes no failure.

use std::path::Path;
use std::process::Command;

#[test]
fn cost_grows_as_the_work() {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/linear.toy");
    let run = Command::new(env!("CARGO_BIN_EXE_toy")).arg(program).arg("--check").output().expect("toy runs");
    let said = String::from_utf8_lossy(&run.stdout) + String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    assert!(said.contains("patterns grow as their work"), "{said}");
}
