//! Exceptions: construction, text, attributes.
//!
//! In: classes and arguments. Out: what `raise` raises. The one invariant: fields of particular classes stand in
//! `Exception::fields` in fixed places, which `native_fields` and the attribute tables of `fields.rs` agree on.

mod fields;
mod group;
mod os_error;
mod syntax_error;
mod unicode;

use crate::objects::attrs;
use crate::objects::class::Class;
use crate::objects::descriptor::{Attr, getset};
use crate::objects::dict::Dict;
use crate::objects::exception::{Exc, Exception, Traceback};
use crate::objects::function::Args;
use crate::objects::list::List;
use crate::objects::make_class::ClassSpec;
use crate::objects::names::n;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::{Held, ObjCell};

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "*args, **kwargs", new).lazy_keywords();
    ClassSpec::of(Exc::BaseException.class()).constructor(h, &NEW).methods(h, &METHODS).attrs(h, &ATTRS).build(h);
    fields::init(h);
    os_error::init(h);
    syntax_error::init(h);
    unicode::init(h);
    group::init(h);
}

static METHODS: [Def; 7] = [
    def("__init__", "*args, **kwargs", init_exception).lazy_keywords(),
    def("__repr__", "", repr),
    def("__str__", "", |h, args| plain_str(h, &args[0])),
    def("__reduce__", "", reduce),
    def("__setstate__", "state, /", setstate),
    def("with_traceback", "tb, /", |h, args| {
        set_traceback(h, &args[0], Some(&args[1]))?;
        Ok(args[0].clone())
    })
    .doc("Exception.with_traceback(tb) --\n    set self.__traceback__ to tb and return self."),
    def("add_note", "note, /", add_note).doc("Exception.add_note(note) --\n    add a note to the exception"),
];

static ATTRS: [Attr; 6] = [
    getset("__dict__", |h, value| Ok(attrs::make(h, value).into_value()), set_dict),
    getset("args", |h, value| Ok(args_of(h, value)), set_args),
    getset("__traceback__", |h, value| link(h, value, |e| &e.traceback), set_traceback),
    getset("__cause__", |h, value| link(h, value, |e| &e.cause), set_cause),
    getset("__context__", |h, value| link(h, value, |e| &e.context), set_context),
    getset(
        "__suppress_context__",
        |_, value| Ok(Value::bool(value.downcast::<Exception>().is_some_and(|e| e.suppress_context.get()))),
        set_suppress_context,
    ),
];

/// `BaseException.__new__`: keeps the positional arguments; keywords are `__init__`'s business.
fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
    Ok(h.new_exception(class, args[1].clone()).into_value())
}

fn init_exception(h: &mut Held, args: Args<'_>) -> R {
    if !args[2].is_none() {
        no_keywords(h, &args[0].class_name(), &args[2])?;
    }
    store_args(h, args.this(), args[1].clone());
    Ok(Value::NONE)
}

/// Replaces `args`.
fn store_args(h: &mut Held, exception: &Exception, given: Value) {
    let old = exception.args.write(h, |own| std::mem::replace(own, given));
    drop(old);
}

/// TypeError if a dict of keywords is not empty.
fn no_keywords(h: &mut Held, title: &str, keywords: &Value) -> R<()> {
    match keywords.downcast::<Dict>() {
        Some(dict) if !dict.is_empty(h) => Err(h.type_error(format!("{title}() takes no keyword arguments"))),
        _ => Ok(()),
    }
}

/// The tuple of arguments.
fn args_of(h: &Held, value: &Value) -> Value {
    let args = value.downcast::<Exception>().map(|exception| exception.args.read(h, Clone::clone));
    args.unwrap_or_else(|| crate::objects::core().empty_tuple.clone())
}

/// The items of the tuple of arguments.
fn arg_items(h: &Held, value: &Value) -> Vec<Value> {
    args_of(h, value).downcast::<Tuple>().map(|args| args.items().to_vec()).unwrap_or_default()
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let given = args_of(h, &args[0]);
    let inner = match given.downcast::<Tuple>().map(|given| given.items()) {
        Some([only]) => format!("({})", h.repr_text(only)?),
        _ => h.repr_text(&given)?,
    };
    Ok(h.new_str(&format!("{}{inner}", args[0].class_name())))
}

/// `BaseException.__str__`.
fn plain_str(h: &mut Held, value: &Value) -> R {
    let given = args_of(h, value);
    match given.downcast::<Tuple>().map(|given| given.items()) {
        Some([]) | None => Ok(h.new_str("")),
        Some([only]) => h.to_str(only),
        Some(_) => h.repr(&given),
    }
}

/// `(class, args)`, with the attribute dict if there is one.
fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let state = attrs::existing(h, &args[0]).map(|dict| dict.into_value());
    let given = args_of(h, &args[0]);
    Ok(reduced(h, &args[0], given, state))
}

fn reduced(h: &Held, value: &Value, args: Value, state: Option<Value>) -> Value {
    let class = value.class().to_value();
    h.new_tuple([class, args].into_iter().chain(state).collect())
}

fn setstate(h: &mut Held, args: Args<'_>) -> R {
    if args[1].is_none() {
        return Ok(Value::NONE);
    }
    let Some(state) = args[1].downcast::<Dict>() else { return Err(h.type_error("state is not a dictionary")) };
    for (name, value) in state.items(h) {
        let name = h.intern_value(&name);
        h.set_attr(&args[0], &name, value)?;
    }
    Ok(Value::NONE)
}

fn add_note(h: &mut Held, args: Args<'_>) -> R {
    if args[1].downcast::<Str>().is_none() {
        return Err(h.type_error(format!("note must be a str, not '{}'", args[1].class_name())));
    }
    let notes = match h.find_attr(&args[0], n::__notes__.value())? {
        Some(notes) => notes,
        None => {
            let notes = h.new_list(Vec::new());
            h.set_attr(&args[0], n::__notes__.value(), notes.clone())?;
            notes
        }
    };
    let Some(notes) = notes.downcast::<List>() else {
        return Err(h.type_error("Cannot add note: __notes__ is not a list"));
    };
    notes.push(h, args[1].clone());
    Ok(Value::NONE)
}

fn set_args(h: &mut Held, object: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(h.type_error("args may not be deleted")) };
    let items = h.collect(value)?;
    let items = h.new_tuple(items);
    if let Some(exception) = object.downcast::<Exception>() {
        store_args(h, exception, items);
    }
    Ok(())
}

fn set_dict(h: &mut Held, object: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(h.type_error("cannot delete __dict__")) };
    match value.clone().into_ref::<Dict>() {
        Ok(dict) => attrs::replace(h, object, dict),
        Err(other) => {
            let got = other.class_name();
            return Err(h.type_error(format!("__dict__ must be set to a dictionary, not a '{got}'")));
        }
    }
    Ok(())
}

type Link = fn(&Exception) -> &ObjCell<Option<Value>>;

fn link(h: &mut Held, object: &Value, which: Link) -> R {
    let found = object.downcast::<Exception>().and_then(|exception| which(exception).read(h, Clone::clone));
    Ok(found.unwrap_or(Value::NONE))
}

fn set_link(h: &mut Held, object: &Value, value: &Value, which: Link) {
    if let Some(exception) = object.downcast::<Exception>() {
        let value = Some(value.clone()).filter(|value| !value.is_none());
        let old = which(exception).write(h, |own| std::mem::replace(own, value));
        drop(old);
    }
}

fn set_traceback(h: &mut Held, object: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(h.type_error("__traceback__ may not be deleted")) };
    if !value.is_none() && value.downcast::<Traceback>().is_none() {
        return Err(h.type_error("__traceback__ must be a traceback or None"));
    }
    set_link(h, object, value, |e| &e.traceback);
    Ok(())
}

fn set_cause(h: &mut Held, object: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(h.type_error("__cause__ may not be deleted")) };
    if !value.is_none() && value.downcast::<Exception>().is_none() {
        return Err(h.type_error("exception cause must be None or derive from BaseException"));
    }
    set_link(h, object, value, |e| &e.cause);
    if let Some(exception) = object.downcast::<Exception>() {
        exception.suppress_context.set(true);
    }
    Ok(())
}

fn set_context(h: &mut Held, object: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(h.type_error("__context__ may not be deleted")) };
    if !value.is_none() && value.downcast::<Exception>().is_none() {
        return Err(h.type_error("exception context must be None or derive from BaseException"));
    }
    set_link(h, object, value, |e| &e.context);
    Ok(())
}

fn set_suppress_context(h: &mut Held, object: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(h.type_error("can't delete numeric/char attribute")) };
    let Some(on) = value.as_bool() else { return Err(h.type_error("attribute value type must be bool")) };
    if let Some(exception) = object.downcast::<Exception>() {
        exception.suppress_context.set(on);
    }
    Ok(())
}

/// The fields of an exception that the machine makes without running its `__init__`.
pub(crate) fn native_fields(exc: Exc, args: &Value) -> Vec<Option<Value>> {
    let items = args.downcast::<Tuple>().map_or(&[][..], |args| args.items());
    let first = || items.first().map(|first| vec![Some(first.clone())]).unwrap_or_default();
    match exc {
        Exc::StopIteration | Exc::SyntaxError | Exc::IndentationError | Exc::TabError => first(),
        Exc::SystemExit if items.len() > 1 => vec![Some(args.clone())],
        Exc::SystemExit => first(),
        Exc::ImportError | Exc::ModuleNotFoundError if items.len() == 1 => first(),
        _ if is_os_error(exc) && items.len() == 2 => items.iter().cloned().map(Some).collect(),
        _ => Vec::new(),
    }
}

fn is_os_error(exc: Exc) -> bool {
    (Exc::OSError as usize..=Exc::TimeoutError as usize).contains(&(exc as usize))
}
