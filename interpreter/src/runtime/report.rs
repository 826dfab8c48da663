//! Reports on stderr: uncaught exceptions, exceptions that nobody can catch, warnings of the front end.
//!
//! In: an exception. Out: CPython's text. The one invariant: reporting never raises; what goes wrong meanwhile is dropped.

use crate::objects::exception::Exc;
use crate::objects::names::n;
use crate::objects::str::text_of;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::runtime::{signals, traceback};
use crate::sync::Held;
use toy_syntax::{ErrorKind, Source, SyntaxError, Warning};

/// Writes to `sys.stderr`, or to the descriptor if there is none.
pub fn write_stderr(held: &mut Held, text: &str) {
    if try_write(held, text).is_err() {
        use std::io::Write;
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

fn try_write(held: &mut Held, text: &str) -> R<()> {
    let sys = held.import_module("sys")?;
    let stderr = held.get_attr(&sys, n::stderr.value())?;
    if stderr.is_none() {
        return Ok(());
    }
    let text = held.new_str(text);
    held.call_method(&stderr, n::write, &[text])?;
    Ok(())
}

/// Shows an uncaught exception by `sys.excepthook` and gives the exit status.
pub fn uncaught(held: &mut Held, raised: Raised) -> i32 {
    if raised.is(Exc::SystemExit) {
        return exit_status(held, &raised);
    }
    shown(held, raised)
}

/// Shows an exception, SystemExit like any other, and gives the exit status.
pub fn shown(held: &mut Held, raised: Raised) -> i32 {
    let interrupted = raised.is(Exc::KeyboardInterrupt);
    let value = raised.value().clone();
    let hook = held.import_module("sys").and_then(|sys| held.get_attr(&sys, n::excepthook.value()));
    let shown = hook.and_then(|hook| {
        let exception = raised.exception();
        let traceback = exception.traceback.read(held, Clone::clone).unwrap_or(Value::NONE);
        let class = value.class().to_value();
        held.call(&hook, &[class, value.clone(), traceback])
    });
    match shown {
        Err(other) if other.is(Exc::SystemExit) => return exit_status(held, &other),
        Err(other) => {
            write_stderr(held, "Error in sys.excepthook:\n");
            let text = traceback::format(held, other.value());
            write_stderr(held, &text);
            write_stderr(held, "\nOriginal exception was:\n");
            let text = traceback::format(held, &value);
            write_stderr(held, &text);
        }
        Ok(_) => (),
    }
    if interrupted {
        signals::note_interrupted();
        return 130;
    }
    1
}

/// What `SystemExit` asks for: an int, nothing, or a message that goes to stderr.
pub fn exit_status(held: &mut Held, raised: &Raised) -> i32 {
    let code = raised.exception().field(held, 0).unwrap_or(Value::NONE);
    if code.is_none() {
        return 0;
    }
    if let Some(int) = code.as_int() {
        return int.to_i64().map_or(-1, |i| i as i32);
    }
    let text = held.str_text(&code).unwrap_or_default();
    write_stderr(held, &format!("{text}\n"));
    1
}

/// What the hook says by itself, without a message.
const IGNORED: &str = "Exception ignored in";

impl Held {
    /// An exception where nobody can catch it (`__del__`, callbacks): by `sys.unraisablehook`.
    pub fn unraisable(&mut self, raised: Raised, message: &str, object: &Value) {
        let handled = self.save_handled();
        if self.call_unraisable_hook(&raised, message, object).is_err() {
            let object = self.repr_text(object).unwrap_or_else(|_| "<object repr() failed>".to_owned());
            let text = traceback::format(self, raised.value());
            write_stderr(self, &format!("{message}: {object}\n{text}"));
        }
        self.restore_handled(handled);
    }

    fn call_unraisable_hook(&mut self, raised: &Raised, message: &str, object: &Value) -> R<()> {
        let sys = self.import_module("sys")?;
        let hook = self.get_attr(&sys, n::unraisablehook.value())?;
        let name = self.intern("UnraisableHookArgs");
        let make = self.get_attr(&sys, &name)?;
        let value = raised.value().clone();
        let class = value.class().to_value();
        let traceback = raised.exception().traceback.read(self, Clone::clone);
        let traceback = traceback.or_else(|| self.traceback_of_here()).unwrap_or(Value::NONE);
        let message = if message == IGNORED { Value::NONE } else { self.new_str(message) };
        let fields = self.new_tuple(vec![class, value, traceback, message, object.clone()]);
        let args = self.call(&make, &[fields])?;
        self.call(&hook, &[args])?;
        Ok(())
    }
}

/// A warning found while compiling, by `warnings.warn_explicit` if a program has imported warnings, else shown plainly
/// unless its category is ignored by default.
pub(crate) fn front_end_warning(held: &mut Held, warning: &Warning, source: &Source) -> R<()> {
    let category = if warning.category == "SyntaxWarning" { Exc::SyntaxWarning } else { Exc::DeprecationWarning };
    match show_or_raise(held, warning, source) {
        // An error in its place says more: it has the place and the line.
        Err(raised) if raised.is(category) => {
            let error = SyntaxError::new(ErrorKind::Syntax, &*warning.message, warning.span, source);
            Err(held.syntax_error(&error, &source.filename))
        }
        done => done,
    }
}

fn show_or_raise(held: &mut Held, warning: &Warning, source: &Source) -> R<()> {
    let category = if warning.category == "SyntaxWarning" { Exc::SyntaxWarning } else { Exc::DeprecationWarning };
    let line = source.line(warning.span.start);
    let loaded = {
        let name = held.intern("warnings");
        held.modules().get_str(held, &name)
    };
    if let Some(module) = loaded.filter(|module| !module.is_none()) {
        let name = held.intern("warn_explicit");
        let warn = held.get_attr(&module, &name)?;
        let args = [
            held.new_str(&warning.message),
            category.class().value().clone(),
            held.new_str(&source.filename),
            held.new_int(line as i64),
        ];
        // A warning that a filter makes an error is a mistake in the text.
        match held.call(&warn, &args) {
            Err(raised) if raised.is(category) => {
                let error = SyntaxError::new(ErrorKind::Syntax, &warning.message, warning.span, source);
                return Err(held.syntax_error(&error, &source.filename));
            }
            warned => drop(warned?),
        }
    } else if category == Exc::SyntaxWarning {
        let shown = source.line_text(line).unwrap_or_default().trim();
        let text = format!("{}:{line}: SyntaxWarning: {}\n  {shown}\n", source.filename, warning.message);
        write_stderr(held, &text);
    }
    Ok(())
}

/// The message of an exception, as the last line of a traceback has it.
pub fn message_of(held: &mut Held, exception: &Value) -> String {
    held.to_str(exception).map(|text| text_of(&text)).unwrap_or_else(|_| "<exception str() failed>".to_owned())
}
