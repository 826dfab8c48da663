//! Subscripts: the fast paths on lists, tuples and dicts, and the way to the slow ones.
//!
//! In: a container and an index in registers. Out: the item. The one invariant: a fast path answers only for exact builtin
//! containers and immediate ints (so the index needs no drop), and shares what it gives.

use super::call::{Called, enter_method};
use super::{abc, borrowed, done_with, operand, put};
use crate::objects::dict::Dict;
use crate::objects::header::{Header, Kind, Obj};
use crate::objects::list::List;
use crate::objects::names::n;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::sync::Held;
use crate::vm::frame::FrameKind;
use crate::vm::regs::{Regs, is_object, share};

/// `container[index]` for a list or tuple and a small int in range: an owned word.
#[inline(always)]
pub(crate) unsafe fn fast_get(container: u64, index: u64) -> Option<u64> {
    if index & 1 == 0 || !is_object(container) {
        return None;
    }
    // SAFETY: the register owns the container, whose kind tells the type; the GIL is held.
    unsafe {
        let header = &*(container as *const Header);
        let items: &[Value] = if header.is_exactly(Kind::LIST) {
            if !header.count.is_private() {
                return None;
            }
            &*(*(container as *const Obj<List>)).items.raw()
        } else if header.is_exactly(Kind::TUPLE) {
            (*(container as *const Obj<Tuple>)).items()
        } else {
            return None;
        };
        let i = index as i64 >> 1;
        let i = if i < 0 { i + items.len() as i64 } else { i };
        items.get(i as usize).map(|item| share(item.bits()))
    }
}

/// The slot of `list[index]` for a small int in range.
#[inline(always)]
pub(crate) unsafe fn fast_set(container: u64, index: u64) -> Option<*mut Value> {
    if index & 1 == 0 || !is_object(container) {
        return None;
    }
    // SAFETY: as in `fast_get`; the slot is written at once.
    unsafe {
        let header = &*(container as *const Header);
        if !header.is_exactly(Kind::LIST) || !header.count.is_private() {
            return None;
        }
        let items = &mut *(*(container as *const Obj<List>)).items.raw();
        let i = index as i64 >> 1;
        let i = if i < 0 { i + items.len() as i64 } else { i };
        items.get_mut(i as usize).map(|slot| slot as *mut Value)
    }
}

/// `container[index]`; a dict first. Both stay in their registers, whatever toy code a key runs.
#[inline(always)]
fn item_of(h: &mut Held, container: &Value, index: &Value) -> R {
    let Some(dict) = container.exactly::<Dict>() else { return h.get_item(container, index) };
    let hash = h.hash(index)?;
    match dict.get_hashed(h, index, hash)? {
        Some(item) => Ok(item),
        None => Err(h.key_error(index)),
    }
}

#[inline(never)]
pub(crate) fn get(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<Called> {
    let (a, b, c) = abc(w);
    let (container, index) = (borrowed(h, r, b)?, borrowed(h, r, c)?);
    if let Some(method) = h.special_function(container, n::__getitem__) {
        let args = [operand(h, r, b, locals)?, operand(h, r, c, locals)?];
        // SAFETY: the result's register was checked.
        return unsafe { enter_method(h, method, args, r.slot(a), FrameKind::Normal) };
    }
    let item = item_of(h, container, index)?;
    done_with(h, r, b, locals);
    done_with(h, r, c, locals);
    put(h, r, a, item);
    h.run_pending()?;
    Ok(Called::Done)
}

#[inline(never)]
pub(crate) fn get_k(h: &mut Held, r: Regs, w: u32, locals: usize, index: &Value) -> R<Called> {
    let (a, b, _) = abc(w);
    let container = borrowed(h, r, b)?;
    if let Some(method) = h.special_function(container, n::__getitem__) {
        let args = [operand(h, r, b, locals)?, index.clone()];
        // SAFETY: the result's register was checked.
        return unsafe { enter_method(h, method, args, r.slot(a), FrameKind::Normal) };
    }
    let item = item_of(h, container, index)?;
    done_with(h, r, b, locals);
    put(h, r, a, item);
    h.run_pending()?;
    Ok(Called::Done)
}

#[inline(never)]
pub(crate) fn set(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, c) = abc(w);
    let (container, index) = (borrowed(h, r, a)?, borrowed(h, r, b)?);
    let value = operand(h, r, c, locals)?;
    match container.exactly::<Dict>() {
        Some(dict) => {
            let hash = h.hash(index)?;
            drop(dict.set_hashed(h, index.clone(), hash, value)?);
        }
        None => h.set_item(container, index, value)?,
    }
    done_with(h, r, a, locals);
    done_with(h, r, b, locals);
    h.run_pending()
}

pub(crate) fn delete(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, _) = abc(w);
    let container = operand(h, r, a, locals)?;
    let index = operand(h, r, b, locals)?;
    h.delete_item(&container, &index)?;
    drop((container, index));
    h.run_pending()
}
