//! Numbers as format specifications want them.
//!
//! In: numbers and a specification like `+012,.3f`. Out: text. The one invariant: digits are rounded with the context's rounding
//! before they are laid out.

use crate::context::{Context, MOST_DIGITS, Rounding};
use crate::number::Number;
use crate::text::Notation;

/// How a place writes numbers.
#[derive(Debug, Clone, Default)]
pub struct Locale {
    pub point: String,
    pub separator: String,
    /// Sizes of groups, from the right; the last one is repeated. `None` ends grouping.
    pub grouping: Vec<Option<usize>>,
}

/// A specification, taken apart.
#[derive(Debug, Clone)]
pub struct Spec {
    fill: char,
    align: char,
    sign: char,
    no_negative_zero: bool,
    width: usize,
    precision: Option<i64>,
    /// One of `e f g %`.
    kind: char,
    capitals: bool,
    /// The kind was `n`: grouping and point are those of the place.
    pub local: bool,
    comma: bool,
}

/// `[[fill]align][sign][z][0][width][,][.precision][type]`
pub fn parse_spec(text: &str, capitals: bool) -> Option<Spec> {
    let mut chars: Vec<char> = text.chars().rev().collect();
    let (mut fill, mut align) = (None, None);
    let is_align = |c: char| matches!(c, '<' | '>' | '=' | '^');
    if chars.len() >= 2 && is_align(chars[chars.len() - 2]) {
        (fill, align) = (chars.pop(), chars.pop());
    } else {
        align = chars.pop_if(|c| is_align(*c)).or(align);
    }
    let sign = chars.pop_if(|c| matches!(c, '+' | '-' | ' ')).unwrap_or('-');
    let no_negative_zero = chars.pop_if(|c| *c == 'z').is_some();
    if chars.pop_if(|c| *c == '0').is_some() {
        if align.is_some() {
            return None;
        }
        (fill, align) = (Some('0'), Some('='));
    }
    if chars.last() == Some(&'0') {
        return None;
    }
    let width = number(&mut chars)?.unwrap_or(0) as usize;
    let comma = chars.pop_if(|c| *c == ',').is_some();
    let precision = match chars.pop_if(|c| *c == '.') {
        Some(_) => Some(number(&mut chars)??),
        None => None,
    };
    let given = chars.pop();
    if !chars.is_empty() || !given.is_none_or(|c| "eEfFgGn%".contains(c)) || given == Some('n') && comma {
        return None;
    }
    let local = given == Some('n');
    let kind = given.map_or('g', |c| if local { 'g' } else { c.to_ascii_lowercase() });
    let capitals = given.map_or(capitals, |c| c.is_ascii_uppercase());
    let (fill, align) = (fill.unwrap_or(' '), align.unwrap_or('>'));
    Some(Spec { fill, align, sign, no_negative_zero, width, precision, kind, capitals, local, comma })
}

/// Digits taken off the end of reversed text, if there are any; nothing at all if the number is too large.
fn number(chars: &mut Vec<char>) -> Option<Option<i64>> {
    let mut found = None;
    while let Some(digit) = chars.last().and_then(|c| c.to_digit(10)) {
        chars.pop();
        found = Some(found.unwrap_or(0i64).checked_mul(10)?.checked_add(digit as i64)?);
    }
    if found.is_some_and(|n| n > MOST_DIGITS) { None } else { Some(found) }
}

impl Number {
    /// As the specification wants it; nothing if there is no room for it.
    pub fn format(&self, spec: &Spec, locale: Option<&Locale>, context: &Context) -> Option<String> {
        let comma = Locale { point: ".".into(), separator: ",".into(), grouping: vec![Some(3)] };
        let locale = locale.or(spec.comma.then_some(&comma));
        let (mut number, places) = if self.is_finite() { self.rounded_for(spec, context)? } else { (self.clone(), 1) };
        if spec.no_negative_zero && number.is_zero() {
            number.negative = false;
        }
        let sign = match (number.negative, spec.sign) {
            (true, _) => "-",
            (false, '+') => "+",
            (false, ' ') => " ",
            _ => "",
        };
        if !number.is_finite() {
            return Some(number.format_special(sign, spec));
        }
        let notation = match spec.kind {
            'e' => Notation::Exponent(places),
            'f' | '%' => Notation::Fixed,
            _ => Notation::Scientific,
        };
        let parts = number.parts_of_text(notation);
        let mut tail = String::new();
        if !parts.fraction.is_empty() {
            tail.push_str(locale.map_or(".", |locale| &locale.point));
            tail.push_str(&parts.fraction);
        }
        if let Some(exponent) = parts.exponent {
            tail.push(if spec.capitals { 'E' } else { 'e' });
            tail.push_str(&format!("{exponent:+}"));
        }
        if spec.kind == '%' {
            tail.push('%');
        }
        let grouped = locale
            .filter(|locale| !locale.separator.is_empty() && locale.grouping.first().is_some_and(Option::is_some));
        let whole = match grouped {
            Some(locale) => {
                let inside = spec.fill == '0' && spec.align == '=';
                let used = sign.len() + tail.chars().count();
                group(&parts.whole, locale, if inside { spec.width.saturating_sub(used) } else { 0 })
            }
            None => parts.whole,
        };
        aligned(sign, &(whole + &tail), spec.fill, spec.align, spec.width)
    }

    fn format_special(&self, sign: &str, spec: &Spec) -> String {
        let mut body = String::new();
        self.write_special(&mut body);
        if spec.kind == '%' {
            body.push('%');
        }
        let zeros = spec.fill == '0' && spec.align == '=';
        let (fill, align) = if zeros { (' ', '>') } else { (spec.fill, spec.align) };
        aligned(sign, &body, fill, align, spec.width).unwrap_or_default()
    }

    /// With the digits that are shown; and where the point is, if there is an exponent.
    fn rounded_for(&self, spec: &Spec, context: &Context) -> Option<(Number, i64)> {
        let mut number = self.clone();
        if spec.kind == '%' {
            number.exponent += 2;
        }
        let mut places = 1;
        if let Some(precision) = spec.precision {
            match spec.kind {
                'e' if number.is_zero() => places = 1 - precision,
                'e' => number = number.with_digits(precision + 1, context.rounding)?,
                'g' if number.coefficient.digits() > precision.max(1) => {
                    number = number.with_digits(precision.max(1), context.rounding)?;
                }
                'g' => (),
                _ => number = number.rescaled(-precision, context.rounding)?,
            }
        }
        if matches!(spec.kind, 'f' | '%') && number.is_zero() && number.exponent > 0 {
            number.exponent = 0;
        }
        if matches!(spec.kind, 'f' | '%') && number.exponent > MOST_DIGITS {
            return None;
        }
        Some((number, places))
    }

    /// Rounded, or filled with zeros, to so many digits.
    fn with_digits(&self, digits: i64, rounding: Rounding) -> Option<Number> {
        if self.is_zero() {
            return Some(self.clone());
        }
        let exponent = self.exponent + self.coefficient.digits() - digits;
        let number = self.rescaled(exponent, rounding)?;
        if number.coefficient.digits() > digits { number.rescaled(exponent + 1, rounding) } else { Some(number) }
    }
}

/// Digits in groups; zeros in front up to a length.
fn group(whole: &str, locale: &Locale, least: usize) -> String {
    let (mut digits, mut least) = (whole, least);
    let mut groups: Vec<String> = Vec::new();
    let sizes: Vec<Option<usize>> = locale.grouping.iter().take_while(|size| **size != Some(0)).copied().collect();
    loop {
        let wanted = digits.len().max(least).max(1);
        let size = match sizes.get(groups.len()).or(sizes.last()) {
            Some(Some(size)) => wanted.min(*size),
            _ => wanted,
        };
        let at = digits.len().saturating_sub(size);
        groups.push(format!("{:0>size$}", &digits[at..]));
        digits = &digits[..at];
        least = least.saturating_sub(size);
        if digits.is_empty() && least == 0 {
            break;
        }
        least = least.saturating_sub(locale.separator.chars().count());
    }
    groups.reverse();
    groups.join(&locale.separator)
}

fn aligned(sign: &str, body: &str, fill: char, align: char, width: usize) -> Option<String> {
    let missing = width.saturating_sub(sign.len() + body.chars().count());
    let mut text = String::new();
    text.try_reserve(missing.checked_mul(fill.len_utf8())?).ok()?;
    let pad = |text: &mut String, count: usize| text.extend(std::iter::repeat_n(fill, count));
    let (before, inside, after) = match align {
        '<' => (0, 0, missing),
        '=' => (0, missing, 0),
        '^' => (missing / 2, 0, missing - missing / 2),
        _ => (missing, 0, 0),
    };
    pad(&mut text, before);
    text.push_str(sign);
    pad(&mut text, inside);
    text.push_str(body);
    pad(&mut text, after);
    Some(text)
}
