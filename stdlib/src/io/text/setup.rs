//! Making a text file, and `reconfigure`.
//!
//! In: the arguments of `TextIOWrapper`. Out: a state that is ready. The one invariant: a file whose making failed stays
//! unmade, and says so.

use super::super::args;
use super::super::raise::unsupported;
use super::{Decoder, Newline, Newlines, Phase, State, TextIo, coding, flush};
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::names::{Name, n};
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use toy_text::codecs::Codec;
use toy_text::codecs::incremental::IncrementalDecoder;

/// What a text file is made with.
pub struct Settings {
    pub encoding: String,
    pub errors: String,
    pub newline: Newline,
    pub line_buffering: bool,
    pub write_through: bool,
}

pub fn init(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<TextIo> = args.this();
    this.phase.set(Phase::Unmade);
    let encoding = text(h, args.opt(2), "encoding")?;
    let errors = text(h, args.opt(3), "errors")?.unwrap_or_else(|| "strict".to_owned());
    let newline = newline(h, args.opt(4))?;
    let settings = Settings {
        encoding: named(encoding),
        errors,
        newline,
        line_buffering: args::flag(h, args.opt(5), false)?,
        write_through: args::flag(h, args.opt(6), false)?,
    };
    start(h, this, &args[1], settings)?;
    Ok(Value::NONE)
}

/// The encoding that files have if none is given.
pub fn named(encoding: Option<String>) -> String {
    match encoding.as_deref() {
        None | Some("locale") => "utf-8".to_owned(),
        Some(name) => name.to_owned(),
    }
}

/// A string argument that may be `None`.
pub fn text(h: &mut Held, value: Option<&Value>, name: &str) -> R<Option<String>> {
    let Some(value) = value.filter(|value| !value.is_none()) else { return Ok(None) };
    match value.downcast::<Str>() {
        Some(text) if text.chars().iter().any(|c| c == 0) => Err(h.value_error("embedded null character")),
        Some(text) => Ok(Some(text.text())),
        None => {
            let got = value.class_name();
            Err(h.type_error(format!("TextIOWrapper() argument '{name}' must be str or None, not {got}")))
        }
    }
}

/// The argument `newline`.
pub fn newline(h: &mut Held, value: Option<&Value>) -> R<Newline> {
    let Some(value) = value.filter(|value| !value.is_none()) else { return Ok(Newline::Universal) };
    let Some(text) = value.downcast::<Str>() else {
        let got = value.class_name();
        return Err(h.type_error(format!("TextIOWrapper() argument 'newline' must be str or None, not {got}")));
    };
    match text.text().as_str() {
        "" => Ok(Newline::Untranslated),
        "\n" => Ok(Newline::Lf),
        "\r" => Ok(Newline::Cr),
        "\r\n" => Ok(Newline::CrLf),
        other => Err(h.value_error(format!("illegal newline value: {other}"))),
    }
}

/// Puts a text file over a buffer.
pub fn start(h: &mut Held, this: &Obj<TextIo>, buffer: &Value, settings: Settings) -> R<()> {
    let codec = coding::lookup(h, &settings.encoding)?;
    let readable = answers(h, buffer, n::readable)?;
    let writable = answers(h, buffer, n::writable)?;
    let seekable = answers(h, buffer, n::seekable)?;
    let has_read1 = h.find_attr(buffer, n::read1.value())?.is_some();
    let mut at_start = true;
    if seekable && writable {
        let at = h.call_method(buffer, n::tell, &[])?;
        at_start = at.as_int().is_some_and(|at| at.is_zero());
    }
    let state = State {
        codec,
        encoding: settings.encoding,
        errors: settings.errors,
        newline: settings.newline,
        line_buffering: settings.line_buffering,
        write_through: settings.write_through,
        decoder: readable.then(|| decoder(codec, settings.newline)),
        writable,
        seekable,
        telling: seekable,
        has_read1,
        at_start,
        ..State::default()
    };
    let old = this.buffer.write(h, |own| own.replace(buffer.clone()));
    drop(old);
    this.state.write(h, |own| *own = state);
    this.chunk.set(super::CHUNK);
    this.phase.set(Phase::Ready);
    Ok(())
}

fn answers(h: &mut Held, buffer: &Value, question: Name) -> R<bool> {
    let answer = h.call_method(buffer, question, &[])?;
    h.truth(&answer)
}

fn decoder(codec: Codec, newline: Newline) -> Decoder {
    let newlines = match newline {
        Newline::Universal => Some(Newlines { translate: true, ..Newlines::default() }),
        Newline::Untranslated => Some(Newlines::default()),
        _ => None,
    };
    Decoder { codec: IncrementalDecoder::new(codec), newlines }
}

/// `reconfigure(*, encoding, errors, newline, line_buffering, write_through)`; `newline` may be given as `None`.
pub fn reconfigure(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<TextIo> = args.this();
    let [encoding, errors] = [args.opt_some(1), args.opt_some(2)];
    let decoding = encoding.is_some() || errors.is_some() || args.opt(3).is_some();
    if decoding && this.state.read(h, |state| state.snapshot.is_some() || !state.decoded.as_chars().is_empty()) {
        return Err(unsupported(h, "It is not possible to set the encoding or newline of stream after the first read"));
    }
    let encoding = text(h, encoding, "encoding")?;
    let errors = text(h, errors, "errors")?;
    let newline = match args.opt(3) {
        Some(value) => newline(h, Some(value))?,
        None => this.state.read(h, |state| state.newline),
    };
    let line_buffering = choice(h, args.opt_some(4))?;
    let write_through = choice(h, args.opt_some(5))?;
    let changed = match &encoding {
        Some(name) => Some((coding::lookup(h, &named(Some(name.clone())))?, named(encoding.clone()))),
        None => None,
    };
    flush(h, this)?;
    this.state.write(h, |state| {
        let old_newline = std::mem::replace(&mut state.newline, newline);
        if changed.is_some() || errors.is_some() {
            state.errors = errors.unwrap_or_else(|| "strict".to_owned());
        }
        if let Some((codec, name)) = changed {
            (state.codec, state.encoding) = (codec, name);
        }
        if state.decoder.is_some() && (decoding || old_newline != newline) {
            state.decoder = Some(decoder(state.codec, newline));
        }
        state.line_buffering = line_buffering.unwrap_or(state.line_buffering);
        state.write_through = write_through.unwrap_or(state.write_through);
    });
    Ok(Value::NONE)
}

fn choice(h: &mut Held, value: Option<&Value>) -> R<Option<bool>> {
    match value {
        Some(value) if value.as_int().is_none() => {
            let got = value.class_name();
            Err(h.type_error(format!("'{got}' object cannot be interpreted as an integer")))
        }
        Some(value) => h.truth(value).map(Some),
        None => Ok(None),
    }
}
