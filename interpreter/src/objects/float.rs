//! `float`: a machine double, most of them immediate.
//!
//! In: doubles. Out: `Value`s and back, and arithmetic with CPython's errors. The one invariant: an exact float whose
//! exponent allows it is an immediate; others, and instances of subclasses, are objects.

use super::class::Class;
use super::exception::Exc;
use super::header::{Obj, Ref, allocate};
use super::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::Held;
use toy_syntax::ast::BinOp;

/// The data of a float that is no immediate.
pub struct Float {
    pub(crate) value: f64,
}

crate::object!(Float = super::header::Kind::FLOAT, "float");

impl Value {
    /// The float that this is, or of a subclass.
    #[inline]
    pub fn as_float(&self) -> Option<f64> {
        match self.as_small_float() {
            Some(x) => Some(x),
            None => self.downcast::<Float>().map(|float| float.value),
        }
    }
}

impl Held {
    #[inline]
    pub fn new_float(&self, x: f64) -> Value {
        match Value::small_float(x) {
            Some(value) => value,
            None => allocate(&super::core().float, Float { value: x }, 0).into_value(),
        }
    }

    pub fn float_of_class(&self, class: &Obj<Class>, x: f64) -> Ref<Float> {
        allocate(class, Float { value: x }, 0)
    }

    /// A float or an int as a double, for arithmetic; nothing for other types.
    pub fn number_to_f64(&mut self, value: &Value) -> R<Option<f64>> {
        if let Some(x) = value.as_float() {
            return Ok(Some(x));
        }
        match value.as_int() {
            Some(int) => match int.to_f64() {
                Some(x) => Ok(Some(x)),
                None => Err(self.overflow_error("int too large to convert to float")),
            },
            None => Ok(None),
        }
    }

    /// An int of a subclass with its own `__float__`; floats of subclasses are taken as they are.
    fn overrides_float(&self, value: &Value) -> bool {
        let class = value.class();
        class.has(super::class::class_flag::HEAP)
            && value.as_float().is_none()
            && value.as_int().is_some()
            && class.lookup(self, super::names::n::__float__.value()).is_some_and(|found| {
                super::core().int.lookup(self, super::names::n::__float__.value()).is_none_or(|own| !own.is(&found))
            })
    }

    /// `float(value)` of a number: floats, ints, `__float__`, `__index__`; strings are refused.
    #[inline]
    pub fn to_f64(&mut self, value: &Value) -> R<f64> {
        match value.as_small_float() {
            Some(x) => Ok(x),
            None => self.to_f64_any(value),
        }
    }

    fn to_f64_any(&mut self, value: &Value) -> R<f64> {
        if !self.overrides_float(value)
            && let Some(x) = self.number_to_f64(value)?
        {
            return Ok(x);
        }
        if let Some(x) = self.float_by_method(value)? {
            return Ok(x);
        }
        if self.special(value, super::names::n::__index__).is_some() {
            let index = self.index(value)?;
            return self.to_f64(&index);
        }
        Err(self.type_error(format!("must be real number, not {}", value.class_name())))
    }

    /// What `__float__` gives, if there is one.
    pub fn float_by_method(&mut self, value: &Value) -> R<Option<f64>> {
        let Some(result) = self.call_special(value, super::names::n::__float__, &[])? else { return Ok(None) };
        let (of, got) = (value.class_name(), result.class_name());
        let Some(x) = result.as_float() else {
            return Err(self.type_error(format!("{of}.__float__ returned non-float (type {got})")));
        };
        if !std::ptr::eq(result.class(), &*super::core().float) {
            self.warn_of_subclass(&format!("{of}.__float__"), "float", &got)?;
        }
        Ok(Some(x))
    }

    /// A conversion gave an instance of a subclass, which a later Python will refuse.
    #[cold]
    pub(crate) fn warn_of_subclass(&mut self, method: &str, wanted: &str, got: &str) -> R<()> {
        let message = format!(
            "{method} returned non-{wanted} (type {got}).  The ability to return an instance of a strict subclass of \
             {wanted} is deprecated, and may be removed in a future version of Python."
        );
        self.warn(super::exception::Exc::DeprecationWarning, &message, 1)
    }

    /// `a op b` for doubles.
    pub fn float_binary(&mut self, op: BinOp, a: f64, b: f64) -> R {
        let x = match op {
            BinOp::Add => a + b,
            BinOp::Sub => a - b,
            BinOp::Mult => a * b,
            BinOp::Div if b == 0.0 => return Err(self.zero_division("float division by zero")),
            BinOp::Div => a / b,
            BinOp::FloorDiv if b == 0.0 => return Err(self.zero_division("float floor division by zero")),
            BinOp::FloorDiv => div_mod(a, b).0,
            BinOp::Mod if b == 0.0 => return Err(self.zero_division("float modulo")),
            BinOp::Mod => div_mod(a, b).1,
            BinOp::Pow => return self.float_pow(a, b),
            _ => return Ok(Value::NOT_IMPLEMENTED),
        };
        Ok(self.new_float(x))
    }

    #[cold]
    pub(crate) fn zero_division(&self, message: &str) -> Raised {
        self.error(Exc::ZeroDivisionError, message)
    }

    pub fn float_pow(&mut self, a: f64, b: f64) -> R {
        if a == 0.0 && b < 0.0 && b.is_finite() {
            return Err(self.zero_division("0.0 cannot be raised to a negative power"));
        }
        if a < 0.0 && a.is_finite() && b.is_finite() && b.fract() != 0.0 {
            return Err(
                self.value_error("a negative number to a fractional power is complex, which toy does not support")
            );
        }
        let x = a.powf(b);
        if x.is_infinite() && a.is_finite() && b.is_finite() {
            let args = vec![self.new_int(34), self.new_str("Numerical result out of range")];
            return Err(self.error_with(Exc::OverflowError, self.new_tuple(args)));
        }
        Ok(self.new_float(x))
    }
}

/// `divmod(a, b)` as CPython rounds it; `b` is not zero.
pub fn div_mod(a: f64, b: f64) -> (f64, f64) {
    let mut rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest != 0.0 {
        if (b < 0.0) != (rest < 0.0) {
            rest += b;
            quotient -= 1.0;
        }
    } else {
        rest = 0f64.copysign(b);
    }
    let floored = if quotient != 0.0 {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    } else {
        0f64.copysign(a / b)
    };
    (floored, rest)
}
