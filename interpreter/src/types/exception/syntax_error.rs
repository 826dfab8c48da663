//! SyntaxError: where in which source.
//!
//! In: a message and `(filename, lineno, offset, text[, end_lineno, end_offset])`. Out: the fields that a report reads. The one
//! invariant: the places of the fields are those of `runtime/compile.rs`.

use super::fields::field;
use super::{no_keywords, store_args};
use crate::objects::descriptor::Attr;
use crate::objects::exception::{Exc, Exception};
use crate::objects::function::Args;
use crate::objects::make_class::ClassSpec;
use crate::objects::str::{Str, text_of};
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) fn init(h: &mut Held) {
    static METHODS: [Def; 2] = [def("__init__", "*args, **kwargs", init_syntax_error), def("__str__", "", str)];
    static ATTRS: [Attr; 8] = [
        field::<0>("msg"),
        field::<1>("filename"),
        field::<2>("lineno"),
        field::<3>("offset"),
        field::<4>("text"),
        field::<5>("end_lineno"),
        field::<6>("end_offset"),
        field::<7>("print_file_and_line"),
    ];
    ClassSpec::of(Exc::SyntaxError.class()).methods(h, &METHODS).attrs(h, &ATTRS).build(h);
}

fn init_syntax_error(h: &mut Held, args: Args<'_>) -> R {
    no_keywords(h, &args[0].class_name(), &args[2])?;
    let exception = args.this::<Exception>();
    store_args(h, exception, args[1].clone());
    let given = args.rest(1);
    if let Some(message) = given.first() {
        exception.set_field(h, 0, Some(message.clone()));
    }
    let [_, place] = given else { return Ok(Value::NONE) };
    let place = h.collect(place)?;
    check_place(h, place.len())?;
    for i in 0..6 {
        exception.set_field(h, i + 1, place.get(i).cloned());
    }
    Ok(Value::NONE)
}

fn check_place(h: &mut Held, given: usize) -> R<()> {
    match given {
        0..4 => Err(h.type_error(format!("function takes at least 4 arguments ({given} given)"))),
        4 | 6 => Ok(()),
        5 => Err(h.type_error("end_offset must be provided when end_lineno is provided")),
        _ => Err(h.type_error(format!("function takes at most 6 arguments ({given} given)"))),
    }
}

fn str(h: &mut Held, args: Args<'_>) -> R {
    let exception = args.this::<Exception>();
    let message = exception.field(h, 0).unwrap_or(Value::NONE);
    let filename = exception.field(h, 1).filter(|filename| filename.downcast::<Str>().is_some());
    let lineno = exception.field(h, 2).filter(Value::is_exact_int);
    if filename.is_none() && lineno.is_none() {
        return h.to_str(&message);
    }
    let file = filename.map(|filename| text_of(&filename));
    let file = file.as_deref().map(|file| file.rsplit('/').next().unwrap_or(file));
    let line = match lineno {
        Some(lineno) => Some(h.str_text(&lineno)?),
        None => None,
    };
    let message = h.str_text(&message)?;
    let text = match (file, line) {
        (Some(file), Some(line)) => format!("{message} ({file}, line {line})"),
        (Some(file), None) => format!("{message} ({file})"),
        (None, Some(line)) => format!("{message} (line {line})"),
        (None, None) => message,
    };
    Ok(h.new_str(&text))
}
