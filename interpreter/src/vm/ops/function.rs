//! Binding arguments to the parameters of toy functions, and making functions and classes.
//!
//! In: arguments as a call gives them. Out: locals in the order of `Proto::varnames`, or CPython's TypeError. The one
//! invariant: after binding every parameter register holds a value.

use super::call::{Called, Place};
use super::put;
use crate::objects::code::Code;
use crate::objects::dict::Dict;
use crate::objects::exception::Exc;
use crate::objects::function::Function;
use crate::objects::header::{Kind, Obj};
use crate::objects::names::n;
use crate::objects::str::{Str, text_of};
use crate::objects::tuple::Tuple;
use crate::objects::value::{Reg, Value};
use crate::runtime::error::{R, Raised};
use crate::sync::Held;
use crate::vm::frame::{Frame, FrameKind};
use crate::vm::regs::Regs;
use toy_compiler::bytecode::proto::flags;

/// Binds `count` arguments that stand at the place's base, the last of them for `keywords`, and enters the function.
///
/// # Safety
/// The place's registers belong to the caller's window or lie above it.
#[inline(never)]
pub(crate) unsafe fn bind_and_enter(
    h: &mut Held,
    f: &Obj<Function>,
    place: Place,
    count: usize,
    keywords: &[Value],
    keep: Option<Value>,
    kind: FrameKind,
) -> R<Called> {
    // SAFETY: the arguments stand at the base.
    let given = (0..count).map(|i| unsafe { (*place.base.add(i)).take() }.unwrap_or(Value::NONE)).collect();
    // SAFETY: the caller's promise.
    unsafe { bind_values(h, f, place, given, keywords, keep, kind) }
}

/// As `bind_and_enter`, with the arguments in a vector.
///
/// # Safety
/// As for `bind_and_enter`.
pub(crate) unsafe fn bind_values(
    h: &mut Held,
    f: &Obj<Function>,
    place: Place,
    given: Vec<Value>,
    keywords: &[Value],
    keep: Option<Value>,
    kind: FrameKind,
) -> R<Called> {
    let code = f.code.read(h, Clone::clone);
    let bound = bind(h, f, &code, given, keywords)?;
    let bound = wide_parameters(h, &code, bound);
    if code.is_generator_like() {
        let generator = super::generator::make(h, f, bound)?;
        // SAFETY: the place is the caller's; the function in it is dropped now.
        unsafe { crate::vm::regs::put(h, place.ret, generator.into_bits()) };
        drop(keep);
        return Ok(Called::Done);
    }
    let count = bound.len();
    // SAFETY: the end of the region is checked here, before anything is written.
    unsafe {
        if place.base.add(count.max(code.nregs as usize)) >= h.stack.end() {
            return Err(h.recursion_error(""));
        }
        for (i, value) in bound.into_iter().enumerate() {
            place.base.add(i).cast::<u64>().write(value.map_or(0, Value::into_bits));
        }
        let pushed = super::call::push(h, f, place, count, keep, kind);
        if pushed.is_err() {
            (0..count).for_each(|i| Regs(place.base).put(h, i, 0));
        }
        pushed?;
    }
    Ok(Called::Frame)
}

/// More parameters than registers hold arrive as one list in the first.
fn wide_parameters(h: &Held, code: &Obj<Code>, bound: Vec<Reg>) -> Vec<Reg> {
    if code.flags & flags::WIDE_PARAMETERS == 0 {
        return bound;
    }
    let values = bound.into_iter().map(|value| value.unwrap_or(Value::NONE)).collect();
    vec![Some(h.new_list(values))]
}

/// The parameters' values, in register order.
fn bind(h: &mut Held, f: &Obj<Function>, code: &Obj<Code>, mut given: Vec<Value>, keywords: &[Value]) -> R<Vec<Reg>> {
    let named = given.split_off(given.len() - keywords.len());
    let argcount = code.argcount as usize;
    let total = argcount + code.kwonlyargcount as usize;
    let positional = given.len();
    let mut bound: Vec<Reg> = Vec::with_capacity(code.nlocals as usize);
    let mut rest = given.into_iter();
    bound.extend(rest.by_ref().take(argcount).map(Some));
    bound.resize_with(total, || None);
    let varargs = code.flags & flags::VARARGS != 0;
    let extra: Vec<Value> = rest.collect();
    let varkw = (code.flags & flags::VARKEYWORDS != 0).then(|| h.new_dict());
    for (name, value) in keywords.iter().zip(named) {
        match parameter(h, code, name, total) {
            Some(i) if bound[i].is_some() => {
                let message = format!("{}() got multiple values for argument '{}'", title(h, f), text_of(name));
                return Err(h.type_error(message));
            }
            Some(i) => bound[i] = Some(value),
            None => match &varkw {
                Some(dict) => drop(dict.set_str(h, name, value)),
                None => return Err(unexpected(h, f, code, keywords, name)),
            },
        }
    }
    if !extra.is_empty() && !varargs {
        return Err(too_many(h, f, code, positional, &bound));
    }
    fill_defaults(h, f, code, &mut bound)?;
    if varargs {
        bound.push(Some(h.new_tuple(extra)));
    }
    if let Some(dict) = varkw {
        bound.push(Some(dict.into_value()));
    }
    Ok(bound)
}

/// The number of the parameter that a keyword names.
fn parameter(h: &Held, code: &Obj<Code>, name: &Value, total: usize) -> Option<usize> {
    let range = code.posonlyargcount as usize..total;
    let by_identity = range.clone().find(|&i| code.parameter_names()[i].is(name));
    by_identity.or_else(|| {
        let wanted = name.downcast::<Str>().filter(|name| !name.is_interned())?;
        let _ = h;
        range
            .into_iter()
            .find(|&i| code.parameter_names()[i].downcast::<Str>().is_some_and(|known| known.chars() == wanted.chars()))
    })
}

fn fill_defaults(h: &mut Held, f: &Obj<Function>, code: &Obj<Code>, bound: &mut [Reg]) -> R<()> {
    let argcount = code.argcount as usize;
    let defaults = f.defaults.read(h, Clone::clone);
    let defaults = defaults.downcast::<Tuple>().map_or(&[][..], |defaults| defaults.items());
    let first = argcount.saturating_sub(defaults.len());
    let missing: Vec<usize> = (0..first).filter(|&i| bound[i].is_none()).collect();
    if !missing.is_empty() {
        return Err(missing_arguments(h, f, code, &missing, "positional"));
    }
    for i in first..argcount {
        if bound[i].is_none() {
            bound[i] = Some(defaults[i - first + defaults.len().saturating_sub(argcount)].clone());
        }
    }
    let kwdefaults = f.kwdefaults.read(h, Clone::clone);
    let mut missing = Vec::new();
    for i in argcount..bound.len() {
        if bound[i].is_none() {
            bound[i] = kwdefaults.downcast::<Dict>().and_then(|dict| dict.get_str(h, &code.parameter_names()[i]));
            if bound[i].is_none() {
                missing.push(i);
            }
        }
    }
    if !missing.is_empty() {
        return Err(missing_arguments(h, f, code, &missing, "keyword-only"));
    }
    Ok(())
}

fn title(h: &Held, f: &Obj<Function>) -> String {
    f.qualname.read(h, text_of)
}

#[cold]
fn missing_arguments(h: &mut Held, f: &Obj<Function>, code: &Obj<Code>, missing: &[usize], kind: &str) -> Raised {
    let names: Vec<String> = missing.iter().map(|&i| format!("'{}'", text_of(&code.parameter_names()[i]))).collect();
    let list = match names.as_slice() {
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [first @ .., last] => format!("{}, and {last}", first.join(", ")),
        [] => String::new(),
    };
    let plural = if names.len() == 1 { "" } else { "s" };
    let message = format!("{}() missing {} required {kind} argument{plural}: {list}", title(h, f), names.len());
    h.type_error(message)
}

#[cold]
fn unexpected(h: &mut Held, f: &Obj<Function>, code: &Obj<Code>, keywords: &[Value], name: &Value) -> Raised {
    let posonly = &code.parameter_names()[..code.posonlyargcount as usize];
    let wrong: Vec<String> = posonly
        .iter()
        .filter(|known| keywords.iter().any(|keyword| text_of(keyword) == text_of(known)))
        .map(text_of)
        .collect();
    let title = title(h, f);
    if !wrong.is_empty() {
        let list = wrong.join(", ");
        return h
            .type_error(format!("{title}() got some positional-only arguments passed as keyword arguments: '{list}'"));
    }
    h.type_error(format!("{title}() got an unexpected keyword argument '{}'", text_of(name)))
}

#[cold]
fn too_many(h: &mut Held, f: &Obj<Function>, code: &Obj<Code>, given: usize, bound: &[Reg]) -> Raised {
    let argcount = code.argcount as usize;
    let defaults = f.defaults.read(h, |defaults| defaults.downcast::<Tuple>().map_or(0, |tuple| tuple.items().len()));
    let takes = if defaults > 0 { format!("from {} to {argcount}", argcount - defaults) } else { argcount.to_string() };
    let plural = if argcount == 1 && defaults == 0 { "" } else { "s" };
    let keyword_only = bound[argcount..].iter().filter(|reg| reg.is_some()).count();
    let were = if given == 1 && keyword_only == 0 { "was" } else { "were" };
    let given = if keyword_only > 0 {
        let (s, t) = (if given == 1 { "" } else { "s" }, if keyword_only == 1 { "" } else { "s" });
        format!("{given} positional argument{s} (and {keyword_only} keyword-only argument{t})")
    } else {
        given.to_string()
    };
    let message = format!("{}() takes {takes} positional argument{plural} but {given} {were} given", title(h, f));
    h.type_error(message)
}

/// MAKE_FUNCTION.
pub(crate) fn make(h: &mut Held, frame: *const Frame, r: Regs, a: usize, bits: usize, code: &Value) -> R<()> {
    // SAFETY: the running frame holds its function.
    let globals = unsafe { (*(*frame).function).globals.clone() };
    let Ok(code) = code.clone().into_ref::<Code>() else { return Err(h.runtime_error("a function without code")) };
    let mut at = a;
    let mut part = |wanted: bool| {
        wanted.then(|| {
            at += 1;
            // SAFETY: the verifier checked the window.
            unsafe { r.take(at - 1) }.unwrap_or(Value::NONE)
        })
    };
    let (defaults, kwdefaults) = (part(bits & 1 != 0), part(bits & 2 != 0));
    let (annotations, closure) = (part(bits & 4 != 0), part(bits & 8 != 0));
    let function = h.new_function(code, globals, closure.unwrap_or(Value::NONE));
    if let Some(defaults) = defaults {
        function.defaults.write(h, |own| *own = defaults);
    }
    if let Some(kwdefaults) = kwdefaults {
        function.kwdefaults.write(h, |own| *own = kwdefaults);
    }
    if let Some(annotations) = annotations {
        function.annotations.write(h, |own| *own = annotations);
    }
    put(h, r, a, function.into_value());
    Ok(())
}

pub(crate) fn load_build_class(h: &mut Held, frame: *const Frame, r: Regs, a: usize) -> R<()> {
    // SAFETY: the running frame holds its function.
    let builtins = unsafe { &(*(*frame).function).builtins };
    match builtins.get_str(h, n::__build_class__.value()) {
        Some(value) => {
            put(h, r, a, value);
            Ok(())
        }
        None => Err(h.error(crate::objects::exception::Exc::NameError, "__build_class__ not found")),
    }
}

pub(crate) fn setup_annotations(h: &mut Held, frame: *const Frame, r: Regs) -> R<()> {
    // SAFETY: the running frame holds its function and code.
    let (code, globals) = unsafe { (&*(*frame).code, (*(*frame).function).globals.value().clone()) };
    let namespace = if code.flags & flags::NAMESPACE != 0 { super::keep(h, r, 0)?.clone() } else { globals };
    let missing = match namespace.exactly::<Dict>() {
        Some(dict) => dict.get_str(h, n::__annotations__.value()).is_none(),
        None => match h.get_item(&namespace, n::__annotations__.value()) {
            Ok(_) => false,
            Err(raised) if raised.is(Exc::KeyError) => true,
            Err(raised) => return Err(raised),
        },
    };
    if missing {
        let dict = h.new_dict().into_value();
        h.set_item(&namespace, n::__annotations__.value(), dict)?;
    }
    debug_assert!(!namespace.is_kind(Kind::LIST));
    Ok(())
}
