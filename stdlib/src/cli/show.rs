//! `toy tokens|ast|dis FILE`: a program at each stage on its way to the machine.
//!
//! In: a file. Out: text on stdout, or the error of the stage that refused it. The one invariant: nothing is run.

use super::options::Stage;
use interpreter::compiler::bytecode::dis;
use interpreter::compiler::{self, Mode};
use interpreter::syntax::{self, Source, SyntaxError};
use std::ffi::OsStr;
use std::io::Write;
use std::sync::Arc;

pub fn show(stage: Stage, file: &OsStr) -> i32 {
    let shown = file.to_string_lossy();
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => {
            let errno = error.raw_os_error().unwrap_or(libc::EIO);
            eprintln!("toy: can't open file '{shown}': [Errno {errno}] {}", crate::syscall::strerror(errno));
            return 2;
        }
    };
    match text(stage, &bytes, &shown) {
        Ok(text) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            0
        }
        Err(error) => {
            eprintln!("{}", error.report(&shown));
            1
        }
    }
}

fn text(stage: Stage, bytes: &[u8], filename: &str) -> Result<String, SyntaxError> {
    let source = Arc::new(Source::new(filename, syntax::decode_file(bytes, filename)?));
    match stage {
        Stage::Tokens => Ok(syntax::tokens(&source)?
            .iter()
            .map(|token| {
                let (line, column) = position(&source, token.start);
                format!(
                    "{line}:{column}\t{:?}\t{:?}\n",
                    token.kind,
                    source.text.get(token.start as usize..token.end as usize).unwrap_or("")
                )
            })
            .collect()),
        Stage::Ast => Ok(syntax::dump(&syntax::parse_module(&source)?.0, &source) + "\n"),
        Stage::Dis => {
            let module = syntax::parse_module(&source)?.0;
            Ok(dis::dis(&compiler::compile(&module, source, Mode::Module)?))
        }
    }
}

fn position(source: &Source, at: u32) -> (u32, u32) {
    let place = source.place(at);
    (place.line, place.column)
}
