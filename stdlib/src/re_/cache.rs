//! The patterns compiled so far, so that `re.match("...", text)` in a loop compiles once.
//!
//! In: a pattern and flags. Out: a `Pattern`. The one invariant: what is found was compiled from an equal pattern of the
//! same type with the same flags.

use super::pattern::{self, Pattern};
use interpreter::objects::bytes::Bytes;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Obj;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// Places, each for the patterns of some hashes: a newcomer drives the old one out.
const PLACES: usize = 512;

static CACHE: Global<Vec<Option<Value>>> = Global::new(Vec::new());

/// `re._compile(pattern, flags)`.
pub fn compile(h: &mut Held, args: Args<'_>) -> R {
    let source = &args[0];
    let flags = match args.opt(1) {
        Some(flags) => h.to_isize(flags)?,
        None => 0,
    };
    if source.downcast::<Pattern>().is_some() {
        if flags != 0 {
            return Err(h.value_error("cannot process flags argument with a compiled pattern"));
        }
        return Ok(source.clone());
    }
    let Some(place) = place(h, source, flags)? else { return pattern::compile(h, source, flags) };
    let known = CACHE.read(h, |cache| {
        let known = cache.get(place)?.as_ref()?;
        known.downcast::<Pattern>().filter(|known| is_from(known, source, flags)).map(|_| known.clone())
    });
    if let Some(known) = known {
        return Ok(known);
    }
    let compiled = pattern::compile(h, source, flags)?;
    let old = CACHE.write(h, |cache| {
        cache.resize_with(PLACES, || None);
        cache[place].replace(compiled.clone())
    });
    drop(old);
    Ok(compiled)
}

/// Where a pattern would be; nothing for patterns that are not kept.
fn place(h: &mut Held, source: &Value, flags: isize) -> R<Option<usize>> {
    if source.exactly::<Str>().is_none() && source.exactly::<Bytes>().is_none() {
        return Ok(None);
    }
    let hash = h.hash(source)? as usize;
    Ok(Some((hash ^ hash >> 17 ^ flags as usize) % PLACES))
}

fn is_from(known: &Obj<Pattern>, source: &Value, flags: isize) -> bool {
    if known.given_flags != flags {
        return false;
    }
    if known.source.is(source) {
        return true;
    }
    match (known.source.downcast::<Str>(), source.downcast::<Str>()) {
        (Some(known), Some(source)) => known.chars() == source.chars(),
        (None, None) => match (known.source.downcast::<Bytes>(), source.downcast::<Bytes>()) {
            (Some(known), Some(source)) => known.data == source.data,
            _ => false,
        },
        _ => false,
    }
}

/// `re.purge()`.
pub fn purge(h: &mut Held, _: Args<'_>) -> R {
    let old = CACHE.write(h, std::mem::take);
    drop(old);
    Ok(Value::NONE)
}
