//! Writers: rows to lines.
//!
//! In: rows of anything. Out: what the file's `write` gives for each line. The one invariant: a line that is written can be read back
//! with the same dialect.

use super::dialect::{Dialect, Quoting, of_call};
use super::error;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use toy_text::chars::{Chars, CharsBuf};

/// The data of a writer.
pub struct Writer {
    write: Value,
    dialect: Value,
}

interpreter::object!(Writer, "writer", traced[write, dialect]);

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

static METHODS: [Def; 2] = [
    def("writerow", "row, /", |h, args| write_row(h, args.this::<Writer>(), &args[1])),
    def("writerows", "rows, /", |h, args| {
        let rows = h.iter(&args[1])?;
        while let Some(row) = h.next(&rows)? {
            write_row(h, args.this::<Writer>(), &row)?;
        }
        Ok(Value::NONE)
    }),
];

static ATTRS: [Attr; 1] =
    [getter("dialect", |_, this| Ok(this.downcast::<Writer>().map_or(Value::NONE, |this| this.dialect.clone())))];

pub(super) fn enter(h: &mut Held, module: &Module) {
    let class = ClassSpec::new::<Writer>(h, "_csv", "writer").flags(class_flag::NO_NEW);
    let class = class.methods(h, &METHODS).attrs(h, &ATTRS).build(h);
    CLASS.write(h, |own| *own = Some(class.clone()));
    let name = h.intern("Writer");
    module.dict.set_str(h, &name, class.into_value());
}

pub(super) fn new(h: &mut Held, args: Args<'_>) -> R {
    let dialect = of_call(h, args)?.into_value();
    let name = h.intern("write");
    let write = h.find_attr(&args[0], &name)?;
    let Some(write) = write else { return Err(h.type_error("argument 1 must have a \"write\" method")) };
    match CLASS.read(h, Clone::clone) {
        Some(class) => Ok(h.new_object(&class, Writer { write, dialect }).into_value()),
        None => Ok(Value::NONE),
    }
}

fn write_row(h: &mut Held, writer: &Writer, row: &Value) -> R {
    let Some(dialect) = writer.dialect.downcast::<Dialect>() else { return Ok(Value::NONE) };
    let fields = match h.iter(row) {
        Ok(fields) => fields,
        Err(raised) if raised.is(Exc::TypeError) => {
            let got = row.class_name();
            return Err(error(h, &format!("iterable expected, not {got}")));
        }
        Err(raised) => return Err(raised),
    };
    let (mut line, mut count) = (CharsBuf::new(), 0);
    while let Some(field) = h.next(&fields)? {
        if count > 0 {
            line.push(dialect.delimiter);
        }
        count += 1;
        let quoted = match dialect.quoting {
            Quoting::All => true,
            Quoting::NonNumeric => !is_number(h, &field),
            _ => false,
        };
        if field.is_none() {
            append(h, dialect, &mut line, Chars::One(&[]), quoted)?;
        } else {
            let text = if field.exactly::<Str>().is_some() { field } else { h.to_str(&field)? };
            if let Some(text) = text.downcast::<Str>() {
                append(h, dialect, &mut line, text.chars(), quoted)?;
            }
        }
    }
    if count > 0 && line.is_empty() {
        if dialect.quoting == Quoting::Never {
            return Err(error(h, "single empty field record must be quoted"));
        }
        append(h, dialect, &mut line, Chars::One(&[]), true)?;
    }
    line.push_chars(Chars::Four(&dialect.line_end));
    let line = h.str_from_chars(line.as_chars());
    h.call(&writer.write, &[line])
}

/// Numbers stand without quotes under QUOTE_NONNUMERIC.
fn is_number(h: &mut Held, field: &Value) -> bool {
    let class = field.class();
    field.as_int().is_some()
        || field.as_float().is_some()
        || [n::__index__, n::__int__, n::__float__].into_iter().any(|name| class.lookup(h, name.value()).is_some())
}

fn append(h: &mut Held, dialect: &Dialect, line: &mut CharsBuf, field: Chars<'_>, mut quoted: bool) -> R<()> {
    let mut text = CharsBuf::with_capacity(field.len());
    for c in field.iter() {
        let (is_quote, is_escape) = (Some(c) == dialect.quote, Some(c) == dialect.escape);
        if c == dialect.delimiter || is_escape || is_quote || dialect.line_end.contains(&c) {
            let mut escaped = dialect.quoting == Quoting::Never || is_escape;
            if dialect.quoting != Quoting::Never && is_quote {
                match dialect.double_quote {
                    true => text.push(c),
                    false => escaped = true,
                }
            }
            if !escaped {
                quoted = true;
            } else {
                match dialect.escape {
                    Some(escape) => text.push(escape),
                    None => return Err(error(h, "need to escape, but no escapechar set")),
                }
            }
        }
        text.push(c);
    }
    let quote = dialect.quote.filter(|_| quoted);
    line.push_n(quote.unwrap_or(0), quote.is_some() as usize);
    line.push_chars(text.as_chars());
    line.push_n(quote.unwrap_or(0), quote.is_some() as usize);
    Ok(())
}
