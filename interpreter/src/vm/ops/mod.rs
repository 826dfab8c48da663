//! The operations behind the instructions, by family.
//!
//! In: the thread, the window of registers and the instruction word. Out: changed registers, or what was raised. The one
//! invariant: an operand register from `locals` on is a temp and is moved out (`operand`); after an error every register is still a
//! valid `Reg`, for unwinding drops what is left.

pub mod arith;
pub mod attr;
pub mod awaiting;
pub mod build;
pub mod call;
mod callee;
pub mod compare;
mod construct;
mod fill;
pub mod function;
pub mod generator;
pub mod import;
pub mod item;
pub mod iter;
pub mod matching;
pub mod name;
mod named;
pub mod raise;
pub(crate) mod shape_cache;
pub(crate) mod slicing;
pub mod with;

pub(crate) use callee::native_callee;

use super::frame::Frame;
use super::regs::Regs;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::{Held, points};
use toy_compiler::bytecode::proto::Handler;

/// A switch point before an instruction, which is behind `pc`: passed by if a `try` begins there (`lock.acquire(); try:` is safe).
#[cold]
#[inline(never)]
pub(crate) fn stop_before(h: &mut Held, frame: *mut Frame) -> R<()> {
    // SAFETY: the running frame is on top.
    let frame = unsafe { &*frame };
    let begins = |handler: &Handler| handler.start as usize == frame.at();
    if points::spares_try() && frame.code().handlers.iter().any(begins) {
        return Ok(());
    }
    h.stop_by()
}

/// The operands of an instruction word.
#[inline(always)]
pub(crate) fn abc(w: u32) -> (usize, usize, usize) {
    ((w >> 8 & 0xff) as usize, (w >> 16 & 0xff) as usize, (w >> 24) as usize)
}

/// An operand: a temp is moved out, a local is shared. UnboundLocalError if it is empty.
#[inline(always)]
pub(crate) fn operand(h: &mut Held, r: Regs, i: usize, locals: usize) -> R {
    // SAFETY: the verifier checked the register.
    let value = unsafe { if i >= locals { r.take(i) } else { r.get(i).cloned() } };
    match value {
        Some(value) => Ok(value),
        None => Err(unbound(h, i)),
    }
}

/// An operand that stays in its register while it is looked at: nothing but the running frame's own instructions changes that.
/// `done_with` ends the look.
#[inline(always)]
pub(crate) fn borrowed<'a>(h: &mut Held, r: Regs, i: usize) -> R<&'a Value> {
    keep(h, r, i)
}

/// An operand that was `borrowed` is not needed any more: a temp dies.
#[inline(always)]
pub(crate) fn done_with(h: &mut Held, r: Regs, i: usize, locals: usize) {
    if i >= locals {
        // SAFETY: the verifier checked the register.
        unsafe { r.put(h, i, 0) }
    }
}

#[cold]
fn unbound(h: &mut Held, i: usize) -> Raised {
    let frame = h.frame;
    name::unbound_local(h, frame, i)
}

/// A register that is read and stays.
#[inline(always)]
pub(crate) fn keep<'a>(h: &mut Held, r: Regs, i: usize) -> R<&'a Value> {
    // SAFETY: the verifier checked the register; callers clone before it can change.
    match unsafe { r.get(i) } {
        Some(value) => Ok(value),
        None => Err(unbound(h, i)),
    }
}

/// Writes a result.
#[inline(always)]
pub(crate) fn put(h: &mut Held, r: Regs, i: usize, value: Value) {
    // SAFETY: the verifier checked the register.
    unsafe { r.put(h, i, value.into_bits()) }
}
