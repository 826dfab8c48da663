//! BUILD_SLICE, and subscripts that need no slice object: `items[a:b]` and `items[a:b] = c`.
//!
//! In: the window of BUILD_SLICE and the instruction behind it. Out: the slice, or what that instruction would have given. The one
//! invariant: an instruction is taken over only for exact builtin containers and bounds that are left out or machine ints, so that no toy
//! code could have seen the slice.

use super::{abc, done_with, operand, put};
use crate::objects::header::Kind;
use crate::objects::list::List;
use crate::objects::slice::{Unpacked, unpack_plain};
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::sync::Held;
use crate::types::{bytes, list, str, tuple};
use crate::vm::regs::Regs;
use toy_compiler::bytecode::op::Op;

/// BUILD_SLICE (`w`), behind which `next` stands. Whether that is done too.
#[inline(never)]
pub(crate) fn slice(h: &mut Held, r: Regs, w: u32, next: u32, locals: usize) -> R<bool> {
    let (a, count, _) = abc(w);
    let taken_over = match Op::decode(next) {
        Some(Op::GetItem) if abc(next).2 == a => get(h, r, w, next, locals)?,
        Some(Op::SetItem) if abc(next).1 == a => set(h, r, w, next, locals)?,
        _ => false,
    };
    if !taken_over {
        // SAFETY: the verifier checked the window.
        let mut parts = (a..a + count).map(|i| unsafe { r.take(i) }.unwrap_or(Value::NONE));
        let (start, stop) = (parts.next().unwrap_or(Value::NONE), parts.next().unwrap_or(Value::NONE));
        let slice = h.new_slice(start, stop, parts.next().unwrap_or(Value::NONE));
        put(h, r, a, slice);
    }
    Ok(taken_over)
}

/// The bounds in a window, if they need no asking.
fn bounds(r: Regs, w: u32) -> Option<Unpacked> {
    let (a, count, _) = abc(w);
    let none = Value::NONE;
    // SAFETY: the verifier checked the window.
    let part = |i: usize| if i < count { unsafe { r.get(a + i) } } else { Some(&none) };
    unpack_plain(part(0)?, part(1)?, part(2)?)
}

/// The window is dead; immediates need no drop.
fn clear(r: Regs, w: u32) {
    let (a, count, _) = abc(w);
    // SAFETY: the verifier checked the window, in which `bounds` found nothing but immediates.
    (a..a + count).for_each(|i| unsafe { r.slot(i).cast::<u64>().write(0) });
}

fn get(h: &mut Held, r: Regs, w: u32, next: u32, locals: usize) -> R<bool> {
    let (to, of, _) = abc(next);
    let Some(bounds) = bounds(r, w) else { return Ok(false) };
    // SAFETY: the verifier checked the register.
    let Some(container) = (unsafe { r.get(of) }) else { return Ok(false) };
    let Some(part) = part(h, container, bounds) else { return Ok(false) };
    clear(r, w);
    done_with(h, r, of, locals);
    put(h, r, to, part);
    h.run_pending()?;
    Ok(true)
}

/// Part of an exact builtin sequence.
fn part(h: &mut Held, of: &Value, bounds: Unpacked) -> Option<Value> {
    let header = of.header().filter(|header| header.is_exactly(header.kind()))?;
    match header.kind() {
        Kind::LIST => Some(list::get_slice(h, of.exactly::<List>()?, bounds)),
        Kind::STR => Some(str::sequence::slice_of(h, of, of.exactly::<Str>()?.chars(), bounds)),
        Kind::TUPLE => Some(tuple::get_slice(h, of.exactly::<Tuple>()?, bounds)),
        Kind::BYTES => Some(bytes::sequence::slice_of(h, of, bounds)),
        _ => None,
    }
}

fn set(h: &mut Held, r: Regs, w: u32, next: u32, locals: usize) -> R<bool> {
    let (of, _, value) = abc(next);
    let Some(bounds) = bounds(r, w) else { return Ok(false) };
    // SAFETY: the verifier checked the register.
    let Some(list) = (unsafe { r.get(of) }).and_then(|of| of.exactly::<List>()) else { return Ok(false) };
    // SAFETY: as above; the frame stands at the assignment now, which may raise.
    unsafe { (*h.frame).pc = (*h.frame).pc.add(1) };
    clear(r, w);
    let value = operand(h, r, value, locals)?;
    list::set_slice(h, list, bounds, &value)?;
    drop(value);
    done_with(h, r, of, locals);
    h.run_pending()?;
    Ok(true)
}
