//! The standard files: `sys.stdin`, `sys.stdout`, `sys.stderr`.
//!
//! In: descriptors 0 to 2. Out: text files over them. The one invariant: they never close their descriptors; one that is not
//! open is `None`.

use super::buffered::{self, Buffered, Role};
use super::text::setup::{self, Settings};
use super::text::{Newline, TextIo};
use super::{FILE_IO, TEXT_IO, buffered_classes, known};
use crate::syscall;
use interpreter::objects::names::{Name, n};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// What the command line asks of the standard files.
#[derive(Default, Clone, Copy)]
pub struct Wishes {
    /// `-u`: nothing stays in a buffer.
    pub unbuffered: bool,
    pub interactive: bool,
}

/// Makes the three and enters them in `sys`, under both of their names.
pub fn install(h: &mut Held, wishes: Wishes) -> R<()> {
    h.import_module("_io")?;
    let sys = h.import_module("sys")?;
    for (fd, name, own) in [(0, n::stdin, "__stdin__"), (1, n::stdout, "__stdout__"), (2, n::stderr, "__stderr__")] {
        let file = if syscall::fstat(fd).is_ok() { make(h, fd, name, wishes)? } else { Value::NONE };
        let own = h.intern(own);
        h.set_attr(&sys, &own, file.clone())?;
        h.set_attr(&sys, name.value(), file)?;
    }
    Ok(())
}

fn make(h: &mut Held, fd: i32, name: Name, wishes: Wishes) -> R {
    let reading = fd == 0;
    let (Some(file_class), Some(text_class)) = (known(h, &FILE_IO), known(h, &TEXT_IO)) else {
        return Err(h.runtime_error("_io is not made"));
    };
    let args = [h.new_int(fd.into()), h.new_str(if reading { "rb" } else { "wb" }), Value::FALSE];
    let raw = h.call(file_class.value(), &args)?;
    let title = h.new_str(&format!("<{}>", name.text()));
    h.set_attr(&raw, n::name.value(), title)?;
    let is_terminal = syscall::isatty(fd);
    let [reader, writer, _] = buffered_classes(h)?;
    let unbuffered = wishes.unbuffered && !reading;
    let below = if unbuffered {
        raw
    } else {
        let class = if reading { reader } else { writer };
        let buffer = h.new_object(&class, Buffered::default());
        let role = if reading { Role::Reader } else { Role::Writer };
        let size = super::open::block_size(h, &raw)?;
        buffered::start(h, &buffer, raw, size, role);
        buffer.into_value()
    };
    let (encoding, errors) = encoding_of(fd);
    let settings = Settings {
        encoding,
        errors,
        newline: if reading { Newline::Universal } else { Newline::Lf },
        line_buffering: !unbuffered && (fd == 2 || is_terminal || wishes.interactive),
        write_through: unbuffered,
    };
    let text = h.new_object(&text_class, TextIo::default());
    setup::start(h, &text, &below, settings)?;
    let text = text.into_value();
    let mode = h.new_str(if reading { "r" } else { "w" });
    h.set_attr(&text, n::mode.value(), mode)?;
    Ok(text)
}

/// Encoding and error handler: `PYTHONIOENCODING` counts, else UTF-8.
fn encoding_of(fd: i32) -> (String, String) {
    let usual = if fd == 2 { "backslashreplace" } else { "strict" };
    let wish = std::env::var("PYTHONIOENCODING").unwrap_or_default();
    let (encoding, errors) = wish.split_once(':').unwrap_or((&wish, ""));
    let encoding = if toy_text::codecs::lookup(encoding).is_some() { encoding } else { "utf-8" };
    let errors = if errors.is_empty() || fd == 2 { usual } else { errors };
    (encoding.to_owned(), errors.to_owned())
}
