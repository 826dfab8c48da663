//! Files of bytes with a buffer: what `BufferedReader`, `BufferedWriter` and `BufferedRandom` share.
//!
//! In: a raw file, ours or one written in toy. Out: the same with fewer calls. The one invariant: at most one of the two
//! buffers holds anything: what was read ahead is given up (by seeking back) before bytes to write are kept.
//!
//! - `mod.rs`: the data and what all three do; `classes.rs`: their methods by class
//! - `reader.rs`, `writer.rs`: reading and writing; `raw.rs`: calls of the raw file
//! - `pair.rs`: `BufferedRWPair`

pub mod classes;
pub mod pair;
pub mod raw;
pub mod reader;
pub mod writer;

use super::file::FileIo;
use super::raise::{detached, uninitialized, unsupported};
use super::turn::Turn;
use super::{args, base};
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::names::{Name, n};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Word;
use interpreter::sync::{Held, ObjCell};

/// Which of the three it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    #[default]
    Unmade,
    Reader,
    Writer,
    Random,
    Detached,
}

/// The data of a buffered file.
#[derive(Default)]
pub struct Buffered {
    pub(super) raw: ObjCell<Option<Value>>,
    pub(super) inside: ObjCell<Inside>,
    pub(super) turn: Turn,
    pub(super) size: Word<usize>,
    pub(super) role: Word<Role>,
}

interpreter::object!(Buffered, "buffered file", traced[raw]);

impl Buffered {
    /// Whether nothing waits to be written.
    pub fn is_flushed(&self, h: &Held) -> bool {
        self.inside.read(h, |inside| inside.write.is_empty())
    }
}

/// The two buffers.
#[derive(Default)]
pub struct Inside {
    pub read: Vec<u8>,
    /// How much of `read` is used up.
    pub at: usize,
    pub write: Vec<u8>,
}

interpreter::owns_no_values!(Inside);

impl Inside {
    pub fn ahead(&self) -> &[u8] {
        &self.read[self.at..]
    }
}

impl Buffered {
    /// The raw file.
    pub fn raw(&self, h: &Held) -> R {
        match self.role.get() {
            Role::Unmade => Err(uninitialized(h)),
            Role::Detached => Err(detached(h, "raw stream")),
            _ => self.raw.read(h, Clone::clone).ok_or_else(|| uninitialized(h)),
        }
    }

    pub fn is_closed(&self, h: &mut Held) -> R<bool> {
        let raw = self.raw(h)?;
        if let Some(file) = raw.exactly::<FileIo>() {
            return Ok(file.is_closed());
        }
        let closed = h.get(&raw, n::closed)?;
        h.truth(&closed)
    }

    /// ValueError with this message if the raw file is closed.
    pub fn check_open(&self, h: &mut Held, message: &str) -> R<()> {
        if self.is_closed(h)? { Err(h.value_error(message)) } else { Ok(()) }
    }

    /// How many bytes were read ahead.
    fn ahead(&self, h: &Held) -> usize {
        self.inside.read(h, |inside| inside.ahead().len())
    }
}

/// Runs `body` with the file's turn.
pub fn in_turn<T>(h: &mut Held, this: &Obj<Buffered>, body: impl FnOnce(&mut Held) -> R<T>) -> R<T> {
    this.turn.take(h, "a buffered file", body)
}

/// `__init__` of all three.
fn init(h: &mut Held, args: Args<'_>, role: Role) -> R {
    let this: &Obj<Buffered> = args.this();
    this.role.set(Role::Unmade);
    let raw = &args[1];
    let demands: &[(Name, &str)] = match role {
        Role::Reader => &[(n::readable, "File or stream is not readable.")],
        Role::Writer => &[(n::writable, "File or stream is not writable.")],
        _ => &[
            (n::seekable, "File or stream is not seekable."),
            (n::readable, "File or stream is not readable."),
            (n::writable, "File or stream is not writable."),
        ],
    };
    for (question, message) in demands {
        if !h.call_method(raw, *question, &[])?.is(&Value::TRUE) {
            return Err(unsupported(h, message));
        }
    }
    let size = match args.opt(2) {
        Some(size) => h.to_isize(size)?,
        None => super::DEFAULT_BUFFER_SIZE as isize,
    };
    if size <= 0 {
        return Err(h.value_error("buffer size must be strictly positive"));
    }
    start(h, this, raw.clone(), size as usize, role);
    Ok(Value::NONE)
}

/// Gives a new object its raw file.
pub fn start(h: &mut Held, this: &Obj<Buffered>, raw: Value, size: usize, role: Role) {
    let old = this.raw.write(h, |own| own.replace(raw));
    drop(old);
    drop(this.inside.write(h, std::mem::take));
    this.size.set(size);
    this.role.set(role);
}

/// Writes what is kept, and gives up what was read ahead.
fn settle(h: &mut Held, this: &Obj<Buffered>) -> R<()> {
    writer::flush_held(h, this)?;
    let ahead = this.inside.write(h, |inside| {
        let ahead = inside.ahead().len();
        inside.read.clear();
        inside.at = 0;
        ahead
    });
    if ahead > 0 {
        raw::seek(h, this, -(ahead as i64), 1)?;
    }
    Ok(())
}

fn flush(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<Buffered> = args.this();
    if this.role.get() == Role::Reader {
        let raw = this.raw(h)?;
        return h.call_method(&raw, n::flush, &[]);
    }
    this.check_open(h, "flush of closed file")?;
    in_turn(h, this, |h| {
        writer::flush_held(h, this)?;
        if this.ahead(h) > 0 { settle(h, this) } else { Ok(()) }
    })?;
    Ok(Value::NONE)
}

fn close(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<Buffered> = args.this();
    if this.is_closed(h)? {
        return Ok(Value::NONE);
    }
    let flushed = h.call_method(&args[0], n::flush, &[]);
    let raw = this.raw(h)?;
    let closed = h.call_method(&raw, n::close, &[]);
    drop(this.inside.write(h, std::mem::take));
    flushed?;
    closed
}

fn detach(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<Buffered> = args.this();
    this.raw(h)?;
    h.call_method(&args[0], n::flush, &[])?;
    let raw = this.raw.write(h, Option::take);
    this.role.set(Role::Detached);
    raw.ok_or_else(|| detached(h, "raw stream"))
}

fn tell(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<Buffered> = args.this();
    let at = raw::tell(h, this)?;
    let at = this.inside.read(h, |inside| at - inside.ahead().len() as i64 + inside.write.len() as i64);
    Ok(h.new_int(at.max(0)))
}

fn seek(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<Buffered> = args.this();
    this.check_open(h, "seek of closed file")?;
    let whence = args::whence(h, args.opt(2))?;
    if !(0..=4).contains(&whence) {
        return Err(h.value_error(format!("whence value {whence} unsupported")));
    }
    let raw = this.raw(h)?;
    if !h.call_method(&raw, n::seekable, &[])?.is(&Value::TRUE) {
        return Err(unsupported(h, "File or stream is not seekable."));
    }
    let target = args::offset(h, &args[1])?;
    let at = in_turn(h, this, |h| {
        writer::flush_held(h, this)?;
        let ahead = if whence == 1 { this.ahead(h) as i64 } else { 0 };
        let at = raw::seek(h, this, target.saturating_sub(ahead), whence)?;
        this.inside.write(h, |inside| {
            inside.read.clear();
            inside.at = 0;
        });
        Ok(at)
    })?;
    Ok(h.new_int(at))
}

fn truncate(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<Buffered> = args.this();
    this.check_open(h, "truncate of closed file")?;
    if this.role.get() == Role::Reader {
        return Err(unsupported(h, "truncate"));
    }
    in_turn(h, this, |h| settle(h, this))?;
    let raw = this.raw(h)?;
    let size = match args.opt_some(1) {
        Some(size) => size.clone(),
        None => h.call_method(&raw, n::tell, &[])?,
    };
    h.call_method(&raw, n::truncate, &[size])
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let class = args[0].class_name();
    let text = match base::shown_name(h, &args[0])? {
        Some(name) => format!("<{class} name={name}>"),
        None => format!("<{class}>"),
    };
    Ok(h.new_str(&text))
}

/// Asks the raw file.
fn ask(h: &mut Held, this: &Value, name: Name) -> R {
    let raw = match this.downcast::<Buffered>() {
        Some(this) => this.raw(h)?,
        None => return Err(uninitialized(h)),
    };
    h.call_method(&raw, name, &[])
}

/// An attribute of the raw file.
fn of_raw(h: &mut Held, this: &Value, name: Name) -> R {
    let raw = match this.downcast::<Buffered>() {
        Some(this) => this.raw(h)?,
        None => return Err(uninitialized(h)),
    };
    h.get(&raw, name)
}
