//! Loops and unpacking.
//!
//! In: an iterator in a register. Out: its next item. The one invariant: the fast paths cover iterators that run no toy
//! code; generators get a frame, all others are asked through the protocol.

use super::{abc, borrowed, operand, put};
use crate::objects::bytes::Bytes;
use crate::objects::core;
use crate::objects::dict_view::{DictIter, What};
use crate::objects::header::{Header, Kind, Obj};
use crate::objects::iter::{BytesIter, ListIter, ListReverse, RangeIter, SetIter, StrIter};
use crate::objects::list::List;
use crate::objects::str::Str;
use crate::objects::tuple::{self, Tuple};
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::Held;
use crate::types::pairs::{self, Pairing};
use crate::vm::regs::{Regs, apart, drop_object, is_object, share};
use toy_compiler::bytecode::op::Op;
use toy_text::Chars;

/// What a step of an iterator gives.
pub(crate) enum Next {
    /// An owned word.
    Item(u64),
    End,
    /// The iterator is a generator, which wants a frame.
    Generator,
    /// The protocol must be asked.
    Ask,
}

/// The next item of an iterator: of lists, tuples and ranges, which loops meet most, inside the eval loop; of other builtin containers by a call.
#[inline(always)]
pub(crate) unsafe fn next(iterator: u64) -> Next {
    if !is_object(iterator) {
        return Next::Ask;
    }
    // SAFETY: the register owns the iterator, whose kind tells the type; the GIL is held. What other threads can reach is not looked at.
    unsafe {
        let header = &*(iterator as *const Header);
        let kind = header.kind();
        if kind == Kind::LIST_ITER {
            return match header.count.is_private() {
                true => next_of_list(&*(iterator as *const Obj<ListIter>)),
                false => Next::Ask,
            };
        }
        apart();
        if kind == Kind::RANGE_ITER && header.count.is_private() {
            return match (*(iterator as *const Obj<RangeIter>)).advance().map(Value::small_int) {
                Some(Some(value)) => Next::Item(value.into_bits()),
                Some(None) => Next::Ask,
                None => Next::End,
            };
        }
        apart();
        if kind == Kind::GENERATOR {
            return Next::Generator;
        }
        match (Kind::STR_ITER.0..=Kind::LIST_REVERSE.0).contains(&kind.0) && header.count.is_private() {
            true => step_quickly(iterator, kind),
            false => Next::Ask,
        }
    }
}

#[inline(always)]
unsafe fn next_of_list(iterator: &ListIter) -> Next {
    // SAFETY: the iterator is private, and so is the list, or it is a tuple.
    unsafe {
        let Some(container) = &*iterator.list.raw() else { return Next::End };
        let at = iterator.at.get();
        let items: &[Value] = match container.downcast::<List>() {
            Some(list) if !list.items.is_private() => return Next::Ask,
            Some(list) => &*list.items.raw(),
            None => (*(container.bits() as *const Obj<Tuple>)).items(),
        };
        match items.get(at) {
            Some(item) => {
                iterator.at.set(at + 1);
                Next::Item(share(item.bits()))
            }
            None => Next::Ask,
        }
    }
}

/// A step of a private iterator of a builtin container; whatever is not the plain next item is left to its own `__next__`.
#[inline(never)]
unsafe fn step_quickly(iterator: u64, kind: Kind) -> Next {
    // SAFETY: the kind tells the type; the iterator is private, and the containers are asked whether they are.
    let word = unsafe {
        match kind {
            Kind::STR_ITER => next_unit(&*(iterator as *const Obj<StrIter>)),
            Kind::DICT_ITER => next_of_dict(&*(iterator as *const Obj<DictIter>)),
            Kind::SET_ITER => next_of_set(&*(iterator as *const Obj<SetIter>)),
            Kind::BYTES_ITER => next_byte(&*(iterator as *const Obj<BytesIter>)),
            Kind::LIST_REVERSE => next_backward(&*(iterator as *const Obj<ListReverse>)),
            _ => None,
        }
    };
    word.map_or(Next::Ask, Next::Item)
}

unsafe fn next_unit(iterator: &StrIter) -> Option<u64> {
    // SAFETY: as in `step_quickly`; strings do not change.
    unsafe {
        let string = (*iterator.string.raw()).as_ref()?;
        let Chars::One(units) = (*(string.bits() as *const Obj<Str>)).chars() else { return None };
        let at = iterator.at.get();
        let unit = units.get(at)?;
        iterator.at.set(at + 1);
        Some(share(core().latin1[*unit as usize].bits()))
    }
}

unsafe fn next_of_dict(iterator: &DictIter) -> Option<u64> {
    // SAFETY: as in `step_quickly`.
    unsafe {
        let dict = (*iterator.dict.raw()).as_ref()?;
        let (at, left) = (iterator.at.get(), iterator.left.get());
        if left == 0 || iterator.reverse || iterator.what == What::Items {
            return None;
        }
        let (next, key, value) = dict.step_quickly(iterator.used.get(), at)?;
        iterator.left.set(left - 1);
        iterator.at.set(next);
        Some(share(if iterator.what == What::Keys { key.bits() } else { value.bits() }))
    }
}

unsafe fn next_of_set(iterator: &SetIter) -> Option<u64> {
    // SAFETY: as in `step_quickly`.
    unsafe {
        let set = (*iterator.set.raw()).as_ref()?;
        let (at, key) = set.step_quickly(iterator.used.get(), iterator.at.get())?;
        iterator.at.set(at);
        iterator.left.set(iterator.left.get().saturating_sub(1));
        Some(share(key.bits()))
    }
}

unsafe fn next_byte(iterator: &BytesIter) -> Option<u64> {
    // SAFETY: as in `step_quickly`; bytes do not change.
    unsafe {
        let bytes = (*iterator.source.raw()).as_ref()?.downcast::<Bytes>()?;
        let at = iterator.at.get();
        let byte = bytes.data.get(at)?;
        iterator.at.set(at + 1);
        Value::small_int(i64::from(*byte)).map(Value::into_bits)
    }
}

unsafe fn next_backward(iterator: &ListReverse) -> Option<u64> {
    // SAFETY: as in `step_quickly`.
    unsafe {
        let list = (*iterator.list.raw()).as_ref()?.downcast::<List>()?;
        let at = iterator.at.get();
        if !list.items.is_private() || at < 0 {
            return None;
        }
        let item = (&*list.items.raw()).get(at as usize)?;
        iterator.at.set(at - 1);
        Some(share(item.bits()))
    }
}

/// What a loop's step did with the item.
#[repr(u64)]
pub(crate) enum Stepped {
    /// It is in its register.
    Item,
    /// It was a pair, which the instruction behind would have unpacked: both are in their registers.
    Pair,
    End,
}

/// FOR_ITER (`w`) on an iterator that `next` does not know; `body` is the instruction that the loop's body begins with.
#[inline(never)]
pub(crate) fn slow_next(h: &mut Held, r: Regs, w: u32, body: u32) -> R<Stepped> {
    let (a, b, _) = abc(w);
    if body as u8 == Op::UnpackSequence as u8 && body >> 16 == (b | 2 << 8) as u32 {
        return next_pair(h, r, w, body);
    }
    let iterator = borrowed(h, r, a)?;
    match h.next_asked(iterator)? {
        Some(item) => {
            put(h, r, b, item);
            h.run_pending()?;
            Ok(Stepped::Item)
        }
        None => ended(h, r, a),
    }
}

/// As `slow_next`, where the body begins by unpacking a pair.
fn next_pair(h: &mut Held, r: Regs, w: u32, body: u32) -> R<Stepped> {
    let (a, _, _) = abc(w);
    let iterator = borrowed(h, r, a)?;
    match pairs::next(h, iterator)? {
        Pairing::Pair(first, second) => {
            let to = abc(body).0;
            put(h, r, to, first);
            put(h, r, to + 1, second);
            h.run_pending()?;
            Ok(Stepped::Pair)
        }
        Pairing::End => ended(h, r, a),
        Pairing::Other => slow_next(h, r, w, 0),
    }
}

/// The loop is over: its iterator is dropped.
#[cold]
fn ended(h: &mut Held, r: Regs, a: usize) -> R<Stepped> {
    // SAFETY: the verifier checked the register.
    unsafe { r.put(h, a, 0) };
    h.run_pending()?;
    Ok(Stepped::End)
}

#[inline(never)]
pub(crate) fn get_iter(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, _) = abc(w);
    let object = operand(h, r, b, locals)?;
    let iterator = h.iter(&object)?;
    drop(object);
    put(h, r, a, iterator);
    h.run_pending()
}

/// UNPACK_SEQUENCE.
#[inline(never)]
pub(crate) fn unpack(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, count) = abc(w);
    // SAFETY: the verifier checked the registers.
    if unsafe { spread(h, r, a, (b, locals), count) } {
        return h.run_pending();
    }
    let source = operand(h, r, b, locals)?;
    let source = match source.into_ref::<Tuple>() {
        Ok(tuple) if tuple.items().len() == count && tuple.value().exactly::<Tuple>().is_some() => {
            tuple::into_items(tuple, |i, item| put(h, r, a + i, item));
            return Ok(());
        }
        Ok(tuple) => tuple.into_value(),
        Err(other) => other,
    };
    let items = unpack_items(h, &source, count)?;
    drop(source);
    for (i, item) in items.into_iter().enumerate() {
        put(h, r, a + i, item);
    }
    h.run_pending()
}

/// Shares the items of a list that no other thread can reach, or of a tuple that a local holds. False if nothing was done.
///
/// # Safety
/// The registers exist; those from `a` on are temps, which hold nothing but perhaps the source.
#[inline(always)]
unsafe fn spread(h: &mut Held, r: Regs, a: usize, (b, locals): (usize, usize), count: usize) -> bool {
    // SAFETY: the register owns the source, whose kind tells the type; nothing else runs until it is dropped.
    unsafe {
        let Some(source) = r.get(b) else { return false };
        let items: &[Value] = match (source.exactly::<List>(), source.exactly::<Tuple>()) {
            (Some(list), _) if list.items.is_private() => &*list.items.raw(),
            (_, Some(tuple)) if b < locals => tuple.items(),
            _ => return false,
        };
        if items.len() != count {
            return false;
        }
        let source = if b < locals { None } else { r.take(b) };
        for (i, item) in items.iter().enumerate() {
            r.slot(a + i).cast::<u64>().write(share(item.bits()));
        }
        if let Some(source) = source {
            drop_object(h, source.into_bits());
        }
    }
    true
}

fn unpack_items(h: &mut Held, source: &Value, count: usize) -> R<Vec<Value>> {
    if let Some(list) = source.exactly::<List>() {
        let items = list.snapshot(h);
        return check_count(h, items, count);
    }
    if let Some(tuple) = source.exactly::<Tuple>() {
        return check_count(h, tuple.items().to_vec(), count);
    }
    let iterator = unpack_iter(h, source)?;
    let mut items = Vec::with_capacity(count);
    while items.len() < count {
        match h.next(&iterator)? {
            Some(item) => items.push(item),
            None => return Err(too_few(h, count, items.len(), "")),
        }
    }
    match h.next(&iterator)? {
        Some(_) => Err(h.value_error(format!("too many values to unpack (expected {count})"))),
        None => Ok(items),
    }
}

fn unpack_iter(h: &mut Held, source: &Value) -> R {
    if !h.is_iterable(source) {
        return Err(h.type_error(format!("cannot unpack non-iterable {} object", source.class_name())));
    }
    h.iter(source)
}

fn check_count(h: &mut Held, items: Vec<Value>, count: usize) -> R<Vec<Value>> {
    match items.len() {
        len if len == count => Ok(items),
        len if len < count => Err(too_few(h, count, len, "")),
        _ => Err(h.value_error(format!("too many values to unpack (expected {count})"))),
    }
}

#[cold]
fn too_few(h: &Held, count: usize, got: usize, at_least: &str) -> Raised {
    h.value_error(format!("not enough values to unpack (expected {at_least}{count}, got {got})"))
}

/// UNPACK_EX: `a, *b, c = ...`.
#[inline(never)]
pub(crate) fn unpack_ex(h: &mut Held, r: Regs, w: u32, locals: usize, counts: usize) -> R<()> {
    let (a, b, _) = abc(w);
    let (before, after) = (counts & 0xffff, counts >> 16);
    let source = operand(h, r, b, locals)?;
    let iterator = unpack_iter(h, &source)?;
    let items = h.collect(&iterator)?;
    drop((source, iterator));
    if items.len() < before + after {
        return Err(too_few(h, before + after, items.len(), "at least "));
    }
    let middle = items.len() - before - after;
    let mut items = items.into_iter();
    for i in 0..before {
        put(h, r, a + i, items.next().unwrap_or(Value::NONE));
    }
    let list = h.new_list(items.by_ref().take(middle).collect());
    put(h, r, a + before, list);
    for i in 0..after {
        put(h, r, a + before + 1 + i, items.next().unwrap_or(Value::NONE));
    }
    h.run_pending()
}

/// UNPACK_WIDE: all items as a list, checked against the number of targets.
pub(crate) fn unpack_wide(h: &mut Held, r: Regs, w: u32, locals: usize, extra: usize) -> R<()> {
    let (a, b, _) = abc(w);
    let (at_least, count) = (extra >> 31 != 0, extra & 0x7fff_ffff);
    let source = operand(h, r, b, locals)?;
    let items = if at_least {
        let iterator = unpack_iter(h, &source)?;
        let items = h.collect(&iterator)?;
        if items.len() < count {
            return Err(too_few(h, count, items.len(), "at least "));
        }
        items
    } else {
        unpack_items(h, &source, count)?
    };
    drop(source);
    let list = h.new_list(items);
    put(h, r, a, list);
    h.run_pending()
}
