//! Decimals as other things: ints, floats, tuples, fractions, hashes, pickles.
//!
//! In: decimals. Out: what they are as another type. The one invariant: equal numbers have equal hashes across types.

use super::context::settings;
use super::current::current;
use super::made;
use super::number::{Decimal, finish};
use interpreter::objects::core;
use interpreter::objects::function::Args;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use toy_decimal::{Form, Number, Rounding};

pub(super) static METHODS: [Def; 14] = [
    def("__int__", "", |h, args| whole(h, this(args), Rounding::Down)),
    def("__trunc__", "", |h, args| whole(h, this(args), Rounding::Down)),
    def("__floor__", "", |h, args| whole(h, this(args), Rounding::Floor)),
    def("__ceil__", "", |h, args| whole(h, this(args), Rounding::Ceiling)),
    def("__round__", "ndigits=None, /", round),
    def("__float__", "", float),
    def("__hash__", "", hash),
    def("__copy__", "", |_, args| Ok(args[0].clone())),
    def("__deepcopy__", "memo, /", |_, args| Ok(args[0].clone())),
    def("__reduce__", "", |h, args| {
        let text = h.new_str(&this(args).to_sci(true));
        let text = h.tuple_of(&[text]);
        let class = args[0].class().to_value();
        Ok(h.new_pair(class, text))
    }),
    def("__sizeof__", "", |h, args| {
        let words = (this(args).coefficient.digits() + 18) / 19;
        Ok(h.new_int(104 + if words > 4 { 8 * words } else { 0 }))
    }),
    def("adjusted", "", |h, args| Ok(h.new_int(this(args).adjusted()))),
    def("as_tuple", "", as_tuple),
    def("as_integer_ratio", "", as_integer_ratio),
];

fn this<'a>(args: Args<'a>) -> &'a Number {
    &args.this::<Decimal>().0
}

fn whole(h: &mut Held, number: &Number, rounding: Rounding) -> R {
    match number.form {
        Form::Finite => (),
        Form::Infinite => return Err(h.overflow_error("cannot convert Infinity to integer")),
        _ => return Err(h.value_error("cannot convert NaN to integer")),
    }
    match number.to_big(rounding) {
        Some(n) => Ok(h.int_from_big(n)),
        None => Err(h.memory_error()),
    }
}

fn round(h: &mut Held, args: Args<'_>) -> R {
    let Some(digits) = args.opt(1) else { return whole(h, this(args), Rounding::HalfEven) };
    if digits.as_int().is_none() {
        return Err(h.type_error("optional arg must be an integer"));
    }
    let exponent = -(h.to_isize(digits)? as i64).max(-i64::MAX);
    let context = current(h)?;
    let mut status = 0;
    let result = this(args).quantize(&Number::zero(false, exponent), &settings(&context), &mut status);
    finish(h, &context, result, status)
}

fn float(h: &mut Held, args: Args<'_>) -> R {
    let number = this(args);
    let sign = if number.negative { -1.0f64 } else { 1.0 };
    match number.form {
        Form::Signaling => return Err(h.value_error("cannot convert signaling NaN to float")),
        Form::Quiet => return Ok(h.new_float(f64::NAN.copysign(sign))),
        Form::Infinite => return Ok(h.new_float(f64::INFINITY * sign)),
        Form::Finite => (),
    }
    if let Some(x) = number.to_f64() {
        return Ok(h.new_float(x));
    }
    // A float is the nearest to what it is written as, however many digits these are.
    Ok(h.new_float(number.to_sci(true).parse().unwrap_or(f64::NAN)))
}

fn hash(h: &mut Held, args: Args<'_>) -> R {
    let number = this(args);
    match number.form {
        Form::Finite => Ok(h.new_int(number.hash())),
        Form::Infinite => Ok(h.new_int(if number.negative { -314_159 } else { 314_159 })),
        Form::Signaling => Err(h.type_error("Cannot hash a signaling NaN value")),
        Form::Quiet => {
            let name = h.intern("__hash__");
            match core().object.lookup(h, &name) {
                Some(own) => h.call(&own, &[args[0].clone()]),
                None => Ok(h.new_int(0)),
            }
        }
    }
}

fn as_tuple(h: &mut Held, args: Args<'_>) -> R {
    let number = this(args);
    let mut text = String::new();
    let empty = number.is_nan() && number.coefficient.is_zero();
    if !empty {
        number.coefficient.write(&mut text);
    }
    let digits = text.bytes().map(|digit| h.new_int((digit - b'0') as i64)).collect();
    let exponent = match number.form {
        Form::Finite => h.new_int(number.exponent),
        Form::Infinite => h.intern("F"),
        Form::Quiet => h.intern("n"),
        Form::Signaling => h.intern("N"),
    };
    let class = made(h, |made| &made.tuple);
    let all = [h.new_int(number.negative as i64), h.new_tuple(digits), exponent];
    h.call(&class, &all)
}

fn as_integer_ratio(h: &mut Held, args: Args<'_>) -> R {
    let number = this(args);
    match number.form {
        Form::Finite => (),
        Form::Infinite => return Err(h.overflow_error("cannot convert Infinity to integer ratio")),
        _ => return Err(h.value_error("cannot convert NaN to integer ratio")),
    }
    let Some((n, d)) = number.to_ratio() else { return Err(h.memory_error()) };
    let (n, d) = (h.int_from_big(n), h.int_from_big(d));
    Ok(h.new_pair(n, d))
}
