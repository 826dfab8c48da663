//! The exact sum of floats (Shewchuk's algorithm), and sums of squares.
//!
//! In: floats, one after the other. Out: their sum, rounded once. The one invariant: the partial sums do not overlap and
//! grow in size, so their exact sum is that of all floats so far.

/// A sum under way.
#[derive(Default)]
pub(super) struct Sum {
    partials: Vec<f64>,
    /// The sum of infinities and NaNs, and that of infinities alone.
    special: f64,
    infinities: f64,
}

/// Why there is no sum.
#[derive(Debug, PartialEq)]
pub(super) enum SumError {
    Overflow,
    BothInfinities,
}

/// Sum and error of two floats: `hi + lo == a + b` exactly.
pub(super) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let (large, small) = if a.abs() < b.abs() { (b, a) } else { (a, b) };
    let hi = large + small;
    (hi, small - (hi - large))
}

impl Sum {
    pub(super) fn add(&mut self, x: f64) -> Result<(), SumError> {
        let mut top = x;
        let mut kept = 0;
        for i in 0..self.partials.len() {
            let (hi, lo) = two_sum(top, self.partials[i]);
            if lo != 0.0 {
                self.partials[kept] = lo;
                kept += 1;
            }
            top = hi;
        }
        self.partials.truncate(kept);
        if top.is_finite() {
            if top != 0.0 {
                self.partials.push(top);
            }
            return Ok(());
        }
        if x.is_finite() {
            return Err(SumError::Overflow);
        }
        if x.is_infinite() {
            self.infinities += x;
        }
        self.special += x;
        self.partials.clear();
        Ok(())
    }

    pub(super) fn total(&self) -> Result<f64, SumError> {
        if self.special != 0.0 {
            return if self.infinities.is_nan() { Err(SumError::BothInfinities) } else { Ok(self.special) };
        }
        let mut rest = self.partials.iter().rev().copied();
        let Some(mut hi) = rest.next() else { return Ok(0.0) };
        let mut lo = 0.0;
        for y in rest.by_ref() {
            (hi, lo) = two_sum(hi, y);
            if lo != 0.0 {
                break;
            }
        }
        // A tie was rounded to even; what is left may say that it was none.
        if let Some(next) = rest.next()
            && ((lo < 0.0 && next < 0.0) || (lo > 0.0 && next > 0.0))
        {
            let (twice, sum) = (lo * 2.0, hi + lo * 2.0);
            if twice == sum - hi {
                hi = sum;
            }
        }
        Ok(hi)
    }
}
