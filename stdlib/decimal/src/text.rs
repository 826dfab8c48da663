//! Numbers as text.
//!
//! In: numbers. Out: scientific or engineering notation. The one invariant: what is written reads back as the same number.

use crate::number::{Form, Number};

/// Where the point goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    Scientific,
    Engineering,
    /// An exponent always, after one digit (or after so many, which may be none: leading zeros).
    Exponent(i64),
    /// An exponent never.
    Fixed,
}

/// Text in parts, as formatting wants to pad and group them: digits before the point, and what follows them.
pub(crate) struct Parts {
    pub whole: String,
    pub fraction: String,
    pub exponent: Option<i64>,
}

impl Number {
    pub fn to_sci(&self, capitals: bool) -> String {
        self.to_text(Notation::Scientific, capitals)
    }

    pub fn to_eng(&self, capitals: bool) -> String {
        self.to_text(Notation::Engineering, capitals)
    }

    fn to_text(&self, notation: Notation, capitals: bool) -> String {
        let mut text = String::from(if self.negative { "-" } else { "" });
        if !self.is_finite() {
            self.write_special(&mut text);
            return text;
        }
        if self.exponent <= 0 && self.exponent > -400 {
            let start = text.len();
            self.coefficient.write(&mut text);
            let left = (text.len() - start) as i64 + self.exponent;
            if self.exponent == 0 {
                return text;
            }
            if left > 0 {
                text.insert(start + left as usize, '.');
                return text;
            }
            text.truncate(start);
        }
        let parts = self.parts_of_text(notation);
        text.push_str(&parts.whole);
        if !parts.fraction.is_empty() {
            text.push('.');
            text.push_str(&parts.fraction);
        }
        if let Some(exponent) = parts.exponent {
            text.push(if capitals { 'E' } else { 'e' });
            text.push_str(&format!("{exponent:+}"));
        }
        text
    }

    /// What a special number is called, without its sign.
    pub(crate) fn write_special(&self, text: &mut String) {
        text.push_str(match self.form {
            Form::Infinite => "Infinity",
            Form::Signaling => "sNaN",
            _ => "NaN",
        });
        if !self.coefficient.is_zero() {
            self.coefficient.write(text);
        }
    }

    pub(crate) fn parts_of_text(&self, notation: Notation) -> Parts {
        let mut digits = String::new();
        self.coefficient.write(&mut digits);
        let count = digits.len() as i64;
        let left = count + self.exponent;
        let plain = self.exponent <= 0 && left > -6;
        let place = match notation {
            Notation::Exponent(place) => place,
            Notation::Fixed => left,
            _ if plain => left,
            Notation::Engineering if self.is_zero() => -1 + (self.exponent + 2).rem_euclid(3),
            Notation::Engineering => (left - 1).rem_euclid(3) + 1,
            Notation::Scientific => 1,
        };
        let always = matches!(notation, Notation::Exponent(_));
        let exponent = (left != place || always).then_some(left - place);
        let (whole, fraction) = if place <= 0 {
            let zeros = "0".repeat(place.unsigned_abs() as usize);
            ("0".to_string(), zeros + &digits)
        } else if place >= count {
            digits.extend(std::iter::repeat_n('0', (place - count) as usize));
            (digits, String::new())
        } else {
            let fraction = digits.split_off(place as usize);
            (digits, fraction)
        };
        Parts { whole, fraction, exponent }
    }
}
