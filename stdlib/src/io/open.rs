//! `open`.
//!
//! In: a name, a mode and what else CPython's `open` takes. Out: a raw, buffered or text file. The one invariant: a file
//! whose making fails half-way is closed.

use super::buffered::{self, Role};
use super::text::setup::{self, Settings};
use super::{args, buffered_classes};
use interpreter::objects::class::Class;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub const SIGNATURE: &str =
    "file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None";

pub static FUNCTIONS: [Def; 3] = [
    def("open", SIGNATURE, open),
    def("open_code", "path", |h, args| {
        if args[0].downcast::<Str>().is_none() {
            let got = args[0].given_name();
            return Err(h.type_error(format!("open_code() argument 'path' must be str, not {got}")));
        }
        let io = h.import_module("_io")?;
        let (name, mode) = (h.intern("open"), h.new_str("rb"));
        h.call_method_named(&io, &name, &[args[0].clone(), mode])
    }),
    def("text_encoding", "encoding, stacklevel=2, /", |h, args| {
        Ok(if args[0].is_none() { h.new_str("locale") } else { args[0].clone() })
    }),
];

/// A parsed mode; that some action is named is the raw file's to check.
#[derive(Default)]
struct Mode {
    creating: bool,
    reading: bool,
    writing: bool,
    appending: bool,
    updating: bool,
    text: bool,
    binary: bool,
}

impl Mode {
    fn parse(h: &mut Held, text: &str) -> R<Mode> {
        let mut mode = Mode::default();
        let invalid = |h: &Held| h.value_error(format!("invalid mode: '{text}'"));
        for (i, c) in text.chars().enumerate() {
            let flag = match c {
                'x' => &mut mode.creating,
                'r' => &mut mode.reading,
                'w' => &mut mode.writing,
                'a' => &mut mode.appending,
                '+' => &mut mode.updating,
                't' => &mut mode.text,
                'b' => &mut mode.binary,
                _ => return Err(invalid(h)),
            };
            *flag = true;
            if text.chars().take(i).any(|earlier| earlier == c) {
                return Err(invalid(h));
            }
        }
        if mode.text && mode.binary {
            return Err(h.value_error("can't have text and binary mode at once"));
        }
        if [mode.creating, mode.reading, mode.writing, mode.appending].iter().filter(|&&on| on).count() > 1 {
            return Err(h.value_error("must have exactly one of create/read/write/append mode"));
        }
        Ok(mode)
    }

    /// The mode of the raw file.
    fn raw(&self) -> String {
        let letters = [
            (self.creating, 'x'),
            (self.reading, 'r'),
            (self.writing, 'w'),
            (self.appending, 'a'),
            (self.updating, '+'),
        ];
        letters.iter().filter(|(on, _)| *on).map(|(_, c)| c).collect()
    }
}

fn string(h: &mut Held, value: Option<&Value>, name: &str) -> R<Option<String>> {
    match value.map(|value| (value, value.downcast::<Str>())) {
        None => Ok(None),
        Some((_, Some(text))) => Ok(Some(text.text())),
        Some((value, None)) => {
            let got = value.given_name();
            let or_none = if name == "mode" { "" } else { " or None" };
            Err(h.type_error(format!("open() argument '{name}' must be str{or_none}, not {got}")))
        }
    }
}

fn open(h: &mut Held, args: Args<'_>) -> R {
    let text = string(h, args.opt(1), "mode")?.unwrap_or_else(|| "r".to_owned());
    let buffering = match args.opt(2) {
        Some(buffering) => args::int(h, buffering)?,
        None => -1,
    };
    let encoding = string(h, args.opt_some(3), "encoding")?;
    let errors = string(h, args.opt_some(4), "errors")?;
    let newline = string(h, args.opt_some(5), "newline")?.is_some();
    let file = match args[0].as_int() {
        Some(_) => args[0].clone(),
        None if h.special(&args[0], n::__fspath__).is_some() => super::path::fspath(h, &args[0])?,
        None => args[0].clone(),
    };
    let mode = Mode::parse(h, &text)?;
    if mode.binary {
        let refused = [(encoding.is_some(), "an encoding"), (errors.is_some(), "an errors"), (newline, "a newline")];
        if let Some((_, what)) = refused.iter().find(|(given, _)| *given) {
            return Err(h.value_error(format!("binary mode doesn't take {what} argument")));
        }
    }
    let settings = Settings {
        encoding: setup::named(encoding),
        errors: errors.unwrap_or_else(|| "strict".to_owned()),
        newline: setup::newline(h, args.opt(5))
            .or_else(|raised| if mode.binary { Ok(Default::default()) } else { Err(raised) })?,
        line_buffering: false,
        write_through: false,
    };
    let raw = open_raw(h, &file, &mode, args)?;
    match wrap(h, &raw, &mode, &text, buffering, settings) {
        Ok(file) => Ok(file),
        Err(raised) => {
            let _ = h.call_method(&raw, n::close, &[]);
            Err(raised)
        }
    }
}

fn open_raw(h: &mut Held, file: &Value, mode: &Mode, args: Args<'_>) -> R {
    let Some(class) = super::known(h, &super::FILE_IO) else { return Err(h.runtime_error("_io is not made")) };
    let raw_mode = h.new_str(&mode.raw());
    let mut all = vec![file.clone(), raw_mode];
    if args.opt(6).is_some() || args.opt_some(7).is_some() {
        all.push(args.opt(6).cloned().unwrap_or(Value::TRUE));
        all.extend(args.opt(7).cloned());
    }
    h.call(class.value(), &all)
}

/// Puts the buffer and the text over a raw file.
fn wrap(h: &mut Held, raw: &Value, mode: &Mode, text: &str, buffering: i32, settings: Settings) -> R {
    let interactive = buffering < 0 && {
        let answer = h.call_method(raw, n::isatty, &[])?;
        h.truth(&answer)?
    };
    let line_buffering = buffering == 1 || interactive;
    if buffering == 1 && mode.binary {
        warn_line_buffering(h)?;
    }
    if buffering == 0 {
        if !mode.binary {
            return Err(h.value_error("can't have unbuffered text I/O"));
        }
        return Ok(raw.clone());
    }
    let size = match buffering {
        ..=-1 | 1 => block_size(h, raw)?,
        size => size as usize,
    };
    let [reader, writer, random] = buffered_classes(h)?;
    let (class, role): (Ref<Class>, Role) = if mode.updating {
        (random, Role::Random)
    } else if mode.reading {
        (reader, Role::Reader)
    } else {
        (writer, Role::Writer)
    };
    if role == Role::Random && !super::file::seekable(h, expect_raw(h, raw)?)? {
        return Err(super::raise::unsupported(h, "File or stream is not seekable."));
    }
    let buffer = h.new_object(&class, buffered::Buffered::default());
    buffered::start(h, &buffer, raw.clone(), size, role);
    if mode.binary {
        return Ok(buffer.into_value());
    }
    let Some(class) = super::known(h, &super::TEXT_IO) else { return Err(h.runtime_error("_io is not made")) };
    let file = h.new_object(&class, super::text::TextIo::default());
    setup::start(h, &file, buffer.value(), Settings { line_buffering, ..settings })?;
    let mode = h.new_str(text);
    let file = file.into_value();
    h.set_attr(&file, n::mode.value(), mode)?;
    Ok(file)
}

fn expect_raw<'a>(h: &Held, raw: &'a Value) -> R<&'a interpreter::objects::header::Obj<super::file::FileIo>> {
    raw.downcast().ok_or_else(|| h.type_error("a FileIO is required"))
}

/// How much a buffer over this raw file holds: what the system recommends.
pub fn block_size(h: &mut Held, raw: &Value) -> R<usize> {
    let name = h.intern("_blksize");
    let size = h.get_attr(raw, &name)?;
    Ok(h.to_isize(&size)?.max(1) as usize)
}

fn warn_line_buffering(h: &mut Held) -> R<()> {
    let warnings = h.import_module("warnings")?;
    let name = h.intern("warn");
    let text = "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used";
    let category = Exc::RuntimeWarning.class().value().clone();
    let args = [h.new_str(text), category];
    h.call_method_named(&warnings, &name, &args)?;
    Ok(())
}
