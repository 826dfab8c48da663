//! `make_scanner`: from JSON text to values.
//!
//! In: a decoder with its hooks, a text and a place. Out: the value that starts there and where it ends. The one invariant:
//! hooks are called in the order in which their values end; equal keys of one text are one string.

use super::number;
use super::string::{self, Fault};
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::core;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::held::recursion_limit;
use toy_text::Chars;
use toy_text::chars::Unit;
use toy_text::number::float_parse::parse_float_bytes;

/// The data of a scanner.
pub struct Scanner {
    strict: bool,
    object_hook: Value,
    object_pairs_hook: Value,
    parse_float: Value,
    parse_int: Value,
    parse_constant: Value,
}

interpreter::object!(Scanner, "Scanner", traced [object_hook, object_pairs_hook, parse_float, parse_int, parse_constant]);

static NEW: Def = def("__new__", "context", new);
static METHODS: [Def; 1] = [def("__call__", "string, idx", call)];

static ATTRS: [Attr; 6] = [
    getter("strict", |_, this| Ok(of(this).map_or(Value::NONE, |scanner| Value::bool(scanner.strict)))),
    getter("object_hook", |_, this| Ok(of(this).map_or(Value::NONE, |scanner| scanner.object_hook.clone()))),
    getter(
        "object_pairs_hook",
        |_, this| Ok(of(this).map_or(Value::NONE, |scanner| scanner.object_pairs_hook.clone())),
    ),
    getter("parse_float", |_, this| Ok(of(this).map_or(Value::NONE, |scanner| scanner.parse_float.clone()))),
    getter("parse_int", |_, this| Ok(of(this).map_or(Value::NONE, |scanner| scanner.parse_int.clone()))),
    getter("parse_constant", |_, this| Ok(of(this).map_or(Value::NONE, |scanner| scanner.parse_constant.clone()))),
];

fn of(this: &Value) -> Option<&Scanner> {
    this.downcast::<Scanner>().map(|scanner| &**scanner)
}

pub fn init(h: &mut Held) -> Ref<Class> {
    ClassSpec::new::<Scanner>(h, "_json", "Scanner")
        .flags(class_flag::WEAKREFS)
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .attrs(h, &ATTRS)
        .build(h)
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
    let mut hook = |name: &str| {
        let name = h.intern(name);
        h.get_attr(&args[1], &name)
    };
    let strict = hook("strict")?;
    let scanner = Scanner {
        object_hook: hook("object_hook")?,
        object_pairs_hook: hook("object_pairs_hook")?,
        parse_float: hook("parse_float")?,
        parse_int: hook("parse_int")?,
        parse_constant: hook("parse_constant")?,
        strict: h.truth(&strict)?,
    };
    Ok(h.new_object(class, scanner).into_value())
}

fn call(h: &mut Held, args: Args<'_>) -> R {
    let Some(text) = args[1].downcast::<Str>() else {
        return Err(h.type_error(format!("first argument must be a string, not {}", args[1].class_name())));
    };
    let idx = h.to_isize(&args[2])?;
    let Ok(start) = usize::try_from(idx) else { return Err(h.value_error("idx cannot be negative")) };
    let (scanner, doc) = (args.this::<Scanner>(), args.at(1));
    let (value, end) = match text.chars() {
        Chars::One(units) => Scan::new(scanner, doc, text.chars(), units).value(h, start),
        Chars::Two(units) => Scan::new(scanner, doc, text.chars(), units).value(h, start),
        Chars::Four(units) => Scan::new(scanner, doc, text.chars(), units).value(h, start),
    }?;
    Ok(h.tuple_of(&[value, h.new_int(end as i64)]))
}

/// Places of the memory of keys.
const KEYS: usize = 64;

/// One text on its way.
struct Scan<'a, U> {
    scanner: &'a Scanner,
    doc: &'a Value,
    chars: Chars<'a>,
    text: &'a [U],
    keys: Vec<Option<Value>>,
    /// Containers around the place.
    depth: u32,
}

impl<'a, U: Unit> Scan<'a, U> {
    fn new(scanner: &'a Scanner, doc: &'a Value, chars: Chars<'a>, text: &'a [U]) -> Scan<'a, U> {
        Scan { scanner, doc, chars, text, keys: Vec::new(), depth: 0 }
    }

    #[inline(always)]
    fn unit(&self, at: usize) -> u32 {
        self.text.get(at).map_or(0, |&unit| unit.wide())
    }

    #[inline(always)]
    fn skip_space(&self, mut at: usize) -> usize {
        while matches!(self.unit(at), 0x20 | 0x09 | 0x0a | 0x0d) {
            at += 1;
        }
        at
    }

    #[cold]
    fn fault(&self, h: &mut Held, message: &'static str, at: usize) -> Raised {
        string::decode_error(h, &Fault(message, at), self.doc)
    }

    #[cold]
    fn no_value(&self, h: &mut Held, at: usize) -> Raised {
        let at = h.new_int(at as i64);
        h.stop_iteration(at)
    }

    /// The value at a place, and where it ends.
    fn value(&mut self, h: &mut Held, at: usize) -> R<(Value, usize)> {
        match self.unit(at) {
            0x22 => self.string(h, at + 1),
            0x7b => {
                self.nested(h, " while decoding a JSON object from a unicode string", |this, h| this.object(h, at + 1))
            }
            0x5b => {
                self.nested(h, " while decoding a JSON array from a unicode string", |this, h| this.array(h, at + 1))
            }
            0x6e if self.is_word(at, "null") => Ok((Value::NONE, at + 4)),
            0x74 if self.is_word(at, "true") => Ok((Value::TRUE, at + 4)),
            0x66 if self.is_word(at, "false") => Ok((Value::FALSE, at + 5)),
            0x4e if self.is_word(at, "NaN") => self.constant(h, at, "NaN"),
            0x49 if self.is_word(at, "Infinity") => self.constant(h, at, "Infinity"),
            0x2d if self.is_word(at, "-Infinity") => self.constant(h, at, "-Infinity"),
            _ => self.number(h, at),
        }
    }

    /// Scans a container; RecursionError if there are too many around it.
    fn nested(
        &mut self,
        h: &mut Held,
        doing: &str,
        scan: impl FnOnce(&mut Self, &mut Held) -> R<(Value, usize)>,
    ) -> R<(Value, usize)> {
        h.check_native_stack(doing)?;
        if self.depth >= recursion_limit() {
            return Err(h.recursion_error(doing));
        }
        self.depth += 1;
        let result = scan(self, h);
        self.depth -= 1;
        result
    }

    fn is_word(&self, at: usize, word: &str) -> bool {
        let rest = &self.text[at..];
        rest.len() >= word.len() && rest.iter().zip(word.bytes()).all(|(unit, c)| unit.wide() == c.into())
    }

    fn constant(&self, h: &mut Held, at: usize, word: &str) -> R<(Value, usize)> {
        let name = h.intern(word);
        let hook = self.scanner.parse_constant.clone();
        Ok((h.call(&hook, &[name])?, at + word.len()))
    }

    fn string(&self, h: &mut Held, start: usize) -> R<(Value, usize)> {
        match string::scan(self.text, start, self.scanner.strict) {
            Ok((scanned, end)) => Ok((string::value(h, self.chars, scanned), end)),
            Err(fault) => Err(string::decode_error(h, &fault, self.doc)),
        }
    }

    fn number(&self, h: &mut Held, start: usize) -> R<(Value, usize)> {
        let Some(number) = number::scan(self.text, start) else { return Err(self.no_value(h, start)) };
        let (hook, native) = match number.is_float {
            true => (&self.scanner.parse_float, core().float.value()),
            false => (&self.scanner.parse_int, core().int.value()),
        };
        let end = number.end;
        if hook.is(native)
            && !number.is_float
            && let Some(small) = number::small(self.text, start, end)
        {
            return Ok((h.new_int(small), end));
        }
        let text = number::text(self.text, start, end);
        if hook.is(native)
            && number.is_float
            && let Some(x) = parse_float_bytes(text.as_bytes())
        {
            return Ok((h.new_float(x), end));
        }
        let text = h.new_str(&text);
        Ok((h.call(hook, &[text])?, end))
    }

    fn array(&mut self, h: &mut Held, start: usize) -> R<(Value, usize)> {
        let mut items = Vec::new();
        let mut at = self.skip_space(start);
        if self.unit(at) == 0x5d {
            return Ok((h.new_list(items), at + 1));
        }
        loop {
            let (item, end) = self.value(h, at)?;
            items.push(item);
            at = self.skip_space(end);
            match self.unit(at) {
                0x2c => at = self.skip_space(at + 1),
                0x5d => return Ok((h.new_list(items), at + 1)),
                _ => return Err(self.fault(h, "Expecting ',' delimiter", at)),
            }
        }
    }

    fn object(&mut self, h: &mut Held, start: usize) -> R<(Value, usize)> {
        if !self.scanner.object_pairs_hook.is_none() {
            let mut pairs = Vec::new();
            let end = self.members(h, start, |h, key, value| pairs.push(h.tuple_of(&[key, value])))?;
            let (hook, pairs) = (self.scanner.object_pairs_hook.clone(), h.new_list(pairs));
            return Ok((h.call(&hook, &[pairs])?, end));
        }
        let dict = h.new_dict();
        let end = self.members(h, start, |h, key, value| drop(dict.set_str(h, &key, value)))?;
        if self.scanner.object_hook.is_none() {
            return Ok((dict.into_value(), end));
        }
        let hook = self.scanner.object_hook.clone();
        Ok((h.call(&hook, &[dict.into_value()])?, end))
    }

    /// Gives each key and value of an object to `add`; where it ends.
    fn members(&mut self, h: &mut Held, start: usize, mut add: impl FnMut(&mut Held, Value, Value)) -> R<usize> {
        let mut at = self.skip_space(start);
        if self.unit(at) == 0x7d {
            return Ok(at + 1);
        }
        loop {
            if self.unit(at) != 0x22 {
                return Err(self.fault(h, "Expecting property name enclosed in double quotes", at));
            }
            let (key, end) = self.key(h, at + 1)?;
            at = self.skip_space(end);
            if self.unit(at) != 0x3a {
                return Err(self.fault(h, "Expecting ':' delimiter", at));
            }
            let (value, end) = self.value(h, self.skip_space(at + 1))?;
            add(h, key, value);
            at = self.skip_space(end);
            match self.unit(at) {
                0x2c => at = self.skip_space(at + 1),
                0x7d => return Ok(at + 1),
                _ => return Err(self.fault(h, "Expecting ',' delimiter", at)),
            }
        }
    }

    /// A key: the string of an equal one that was met before, if it is remembered.
    fn key(&mut self, h: &mut Held, start: usize) -> R<(Value, usize)> {
        let (scanned, end) = match string::scan(self.text, start, self.scanner.strict) {
            Ok(scanned) => scanned,
            Err(fault) => return Err(string::decode_error(h, &fault, self.doc)),
        };
        let string::Scanned::Plain(range) = scanned else { return Ok((string::value(h, self.chars, scanned), end)) };
        let units = self.chars.slice(range.start, range.end);
        let mix = |hash: usize, unit: &U| (hash ^ unit.wide() as usize).wrapping_mul(0x0100_0193);
        let place = self.text[range].iter().fold(0x811c_9dc5, mix);
        let place = (place ^ place >> 15) % KEYS;
        self.keys.resize(KEYS, None);
        if let Some(known) = &self.keys[place]
            && known.downcast::<Str>().is_some_and(|known| known.chars() == units)
        {
            return Ok((known.clone(), end));
        }
        let key = h.str_from_slice(units);
        self.keys[place] = Some(key.clone());
        Ok((key, end))
    }
}
