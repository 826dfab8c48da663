//! Writing with a buffer.
//!
//! In: bytes. Out: the same, later and in larger pieces. The one invariant: what `write` accepted is in the file or in the
//! buffer, in order, whatever went wrong meanwhile; the caller has the file's turn.

use super::super::args;
use super::{Buffered, in_turn, raw, settle};
use interpreter::objects::bytes::Bytes;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::runtime::error::{R, Raised};
use interpreter::sync::Held;

/// Writes bytes, keeping them if they fit into the buffer.
pub fn write(h: &mut Held, this: &Obj<Buffered>, data: &[u8]) -> R<()> {
    in_turn(h, this, |h| {
        if this.ahead(h) > 0 {
            settle(h, this)?;
        }
        if keep(h, this, data) {
            return Ok(());
        }
        flush_held(h, this).or_else(|raised| blocked_before(h, this, raised, data))?;
        if keep(h, this, data) {
            return Ok(());
        }
        let sent = send(h, this, data);
        match sent {
            (_, Ok(())) => Ok(()),
            (sent, Err(raised)) => keep_after_block(h, this, raised, data, sent),
        }
    })
}

/// Puts bytes into the buffer if there is room.
fn keep(h: &mut Held, this: &Obj<Buffered>, data: &[u8]) -> bool {
    let size = this.size.get();
    this.inside.write(h, |inside| {
        let fits = inside.write.len() + data.len() <= size;
        if fits {
            inside.write.extend_from_slice(data);
        }
        fits
    })
}

/// Writes what is kept.
pub fn flush_held(h: &mut Held, this: &Obj<Buffered>) -> R<()> {
    if this.inside.read(h, |inside| inside.write.is_empty()) {
        return Ok(());
    }
    let mut data = this.inside.write(h, |inside| std::mem::take(&mut inside.write));
    let (sent, result) = send(h, this, &data);
    data.drain(..sent);
    this.inside.write(h, |inside| inside.write = data);
    result
}

/// Writes to the raw file until all is out; tells how much is.
fn send(h: &mut Held, this: &Obj<Buffered>, data: &[u8]) -> (usize, R<()>) {
    let mut sent = 0;
    while sent < data.len() {
        match raw::write(h, this, &data[sent..]) {
            Ok(Some(n)) => sent += n,
            Ok(None) => return (sent, Err(would_block(h, 0))),
            Err(raised) => return (sent, Err(raised)),
        }
        if let Err(raised) = h.check_signals() {
            return (sent, Err(raised));
        }
    }
    (sent, Ok(()))
}

/// The buffer could not be emptied: keeps what fits behind it, and tells how much that was.
fn blocked_before(h: &mut Held, this: &Obj<Buffered>, raised: Raised, data: &[u8]) -> R<()> {
    if !raised.is(Exc::BlockingIOError) {
        return Err(raised);
    }
    let size = this.size.get();
    let kept = this.inside.write(h, |inside| {
        let n = data.len().min(size.saturating_sub(inside.write.len()));
        inside.write.extend_from_slice(&data[..n]);
        n
    });
    if kept == data.len() { Ok(()) } else { Err(would_block(h, kept)) }
}

/// A write that did not go through: keeps what fits of the rest.
fn keep_after_block(h: &mut Held, this: &Obj<Buffered>, raised: Raised, data: &[u8], sent: usize) -> R<()> {
    if !raised.is(Exc::BlockingIOError) {
        return Err(raised);
    }
    let rest = &data[sent..];
    let kept = rest.len().min(this.size.get());
    this.inside.write(h, |inside| inside.write.extend_from_slice(&rest[..kept]));
    if kept == rest.len() { Ok(()) } else { Err(would_block(h, sent + kept)) }
}

/// `BlockingIOError` that tells how many bytes were taken.
fn would_block(h: &mut Held, taken: usize) -> Raised {
    let args = [
        h.new_int(libc::EAGAIN.into()),
        h.new_str("write could not complete without blocking"),
        h.new_int(taken as i64),
    ];
    match h.call(Exc::BlockingIOError.class().value(), &args) {
        Ok(exception) => Raised::new(exception),
        Err(raised) => raised,
    }
}

pub(super) fn write_method(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<Buffered> = args.this();
    this.raw(h)?;
    let len = match args[1].downcast::<Bytes>() {
        Some(bytes) => {
            this.check_open(h, "write to closed file")?;
            write(h, this, &bytes.data)?;
            bytes.data.len()
        }
        None => {
            let data = args::bytes(h, &args[1])?;
            this.check_open(h, "write to closed file")?;
            write(h, this, &data)?;
            data.len()
        }
    };
    Ok(h.new_int(len as i64))
}
