//! The part of a string or bytes that a search looks at: its optional arguments `start` and `end`.
//!
//! In: arguments and a length. Out: a range inside the sequence, or nothing. The one invariant: nothing means that not
//! even an empty text is found (`"abc".find("", 4)`).

use crate::objects::function::Args;
use crate::objects::slice::slice_index;
use crate::runtime::error::R;
use crate::sync::Held;
use std::ops::Range;

/// The window whose bounds are the arguments `at` and `at + 1`.
#[inline]
pub fn window(h: &mut Held, args: Args<'_>, at: usize, len: usize) -> R<Option<Range<usize>>> {
    let start = match args.opt_some(at) {
        Some(start) => fit(slice_index(h, start)?, len),
        None => 0,
    };
    let end = match args.opt_some(at + 1) {
        Some(end) => fit(slice_index(h, end)?, len).min(len),
        None => len,
    };
    Ok((start <= end).then_some(start..end))
}

fn fit(i: isize, len: usize) -> usize {
    if i < 0 { i.saturating_add(len as isize).max(0) as usize } else { i as usize }
}
