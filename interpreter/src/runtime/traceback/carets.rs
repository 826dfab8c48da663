//! The marks under a source line: `^^^^`, and `~~^~~` for operators and subscripts.
//!
//! In: a line and the places where the failing expression begins and ends. Out: the marks, from the line's first character that is no blank.
//! The one invariant: an expression that is the whole line gets none, unless a part of it is to be pointed at.

use toy_syntax::ast::{Expr, ExprKind, StmtKind};
use toy_syntax::source::{Place, Source};
use toy_text::unicode;

/// The marks below `line`, whose indentation is not shown.
pub(super) fn carets(line: &str, start: Place, end: Place) -> Option<String> {
    let characters: Vec<char> = line.chars().collect();
    let blanks = characters.iter().take_while(|c| matches!(c, ' ' | '\t' | '\x0c')).count();
    let start_at = (start.column as usize).min(characters.len());
    let mut end_at = (end.column as usize).min(characters.len());
    let mut anchors = None;
    if start.line == end.line {
        let segment: String = characters.get(start_at..end_at)?.iter().collect();
        anchors = find_anchors(&segment).map(|(left, right)| (left + start_at, right + start_at));
    } else {
        end_at = characters.iter().rposition(|c| !c.is_whitespace()).map_or(0, |last| last + 1);
    }
    if anchors.is_none() && end_at - start_at.min(end_at) == characters.len() - blanks {
        return None;
    }
    let mark = |i: usize| match anchors {
        _ if i < start_at => ' ',
        Some((left, right)) if (left..right).contains(&i) => '^',
        Some(_) => '~',
        None => '^',
    };
    let width = |i: usize| if matches!(unicode::east_asian_width(characters[i] as u32), "W" | "F") { 2 } else { 1 };
    Some((blanks..end_at).flat_map(|i| std::iter::repeat_n(mark(i), width(i))).collect())
}

/// Where the operator, or the brackets, of an expression begin and end.
fn find_anchors(segment: &str) -> Option<(usize, usize)> {
    let source = Source::new("<segment>", segment);
    let (module, _) = toy_syntax::parse_module(&source).ok()?;
    let [only] = &module.body[..] else { return None };
    let StmtKind::Expr(expr) = &only.kind else { return None };
    let (left, right) = anchors_of(segment, expr)?;
    let characters = |bytes: usize| segment.get(..bytes).map(|text| text.chars().count());
    Some((characters(left)?, characters(right)?))
}

fn anchors_of(segment: &str, expr: &Expr) -> Option<(usize, usize)> {
    let bytes = segment.as_bytes();
    let is_blank = |i: usize| bytes[i].is_ascii_whitespace();
    match &expr.kind {
        ExprKind::BinOp { left, right, .. } => {
            let (from, to) = (left.span.end as usize, right.span.start as usize);
            let at = (from..to.min(bytes.len())).find(|&i| !is_blank(i) && bytes[i] != b')')?;
            let two = at + 1 < to && !is_blank(at + 1);
            Some((at, at + 1 + two as usize))
        }
        ExprKind::Subscript { value, slice } => {
            let mut left = value.span.end as usize;
            let mut right = slice.span.end as usize + 1;
            while left < bytes.len() && bytes[left] != b'[' {
                left += 1;
            }
            while right < bytes.len() && bytes[right] != b']' {
                right += 1;
            }
            Some((left, (right + 1).min(bytes.len())))
        }
        _ => None,
    }
}
