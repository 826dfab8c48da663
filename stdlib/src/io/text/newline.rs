//! Newlines on their way in: `IncrementalNewlineDecoder`, as an object and as a part of text files.
//!
//! In: decoded text, piece by piece. Out: the same with `\r\n` and `\r` turned into `\n`, if that is asked for. The one
//! invariant: a `\r` at the end of a piece waits for the next one, so a pair is never torn.

use super::super::raise::uninitialized;
use interpreter::objects::class::Class;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Words;
use interpreter::sync::{Held, ObjCell};
use toy_text::{Chars, CharsBuf, CharsOwned};

const CR: u32 = 13;
const LF: u32 = 10;

/// Which line ends were seen, as bits.
pub mod seen {
    pub const CR: u8 = 1;
    pub const LF: u8 = 2;
    pub const CRLF: u8 = 4;
}

/// A translator between two pieces.
#[derive(Debug, Clone, Copy, Default)]
pub struct Newlines {
    pub translate: bool,
    /// A `\r` waits.
    pub pending: bool,
    pub seen: u8,
}

impl Newlines {
    /// The next piece; with `last`, nothing waits.
    pub fn step(&mut self, text: CharsOwned, last: bool) -> CharsOwned {
        if !self.pending
            && let CharsOwned::One(bytes) = &text
            && !bytes.contains(&b'\r')
        {
            if self.seen & seen::LF == 0 && bytes.contains(&b'\n') {
                self.seen |= seen::LF;
            }
            return text;
        }
        self.translate_slowly(text.as_chars(), last)
    }

    fn translate_slowly(&mut self, text: Chars<'_>, last: bool) -> CharsOwned {
        let mut out = CharsBuf::with_capacity(text.len() + 1);
        let mut cr = std::mem::take(&mut self.pending);
        for c in text.iter() {
            let pair = cr && c == LF;
            if cr && !pair {
                self.put_cr(&mut out);
            }
            cr = c == CR;
            match c {
                CR => (),
                LF if pair => self.put_pair(&mut out),
                LF => {
                    self.seen |= seen::LF;
                    out.push(LF);
                }
                _ => out.push(c),
            }
        }
        if cr && last {
            self.put_cr(&mut out);
        }
        self.pending = cr && !last;
        out.finish()
    }

    fn put_pair(&mut self, out: &mut CharsBuf) {
        self.seen |= seen::CRLF;
        if !self.translate {
            out.push(CR);
        }
        out.push(LF);
    }

    fn put_cr(&mut self, out: &mut CharsBuf) {
        self.seen |= seen::CR;
        out.push(if self.translate { LF } else { CR });
    }

    /// `newlines`: nothing, a string, or a tuple of them.
    pub fn value(&self, h: &Held) -> Value {
        let all = [(seen::CR, "\r"), (seen::LF, "\n"), (seen::CRLF, "\r\n")];
        let mut found: Vec<Value> =
            all.iter().filter(|(bit, _)| self.seen & bit != 0).map(|(_, text)| h.new_str(text)).collect();
        match found.len() {
            0 => Value::NONE,
            1 => found.remove(0),
            _ => h.new_tuple(found),
        }
    }
}

/// The data of an `IncrementalNewlineDecoder`.
#[derive(Default)]
pub struct NewlineDecoder {
    decoder: ObjCell<Option<Value>>,
    errors: ObjCell<Option<Value>>,
    newlines: Words<Newlines>,
}

interpreter::object!(NewlineDecoder, "IncrementalNewlineDecoder", traced [decoder, errors]);

pub fn make(h: &mut Held) -> Ref<Class> {
    static NEW: Def = def("__new__", "*args, **kwargs", |h, args| match args[0].downcast::<Class>() {
        Some(class) => Ok(h.new_object(class, NewlineDecoder::default()).into_value()),
        None => Err(h.type_error("__new__() needs a class")),
    });
    ClassSpec::new::<NewlineDecoder>(h, "_io", "IncrementalNewlineDecoder")
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .attrs(h, &ATTRS)
        .build(h)
}

static METHODS: [Def; 5] = [
    def("__init__", "decoder, translate, errors='strict'", init),
    def("decode", "input, final=False", decode),
    def("getstate", "", getstate),
    def("setstate", "state, /", setstate),
    def("reset", "", reset),
];

static ATTRS: [Attr; 1] = [getter("newlines", |h, this| {
    Ok(this.downcast::<NewlineDecoder>().map_or(Value::NONE, |this| this.newlines.get().value(h)))
})];

fn init(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<NewlineDecoder> = args.this();
    let translate = h.truth(&args[2])?;
    let errors = args.opt(3).cloned().unwrap_or_else(|| h.new_str("strict"));
    drop(this.decoder.write(h, |own| own.replace(args[1].clone())));
    drop(this.errors.write(h, |own| own.replace(errors)));
    this.newlines.set(Newlines { translate, ..Newlines::default() });
    Ok(Value::NONE)
}

/// The decoder in front, which may be `None`.
fn inner(h: &Held, this: &NewlineDecoder) -> R {
    this.decoder.read(h, Clone::clone).ok_or_else(|| uninitialized(h))
}

fn decode(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<NewlineDecoder> = args.this();
    let last = super::super::args::flag(h, args.opt(2), false)?;
    let decoder = inner(h, this)?;
    let text = if decoder.is_none() {
        args[1].clone()
    } else {
        h.call_method(&decoder, n::decode, &[args[1].clone(), Value::bool(last)])?
    };
    let Some(string) = text.downcast::<Str>() else {
        return Err(h.type_error(format!("decoder should return a string result, not '{}'", text.class_name())));
    };
    let mut newlines = this.newlines.get();
    let out = newlines.step(string.chars().to_owned(), last);
    this.newlines.set(newlines);
    Ok(h.str_from_owned(&out))
}

fn getstate(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<NewlineDecoder> = args.this();
    let decoder = inner(h, this)?;
    let (buffer, flag) = if decoder.is_none() {
        (h.new_bytes(&[]), 0)
    } else {
        let name = h.intern("getstate");
        let state = h.call_method_named(&decoder, &name, &[])?;
        let items = state.downcast::<Tuple>().map(|state| state.items().to_vec()).unwrap_or_default();
        match items.as_slice() {
            [buffer, flag] => (buffer.clone(), h.to_isize(flag)?),
            _ => return Err(h.type_error("illegal decoder state")),
        }
    };
    let flag = h.new_int((flag << 1 | this.newlines.get().pending as isize) as i64);
    Ok(h.tuple_of(&[buffer, flag]))
}

fn setstate(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<NewlineDecoder> = args.this();
    let items = args[1].downcast::<Tuple>().map(|state| state.items()).unwrap_or_default();
    let [buffer, flag] = items else { return Err(h.type_error("state argument must be a tuple")) };
    let flag = h.to_isize(flag)?;
    let mut newlines = this.newlines.get();
    newlines.pending = flag & 1 != 0;
    this.newlines.set(newlines);
    let decoder = inner(h, this)?;
    if decoder.is_none() {
        return Ok(Value::NONE);
    }
    let (name, flag) = (h.intern("setstate"), h.new_int((flag >> 1) as i64));
    let state = h.tuple_of(&[buffer.clone(), flag]);
    h.call_method_named(&decoder, &name, &[state])
}

fn reset(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<NewlineDecoder> = args.this();
    let mut newlines = this.newlines.get();
    (newlines.pending, newlines.seen) = (false, 0);
    this.newlines.set(newlines);
    let decoder = inner(h, this)?;
    if decoder.is_none() {
        return Ok(Value::NONE);
    }
    let name = h.intern("reset");
    h.call_method_named(&decoder, &name, &[])
}
