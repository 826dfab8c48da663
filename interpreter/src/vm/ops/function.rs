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
use smallvec::SmallVec;
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
    // SAFETY: the function holds its code while it is called.
    let code = unsafe { &**f.code.raw() };
    let slots = code.parameters();
    // SAFETY: the end of the region is checked before anything above the arguments is written.
    unsafe {
        let place = super::call::settle(h, place, count)?;
        let base = place.base;
        let outcome = match h.stack.has_room(base, count.max(slots).max(code.nregs as usize)) {
            true if super::named::bind_quickly(f, code, base, count, keywords) => Ok(()),
            true => bind(h, f, code, base, count, keywords),
            false => Err(h.recursion_error("")),
        };
        let outcome = match outcome {
            Ok(()) if code.flags & flags::WIDE_PARAMETERS != 0 => Ok(wide_parameters(h, base, slots)),
            Ok(()) => Ok(slots),
            Err(raised) => Err((raised, count)),
        };
        let outcome = match outcome {
            Ok(bound) if code.is_generator_like() => return Ok(super::call::make_generator(h, f, place, bound, keep)),
            Ok(bound) => super::call::push(h, f, place, bound, keep, kind).map_err(|raised| (raised, bound)),
            Err(failed) => Err(failed),
        };
        if let Err((raised, left)) = outcome {
            (0..left).for_each(|i| Regs(base).put(h, i, 0));
            return Err(raised);
        }
    }
    Ok(Called::Frame)
}

/// As `bind_and_enter`, with the arguments elsewhere: they are shared.
///
/// # Safety
/// As for `bind_and_enter`; what stands at the place's base is overwritten.
pub(crate) unsafe fn bind_values(
    h: &mut Held,
    f: &Obj<Function>,
    place: Place,
    given: &[Reg],
    keywords: &[Value],
    keep: Option<Value>,
    kind: FrameKind,
) -> R<Called> {
    // SAFETY: the end of the region is checked before anything is written.
    unsafe {
        let place = super::call::settle(h, place, 0)?;
        if !h.stack.has_room(place.base, given.len()) {
            return Err(h.recursion_error(""));
        }
        let mut count = 0;
        for value in given.iter().flatten() {
            place.base.add(count).cast::<u64>().write(value.clone().into_bits());
            count += 1;
        }
        if f.generator_args.get() == count as i32 && keywords.is_empty() {
            return Ok(super::call::make_generator(h, f, place, count, keep));
        }
        if f.simple_args.get() == count as i32 && keywords.is_empty() {
            return super::call::push_or_clear(h, f, place, count, keep, kind).map(|()| Called::Frame);
        }
        bind_and_enter(h, f, place, count, keywords, keep, kind)
    }
}

/// More parameters than registers hold arrive as one list in the first.
unsafe fn wide_parameters(h: &Held, base: *mut Reg, slots: usize) -> usize {
    // SAFETY: the parameters stand at the base.
    unsafe {
        let values = (0..slots).map(|i| (*base.add(i)).take().unwrap_or(Value::NONE)).collect();
        *base = Some(h.new_list(values));
    }
    1
}

/// Brings the arguments at `base`, the last ones named, into the order of the parameters. After an error the first `count`
/// registers are valid and the ones behind them empty.
unsafe fn bind(
    h: &mut Held,
    f: &Obj<Function>,
    code: &Obj<Code>,
    base: *mut Reg,
    count: usize,
    keywords: &[Value],
) -> R<()> {
    let argcount = code.argcount as usize;
    let total = argcount + code.kwonlyargcount as usize;
    let positional = count - keywords.len();
    let varargs = code.flags & flags::VARARGS != 0;
    let slots = code.parameters();
    // SAFETY: the caller checked that there is room for all arguments and parameters.
    unsafe {
        let take = |i: usize| (*base.add(i)).take().unwrap_or(Value::NONE);
        let mut named = SmallVec::<[Value; 6]>::new();
        for i in positional..count {
            named.push(take(i));
        }
        let extra = argcount.min(positional)..positional;
        let excess = !varargs && !extra.is_empty();
        let mut rest = None;
        if varargs {
            rest = Some(h.tuple_from_iter(extra.len(), extra.map(take)));
        } else if excess {
            extra.map(take).for_each(drop);
        }
        for i in positional.min(argcount)..slots {
            base.add(i).cast::<u64>().write_volatile(0);
        }
        let bound = std::slice::from_raw_parts_mut(base, slots);
        let varkw = (code.flags & flags::VARKEYWORDS != 0).then(|| h.new_dict());
        let mut bind_all = || {
            for (name, value) in keywords.iter().zip(named.drain(..)) {
                bind_keyword(h, f, code, &mut bound[..total], (name, value), keywords, varkw.as_deref())?;
            }
            if excess {
                return Err(too_many(h, f, code, positional, &bound[..total]));
            }
            fill_defaults(h, f, code, &mut bound[..total])
        };
        let outcome = bind_all();
        if varargs {
            bound[total] = rest;
        }
        if let Some(dict) = varkw {
            bound[slots - 1] = Some(dict.into_value());
        }
        if outcome.is_err() {
            (count.min(slots)..slots).for_each(|i| bound[i] = None);
        }
        outcome
    }
}

/// Binds one keyword argument, to a parameter or into the dict of the others.
fn bind_keyword(
    h: &mut Held,
    f: &Obj<Function>,
    code: &Obj<Code>,
    bound: &mut [Reg],
    (name, value): (&Value, Value),
    keywords: &[Value],
    others: Option<&Obj<Dict>>,
) -> R<()> {
    match (parameter(h, code, name, bound.len()), others) {
        (Some(i), _) if bound[i].is_some() => {
            let message = format!("{}() got multiple values for argument '{}'", title(h, f), text_of(name));
            return Err(h.type_error(message));
        }
        (Some(i), _) => bound[i] = Some(value),
        (None, Some(dict)) => drop(dict.set_str(h, name, value)),
        (None, None) => return Err(unexpected(h, f, code, keywords, name)),
    }
    Ok(())
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
    if bound[..argcount].iter().any(Option::is_none) {
        let defaults = f.defaults.read(h, Clone::clone);
        let defaults = defaults.downcast::<Tuple>().map_or(&[][..], |defaults| defaults.items());
        let first = argcount.saturating_sub(defaults.len());
        if bound[..first].iter().any(Option::is_none) {
            let missing: Vec<usize> = (0..first).filter(|&i| bound[i].is_none()).collect();
            return Err(missing_arguments(h, f, code, &missing, "positional"));
        }
        let defaults = &defaults[defaults.len().saturating_sub(argcount)..];
        for (reg, default) in bound[first..argcount].iter_mut().zip(defaults).filter(|(reg, _)| reg.is_none()) {
            *reg = Some(default.clone());
        }
    }
    if bound[argcount..].iter().any(Option::is_none) {
        return fill_keyword_defaults(h, f, code, bound);
    }
    Ok(())
}

fn fill_keyword_defaults(h: &mut Held, f: &Obj<Function>, code: &Obj<Code>, bound: &mut [Reg]) -> R<()> {
    let kwdefaults = f.kwdefaults.read(h, Clone::clone);
    let mut missing = Vec::new();
    for i in code.argcount as usize..bound.len() {
        if bound[i].is_none() {
            bound[i] = kwdefaults.downcast::<Dict>().and_then(|dict| dict.get_str(h, &code.parameter_names()[i]));
            if bound[i].is_none() {
                missing.push(i);
            }
        }
    }
    match missing.is_empty() {
        true => Ok(()),
        false => Err(missing_arguments(h, f, code, &missing, "keyword-only")),
    }
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
