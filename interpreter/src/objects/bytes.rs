//! `bytes`, `bytearray` and `memoryview`: the data.
//!
//! In: bytes. Out: bytes. The one invariant: a `bytearray` with exports (memoryviews) is not resized.

use super::class::Class;
use super::header::{Obj, Ref, allocate};
use super::value::Value;
use crate::sync::{Held, ObjCell};
use std::cell::Cell;

/// The data of a bytes object.
pub struct Bytes {
    pub data: Box<[u8]>,
    /// -1 until it is asked for.
    pub(crate) hash: Cell<i64>,
}

crate::object!(Bytes = super::header::Kind::BYTES, "bytes");

/// The data of a bytearray.
pub struct ByteArray {
    pub data: ObjCell<Vec<u8>>,
    /// How many memoryviews look at it.
    pub exports: Cell<usize>,
}

crate::object!(ByteArray, "bytearray");

/// A view of an object's bytes: `len` items of `format` at `offset`, `stride` bytes apart.
pub struct MemoryView {
    /// Nothing when released.
    pub(crate) of: ObjCell<Option<Value>>,
    pub offset: usize,
    pub len: usize,
    pub stride: isize,
    pub itemsize: usize,
    pub format: Value,
    pub readonly: bool,
}

crate::object!(MemoryView, "memoryview", traced [of, format]);

impl Held {
    pub fn new_bytes(&self, data: &[u8]) -> Value {
        self.bytes_of_class(&super::core().bytes, data.into()).into_value()
    }

    pub fn bytes_of_class(&self, class: &Obj<Class>, data: Box<[u8]>) -> Ref<Bytes> {
        allocate(class, Bytes { data, hash: Cell::new(-1) }, 0)
    }

    pub fn new_bytearray(&self, data: Vec<u8>) -> Ref<ByteArray> {
        self.bytearray_of_class(&super::core().bytearray, data)
    }

    pub fn bytearray_of_class(&self, class: &Obj<Class>, data: Vec<u8>) -> Ref<ByteArray> {
        allocate(class, ByteArray { data: ObjCell::new(data), exports: Cell::new(0) }, 0)
    }
}
