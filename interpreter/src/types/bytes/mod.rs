//! `bytes`: the methods; most are `bytearray`'s as well.
//!
//! In: bytes and what programs give their methods. Out: bytes, places, lists. The one invariant: a result has the type of
//! the receiver, `bytes` or `bytearray` itself; arguments are settled before the receiver's bytes are looked at.

mod change;
pub(crate) mod codec;
pub(crate) mod make;
mod search;
pub(crate) mod sequence;
mod split;

use crate::objects::bytes::{ByteArray, Bytes};
use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::header::Ref;
use crate::objects::make_class::ClassSpec;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::sync::Held;
use std::borrow::Cow;
use std::ops::Range;

pub(super) fn init(h: &mut Held) {
    let spec = shared(h, &core().bytes).constructor(h, &make::NEW).methods(h, &sequence::BYTES_ONLY);
    spec.build(h);
    for class in [&core().bytes_iterator, &core().bytearray_iterator, &core().memory_iterator] {
        sequence::init_iterator(h, class);
    }
}

/// The methods that `bytes` and `bytearray` share.
pub(super) fn shared(h: &mut Held, class: &Ref<Class>) -> ClassSpec {
    ClassSpec::of(class)
        .methods(h, &sequence::METHODS)
        .methods(h, &search::METHODS)
        .methods(h, &split::METHODS)
        .methods(h, &change::METHODS)
        .methods(h, &codec::METHODS)
        .class_methods(h, &codec::CLASS)
        .static_methods(h, &change::STATIC)
}

/// Looks at the bytes of a receiver.
#[inline]
fn look<T>(h: &Held, this: &Value, look: impl FnOnce(&[u8]) -> T) -> T {
    if let Some(bytes) = this.downcast::<Bytes>() {
        return look(&bytes.data);
    }
    match this.downcast::<ByteArray>() {
        Some(array) => array.data.read(h, |data| look(data)),
        None => look(&[]),
    }
}

/// Bytes of the receiver's type.
fn like(h: &Held, this: &Value, data: Vec<u8>) -> Value {
    match this.downcast::<ByteArray>() {
        Some(_) => h.new_bytearray(data).into_value(),
        None => h.bytes_of_class(&core().bytes, data.into_boxed_slice()).into_value(),
    }
}

/// The receiver as a result: itself if it is exactly `bytes`, else a copy.
fn copy(h: &Held, this: &Value) -> Value {
    match this.exactly::<Bytes>() {
        Some(_) => this.clone(),
        None => like(h, this, look(h, this, <[u8]>::to_vec)),
    }
}

/// The part of the receiver that a function finds.
fn part(h: &Held, this: &Value, find: impl FnOnce(&[u8]) -> Range<usize>) -> Value {
    let part = look(h, this, |data| {
        let range = find(data);
        (range != (0..data.len())).then(|| data[range].to_vec())
    });
    part.map_or_else(|| copy(h, this), |part| like(h, this, part))
}

/// An argument that must have bytes.
pub(crate) fn argument<'a>(h: &Held, value: &'a Value) -> R<Cow<'a, [u8]>> {
    match value.downcast::<Bytes>() {
        Some(bytes) => Ok(Cow::Borrowed(&bytes.data)),
        None => Ok(Cow::Owned(h.with_bytes_like(value, <[u8]>::to_vec)?)),
    }
}

/// An int that must be a byte.
pub(crate) fn byte(h: &mut Held, value: &Value) -> R<u8> {
    let index = h.index(value)?;
    match index.as_int().and_then(|index| index.to_i64()).and_then(|byte| u8::try_from(byte).ok()) {
        Some(byte) => Ok(byte),
        None => Err(h.value_error("byte must be in range(0, 256)")),
    }
}
