//! `int`: machine words where they fit, big ints elsewhere, and the arithmetic on both.
//!
//! In: `Value`s that are ints (bools and instances of subclasses too). Out: exact ints. The one invariant: an exact int
//! that fits 63 bits is always an immediate; only larger ones and instances of subclasses are objects.

use super::class::Class;
use super::exception::Exc;
use super::header::{Obj, Ref, allocate};
use super::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::Held;
use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{CheckedAdd, CheckedMul, CheckedSub, One, Pow, PrimInt, Signed, ToPrimitive, Zero};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::atomic::{AtomicUsize, Ordering as AtomicOrdering};
use toy_syntax::ast::BinOp;

/// `sys.set_int_max_str_digits`: how many decimal digits a conversion may have; 0 for any number.
static MAX_STR_DIGITS: AtomicUsize = AtomicUsize::new(toy_text::number::int_parse::DEFAULT_MAX_STR_DIGITS);

pub fn max_str_digits() -> usize {
    MAX_STR_DIGITS.load(AtomicOrdering::Relaxed)
}

pub fn set_max_str_digits(digits: usize) {
    MAX_STR_DIGITS.store(digits, AtomicOrdering::Relaxed);
}

/// The data of an int that is no immediate.
pub struct Int {
    pub(crate) value: BigInt,
}

crate::object!(Int = super::header::Kind::BIG_INT, "int");

/// An int, looked at.
#[derive(Debug, Clone, Copy)]
pub enum IntView<'a> {
    Small(i64),
    Big(&'a BigInt),
}

impl<'a> IntView<'a> {
    pub fn big(self) -> Cow<'a, BigInt> {
        match self {
            IntView::Small(i) => Cow::Owned(BigInt::from(i)),
            IntView::Big(big) => Cow::Borrowed(big),
        }
    }

    pub fn to_i64(self) -> Option<i64> {
        match self {
            IntView::Small(i) => Some(i),
            IntView::Big(big) => big.to_i64(),
        }
    }

    pub fn is_negative(self) -> bool {
        match self {
            IntView::Small(i) => i < 0,
            IntView::Big(big) => big.is_negative(),
        }
    }

    pub fn is_zero(self) -> bool {
        match self {
            IntView::Small(i) => i == 0,
            IntView::Big(big) => big.is_zero(),
        }
    }

    /// The nearest float, or nothing if it is too large.
    pub fn to_f64(self) -> Option<f64> {
        match self {
            IntView::Small(i) => Some(i as f64),
            IntView::Big(big) => big_to_f64(big),
        }
    }

    pub fn hash(self) -> i64 {
        match self {
            IntView::Small(i) => super::hash::int_hash(i),
            IntView::Big(big) => super::hash::big_int_hash(big),
        }
    }
}

impl PartialEq for IntView<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for IntView<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(match (self, other) {
            (IntView::Small(a), IntView::Small(b)) => a.cmp(b),
            (IntView::Big(a), IntView::Big(b)) => a.cmp(b),
            (IntView::Big(a), IntView::Small(b)) => small_order(a, *b),
            (IntView::Small(a), IntView::Big(b)) => small_order(b, *a).reverse(),
        })
    }
}

fn small_order(big: &BigInt, small: i64) -> Ordering {
    match big.to_i64() {
        Some(big) => big.cmp(&small),
        None if big.is_negative() => Ordering::Less,
        None => Ordering::Greater,
    }
}

/// The nearest float, ties to even; nothing beyond the largest.
pub fn big_to_f64(big: &BigInt) -> Option<f64> {
    let bits = big.bits();
    if bits <= 63 {
        return big.to_i64().map(|i| i as f64);
    }
    if bits > 1024 {
        return None;
    }
    let shift = bits - 64;
    let mut top = (big.magnitude() >> shift).to_u64()?;
    let sticky = big.magnitude().trailing_zeros().is_some_and(|zeros| zeros < shift);
    top |= sticky as u64;
    let x = top as f64 * 2f64.powi(shift as i32);
    let x = if big.is_negative() { -x } else { x };
    x.is_finite().then_some(x)
}

impl Value {
    /// The int that this is: an int, a bool or an instance of a subclass.
    #[inline]
    pub fn as_int(&self) -> Option<IntView<'_>> {
        if let Some(i) = self.as_small_int() {
            return Some(IntView::Small(i));
        }
        if let Some(truth) = self.as_bool() {
            return Some(IntView::Small(truth as i64));
        }
        self.downcast::<Int>().map(|int| IntView::Big(&int.value))
    }

    /// Whether this is an int and not of a subclass (`bool` included among those).
    pub fn is_exact_int(&self) -> bool {
        self.is_int_word() || self.exactly::<Int>().is_some()
    }
}

impl Held {
    #[inline]
    pub fn new_int(&self, i: i64) -> Value {
        match Value::small_int(i) {
            Some(value) => value,
            None => allocate(&super::core().int, Int { value: BigInt::from(i) }, 0).into_value(),
        }
    }

    pub fn new_uint(&self, i: u64) -> Value {
        match i64::try_from(i) {
            Ok(i) => self.new_int(i),
            Err(_) => self.int_from_big(BigInt::from(i)),
        }
    }

    pub fn int_from_big(&self, value: BigInt) -> Value {
        match value.to_i64().and_then(Value::small_int) {
            Some(value) => value,
            None => allocate(&super::core().int, Int { value }, 0).into_value(),
        }
    }

    fn int_from_wide(&self, value: i128) -> Value {
        match i64::try_from(value).ok().and_then(Value::small_int) {
            Some(value) => value,
            None => allocate(&super::core().int, Int { value: BigInt::from(value) }, 0).into_value(),
        }
    }

    /// An instance of a subclass of `int`.
    pub fn int_of_class(&self, class: &Obj<Class>, value: BigInt) -> Ref<Int> {
        allocate(class, Int { value }, 0)
    }

    /// A literal's digits, which the lexer has checked.
    pub(crate) fn int_from_digits(&self, digits: &str, radix: u32) -> Value {
        self.int_from_big(BigInt::parse_bytes(digits.as_bytes(), radix).unwrap_or_default())
    }

    /// An exact int of any int: `bool` and instances of subclasses lose their class.
    pub fn exact_int(&self, value: &Value) -> Value {
        match value.as_int() {
            Some(IntView::Small(i)) => self.new_int(i),
            Some(IntView::Big(big)) => self.int_from_big(big.clone()),
            None => value.clone(),
        }
    }

    /// `a op b` for ints.
    pub fn int_binary(&mut self, op: BinOp, a: IntView<'_>, b: IntView<'_>) -> R {
        if let (IntView::Small(a), IntView::Small(b)) = (a, b)
            && let Some(result) = word_binary(op, a, b)
        {
            return Ok(self.new_int(result));
        }
        if let (Some(a), Some(b)) = (wide(a), wide(b))
            && let Some(result) = word_binary(op, a, b)
        {
            return Ok(self.int_from_wide(result));
        }
        if let Some(result) = mixed_binary(op, a, b) {
            return Ok(self.int_from_big(result));
        }
        match op {
            BinOp::Add => Ok(self.int_from_big(&*a.big() + &*b.big())),
            BinOp::Sub => Ok(self.int_from_big(&*a.big() - &*b.big())),
            BinOp::Mult => Ok(self.int_from_big(&*a.big() * &*b.big())),
            BinOp::FloorDiv => {
                self.int_div_mod(a, b, "integer division or modulo by zero").map(|(quotient, _)| quotient)
            }
            BinOp::Mod => self.int_div_mod(a, b, "integer modulo by zero").map(|(_, rest)| rest),
            BinOp::Div => self.int_true_div(a, b),
            BinOp::Pow => self.int_pow(a, b),
            BinOp::LShift => self.int_lshift(a, b),
            BinOp::RShift => self.int_rshift(a, b),
            BinOp::BitAnd => Ok(self.int_from_big(&*a.big() & &*b.big())),
            BinOp::BitOr => Ok(self.int_from_big(&*a.big() | &*b.big())),
            BinOp::BitXor => Ok(self.int_from_big(&*a.big() ^ &*b.big())),
            BinOp::MatMult => Ok(Value::NOT_IMPLEMENTED),
        }
    }

    /// `divmod(a, b)` for ints.
    pub fn int_div_mod(&mut self, a: IntView<'_>, b: IntView<'_>, by_zero: &str) -> R<(Value, Value)> {
        if b.is_zero() {
            return Err(self.error(Exc::ZeroDivisionError, by_zero));
        }
        if let (IntView::Small(a), IntView::Small(b)) = (a, b)
            && b != -1
        {
            let (quotient, rest) = a.div_mod_floor(&b);
            return Ok((self.new_int(quotient), self.new_int(rest)));
        }
        let (quotient, rest) = a.big().div_mod_floor(&b.big());
        Ok((self.int_from_big(quotient), self.int_from_big(rest)))
    }

    fn int_true_div(&mut self, a: IntView<'_>, b: IntView<'_>) -> R {
        if b.is_zero() {
            return Err(self.error(Exc::ZeroDivisionError, "division by zero"));
        }
        match true_div(&a.big(), &b.big()) {
            Some(quotient) => Ok(self.new_float(quotient)),
            None => Err(self.overflow_error("integer division result too large for a float")),
        }
    }

    fn int_pow(&mut self, a: IntView<'_>, b: IntView<'_>) -> R {
        if b.is_negative() {
            let (Some(x), Some(y)) = (a.to_f64(), b.to_f64()) else {
                return Err(self.overflow_error("int too large to convert to float"));
            };
            return self.float_pow(x, y);
        }
        let base = a.big();
        if base.magnitude().is_one() || base.is_zero() {
            let odd = b.big().is_odd();
            return Ok(self.new_int(match (base.to_i64().unwrap_or(0), b.is_zero(), odd) {
                (_, true, _) => 1,
                (-1, _, false) => 1,
                (other, _, _) => other,
            }));
        }
        let Some(exponent) = b.to_i64().and_then(|b| u32::try_from(b).ok()) else { return Err(self.memory_error()) };
        self.check_int_size(base.bits().saturating_mul(exponent as u64))?;
        Ok(self.int_from_big(Pow::pow(&*base, exponent)))
    }

    fn int_lshift(&mut self, a: IntView<'_>, b: IntView<'_>) -> R {
        let by = self.shift_count(b)?;
        if a.is_zero() {
            return Ok(self.new_int(0));
        }
        let Some(by) = by else { return Err(self.overflow_error("too many digits in integer")) };
        self.check_int_size(a.big().bits().saturating_add(by))?;
        Ok(self.int_from_big(&*a.big() << by))
    }

    fn int_rshift(&mut self, a: IntView<'_>, b: IntView<'_>) -> R {
        let by = self.shift_count(b)?.unwrap_or(u64::MAX);
        if by >= a.big().bits() {
            return Ok(self.new_int(if a.is_negative() { -1 } else { 0 }));
        }
        Ok(self.int_from_big(&*a.big() >> by))
    }

    /// A shift's count; nothing if it is beyond all bounds.
    fn shift_count(&mut self, b: IntView<'_>) -> R<Option<u64>> {
        if b.is_negative() {
            return Err(self.value_error("negative shift count"));
        }
        Ok(b.big().to_u64())
    }

    /// MemoryError for ints of more than 2^36 bits, which would take the machine with them.
    fn check_int_size(&mut self, bits: u64) -> R<()> {
        if bits > 1 << 36 { Err(self.memory_error()) } else { Ok(()) }
    }

    /// An index or size that must fit the machine; `what` names it in the OverflowError.
    pub fn int_to_isize(&mut self, value: &Value) -> R<isize> {
        match value.as_int().and_then(IntView::to_i64) {
            Some(i) => Ok(i as isize),
            None => Err(self.overflow_error("Python int too large to convert to C ssize_t")),
        }
    }

    /// `value.__index__()`: an exact int.
    pub fn index(&mut self, value: &Value) -> R {
        if value.as_int().is_some() {
            return Ok(self.exact_int(value));
        }
        match self.call_special(value, super::names::n::__index__, &[])? {
            Some(index) if index.is_exact_int() => Ok(index),
            Some(index) if index.as_int().is_some() => {
                self.warn_of_subclass("__index__", "int", &index.class_name())?;
                Ok(self.exact_int(&index))
            }
            Some(index) => {
                let message = format!("__index__ returned non-int (type {})", index.class_name());
                Err(self.type_error(message))
            }
            None => Err(self.not_an_index(value)),
        }
    }

    #[cold]
    fn not_an_index(&self, value: &Value) -> Raised {
        self.type_error(format!("'{}' object cannot be interpreted as an integer", value.class_name()))
    }

    /// `value.__index__()` as a machine word; OverflowError if it does not fit.
    pub fn to_isize(&mut self, value: &Value) -> R<isize> {
        let index = self.index(value)?;
        self.int_to_isize(&index)
    }

    /// `value.__index__()` as a machine word, the nearest one if it does not fit: bounds of slices.
    pub fn to_isize_clamped(&mut self, value: &Value) -> R<isize> {
        let index = self.index(value)?;
        Ok(match index.as_int() {
            Some(view) => match view.to_i64() {
                Some(i) => i as isize,
                None if view.is_negative() => isize::MIN,
                None => isize::MAX,
            },
            None => 0,
        })
    }
}

/// Operations whose operands and result fit one machine word, or two (`x * 1103515245 % 2**31`).
fn word_binary<W>(op: BinOp, a: W, b: W) -> Option<W>
where
    W: PrimInt + Integer + Signed + CheckedAdd + CheckedSub + CheckedMul + ToPrimitive,
{
    match op {
        BinOp::Add => a.checked_add(&b),
        BinOp::Sub => a.checked_sub(&b),
        BinOp::Mult => a.checked_mul(&b),
        BinOp::BitAnd => Some(a & b),
        BinOp::BitOr => Some(a | b),
        BinOp::BitXor => Some(a ^ b),
        BinOp::FloorDiv | BinOp::Mod if b.is_zero() || (b == -W::one() && a == W::min_value()) => None,
        BinOp::FloorDiv => Some(Integer::div_floor(&a, &b)),
        BinOp::Mod => Some(Integer::mod_floor(&a, &b)),
        BinOp::RShift => b.to_usize().filter(|&by| by < W::zero().count_zeros() as usize).map(|by| a >> by),
        BinOp::Pow => num_traits::checked_pow(a, b.to_usize()?),
        _ => None,
    }
}

/// An int of at most 126 bits.
fn wide(int: IntView<'_>) -> Option<i128> {
    match int {
        IntView::Small(i) => Some(i.into()),
        IntView::Big(big) if big.bits() < 127 => big.to_i128(),
        IntView::Big(_) => None,
    }
}

/// Operations of a large and a small int that need no large form of the small one.
fn mixed_binary(op: BinOp, a: IntView<'_>, b: IntView<'_>) -> Option<BigInt> {
    Some(match (op, a, b) {
        (BinOp::Add, IntView::Big(big), IntView::Small(small)) => big + small,
        (BinOp::Add, IntView::Small(small), IntView::Big(big)) => big + small,
        (BinOp::Sub, IntView::Big(big), IntView::Small(small)) => big - small,
        (BinOp::Sub, IntView::Small(small), IntView::Big(big)) => small - big,
        (BinOp::Mult, IntView::Big(big), IntView::Small(small)) => big * small,
        (BinOp::Mult, IntView::Small(small), IntView::Big(big)) => big * small,
        (BinOp::FloorDiv, IntView::Big(big), IntView::Small(small)) if small > 0 && !big.is_negative() => big / small,
        (BinOp::Mod, IntView::Big(big), IntView::Small(small)) if small > 0 && !big.is_negative() => big % small,
        _ => return None,
    })
}

/// The correctly rounded quotient, or nothing if it is too large.
fn true_div(a: &BigInt, b: &BigInt) -> Option<f64> {
    if a.is_zero() {
        return Some(if b.is_negative() { -0.0 } else { 0.0 });
    }
    // Scale so that the quotient has 64 to 66 bits below the binary point that matters, keep what is lost as a sticky bit.
    let shift = 66 - (a.bits() as i64 - b.bits() as i64);
    let (mut num, mut den) = (a.magnitude().clone(), b.magnitude().clone());
    if shift > 0 {
        num <<= shift as u64
    } else {
        den <<= (-shift) as u64
    }
    let (quotient, rest) = num.div_rem(&den);
    let mut quotient = BigInt::from_biguint(Sign::Plus, quotient);
    if !rest.is_zero() {
        quotient |= BigInt::one();
    }
    let x = scale(&quotient, -shift)?;
    Some(if (a.sign() == Sign::Minus) != (b.sign() == Sign::Minus) { -x } else { x })
}

/// `quotient * 2**exponent`, rounded once; the quotient's lowest bit is sticky.
fn scale(quotient: &BigInt, exponent: i64) -> Option<f64> {
    let top = quotient.bits() as i64 + exponent;
    if top > 1024 {
        return None;
    }
    // Below 2^-1022 fewer bits are kept: round by hand to what a subnormal holds.
    let keep = if top < -1021 { 53 + (top + 1021) } else { 53 };
    if keep < 0 {
        return Some(0.0);
    }
    let drop = quotient.bits() as i64 - keep;
    let magnitude = quotient.magnitude();
    let mut mantissa = (magnitude >> drop as u64).to_u64()?;
    let rest = magnitude - (num_bigint::BigUint::from(mantissa) << drop as u64);
    let half = num_bigint::BigUint::one() << (drop - 1) as u64;
    if rest > half || (rest == half && mantissa & 1 == 1) {
        mantissa += 1;
    }
    let x = ldexp(mantissa as f64, exponent + drop);
    x.is_finite().then_some(x)
}

/// `x * 2**exponent` where `x` has at most 54 bits, so every step but the last is exact.
fn ldexp(mut x: f64, mut exponent: i64) -> f64 {
    while exponent > 1000 {
        x *= 2f64.powi(1000);
        exponent -= 1000;
    }
    while exponent < -1000 {
        // One step down to the subnormals must be the last and only one that rounds.
        let step = exponent.max(-1074 + 52).max(-1000);
        if exponent + 1000 < -1022 && step == -1000 {
            return x * 2f64.powi(-1000) * 2f64.powi((exponent + 1000).max(-1022) as i32);
        }
        x *= 2f64.powi(step as i32);
        exponent -= step;
    }
    x * 2f64.powi(exponent as i32)
}
