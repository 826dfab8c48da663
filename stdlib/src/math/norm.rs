//! Sums of floats and distances: `fsum`, `hypot`, `dist`.
//!
//! In: numbers. Out: floats. The one invariant: squares are summed with twice the precision of a float and scaled so that none
//! overflows or vanishes.

use super::fsum::{Sum, SumError, two_sum};
use super::real::{scale, split};
use interpreter::objects::function::Args;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub(super) static FUNCTIONS: [Def; 3] =
    [def("fsum", "seq, /", fsum), def("hypot", "*coordinates", hypot), def("dist", "p, q, /", dist)];

fn fsum(h: &mut Held, args: Args<'_>) -> R {
    let mut sum = Sum::default();
    h.for_each(&args[0], |h, item| {
        let x = h.to_f64(&item)?;
        sum.add(x).map_err(|error| refuse(h, error))
    })?;
    match sum.total() {
        Ok(total) => Ok(h.new_float(total)),
        Err(error) => Err(refuse(h, error)),
    }
}

#[cold]
fn refuse(h: &mut Held, error: SumError) -> Raised {
    match error {
        SumError::Overflow => h.overflow_error("intermediate overflow in fsum"),
        SumError::BothInfinities => h.value_error("-inf + inf in fsum"),
    }
}

fn floats(h: &mut Held, values: &[Value]) -> R<Vec<f64>> {
    values.iter().map(|value| h.to_f64(value)).collect()
}

fn hypot(h: &mut Held, args: Args<'_>) -> R {
    let coordinates = floats(h, args.rest(0))?;
    Ok(h.new_float(norm(&coordinates)))
}

fn dist(h: &mut Held, args: Args<'_>) -> R {
    let (p, q) = (h.collect(&args[0])?, h.collect(&args[1])?);
    if p.len() != q.len() {
        return Err(h.value_error("both points must have the same number of dimensions"));
    }
    let (p, q) = (floats(h, &p)?, floats(h, &q)?);
    let differences: Vec<f64> = p.iter().zip(&q).map(|(a, b)| a - b).collect();
    Ok(h.new_float(norm(&differences)))
}

/// The root of the sum of squares.
fn norm(coordinates: &[f64]) -> f64 {
    let largest = coordinates.iter().fold(0f64, |most, x| most.max(x.abs()));
    if largest.is_infinite() {
        return f64::INFINITY;
    }
    if coordinates.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    if largest == 0.0 || coordinates.len() == 1 {
        return largest;
    }
    let (_, exponent) = split(largest);
    let scaled = coordinates.iter().map(|x| scale(*x, -exponent));
    scale(root_of_squares(scaled), exponent)
}

/// For numbers up to one: their squares as sums of two floats each, and one step of Newton's to the root.
fn root_of_squares(numbers: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0, 0.0);
    for x in numbers {
        let square = x * x;
        let (hi, lo) = two_sum(sum, square);
        sum = hi;
        lost += lo + x.mul_add(x, -square);
    }
    let root = (sum + lost).sqrt();
    let rest = (sum - root * root - root.mul_add(root, -(root * root))) + lost;
    root + rest / (2.0 * root)
}
