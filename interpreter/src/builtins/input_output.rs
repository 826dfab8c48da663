//! `print`, `input`, `open` and `breakpoint`.
//!
//! In: values and the streams of `sys`. Out: text where the program sent it. The one invariant: each part of a line is
//! written by its own call of `write`, as in CPython, so threads that print at once can interleave as they do there.

use crate::objects::dict::Dict;
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::module::Module;
use crate::objects::names::{Name, n};
use crate::objects::str::{Str, text_of};
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use std::io::Write;

pub(super) static FUNCTIONS: [Def; 4] = [
    def("breakpoint", "*args, **kws", breakpoint),
    def("input", "prompt='', /", input),
    def("open", "*args, **kwargs", open),
    def("print", "*args, sep=' ', end='\\n', file=None, flush=False", print),
];

/// An attribute of `sys`, if the module is there and has it.
fn of_sys(h: &Held, name: Name) -> Option<Value> {
    sys(h)?.downcast::<Module>()?.dict.get_str(h, name.value())
}

fn sys(h: &Held) -> Option<Value> {
    h.modules().get_str(h, n::sys.value())
}

fn print(h: &mut Held, args: Args<'_>) -> R {
    let sep = text_option(h, args.opt_some(0), "sep", " ")?;
    let end = text_option(h, args.opt_some(1), "end", "\n")?;
    let flush = match args.opt(3) {
        Some(flush) => h.truth(flush)?,
        None => false,
    };
    let file = match args.opt_some(2) {
        Some(file) => file.clone(),
        None => match of_sys(h, n::stdout) {
            Some(file) if file.is_none() => return Ok(Value::NONE),
            Some(file) => file,
            None if sys(h).is_some() => return Err(h.runtime_error("lost sys.stdout")),
            None => return print_plainly(h, args.rest(4), &sep, &end),
        },
    };
    for (i, value) in args.rest(4).iter().enumerate() {
        if i > 0 {
            h.call_method(&file, n::write, std::slice::from_ref(&sep))?;
        }
        let write = h.get(&file, n::write)?;
        let text = h.to_str(value)?;
        h.call(&write, &[text])?;
    }
    h.call_method(&file, n::write, &[end])?;
    if flush {
        h.call_method(&file, n::flush, &[])?;
    }
    Ok(Value::NONE)
}

fn text_option(h: &mut Held, given: Option<&Value>, name: &str, default: &str) -> R {
    match given {
        None => Ok(h.new_str(default)),
        Some(text) if text.downcast::<Str>().is_some() => Ok(text.clone()),
        Some(other) => Err(h.type_error(format!("{name} must be None or a string, not {}", other.class_name()))),
    }
}

/// To the descriptor: in a machine without the module `sys`.
fn print_plainly(h: &mut Held, values: &[Value], sep: &Value, end: &Value) -> R {
    let mut parts = Vec::with_capacity(values.len());
    for value in values {
        parts.push(h.str_text(value)?);
    }
    let line = parts.join(&text_of(sep)) + &text_of(end);
    match h.detach(|| std::io::stdout().write_all(line.as_bytes())) {
        Ok(()) => Ok(Value::NONE),
        Err(error) => Err(h.error(Exc::OSError, error.to_string())),
    }
}

/// A stream of `sys` that `input` needs.
fn stream(h: &mut Held, name: Name) -> R {
    match of_sys(h, name).filter(|stream| !stream.is_none()) {
        Some(stream) => Ok(stream),
        None => Err(h.runtime_error(format!("input(): lost sys.{}", name.text()))),
    }
}

fn input(h: &mut Held, args: Args<'_>) -> R {
    let stdin = stream(h, n::stdin)?;
    let stdout = stream(h, n::stdout)?;
    let stderr = stream(h, n::stderr)?;
    if let Err(raised) = h.call_method(&stderr, n::flush, &[]) {
        drop(raised);
    }
    if let Some(prompt) = args.opt(0) {
        let prompt = h.to_str(prompt)?;
        h.call_method(&stdout, n::write, &[prompt])?;
    }
    if let Err(raised) = h.call_method(&stdout, n::flush, &[]) {
        drop(raised);
    }
    let line = h.call_method(&stdin, n::readline, &[])?;
    let Some(text) = line.downcast::<Str>() else {
        return Err(h.type_error("object.readline() returned non-string"));
    };
    let chars = text.chars();
    match chars.len() {
        0 => Err(h.error(Exc::EOFError, "EOF when reading a line")),
        len if chars.get(len - 1) == u32::from('\n') => Ok(h.str_from_slice(chars.slice(0, len - 1))),
        _ => Ok(line),
    }
}

/// `io.open`, found when it is called.
fn open(h: &mut Held, args: Args<'_>) -> R {
    let io = h.import_module("_io")?;
    let name = h.intern("open");
    let open = h.get_attr(&io, &name)?;
    forward(h, &open, args)
}

fn breakpoint(h: &mut Held, args: Args<'_>) -> R {
    let name = h.intern("breakpointhook");
    let hook = sys(h).and_then(|sys| sys.downcast::<Module>()?.dict.get_str(h, &name));
    match hook {
        Some(hook) => forward(h, &hook, args),
        None => Err(h.runtime_error("lost sys.breakpointhook")),
    }
}

/// Calls with the same arguments.
fn forward(h: &mut Held, function: &Value, args: Args<'_>) -> R {
    match args[1].downcast::<Dict>() {
        Some(keywords) => h.call_with_dict(function, args.rest(0), keywords),
        None => h.call(function, args.rest(0)),
    }
}
