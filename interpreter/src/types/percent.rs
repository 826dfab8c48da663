//! `%` formatting of `str` and `bytes`: fetching arguments and converting them.
//!
//! In: a format and what stands right of the `%`. Out: a string or bytes. The one invariant: arguments are fetched and
//! converted in the order of the directives, and all of a tuple must be used.

use crate::objects::bytes::{ByteArray, Bytes};
use crate::objects::core;
use crate::objects::exception::Exc;
use crate::objects::int::{IntView, max_str_digits};
use crate::objects::names::n;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::Held;
use crate::vm::protocol::text::with_decimal;
use toy_text::format::number::IntRef;
use toy_text::format::percent::{Amount, Directive, Flavor, PercentIter, PercentPart, PercentSpec, unsupported};
use toy_text::format::percent_apply::{percent_char, percent_float, percent_int, percent_text};
use toy_text::{Chars, CharsBuf, CharsOwned, MAX_LEN};

/// `format % args` of strings.
pub(crate) fn percent(h: &mut Held, format: &Value, args: &Value) -> R {
    let Some(text) = format.downcast::<Str>() else { return Ok(Value::NOT_IMPLEMENTED) };
    let out = run(h, text.chars(), args, Flavor::Str)?;
    Ok(h.str_from_chars(out.as_chars()))
}

/// `format % args` of bytes.
pub(crate) fn bytes_percent(h: &mut Held, format: &[u8], args: &Value) -> R<Vec<u8>> {
    let out = run(h, Chars::One(format), args, Flavor::Bytes)?;
    Ok(toy_text::bytes::narrow(out.finish()))
}

/// One formatting on its way.
struct Run<'a> {
    flavor: Flavor,
    /// The tuple's items; nothing if there is a single argument.
    tuple: Option<&'a [Value]>,
    single: Value,
    /// How many arguments are fetched, of the tuple or since the last key.
    fetched: usize,
    is_mapping: bool,
    args: &'a Value,
}

fn run(h: &mut Held, format: Chars<'_>, args: &Value, flavor: Flavor) -> R<CharsBuf> {
    let is_mapping = is_mapping(h, args, flavor);
    let tuple = args.downcast::<Tuple>().map(|tuple| tuple.items());
    let mut run = Run { flavor, tuple, single: args.clone(), fetched: 0, is_mapping, args };
    let mut out = CharsBuf::with_capacity(format.len() + 16);
    for part in PercentIter::new(format, flavor) {
        match part {
            PercentPart::Literal(literal) => out.push_chars(literal),
            PercentPart::Plain(letter) => run.plain(h, letter, &mut out)?,
            PercentPart::Directive(directive) => run.directive(h, &directive, &mut out)?,
        }
        if out.len() > MAX_LEN {
            return Err(h.memory_error());
        }
    }
    if run.fetched < tuple.map_or(1, <[Value]>::len) && !is_mapping {
        let kind = if flavor == Flavor::Str { "string" } else { "bytes" };
        return Err(h.type_error(format!("not all arguments converted during {kind} formatting")));
    }
    Ok(out)
}

fn is_mapping(h: &Held, args: &Value, flavor: Flavor) -> bool {
    let text = match flavor {
        Flavor::Str => args.downcast::<Str>().is_some(),
        Flavor::Bytes => {
            args.downcast::<Str>().is_some()
                || args.downcast::<Bytes>().is_some()
                || args.downcast::<ByteArray>().is_some()
        }
    };
    !text && args.downcast::<Tuple>().is_none() && h.special(args, n::__getitem__).is_some()
}

impl Run<'_> {
    fn directive(&mut self, h: &mut Held, directive: &Directive<'_>, out: &mut CharsBuf) -> R<()> {
        if let Some(key) = &directive.key {
            self.key(h, key)?;
        }
        let width = if directive.width == Some(Amount::Star) { Some(self.star(h)?) } else { None };
        let precision = if directive.precision == Some(Amount::Star) { Some(self.star_precision(h)?) } else { None };
        if let Some(fault) = &directive.fault {
            return Err(h.format_error(fault.clone()));
        }
        if directive.conversion == u32::from('%') && directive.key.is_none() && directive.is_plain() {
            out.push('%'.into());
            return Ok(());
        }
        let value = self.next(h)?;
        let spec = PercentSpec::new(directive, width, precision).map_err(|error| h.format_error(error))?;
        self.convert(h, directive, &spec, &value, out)
    }

    /// `%d`, `%s` or `%r` without flags, width or precision.
    fn plain(&mut self, h: &mut Held, letter: u8, out: &mut CharsBuf) -> R<()> {
        let value = self.next(h)?;
        match (value.as_small_int(), value.exactly::<Str>()) {
            (Some(i), _) if letter == b'd' || self.flavor == Flavor::Str => {
                with_decimal(i, |digits| out.push_chars(Chars::One(digits)));
                Ok(())
            }
            (_, Some(text)) if letter == b's' && self.flavor == Flavor::Str => {
                out.push_chars(text.chars());
                Ok(())
            }
            _ => self.convert(h, &Directive::plain(letter), &PercentSpec::default(), &value, out),
        }
    }

    fn key(&mut self, h: &mut Held, key: &Result<Chars<'_>, toy_text::format::FormatError>) -> R<()> {
        if !self.is_mapping {
            return Err(h.type_error("format requires a mapping"));
        }
        let key = key.clone().map_err(|error| h.format_error(error))?;
        let key = match (self.flavor, key) {
            (Flavor::Bytes, Chars::One(key)) => h.new_bytes(key),
            (_, key) => h.str_from_slice(key),
        };
        self.single = h.get_item(self.args, &key)?;
        (self.tuple, self.fetched) = (None, 0);
        Ok(())
    }

    fn next(&mut self, h: &Held) -> R {
        self.fetched += 1;
        match self.tuple {
            Some(items) if self.fetched <= items.len() => Ok(items[self.fetched - 1].clone()),
            None if self.fetched == 1 => Ok(self.single.clone()),
            _ => Err(h.type_error("not enough arguments for format string")),
        }
    }

    fn star(&mut self, h: &mut Held) -> R<isize> {
        let value = self.next(h)?;
        if value.as_int().is_none() {
            return Err(h.type_error("* wants int"));
        }
        h.int_to_isize(&value)
    }

    fn star_precision(&mut self, h: &mut Held) -> R<isize> {
        let value = self.next(h)?;
        match value.as_int().map(IntView::to_i64) {
            None => Err(h.type_error("* wants int")),
            Some(Some(i)) if i32::try_from(i).is_ok() => Ok(i as isize),
            Some(_) => Err(h.overflow_error("Python int too large to convert to C int")),
        }
    }

    fn convert(
        &self,
        h: &mut Held,
        directive: &Directive<'_>,
        spec: &PercentSpec,
        value: &Value,
        out: &mut CharsBuf,
    ) -> R<()> {
        let plain = *spec == PercentSpec::default();
        match (char::from_u32(directive.conversion).unwrap_or('\u{fffd}'), self.flavor) {
            ('s', Flavor::Str) => push_text(&h.to_str(value)?, plain, spec, out),
            ('r', Flavor::Str) => push_text(&h.repr(value)?, plain, spec, out),
            ('a', _) | ('r', Flavor::Bytes) => push_text(&h.ascii(value)?, plain, spec, out),
            ('s' | 'b', Flavor::Bytes) => {
                let bytes = bytes_of(h, value)?;
                out.push_chars(percent_text(Chars::One(&bytes), spec).as_chars());
            }
            ('c', Flavor::Str) => out.push_chars(percent_char(char_of(h, value)?.as_chars(), spec).as_chars()),
            ('c', Flavor::Bytes) => out.push_chars(percent_char(Chars::One(&[byte_of(h, value)?]), spec).as_chars()),
            (c @ ('d' | 'i' | 'u' | 'o' | 'x' | 'X'), _) => {
                let int = int_of(h, value, c)?;
                let Some(view) = int.as_int() else { return Ok(()) };
                let int = match view {
                    IntView::Small(i) => IntRef::Small(i),
                    IntView::Big(big) => IntRef::Big(big),
                };
                let text = percent_int(int, c, spec, max_str_digits()).map_err(|error| h.format_error(error))?;
                out.push_str(&text);
            }
            (c @ ('e' | 'E' | 'f' | 'F' | 'g' | 'G'), flavor) => {
                let x = float_of(h, value, flavor)?;
                out.push_str(&percent_float(x, c, spec));
            }
            _ => return Err(h.format_error(unsupported(directive.conversion, directive.at))),
        }
        Ok(())
    }
}

fn push_text(text: &Value, plain: bool, spec: &PercentSpec, out: &mut CharsBuf) {
    let Some(text) = text.downcast::<Str>() else { return };
    if plain { out.push_chars(text.chars()) } else { out.push_chars(percent_text(text.chars(), spec).as_chars()) }
}

fn int_of(h: &mut Held, value: &Value, conversion: char) -> R {
    if value.as_int().is_some() {
        return Ok(value.clone());
    }
    let whole = matches!(conversion, 'o' | 'x' | 'X');
    let number = [n::__index__, n::__int__, n::__float__].iter().any(|name| h.special(value, *name).is_some());
    let result = match (number, whole) {
        (true, true) => h.index(value),
        (true, false) => h.call(core().int.value(), std::slice::from_ref(value)),
        (false, _) => return Err(not_a_number(h, value, conversion)),
    };
    result.map_err(|raised| if raised.is(Exc::TypeError) { not_a_number(h, value, conversion) } else { raised })
}

fn not_a_number(h: &Held, value: &Value, conversion: char) -> Raised {
    let wanted = if matches!(conversion, 'o' | 'x' | 'X') { "an integer" } else { "a real number" };
    h.type_error(format!("%{conversion} format: {wanted} is required, not {}", value.class_name()))
}

fn float_of(h: &mut Held, value: &Value, flavor: Flavor) -> R<f64> {
    match h.to_f64(value) {
        Err(raised) if flavor == Flavor::Bytes && raised.is(Exc::TypeError) => {
            Err(h.type_error(format!("float argument required, not {}", value.class_name())))
        }
        other => other,
    }
}

fn char_of(h: &mut Held, value: &Value) -> R<CharsOwned> {
    if let Some(text) = value.downcast::<Str>().filter(|text| text.len() == 1) {
        return Ok(text.chars().to_owned());
    }
    let index = match h.index(value) {
        Err(raised) if raised.is(Exc::TypeError) => return Err(h.type_error("%c requires int or char")),
        other => other?,
    };
    match index.as_int().and_then(IntView::to_i64) {
        None => Err(h.type_error("%c requires int or char")),
        Some(c @ 0..0x110000) => {
            let mut buf = CharsBuf::new();
            buf.push(c as u32);
            Ok(buf.finish())
        }
        Some(_) => Err(h.overflow_error("%c arg not in range(0x110000)")),
    }
}

fn byte_of(h: &mut Held, value: &Value) -> R<u8> {
    let is_bytes = value.downcast::<Bytes>().is_some() || value.downcast::<ByteArray>().is_some();
    if is_bytes
        && let Some(Some(byte)) = h.with_buffer(value, |bytes| if let [byte] = bytes { Some(*byte) } else { None })?
    {
        return Ok(byte);
    }
    let index = match h.index(value) {
        Err(raised) if raised.is(Exc::TypeError) => {
            return Err(h.type_error("%c requires an integer in range(256) or a single byte"));
        }
        other => other?,
    };
    match index.as_int().and_then(IntView::to_i64).and_then(|c| u8::try_from(c).ok()) {
        Some(byte) => Ok(byte),
        None => Err(h.overflow_error("%c arg not in range(256)")),
    }
}

fn bytes_of(h: &mut Held, value: &Value) -> R<Vec<u8>> {
    if value.downcast::<Bytes>().is_none()
        && value.downcast::<ByteArray>().is_none()
        && let Some(bytes) = h.call_special(value, n::__bytes__, &[])?
    {
        return match bytes.downcast::<Bytes>() {
            Some(bytes) => Ok(bytes.data.to_vec()),
            None => Err(h.type_error(format!("__bytes__ returned non-bytes (type {})", bytes.class_name()))),
        };
    }
    match h.buffer_to_vec(value)? {
        Some(bytes) => Ok(bytes),
        None => Err(h.type_error(format!(
            "%b requires a bytes-like object, or an object that implements __bytes__, not '{}'",
            value.class_name()
        ))),
    }
}
