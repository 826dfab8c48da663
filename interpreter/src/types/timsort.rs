//! Tim Peters's stable merge sort, on the indexes of what is sorted.
//!
//! In: an order to improve and a `less` that may fail. Out: a stable order. The one invariant: `order` names the same
//! indexes at every moment that `less` can see or fail in.
//!
//! It looks for runs that are in order already (or strictly falling: these are reversed), makes short ones longer by binary
//! insertion, and merges neighbours by the "power" rule of Munro and Wild, as CPython has since 3.11. Programs can watch the
//! calls of `<`, so the steps are CPython's one by one. Names are those of its listsort.txt.

use crate::runtime::error::R;

/// How often one side must win in a row before a merge gallops.
const MIN_GALLOP: usize = 7;

type Less<'a> = dyn FnMut(u32, u32) -> R<bool> + 'a;

/// Sorts `order` by `less`.
pub(super) fn sort(order: &mut [u32], less: &mut Less<'_>) -> R<()> {
    if order.len() < 2 {
        return Ok(());
    }
    let min_run = min_run(order.len());
    let mut sorter = Sorter { order, less, pending: Vec::new(), min_gallop: MIN_GALLOP };
    let len = sorter.order.len();
    let mut low = 0;
    while low < len {
        let mut run = sorter.count_run(low, len)?;
        if run < min_run {
            let forced = min_run.min(len - low);
            sorter.binary_sort(low, low + forced, low + run)?;
            run = forced;
        }
        sorter.found_new_run(run)?;
        sorter.pending.push(Run { start: low, len: run, power: 0 });
        low += run;
    }
    sorter.merge_force_collapse()
}

/// A stretch in order.
#[derive(Debug, Clone, Copy)]
struct Run {
    start: usize,
    len: usize,
    power: u32,
}

struct Sorter<'a, 'b> {
    order: &'a mut [u32],
    less: &'a mut Less<'b>,
    /// Runs waiting to be merged, neighbours in this order.
    pending: Vec<Run>,
    min_gallop: usize,
}

/// The shortest run worth merging: `len / 2^k`, rounded up, from 32 to 64.
fn min_run(mut len: usize) -> usize {
    let mut lost = 0;
    while len >= 64 {
        lost |= len & 1;
        len >>= 1;
    }
    len + lost
}

/// The depth at which two neighbouring runs meet in a balanced tree over `len` items.
fn power(start: usize, left: usize, right: usize, len: usize) -> u32 {
    let (mut a, mut power) = (2 * start + left, 0);
    let mut b = a + left + right;
    loop {
        power += 1;
        if a >= len {
            a -= len;
            b -= len;
        } else if b >= len {
            return power;
        }
        a <<= 1;
        b <<= 1;
    }
}

impl Sorter<'_, '_> {
    /// The length of the run at `low`, turned around if it falls.
    fn count_run(&mut self, low: usize, high: usize) -> R<usize> {
        if low + 1 == high {
            return Ok(1);
        }
        let falling = (self.less)(self.order[low + 1], self.order[low])?;
        let mut end = low + 2;
        while end < high && (self.less)(self.order[end], self.order[end - 1])? == falling {
            end += 1;
        }
        if falling {
            self.order[low..end].reverse();
        }
        Ok(end - low)
    }

    /// Sorts `low..high`, of which `low..start` is in order.
    fn binary_sort(&mut self, low: usize, high: usize, start: usize) -> R<()> {
        for at in start.max(low + 1)..high {
            let pivot = self.order[at];
            let (mut left, mut right) = (low, at);
            while left < right {
                let middle = left + (right - left) / 2;
                if (self.less)(pivot, self.order[middle])? { right = middle } else { left = middle + 1 }
            }
            self.order[left..=at].rotate_right(1);
        }
        Ok(())
    }

    /// Merges the runs that lie deeper in the tree than the place where a new run of `len` meets the last one.
    fn found_new_run(&mut self, len: usize) -> R<()> {
        let Some(last) = self.pending.last() else { return Ok(()) };
        let power = power(last.start, last.len, len, self.order.len());
        while let [.., before, _] = self.pending[..]
            && before.power > power
        {
            self.merge_at(self.pending.len() - 2)?;
        }
        if let Some(last) = self.pending.last_mut() {
            last.power = power;
        }
        Ok(())
    }

    fn merge_force_collapse(&mut self) -> R<()> {
        while self.pending.len() > 1 {
            let mut at = self.pending.len() - 2;
            if at > 0 && self.pending[at - 1].len < self.pending[at + 1].len {
                at -= 1;
            }
            self.merge_at(at)?;
        }
        Ok(())
    }

    /// Merges two neighbouring runs.
    fn merge_at(&mut self, at: usize) -> R<()> {
        let (a, b) = (self.pending[at], self.pending[at + 1]);
        self.pending[at].len += b.len;
        self.pending.remove(at + 1);
        // Where does b start in a? What is before is in place already.
        let skip = gallop_right(self.less, self.order[b.start], &self.order[a.start..a.start + a.len], 0)?;
        let (start, left) = (a.start + skip, a.len - skip);
        if left == 0 {
            return Ok(());
        }
        // Where does a end in b? What follows is in place already.
        let last = self.order[start + left - 1];
        let right = gallop_left(self.less, last, &self.order[b.start..b.start + b.len], b.len - 1)?;
        if right == 0 {
            return Ok(());
        }
        if left <= right { self.merge_low(start, left, right) } else { self.merge_high(start, left, right) }
    }

    /// Merges `start..start+left` with the `right` items behind, from the front; the left run is set aside.
    fn merge_low(&mut self, start: usize, left: usize, right: usize) -> R<()> {
        let aside = self.order[start..start + left].to_vec();
        let mut merge = Low { a: 0, b: start + left, b_end: start + left + right, to: start, aside };
        let result = self.merge_low_steps(&mut merge);
        // What is left of the run set aside goes where there is room for it: before the rest of b, which is in place, or
        // (a single item that is the greatest) behind it.
        let rest = merge.aside.len() - merge.a;
        if matches!(result, Ok(End::Greatest)) {
            self.order.copy_within(merge.b..merge.b_end, merge.to);
            self.order[merge.b_end - 1] = merge.aside[merge.a];
        } else {
            self.order[merge.to..merge.to + rest].copy_from_slice(&merge.aside[merge.a..]);
        }
        result.map(drop)
    }

    fn merge_low_steps(&mut self, m: &mut Low) -> R<End> {
        m.take_b(self.order, 1);
        if m.b == m.b_end {
            return Ok(End::Done);
        }
        if m.a_left() == 1 {
            return Ok(End::Greatest);
        }
        let mut min_gallop = self.min_gallop;
        loop {
            let (mut a_wins, mut b_wins) = (0, 0);
            loop {
                if (self.less)(self.order[m.b], m.aside[m.a])? {
                    m.take_b(self.order, 1);
                    (a_wins, b_wins) = (0, b_wins + 1);
                    if m.b == m.b_end {
                        return Ok(End::Done);
                    }
                    if b_wins >= min_gallop {
                        break;
                    }
                } else {
                    m.take_a(self.order, 1);
                    (a_wins, b_wins) = (a_wins + 1, 0);
                    if m.a_left() == 1 {
                        return Ok(End::Greatest);
                    }
                    if a_wins >= min_gallop {
                        break;
                    }
                }
            }
            min_gallop += 1;
            loop {
                min_gallop -= (min_gallop > 1) as usize;
                self.min_gallop = min_gallop;
                a_wins = gallop_right(self.less, self.order[m.b], &m.aside[m.a..], 0)?;
                if a_wins > 0 {
                    m.take_a(self.order, a_wins);
                    match m.a_left() {
                        1 => return Ok(End::Greatest),
                        // Only an inconsistent `<` leads here.
                        0 => return Ok(End::Done),
                        _ => (),
                    }
                }
                m.take_b(self.order, 1);
                if m.b == m.b_end {
                    return Ok(End::Done);
                }
                b_wins = gallop_left(self.less, m.aside[m.a], &self.order[m.b..m.b_end], 0)?;
                if b_wins > 0 {
                    m.take_b(self.order, b_wins);
                    if m.b == m.b_end {
                        return Ok(End::Done);
                    }
                }
                m.take_a(self.order, 1);
                if m.a_left() == 1 {
                    return Ok(End::Greatest);
                }
                if a_wins < MIN_GALLOP && b_wins < MIN_GALLOP {
                    break;
                }
            }
            min_gallop += 1;
            self.min_gallop = min_gallop;
        }
    }

    /// As `merge_low`, from the back; the right run is set aside.
    fn merge_high(&mut self, start: usize, left: usize, right: usize) -> R<()> {
        let middle = start + left;
        let aside = self.order[middle..middle + right].to_vec();
        let mut merge = High { a_start: start, a: middle, b: right, to: middle + right, aside };
        let result = self.merge_high_steps(&mut merge);
        if matches!(result, Ok(End::Greatest)) {
            // The single item left of b is the least: it goes before the rest of a.
            let rest = merge.a - start;
            self.order.copy_within(start..merge.a, merge.to - rest);
            self.order[merge.to - rest - 1] = merge.aside[0];
        } else {
            self.order[merge.to - merge.b..merge.to].copy_from_slice(&merge.aside[..merge.b]);
        }
        result.map(drop)
    }

    fn merge_high_steps(&mut self, m: &mut High) -> R<End> {
        m.take_a(self.order, 1);
        if m.a == m.a_start {
            return Ok(End::Done);
        }
        if m.b == 1 {
            return Ok(End::Greatest);
        }
        let mut min_gallop = self.min_gallop;
        loop {
            let (mut a_wins, mut b_wins) = (0, 0);
            loop {
                if (self.less)(m.aside[m.b - 1], self.order[m.a - 1])? {
                    m.take_a(self.order, 1);
                    (a_wins, b_wins) = (a_wins + 1, 0);
                    if m.a == m.a_start {
                        return Ok(End::Done);
                    }
                    if a_wins >= min_gallop {
                        break;
                    }
                } else {
                    m.take_b(self.order, 1);
                    (a_wins, b_wins) = (0, b_wins + 1);
                    if m.b == 1 {
                        return Ok(End::Greatest);
                    }
                    if b_wins >= min_gallop {
                        break;
                    }
                }
            }
            min_gallop += 1;
            loop {
                min_gallop -= (min_gallop > 1) as usize;
                self.min_gallop = min_gallop;
                let a = &self.order[m.a_start..m.a];
                a_wins = a.len() - gallop_right(self.less, m.aside[m.b - 1], a, a.len() - 1)?;
                if a_wins > 0 {
                    m.take_a(self.order, a_wins);
                    if m.a == m.a_start {
                        return Ok(End::Done);
                    }
                }
                m.take_b(self.order, 1);
                if m.b == 1 {
                    return Ok(End::Greatest);
                }
                let b = &m.aside[..m.b];
                b_wins = b.len() - gallop_left(self.less, self.order[m.a - 1], b, b.len() - 1)?;
                if b_wins > 0 {
                    m.take_b(self.order, b_wins);
                    match m.b {
                        1 => return Ok(End::Greatest),
                        // Only an inconsistent `<` leads here.
                        0 => return Ok(End::Done),
                        _ => (),
                    }
                }
                m.take_a(self.order, 1);
                if m.a == m.a_start {
                    return Ok(End::Done);
                }
                if a_wins < MIN_GALLOP && b_wins < MIN_GALLOP {
                    break;
                }
            }
            min_gallop += 1;
            self.min_gallop = min_gallop;
        }
    }
}

/// How a merge ended.
enum End {
    /// One run is used up; what is left of the one set aside follows.
    Done,
    /// One item of the run set aside is left, and it belongs at the far end.
    Greatest,
}

/// A merge from the front: `aside[a..]` with `order[b..b_end]`, to `order[to..]`.
struct Low {
    aside: Vec<u32>,
    a: usize,
    b: usize,
    b_end: usize,
    to: usize,
}

impl Low {
    fn a_left(&self) -> usize {
        self.aside.len() - self.a
    }

    fn take_a(&mut self, order: &mut [u32], count: usize) {
        order[self.to..self.to + count].copy_from_slice(&self.aside[self.a..self.a + count]);
        self.a += count;
        self.to += count;
    }

    fn take_b(&mut self, order: &mut [u32], count: usize) {
        order.copy_within(self.b..self.b + count, self.to);
        self.b += count;
        self.to += count;
    }
}

/// A merge from the back: `order[a_start..a]` with `aside[..b]`, to `order[..to]`.
struct High {
    aside: Vec<u32>,
    a_start: usize,
    a: usize,
    b: usize,
    to: usize,
}

impl High {
    fn take_a(&mut self, order: &mut [u32], count: usize) {
        self.a -= count;
        self.to -= count;
        order.copy_within(self.a..self.a + count, self.to);
    }

    fn take_b(&mut self, order: &mut [u32], count: usize) {
        self.b -= count;
        self.to -= count;
        order[self.to..self.to + count].copy_from_slice(&self.aside[self.b..self.b + count]);
    }
}

/// Where `key` goes in `run`, before all that equal it; the search begins at `hint` with growing steps.
fn gallop_left(less: &mut Less<'_>, key: u32, run: &[u32], hint: usize) -> R<usize> {
    let (low, high) = if less(run[hint], key)? {
        let most = run.len() - hint;
        let (last, offset) = gallop(most, |offset| less(run[hint + offset], key))?;
        (hint + last + 1, hint + offset)
    } else {
        let most = hint + 1;
        let (last, offset) = gallop(most, |offset| Ok(!less(run[hint - offset], key)?))?;
        (hint + 1 - offset, hint - last)
    };
    narrow(low, high, |middle| less(run[middle], key))
}

/// Where `key` goes in `run`, behind all that equal it.
fn gallop_right(less: &mut Less<'_>, key: u32, run: &[u32], hint: usize) -> R<usize> {
    let (low, high) = if less(key, run[hint])? {
        let most = hint + 1;
        let (last, offset) = gallop(most, |offset| less(key, run[hint - offset]))?;
        (hint + 1 - offset, hint - last)
    } else {
        let most = run.len() - hint;
        let (last, offset) = gallop(most, |offset| Ok(!less(key, run[hint + offset])?))?;
        (hint + last + 1, hint + offset)
    };
    narrow(low, high, |middle| Ok(!less(key, run[middle])?))
}

/// The last offset of 0, 1, 3, 7 ... for which `go_on` holds, and the next one, at most `most`.
fn gallop(most: usize, mut go_on: impl FnMut(usize) -> R<bool>) -> R<(usize, usize)> {
    let (mut last, mut offset) = (0, 1);
    while offset < most && go_on(offset)? {
        last = offset;
        offset = 2 * offset + 1;
    }
    Ok((last, offset.min(most)))
}

/// The first place in `low..high` for which `before` does not hold.
fn narrow(mut low: usize, mut high: usize, mut before: impl FnMut(usize) -> R<bool>) -> R<usize> {
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle)? { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}
