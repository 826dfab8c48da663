//! OSError: the subclass that an errno picks, and errors of the system as exceptions.
//!
//! In: errno, message, file names; or a `std::io::Error`. Out: FileNotFoundError and the like. The one invariant: `args` holds
//! errno and message only; the file names stand in fields.

use super::fields::field;
use super::{no_keywords, plain_str, reduced, store_args};
use crate::objects::attrs;
use crate::objects::class::Class;
use crate::objects::descriptor::{Attr, getset};
use crate::objects::exception::{Exc, Exception};
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::make_class::ClassSpec;
use crate::objects::names::{Name, n};
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use std::io::ErrorKind;

/// `characters_written`, which is no member in CPython either.
const WRITTEN: usize = 4;

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "*args, **kwargs", new);
    ClassSpec::of(Exc::OSError.class()).constructor(h, &NEW).methods(h, &METHODS).attrs(h, &ATTRS).build(h);
}

static METHODS: [Def; 3] =
    [def("__init__", "*args, **kwargs", init_os_error), def("__str__", "", str), def("__reduce__", "", reduce)];

static ATTRS: [Attr; 5] = [
    field::<0>("errno"),
    field::<1>("strerror"),
    field::<2>("filename"),
    field::<3>("filename2"),
    getset("characters_written", get_written, set_written),
];

/// The subclass for an errno.
fn class_of_errno(errno: i32) -> Option<Exc> {
    Some(match errno {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => Exc::BlockingIOError,
        libc::EPIPE | libc::ESHUTDOWN => Exc::BrokenPipeError,
        libc::ECHILD => Exc::ChildProcessError,
        libc::ECONNABORTED => Exc::ConnectionAbortedError,
        libc::ECONNREFUSED => Exc::ConnectionRefusedError,
        libc::ECONNRESET => Exc::ConnectionResetError,
        libc::EEXIST => Exc::FileExistsError,
        libc::ENOENT => Exc::FileNotFoundError,
        libc::EISDIR => Exc::IsADirectoryError,
        libc::ENOTDIR => Exc::NotADirectoryError,
        libc::EINTR => Exc::InterruptedError,
        libc::EACCES | libc::EPERM => Exc::PermissionError,
        libc::ESRCH => Exc::ProcessLookupError,
        libc::ETIMEDOUT => Exc::TimeoutError,
        _ => return None,
    })
}

/// Whether a subclass has its own `__init__` but not its own `__new__`: then `__init__` gets the arguments.
fn init_decides(h: &Held, class: &Obj<Class>) -> bool {
    let inherited = |name: Name| {
        let own = Exc::OSError.class().dict.get_str(h, name.value());
        match (class.lookup(h, name.value()), own) {
            (Some(found), Some(own)) => found.is(&own),
            _ => false,
        }
    };
    inherited(n::__new__) && !inherited(n::__init__)
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
    if init_decides(h, class) {
        let empty = crate::objects::core().empty_tuple.clone();
        return Ok(h.new_exception(class, empty).into_value());
    }
    no_keywords(h, &class.name_text(), &args[2])?;
    let class = picked_class(class, args.rest(1)).to_ref();
    let exception = h.new_exception(&class, args[1].clone());
    fill(h, &exception, &args[1])?;
    Ok(exception.into_value())
}

/// `OSError` itself becomes the subclass for its errno.
fn picked_class<'a>(class: &'a Obj<Class>, args: &[Value]) -> &'a Obj<Class> {
    if !std::ptr::eq(class, &**Exc::OSError.class()) || !(2..=5).contains(&args.len()) {
        return class;
    }
    let errno = args[0].as_int().and_then(|errno| errno.to_i64()).and_then(|errno| i32::try_from(errno).ok());
    match errno.and_then(class_of_errno) {
        Some(exc) => exc.class(),
        None => class,
    }
}

fn init_os_error(h: &mut Held, args: Args<'_>) -> R {
    let class = args[0].class().to_ref();
    if !init_decides(h, &class) {
        return Ok(Value::NONE);
    }
    no_keywords(h, &class.name_text(), &args[2])?;
    fill(h, args.this(), &args[1])?;
    Ok(Value::NONE)
}

/// Spreads two to five arguments (the fourth is Windows's error number) over the fields.
fn fill(h: &mut Held, exception: &Obj<Exception>, args: &Value) -> R<()> {
    let items = args.downcast::<Tuple>().map(|args| args.items().to_vec()).unwrap_or_default();
    if !(2..=5).contains(&items.len()) {
        store_args(h, exception, args.clone());
        return Ok(());
    }
    let mut kept = args.clone();
    if let Some(filename) = items.get(2).filter(|filename| !filename.is_none()) {
        if std::ptr::eq(exception.class(), &**Exc::BlockingIOError.class()) && filename.as_int().is_some() {
            let written = h.to_isize(filename)?;
            let written = h.new_int(written as i64);
            exception.set_field(h, WRITTEN, Some(written));
        } else {
            exception.set_field(h, 2, Some(filename.clone()));
            kept = h.tuple_of(&items[..2]);
            let second = items.get(4).filter(|second| !second.is_none());
            exception.set_field(h, 3, second.cloned());
        }
    }
    exception.set_field(h, 0, Some(items[0].clone()));
    exception.set_field(h, 1, Some(items[1].clone()));
    store_args(h, exception, kept);
    Ok(())
}

fn str(h: &mut Held, args: Args<'_>) -> R {
    let exception = args.this::<Exception>();
    let field = |h: &Held, i| exception.field(h, i);
    let (errno, strerror) = (field(h, 0), field(h, 1));
    if let Some(filename) = field(h, 2) {
        let errno = h.str_text(&errno.unwrap_or(Value::NONE))?;
        let strerror = h.str_text(&strerror.unwrap_or(Value::NONE))?;
        let mut text = format!("[Errno {errno}] {strerror}: {}", h.repr_text(&filename)?);
        if let Some(second) = field(h, 3) {
            text += &format!(" -> {}", h.repr_text(&second)?);
        }
        return Ok(h.new_str(&text));
    }
    match (errno, strerror) {
        (Some(errno), Some(strerror)) => {
            let text = format!("[Errno {}] {}", h.str_text(&errno)?, h.str_text(&strerror)?);
            Ok(h.new_str(&text))
        }
        _ => plain_str(h, &args[0]),
    }
}

/// The file names go back into the arguments.
fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let exception = args.this::<Exception>();
    let mut given = exception.args.read(h, Clone::clone);
    let two = given.downcast::<Tuple>().map(|given| given.items().to_vec()).filter(|given| given.len() == 2);
    if let (Some(mut items), Some(filename)) = (two, exception.field(h, 2)) {
        items.push(filename);
        if let Some(second) = exception.field(h, 3) {
            items.extend([Value::NONE, second]);
        }
        given = h.new_tuple(items);
    }
    let state = attrs::existing(h, &args[0]).map(|dict| dict.into_value());
    Ok(reduced(h, &args[0], given, state))
}

fn get_written(h: &mut Held, value: &Value) -> R {
    let written = value.downcast::<Exception>().and_then(|exception| exception.field(h, WRITTEN));
    written.ok_or_else(|| h.error(Exc::AttributeError, "characters_written"))
}

fn set_written(h: &mut Held, object: &Value, value: Option<&Value>) -> R<()> {
    let written = match value {
        Some(value) => {
            let written = h.to_isize(value)?;
            Some(h.new_int(written as i64))
        }
        None => {
            get_written(h, object)?;
            None
        }
    };
    if let Some(exception) = object.downcast::<Exception>() {
        exception.set_field(h, WRITTEN, written);
    }
    Ok(())
}

impl Held {
    /// What a failed system call raises: `filename` is the path as the program gave it.
    #[cold]
    pub fn os_error(&mut self, error: std::io::Error, filename: Option<&Value>) -> Raised {
        let Some(errno) = error.raw_os_error() else { return self.io_error(error) };
        self.os_error_of(errno, filename, None)
    }

    /// `OSError(errno, strerror(errno), filename, None, filename2)`.
    #[cold]
    pub fn os_error_of(&mut self, errno: i32, filename: Option<&Value>, filename2: Option<&Value>) -> Raised {
        let class = class_of_errno(errno).unwrap_or(Exc::OSError).class();
        let args = [self.new_int(errno as i64), self.new_str(&strerror(errno))];
        let exception = self.new_exception(class, self.tuple_of(&args));
        exception.set_field(self, 0, Some(args[0].clone()));
        exception.set_field(self, 1, Some(args[1].clone()));
        exception.set_field(self, 2, filename.filter(|name| !name.is_none()).cloned());
        exception.set_field(self, 3, filename2.filter(|name| !name.is_none()).cloned());
        Raised::new(exception.into_value())
    }

    /// An error that Rust's library found itself.
    fn io_error(&mut self, error: std::io::Error) -> Raised {
        match error.kind() {
            ErrorKind::InvalidInput => self.value_error("embedded null byte"),
            ErrorKind::UnexpectedEof => self.error(Exc::EOFError, error.to_string()),
            ErrorKind::WriteZero => self.error(Exc::OSError, error.to_string()),
            ErrorKind::OutOfMemory => self.memory_error(),
            _ => self.error(Exc::OSError, error.to_string()),
        }
    }
}

/// The system's text for an error number.
pub fn strerror(errno: i32) -> String {
    let text = std::io::Error::from_raw_os_error(errno).to_string();
    let end = text.rfind(" (os error").unwrap_or(text.len());
    text[..end].to_owned()
}
