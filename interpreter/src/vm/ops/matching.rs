//! `match` statements.
//!
//! In: a subject that stays in its register. Out: whether it has the pattern's outer form, and the parts that inner patterns
//! look at. The one invariant: what counts as a sequence or mapping is a class's flag, inherited from the builtin types
//! and set by registering with the abstract classes.

use super::{abc, keep, put};
use crate::objects::class::{Class, class_flag};
use crate::objects::exception::Exc;
use crate::objects::names::n;
use crate::objects::str::{Str, text_of};
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::sync::Held;
use crate::vm::regs::Regs;

pub(crate) fn get_len(h: &mut Held, r: Regs, w: u32) -> R<()> {
    let (a, b, _) = abc(w);
    let subject = keep(h, r, b)?.clone();
    let len = h.len(&subject)?;
    let len = h.new_int(len as i64);
    put(h, r, a, len);
    Ok(())
}

pub(crate) fn sequence(h: &mut Held, r: Regs, w: u32) -> R<()> {
    has_flag(h, r, w, class_flag::SEQUENCE)
}

pub(crate) fn mapping(h: &mut Held, r: Regs, w: u32) -> R<()> {
    has_flag(h, r, w, class_flag::MAPPING)
}

fn has_flag(h: &mut Held, r: Regs, w: u32, flag: u32) -> R<()> {
    let (a, b, _) = abc(w);
    let truth = keep(h, r, b)?.class().has(flag);
    put(h, r, a, Value::bool(truth));
    Ok(())
}

/// MATCH_KEYS.
pub(crate) fn keys(h: &mut Held, r: Regs, w: u32) -> R<()> {
    let (a, b, c) = abc(w);
    let subject = keep(h, r, b)?.clone();
    let keys = keep(h, r, c)?.clone();
    let keys = keys.downcast::<Tuple>().map(|keys| keys.items().to_vec()).unwrap_or_default();
    let mut seen: Vec<Value> = Vec::new();
    let mut values = Vec::new();
    let get = h.get_attr(&subject, n::get.value())?;
    let missing = h.new_list(Vec::new());
    for key in keys {
        for known in &seen {
            if h.eq(known, &key)? {
                let key = h.repr_text(&key)?;
                return Err(h.value_error(format!("mapping pattern checks duplicate key ({key})")));
            }
        }
        let value = h.call(&get, &[key.clone(), missing.clone()])?;
        if value.is(&missing) {
            put(h, r, a, Value::NONE);
            return Ok(());
        }
        seen.push(key);
        values.push(value);
    }
    let values = h.new_tuple(values);
    put(h, r, a, values);
    Ok(())
}

/// MATCH_CLASS.
pub(crate) fn class(h: &mut Held, r: Regs, w: u32, names: &Value) -> R<()> {
    let (a, b, positional) = abc(w);
    let subject = keep(h, r, b)?.clone();
    let class = keep(h, r, a)?.clone();
    if class.downcast::<Class>().is_none() {
        return Err(h.type_error("called match pattern must be a type"));
    }
    if !h.is_instance(&subject, &class)? {
        put(h, r, a, Value::NONE);
        return Ok(());
    }
    let names = names.downcast::<Tuple>().map(|names| names.items().to_vec()).unwrap_or_default();
    let result = match attributes(h, &subject, &class, positional, names)? {
        Some(values) => h.new_tuple(values),
        None => Value::NONE,
    };
    put(h, r, a, result);
    h.run_pending()
}

fn attributes(
    h: &mut Held,
    subject: &Value,
    class: &Value,
    positional: usize,
    names: Vec<Value>,
) -> R<Option<Vec<Value>>> {
    let mut values = Vec::new();
    let mut wanted = match positional {
        0 => Vec::new(),
        _ => match positional_names(h, class, positional)? {
            Some(names) => names,
            None => {
                values.push(subject.clone());
                Vec::new()
            }
        },
    };
    let by_position = wanted.len();
    wanted.extend(names);
    for (i, name) in wanted.iter().enumerate() {
        if wanted[..i].iter().any(|known| text_of(known) == text_of(name)) {
            let class = class.downcast::<Class>().map(|class| class.name_text()).unwrap_or_default();
            let message = format!("{class}() got multiple sub-patterns for attribute '{}'", text_of(name));
            return Err(h.type_error(message));
        }
        debug_assert!(i < by_position || name.downcast::<Str>().is_some());
        match h.find_attr(subject, name)? {
            Some(value) => values.push(value),
            None => return Ok(None),
        }
    }
    Ok(Some(values))
}

/// The names that positional patterns stand for; nothing if the one pattern is matched by the subject itself.
fn positional_names(h: &mut Held, class: &Value, positional: usize) -> R<Option<Vec<Value>>> {
    let title = class.downcast::<Class>().map(|class| class.name_text()).unwrap_or_default();
    let Some(names) = h.find_attr(class, n::__match_args__.value())? else {
        let matches_itself = class.downcast::<Class>().is_some_and(matches_itself);
        let allowed = matches_itself as usize;
        if positional > allowed {
            let plural = if allowed == 1 { "" } else { "s" };
            let message = format!("{title}() accepts {allowed} positional sub-pattern{plural} ({positional} given)");
            return Err(h.type_error(message));
        }
        return Ok(None);
    };
    let Some(names) = names.downcast::<Tuple>() else {
        let got = names.class_name();
        return Err(h.type_error(format!("{title}.__match_args__ must be a tuple (got {got})")));
    };
    let names = names.items().to_vec();
    if positional > names.len() {
        let (allowed, plural) = (names.len(), if names.len() == 1 { "" } else { "s" });
        let message = format!("{title}() accepts {allowed} positional sub-pattern{plural} ({positional} given)");
        return Err(h.type_error(message));
    }
    for name in &names[..positional] {
        if name.downcast::<Str>().is_none() {
            let got = name.class_name();
            return Err(h.error(Exc::TypeError, format!("__match_args__ elements must be strings (got {got})")));
        }
    }
    Ok(Some(names[..positional].iter().map(|name| h.intern_value(name)).collect()))
}

/// `int(x)`, `str(x)` and the like bind the subject itself.
fn matches_itself(class: &crate::objects::header::Obj<Class>) -> bool {
    let core = crate::objects::core();
    let builtin = [
        &core.bool,
        &core.bytearray,
        &core.bytes,
        &core.dict,
        &core.float,
        &core.frozenset,
        &core.int,
        &core.list,
        &core.set,
        &core.str,
        &core.tuple,
    ];
    builtin.iter().any(|known| class.is_subclass_of(known))
}
