//! `str`, `repr`, `ascii` and `format` of any value.
//!
//! In: a value. Out: a string. The one invariant: what `__str__`, `__repr__` and `__format__` give is checked to be a string.

use crate::objects::int::max_str_digits;
use crate::objects::names::{Name, n};
use crate::objects::str::{Str, text_of};
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::sync::Held;
use toy_text::format::number::{IntRef, format_float, format_int};
use toy_text::format::text::format_str;
use toy_text::{Chars, CharsOwned};

impl Held {
    /// `repr(value)`.
    pub fn repr(&mut self, value: &Value) -> R {
        if let Some(i) = value.as_small_int() {
            return Ok(self.decimal(i));
        }
        self.deeper(" while getting the repr of an object", |h| h.text_by(value, n::__repr__))
    }

    /// `str(value)`.
    pub fn to_str(&mut self, value: &Value) -> R {
        if value.exactly::<Str>().is_some() {
            return Ok(value.clone());
        }
        if let Some(i) = value.as_small_int() {
            return Ok(self.decimal(i));
        }
        self.deeper(" while getting the str of an object", |h| h.text_by(value, n::__str__))
    }

    fn text_by(&mut self, value: &Value, name: Name) -> R {
        let result = match self.call_special(value, name, &[])? {
            Some(result) => result,
            None => return Ok(self.new_str(&format!("<{} object>", value.class_name()))),
        };
        if result.downcast::<Str>().is_some() {
            return Ok(result);
        }
        let (name, got) = (name.text(), result.class_name());
        Err(self.type_error(format!("{name} returned non-string (type {got})")))
    }

    /// `ascii(value)`.
    pub fn ascii(&mut self, value: &Value) -> R {
        let text = self.repr(value)?;
        let Some(string) = text.downcast::<Str>() else { return Ok(text) };
        if string.chars().is_ascii() {
            return Ok(text);
        }
        Ok(self.str_from_owned(&toy_text::string::repr::escape_non_ascii(string.chars())))
    }

    /// `format(value, spec)`; no spec is the empty one.
    pub fn format_value(&mut self, value: &Value, spec: Option<&Value>) -> R {
        let plain = spec.is_none_or(|spec| spec.downcast::<Str>().is_some_and(|spec| spec.is_empty()));
        if plain && (value.exactly::<Str>().is_some() || value.is_int_word()) {
            return self.to_str(value);
        }
        if let Some(text) = spec.and_then(|spec| self.format_plain(value, spec.exactly::<Str>()?.chars())) {
            return text.map(|text| self.str_from_owned(&text));
        }
        let empty = crate::objects::core().empty_str.clone();
        let spec = spec.unwrap_or(&empty);
        let Some(result) = self.call_special(value, n::__format__, std::slice::from_ref(spec))? else {
            let name = value.class_name();
            return Err(self.type_error(format!("Type {name} doesn't define __format__")));
        };
        if result.downcast::<Str>().is_some() {
            return Ok(result);
        }
        let got = result.class_name();
        Err(self.type_error(format!("__format__ must return a str, not {got}")))
    }

    /// What the methods of exact strings, small ints and floats make of a spec, without looking for them; nothing for others, and for the empty spec.
    pub(crate) fn format_plain(&mut self, value: &Value, spec: Chars<'_>) -> Option<R<CharsOwned>> {
        let text = if spec.is_empty() {
            return None;
        } else if let Some(i) = value.as_small_int() {
            format_int(IntRef::Small(i), spec, "int", max_str_digits())
        } else if let Some(x) = value.as_small_float() {
            format_float(x, spec, "float")
        } else {
            format_str(value.exactly::<Str>()?.chars(), spec, "str")
        };
        Some(text.map_err(|error| self.format_error(error)))
    }

    /// `repr(value)` as Rust text.
    pub fn repr_text(&mut self, value: &Value) -> R<String> {
        Ok(text_of(&self.repr(value)?))
    }

    /// `str(value)` as Rust text.
    pub fn str_text(&mut self, value: &Value) -> R<String> {
        Ok(text_of(&self.to_str(value)?))
    }

    /// Guards a container's `repr` against itself: `Ok(None)` if it is under way already.
    pub fn in_repr(&mut self, value: &Value, body: impl FnOnce(&mut Held) -> R) -> R<Option<Value>> {
        let bits = value.bits();
        if self.repr_active.contains(&bits) {
            return Ok(None);
        }
        self.repr_active.push(bits);
        let result = body(self);
        self.repr_active.retain(|&active| active != bits);
        result.map(Some)
    }
}

impl Held {
    /// The decimal digits of a machine int.
    pub(crate) fn decimal(&self, i: i64) -> Value {
        with_decimal(i, |digits| self.str_from_chars(Chars::One(digits)))
    }
}

/// Hands the decimal digits of a machine int to `use_them`.
#[inline]
pub fn with_decimal<T>(i: i64, use_them: impl FnOnce(&[u8]) -> T) -> T {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = i.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if i < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    use_them(&digits[at..])
}
