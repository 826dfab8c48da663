//! `sys`: what is called at certain moments: to show a value, an uncaught exception, an unraisable one, for auditing.
//!
//! In: the value or exception. Out: text on the standard streams. The one invariant: each hook stands in the module under
//! its name, and once more under `__name__` so that it can be put back.

use super::{find, set};
use interpreter::builtins::add_functions;
use interpreter::objects::exception::{Exc, Exception};
use interpreter::objects::function::Args;
use interpreter::objects::list::List;
use interpreter::objects::module::Module;
use interpreter::objects::str::Str;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::runtime::{report, traceback};
use interpreter::sync::Held;

pub(super) fn init(h: &mut Held, m: &Module) {
    add_functions(h, m, &FUNCTIONS);
    for name in ["displayhook", "excepthook", "unraisablehook", "breakpointhook"] {
        let key = h.intern(name);
        let hook = m.dict.get_str(h, &key).unwrap_or(Value::NONE);
        set(h, m, &format!("__{name}__"), hook);
    }
    let fields = ["exc_type", "exc_value", "exc_traceback", "err_msg", "object"];
    let class = super::info::struct_class(h, "UnraisableHookArgs", &fields);
    set(h, m, "UnraisableHookArgs", class.into_value());
    let hooks = h.new_list(Vec::new());
    set(h, m, AUDIT_HOOKS, hooks);
}

const AUDIT_HOOKS: &str = "_audit_hooks";

static FUNCTIONS: [Def; 6] = [
    def("displayhook", "object, /", displayhook),
    def("excepthook", "exctype, value, traceback, /", excepthook),
    def("unraisablehook", "unraisable, /", unraisablehook),
    def("breakpointhook", "*args, **kwargs", breakpointhook),
    def("audit", "event, /, *args", audit),
    def("addaudithook", "hook", addaudithook),
];

/// Writes the repr and keeps the value as `builtins._`.
fn displayhook(h: &mut Held, args: Args<'_>) -> R {
    let value = &args[0];
    if value.is_none() {
        return Ok(Value::NONE);
    }
    let (builtins, name) = (h.builtins(), h.intern("_"));
    builtins.set_str(h, &name, Value::NONE);
    let Some(stdout) = find(h, "stdout")?.filter(|stdout| !stdout.is_none()) else {
        return Err(h.runtime_error("lost sys.stdout"));
    };
    let text = h.repr(value)?;
    let write = h.intern("write");
    match h.call_method_named(&stdout, &write, std::slice::from_ref(&text)) {
        Err(raised) if raised.is(Exc::UnicodeEncodeError) => {
            let text = h.ascii(value)?;
            h.call_method_named(&stdout, &write, &[text])?;
        }
        written => drop(written?),
    }
    let newline = h.new_str("\n");
    h.call_method_named(&stdout, &write, &[newline])?;
    builtins.set_str(h, &name, value.clone());
    Ok(Value::NONE)
}

fn excepthook(h: &mut Held, args: Args<'_>) -> R {
    let Some(exception) = args[1].downcast::<Exception>() else {
        let got = args[1].class_name();
        let text = format!("TypeError: print_exception(): Exception expected for value, {got} found\n");
        report::write_stderr(h, &text);
        return Ok(Value::NONE);
    };
    if exception.traceback(h).is_none() && !args[2].is_none() {
        let name = h.intern("__traceback__");
        h.set_attr(&args[1], &name, args[2].clone())?;
    }
    let text = traceback::format(h, &args[1]);
    report::write_stderr(h, &text);
    Ok(Value::NONE)
}

fn unraisablehook(h: &mut Held, args: Args<'_>) -> R {
    let Some(fields) = args[0].downcast::<Tuple>().map(|fields| fields.items()).filter(|fields| fields.len() == 5)
    else {
        return Err(h.type_error("sys.unraisablehook argument type must be UnraisableHookArgs"));
    };
    let message = match fields[3].downcast::<Str>() {
        Some(message) => message.text(),
        None => "Exception ignored in".to_owned(),
    };
    let text = match (&fields[4], fields[3].is_none()) {
        (object, true) if object.is_none() => String::new(),
        (object, false) if object.is_none() => format!("{message}:\n"),
        (object, _) => {
            let object = h.repr_text(object).unwrap_or_else(|_| "<object repr() failed>".to_owned());
            format!("{message}: {object}\n")
        }
    };
    let rest = traceback::format_without_chain(h, &fields[1], &fields[2]);
    report::write_stderr(h, &(text + &rest));
    Ok(Value::NONE)
}

/// `PYTHONBREAKPOINT` names a callable; the default is the debugger.
fn breakpointhook(h: &mut Held, args: Args<'_>) -> R {
    let mut named = std::env::var("PYTHONBREAKPOINT").unwrap_or_default();
    if named == "0" {
        return Ok(Value::NONE);
    }
    if named.is_empty() {
        named.push_str("pdb.set_trace");
    }
    let (module, function) = named.rsplit_once('.').unwrap_or(("builtins", &named));
    let module = h.import_module(module)?;
    let function = h.intern(function);
    let function = h.get_attr(&module, &function)?;
    let Some(keywords) = args[1].downcast() else { return Ok(Value::NONE) };
    h.call_with_dict(&function, args.rest(0), keywords)
}

fn audit(h: &mut Held, args: Args<'_>) -> R {
    if args[0].downcast::<Str>().is_none() {
        let got = args[0].class_name();
        return Err(h.type_error(format!("expected str for argument 'event', not {got}")));
    }
    call_audit_hooks(h, &args[0], &args[1])?;
    Ok(Value::NONE)
}

/// Whether a program listens to what happens.
pub(crate) fn is_audited(h: &mut Held) -> bool {
    let hooks = find(h, AUDIT_HOOKS).ok().flatten();
    hooks.as_ref().and_then(|hooks| hooks.downcast::<List>()).is_some_and(|hooks| !hooks.is_empty(h))
}

fn call_audit_hooks(h: &mut Held, event: &Value, given: &Value) -> R<()> {
    let hooks = find(h, AUDIT_HOOKS)?;
    let hooks = hooks.as_ref().and_then(|hooks| hooks.downcast::<List>()).map(|hooks| hooks.snapshot(h));
    for hook in hooks.unwrap_or_default() {
        h.call(&hook, &[event.clone(), given.clone()])?;
    }
    Ok(())
}

/// A hook can veto a new one by raising an Exception, which is then ignored.
fn addaudithook(h: &mut Held, args: Args<'_>) -> R {
    let event = h.new_str("sys.addaudithook");
    let none = h.new_tuple(Vec::new());
    match call_audit_hooks(h, &event, &none) {
        Err(raised) if raised.is(Exc::Exception) => return Ok(Value::NONE),
        asked => asked?,
    }
    if let Some(hooks) = find(h, AUDIT_HOOKS)?
        && let Some(hooks) = hooks.downcast::<List>()
    {
        hooks.push(h, args[0].clone());
    }
    Ok(Value::NONE)
}
