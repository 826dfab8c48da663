//! Arrays from lists, bytes, text and files, and back.
//!
//! In: an array and values. Out: the array grown, or its items in another form. The one invariant: an array that a view looks
//! at does not change its size.

use super::Array;
use super::item::{decode, encode};
use interpreter::objects::bytes::Bytes;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::list::List;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use toy_text::CharsBuf;

/// Changes the size by a closure; BufferError while views exist.
pub(super) fn resize<T>(h: &mut Held, array: &Obj<Array>, change: impl FnOnce(&mut Vec<u8>) -> T) -> R<T> {
    let changed = array.items.write(h, |items| (array.exports.get() == 0).then(|| change(items)));
    changed.ok_or_else(|| h.error(Exc::BufferError, "cannot resize an array that is exporting buffers"))
}

pub(super) fn append(h: &mut Held, array: &Obj<Array>, value: &Value) -> R<()> {
    let item = encode(h, array.code, value)?;
    resize(h, array, |items| items.extend_from_slice(&item[..array.size]))
}

/// Appends what an iterable gives, one by one.
pub(super) fn append_items(h: &mut Held, array: &Obj<Array>, iterable: &Value) -> R<()> {
    h.for_each(iterable, |h, value| append(h, array, &value))
}

pub(super) fn append_bytes(h: &mut Held, array: &Obj<Array>, value: &Value) -> R<()> {
    let bytes = h.with_bytes_like(value, <[u8]>::to_vec)?;
    if bytes.len() % array.size != 0 {
        return Err(h.value_error("bytes length not a multiple of item size"));
    }
    if bytes.is_empty() {
        return Ok(());
    }
    resize(h, array, |items| items.extend_from_slice(&bytes))
}

pub(super) fn append_text(h: &mut Held, array: &Obj<Array>, text: &Value) -> R<()> {
    let Some(string) = text.downcast::<Str>() else { return Ok(()) };
    let bytes: Vec<u8> = string.chars().iter().flat_map(u32::to_le_bytes).collect();
    if bytes.is_empty() {
        return Ok(());
    }
    resize(h, array, |items| items.extend_from_slice(&bytes))
}

pub(super) fn extend(h: &mut Held, args: Args<'_>) -> R {
    extend_by(h, args.this::<Array>(), &args[1])?;
    Ok(Value::NONE)
}

pub(super) fn extend_by(h: &mut Held, this: &Obj<Array>, more: &Value) -> R<()> {
    let Some(other) = more.downcast::<Array>() else { return append_items(h, this, more) };
    if other.code != this.code {
        return Err(h.type_error("can only extend with array of same kind"));
    }
    let bytes = other.items.read(h, Clone::clone);
    if bytes.is_empty() {
        return Ok(());
    }
    resize(h, this, |items| items.extend_from_slice(&bytes))
}

pub(super) fn from_list(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    let Some(list) = args[1].downcast::<List>() else { return Err(h.type_error("arg must be list")) };
    let mut bytes = Vec::new();
    for (at, value) in list.snapshot(h).into_iter().enumerate() {
        bytes.extend_from_slice(&encode(h, this.code, &value)?[..this.size]);
        if list.len(h) <= at {
            return Err(h.runtime_error("list changed size during iteration"));
        }
    }
    if !bytes.is_empty() {
        resize(h, this, |items| items.extend_from_slice(&bytes))?;
    }
    Ok(Value::NONE)
}

pub(super) fn from_bytes(h: &mut Held, args: Args<'_>) -> R {
    append_bytes(h, args.this::<Array>(), &args[1])?;
    Ok(Value::NONE)
}

pub(super) fn from_unicode(h: &mut Held, args: Args<'_>) -> R {
    if args[1].downcast::<Str>().is_none() {
        let got = args[1].given_name();
        return Err(h.type_error(format!("fromunicode() argument must be str, not {got}")));
    }
    if args.this::<Array>().code != b'u' {
        return Err(h.value_error("fromunicode() may only be called on unicode type arrays"));
    }
    append_text(h, args.this::<Array>(), &args[1])?;
    Ok(Value::NONE)
}

pub(super) fn from_file(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    let count = h.to_isize(&args[2])?;
    let Some(wanted) = usize::try_from(count).ok().and_then(|count| count.checked_mul(this.size)) else {
        return Err(if count < 0 { h.value_error("negative count") } else { h.memory_error() });
    };
    let size = h.new_int(wanted as i64);
    let read = h.call_method(&args[1], n::read, &[size])?;
    let Some(bytes) = read.downcast::<Bytes>() else { return Err(h.type_error("read() didn't return bytes")) };
    let short = bytes.data.len() != wanted;
    append_bytes(h, this, &read)?;
    if short {
        return Err(h.error(Exc::EOFError, "read() didn't return enough bytes"));
    }
    Ok(Value::NONE)
}

pub(super) fn to_file(h: &mut Held, args: Args<'_>) -> R {
    const BLOCK: usize = 64 * 1024;
    let bytes = args.this::<Array>().items.read(h, Clone::clone);
    for block in bytes.chunks(BLOCK) {
        let block = h.new_bytes(block);
        h.call_method(&args[1], n::write, &[block])?;
    }
    Ok(Value::NONE)
}

pub(super) fn to_list(h: &mut Held, args: Args<'_>) -> R {
    Ok(list_of(h, args.this::<Array>()))
}

pub(super) fn list_of(h: &mut Held, this: &Obj<Array>) -> Value {
    let values = values_of(h, this);
    h.new_list(values)
}

pub(super) fn values_of(h: &mut Held, this: &Obj<Array>) -> Vec<Value> {
    this.items.read(h, |items| items.chunks_exact(this.size).map(|item| decode(h, this.code, item)).collect())
}

pub(super) fn to_bytes(h: &mut Held, args: Args<'_>) -> R {
    Ok(args.this::<Array>().items.read(h, |items| h.new_bytes(items)))
}

pub(super) fn to_unicode(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    if this.code != b'u' {
        return Err(h.value_error("tounicode() may only be called on unicode type arrays"));
    }
    let chars = this.items.read(h, |items| {
        let mut text = CharsBuf::new();
        for item in items.chunks_exact(4) {
            text.push(u32::from_le_bytes([item[0], item[1], item[2], item[3]]));
        }
        text.finish()
    });
    if chars.as_chars().iter().any(|c| c > 0x10ffff) {
        return Err(h.value_error("character is not in range [U+0000; U+10ffff]"));
    }
    Ok(h.str_from_owned(&chars))
}

pub(super) fn repr(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    let (name, code) = (args[0].class().name_text(), char::from(this.code));
    if this.items.read(h, Vec::is_empty) {
        return Ok(h.new_str(&format!("{name}('{code}')")));
    }
    let items = if this.code == b'u' { to_unicode(h, args)? } else { list_of(h, this) };
    let items = h.repr(&items)?;
    let mut text = CharsBuf::new();
    text.push_str(&format!("{name}('{code}', "));
    if let Some(items) = items.downcast::<Str>() {
        text.push_chars(items.chars());
    }
    text.push_str(")");
    Ok(h.str_from_owned(&text.finish()))
}
