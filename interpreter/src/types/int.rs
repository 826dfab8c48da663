//! `int`: the methods. (`bool`, `int(...)` and conversion to bytes have files of their own.)
//!
//! In: ints, bools and instances of subclasses. Out: exact ints, or `NotImplemented` for operands that are none. The one
//! invariant: no method gives back an instance of a subclass, whatever it was called on.

mod boolean;
mod bytes;
mod construct;

use crate::objects::core;
use crate::objects::descriptor::{Attr, getter};
use crate::objects::function::Args;
use crate::objects::int::{IntView, max_str_digits};
use crate::objects::make_class::ClassSpec;
use crate::objects::str::Str;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::vm::protocol::compare::ordering_is;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Pow, Signed};
use toy_syntax::ast::{BinOp, CmpOp};
use toy_text::format::number::{IntRef, format_int};
use toy_text::number::int_text;

pub(super) fn init(h: &mut Held) {
    ClassSpec::of(&core().int)
        .constructor(h, &construct::NEW)
        .methods(h, &OPERATORS)
        .methods(h, &METHODS)
        .class_methods(h, &bytes::CLASS_METHODS)
        .attrs(h, ATTRS)
        .doc(h, "int(x=0, /, base=10): a whole number of any size, made from a number or from text in a base.")
        .build(h);
    boolean::init(h);
}

static OPERATORS: [Def; 32] = [
    def("__add__", "value, /", |h, args| forward(h, args, BinOp::Add)),
    def("__radd__", "value, /", |h, args| reflected(h, args, BinOp::Add)),
    def("__sub__", "value, /", |h, args| forward(h, args, BinOp::Sub)),
    def("__rsub__", "value, /", |h, args| reflected(h, args, BinOp::Sub)),
    def("__mul__", "value, /", |h, args| forward(h, args, BinOp::Mult)),
    def("__rmul__", "value, /", |h, args| reflected(h, args, BinOp::Mult)),
    def("__truediv__", "value, /", |h, args| forward(h, args, BinOp::Div)),
    def("__rtruediv__", "value, /", |h, args| reflected(h, args, BinOp::Div)),
    def("__floordiv__", "value, /", |h, args| forward(h, args, BinOp::FloorDiv)),
    def("__rfloordiv__", "value, /", |h, args| reflected(h, args, BinOp::FloorDiv)),
    def("__mod__", "value, /", |h, args| forward(h, args, BinOp::Mod)),
    def("__rmod__", "value, /", |h, args| reflected(h, args, BinOp::Mod)),
    def("__lshift__", "value, /", |h, args| forward(h, args, BinOp::LShift)),
    def("__rlshift__", "value, /", |h, args| reflected(h, args, BinOp::LShift)),
    def("__rshift__", "value, /", |h, args| forward(h, args, BinOp::RShift)),
    def("__rrshift__", "value, /", |h, args| reflected(h, args, BinOp::RShift)),
    def("__and__", "value, /", |h, args| forward(h, args, BinOp::BitAnd)),
    def("__rand__", "value, /", |h, args| reflected(h, args, BinOp::BitAnd)),
    def("__or__", "value, /", |h, args| forward(h, args, BinOp::BitOr)),
    def("__ror__", "value, /", |h, args| reflected(h, args, BinOp::BitOr)),
    def("__xor__", "value, /", |h, args| forward(h, args, BinOp::BitXor)),
    def("__rxor__", "value, /", |h, args| reflected(h, args, BinOp::BitXor)),
    def("__divmod__", "value, /", |h, args| div_mod(h, &args[0], &args[1])),
    def("__rdivmod__", "value, /", |h, args| div_mod(h, &args[1], &args[0])),
    def("__pow__", "value, mod=None, /", |h, args| pow(h, &args[0], &args[1], args.opt_some(2))),
    def("__rpow__", "value, mod=None, /", |h, args| pow(h, &args[1], &args[0], args.opt_some(2))),
    def("__lt__", "value, /", |_, args| compare(args, CmpOp::Lt)),
    def("__le__", "value, /", |_, args| compare(args, CmpOp::LtE)),
    def("__gt__", "value, /", |_, args| compare(args, CmpOp::Gt)),
    def("__ge__", "value, /", |_, args| compare(args, CmpOp::GtE)),
    def("__eq__", "value, /", |_, args| compare(args, CmpOp::Eq)),
    def("__ne__", "value, /", |_, args| compare(args, CmpOp::NotEq)),
];

static METHODS: [Def; 22] = [
    def("__neg__", "", |h, args| h.int_binary(BinOp::Sub, IntView::Small(0), this(args))),
    def("__pos__", "", exact),
    def("__invert__", "", |h, args| h.int_binary(BinOp::Sub, IntView::Small(-1), this(args))),
    def("__abs__", "", |h, args| match this(args).is_negative() {
        true => h.int_binary(BinOp::Sub, IntView::Small(0), this(args)),
        false => exact(h, args),
    }),
    def("__bool__", "", |_, args| Ok(Value::bool(!this(args).is_zero()))),
    def("__int__", "", exact),
    def("__index__", "", exact),
    def("__trunc__", "", exact),
    def("__floor__", "", exact),
    def("__ceil__", "", exact),
    def("__round__", "ndigits=None, /", round),
    def("__float__", "", |h, args| h.to_f64(&args[0]).map(|x| h.new_float(x))),
    def("__hash__", "", |h, args| Ok(h.new_int(this(args).hash()))),
    def("__repr__", "", |h, args| int_repr(h, this(args))),
    def("__format__", "format_spec, /", format),
    def("__getnewargs__", "", |h, args| exact(h, args).map(|int| h.new_tuple(vec![int]))),
    def("__sizeof__", "", |h, args| Ok(h.new_int(24 + 4 * this(args).big().bits().div_ceil(30).max(1) as i64))),
    def("bit_length", "", |h, args| Ok(h.new_int(this(args).big().bits() as i64))),
    def("bit_count", "", |h, args| Ok(h.new_int(this(args).big().magnitude().count_ones() as i64))),
    def("conjugate", "", exact),
    def("as_integer_ratio", "", |h, args| exact(h, args).map(|int| h.new_tuple(vec![int, h.new_int(1)]))),
    def("to_bytes", "length=1, byteorder='big', *, signed=False", bytes::to_bytes),
];

static ATTRS: &[Attr] = &[
    getter("real", |h, int| Ok(h.exact_int(int))),
    getter("imag", |h, _| Ok(h.new_int(0))),
    getter("numerator", |h, int| Ok(h.exact_int(int))),
    getter("denominator", |h, _| Ok(h.new_int(1))),
];

/// The receiver.
fn this<'a>(args: Args<'a>) -> IntView<'a> {
    args.at(0).as_int().unwrap_or(IntView::Small(0))
}

fn exact(h: &mut Held, args: Args<'_>) -> R {
    Ok(h.exact_int(&args[0]))
}

fn forward(h: &mut Held, args: Args<'_>, op: BinOp) -> R {
    operate(h, op, &args[0], &args[1])
}

fn reflected(h: &mut Held, args: Args<'_>, op: BinOp) -> R {
    operate(h, op, &args[1], &args[0])
}

fn operate(h: &mut Held, op: BinOp, a: &Value, b: &Value) -> R {
    match (a.as_int(), b.as_int()) {
        (Some(a), Some(b)) => h.int_binary(op, a, b),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn compare(args: Args<'_>, op: CmpOp) -> R {
    let ordering = args[1].as_int().and_then(|other| this(args).partial_cmp(&other));
    Ok(ordering.map_or(Value::NOT_IMPLEMENTED, |ordering| Value::bool(ordering_is(op, ordering))))
}

fn div_mod(h: &mut Held, a: &Value, b: &Value) -> R {
    let (Some(a), Some(b)) = (a.as_int(), b.as_int()) else { return Ok(Value::NOT_IMPLEMENTED) };
    let (quotient, rest) = h.int_div_mod(a, b, "integer division or modulo by zero")?;
    Ok(h.new_tuple(vec![quotient, rest]))
}

fn pow(h: &mut Held, base: &Value, exponent: &Value, modulus: Option<&Value>) -> R {
    let (Some(base), Some(exponent)) = (base.as_int(), exponent.as_int()) else { return Ok(Value::NOT_IMPLEMENTED) };
    match modulus.map(Value::as_int) {
        None => h.int_binary(BinOp::Pow, base, exponent),
        Some(Some(modulus)) => h.int_pow_mod(base, exponent, modulus),
        Some(None) => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// To a multiple of a power of ten, half to even.
fn round(h: &mut Held, args: Args<'_>) -> R {
    let Some(places) = args.opt_some(1) else { return exact(h, args) };
    let places = h.index(places)?;
    let Some(places) = places.as_int().filter(|places| places.is_negative()) else { return exact(h, args) };
    let int = this(args).big();
    // A number of so few bits is less than half of ten to so many places.
    let places = match places.to_i64() {
        Some(places) if places.unsigned_abs() <= int.bits() / 3 + 2 => places.unsigned_abs(),
        _ => return Ok(h.new_int(0)),
    };
    Ok(h.int_from_big(round_to_multiple(&int, &Pow::pow(BigInt::from(10), places))))
}

fn round_to_multiple(int: &BigInt, unit: &BigInt) -> BigInt {
    let (quotient, rest) = int.div_mod_floor(unit);
    let twice: BigInt = rest << 1;
    let up = twice > *unit || (twice == *unit && quotient.is_odd());
    (if up { quotient + BigInt::one() } else { quotient }) * unit
}

/// `repr(int)`: ValueError if it has more digits than allowed.
pub(crate) fn int_repr(h: &mut Held, int: IntView<'_>) -> R {
    let text = match int {
        IntView::Small(i) => Some(i.to_string()),
        IntView::Big(big) => int_text::decimal(big, max_str_digits()),
    };
    match text {
        Some(text) => Ok(h.new_str(&text)),
        None => Err(h.value_error(int_text::too_many_digits(max_str_digits()))),
    }
}

fn format(h: &mut Held, args: Args<'_>) -> R {
    let Some(spec) = args[1].downcast::<Str>() else {
        let got = args[1].given_name();
        return Err(h.type_error(format!("__format__() argument must be str, not {got}")));
    };
    if spec.is_empty() {
        return h.to_str(&args[0]);
    }
    let int = match this(args) {
        IntView::Small(i) => IntRef::Small(i),
        IntView::Big(big) => IntRef::Big(big),
    };
    match format_int(int, spec.chars(), &args[0].class_name(), max_str_digits()) {
        Ok(text) => Ok(h.str_from_owned(&text)),
        Err(error) => Err(h.format_error(error)),
    }
}

/// As `int_pow_mod` for machine words: squares and multiplies in twice the width.
fn small_pow_mod(base: i64, mut exponent: u64, modulus: i64) -> i64 {
    let size = modulus.unsigned_abs() as u128;
    let mut square = (base as i128).rem_euclid(size as i128) as u128;
    let mut power = 1 % size;
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = times(power, square, size);
        }
        square = times(square, square, size);
        exponent >>= 1;
    }
    if modulus < 0 && power > 0 { (power as i128 + modulus as i128) as i64 } else { power as i64 }
}

/// What times `base` is one modulo `modulus`, by Euclid's algorithm; nothing if there is no such number.
fn small_inverse(base: i64, modulus: i64) -> Option<i64> {
    let size = i128::from(modulus).abs();
    let (mut a, mut b) = (i128::from(base).rem_euclid(size), size);
    let (mut of_a, mut of_b) = (1i128, 0i128);
    while a != 0 {
        let times = b / a;
        (a, b) = (b - times * a, a);
        (of_a, of_b) = (of_b - times * of_a, of_a);
    }
    (b == 1).then(|| of_b.rem_euclid(size) as i64)
}

/// A product modulo `size`; both factors are below it.
fn times(a: u128, b: u128, size: u128) -> u128 {
    match (u64::try_from(a * b), u64::try_from(size)) {
        (Ok(product), Ok(size)) => (product % size) as u128,
        _ => a * b % size,
    }
}

impl Held {
    /// `pow(base, exponent, modulus)` for ints; a negative exponent takes the inverse.
    pub fn int_pow_mod(&mut self, base: IntView<'_>, exponent: IntView<'_>, modulus: IntView<'_>) -> R {
        if modulus.is_zero() {
            return Err(self.value_error("pow() 3rd argument cannot be 0"));
        }
        if let (IntView::Small(base), IntView::Small(exponent @ 0..), IntView::Small(modulus)) =
            (base, exponent, modulus)
        {
            return Ok(self.new_int(small_pow_mod(base, exponent as u64, modulus)));
        }
        if let (IntView::Small(base), IntView::Small(exponent), IntView::Small(modulus)) = (base, exponent, modulus)
            && let Some(inverse) = small_inverse(base, modulus)
        {
            return Ok(self.new_int(small_pow_mod(inverse, exponent.unsigned_abs(), modulus)));
        }
        let signed = modulus.big();
        let size = signed.abs();
        if size.is_one() {
            return Ok(self.new_int(0));
        }
        let mut base = base.big().mod_floor(&size);
        if exponent.is_negative() {
            let Some(inverse) = base.modinv(&size) else {
                return Err(self.value_error("base is not invertible for the given modulus"));
            };
            base = inverse;
        }
        let power = base.modpow(&exponent.big().abs(), &size);
        let below = signed.is_negative() && power.is_positive();
        Ok(self.int_from_big(if below { power - size } else { power }))
    }
}
