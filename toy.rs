//! The program: arguments, add the stdlib, run. The first file to read.

use interpreter::runtime::{report, start};
use interpreter::vm;

fn main() {
    let args: Vec<String> = std::env::args().collect();
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
        let result = h.compile_bytes(&bytes, file, vm::Mode::Module).and_then(|code| {
            let module = h.new_module("__main__");
            h.run_code(code, module.dict.clone(), None)
        });
        match result {
            Ok(_) => 0,
            Err(raised) => {
                let text = interpreter::runtime::traceback::format(h, raised.value());
                report::write_stderr(h, &text);
                1
            }
        }
    });
    std::process::exit(status);
}
