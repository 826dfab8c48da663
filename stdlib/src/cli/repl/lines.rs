//! Lines without editing: from a pipe, or where the terminal cannot do more.
//!
//! In: `sys.stdin`. Out: its lines. The one invariant: prompts go to stderr, so that stdout has the program's output alone.

use super::{Line, Lines, stdin_line};
use interpreter::objects::exception::Exc;
use interpreter::objects::module::Module;
use interpreter::runtime::error::R;
use interpreter::runtime::report;
use interpreter::sync::Held;

pub struct Plain;

impl Lines for Plain {
    fn read(&mut self, h: &mut Held, prompt: &str, _: &Module) -> R<Line> {
        report::write_stderr(h, prompt);
        match stdin_line(h) {
            Ok(Some(line)) => Ok(Line::Text(line)),
            Ok(None) => Ok(Line::End),
            Err(raised) if raised.is(Exc::KeyboardInterrupt) => Ok(Line::Interrupt),
            Err(raised) => Err(raised),
        }
    }
}
