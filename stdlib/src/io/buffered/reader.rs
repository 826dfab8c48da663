//! Reading with a buffer.
//!
//! In: sizes. Out: bytes. The one invariant: bytes leave the buffer in the order of the file, each once; the caller has the
//! file's turn.

use super::super::args;
use super::{Buffered, Role, in_turn, raw, writer};
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// `read(size)`; nothing if the file would block before the first byte.
pub fn read(h: &mut Held, this: &Obj<Buffered>, size: Option<usize>) -> R<Option<Vec<u8>>> {
    in_turn(h, this, |h| {
        prepare(h, this)?;
        let mut data = take(h, this, size.unwrap_or(usize::MAX));
        let whole = match size {
            None => raw::read_all(h, this, &mut data)?,
            Some(size) => read_rest(h, this, &mut data, size)?,
        };
        Ok(if data.is_empty() && !whole { None } else { Some(data) })
    })
}

/// Reads until `data` has `size` bytes or the file ends; false if it would block.
fn read_rest(h: &mut Held, this: &Obj<Buffered>, data: &mut Vec<u8>, size: usize) -> R<bool> {
    while data.len() < size {
        let missing = size - data.len();
        let got = if missing >= this.size.get() {
            if data.try_reserve(missing.min(super::super::file::MOST)).is_err() {
                return Err(h.memory_error());
            }
            raw::read(h, this, data, missing)?
        } else {
            let got = fill(h, this)?;
            data.extend_from_slice(&take(h, this, missing));
            got
        };
        match got {
            Some(0) => return Ok(true),
            Some(_) => (),
            None => return Ok(false),
        }
    }
    Ok(true)
}

/// At most one read of the raw file, of `size` bytes at most; all that was read ahead if there is any.
pub fn read1(h: &mut Held, this: &Obj<Buffered>, size: usize) -> R<Vec<u8>> {
    in_turn(h, this, |h| {
        prepare(h, this)?;
        let mut data = take(h, this, size);
        if data.is_empty() && size > 0 {
            raw::read(h, this, &mut data, size)?;
        }
        Ok(data)
    })
}

/// A line with its end, or `limit` bytes of it.
pub fn readline(h: &mut Held, this: &Obj<Buffered>, limit: Option<usize>) -> R<Vec<u8>> {
    let limit = limit.unwrap_or(usize::MAX);
    in_turn(h, this, |h| {
        prepare(h, this)?;
        let mut line = Vec::new();
        loop {
            let end = this.inside.read(h, |inside| line_end(inside.ahead(), limit - line.len()));
            match end {
                Ok(end) => {
                    let rest = take(h, this, end);
                    return Ok(if line.is_empty() { rest } else { line.into_iter().chain(rest).collect() });
                }
                Err(all) => line.extend_from_slice(&take(h, this, all)),
            }
            if fill(h, this)?.unwrap_or(0) == 0 {
                return Ok(line);
            }
        }
    })
}

/// Where a line ends in `ahead`, or how much of it is all line.
fn line_end(ahead: &[u8], limit: usize) -> Result<usize, usize> {
    let seen = &ahead[..ahead.len().min(limit)];
    match memchr(seen) {
        Some(at) => Ok(at + 1),
        None if seen.len() == limit => Ok(limit),
        None => Err(seen.len()),
    }
}

fn memchr(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|&b| b == b'\n')
}

/// What is read ahead, at least one byte if there is one.
pub fn peek(h: &mut Held, this: &Obj<Buffered>) -> R<Vec<u8>> {
    in_turn(h, this, |h| {
        prepare(h, this)?;
        if this.ahead(h) == 0 {
            fill(h, this)?;
        }
        Ok(this.inside.read(h, |inside| inside.ahead().to_vec()))
    })
}

/// Bytes to write go out before reading.
fn prepare(h: &mut Held, this: &Obj<Buffered>) -> R<()> {
    if this.role.get() == Role::Random { writer::flush_held(h, this) } else { Ok(()) }
}

/// Takes what was read ahead out of the buffer, at most `most` bytes.
fn take(h: &mut Held, this: &Obj<Buffered>, most: usize) -> Vec<u8> {
    this.inside.write(h, |inside| {
        let n = inside.ahead().len().min(most);
        if n == inside.read.len() {
            inside.at = 0;
            return std::mem::take(&mut inside.read);
        }
        let data = inside.ahead()[..n].to_vec();
        inside.at += n;
        data
    })
}

/// Reads ahead; the buffer is empty before.
fn fill(h: &mut Held, this: &Obj<Buffered>) -> R<Option<usize>> {
    let (mut data, at) =
        this.inside.write(h, |inside| (std::mem::take(&mut inside.read), std::mem::take(&mut inside.at)));
    data.drain(..at);
    let got = raw::read(h, this, &mut data, this.size.get());
    this.inside.write(h, |inside| inside.read = data);
    got
}

pub(super) fn read_method(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<Buffered> = args.this();
    let size = args::size(h, args.opt(1))?;
    if size.is_none() && args.opt_some(1).is_some_and(|size| size.as_int().and_then(|int| int.to_i64()) != Some(-1)) {
        return Err(h.value_error("read length must be non-negative or -1"));
    }
    this.check_open(h, "read of closed file")?;
    Ok(read(h, this, size)?.map_or(Value::NONE, |data| h.new_bytes(&data)))
}

pub(super) fn read1_method(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<Buffered> = args.this();
    let size = match args.opt(1) {
        Some(size) => usize::try_from(h.to_isize(size)?).unwrap_or(this.size.get()),
        None => this.size.get(),
    };
    this.check_open(h, "read of closed file")?;
    let data = read1(h, this, size)?;
    Ok(h.new_bytes(&data))
}

pub(super) fn readline_method(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<Buffered> = args.this();
    let limit = args::size(h, args.opt(1))?;
    this.check_open(h, "readline of closed file")?;
    let line = readline(h, this, limit)?;
    Ok(h.new_bytes(&line))
}

pub(super) fn peek_method(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<Buffered> = args.this();
    this.check_open(h, "peek of closed file")?;
    let ahead = peek(h, this)?;
    Ok(h.new_bytes(&ahead))
}

pub(super) fn readinto_method(h: &mut Held, args: Args<'_>, once: bool) -> R {
    let this: &Obj<Buffered> = args.this();
    let room = args::room(h, if once { "readinto1" } else { "readinto" }, &args[1])?;
    this.check_open(h, "readinto of closed file")?;
    let data = if once { Some(read1(h, this, room)?) } else { read(h, this, Some(room))? };
    let Some(data) = data else { return Ok(Value::NONE) };
    args::fill(h, &args[1], &data)?;
    Ok(h.new_int(data.len() as i64))
}

/// The step of a `for` loop over lines of bytes.
pub(super) fn next(h: &mut Held, this: &Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Buffered>() else { return Ok(None) };
    if !matches!(this.role.get(), Role::Reader | Role::Random) {
        this.raw(h)?;
        return Err(super::super::raise::unsupported(h, "read"));
    }
    this.check_open(h, "readline of closed file")?;
    let line = readline(h, this, None)?;
    Ok(if line.is_empty() { None } else { Some(h.new_bytes(&line)) })
}
