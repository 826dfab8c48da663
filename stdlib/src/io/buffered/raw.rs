//! Calls of the raw file under a buffered one: straight system calls for an exact `FileIO`, methods otherwise.
//!
//! In: bytes, or room for them. Out: how many went, nothing if it would block. The one invariant: a raw file written in toy
//! is not believed: what it gives back is checked.

use super::super::file::{self, FileIo};
use super::Buffered;
use interpreter::objects::core;
use interpreter::objects::exception::Exc;
use interpreter::objects::header::Obj;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// The descriptor of a raw file that is ours and open.
fn descriptor(h: &mut Held, raw: &Value) -> R<Option<i32>> {
    match raw.exactly::<FileIo>() {
        Some(file) if file.is_closed() => Err(h.value_error("I/O operation on closed file")),
        Some(file) => Ok(Some(file.fd())),
        None => Ok(None),
    }
}

/// Appends at most `most` bytes to `to`.
pub fn read(h: &mut Held, this: &Buffered, to: &mut Vec<u8>, most: usize) -> R<Option<usize>> {
    let raw = this.raw(h)?;
    if let Some(fd) = descriptor(h, &raw)? {
        return file::read_some(h, fd, to, most);
    }
    let room = h.new_bytearray(vec![0; most]);
    let view = h.call(core().memoryview.value(), &[room.value().clone()])?;
    let count = h.call_method(&raw, n::readinto, &[view])?;
    if count.is_none() {
        return Ok(None);
    }
    let Some(count) = count.as_int().and_then(|count| count.to_i64()) else {
        return Err(h.error(Exc::OSError, "raw readinto() failed"));
    };
    if count < 0 || count as usize > most {
        let message = format!("raw readinto() returned invalid length {count} (should have been between 0 and {most})");
        return Err(h.error(Exc::OSError, message));
    }
    room.data.read(h, |data| to.extend_from_slice(&data[..(count as usize).min(data.len())]));
    Ok(Some(count as usize))
}

/// Appends all that is left; false if the file would block before its end.
pub fn read_all(h: &mut Held, this: &Buffered, to: &mut Vec<u8>) -> R<bool> {
    let raw = this.raw(h)?;
    if let Some(fd) = descriptor(h, &raw)? {
        return file::drain(h, fd, to);
    }
    let readall = h.find_attr(&raw, n::readall.value())?;
    loop {
        let piece = match &readall {
            Some(readall) => h.call(readall, &[])?,
            None => h.call_method(&raw, n::read, &[])?,
        };
        if piece.is_none() {
            return Ok(false);
        }
        let Some(bytes) = piece.downcast::<interpreter::objects::bytes::Bytes>() else {
            let name = if readall.is_some() { "readall" } else { "read" };
            return Err(h.type_error(format!("{name}() should return bytes")));
        };
        to.extend_from_slice(&bytes.data);
        if bytes.data.is_empty() || readall.is_some() {
            return Ok(true);
        }
    }
}

/// Writes what the raw file takes.
pub fn write(h: &mut Held, this: &Buffered, data: &[u8]) -> R<Option<usize>> {
    let raw = this.raw(h)?;
    if let Some(fd) = descriptor(h, &raw)? {
        return file::write_some(h, fd, data);
    }
    let bytes = h.new_bytes(data);
    let count = h.call_method(&raw, n::write, &[bytes])?;
    if count.is_none() {
        return Ok(None);
    }
    let count = h.to_isize(&count)?;
    if count < 0 || count as usize > data.len() {
        let most = data.len();
        let message = format!("raw write() returned invalid length {count} (should have been between 0 and {most})");
        return Err(h.error(Exc::OSError, message));
    }
    Ok(Some(count as usize))
}

pub fn seek(h: &mut Held, this: &Buffered, offset: i64, whence: i32) -> R<i64> {
    let raw = this.raw(h)?;
    if let Some(file) = raw.exactly::<FileIo>() {
        return file::position(h, file, offset, whence);
    }
    let (offset, whence) = (h.new_int(offset), h.new_int(whence.into()));
    let at = h.call_method(&raw, n::seek, &[offset, whence])?;
    checked(h, &at)
}

pub fn tell(h: &mut Held, this: &Buffered) -> R<i64> {
    let raw = this.raw(h)?;
    if let Some(file) = raw.exactly::<FileIo>() {
        return file::position(h, file, 0, 1);
    }
    let at = h.call_method(&raw, n::tell, &[])?;
    checked(h, &at)
}

/// A position that a raw file gave.
fn checked(h: &mut Held, at: &Value) -> R<i64> {
    let at = super::super::args::offset(h, at)?;
    if at < 0 {
        return Err(h.error(Exc::OSError, format!("Raw stream returned invalid position {at}")));
    }
    Ok(at)
}

/// The raw file as ours, for shortcuts.
pub fn native(this: &Obj<Buffered>, h: &Held) -> Option<i32> {
    let raw = this.raw.read(h, Clone::clone)?;
    raw.exactly::<FileIo>().map(|file| file.fd())
}
