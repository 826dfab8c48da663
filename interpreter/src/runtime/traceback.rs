//! The text of an exception with its traceback, for reports.
//!
//! In: an exception. Out: what CPython prints. The one invariant: formatting raises nothing and ends, whatever the program's
//! `__str__` does and however the chain of causes is tied.

use crate::objects::code::Code;
use crate::objects::exception::{Exception, Traceback};
use crate::objects::header::Obj;
use crate::objects::names::n;
use crate::objects::str::text_of;
use crate::objects::value::Value;
use crate::sync::Held;
use std::fmt::Write;

/// The whole text, newline included: causes first.
pub fn format(held: &mut Held, exception: &Value) -> String {
    let mut out = String::new();
    chain(held, exception, &mut out, &mut Vec::new());
    out
}

fn chain(held: &mut Held, value: &Value, out: &mut String, seen: &mut Vec<u64>) {
    let Some(exception) = value.downcast::<Exception>() else { return };
    seen.push(value.bits());
    let cause = exception.cause.read(held, Clone::clone);
    let context = exception.context.read(held, Clone::clone).filter(|_| !exception.suppress_context.get());
    let fresh = |earlier: &Value| !seen.contains(&earlier.bits());
    if let Some(cause) = cause.filter(fresh) {
        chain(held, &cause, out, seen);
        out.push_str("\nThe above exception was the direct cause of the following exception:\n\n");
    } else if let Some(context) = context.filter(fresh) {
        chain(held, &context, out, seen);
        out.push_str("\nDuring handling of the above exception, another exception occurred:\n\n");
    }
    single(held, value, exception, out);
}

fn single(held: &mut Held, value: &Value, exception: &Obj<Exception>, out: &mut String) {
    if let Some(traceback) = exception.traceback.read(held, Clone::clone) {
        out.push_str("Traceback (most recent call last):\n");
        entries(held, &traceback, out);
    }
    let message = super::report::message_of(held, value);
    let title = title(held, value);
    if message.is_empty() {
        let _ = writeln!(out, "{title}");
    } else {
        let _ = writeln!(out, "{title}: {message}");
    }
}

/// The class's name with its module, unless that is `builtins` or `__main__`.
fn title(held: &mut Held, value: &Value) -> String {
    let class = value.class();
    let qualname = class.qualname.read(held, text_of);
    let module = class.lookup(held, n::__module__.value()).map(|module| text_of(&module));
    match module.as_deref() {
        None | Some("builtins" | "__main__" | "") => qualname,
        Some(module) => format!("{module}.{qualname}"),
    }
}

fn entries(held: &mut Held, first: &Value, out: &mut String) {
    let mut at = Some(first.clone());
    while let Some(value) = at {
        let Some(entry) = value.downcast::<Traceback>() else { return };
        frame_line(&entry.code, entry.at, out);
        at = entry.next.read(held, Clone::clone);
    }
}

fn frame_line(code: &Obj<Code>, at: usize, out: &mut String) {
    let line = code.line(at);
    let (file, name) = (text_of(&code.filename), text_of(&code.name));
    let _ = writeln!(out, "  File \"{file}\", line {line}, in {name}");
    if let Some(text) = code.source.line_text(line) {
        let _ = writeln!(out, "    {}", text.trim());
    }
}
