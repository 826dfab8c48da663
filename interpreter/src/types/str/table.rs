//! `str.maketrans` and `str.translate`.
//!
//! In: a table from code points to code points, strings or nothing. Out: a string. The one invariant: each code point of
//! an ASCII text is looked up at most once in a call.

use crate::objects::dict::Dict;
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::header::Ref;
use crate::objects::str::Str;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use toy_text::{Chars, CharsBuf, CharsOwned, MAX_LEN};

pub(super) static STATIC: [Def; 1] = [def("maketrans", "x, y=<unrepresentable>, z=<unrepresentable>, /", maketrans)];
pub(super) static METHODS: [Def; 1] = [def("translate", "table, /", translate)];

fn maketrans(h: &mut Held, args: Args<'_>) -> R {
    let table = h.new_dict();
    match args.opt(1) {
        Some(to) => {
            let to = super::text_argument(h, to, "maketrans() argument 2")?;
            let gone = args.opt(2).map(|gone| super::text_argument(h, gone, "maketrans() argument 3")).transpose()?;
            pairs(h, &table, &args[0], to, gone)?;
        }
        None => from_dict(h, &table, &args[0])?,
    }
    Ok(table.into_value())
}

fn pairs(h: &mut Held, table: &Ref<Dict>, from: &Value, to: Chars<'_>, gone: Option<Chars<'_>>) -> R<()> {
    let Some(from) = from.downcast::<Str>().map(|from| from.chars()) else {
        return Err(h.type_error("first maketrans argument must be a string if there is a second argument"));
    };
    if from.len() != to.len() {
        return Err(h.value_error("the first two maketrans arguments must have equal length"));
    }
    for (from, to) in from.iter().zip(to.iter()) {
        let (from, to) = (h.new_int(from.into()), h.new_int(to.into()));
        table.set(h, from, to)?;
    }
    for c in gone.unwrap_or_default().iter() {
        let c = h.new_int(c.into());
        table.set(h, c, Value::NONE)?;
    }
    Ok(())
}

fn from_dict(h: &mut Held, table: &Ref<Dict>, source: &Value) -> R<()> {
    let Some(source) = source.exactly::<Dict>() else {
        return Err(h.type_error("if you give only one argument to maketrans it must be a dict"));
    };
    for (key, value) in source.items(h) {
        let key = match key.downcast::<Str>().map(|key| key.chars()) {
            Some(text) if text.len() == 1 => h.new_int(text.get(0).into()),
            Some(_) => return Err(h.value_error("string keys in translate table must be of length 1")),
            None if key.as_int().is_some() => key,
            None => return Err(h.type_error("keys in translate table must be strings or integers")),
        };
        table.set(h, key, value)?;
    }
    Ok(())
}

/// What a table says of one code point.
#[derive(Clone)]
enum Mapped {
    Same,
    Char(u32),
    Text(CharsOwned),
}

fn translate(h: &mut Held, args: Args<'_>) -> R {
    let chars = args.this::<Str>().chars();
    let mut known: [Option<Mapped>; 128] = [const { None }; 128];
    let mut out = match chars {
        Chars::One(bytes) => narrow(h, args.at(1), bytes, &mut known)?,
        _ => CharsBuf::with_capacity(chars.len()),
    };
    for c in chars.from(out.len()).iter() {
        let mapped = match known.get(c as usize) {
            Some(Some(Mapped::Char(to))) => {
                out.push(*to);
                continue;
            }
            Some(Some(mapped)) => mapped.clone(),
            _ => lookup(h, args.at(1), c)?,
        };
        match &mapped {
            Mapped::Same => out.push(c),
            Mapped::Char(to) => out.push(*to),
            Mapped::Text(text) => out.push_chars(text.as_chars()),
        }
        if out.len() > MAX_LEN {
            return Err(h.memory_error());
        }
        if let Some(place) = known.get_mut(c as usize) {
            *place = Some(mapped);
        }
    }
    Ok(h.str_from_owned(&out.finish()))
}

/// The translation of ASCII bytes as far as each becomes another; what was learnt on the way goes to `known`.
fn narrow(h: &mut Held, table: &Value, bytes: &[u8], known: &mut [Option<Mapped>; 128]) -> R<CharsBuf> {
    const UNKNOWN: u8 = 0xff;
    let mut to = [UNKNOWN; 256];
    let mut out = Vec::with_capacity(bytes.len());
    for &byte in bytes {
        if to[usize::from(byte)] == UNKNOWN {
            let Some(place) = known.get_mut(usize::from(byte)) else { break };
            to[usize::from(byte)] = match place.insert(lookup(h, table, byte.into())?) {
                Mapped::Same => byte,
                Mapped::Char(c @ 0..=0x7f) => *c as u8,
                Mapped::Text(CharsOwned::One(text)) if text.len() == 1 && text[0] < UNKNOWN => text[0],
                _ => break,
            };
        }
        out.push(to[usize::from(byte)]);
    }
    let mut buf = CharsBuf::with_capacity(bytes.len());
    buf.push_chars(Chars::One(&out));
    Ok(buf)
}

fn lookup(h: &mut Held, table: &Value, c: u32) -> R<Mapped> {
    let key = h.new_int(c.into());
    let found = match h.get_item(table, &key) {
        Ok(found) => found,
        Err(raised) if raised.is(Exc::LookupError) => return Ok(Mapped::Same),
        Err(raised) => return Err(raised),
    };
    if found.is_none() {
        return Ok(Mapped::Text(CharsOwned::One(Vec::new())));
    }
    if let Some(text) = found.downcast::<Str>() {
        return Ok(Mapped::Text(text.chars().to_owned()));
    }
    match found.as_int().map(|to| to.to_i64().and_then(|to| u32::try_from(to).ok()).filter(|to| *to < 0x110000)) {
        Some(Some(to)) => Ok(Mapped::Char(to)),
        Some(None) => Err(h.value_error("character mapping must be in range(0x110000)")),
        None => Err(h.type_error("character mapping must return integer, None or str")),
    }
}
