//! `bytes`, `bytearray` and `memoryview`: the data.
//!
//! In: bytes. Out: bytes. The one invariant: a `bytearray` with exports (memoryviews) is not resized.

use super::class::Class;
use super::header::{Obj, Ref, allocate};
use super::value::Value;
use crate::sync::Word;
use crate::sync::{Held, ObjCell};
use std::ops::Range;

/// The data of a bytes object.
pub struct Bytes {
    pub data: Box<[u8]>,
    /// -1 until it is asked for.
    pub(crate) hash: Word<i64>,
}

crate::object!(Bytes = super::header::Kind::BYTES, "bytes");

/// The data of a bytearray.
pub struct ByteArray {
    pub data: ObjCell<Vec<u8>>,
    /// How many memoryviews look at it.
    pub exports: Word<usize>,
}

crate::object!(ByteArray, "bytearray");

impl ByteArray {
    /// Changes the bytes in a way that may change how many there are; nothing while a view looks at them.
    pub fn resize<T>(&self, held: &mut Held, change: impl FnOnce(&mut Vec<u8>) -> T) -> Option<T> {
        self.data.write(held, |data| (self.exports.get() == 0).then(|| change(data)))
    }

    /// A view came (1) or went (-1). The count changes under the lock of the bytes, as they do.
    fn count_export(&self, change: isize) {
        self.data.seize(|_| self.exports.set(self.exports.get().wrapping_add_signed(change)));
    }
}

/// A view of an object's bytes: items of `format`, in as many dimensions as `shape` has.
pub struct MemoryView {
    /// What owns the bytes, no view itself; nothing when released.
    pub(crate) of: ObjCell<Option<Value>>,
    /// Where the first item starts.
    pub offset: usize,
    pub shape: Vec<usize>,
    /// Bytes from one item to the next, a dimension each.
    pub strides: Vec<isize>,
    pub itemsize: usize,
    /// As `struct` writes it, a string.
    pub format: Value,
    pub readonly: bool,
}

crate::object!(MemoryView, "memoryview", traced [of, format]);

impl MemoryView {
    /// How many items.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// The bytes as one piece, if they are.
    pub fn contiguous(&self) -> Option<Range<usize>> {
        let mut step = self.itemsize as isize;
        for (len, stride) in self.shape.iter().zip(&self.strides).rev() {
            if *len > 1 && *stride != step {
                return None;
            }
            step *= *len as isize;
        }
        Some(self.offset..self.offset + self.count() * self.itemsize)
    }

    /// Where each item starts, in order.
    pub fn places(&self) -> Vec<usize> {
        let mut places = vec![self.offset as isize];
        for (len, stride) in self.shape.iter().zip(&self.strides) {
            let steps = 0..*len as isize;
            places = places.iter().flat_map(|at| steps.clone().map(move |i| at + i * stride)).collect();
        }
        places.into_iter().map(|at| at as usize).collect()
    }

    /// The items of all the owner's bytes, one after the other.
    pub(crate) fn gather(&self, bytes: &[u8]) -> Vec<u8> {
        let item = |at: usize| bytes.get(at..at + self.itemsize).unwrap_or_default();
        self.places().into_iter().flat_map(item).copied().collect()
    }

    /// Puts items that were gathered back.
    pub(crate) fn scatter(&self, bytes: &mut [u8], items: &[u8]) {
        for (at, item) in self.places().into_iter().zip(items.chunks_exact(self.itemsize)) {
            if let Some(place) = bytes.get_mut(at..at + self.itemsize) {
                place.copy_from_slice(item);
            }
        }
    }
}

/// A view that dies gives its export back; that runs no toy code.
impl Drop for MemoryView {
    fn drop(&mut self) {
        // SAFETY: nobody else can reach the view any more.
        if let Some(of) = unsafe { (*self.of.raw()).take() } {
            count_export(&of, -1);
        }
    }
}

/// A view of an object came (1) or went (-1).
pub(crate) fn count_export(of: &Value, change: isize) {
    if let Some(array) = of.downcast::<ByteArray>() {
        array.count_export(change);
    } else if let Some(kind) = super::buffer::registered(of) {
        (kind.exported)(of, change);
    }
}

impl Held {
    pub fn new_bytes(&self, data: &[u8]) -> Value {
        self.bytes_of_class(&super::core().bytes, data.into()).into_value()
    }

    pub fn bytes_of_class(&self, class: &Obj<Class>, data: Box<[u8]>) -> Ref<Bytes> {
        allocate(class, Bytes { data, hash: Word::new(-1) }, 0)
    }

    pub fn new_bytearray(&self, data: Vec<u8>) -> Ref<ByteArray> {
        self.bytearray_of_class(&super::core().bytearray, data)
    }

    pub fn bytearray_of_class(&self, class: &Obj<Class>, data: Vec<u8>) -> Ref<ByteArray> {
        allocate(class, ByteArray { data: ObjCell::new(data), exports: Word::new(0) }, 0)
    }
}
