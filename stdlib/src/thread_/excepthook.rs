//! `_thread._excepthook`: shows an exception that left `Thread.run`.
//!
//! In: the four values of `_ExceptHookArgs`. Out: a traceback on stderr under the thread's name. The one invariant:
//! `SystemExit` is passed over in silence.

use interpreter::objects::class::Class;
use interpreter::objects::exception::{Exc, Exception};
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::names::n;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::traceback;
use interpreter::sync::Held;

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

/// Makes the class of the argument.
pub fn class(h: &mut Held) -> Value {
    let fields = ["exc_type", "exc_value", "exc_traceback", "thread"];
    let class = h.new_struct_class("_thread", "_ExceptHookArgs", &fields, fields.len());
    CLASS.write(h, |place| *place = Some(class.clone()));
    class.into_value()
}

/// `_excepthook(args)`.
pub fn excepthook(h: &mut Held, args: Args<'_>) -> R {
    let class = CLASS.read(h, Clone::clone);
    let given =
        args[0].downcast::<Tuple>().filter(|_| class.is_some_and(|class| args[0].class().is_subclass_of(&class)));
    let Some([exc_type, exc_value, exc_traceback, thread]) = given.map(|given| given.items()) else {
        return Err(h.type_error("_thread.excepthook argument type must be ExceptHookArgs"));
    };
    if exc_type.is(Exc::SystemExit.class().value()) {
        return Ok(Value::NONE);
    }
    let Some(file) = file(h, thread)? else { return Ok(Value::NONE) };
    let title = format!("Exception in thread {}:\n", name(h, thread)?);
    write(h, &file, &title)?;
    restore_traceback(h, exc_value, exc_traceback)?;
    let text = traceback::format(h, exc_value);
    write(h, &file, &text)?;
    h.call_method(&file, n::flush, &[])?;
    Ok(Value::NONE)
}

/// `sys.stderr`, or that of the time when the thread was made if there is none any more.
fn file(h: &mut Held, thread: &Value) -> R<Option<Value>> {
    let sys = h.import_module("sys")?;
    if let Some(file) = h.find_attr(&sys, n::stderr.value())?.filter(|file| !file.is_none()) {
        return Ok(Some(file));
    }
    if thread.is_none() {
        return Ok(None);
    }
    let name = h.intern("_stderr");
    Ok(h.find_attr(thread, &name)?.filter(|file| !file.is_none()))
}

/// The thread's name, or its ident if it is not known.
fn name(h: &mut Held, thread: &Value) -> R<String> {
    let name = match thread.is_none() {
        true => None,
        false => h.find_attr(thread, n::name.value())?,
    };
    match name {
        Some(name) => h.str_text(&name),
        None => Ok(h.thread().ident.to_string()),
    }
}

fn write(h: &mut Held, file: &Value, text: &str) -> R<()> {
    let text = h.new_str(text);
    h.call_method(file, n::write, &[text])?;
    Ok(())
}

/// A traceback given apart from the exception is shown too.
fn restore_traceback(h: &mut Held, exc_value: &Value, exc_traceback: &Value) -> R<()> {
    if exc_traceback.is_none() || exc_value.downcast::<Exception>().is_none() {
        return Ok(());
    }
    let name = h.intern("__traceback__");
    if h.get_attr(exc_value, &name)?.is_none() {
        h.set_attr(exc_value, &name, exc_traceback.clone())?;
    }
    Ok(())
}
