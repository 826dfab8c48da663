//! Running the program.
//!
//! In: what the command line asks for. Out: a status. The one invariant: the program's module is `__main__`, in
//! `sys.modules` from before its first line.

use super::options::{Options, Program};
use super::prepare::prepare;
use super::{absolute, module, repl};
use crate::io::standard::Wishes;
use crate::syscall;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::report;
use interpreter::sync::Held;
use interpreter::vm::Mode;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Runs it, and talks afterwards if that is wanted.
pub fn run(h: &mut Held, options: &Options) -> i32 {
    let wishes = Wishes { unbuffered: options.unbuffered, interactive: options.inspect };
    if let Err(raised) = prepare(h, wishes) {
        return report::uncaught(h, raised);
    }
    let main = new_main(h);
    let talks_after = options.inspect && !matches!(options.program, Program::Input(_));
    let status = match program(h, options, &main) {
        Ok(status) => status,
        Err(raised) if talks_after => report::shown(h, raised),
        Err(raised) => report::uncaught(h, raised),
    };
    if talks_after {
        return repl::talk(h, &main, true);
    }
    status
}

/// The module `__main__`.
fn new_main(h: &mut Held) -> Ref<Module> {
    let main = h.new_module("__main__");
    let name = h.intern("__main__");
    h.modules().set_str(h, &name, main.value().clone());
    let builtins = h.intern("builtins");
    if let Some(builtins) = h.modules().get_str(h, &builtins) {
        main.dict.set_str(h, n::__builtins__.value(), builtins);
    }
    let annotations = h.new_dict().into_value();
    main.dict.set_str(h, n::__annotations__.value(), annotations);
    main
}

fn program(h: &mut Held, options: &Options, main: &Ref<Module>) -> R<i32> {
    match &options.program {
        Program::File(file) => run_file(h, file, main, options.skip_first_line),
        Program::Command(text) => {
            let code = h.compile(&format!("{text}\n"), "<string>", Mode::Module)?;
            h.run_code(code, main.dict.clone(), None)?;
            Ok(0)
        }
        Program::Module(name) => module::run(h, name, main),
        Program::Input(_) if options.inspect || syscall::isatty(0) => Ok(repl::talk(h, main, options.quiet)),
        Program::Input(_) => run_input(h, main),
        Program::Show(..) => Ok(0),
    }
}

fn run_file(h: &mut Held, file: &OsStr, main: &Ref<Module>, skip_first_line: bool) -> R<i32> {
    let path = Path::new(file);
    let full = absolute(path);
    if path.is_dir() {
        return module::run_folder(h, &full, main);
    }
    let shown = full.to_string_lossy().into_owned();
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => return Ok(cannot_open(&shown, &error)),
    };
    set_file(h, main, full.as_os_str());
    // The line's end stays, so that lines keep their numbers.
    let skipped = if skip_first_line { bytes.iter().position(|&b| b == b'\n').unwrap_or(bytes.len()) } else { 0 };
    run_bytes(h, main, &bytes[skipped..], &shown)
}

/// `__file__` and `__cached__`.
pub fn set_file(h: &mut Held, main: &Ref<Module>, file: &OsStr) {
    let file = crate::io::path::decode(h, file.as_bytes());
    main.dict.set_str(h, n::__file__.value(), file);
    main.dict.set_str(h, n::__cached__.value(), Value::NONE);
}

pub fn run_bytes(h: &mut Held, main: &Ref<Module>, bytes: &[u8], filename: &str) -> R<i32> {
    let code = h.compile_bytes(bytes, filename, Mode::Module)?;
    h.run_code(code, main.dict.clone(), None)?;
    Ok(0)
}

/// python3's words for a program that cannot be read; status 2.
fn cannot_open(shown: &str, error: &std::io::Error) -> i32 {
    let errno = error.raw_os_error().unwrap_or(libc::EIO);
    let text = syscall::strerror(errno);
    eprintln!("toy: can't open file '{shown}': [Errno {errno}] {text}");
    2
}

/// A program that comes through a pipe.
fn run_input(h: &mut Held, main: &Ref<Module>) -> R<i32> {
    let mut bytes = Vec::new();
    crate::io::file::drain(h, 0, &mut bytes)?;
    let file = h.new_str("<stdin>");
    main.dict.set_str(h, n::__file__.value(), file);
    let code = h.compile_bytes(&bytes, "<stdin>", Mode::Module)?;
    drop(bytes);
    let done: Result<Value, Raised> = h.run_code(code, main.dict.clone(), None);
    done.map(|_| 0)
}
