//! Constant folding: the expressions whose value is known.
//!
//! In: each expression, children first. Out: `Constants`, which knows the value of every literal and of what CPython 3.11
//! folds of literals. The one invariant: what would raise, or grow beyond CPython's limits, is left for run time.

use crate::bytecode::proto::Const;
use rustc_hash::FxHashMap;
use toy_syntax::ast::{BinOp, CmpOp, Constant, Expr, ExprKind, UnaryOp};

const MAX_INT_BITS: u32 = 128;
const MAX_COLLECTION: usize = 256;
const MAX_STR: usize = 4096;

/// The folded expressions by address.
#[derive(Default)]
pub struct Constants {
    folded: FxHashMap<usize, Const>,
    /// `-O` makes `__debug__` false.
    optimized: bool,
}

impl Constants {
    pub fn new(optimized: bool) -> Constants {
        Constants { folded: FxHashMap::default(), optimized }
    }

    /// Folds an expression whose children were visited.
    pub fn visit(&mut self, e: &Expr) {
        let value = match &e.kind {
            ExprKind::BinOp { left, op, right } => {
                self.get(left).and_then(|left| binary(&left, *op, &self.get(right)?))
            }
            ExprKind::UnaryOp { op, operand } => self.get(operand).and_then(|value| unary(*op, &value)),
            ExprKind::Tuple(items) => items.iter().map(|e| self.get(e)).collect::<Option<_>>().map(Const::Tuple),
            ExprKind::Subscript { value, slice } => {
                self.get(value).and_then(|value| subscript(&value, &self.get(slice)?))
            }
            _ => None,
        };
        if let Some(value) = value {
            self.folded.insert(e as *const Expr as usize, value);
        }
    }

    /// The value of an expression, if it is a constant.
    pub fn get(&self, e: &Expr) -> Option<Const> {
        match &e.kind {
            ExprKind::Constant(value) => Some(literal(value)),
            ExprKind::Name(name) if &**name == "__debug__" => {
                Some(if self.optimized { Const::False } else { Const::True })
            }
            ExprKind::BinOp { .. } | ExprKind::UnaryOp { .. } | ExprKind::Tuple(_) | ExprKind::Subscript { .. } => {
                self.folded.get(&(e as *const Expr as usize)).cloned()
            }
            _ => None,
        }
    }

    /// Whether `get` has a value, without making a copy of it.
    pub fn has(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Constant(_) => true,
            ExprKind::Name(name) => &**name == "__debug__",
            ExprKind::BinOp { .. } | ExprKind::UnaryOp { .. } | ExprKind::Tuple(_) | ExprKind::Subscript { .. } => {
                self.folded.contains_key(&(e as *const Expr as usize))
            }
            _ => false,
        }
    }

    /// A list or set of constants, where only its items are looked at: in a `for` or after `in`.
    pub fn get_items(&self, e: &Expr) -> Option<Const> {
        let all = |items: &[Expr]| items.iter().map(|e| self.get(e)).collect::<Option<Vec<_>>>();
        match &e.kind {
            ExprKind::List(items) => all(items).map(Const::Tuple),
            ExprKind::Set(items) => all(items).map(Const::FrozenSet),
            _ => self.get(e),
        }
    }

    /// Whether a condition is known to be true or false.
    pub fn truth(&self, e: &Expr) -> Option<bool> {
        if !self.has(e) {
            return None;
        }
        self.get(e).map(|value| truth(&value))
    }
}

/// The constant of a literal.
pub fn literal(value: &Constant) -> Const {
    match value {
        Constant::None => Const::None,
        Constant::True => Const::True,
        Constant::False => Const::False,
        Constant::Ellipsis => Const::Ellipsis,
        Constant::Int(i) => Const::Int(*i),
        Constant::BigInt { digits, radix } => Const::BigInt { digits: digits.clone(), radix: *radix },
        Constant::Float(f) => Const::Float(*f),
        Constant::Str(s) => Const::Str(s.clone()),
        Constant::Surrogates(s) => Const::Surrogates(s.clone()),
        Constant::Bytes(b) => Const::Bytes(b.clone()),
    }
}

/// `not (a is b)` is `a is not b`: the operator, if it can be turned so.
pub fn negated(op: CmpOp) -> Option<CmpOp> {
    match op {
        CmpOp::Is => Some(CmpOp::IsNot),
        CmpOp::IsNot => Some(CmpOp::Is),
        CmpOp::In => Some(CmpOp::NotIn),
        CmpOp::NotIn => Some(CmpOp::In),
        _ => None,
    }
}

fn truth(value: &Const) -> bool {
    match value {
        Const::None | Const::False => false,
        Const::Int(i) => *i != 0,
        Const::Float(f) => *f != 0.0,
        Const::Str(s) => !s.is_empty(),
        Const::Surrogates(s) => !s.is_empty(),
        Const::Bytes(b) => !b.is_empty(),
        Const::Tuple(items) | Const::FrozenSet(items) => !items.is_empty(),
        Const::True | Const::Ellipsis | Const::BigInt { .. } | Const::Code(_) => true,
    }
}

#[derive(Clone, Copy)]
enum Number {
    Int(i128),
    Float(f64),
}

fn number(value: &Const) -> Option<Number> {
    match value {
        Const::True => Some(Number::Int(1)),
        Const::False => Some(Number::Int(0)),
        Const::Int(i) => Some(Number::Int(*i as i128)),
        Const::BigInt { digits, radix } => i128::from_str_radix(digits, *radix).ok().map(Number::Int),
        Const::Float(f) => Some(Number::Float(*f)),
        _ => None,
    }
}

fn int(value: i128) -> Const {
    match i64::try_from(value) {
        Ok(value) => Const::Int(value),
        Err(_) => Const::BigInt { digits: value.to_string().into(), radix: 10 },
    }
}

fn unary(op: UnaryOp, value: &Const) -> Option<Const> {
    match (op, number(value)) {
        (UnaryOp::Not, _) => Some(if truth(value) { Const::False } else { Const::True }),
        (UnaryOp::USub, Some(Number::Int(i))) => i.checked_neg().map(int),
        (UnaryOp::USub, Some(Number::Float(f))) => Some(Const::Float(-f)),
        (UnaryOp::UAdd, Some(Number::Int(i))) => Some(int(i)),
        (UnaryOp::UAdd, Some(Number::Float(f))) => Some(Const::Float(f)),
        (UnaryOp::Invert, Some(Number::Int(i))) => Some(int(!i)),
        _ => None,
    }
}

fn binary(left: &Const, op: BinOp, right: &Const) -> Option<Const> {
    match (number(left), number(right)) {
        (Some(Number::Int(a)), Some(Number::Int(b))) => bools(left, op, right).or_else(|| ints(a, op, b)),
        (Some(a), Some(b)) => floats(float(a)?, op, float(b)?).map(Const::Float),
        (None, Some(Number::Int(n))) if op == BinOp::Mult => repeat(left, n),
        (Some(Number::Int(n)), None) if op == BinOp::Mult => repeat(right, n),
        (None, None) if op == BinOp::Add => join(left, right),
        _ => None,
    }
}

/// `&`, `|` and `^` of two bools are bools.
fn bools(left: &Const, op: BinOp, right: &Const) -> Option<Const> {
    let bool = |c: &Const| match c {
        Const::True => Some(true),
        Const::False => Some(false),
        _ => None,
    };
    let (a, b) = (bool(left)?, bool(right)?);
    let value = match op {
        BinOp::BitAnd => a & b,
        BinOp::BitOr => a | b,
        BinOp::BitXor => a ^ b,
        _ => return None,
    };
    Some(if value { Const::True } else { Const::False })
}

fn ints(a: i128, op: BinOp, b: i128) -> Option<Const> {
    let value = match op {
        BinOp::Add => a.checked_add(b)?,
        BinOp::Sub => a.checked_sub(b)?,
        BinOp::Mult => a.checked_mul(b)?,
        BinOp::FloorDiv => floor_div(a, b)?,
        BinOp::Mod => a.checked_sub(floor_div(a, b)?.checked_mul(b)?)?,
        BinOp::LShift if (0..MAX_INT_BITS as i128).contains(&b) => {
            let shifted = a.checked_shl(b as u32)?;
            (shifted >> b == a).then_some(shifted)?
        }
        BinOp::RShift if b >= 0 => a >> b.min(127),
        BinOp::BitAnd => a & b,
        BinOp::BitOr => a | b,
        BinOp::BitXor => a ^ b,
        BinOp::Pow if b >= 0 => a.checked_pow(u32::try_from(b).ok()?)?,
        BinOp::Pow | BinOp::Div => return floats(exact(a)?, op, exact(b)?).map(Const::Float),
        _ => return None,
    };
    Some(int(value))
}

fn floor_div(a: i128, b: i128) -> Option<i128> {
    let quotient = a.checked_div(b)?;
    Some(if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient })
}

/// An int that a float holds exactly, so that dividing the floats is dividing the ints.
fn exact(i: i128) -> Option<f64> {
    (i.unsigned_abs() <= 1 << 53).then_some(i as f64)
}

fn float(n: Number) -> Option<f64> {
    match n {
        Number::Int(i) => exact(i),
        Number::Float(f) => Some(f),
    }
}

fn floats(a: f64, op: BinOp, b: f64) -> Option<f64> {
    match op {
        BinOp::Add => Some(a + b),
        BinOp::Sub => Some(a - b),
        BinOp::Mult => Some(a * b),
        BinOp::Div if b != 0.0 => Some(a / b),
        BinOp::FloorDiv if b != 0.0 => Some(float_divmod(a, b).0),
        BinOp::Mod if b != 0.0 => Some(float_divmod(a, b).1),
        BinOp::Pow => Some(a.powf(b)).filter(|p| p.is_finite() && (a != 0.0 || b >= 0.0)),
        _ => None,
    }
}

/// CPython's `_float_div_mod`: the remainder has the sign of the divisor, and the quotient is snapped to a whole number.
fn float_divmod(a: f64, b: f64) -> (f64, f64) {
    let mut remainder = a % b;
    let mut quotient = (a - remainder) / b;
    if remainder == 0.0 {
        remainder = 0.0_f64.copysign(b);
    } else if (b < 0.0) != (remainder < 0.0) {
        remainder += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0.0_f64.copysign(a / b), remainder);
    }
    let floor = quotient.floor();
    (if quotient - floor > 0.5 { floor + 1.0 } else { floor }, remainder)
}

fn repeat(value: &Const, n: i128) -> Option<Const> {
    let n = usize::try_from(n.max(0)).ok()?;
    let fits = |length: usize, limit: usize| length.checked_mul(n).is_some_and(|total| total <= limit);
    match value {
        Const::Str(s) if fits(s.chars().count(), MAX_STR) => Some(Const::Str(s.repeat(n).into())),
        Const::Bytes(b) if fits(b.len(), MAX_STR) => Some(Const::Bytes(b.repeat(n).into())),
        Const::Tuple(items) if fits(items.len(), MAX_COLLECTION) => {
            Some(Const::Tuple(std::iter::repeat_n(items, n).flatten().cloned().collect()))
        }
        _ => None,
    }
}

fn join(left: &Const, right: &Const) -> Option<Const> {
    match (left, right) {
        (Const::Str(a), Const::Str(b)) => Some(Const::Str([&**a, &**b].concat().into())),
        (Const::Bytes(a), Const::Bytes(b)) => Some(Const::Bytes([&**a, &**b].concat().into())),
        (Const::Tuple(a), Const::Tuple(b)) => Some(Const::Tuple([&a[..], &b[..]].concat())),
        _ => None,
    }
}

fn subscript(value: &Const, index: &Const) -> Option<Const> {
    let Number::Int(index) = number(index)? else { return None };
    let at = |length: usize| {
        let index = if index < 0 { index + length as i128 } else { index };
        usize::try_from(index).ok().filter(|&i| i < length)
    };
    match value {
        Const::Tuple(items) => Some(items[at(items.len())?].clone()),
        Const::Bytes(bytes) => Some(Const::Int(bytes[at(bytes.len())?] as i64)),
        Const::Str(s) => {
            let index = at(s.chars().count())?;
            s.chars().nth(index).map(|c| Const::Str(c.to_string().into()))
        }
        _ => None,
    }
}
