//! What a `case` must not be: ambiguous or unreachable.
//!
//! In: a pattern. Out: the first error that CPython's code generator finds in it. The one invariant: all alternatives of an
//! `|` bind the same names, no name is bound twice, and only the last alternative of the last case matches everything.

use crate::ast::*;
use crate::repr;
use crate::source::Span;

type Found = Result<(), (String, Span)>;

/// `irrefutable`: the pattern may match everything.
pub fn pattern(pattern: &Pattern, irrefutable: bool) -> Found {
    Visit { names: Vec::new(), at: pattern.span }.pattern(pattern, irrefutable)
}

fn found(message: impl Into<String>, span: Span) -> Found {
    Err((message.into(), span))
}

struct Visit<'p> {
    /// Bound so far.
    names: Vec<&'p Ident>,
    /// The pattern visited last, which is where CPython reports most errors.
    at: Span,
}

impl<'p> Visit<'p> {
    fn pattern(&mut self, pattern: &'p Pattern, irrefutable: bool) -> Found {
        self.at = pattern.span;
        match &pattern.kind {
            PatternKind::Value(e) if !is_literal_or_attribute(e) => {
                found("patterns may only match literals and attribute lookups", self.at)
            }
            PatternKind::Value(_) | PatternKind::Singleton(_) => Ok(()),
            PatternKind::Sequence(patterns) => self.sequence(patterns),
            PatternKind::Mapping { keys, patterns, rest } => {
                mapping_keys(keys, self.at)?;
                self.all(patterns)?;
                self.bind(rest)
            }
            PatternKind::Class { patterns, kwd_attrs, kwd_patterns, .. } => {
                attributes(kwd_attrs, kwd_patterns)?;
                self.all(patterns)?;
                self.all(kwd_patterns)
            }
            PatternKind::Star(name) => self.bind(name),
            PatternKind::As { pattern: Some(pattern), name } => {
                self.pattern(pattern, irrefutable)?;
                self.bind(name)
            }
            PatternKind::As { pattern: None, name } if !irrefutable => {
                let what = name.as_ref().map_or("wildcard".into(), |name| format!("name capture '{name}'"));
                found(format!("{what} makes remaining patterns unreachable"), self.at)
            }
            PatternKind::As { pattern: None, name } => self.bind(name),
            PatternKind::Or(alternatives) => self.or(alternatives, irrefutable),
        }
    }

    fn bind(&mut self, name: &'p Option<Ident>) -> Found {
        let Some(name) = name else { return Ok(()) };
        if self.names.contains(&name) {
            return found(format!("multiple assignments to name '{name}' in pattern"), self.at);
        }
        self.names.push(name);
        Ok(())
    }

    fn all(&mut self, patterns: &'p [Pattern]) -> Found {
        patterns.iter().try_for_each(|pattern| self.pattern(pattern, true))
    }

    fn sequence(&mut self, patterns: &'p [Pattern]) -> Found {
        if patterns.iter().filter(|pattern| matches!(pattern.kind, PatternKind::Star(_))).count() > 1 {
            return found("multiple starred names in sequence pattern", self.at);
        }
        self.all(patterns)
    }

    fn or(&mut self, alternatives: &'p [Pattern], irrefutable: bool) -> Found {
        let before = self.names.len();
        let mut control: Option<Vec<&Ident>> = None;
        for (i, alternative) in alternatives.iter().enumerate() {
            self.names.truncate(before);
            self.pattern(alternative, irrefutable && i + 1 == alternatives.len())?;
            let mut bound = self.names[before..].to_vec();
            bound.sort();
            match &control {
                None => control = Some(bound),
                Some(control) if *control != bound => {
                    return found("alternative patterns bind different names", self.at);
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

fn attributes(names: &[Ident], patterns: &[Pattern]) -> Found {
    for (i, name) in names.iter().enumerate() {
        if let Some(other) = names[i + 1..].iter().position(|other| other == name) {
            return found(format!("attribute name repeated in class pattern: {name}"), patterns[i + 1 + other].span);
        }
    }
    Ok(())
}

fn mapping_keys(keys: &[Expr], span: Span) -> Found {
    let mut seen: Vec<String> = Vec::new();
    for key in keys {
        if !is_literal_or_attribute(key) {
            return found("mapping pattern keys may only match literals and attribute lookups", span);
        }
        let Some(text) = key_text(key) else { continue };
        let equal = match text.as_str() {
            "True" => "1".into(),
            "False" | "-0" | "-0.0" => "0".into(),
            other => other.strip_suffix(".0").unwrap_or(other).to_owned(),
        };
        if seen.contains(&equal) {
            return found(format!("mapping pattern checks duplicate key ({text})"), span);
        }
        seen.push(equal);
    }
    Ok(())
}

/// The `repr` of a constant key.
fn key_text(key: &Expr) -> Option<String> {
    match &key.kind {
        ExprKind::Constant(constant) => Some(repr::constant(constant)),
        ExprKind::UnaryOp { operand, .. } => key_text(operand).map(|text| format!("-{text}")),
        _ => None,
    }
}

fn is_literal_or_attribute(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Constant(_) | ExprKind::Attribute { .. } => true,
        ExprKind::UnaryOp { op: UnaryOp::USub, operand } => matches!(operand.kind, ExprKind::Constant(_)),
        _ => false,
    }
}
