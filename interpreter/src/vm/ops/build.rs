//! Building containers and strings from registers.
//!
//! In: a window of temps. Out: the container in the window's first register. The one invariant: the window's registers
//! are moved out before the result is written.

use super::{abc, keep, operand, put};
use crate::objects::dict::Dict;
use crate::objects::list::List;
use crate::objects::str::Str;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::sync::Held;
use crate::types::dict_update::merge;
use crate::vm::regs::Regs;
use toy_text::Chars;

/// Moves `count` registers from `a` out.
fn window(r: Regs, a: usize, count: usize) -> impl ExactSizeIterator<Item = Value> {
    // SAFETY: the verifier checked the window.
    (a..a + count).map(move |i| unsafe { r.take(i) }.unwrap_or(Value::NONE))
}

pub(crate) fn tuple(h: &mut Held, r: Regs, a: usize, count: usize) {
    let tuple = h.tuple_from_iter(count, window(r, a, count));
    put(h, r, a, tuple);
}

pub(crate) fn list(h: &mut Held, r: Regs, a: usize, count: usize) {
    let list = h.new_list(window(r, a, count).collect());
    put(h, r, a, list);
}

pub(crate) fn set(h: &mut Held, r: Regs, a: usize, count: usize) -> R<()> {
    let items: Vec<Value> = window(r, a, count).collect();
    let set = h.new_set(items)?;
    put(h, r, a, set);
    h.run_pending()
}

pub(crate) fn map(h: &mut Held, r: Regs, a: usize, pairs: usize) -> R<()> {
    let dict = h.dict_with_room(pairs);
    let mut items = window(r, a, pairs * 2);
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        dict.set(h, key, value)?;
    }
    put(h, r, a, dict.into_value());
    h.run_pending()
}

pub(crate) fn string(h: &mut Held, r: Regs, a: usize, count: usize) -> R<()> {
    // SAFETY: the verifier checked the window; nothing changes it while it is looked at.
    let parts = (a..a + count).filter_map(|i| unsafe { r.get(i) }?.downcast::<Str>());
    let string = h.join_strs(parts, Chars::One(&[]));
    window(r, a, count).for_each(drop);
    put(h, r, a, string);
    Ok(())
}

fn list_at(h: &mut Held, r: Regs, a: usize) -> R {
    keep(h, r, a).cloned()
}

pub(crate) fn list_append(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, _) = abc(w);
    let value = operand(h, r, b, locals)?;
    // SAFETY: the verifier checked the register; the list is not dropped by a push.
    if let Some(list) = unsafe { r.get(a) }.and_then(|list| list.downcast::<List>()) {
        list.push(h, value);
    }
    Ok(())
}

pub(crate) fn list_extend(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, _) = abc(w);
    let source = operand(h, r, b, locals)?;
    if !h.is_iterable(&source) {
        let message = format!("Value after * must be an iterable, not {}", source.class_name());
        return Err(h.type_error(message));
    }
    let items = h.collect(&source)?;
    let list = list_at(h, r, a)?;
    if let Some(list) = list.downcast::<List>() {
        list.admit_all(&items);
        list.rearrange(h, |own| own.extend(items));
    }
    drop(source);
    h.run_pending()
}

pub(crate) fn list_to_tuple(h: &mut Held, r: Regs, w: u32) -> R<()> {
    let (a, b, _) = abc(w);
    let list = operand(h, r, b, 0)?;
    let items = list.downcast::<List>().map(|list| list.snapshot(h)).unwrap_or_default();
    drop(list);
    let tuple = h.new_tuple(items);
    put(h, r, a, tuple);
    Ok(())
}

pub(crate) fn set_add(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, _) = abc(w);
    let value = operand(h, r, b, locals)?;
    let set = keep(h, r, a)?.clone();
    h.set_add(&set, value)?;
    h.run_pending()
}

pub(crate) fn set_update(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, _) = abc(w);
    let source = operand(h, r, b, locals)?;
    let set = keep(h, r, a)?.clone();
    for value in h.collect(&source)? {
        h.set_add(&set, value)?;
    }
    drop(source);
    h.run_pending()
}

pub(crate) fn map_add(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, c) = abc(w);
    let key = operand(h, r, b, locals)?;
    let value = operand(h, r, c, locals)?;
    let dict = keep(h, r, a)?.clone();
    if let Some(dict) = dict.downcast::<Dict>() {
        let old = dict.set(h, key, value)?;
        drop(old);
    }
    h.run_pending()
}

pub(crate) fn dict_update(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, _) = abc(w);
    let source = operand(h, r, b, locals)?;
    let dict = keep(h, r, a)?.clone();
    if let (Some(dict), Some(other)) = (dict.downcast::<Dict>(), source.exactly::<Dict>()) {
        merge(h, dict, other)?;
        drop(source);
        return h.run_pending();
    }
    let items = h.mapping_items(&source, |_| format!("'{}' object is not a mapping", source.class_name()))?;
    for (key, value) in items {
        if let Some(dict) = dict.downcast::<Dict>() {
            dict.set(h, key, value)?;
        }
    }
    drop(source);
    h.run_pending()
}

/// DICT_MERGE: `**keywords` of a call.
pub(crate) fn dict_merge(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, c) = abc(w);
    let source = operand(h, r, b, locals)?;
    let callable: Value = keep(h, r, c)?.clone();
    let dict = keep(h, r, a)?.clone();
    let Some(dict) = dict.downcast::<Dict>() else { return Ok(()) };
    let items = h.mapping_items(&source, |h| {
        let title = h.callable_title(&callable);
        format!("{title} argument after ** must be a mapping, not {}", source.class_name())
    })?;
    for (key, value) in items {
        if dict.contains(h, &key)? {
            let title = h.callable_title(&callable);
            let key = h.str_text(&key)?;
            return Err(h.type_error(format!("{title} got multiple values for keyword argument '{key}'")));
        }
        dict.set(h, key, value)?;
    }
    drop(source);
    h.run_pending()
}

pub(crate) fn format_simple(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, _) = abc(w);
    let value = operand(h, r, b, locals)?;
    let text = if value.exactly::<Str>().is_some() { value } else { h.format_value(&value, None)? };
    put(h, r, a, text);
    h.run_pending()
}

pub(crate) fn format_spec(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, c) = abc(w);
    let value = operand(h, r, b, locals)?;
    let spec = operand(h, r, c, locals)?;
    let text = h.format_value(&value, Some(&spec))?;
    drop((value, spec));
    put(h, r, a, text);
    h.run_pending()
}

pub(crate) fn convert(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, conversion) = abc(w);
    let value = operand(h, r, b, locals)?;
    let text = match conversion as u8 {
        b's' => h.to_str(&value)?,
        b'r' => h.repr(&value)?,
        _ => h.ascii(&value)?,
    };
    drop(value);
    put(h, r, a, text);
    h.run_pending()
}
