//! Exceptions with a few fields of their own: StopIteration, SystemExit, AttributeError, NameError, ImportError, KeyError.
//!
//! In: arguments and keywords. Out: fields that attributes read. The one invariant: a field that was never set reads as
//! `None`, as CPython's members do.

use super::{arg_items, no_keywords, plain_str, reduced, store_args};
use crate::objects::attrs;
use crate::objects::descriptor::{Attr, getset};
use crate::objects::dict::Dict;
use crate::objects::exception::{Exc, Exception};
use crate::objects::function::Args;
use crate::objects::make_class::ClassSpec;
use crate::objects::str::{Str, text_of};
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) fn init(h: &mut Held) {
    static STOP: [Def; 1] = [def("__init__", "*args, **kwargs", init_stop)];
    static STOP_ATTRS: [Attr; 1] = [field::<0>("value")];
    ClassSpec::of(Exc::StopIteration.class()).methods(h, &STOP).attrs(h, &STOP_ATTRS).build(h);
    static EXIT: [Def; 1] = [def("__init__", "*args, **kwargs", init_exit)];
    static EXIT_ATTRS: [Attr; 1] = [field::<0>("code")];
    ClassSpec::of(Exc::SystemExit.class()).methods(h, &EXIT).attrs(h, &EXIT_ATTRS).build(h);
    static ATTRIBUTE: [Def; 1] =
        [def("__init__", "*args, **kwargs", |h, args| init_named(h, args, "AttributeError", &["name", "obj"], 0))];
    static ATTRIBUTE_ATTRS: [Attr; 2] = [field::<0>("name"), field::<1>("obj")];
    ClassSpec::of(Exc::AttributeError.class()).methods(h, &ATTRIBUTE).attrs(h, &ATTRIBUTE_ATTRS).build(h);
    static NAME: [Def; 1] =
        [def("__init__", "*args, **kwargs", |h, args| init_named(h, args, "NameError", &["name"], 0))];
    static NAME_ATTRS: [Attr; 1] = [field::<0>("name")];
    ClassSpec::of(Exc::NameError.class()).methods(h, &NAME).attrs(h, &NAME_ATTRS).build(h);
    static IMPORT_ATTRS: [Attr; 3] = [field::<0>("msg"), field::<1>("name"), field::<2>("path")];
    ClassSpec::of(Exc::ImportError.class()).methods(h, &IMPORT).attrs(h, &IMPORT_ATTRS).build(h);
    static KEY: [Def; 1] = [def("__str__", "", key_str)];
    ClassSpec::of(Exc::KeyError.class()).methods(h, &KEY).build(h);
}

static IMPORT: [Def; 3] = [
    def("__init__", "*args, **kwargs", init_import),
    def("__str__", "", import_str),
    def("__reduce__", "", import_reduce),
];

/// An attribute that reads and writes a field.
pub(super) const fn field<const I: usize>(name: &'static str) -> Attr {
    getset(name, get::<I>, set::<I>)
}

pub(super) fn get<const I: usize>(h: &mut Held, value: &Value) -> R {
    Ok(value.downcast::<Exception>().and_then(|exception| exception.field(h, I)).unwrap_or(Value::NONE))
}

pub(super) fn set<const I: usize>(h: &mut Held, object: &Value, value: Option<&Value>) -> R<()> {
    if let Some(exception) = object.downcast::<Exception>() {
        exception.set_field(h, I, value.cloned());
    }
    Ok(())
}

fn init_stop(h: &mut Held, args: Args<'_>) -> R {
    no_keywords(h, &args[0].class_name(), &args[2])?;
    let exception = args.this::<Exception>();
    store_args(h, exception, args[1].clone());
    exception.set_field(h, 0, args.rest(1).first().cloned());
    Ok(Value::NONE)
}

/// No argument, the only one, or all of them.
fn init_exit(h: &mut Held, args: Args<'_>) -> R {
    no_keywords(h, &args[0].class_name(), &args[2])?;
    let exception = args.this::<Exception>();
    store_args(h, exception, args[1].clone());
    let code = match args.rest(1) {
        [] => return Ok(Value::NONE),
        [only] => only.clone(),
        _ => args[1].clone(),
    };
    exception.set_field(h, 0, Some(code));
    Ok(Value::NONE)
}

/// An `__init__` whose keywords become the fields from `first` on.
fn init_named(h: &mut Held, args: Args<'_>, title: &str, names: &[&str], first: usize) -> R {
    let exception = args.this::<Exception>();
    store_args(h, exception, args[1].clone());
    let mut found = vec![None; names.len()];
    if let Some(keywords) = args[2].downcast::<Dict>() {
        let items = keywords.items(h);
        if items.len() > names.len() {
            let (most, plural) = (names.len(), if names.len() == 1 { "" } else { "s" });
            let given = items.len();
            return Err(
                h.type_error(format!("{title}() takes at most {most} keyword argument{plural} ({given} given)"))
            );
        }
        for (name, value) in items {
            let text = text_of(&name);
            let Some(at) = names.iter().position(|known| *known == text) else {
                return Err(h.type_error(format!("'{text}' is an invalid keyword argument for {title}()")));
            };
            found[at] = Some(value);
        }
    }
    for (i, value) in found.into_iter().enumerate() {
        exception.set_field(h, first + i, value);
    }
    Ok(Value::NONE)
}

fn init_import(h: &mut Held, args: Args<'_>) -> R {
    init_named(h, args, "ImportError", &["name", "path"], 1)?;
    let message = match args.rest(1) {
        [message] => Some(message.clone()),
        _ => None,
    };
    args.this::<Exception>().set_field(h, 0, message);
    Ok(Value::NONE)
}

fn import_str(h: &mut Held, args: Args<'_>) -> R {
    match args.this::<Exception>().field(h, 0).filter(|message| message.exactly::<Str>().is_some()) {
        Some(message) => Ok(message),
        None => plain_str(h, &args[0]),
    }
}

/// Name and path travel in the state.
fn import_reduce(h: &mut Held, args: Args<'_>) -> R {
    let exception = args.this::<Exception>();
    let own = attrs::existing(h, &args[0]);
    let fields = [("name", exception.field(h, 1)), ("path", exception.field(h, 2))];
    let given = exception.args.read(h, Clone::clone);
    if fields.iter().all(|(_, value)| value.is_none()) {
        return Ok(reduced(h, &args[0], given, own.map(|own| own.into_value())));
    }
    let state = h.new_dict();
    if let Some(own) = own {
        state.copy_into(h, &own)?;
    }
    for (name, value) in fields {
        if let Some(value) = value {
            let name = h.intern(name);
            state.set_str(h, &name, value);
        }
    }
    Ok(reduced(h, &args[0], given, Some(state.into_value())))
}

/// The key's repr, so that an empty string can be seen.
fn key_str(h: &mut Held, args: Args<'_>) -> R {
    match &arg_items(h, &args[0])[..] {
        [only] => h.repr(only),
        _ => plain_str(h, &args[0]),
    }
}
