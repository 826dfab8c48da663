//! The bytes of an object: what CPython calls the buffer protocol.
//!
//! In: a value. Out: its bytes, to look at or to change, inside a closure. The one invariant: the closure runs no toy code,
//! so nothing is resized while it looks; who keeps a view for longer (`memoryview`) counts as an export.
//!
//! `bytes`, `bytearray` and `memoryview` are known here; other native kinds (`array`, `mmap`) register theirs.

use super::bytes::{ByteArray, Bytes, MemoryView};
use super::header::{Kind, Obj};
use super::value::Value;
use crate::runtime::error::R;
use crate::sync::Held;
use std::cell::UnsafeCell;

/// How a kind of object shows its bytes. All functions are given a value of that kind.
#[derive(Clone, Copy)]
pub struct BufferKind {
    pub read: fn(&Held, &Value, &mut dyn FnMut(&[u8])),
    /// Nothing if it cannot be changed.
    pub write: Option<fn(&mut Held, &Value, &mut dyn FnMut(&mut [u8]))>,
    /// Items as `struct` names them, and bytes an item.
    pub layout: fn(&Held, &Value) -> (String, usize),
    /// A view came (1) or went (-1): while any exists, the size must not change.
    pub exported: fn(&Value, isize),
}

struct Table(UnsafeCell<Vec<(Kind, BufferKind)>>);

// SAFETY: used under the GIL only.
unsafe impl Sync for Table {}

static TABLE: Table = Table(UnsafeCell::new(Vec::new()));

/// Tells how objects of a kind show their bytes.
pub fn register_buffer(kind: Kind, buffer: BufferKind) {
    // SAFETY: under the GIL; no borrow of the table outlives a statement.
    unsafe { (*TABLE.0.get()).push((kind, buffer)) }
}

pub(crate) fn registered(value: &Value) -> Option<BufferKind> {
    let kind = value.header()?.kind();
    // SAFETY: as in `register_buffer`.
    unsafe { (*TABLE.0.get()).iter().find(|(known, _)| *known == kind).map(|(_, buffer)| *buffer) }
}

impl Held {
    /// Whether `with_buffer` finds bytes.
    pub fn is_buffer(&self, value: &Value) -> bool {
        value.downcast::<Bytes>().is_some()
            || value.downcast::<ByteArray>().is_some()
            || value.downcast::<MemoryView>().is_some()
            || registered(value).is_some()
    }

    /// Looks at the bytes of an object; nothing if it has none. The closure runs no toy code.
    pub fn with_buffer<T>(&self, value: &Value, look: impl FnOnce(&[u8]) -> T) -> R<Option<T>> {
        match value.downcast::<MemoryView>() {
            Some(view) => self.with_view(view, look).map(Some),
            None => Ok(self.with_owner(value, look)),
        }
    }

    fn with_registered<T>(&self, value: &Value, look: impl FnOnce(&[u8]) -> T) -> Option<T> {
        let kind = registered(value)?;
        let (mut look, mut result) = (Some(look), None);
        (kind.read)(self, value, &mut |bytes| result = look.take().map(|look| look(bytes)));
        result
    }

    /// As `with_buffer`, of what a view can look at.
    fn with_owner<T>(&self, value: &Value, look: impl FnOnce(&[u8]) -> T) -> Option<T> {
        if let Some(bytes) = value.downcast::<Bytes>() {
            return Some(look(&bytes.data));
        }
        match value.downcast::<ByteArray>() {
            Some(array) => Some(array.data.read(self, |data| look(data))),
            None => self.with_registered(value, look),
        }
    }

    fn with_owner_mut<T>(&mut self, value: &Value, change: impl FnOnce(&mut [u8]) -> T) -> Option<T> {
        if let Some(array) = value.downcast::<ByteArray>() {
            return Some(array.data.write(self, |data| change(data)));
        }
        let write = registered(value)?.write?;
        let (mut change, mut result) = (Some(change), None);
        write(self, value, &mut |bytes| result = change.take().map(|change| change(bytes)));
        result
    }

    /// Changes the bytes of an object; nothing if it has none that can be changed. The closure runs no toy code.
    pub fn with_buffer_mut<T>(&mut self, value: &Value, change: impl FnOnce(&mut [u8]) -> T) -> R<Option<T>> {
        match value.downcast::<MemoryView>() {
            Some(view) => self.with_view_mut(view, change),
            None => Ok(self.with_owner_mut(value, change)),
        }
    }

    /// A copy of the bytes of an object; nothing if it has none.
    pub fn buffer_to_vec(&self, value: &Value) -> R<Option<Vec<u8>>> {
        self.with_buffer(value, <[u8]>::to_vec)
    }

    /// As `with_buffer`, with the usual TypeError.
    pub fn with_bytes_like<T>(&self, value: &Value, look: impl FnOnce(&[u8]) -> T) -> R<T> {
        match self.with_buffer(value, look)? {
            Some(result) => Ok(result),
            None => Err(self.type_error(format!("a bytes-like object is required, not '{}'", value.class_name()))),
        }
    }

    fn with_view<T>(&self, view: &Obj<MemoryView>, look: impl FnOnce(&[u8]) -> T) -> R<T> {
        let of = self.viewed(view)?;
        let result = self.with_owner(&of, |bytes| match view.contiguous() {
            Some(range) => look(bytes.get(range).unwrap_or_default()),
            None => look(&view.gather(bytes)),
        });
        result.ok_or_else(|| self.type_error("memoryview: the object has no bytes any more"))
    }

    fn with_view_mut<T>(&mut self, view: &Obj<MemoryView>, change: impl FnOnce(&mut [u8]) -> T) -> R<Option<T>> {
        if view.readonly {
            return Ok(None);
        }
        let of = self.viewed(view)?;
        Ok(self.with_owner_mut(&of, |bytes| match view.contiguous() {
            Some(range) => change(bytes.get_mut(range).unwrap_or_default()),
            None => {
                let mut items = view.gather(bytes);
                let result = change(&mut items);
                view.scatter(bytes, &items);
                result
            }
        }))
    }

    /// What a view looks at; ValueError if it was released.
    pub(crate) fn viewed(&self, view: &Obj<MemoryView>) -> R {
        match view.of.read(self, Clone::clone) {
            Some(of) => Ok(of),
            None => Err(self.value_error("operation forbidden on released memoryview object")),
        }
    }
}
