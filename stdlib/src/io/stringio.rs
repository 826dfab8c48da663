//! `StringIO`: a text file in memory.
//!
//! In: str. Out: str. The one invariant: newlines are translated when they are written, so what is kept is what is read.

use super::args;
use super::raise::unsupported;
use super::text::newline::Newlines;
use super::text::read::line_end;
use super::text::{Newline, setup};
use interpreter::objects::class::Class;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::str::Str;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};
use interpreter::sync::{Word, Words};
use toy_text::{Chars, CharsBuf};

/// The data of a text file in memory.
#[derive(Default)]
pub struct StringIo {
    /// Nothing when closed.
    text: ObjCell<Option<CharsBuf>>,
    at: Word<usize>,
    newline: Word<Newline>,
    newlines: Words<Option<Newlines>>,
}

interpreter::object!(StringIo, "StringIO");

pub fn make(h: &mut Held, base: &Ref<Class>) -> Ref<Class> {
    static NEW: Def = def("__new__", "*args, **kwargs", |h, args| match args[0].downcast::<Class>() {
        Some(class) => {
            let text = ObjCell::new(Some(CharsBuf::new()));
            Ok(h.new_object(class, StringIo { text, ..StringIo::default() }).into_value())
        }
        None => Err(h.type_error("__new__() needs a class")),
    });
    ClassSpec::with_base::<StringIo>(h, "_io", "StringIO", base)
        .doc(h, "A text file in memory.")
        .constructor(h, &NEW)
        .iterator(h, next)
        .methods(h, &METHODS)
        .attrs(h, &ATTRS)
        .build(h)
}

static METHODS: [Def; 15] = [
    def("__init__", "initial_value='', newline='\\n'", init),
    def("read", "size=-1, /", |h, args| {
        let size = args::size(h, args.opt(1))?;
        take(h, args.this(), size.unwrap_or(usize::MAX))
    }),
    def("readline", "size=-1, /", |h, args| {
        let limit = args::size(h, args.opt(1))?;
        take_line(h, args.this(), limit.unwrap_or(usize::MAX))
    }),
    def("write", "s, /", write),
    def("seek", "pos, whence=0, /", seek),
    def("tell", "", |h, args| {
        check_open(h, args.this())?;
        Ok(h.new_int(args.this::<StringIo>().at.get() as i64))
    }),
    def("truncate", "pos=None, /", truncate),
    def("getvalue", "", |h, args| {
        check_open(h, args.this())?;
        Ok(args.this::<StringIo>().text.read(h, |text| match text {
            Some(text) => h.str_from_slice(text.as_chars()),
            None => Value::NONE,
        }))
    }),
    def("close", "", |h, args| {
        drop(args.this::<StringIo>().text.write(h, Option::take));
        Ok(Value::NONE)
    }),
    def("readable", "", |h, args| check_open(h, args.this()).map(|()| Value::TRUE)),
    def("writable", "", |h, args| check_open(h, args.this()).map(|()| Value::TRUE)),
    def("seekable", "", |h, args| check_open(h, args.this()).map(|()| Value::TRUE)),
    def("__iter__", "", |h, args| super::base::check_closed(h, &args[0]).map(|()| args[0].clone())),
    def("__getstate__", "", getstate),
    def("__setstate__", "state, /", setstate),
];

static ATTRS: [Attr; 3] = [
    getter("closed", |h, this| {
        Ok(Value::bool(this.downcast::<StringIo>().is_none_or(|this| this.text.read(h, Option::is_none))))
    }),
    getter("line_buffering", |h, this| match this.downcast::<StringIo>() {
        Some(this) => check_open(h, this).map(|()| Value::FALSE),
        None => Ok(Value::FALSE),
    }),
    getter("newlines", |h, this| match this.downcast::<StringIo>() {
        Some(this) => {
            check_open(h, this)?;
            Ok(this.newlines.get().map_or(Value::NONE, |newlines| newlines.value(h)))
        }
        None => Ok(Value::NONE),
    }),
];

fn check_open(h: &Held, this: &StringIo) -> R<()> {
    if this.text.read(h, Option::is_none) { Err(h.value_error("I/O operation on closed file")) } else { Ok(()) }
}

fn init(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<StringIo> = args.this();
    let newline = match args.opt(2) {
        Some(newline) => newline_of(h, newline)?,
        None => Newline::Lf,
    };
    if let Some(initial) = args.opt_some(1)
        && initial.downcast::<Str>().is_none()
    {
        let got = initial.class_name();
        return Err(h.type_error(format!("initial_value must be str or None, not {got}")));
    }
    this.newline.set(newline);
    this.newlines.set(match newline {
        Newline::Universal => Some(Newlines { translate: true, ..Newlines::default() }),
        Newline::Untranslated => Some(Newlines::default()),
        _ => None,
    });
    this.text.write(h, |text| *text = Some(CharsBuf::new()));
    this.at.set(0);
    if let Some(initial) = args.opt_some(1).and_then(|initial| initial.downcast::<Str>()) {
        put(h, this, initial.chars())?;
        this.at.set(0);
    }
    Ok(Value::NONE)
}

fn newline_of(h: &mut Held, value: &Value) -> R<Newline> {
    if !value.is_none() && value.downcast::<Str>().is_none() {
        let got = value.class_name();
        return Err(h.type_error(format!("newline must be str or None, not {got}")));
    }
    match setup::newline(h, Some(value)) {
        Err(raised) if raised.is(Exc::ValueError) => {
            let shown = h.repr_text(value)?;
            Err(h.value_error(format!("illegal newline value: {shown}")))
        }
        other => other,
    }
}

/// Writes at the current position, over what is there.
fn put(h: &mut Held, this: &StringIo, text: Chars<'_>) -> R<()> {
    let mut newlines = this.newlines.get();
    let stepped = newlines.as_mut().map(|newlines| newlines.step(text.to_owned(), true));
    if newlines.is_some() {
        this.newlines.set(newlines);
    }
    let text = stepped.as_ref().map_or(text, |stepped| stepped.as_chars());
    let written = this.newline.get().written();
    let expanded = (written != b"\n").then(|| {
        let mut out = CharsBuf::with_capacity(text.len());
        text.iter().for_each(|c| if c == 10 { out.push_chars(Chars::One(written)) } else { out.push(c) });
        out.finish()
    });
    let text = expanded.as_ref().map_or(text, |expanded| expanded.as_chars());
    if text.is_empty() {
        return Ok(());
    }
    let fits = this.text.write(h, |own| {
        let at = this.at.get();
        if at > toy_text::MAX_LEN {
            return false;
        }
        if let Some(own) = own {
            overwrite(own, at, text);
        }
        this.at.set(at + text.len());
        true
    });
    if fits { Ok(()) } else { Err(h.overflow_error("new position too large")) }
}

fn overwrite(own: &mut CharsBuf, at: usize, text: Chars<'_>) {
    if at >= own.len() {
        if at > own.len() {
            own.push_n(0, at - own.len());
        }
        return own.push_chars(text);
    }
    let old = std::mem::take(own).finish();
    let old = old.as_chars();
    let mut new = CharsBuf::with_capacity(old.len().max(at + text.len()));
    new.push_chars(old.slice(0, at));
    new.push_chars(text);
    if at + text.len() < old.len() {
        new.push_chars(old.from(at + text.len()));
    }
    *own = new;
}

fn write(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<StringIo> = args.this();
    let Some(text) = args[1].downcast::<Str>() else {
        let got = args[1].class_name();
        return Err(h.type_error(format!("string argument expected, got '{got}'")));
    };
    check_open(h, this)?;
    put(h, this, text.chars())?;
    Ok(h.new_int(text.len() as i64))
}

/// Takes text from the current position on.
fn take(h: &mut Held, this: &StringIo, most: usize) -> R {
    take_by(h, this, |rest| rest.len().min(most))
}

fn take_line(h: &mut Held, this: &StringIo, limit: usize) -> R {
    let newline = this.newline.get();
    take_by(h, this, |rest| line_end(rest, newline, false).unwrap_or(rest.len()).min(limit))
}

/// Takes as much text as a function says of what is left.
fn take_by(h: &mut Held, this: &StringIo, count: impl FnOnce(Chars<'_>) -> usize) -> R {
    check_open(h, this)?;
    Ok(this.text.read(h, |text| {
        let all = text.as_ref().map_or(Chars::default(), |text| text.as_chars());
        let at = this.at.get();
        if at >= all.len() {
            return h.str_from_chars(Chars::default());
        }
        let rest = all.from(at);
        let len = count(rest);
        this.at.set(at + len);
        h.str_from_slice(rest.slice(0, len))
    }))
}

fn next(h: &mut Held, this: &Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<StringIo>() else { return Ok(None) };
    let line = take_line(h, this, usize::MAX)?;
    Ok(if h.len(&line)? == 0 { None } else { Some(line) })
}

fn seek(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<StringIo> = args.this();
    check_open(h, this)?;
    let at = h.to_isize(&args[1])?;
    let whence = args::whence(h, args.opt(2))?;
    let target = match whence {
        0 if at < 0 => return Err(h.value_error(format!("Negative seek position {at}"))),
        0 => at as usize,
        1 | 2 if at != 0 => return Err(h.error(Exc::OSError, "Can't do nonzero cur-relative seeks")),
        1 => this.at.get(),
        2 => this.text.read(h, |text| text.as_ref().map_or(0, CharsBuf::len)),
        _ => return Err(h.value_error(format!("Invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    this.at.set(target);
    Ok(h.new_int(target as i64))
}

fn truncate(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<StringIo> = args.this();
    check_open(h, this)?;
    let size = match args.opt_some(1) {
        Some(size) => h.to_isize(size)?,
        None => this.at.get() as isize,
    };
    if size < 0 {
        return Err(h.value_error(format!("Negative size value {size}")));
    }
    this.text.write(h, |text| {
        if let Some(text) = text.as_mut().filter(|text| text.len() > size as usize) {
            let mut short = CharsBuf::with_capacity(size as usize);
            short.push_chars(text.as_chars().slice(0, size as usize));
            *text = short;
        }
    });
    Ok(h.new_int(size as i64))
}

fn getstate(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<StringIo> = args.this();
    check_open(h, this)?;
    let text = this.text.read(h, |text| text.as_ref().map(|text| h.str_from_slice(text.as_chars())));
    let newline = match this.newline.get() {
        Newline::Universal => Value::NONE,
        Newline::Untranslated => h.new_str(""),
        other => h.new_str(&String::from_utf8_lossy(other.written())),
    };
    let at = h.new_int(this.at.get() as i64);
    let attrs = super::own_attributes(h, &args[0]);
    Ok(h.tuple_of(&[text.unwrap_or(Value::NONE), newline, at, attrs]))
}

fn setstate(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<StringIo> = args.this();
    let items = args[1].downcast::<Tuple>().map(|state| state.items()).unwrap_or_default();
    let [text, newline, at, attrs] = items else {
        let (class, got) = (args[0].class_name(), args[1].class_name());
        return Err(h.type_error(format!("{class}.__setstate__ argument should be 4-tuple, got {got}")));
    };
    let Some(text) = text.downcast::<Str>() else { return Err(unsupported(h, "initial value must be str")) };
    this.newline.set(newline_of(h, newline)?);
    let text = text.chars().to_owned();
    this.text.write(h, |own| {
        let mut buf = CharsBuf::new();
        buf.push_chars(text.as_chars());
        *own = Some(buf);
    });
    this.at.set(h.to_isize(at)?.max(0) as usize);
    if let (Some(attrs), Some(own)) = (attrs.downcast::<interpreter::objects::dict::Dict>(), h.attr_dict(&args[0]))
        && let Some(own) = own.downcast::<interpreter::objects::dict::Dict>()
    {
        attrs.copy_into(h, own)?;
    }
    Ok(Value::NONE)
}
