//! `print` and `input`.
//!
//! In: values. Out: their text on `sys.stdout`, or a line of `sys.stdin`. The one invariant: a text file of ours is written
//! to without looking its methods up; every other object by its `write`.

use super::text::{TextIo, flush, write};
use interpreter::objects::dict::Dict;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::names::{Name, n};
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub static FUNCTIONS: [Def; 2] =
    [def("print", "*args, sep=' ', end='\\n', file=None, flush=False", print), def("input", "prompt='', /", input)];

/// An attribute of `sys`; nothing if it was deleted.
pub fn sys_value(h: &mut Held, name: Name) -> R<Option<Value>> {
    Ok(sys_dict(h)?.get_str(h, name.value()))
}

pub fn sys_dict(h: &mut Held) -> R<Ref<Dict>> {
    let sys = match h.modules().get_str(h, n::sys.value()) {
        Some(sys) => sys,
        None => h.import_module("sys")?,
    };
    match sys.downcast::<Module>() {
        Some(sys) => Ok(sys.dict.clone()),
        None => Err(h.runtime_error("sys is no module")),
    }
}

fn print(h: &mut Held, args: Args<'_>) -> R {
    let [sep, end] = [separator(h, args.opt_some(0), "sep")?, separator(h, args.opt_some(1), "end")?];
    let file = match args.opt_some(2) {
        Some(file) => file.clone(),
        None => match sys_value(h, n::stdout)? {
            Some(stdout) if stdout.is_none() => return Ok(Value::NONE),
            Some(stdout) => stdout,
            None => return Err(h.runtime_error("lost sys.stdout")),
        },
    };
    let put = putter(&file);
    for (i, value) in args.rest(4).iter().enumerate() {
        if i > 0 {
            match sep {
                Some(sep) => put(h, &file, sep)?,
                None => put(h, &file, &h.str_from_char(' '.into()))?,
            }
        }
        if value.exactly::<Str>().is_some() {
            put(h, &file, value)?;
        } else {
            let text = h.to_str(value)?;
            put(h, &file, &text)?;
        }
    }
    match end {
        Some(end) => put(h, &file, end)?,
        None => put(h, &file, &h.str_from_char('\n'.into()))?,
    }
    if super::args::flag(h, args.opt(3), false)? {
        h.call_method(&file, n::flush, &[])?;
    }
    Ok(Value::NONE)
}

/// `sep` or `end`; `None` stands for the usual one.
fn separator<'a>(h: &Held, value: Option<&'a Value>, name: &str) -> R<Option<&'a Value>> {
    match value {
        Some(value) if value.downcast::<Str>().is_none() => {
            Err(h.type_error(format!("{name} must be None or a string, not {}", value.class_name())))
        }
        value => Ok(value),
    }
}

/// How text is written to a file.
fn putter(file: &Value) -> fn(&mut Held, &Value, &Value) -> R<()> {
    if file.exactly::<TextIo>().is_some() {
        |h, file, text| match file.downcast::<TextIo>() {
            Some(file) => write::write(h, file, text),
            None => Ok(()),
        }
    } else {
        |h, file, text| h.call_method(file, n::write, std::slice::from_ref(text)).map(drop)
    }
}

fn input(h: &mut Held, args: Args<'_>) -> R {
    let stdin = stream(h, n::stdin)?;
    let stdout = stream(h, n::stdout)?;
    let stderr = stream(h, n::stderr)?;
    let _ = h.call_method(&stderr, n::flush, &[]);
    if let Some(prompt) = args.opt(0) {
        let prompt = h.to_str(prompt)?;
        putter(&stdout)(h, &stdout, &prompt)?;
    }
    match stdout.exactly::<TextIo>() {
        Some(stdout) => flush(h, stdout)?,
        None => drop(h.call_method(&stdout, n::flush, &[])),
    }
    let line = h.call_method(&stdin, n::readline, &[])?;
    let Some(text) = line.downcast::<Str>() else {
        return Err(h.type_error("object.readline() returned non-string"));
    };
    match text.len() {
        0 => Err(h.error(Exc::EOFError, "EOF when reading a line")),
        len if text.chars().get(len - 1) == 10 => Ok(h.str_from_slice(text.chars().slice(0, len - 1))),
        _ => Ok(line),
    }
}

/// One of the three standard files, which `input` needs.
fn stream(h: &mut Held, name: Name) -> R {
    match sys_value(h, name)? {
        Some(stream) if !stream.is_none() => Ok(stream),
        _ => Err(h.runtime_error(format!("input(): lost sys.{}", name.text()))),
    }
}
