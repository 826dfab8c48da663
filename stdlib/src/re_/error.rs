//! Errors and warnings of patterns and templates as exceptions.
//!
//! In: what `toy-regex` says. Out: `re.error` and its kin. The one invariant: a warning is attributed to the code that
//! called the module `re`.

use interpreter::objects::exception::Exc;
use interpreter::objects::names::n;
use interpreter::objects::str::text_of;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::sync::Held;
use toy_regex::{Error, ErrorKind, Warning};

/// The exception for an error in `source`, a pattern or a template.
#[cold]
pub fn raise(h: &mut Held, error: &Error, source: &Value) -> Raised {
    match error.kind {
        ErrorKind::Regex => regex_error(h, error, source).unwrap_or_else(|raised| raised),
        ErrorKind::Overflow => h.overflow_error(&error.msg),
        ErrorKind::Recursion => h.error(Exc::RecursionError, &error.msg),
        ErrorKind::Value => h.value_error(&error.msg),
        ErrorKind::Index => h.index_error(&error.msg),
    }
}

fn regex_error(h: &mut Held, error: &Error, source: &Value) -> R<Raised> {
    let re = h.import_module("re")?;
    let name = h.intern("error");
    let class = h.get_attr(&re, &name)?;
    let pos = error.pos.map_or(Value::NONE, |pos| h.new_int(pos as i64));
    let args = [h.new_str(&error.msg), source.clone(), pos];
    Ok(Raised::new(h.call(&class, &args)?))
}

pub fn warn(h: &mut Held, warnings: &[Warning]) -> R<()> {
    for warning in warnings {
        let module = h.import_module("warnings")?;
        let name = h.intern("warn");
        let warn = h.get_attr(&module, &name)?;
        let category = if warning.future { Exc::FutureWarning } else { Exc::DeprecationWarning };
        let args = [h.new_str(&warning.msg), category.class().value().clone(), h.new_int(level(h))];
        h.call(&warn, &args)?;
    }
    Ok(())
}

/// 2 if a function of the module `re` called us, 1 if the program did.
fn level(h: &Held) -> i64 {
    let module = h.current_globals().and_then(|globals| globals.get_str(h, n::__name__.value()));
    if module.is_some_and(|module| text_of(&module) == "re") { 2 } else { 1 }
}
