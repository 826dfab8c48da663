//! The gamma function and its logarithm, by Lanczos's approximation with Boost's coefficients (N = 13, g = 6.02...).
//!
//! In: a float. Out: a float; NaN or infinity where there is no value. The one invariant: factorials up to 22! are exact.

use std::f64::consts::PI;

const G: f64 = 6.024_680_040_776_73;
const G_MINUS_HALF: f64 = 5.524_680_040_776_73;
const LN_PI: f64 = 1.144_729_885_849_400_174_143_427_351_353_058_711_647;

/// Numerator and denominator, from the constant up.
#[allow(clippy::excessive_precision)]
const RATIO: [(f64, f64); 13] = [
    (23531376880.410759688572007674451636754734846804940, 0.0),
    (42919803642.649098768957899047001988850926355848959, 39916800.0),
    (35711959237.355668049440185451547166705960488635843, 120543840.0),
    (17921034426.037209699919755754458931112671403265390, 150917976.0),
    (6039542586.3520280050642916443072979210699388420708, 105258076.0),
    (1439720407.3117216736632230727949123939715485786772, 45995730.0),
    (248874557.86205415651146038641322942321632125127801, 13339535.0),
    (31426415.585400194380614231628318205362874684987640, 2637558.0),
    (2876370.6289353724412254090516208496135991145378768, 357423.0),
    (186056.26539522349504029498971604569928220784236328, 32670.0),
    (8071.6720023658162106380029022722506138218516325024, 1925.0),
    (210.82427775157934587250973392071336271166969580291, 66.0),
    (2.5066282746310002701649081771338373386264310793408, 1.0),
];

/// For positive x. Large ones are divided by, so that nothing overflows.
fn lanczos(x: f64) -> f64 {
    let step = |(num, den): (f64, f64), (a, b): &(f64, f64)| (num * x + a, den * x + b);
    let inverse_step = |(num, den): (f64, f64), (a, b): &(f64, f64)| (num / x + a, den / x + b);
    let (num, den) = match x < 5.0 {
        true => RATIO.iter().rev().fold((0.0, 0.0), step),
        false => RATIO.iter().fold((0.0, 0.0), inverse_step),
    };
    num / den
}

/// `sin(pi * x)`, exact at integers and halves.
fn sin_pi(x: f64) -> f64 {
    let y = x.abs() % 2.0;
    let sine = match (2.0 * y).round() as i32 {
        0 => (PI * y).sin(),
        1 => (PI * (y - 0.5)).cos(),
        2 => (PI * (1.0 - y)).sin(),
        3 => -(PI * (y - 1.5)).cos(),
        _ => (PI * (y - 2.0)).sin(),
    };
    1f64.copysign(x) * sine
}

/// NaN at the poles, infinity where the value is too large.
pub(super) fn gamma(x: f64) -> f64 {
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x == f64::NEG_INFINITY || x == 0.0 || (x < 0.0 && x.fract() == 0.0) {
        return f64::NAN;
    }
    if x.fract() == 0.0 && x <= 23.0 {
        return (1..x as u64).map(|i| i as f64).product();
    }
    let size = x.abs();
    if size < 1e-20 {
        return 1.0 / x;
    }
    if size > 200.0 {
        return if x < 0.0 { 0.0 / sin_pi(x) } else { f64::INFINITY };
    }
    by_lanczos(x, size)
}

fn by_lanczos(x: f64, size: f64) -> f64 {
    let y = size + G_MINUS_HALF;
    // What the sum above has lost.
    let lost = if size > G_MINUS_HALF { (y - size) - G_MINUS_HALF } else { (y - G_MINUS_HALF) - size };
    let correction = lost * G / y;
    let near = match x < 0.0 {
        true => {
            let near = -PI / sin_pi(size) / size * y.exp() / lanczos(size);
            near - correction * near
        }
        false => {
            let near = lanczos(size) / y.exp();
            near + correction * near
        }
    };
    let times = |value: f64, power: f64| if x < 0.0 { value / power } else { value * power };
    if size < 140.0 {
        return times(near, y.powf(size - 0.5));
    }
    let root = y.powf(size / 2.0 - 0.25);
    times(times(near, root), root)
}

/// Infinity at the poles.
pub(super) fn log_gamma(x: f64) -> f64 {
    if !x.is_finite() {
        return x.abs();
    }
    if x.fract() == 0.0 && x <= 2.0 {
        return if x <= 0.0 { f64::INFINITY } else { 0.0 };
    }
    let size = x.abs();
    if size < 1e-20 {
        return -size.ln();
    }
    let result = lanczos(size).ln() - G + (size - 0.5) * ((size + G - 0.5).ln() - 1.0);
    if x < 0.0 { LN_PI - sin_pi(size).abs().ln() - size.ln() - result } else { result }
}
