//! `str.format`, `str.format_map` and `str.__format__`.
//!
//! In: a format and its arguments. Out: a string. The one invariant: arguments are looked up, converted and formatted in
//! the order of their fields; a field's spec may have fields of its own, two levels deep.

use crate::objects::dict::Dict;
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::str::Str;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::vm::protocol::text::with_decimal;
use toy_text::format::fields::{
    AutoNumber, Field, First, MarkupIter, Step, conversion_error, recursion_error, split_field_name,
};
use toy_text::format::text::format_str;
use toy_text::{Chars, CharsBuf};

pub(super) static METHODS: [Def; 3] = [
    def("format", "*args, **kwargs", format)
        .lazy_keywords()
        .positional(|h, args| run(h, args.this::<Str>().chars(), Some(args.from(1)), Named::Keywords(None))),
    def("format_map", "mapping, /", format_map),
    def("__format__", "format_spec, /", format_spec),
];

fn format_spec(h: &mut Held, args: Args<'_>) -> R {
    let spec = super::text_argument(h, args.at(1), "__format__() argument")?;
    if spec.is_empty() {
        return match args[0].exactly::<Str>() {
            Some(_) => Ok(args[0].clone()),
            None => h.to_str(&args[0]),
        };
    }
    match format_str(args.this::<Str>().chars(), spec, &args[0].class_name()) {
        Ok(text) => Ok(h.str_from_owned(&text)),
        Err(error) => Err(h.format_error(error)),
    }
}

fn format(h: &mut Held, args: Args<'_>) -> R {
    let named = args.at(2).downcast::<Dict>();
    run(h, args.this::<Str>().chars(), Some(args.rest(1)), Named::Keywords(named))
}

fn format_map(h: &mut Held, args: Args<'_>) -> R {
    run(h, args.this::<Str>().chars(), None, Named::Mapping(args.at(1)))
}

#[derive(Clone, Copy)]
enum Named<'a> {
    /// Those of the call, if there are any.
    Keywords(Option<&'a Obj<Dict>>),
    Mapping(&'a Value),
}

/// One `format` on its way: arguments, numbering, and what is written.
struct Run<'a> {
    positional: Option<&'a [Value]>,
    named: Named<'a>,
    numbers: AutoNumber,
}

fn run(h: &mut Held, format: Chars<'_>, positional: Option<&[Value]>, named: Named<'_>) -> R {
    let mut run = Run { positional, named, numbers: AutoNumber::default() };
    let mut out = CharsBuf::with_capacity(format.len() + 16);
    run.write(h, format, 2, &mut out)?;
    Ok(h.str_from_chars(out.as_chars()))
}

impl Run<'_> {
    fn write(&mut self, h: &mut Held, format: Chars<'_>, depth: u32, out: &mut CharsBuf) -> R<()> {
        if depth == 0 {
            return Err(h.format_error(recursion_error()));
        }
        for markup in MarkupIter::new(format) {
            let markup = markup.map_err(|error| h.format_error(error))?;
            out.push_chars(markup.literal);
            if let Some(field) = markup.field {
                self.field(h, &field, depth, out)?;
            }
        }
        Ok(())
    }

    fn field(&mut self, h: &mut Held, field: &Field<'_>, depth: u32, out: &mut CharsBuf) -> R<()> {
        let value = self.lookup(h, field.name)?;
        let value = match field.conversion.map(char::from_u32) {
            None => value,
            Some(Some('r')) => h.repr(&value)?,
            Some(Some('s')) => h.to_str(&value)?,
            Some(Some('a')) => h.ascii(&value)?,
            Some(other) => return Err(h.format_error(conversion_error(other.map_or(0, u32::from)))),
        };
        if !field.nested
            && let Some(text) = h.format_plain(&value, field.spec)
        {
            out.push_chars(text?.as_chars());
            return Ok(());
        }
        let spec = if field.nested {
            let mut spec = CharsBuf::new();
            self.write(h, field.spec, depth - 1, &mut spec)?;
            Some(h.str_from_chars(spec.as_chars()))
        } else if field.spec.is_empty() {
            None
        } else {
            Some(h.str_from_slice(field.spec))
        };
        match (spec, value.as_small_int(), value.exactly::<Str>()) {
            (None, Some(i), _) => with_decimal(i, |digits| out.push_chars(Chars::One(digits))),
            (None, _, Some(text)) => out.push_chars(text.chars()),
            (spec, ..) => {
                let text = h.format_value(&value, spec.as_ref())?;
                text.downcast::<Str>().iter().for_each(|text| out.push_chars(text.chars()));
            }
        }
        Ok(())
    }

    fn lookup(&mut self, h: &mut Held, name: Chars<'_>) -> R {
        let (first, steps) = split_field_name(name, &mut self.numbers).map_err(|error| h.format_error(error))?;
        let mut value = match first {
            First::Index(i) => self.at(h, i)?,
            First::Name(name) => self.named(h, name)?,
        };
        for step in steps {
            value = match step.map_err(|error| h.format_error(error))? {
                Step::Attribute(name) => {
                    let name = h.str_from_slice(name);
                    let name = h.intern_value(&name);
                    h.get_attr(&value, &name)?
                }
                Step::Index(i) => {
                    let i = h.new_int(i as i64);
                    h.get_item(&value, &i)?
                }
                Step::Key(key) => {
                    let key = h.str_from_slice(key);
                    h.get_item(&value, &key)?
                }
            };
        }
        Ok(value)
    }

    fn at(&self, h: &Held, i: usize) -> R {
        match self.positional {
            None => Err(h.value_error("Format string contains positional fields")),
            Some(items) => items
                .get(i)
                .cloned()
                .ok_or_else(|| h.index_error(format!("Replacement index {i} out of range for positional args tuple"))),
        }
    }

    fn named(&self, h: &mut Held, name: Chars<'_>) -> R {
        let key = h.str_from_slice(name);
        match self.named {
            Named::Keywords(dict) => dict.and_then(|dict| dict.get_str(h, &key)).ok_or_else(|| h.key_error(&key)),
            Named::Mapping(mapping) => h.get_item(mapping, &key),
        }
    }
}
