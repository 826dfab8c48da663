//! Arithmetic: the fast paths on immediate words, and the way to the slow ones.
//!
//! In: two words. Out: the word of the result, or nothing where an object is needed or involved. The one invariant: a
//! fast path answers only for immediates, so it never leaves an owned temp behind. Ints carry a tag bit: (2a+1) + (2b+1) - 1 is
//! 2(a+b)+1, and an overflow of the machine word is one of 63 bits.

use super::call::{Called, enter_method};
use super::{abc, borrowed, done_with, operand, put};
use crate::objects::function::Function;
use crate::objects::header::Ref;
use crate::objects::str::Str;
use crate::objects::value::{Value, decode_float, encode_float};
use crate::runtime::error::R;
use crate::sync::Held;
use crate::vm::frame::FrameKind;
use crate::vm::regs::Regs;
use toy_compiler::bytecode::op::{Op, Role};
use toy_syntax::ast::BinOp;

/// The operators by number, as `INPLACE` names them.
pub const OPERATORS: [BinOp; 13] = [
    BinOp::Add,
    BinOp::Sub,
    BinOp::Mult,
    BinOp::MatMult,
    BinOp::Div,
    BinOp::Mod,
    BinOp::Pow,
    BinOp::LShift,
    BinOp::RShift,
    BinOp::BitOr,
    BinOp::BitXor,
    BinOp::BitAnd,
    BinOp::FloorDiv,
];

#[inline(always)]
fn both_ints(x: u64, y: u64) -> bool {
    x & y & 1 == 1
}

#[inline(always)]
fn tag(i: i64) -> Option<u64> {
    Value::small_int(i).map(|value| value.bits())
}

/// What `compute` makes of the two words as floats, if at least one is a float and the other a float or a small int.
#[inline(always)]
fn floats(x: u64, y: u64, compute: impl Fn(f64, f64) -> Option<u64>) -> Option<u64> {
    match (x ^ 2 | y ^ 2) & 3 {
        0 => compute(decode_float(x), decode_float(y)),
        _ if x & 3 == 0 || y & 3 == 0 => None,
        _ => mixed(x, y, compute),
    }
}

/// A float and a small int.
#[inline(never)]
fn mixed(x: u64, y: u64, compute: impl Fn(f64, f64) -> Option<u64>) -> Option<u64> {
    match (x & 3, y & 3) {
        (2, 1 | 3) => compute(decode_float(x), (y as i64 >> 1) as f64),
        (1 | 3, 2) => compute((x as i64 >> 1) as f64, decode_float(y)),
        _ => None,
    }
}

#[inline(always)]
pub fn add(x: u64, y: u64) -> Option<u64> {
    if both_ints(x, y) {
        return (x as i64 - 1).checked_add(y as i64).map(|sum| sum as u64);
    }
    floats(x, y, |x, y| encode_float(x + y))
}

#[inline(always)]
pub fn sub(x: u64, y: u64) -> Option<u64> {
    if both_ints(x, y) {
        return (x as i64).checked_sub(y as i64 - 1).map(|difference| difference as u64);
    }
    floats(x, y, |x, y| encode_float(x - y))
}

#[inline(always)]
pub fn mul(x: u64, y: u64) -> Option<u64> {
    if both_ints(x, y) {
        return (x as i64 >> 1).checked_mul(y as i64 - 1).map(|product| product as u64 | 1);
    }
    floats(x, y, |x, y| encode_float(x * y))
}

/// Ints up to here become floats exactly.
const EXACT: u64 = 1 << 53;

#[inline(always)]
pub fn div(x: u64, y: u64) -> Option<u64> {
    if both_ints(x, y) {
        let (x, y) = (x as i64 >> 1, y as i64 >> 1);
        if y == 0 || x.unsigned_abs() > EXACT || y.unsigned_abs() > EXACT {
            return None;
        }
        return encode_float(x as f64 / y as f64);
    }
    floats(x, y, |x, y| if y == 0.0 { None } else { encode_float(x / y) })
}

#[inline(always)]
pub fn floor_div(x: u64, y: u64) -> Option<u64> {
    if !both_ints(x, y) {
        return None;
    }
    let (x, y) = (x as i64 >> 1, y as i64 >> 1);
    if y == 0 {
        return None;
    }
    let quotient = x / y;
    tag(quotient - (x % y != 0 && (x < 0) != (y < 0)) as i64)
}

#[inline(always)]
pub fn modulo(x: u64, y: u64) -> Option<u64> {
    if both_ints(x, y) {
        let (x, y) = (x as i64 >> 1, y as i64 >> 1);
        if y == 0 {
            return None;
        }
        let rest = x % y;
        return tag(if rest != 0 && (rest < 0) != (y < 0) { rest + y } else { rest });
    }
    None
}

#[inline(always)]
pub fn pow(x: u64, y: u64) -> Option<u64> {
    if both_ints(x, y) && y == 2 << 1 | 1 {
        return mul(x, x);
    }
    None
}

#[inline(always)]
pub fn lshift(x: u64, y: u64) -> Option<u64> {
    if !both_ints(x, y) {
        return None;
    }
    let (i, by) = (x as i64 >> 1, y as i64 >> 1);
    if !(0..62).contains(&by) || i.unsigned_abs().leading_zeros() as i64 <= by + 2 {
        return None;
    }
    tag(i << by)
}

#[inline(always)]
pub fn rshift(x: u64, y: u64) -> Option<u64> {
    if !both_ints(x, y) || (y as i64) < 0 {
        return None;
    }
    Some((x as i64 >> (y >> 1).min(63)) as u64 | 1)
}

#[inline(always)]
pub fn and(x: u64, y: u64) -> Option<u64> {
    both_ints(x, y).then_some(x & y)
}

#[inline(always)]
pub fn or(x: u64, y: u64) -> Option<u64> {
    both_ints(x, y).then_some(x | y)
}

#[inline(always)]
pub fn xor(x: u64, y: u64) -> Option<u64> {
    both_ints(x, y).then_some((x ^ y) | 1)
}

/// For operators without a fast path.
#[inline(always)]
pub fn never(_x: u64, _y: u64) -> Option<u64> {
    None
}

#[inline(always)]
pub fn neg(x: u64) -> Option<u64> {
    match x & 3 {
        1 | 3 => tag(-(x as i64 >> 1)),
        2 => encode_float(-decode_float(x)),
        _ => None,
    }
}

#[inline(never)]
pub(crate) fn slow(h: &mut Held, r: Regs, w: u32, locals: usize, op: BinOp) -> R<Called> {
    let (a, b, c) = abc(w);
    let (x, y) = (borrowed(h, r, b)?, borrowed(h, r, c)?);
    if let Some(method) = h.operator_of(op, x, y) {
        return ask(h, r, w, method, [x.clone(), y.clone()], op);
    }
    if op == BinOp::Add && a == b && a < locals && joins(h, r, a, y) {
        done_with(h, r, c, locals);
        return Ok(Called::Done);
    }
    let result = h.binary(op, x, y)?;
    done_with(h, r, b, locals);
    done_with(h, r, c, locals);
    put(h, r, a, result);
    h.run_pending()?;
    Ok(Called::Done)
}

/// Enters the method that answers for an operator. The operands stay where they are: it may answer that it cannot.
fn ask(h: &mut Held, r: Regs, w: u32, method: Ref<Function>, operands: [Value; 2], op: BinOp) -> R<Called> {
    // SAFETY: the verifier checked the result's register.
    unsafe { enter_method(h, method, operands, r.slot(abc(w).0), FrameKind::Operator(op)) }
}

/// What an operator asked has answered; its frame is popped.
pub(crate) fn answered(h: &mut Held, op: BinOp, answer: Value) -> R<()> {
    // SAFETY: the running frame stands behind the operator's instruction, whose operands the verifier checked.
    let (w, r, code) = unsafe {
        let frame = h.frame;
        (*(*frame).pc.sub(1), Regs((*frame).regs), (*frame).code())
    };
    let ((a, b, c), locals) = (abc(w), code.nlocals as usize);
    let right = Op::decode(w).map_or(Role::Nil, |op| op.info().roles[2]);
    let result = match answer.is(&Value::NOT_IMPLEMENTED) {
        false => answer,
        true => {
            let x = borrowed(h, r, b)?.clone();
            let y = match right {
                Role::Const => code.consts[c].clone(),
                Role::Int => h.new_int((w as i32 >> 24).into()),
                _ => borrowed(h, r, c)?.clone(),
            };
            h.binary_reflected(op, &x, &y)?
        }
    };
    done_with(h, r, b, locals);
    if right == Role::Use {
        done_with(h, r, c, locals);
    }
    put(h, r, a, result);
    h.run_pending()
}

/// Both operands, the right one checked before the left one is moved.
fn operands(h: &mut Held, r: Regs, b: usize, c: usize, locals: usize) -> R<(Value, Value)> {
    let x = operand(h, r, b, locals)?;
    let y = operand(h, r, c, locals)?;
    Ok((x, y))
}

#[inline(never)]
pub(crate) fn slow_k(h: &mut Held, r: Regs, w: u32, locals: usize, constant: &Value, op: BinOp) -> R<Called> {
    let (a, b, _) = abc(w);
    if op == BinOp::Add && a == b && a < locals && joins(h, r, a, constant) {
        return Ok(Called::Done);
    }
    let x = borrowed(h, r, b)?;
    if let Some(method) = h.operator_of(op, x, constant) {
        return ask(h, r, w, method, [x.clone(), constant.clone()], op);
    }
    let result = h.binary(op, x, constant)?;
    done_with(h, r, b, locals);
    put(h, r, a, result);
    h.run_pending()?;
    Ok(Called::Done)
}

#[inline(never)]
pub(crate) fn slow_int(
    h: &mut Held,
    r: Regs,
    w: u32,
    locals: usize,
    number: u64,
    op: BinOp,
    inplace: bool,
) -> R<Called> {
    let (a, b, _) = abc(w);
    // SAFETY: the word of a small int.
    let y = unsafe { Value::from_bits(number) };
    let x = borrowed(h, r, b)?;
    if !inplace && let Some(method) = h.operator_of(op, x, &y) {
        return ask(h, r, w, method, [x.clone(), y], op);
    }
    let x = operand(h, r, b, locals)?;
    let result = if inplace { h.inplace(op, &x, &y)? } else { h.binary(op, &x, &y)? };
    drop(x);
    put(h, r, a, result);
    h.run_pending()?;
    Ok(Called::Done)
}

#[inline(never)]
pub(crate) fn inplace(h: &mut Held, r: Regs, w: u32, locals: usize, op: BinOp) -> R<()> {
    let (a, b, c) = abc(w);
    let (x, y) = operands(h, r, b, c, locals)?;
    let result = h.inplace(op, &x, &y)?;
    drop((x, y));
    put(h, r, a, result);
    h.run_pending()
}

/// `s = s + t` of strings in a local: `s` grows in place if this register has the only reference to it, else there is a new string with room to
/// grow. False if they are not both strings.
#[inline(always)]
fn joins(h: &mut Held, r: Regs, a: usize, y: &Value) -> bool {
    // SAFETY: the verifier checked the register; the borrow ends before it changes.
    let Some(x) = (unsafe { r.get(a) }) else { return false };
    let (Some(x), Some(y)) = (x.exactly::<Str>(), y.exactly::<Str>()) else { return false };
    if std::ptr::eq(x, y) || x.is_empty() || !x.grow(y.chars()) {
        let joined = h.concat(x, y, true);
        put(h, r, a, joined);
    }
    true
}

/// `s += t`, where `s` may grow in place.
#[inline(never)]
pub(crate) fn inplace_add(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, c) = abc(w);
    // SAFETY: the verifier checked the register; the borrow ends before it changes.
    if a == b && unsafe { r.get(c) }.is_some_and(|y| joins(h, r, a, y)) {
        done_with(h, r, c, locals);
        return Ok(());
    }
    inplace(h, r, w, locals, BinOp::Add)
}

/// Operators without an instruction of their own; ints go the short way.
#[inline(never)]
pub(crate) fn inplace_any(h: &mut Held, r: Regs, w: u32, locals: usize, op: BinOp) -> R<()> {
    let (a, b, c) = abc(w);
    // SAFETY: the verifier checked the registers.
    let (x, y) = unsafe { (r.bits(b), r.bits(c)) };
    let fast = match op {
        BinOp::Div => div(x, y),
        BinOp::FloorDiv => floor_div(x, y),
        BinOp::Mod => modulo(x, y),
        BinOp::LShift => lshift(x, y),
        BinOp::RShift => rshift(x, y),
        BinOp::BitAnd => and(x, y),
        BinOp::BitOr => or(x, y),
        BinOp::BitXor => xor(x, y),
        _ => None,
    };
    match fast {
        Some(bits) => {
            // SAFETY: as above; the result is an immediate.
            unsafe { r.put(h, a, bits) };
            Ok(())
        }
        None => inplace(h, r, w, locals, op),
    }
}

#[inline(never)]
pub(crate) fn unary(h: &mut Held, r: Regs, w: u32, locals: usize, op: Op) -> R<()> {
    let (a, b, _) = abc(w);
    let x = operand(h, r, b, locals)?;
    let result = match op {
        Op::Neg => h.negative(&x)?,
        Op::Pos => h.positive(&x)?,
        _ => h.invert(&x)?,
    };
    drop(x);
    put(h, r, a, result);
    h.run_pending()
}
