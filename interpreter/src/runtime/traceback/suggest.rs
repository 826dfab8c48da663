//! "Did you mean": the known name that is nearest to one that was not found.
//!
//! In: an AttributeError or NameError. Out: a name, if one is near. The one invariant: the distances and bounds are CPython
//! 3.11's, so the same names are suggested.

use crate::objects::dict::Dict;
use crate::objects::exception::{Exc, Exception, Traceback};
use crate::objects::header::{Obj, Ref};
use crate::objects::names::n;
use crate::objects::str::{Str, text_of};
use crate::objects::value::Value;
use crate::sync::Held;

const MAX_CANDIDATES: usize = 750;
const MAX_LENGTH: usize = 40;
const MOVE: usize = 2;
const CASE: usize = 1;

/// What to suggest for an exception.
pub(super) fn suggestion(h: &mut Held, value: &Value) -> Option<String> {
    let exception = value.downcast::<Exception>()?;
    let name = exception.field(h, 0).filter(|name| name.downcast::<Str>().is_some());
    if value.class().is_subclass_of(Exc::AttributeError.class()) {
        let object = exception.field(h, 1)?;
        let candidates = attributes(h, &object)?;
        nearest(&candidates, &text_of(&name?))
    } else if value.class().is_subclass_of(Exc::NameError.class()) {
        for_name(h, exception, &text_of(&name?))
    } else {
        None
    }
}

/// Locals of the innermost frame, then globals, then builtins.
fn for_name(h: &mut Held, exception: &Obj<Exception>, name: &str) -> Option<String> {
    let entry = innermost(h, exception)?;
    let code = &entry.code;
    let locals: Vec<String> = code.varnames.iter().chain(&code.wide).chain(&code.freevars).map(text_of).collect();
    if let Some(found) = nearest(&locals, name) {
        return Some(found);
    }
    let globals = entry.globals.clone();
    if let Some(found) = nearest(&keys(h, &globals), name) {
        return Some(found);
    }
    let builtins = h.builtins_of(&globals);
    nearest(&keys(h, &builtins), name)
}

fn innermost(h: &Held, exception: &Obj<Exception>) -> Option<Ref<Traceback>> {
    let mut at = exception.traceback(h)?.into_ref::<Traceback>().ok()?;
    while let Some(next) = at.next.read(h, Clone::clone).and_then(|next| next.into_ref::<Traceback>().ok()) {
        at = next;
    }
    Some(at)
}

fn keys(h: &Held, dict: &Dict) -> Vec<String> {
    dict.keys(h).iter().filter(|key| key.downcast::<Str>().is_some()).map(text_of).collect()
}

/// `dir(object)`.
fn attributes(h: &mut Held, object: &Value) -> Option<Vec<String>> {
    let names = h.call_special(object, n::__dir__, &[]).ok()??;
    let names = h.collect(&names).ok()?;
    let mut names: Vec<String> = names.iter().filter(|name| name.downcast::<Str>().is_some()).map(text_of).collect();
    names.sort();
    Some(names)
}

/// The candidate with the smallest distance that is small enough; the first of several.
pub(super) fn nearest(candidates: &[String], name: &str) -> Option<String> {
    if candidates.len() >= MAX_CANDIDATES {
        return None;
    }
    let mut best: Option<(&str, usize)> = None;
    for candidate in candidates.iter().filter(|candidate| *candidate != name) {
        let bound = (name.len() + candidate.len() + 3) * MOVE / 6;
        let bound = best.map_or(bound, |(_, distance)| bound.min(distance.saturating_sub(1)));
        let distance = levenshtein(name.as_bytes(), candidate.as_bytes(), bound);
        if distance <= bound && best.is_none_or(|(_, known)| distance < known) {
            best = Some((candidate, distance));
        }
    }
    best.map(|(candidate, _)| candidate.to_owned())
}

fn substitution(a: u8, b: u8) -> usize {
    if a == b {
        0
    } else if a.eq_ignore_ascii_case(&b) {
        CASE
    } else {
        MOVE
    }
}

/// The cost of turning one text into the other; more than `bound` when that is exceeded.
fn levenshtein(a: &[u8], b: &[u8], bound: usize) -> usize {
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    if a.is_empty() || b.is_empty() {
        return (a.len() + b.len()) * MOVE;
    }
    if a.len() > MAX_LENGTH || b.len() > MAX_LENGTH {
        return bound + 1;
    }
    let (a, b) = if b.len() < a.len() { (b, a) } else { (a, b) };
    if (b.len() - a.len()) * MOVE > bound {
        return bound + 1;
    }
    let mut row: Vec<usize> = (1..=a.len()).map(|i| i * MOVE).collect();
    let mut result = 0;
    for (bi, &code) in b.iter().enumerate() {
        let mut distance = bi * MOVE;
        result = distance;
        let mut minimum = usize::MAX;
        for (cell, &other) in row.iter_mut().zip(a) {
            let substitute = distance + substitution(code, other);
            distance = *cell;
            result = substitute.min(result.min(distance) + MOVE);
            *cell = result;
            minimum = minimum.min(result);
        }
        if minimum > bound {
            return bound + 1;
        }
    }
    result
}
