//! `make_encoder`: from values to JSON text.
//!
//! In: an encoder's settings and a value. Out: a tuple with the text. The one invariant: a container that is being encoded is not
//! entered again, if that is to be checked.

use super::quote;
use interpreter::objects::class::{Class, class_flag};

use interpreter::objects::dict::Dict;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::{Args, Native};
use interpreter::objects::header::Ref;
use interpreter::objects::list::List;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::held::recursion_limit;
use interpreter::vm::protocol::text::with_decimal;
use std::collections::HashSet;
use toy_text::number::float_repr;
use toy_text::{Chars, CharsBuf, MAX_LEN};

/// The data of an encoder.
pub struct Encoder {
    check_circular: bool,
    default: Value,
    encode_string: Value,
    /// What `encode_string` is, if it is one of ours: whether it gives ASCII only.
    quotes: Option<bool>,
    indent: Value,
    key_separator: Value,
    item_separator: Value,
    sort_keys: bool,
    skip_keys: bool,
    allow_nan: bool,
}

interpreter::object!(Encoder, "Encoder", traced [default, encode_string, indent, key_separator, item_separator]);

static NEW: Def = def(
    "__new__",
    "markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan",
    new,
);
static METHODS: [Def; 1] = [def("__call__", "obj, _current_indent_level", call)];

pub fn init(h: &mut Held) -> Ref<Class> {
    ClassSpec::new::<Encoder>(h, "_json", "Encoder")
        .flags(class_flag::WEAKREFS)
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .build(h)
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
    if !args[1].is_none() && args[1].downcast::<Dict>().is_none() {
        let got = args[1].given_name();
        return Err(h.type_error(format!("make_encoder() argument 1 must be dict or None, not {got}")));
    }
    for (i, place) in [(5, "5"), (6, "6")] {
        if args[i].downcast::<Str>().is_none() {
            let got = args[i].given_name();
            return Err(h.type_error(format!("make_encoder() argument {place} must be str, not {got}")));
        }
    }
    let quotes = args[3].downcast::<Native>().and_then(|native| match native.def.name {
        "encode_basestring" => Some(false),
        "encode_basestring_ascii" => Some(true),
        _ => None,
    });
    let encoder = Encoder {
        check_circular: !args[1].is_none(),
        default: args[2].clone(),
        encode_string: args[3].clone(),
        quotes,
        indent: args[4].clone(),
        key_separator: args[5].clone(),
        item_separator: args[6].clone(),
        sort_keys: h.truth(&args[7])?,
        skip_keys: h.truth(&args[8])?,
        allow_nan: h.truth(&args[9])?,
    };
    Ok(h.new_object(class, encoder).into_value())
}

fn call(h: &mut Held, args: Args<'_>) -> R {
    let level = h.to_isize(&args[2])?.max(0) as usize;
    let mut run = Run { encoder: args.this::<Encoder>(), out: CharsBuf::with_capacity(256), active: HashSet::new() };
    run.value(h, &args[1], level)?;
    let text = h.str_from_chars(run.out.as_chars());
    Ok(h.tuple_of(&[text]))
}

/// One value on its way.
struct Run<'a> {
    encoder: &'a Encoder,
    out: CharsBuf,
    /// The containers being encoded.
    active: HashSet<u64>,
}

impl Run<'_> {
    fn value(&mut self, h: &mut Held, value: &Value, level: usize) -> R<()> {
        if self.scalar(h, value)? {
            return Ok(());
        }
        h.check_native_stack(" while encoding a JSON object")?;
        if level >= recursion_limit() as usize {
            return Err(h.recursion_error(" while encoding a JSON object"));
        }
        if self.out.len() > MAX_LEN {
            return Err(h.memory_error());
        }
        if value.downcast::<List>().is_some() || value.downcast::<Tuple>().is_some() {
            return self.list(h, value, level);
        }
        if value.downcast::<Dict>().is_some() {
            return self.dict(h, value, level);
        }
        self.enter(h, value)?;
        let default = self.encoder.default.clone();
        let other = h.call(&default, std::slice::from_ref(value))?;
        self.value(h, &other, level)?;
        self.leave(value);
        Ok(())
    }

    /// Writes a value that is no container; whether it is none.
    fn scalar(&mut self, h: &mut Held, value: &Value) -> R<bool> {
        if let Some(text) = value.downcast::<Str>() {
            self.string(h, value, text.chars())?;
        } else if value.is_none() {
            self.out.push_str("null");
        } else if let Some(truth) = value.as_bool() {
            self.out.push_str(if truth { "true" } else { "false" });
        } else if let Some(i) = value.as_small_int() {
            self.int(i);
        } else if value.as_int().is_some() {
            let int = h.exact_int(value);
            let text = h.repr(&int)?;
            self.push(&text);
        } else if let Some(x) = value.as_float() {
            self.float(h, x)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn push(&mut self, text: &Value) {
        if let Some(text) = text.downcast::<Str>() {
            self.out.push_chars(text.chars());
        }
    }

    fn int(&mut self, i: i64) {
        with_decimal(i, |digits| self.out.push_chars(Chars::One(digits)));
    }

    fn float(&mut self, h: &mut Held, x: f64) -> R<()> {
        if x.is_finite() {
            self.out.push_str(&float_repr(x));
            return Ok(());
        }
        if !self.encoder.allow_nan {
            let shown = if self.encoder.indent.is_none() { String::new() } else { format!(": {}", float_repr(x)) };
            return Err(h.value_error(format!("Out of range float values are not JSON compliant{shown}")));
        }
        self.out.push_str(match x {
            x if x.is_nan() => "NaN",
            x if x > 0.0 => "Infinity",
            _ => "-Infinity",
        });
        Ok(())
    }

    fn string(&mut self, h: &mut Held, string: &Value, chars: Chars<'_>) -> R<()> {
        if let Some(ascii) = self.encoder.quotes {
            quote::push(chars, ascii, &mut self.out);
            return Ok(());
        }
        let encode = self.encoder.encode_string.clone();
        let text = h.call(&encode, std::slice::from_ref(string))?;
        if text.downcast::<Str>().is_none() {
            let got = text.class_name();
            return Err(h.type_error(format!("encoder() must return a string, not {got}")));
        }
        self.push(&text);
        Ok(())
    }

    fn enter(&mut self, h: &Held, value: &Value) -> R<()> {
        if self.encoder.check_circular && !self.active.insert(value.bits()) {
            return Err(h.value_error("Circular reference detected"));
        }
        Ok(())
    }

    fn leave(&mut self, value: &Value) {
        if self.encoder.check_circular {
            self.active.remove(&value.bits());
        }
    }

    /// A new line, if there is an indent.
    fn newline(&mut self, level: usize) {
        let Some(indent) = self.encoder.indent.downcast::<Str>() else { return };
        self.out.push(0x0a);
        (0..level).for_each(|_| self.out.push_chars(indent.chars()));
    }

    fn separate(&mut self, first: bool, level: usize) {
        if !first {
            let separator = self.encoder.item_separator.clone();
            self.push(&separator);
            self.newline(level);
        }
    }

    fn list(&mut self, h: &mut Held, value: &Value, level: usize) -> R<()> {
        let item = |h: &Held, i: usize| match value.downcast::<List>() {
            Some(list) => list.get(h, i),
            None => value.downcast::<Tuple>().and_then(|tuple| tuple.items().get(i).cloned()),
        };
        if item(h, 0).is_none() {
            self.out.push_str("[]");
            return Ok(());
        }
        self.enter(h, value)?;
        self.out.push(0x5b);
        self.newline(level + 1);
        let mut i = 0;
        while let Some(item) = item(h, i) {
            self.separate(i == 0, level + 1);
            self.value(h, &item, level + 1)?;
            i += 1;
        }
        self.leave(value);
        self.newline(level);
        self.out.push(0x5d);
        Ok(())
    }

    fn dict(&mut self, h: &mut Held, value: &Value, level: usize) -> R<()> {
        if value.downcast::<Dict>().is_some_and(|dict| dict.is_empty(h)) {
            self.out.push_str("{}");
            return Ok(());
        }
        self.enter(h, value)?;
        self.out.push(0x7b);
        self.newline(level + 1);
        let mut first = true;
        for (key, item) in self.items(h, value)? {
            first &= !self.member(h, &key, &item, first, level + 1)?;
        }
        self.leave(value);
        self.newline(level);
        self.out.push(0x7d);
        Ok(())
    }

    fn items(&self, h: &mut Held, value: &Value) -> R<Vec<(Value, Value)>> {
        if let Some(dict) = value.exactly::<Dict>()
            && !self.encoder.sort_keys
        {
            return Ok(dict.items(h));
        }
        let items = h.call_method(value, n::items, &[])?;
        let mut items = h.collect(&items)?;
        if self.encoder.sort_keys {
            let list = h.new_list(items);
            let sort = h.intern("sort");
            h.call_method_named(&list, &sort, &[])?;
            items = h.collect(&list)?;
        }
        let mut pairs = Vec::with_capacity(items.len());
        for item in items {
            match item.downcast::<Tuple>().map(|pair| pair.items()) {
                Some([key, value]) => pairs.push((key.clone(), value.clone())),
                _ => return Err(h.value_error("items must return 2-tuples")),
            }
        }
        Ok(pairs)
    }

    /// Whether it was written; a key that is no key may be skipped.
    fn member(&mut self, h: &mut Held, key: &Value, value: &Value, first: bool, level: usize) -> R<bool> {
        let Some(key) = self.key(h, key)? else { return Ok(false) };
        self.separate(first, level);
        if let Some(text) = key.downcast::<Str>() {
            self.string(h, &key, text.chars())?;
        }
        let separator = self.encoder.key_separator.clone();
        self.push(&separator);
        self.value(h, value, level)?;
        Ok(true)
    }

    /// A key as a string; nothing for one to be skipped.
    fn key(&mut self, h: &mut Held, key: &Value) -> R<Option<Value>> {
        if key.downcast::<Str>().is_some() {
            return Ok(Some(key.clone()));
        }
        let is_scalar = key.is_none() || key.as_bool().is_some() || key.as_int().is_some() || key.as_float().is_some();
        if is_scalar {
            let out = std::mem::take(&mut self.out);
            let result = self.scalar(h, key);
            let text = std::mem::replace(&mut self.out, out);
            result?;
            return Ok(Some(h.str_from_chars(text.as_chars())));
        }
        if self.encoder.skip_keys {
            return Ok(None);
        }
        let got = key.class_name();
        Err(h.error(Exc::TypeError, format!("keys must be str, int, float, bool or None, not {got}")))
    }
}
