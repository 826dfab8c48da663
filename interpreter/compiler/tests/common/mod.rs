//! What the tests of the compiler share: finding programs, compiling them, asking python3.

#![allow(dead_code, reason = "each test uses its part")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use toy_compiler::bytecode::proto::Proto;
use toy_compiler::{Mode, compile as compile_tree};
use toy_syntax::{Source, parse_module};

/// The stack that the interpreter gives its threads.
const STACK: usize = 64 << 20;

/// The files with an extension below a folder, sorted.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path)
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path)
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no .{extension} in {}", folder.display());
    found
}

/// The unit, or the message of the compiler's error. A text that does not parse is a mistake of the test.
pub fn compile(name: &str, text: &str) -> Result<Proto, String> {
    let source = Arc::new(Source::new(name, text));
    let (module, _) = parse_module(&source).unwrap_or_else(|error| panic!("{name} does not parse: {error:?}"));
    compile_tree(&module, source, Mode::Module).map_err(|error| error.message)
}

/// Runs on a stack as large as the interpreter's threads have.
pub fn on_its_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work).expect("a thread");
    thread.join().expect("no panic")
}

/// What python3 prints when it runs a script.
pub fn python3(script: &str, arguments: &[&str]) -> String {
    let output = Command::new("python3").arg("-c").arg(script).args(arguments).output().expect("python3 is the oracle");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}
