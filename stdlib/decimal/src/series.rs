//! Exponentials and logarithms of fixed-point numbers.
//!
//! In: ints that stand for `n / 2^bits`. Out: the same. The one invariant: the error is less than a few units of the last 32 bits, so a caller who
//! asks for 64 bits more than it needs can see whether rounding is safe.

use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::cell::RefCell;

thread_local! {
    /// ln(10) with the most bits that this thread has wanted.
    static LN_TEN: RefCell<(u64, BigInt)> = const { RefCell::new((0, BigInt::ZERO)) };
}

/// ln(10).
pub fn ln_ten(bits: u64) -> BigInt {
    LN_TEN.with_borrow_mut(|(known, value)| {
        if *known < bits {
            let wide = bits + 32;
            // 10 = 2^3 * 10/8, and 10/8 = (1 + 1/9) / (1 - 1/9).
            *value = (ln_two(wide) * 3u32 + atanh_inverse(9, wide) * 2u32) >> 32u32;
            *known = bits;
        }
        &*value >> (*known - bits)
    })
}

fn ln_two(bits: u64) -> BigInt {
    atanh_inverse(26, bits) * 18u32 - atanh_inverse(4801, bits) * 2u32 + atanh_inverse(8749, bits) * 8u32
}

/// atanh(1 / n).
fn atanh_inverse(n: u32, bits: u64) -> BigInt {
    let mut term = (BigInt::one() << bits) / n;
    let (mut total, square, mut i) = (term.clone(), n * n, 3u32);
    while !term.is_zero() {
        term /= square;
        total += &term / i;
        i += 2;
    }
    total
}

/// e^x = m * 10^k, m being from 1 to 10: m and k. `x` may be negative.
pub fn exp(x: &BigInt, bits: u64) -> (BigInt, i64) {
    let halvings = bits.isqrt() / 2 + 1;
    let guard = 64 + halvings + x.bits().saturating_sub(bits);
    let wide = bits + guard;
    let x = x << guard;
    let ten = ln_ten(wide);
    let mut k = &x / &ten;
    if x.is_negative() {
        k -= 1;
    }
    let rest = (x - &k * ten) >> halvings;
    let mut total = BigInt::one() << wide;
    let (mut term, mut i) = (total.clone(), 1u32);
    while !term.is_zero() {
        term = ((term * &rest) >> wide) / i;
        total += &term;
        i += 1;
    }
    for _ in 0..halvings {
        total = (&total * &total) >> wide;
    }
    (total >> guard, k.to_i64().unwrap_or(0))
}

/// ln(a / b) of positive ints.
pub fn ln(a: &BigInt, b: &BigInt, bits: u64) -> BigInt {
    let roots = bits.isqrt() / 3 + 1;
    let wide = bits + roots + 96;
    let shift = a.bits() as i64 - b.bits() as i64;
    let mut x = if shift >= 0 { (a << wide) / (b << shift) } else { (a << (wide as i64 - shift)) / b };
    for _ in 0..roots {
        x = (x << wide).sqrt();
    }
    let one = BigInt::one() << wide;
    let y = ((&x - &one) << wide) / (x + one);
    let square = (&y * &y) >> wide;
    let (mut total, mut term, mut i) = (y.clone(), y, 3u32);
    while !term.is_zero() && term != BigInt::from(-1) {
        term = (term * &square) >> wide;
        total += &term / i;
        i += 2;
    }
    let total = (total << (roots + 1)) + ln_two(wide) * shift;
    total >> (wide - bits)
}
