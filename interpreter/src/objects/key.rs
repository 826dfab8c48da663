//! Keys of dicts and sets: what can be told of them without toy code.
//!
//! In: values. Out: a hash or whether two are equal, or nothing if a method would have to be asked. The one invariant: an answer is the
//! one that the methods would give; exact strings, bytes, floats, small ints and tuples of them have one.

use super::bytes::Bytes;
use super::str::Str;
use super::tuple::Tuple;
use super::value::Value;

/// The hash of an int word or an exact string.
#[inline]
pub(crate) fn plain_hash(key: &Value) -> Option<i64> {
    match key.as_small_int() {
        Some(i) => Some(super::hash::int_hash(i)),
        None => key.exactly::<Str>().map(|string| string.hash()),
    }
}

/// Whether two different words are equal.
#[inline]
pub(crate) fn plain_eq(a: &Value, b: &Value) -> Option<bool> {
    match flat_eq(a, b) {
        None => tuples_eq(a.exactly::<Tuple>()?.items(), b.exactly::<Tuple>()?.items()),
        answer => answer,
    }
}

#[inline]
fn flat_eq(a: &Value, b: &Value) -> Option<bool> {
    if a.is_int_word() && b.is_int_word() {
        return Some(false);
    }
    match (a.exactly::<Str>(), b.exactly::<Str>()) {
        (Some(a), Some(b)) => Some(a.same(b)),
        (None, None) => rarer_eq(a, b),
        _ => None,
    }
}

/// As `flat_eq`, of what are no strings.
fn rarer_eq(a: &Value, b: &Value) -> Option<bool> {
    if let (Some(a), Some(b)) = (a.as_small_float(), b.as_small_float()) {
        return Some(a == b);
    }
    Some(a.exactly::<Bytes>()?.data == b.exactly::<Bytes>()?.data)
}

fn tuples_eq(a: &[Value], b: &[Value]) -> Option<bool> {
    if a.len() != b.len() {
        return Some(false);
    }
    let same = plain_prefix(a, b);
    if same == a.len() { Some(true) } else { flat_eq(&a[same], &b[same]) }
}

/// How many items at the front are equal in two rows, as far as that can be told.
pub(crate) fn plain_prefix(a: &[Value], b: &[Value]) -> usize {
    a.iter().zip(b).take_while(|(x, y)| x.is(y) || flat_eq(x, y) == Some(true)).count()
}
