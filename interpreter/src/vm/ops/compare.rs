//! Comparison and truth: the fast paths on immediate words, and the way to the slow ones.
//!
//! In: one or two words. Out: a truth, or nothing where an object is involved. The one invariant: as in `arith`, a fast
//! path answers only for immediates. Tagged ints compare as they are.

use super::{abc, borrowed, done_with, keep, put};
use crate::objects::dict::Dict;
use crate::objects::header::{Header, Kind, Obj};
use crate::objects::set::Set;
use crate::objects::str::Str;
use crate::objects::value::{Value, decode_float};
use crate::runtime::error::R;
use crate::sync::Held;
use crate::vm::regs::Regs;
use toy_syntax::ast::CmpOp;

/// What `compare` says of the two words as floats, if a float is among them and an int with it is exact as a float.
#[inline(always)]
fn floats(x: u64, y: u64, compare: impl Fn(f64, f64) -> bool) -> Option<bool> {
    match (x ^ 2 | y ^ 2) & 3 {
        0 => Some(compare(decode_float(x), decode_float(y))),
        _ if x & 3 == 0 || y & 3 == 0 => None,
        _ => mixed(x, y, compare),
    }
}

#[inline(never)]
fn mixed(x: u64, y: u64, compare: impl Fn(f64, f64) -> bool) -> Option<bool> {
    match (x & 3, y & 3) {
        (2, 1 | 3) => Some(compare(decode_float(x), exact(y)?)),
        (1 | 3, 2) => Some(compare(exact(x)?, decode_float(y))),
        _ => None,
    }
}

#[inline(always)]
fn exact(word: u64) -> Option<f64> {
    let i = word as i64 >> 1;
    (i.unsigned_abs() <= 1 << 53).then_some(i as f64)
}

macro_rules! fast {
    ($name:ident $op:tt) => {
        #[inline(always)]
        pub fn $name(x: u64, y: u64) -> Option<bool> {
            if x & y & 1 == 1 {
                return Some((x as i64) $op (y as i64));
            }
            floats(x, y, |x, y| x $op y)
        }
    };
}

fast!(lt <);
fast!(le <=);
fast!(gt >);
fast!(ge >=);
fast!(eq_numbers ==);
fast!(ne_numbers !=);

/// `==` of immediates; objects, which it meets as often, are told before floats are.
#[inline(always)]
pub fn eq(x: u64, y: u64) -> Option<bool> {
    if x & y & 1 == 0 && are_objects(x, y) { None } else { eq_numbers(x, y) }
}

/// As `eq`.
#[inline(always)]
pub fn ne(x: u64, y: u64) -> Option<bool> {
    if x & y & 1 == 0 && are_objects(x, y) { None } else { ne_numbers(x, y) }
}

/// Whether both words are of objects, or of empty registers.
#[inline(always)]
fn are_objects(x: u64, y: u64) -> bool {
    (x | y) & 7 == 0
}

/// Whether two exact strings are the same text; nothing for other words.
///
/// # Safety
/// The words are of live registers or constants.
#[inline(always)]
pub unsafe fn same_texts(x: u64, y: u64) -> Option<bool> {
    if !are_objects(x, y) || x == 0 || y == 0 {
        return None;
    }
    // SAFETY: the registers own the objects; the kind tells the type.
    unsafe {
        let text = |word: u64| (*(word as *const Header)).is_exactly(Kind::STR).then(|| &*(word as *const Obj<Str>));
        let (x, y) = (text(x)?, text(y)?);
        Some(std::ptr::eq(x, y) || x.same(y))
    }
}

/// For operators without a fast path.
#[inline(always)]
pub fn never(_x: u64, _y: u64) -> Option<bool> {
    None
}

/// The truth of an immediate word.
#[inline(always)]
pub fn truth(x: u64) -> Option<bool> {
    if x == Value::TRUE.bits() {
        Some(true)
    } else if x == Value::FALSE.bits() || x == Value::NONE.bits() {
        Some(false)
    } else if x & 1 == 1 {
        Some(x != 1)
    } else {
        None
    }
}

#[inline(never)]
pub(crate) fn slow_bool(h: &mut Held, r: Regs, b: usize, locals: usize) -> R<bool> {
    let x = borrowed(h, r, b)?;
    let truth = h.truth(x)?;
    done_with(h, r, b, locals);
    h.run_pending()?;
    Ok(truth)
}

#[inline(never)]
pub(crate) fn keep_bool(h: &mut Held, r: Regs, b: usize) -> R<bool> {
    let x = keep(h, r, b)?.clone();
    h.truth(&x)
}

/// The value of a comparison.
#[inline(never)]
pub(crate) fn slow(h: &mut Held, r: Regs, w: u32, locals: usize, op: CmpOp) -> R<()> {
    let (a, b, c) = abc(w);
    let (x, y) = (borrowed(h, r, b)?, borrowed(h, r, c)?);
    let result = compare(h, x, y, op)?;
    done_with(h, r, b, locals);
    done_with(h, r, c, locals);
    put(h, r, a, result);
    h.run_pending()
}

#[inline(never)]
pub(crate) fn slow_truth(h: &mut Held, r: Regs, w: u32, locals: usize, op: CmpOp) -> R<bool> {
    let (_, b, c) = abc(w);
    let (x, y) = (borrowed(h, r, b)?, borrowed(h, r, c)?);
    if let Some(same) = same_text(x, y, op) {
        done_with(h, r, b, locals);
        done_with(h, r, c, locals);
        return Ok(same);
    }
    let truth = compare_truth(h, x, y, op)?;
    done_with(h, r, b, locals);
    done_with(h, r, c, locals);
    h.run_pending()?;
    Ok(truth)
}

#[inline(never)]
pub(crate) fn slow_truth_k(h: &mut Held, r: Regs, w: u32, locals: usize, constant: &Value, op: CmpOp) -> R<bool> {
    let (_, b, _) = abc(w);
    let x = borrowed(h, r, b)?;
    if let Some(same) = same_text(x, constant, op) {
        done_with(h, r, b, locals);
        return Ok(same);
    }
    let truth = compare_truth(h, x, constant, op)?;
    done_with(h, r, b, locals);
    h.run_pending()?;
    Ok(truth)
}

/// `==` and `!=` of two exact strings.
#[inline(always)]
fn same_text(x: &Value, y: &Value, op: CmpOp) -> Option<bool> {
    if !matches!(op, CmpOp::Eq | CmpOp::NotEq) {
        return None;
    }
    Some(x.exactly::<Str>()?.same(y.exactly::<Str>()?) == (op == CmpOp::Eq))
}

fn compare(h: &mut Held, x: &Value, y: &Value, op: CmpOp) -> R {
    Ok(Value::bool(match op {
        CmpOp::Is => x.is(y),
        CmpOp::IsNot => !x.is(y),
        CmpOp::In => h.contains(y, x)?,
        CmpOp::NotIn => !h.contains(y, x)?,
        _ => return h.rich_compare(x, y, op),
    }))
}

fn compare_truth(h: &mut Held, x: &Value, y: &Value, op: CmpOp) -> R<bool> {
    match op {
        CmpOp::Is => Ok(x.is(y)),
        CmpOp::In => contains(h, y, x),
        CmpOp::NotIn => Ok(!contains(h, y, x)?),
        CmpOp::IsNot => Ok(!x.is(y)),
        CmpOp::Eq => h.eq_op(x, y),
        _ => h.holds(x, y, op),
    }
}

/// `item in container`; sets and dicts first. Both stay in their registers, whatever toy code a key runs.
#[inline]
fn contains(h: &mut Held, container: &Value, item: &Value) -> R<bool> {
    if let Some(set) = container.exactly::<Set>()
        && item.downcast::<Set>().is_none()
    {
        let hash = h.hash(item)?;
        return set.contains_hashed(h, item, hash);
    }
    let Some(dict) = container.exactly::<Dict>() else { return h.contains(container, item) };
    let hash = h.hash(item)?;
    dict.contains_hashed(h, item, hash)
}
