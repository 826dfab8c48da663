//! The program: arguments, add the stdlib, run. The first file to read.

use interpreter::runtime::config::{self, Config};
use interpreter::runtime::{report, start};
use std::ffi::OsString;
use std::path::Path;
use interpreter::vm;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let words: Vec<OsString> = std::env::args_os().collect();
    let directory = args.get(1).and_then(|file| Path::new(file).parent()).unwrap_or(Path::new(""));
    let directory = std::path::absolute(directory).unwrap_or_default().into();
    let argv = words.get(1..).unwrap_or_default().to_vec();
    config::set(Config { argv, orig_argv: words, path: vec![directory], ..Config::default() });
    stdlib::install();
    let status = start::run(move |h| {
        let Some(file) = args.get(1) else { return 2 };
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) => {
                eprintln!("toy: can't open file '{file}': {error}");
                return 2;
            }
        };
        if let Err(raised) = stdlib::prepare(h, Default::default()) {
            report::uncaught(h, raised);
            return 1;
        }
        let result = h.compile_bytes(&bytes, file, vm::Mode::Module).and_then(|code| {
            let module = h.new_module("__main__");
            h.run_code(code, module.dict.clone(), None)
        });
        match result {
            Ok(_) => 0,
            Err(raised) => report::uncaught(h, raised),
        }
    });
    std::process::exit(status);
}
