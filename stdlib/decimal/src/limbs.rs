//! Arrays of limbs, each of 19 decimal digits, the lowest first.
//!
//! In: limbs below `BASE`. Out: the same. The one invariant: `BASE` has its top bit set, so dividing two words by it takes two
//! multiplications by its reciprocal (Moeller and Granlund, 2011).

/// 10^19.
pub const BASE: u64 = 10_000_000_000_000_000_000;
pub const WIDTH: usize = 19;

/// 10^n for what fits a word.
pub const POWERS: [u64; 20] = {
    let mut powers = [1; 20];
    let mut i = 1;
    while i < 20 {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// A divisor with its reciprocal.
#[derive(Clone, Copy)]
pub struct Divisor {
    /// Shifted so that its top bit is set.
    divisor: u64,
    shift: u32,
    /// floor((2^128 - 1) / divisor) - 2^64.
    reciprocal: u64,
}

impl Divisor {
    pub const fn new(n: u64) -> Divisor {
        let shift = n.leading_zeros();
        let divisor = n << shift;
        Divisor { divisor, shift, reciprocal: (u128::MAX / divisor as u128 - (1 << 64)) as u64 }
    }

    /// Quotient and rest of two words, the high one being below the divisor.
    #[inline(always)]
    pub const fn divide(&self, value: u128) -> (u64, u64) {
        let value = value << self.shift;
        let (high, low) = ((value >> 64) as u64, value as u64);
        let q = (self.reciprocal as u128 * high as u128).wrapping_add(value);
        let mut quotient = ((q >> 64) as u64).wrapping_add(1);
        let mut rest = low.wrapping_sub(quotient.wrapping_mul(self.divisor));
        if rest > q as u64 {
            quotient = quotient.wrapping_sub(1);
            rest = rest.wrapping_add(self.divisor);
        }
        if rest >= self.divisor {
            quotient = quotient.wrapping_add(1);
            rest -= self.divisor;
        }
        (quotient, rest >> self.shift)
    }
}

const BY_BASE: Divisor = Divisor::new(BASE);

/// Divisors for 10^n.
pub static BY_POWERS: [Divisor; 20] = {
    let mut divisors = [BY_BASE; 20];
    let mut i = 0;
    while i < 20 {
        divisors[i] = Divisor::new(POWERS[i]);
        i += 1;
    }
    divisors
};

/// Quotient and rest of a product of limbs, or anything whose high word is below `BASE`.
#[inline(always)]
pub fn divide_base(value: u128) -> (u64, u64) {
    BY_BASE.divide(value)
}

/// Adds `b` to `a`, which is not shorter; the carry out of its top.
pub fn add_to(a: &mut [u64], b: &[u64]) -> bool {
    carry_through(a, b, add_limbs)
}

/// Takes `b` off `a`, which is not shorter; whether it was too little.
pub fn take_from(a: &mut [u64], b: &[u64]) -> bool {
    carry_through(a, b, take_limbs)
}

/// Changes the limbs of `a` by those of `b` and the carry from below; the carry out of the top.
#[inline(always)]
fn carry_through(a: &mut [u64], b: &[u64], step: impl Fn(u64, u64, bool) -> (u64, bool)) -> bool {
    let (low, high) = a.split_at_mut(b.len());
    let mut carry = false;
    for (x, &y) in low.iter_mut().zip(b) {
        (*x, carry) = step(*x, y, carry);
    }
    for x in high {
        if !carry {
            break;
        }
        (*x, carry) = step(*x, 0, true);
    }
    carry
}

#[inline(always)]
fn add_limbs(x: u64, y: u64, carry: bool) -> (u64, bool) {
    // The sum is below 2 * BASE, which may pass 2^64.
    let (sum, over) = x.overflowing_add(y + carry as u64);
    if over || sum >= BASE { (sum.wrapping_sub(BASE), true) } else { (sum, false) }
}

#[inline(always)]
fn take_limbs(x: u64, y: u64, borrow: bool) -> (u64, bool) {
    let (difference, under) = x.overflowing_sub(y + borrow as u64);
    if under { (difference.wrapping_add(BASE), true) } else { (difference, false) }
}

/// The product into `out`, which has room for exactly both.
pub fn multiply(a: &[u64], b: &[u64], out: &mut [u64]) {
    let (a, b) = if a.len() < b.len() { (b, a) } else { (a, b) };
    match b.len() {
        0 => out.fill(0),
        1 => multiply_small(a, b[0], out),
        2..KARATSUBA => multiply_columns(a, b, out),
        _ if a.len() == b.len() => karatsuba(a, b, out),
        _ => multiply_pieces(a, b, out),
    }
}

/// From so many limbs on, three products of halves are fewer than four.
const KARATSUBA: usize = 40;

/// By one limb.
fn multiply_small(a: &[u64], by: u64, out: &mut [u64]) {
    let mut carry = 0;
    for (limb, &x) in out.iter_mut().zip(a) {
        (carry, *limb) = divide_base(x as u128 * by as u128 + carry as u128);
    }
    out[a.len()] = carry;
}

/// Column by column: a column's products are summed in three words and divided by the base once.
fn multiply_columns(a: &[u64], b: &[u64], out: &mut [u64]) {
    let mut carry: u128 = 0;
    let last = a.len() + b.len() - 1;
    for (column, limb) in out.iter_mut().enumerate().take(last) {
        let from = column.saturating_sub(b.len() - 1);
        let to = column.min(a.len() - 1);
        let (mut sum, mut over) = (carry, 0u64);
        for (&x, &y) in a[from..=to].iter().zip(b[column - to..=column - from].iter().rev()) {
            let (next, carried) = sum.overflowing_add(x as u128 * y as u128);
            sum = next;
            over += carried as u64;
        }
        let (high, rest) = divide_base((over as u128) << 64 | sum >> 64);
        let (low, rest) = divide_base((rest as u128) << 64 | sum as u64 as u128);
        *limb = rest;
        carry = (high as u128) << 64 | low as u128;
    }
    out[last] = carry as u64;
}

/// (a1 B + a0) (b1 B + b0), the middle being (a1 + a0) (b1 + b0) - a1 b1 - a0 b0.
fn karatsuba(a: &[u64], b: &[u64], out: &mut [u64]) {
    let half = a.len() / 2;
    let ((a0, a1), (b0, b1)) = (a.split_at(half), b.split_at(half));
    {
        let (low, high) = out.split_at_mut(2 * half);
        multiply(a0, b0, low);
        multiply(a1, b1, high);
    }
    let (sa, sb) = (sum(a1, a0), sum(b1, b0));
    let mut middle = vec![0; sa.len() + sb.len()];
    multiply(&sa, &sb, &mut middle);
    take_from(&mut middle, &out[..2 * half]);
    take_from(&mut middle, &out[2 * half..]);
    let used = middle.iter().rposition(|&limb| limb != 0).map_or(0, |top| top + 1);
    add_to(&mut out[half..], &middle[..used]);
}

fn sum(long: &[u64], short: &[u64]) -> Vec<u64> {
    let mut total = long.to_vec();
    if add_to(&mut total, short) {
        total.push(1);
    }
    total
}

/// The longer one in pieces as long as the shorter.
fn multiply_pieces(a: &[u64], b: &[u64], out: &mut [u64]) {
    out.fill(0);
    let mut product = vec![0; 2 * b.len()];
    for (i, piece) in a.chunks(b.len()).enumerate() {
        let product = &mut product[..piece.len() + b.len()];
        multiply(piece, b, product);
        add_to(&mut out[i * b.len()..], product);
    }
}
