//! Readers: lines to rows.
//!
//! In: an iterator of lines. Out: lists of strings. The one invariant: a row ends with a line's end outside of quotes.

use super::dialect::{Dialect, Quoting, of_call};
use super::{FIELD_LIMIT, error};
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use interpreter::sync::Word;
use std::sync::atomic::Ordering;
use toy_text::chars::CharsBuf;

/// The data of a reader.
pub struct Reader {
    lines: Value,
    dialect: Value,
    /// Lines read so far.
    count: Word<i64>,
}

interpreter::object!(Reader, "reader", traced[lines, dialect]);

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

static ATTRS: [Attr; 2] = [
    getter("dialect", |_, this| Ok(this.downcast::<Reader>().map_or(Value::NONE, |this| this.dialect.clone()))),
    getter("line_num", |h, this| Ok(h.new_int(this.downcast::<Reader>().map_or(0, |this| this.count.get())))),
];

pub(super) fn enter(h: &mut Held, module: &Module) {
    let class = ClassSpec::new::<Reader>(h, "_csv", "reader").flags(class_flag::NO_NEW);
    let class = class.iterator(h, next).attrs(h, &ATTRS).build(h);
    CLASS.write(h, |own| *own = Some(class.clone()));
    let name = h.intern("Reader");
    module.dict.set_str(h, &name, class.into_value());
}

pub(super) fn new(h: &mut Held, args: Args<'_>) -> R {
    let lines = h.iter(&args[0])?;
    let dialect = of_call(h, args)?.into_value();
    match CLASS.read(h, Clone::clone) {
        Some(class) => Ok(h.new_object(&class, Reader { lines, dialect, count: Word::new(0) }).into_value()),
        None => Ok(Value::NONE),
    }
}

/// Where in a row the next character is.
#[derive(Clone, Copy, PartialEq)]
enum State {
    StartRecord,
    StartField,
    Escaped,
    InField,
    InQuoted,
    EscapedInQuoted,
    QuoteInQuoted,
    EatLineEnd,
    AfterEscapedLineEnd,
}

/// What a row is made of so far.
struct Row {
    state: State,
    fields: Vec<Value>,
    field: CharsBuf,
    numeric: bool,
}

/// Stands for the end of a line in the place of a character.
const END: u32 = u32::MAX;
const LF: u32 = b'\n' as u32;
const CR: u32 = b'\r' as u32;

fn next(h: &mut Held, reader: &Value) -> R<Option<Value>> {
    let Some(reader) = reader.downcast::<Reader>() else { return Ok(None) };
    let Some(dialect) = reader.dialect.downcast::<Dialect>() else { return Ok(None) };
    let limit = FIELD_LIMIT.load(Ordering::Relaxed);
    let mut row = Row { state: State::StartRecord, fields: Vec::new(), field: CharsBuf::new(), numeric: false };
    loop {
        let Some(line) = h.next(&reader.lines)? else {
            if row.field.is_empty() && row.state != State::InQuoted {
                return Ok(None);
            }
            if dialect.strict {
                return Err(error(h, "unexpected end of data"));
            }
            row.save(h)?;
            break;
        };
        let Some(text) = line.downcast::<Str>() else {
            let got = line.class_name();
            return Err(error(
                h,
                &format!("iterator should return strings, not {got} (the file should be opened in text mode)"),
            ));
        };
        reader.count.set(reader.count.get() + 1);
        for c in text.chars().iter() {
            row.take(h, dialect, c)?;
            if row.field.len() as i64 > limit {
                return Err(error(h, &format!("field larger than field limit ({limit})")));
            }
        }
        row.take(h, dialect, END)?;
        if row.state == State::StartRecord {
            break;
        }
    }
    Ok(Some(h.new_list(row.fields)))
}

impl Row {
    /// Ends a field.
    fn save(&mut self, h: &mut Held) -> R<()> {
        let chars = std::mem::replace(&mut self.field, CharsBuf::new());
        let mut field = h.str_from_chars(chars.as_chars());
        if std::mem::take(&mut self.numeric) {
            field = h.call(interpreter::objects::core().float.value(), &[field])?;
        }
        self.fields.push(field);
        Ok(())
    }

    /// Ends a field at a line's end.
    fn save_at_end(&mut self, h: &mut Held, c: u32) -> R<()> {
        self.save(h)?;
        self.state = if c == END { State::StartRecord } else { State::EatLineEnd };
        Ok(())
    }

    fn take(&mut self, h: &mut Held, dialect: &Dialect, c: u32) -> R<()> {
        let line_end = matches!(c, END | LF | CR);
        let quotes = dialect.quoting != Quoting::Never && Some(c) == dialect.quote;
        match self.state {
            State::StartRecord if c == END => (),
            State::StartRecord if line_end => self.state = State::EatLineEnd,
            State::StartRecord | State::StartField => return self.start_field(h, dialect, c),
            State::Escaped if line_end && c != END => {
                self.field.push(c);
                self.state = State::AfterEscapedLineEnd;
            }
            State::Escaped => {
                self.field.push(if c == END { LF } else { c });
                self.state = State::InField;
            }
            State::AfterEscapedLineEnd if c == END => (),
            State::AfterEscapedLineEnd | State::InField => {
                if line_end {
                    return self.save_at_end(h, c);
                } else if Some(c) == dialect.escape {
                    self.state = State::Escaped;
                } else if c == dialect.delimiter {
                    self.save(h)?;
                    self.state = State::StartField;
                } else {
                    self.field.push(c);
                    self.state = State::InField;
                }
            }
            State::InQuoted if c == END => (),
            State::InQuoted if Some(c) == dialect.escape => self.state = State::EscapedInQuoted,
            State::InQuoted if quotes => {
                self.state = if dialect.double_quote { State::QuoteInQuoted } else { State::InField };
            }
            State::InQuoted => self.field.push(c),
            State::EscapedInQuoted => {
                self.field.push(if c == END { LF } else { c });
                self.state = State::InQuoted;
            }
            State::QuoteInQuoted => return self.after_quote(h, dialect, c, quotes, line_end),
            State::EatLineEnd if c == END => self.state = State::StartRecord,
            State::EatLineEnd if line_end => (),
            State::EatLineEnd => {
                let message = "new-line character seen in unquoted field - do you need to open the file in universal-newline mode?";
                return Err(error(h, message));
            }
        }
        Ok(())
    }

    fn start_field(&mut self, h: &mut Held, dialect: &Dialect, c: u32) -> R<()> {
        self.state = State::StartField;
        if matches!(c, END | LF | CR) {
            return self.save_at_end(h, c);
        } else if Some(c) == dialect.quote && dialect.quoting != Quoting::Never {
            self.state = State::InQuoted;
        } else if Some(c) == dialect.escape {
            self.state = State::Escaped;
        } else if c == u32::from(' ') && dialect.skip_space {
        } else if c == dialect.delimiter {
            self.save(h)?;
        } else {
            self.numeric = dialect.quoting == Quoting::NonNumeric;
            self.field.push(c);
            self.state = State::InField;
        }
        Ok(())
    }

    /// What may follow a quote within quotes: another one, or the field's end.
    fn after_quote(&mut self, h: &mut Held, dialect: &Dialect, c: u32, quotes: bool, line_end: bool) -> R<()> {
        if quotes {
            self.field.push(c);
            self.state = State::InQuoted;
        } else if c == dialect.delimiter {
            self.save(h)?;
            self.state = State::StartField;
        } else if line_end {
            return self.save_at_end(h, c);
        } else if !dialect.strict {
            self.field.push(c);
            self.state = State::InField;
        } else {
            let shown = |c: u32| char::from_u32(c).unwrap_or('?');
            let message =
                format!("'{}' expected after '{}'", shown(dialect.delimiter), dialect.quote.map_or('?', shown));
            return Err(error(h, &message));
        }
        Ok(())
    }
}
