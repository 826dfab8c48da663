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
use crate::sync::{Guarded, Held};

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
    /// What a view of it is a view of, if that is something else.
    pub instead: Option<fn(&mut Held, &Value) -> R>,
}

static TABLE: Guarded<Vec<(Kind, BufferKind)>> = Guarded::new(Vec::new());

/// Tells how objects of a kind show their bytes.
pub fn register_buffer(kind: Kind, buffer: BufferKind) {
    TABLE.with(|table| table.push((kind, buffer)));
}

pub(crate) fn registered(value: &Value) -> Option<BufferKind> {
    let kind = value.header()?.kind();
    TABLE.with(|table| table.iter().find(|(known, _)| *known == kind).map(|(_, buffer)| *buffer))
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
        let (mut look, mut result) = (Some(look), None);
        self.show_buffer(value, &mut |bytes| result = look.take().map(|look| look(bytes)))?;
        Ok(result)
    }

    fn show_buffer(&self, value: &Value, look: &mut dyn FnMut(&[u8])) -> R<()> {
        if let Some(bytes) = value.downcast::<Bytes>() {
            look(&bytes.data);
        } else if let Some(array) = value.downcast::<ByteArray>() {
            array.data.read(self, |data| look(data));
        } else if let Some(view) = value.downcast::<MemoryView>() {
            return self.show_view(view, look);
        } else if let Some(kind) = registered(value) {
            (kind.read)(self, value, look);
        }
        Ok(())
    }

    /// Changes the bytes of an object; nothing if it has none that can be changed. The closure runs no toy code.
    pub fn with_buffer_mut<T>(&mut self, value: &Value, change: impl FnOnce(&mut [u8]) -> T) -> R<Option<T>> {
        let (mut change, mut result) = (Some(change), None);
        self.open_buffer(value, &mut |bytes| result = change.take().map(|change| change(bytes)))?;
        Ok(result)
    }

    fn open_buffer(&mut self, value: &Value, change: &mut dyn FnMut(&mut [u8])) -> R<()> {
        if let Some(array) = value.downcast::<ByteArray>() {
            array.data.write(self, |data| change(data));
        } else if let Some(view) = value.downcast::<MemoryView>() {
            return self.open_view(view, change);
        } else if let Some(write) = registered(value).and_then(|kind| kind.write) {
            write(self, value, change);
        }
        Ok(())
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

    fn show_view(&self, view: &Obj<MemoryView>, look: &mut dyn FnMut(&[u8])) -> R<()> {
        let of = self.viewed(view)?;
        self.show_buffer(&of, &mut |bytes| match view.contiguous() {
            Some(range) => look(bytes.get(range).unwrap_or_default()),
            None => look(&view.gather(bytes)),
        })
    }

    fn open_view(&mut self, view: &Obj<MemoryView>, change: &mut dyn FnMut(&mut [u8])) -> R<()> {
        if view.readonly {
            return Ok(());
        }
        let of = self.viewed(view)?;
        self.open_buffer(&of, &mut |bytes| match view.contiguous() {
            Some(range) => change(bytes.get_mut(range).unwrap_or_default()),
            None => {
                let mut items = view.gather(bytes);
                change(&mut items);
                view.scatter(bytes, &items);
            }
        })
    }

    /// What a view looks at; ValueError if it was released.
    pub(crate) fn viewed(&self, view: &Obj<MemoryView>) -> R {
        match view.of.read(self, Clone::clone) {
            Some(of) => Ok(of),
            None => Err(self.value_error("operation forbidden on released memoryview object")),
        }
    }
}
