//! `_csv`: rows of comma-separated values.
//!
//! In: lines, or rows of fields. Out: rows, or lines. The one invariant: a dialect is checked when it is made, so that readers and
//! writers need not.

mod dialect;
mod reader;
mod writer;

use interpreter::builtins::add_functions;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use std::sync::atomic::{AtomicI64, Ordering};

static ERROR: Global<Option<Value>> = Global::new(None);
/// Dialects by name: a dict.
static DIALECTS: Global<Option<Value>> = Global::new(None);
/// No field gets longer.
static FIELD_LIMIT: AtomicI64 = AtomicI64::new(128 * 1024);

static FUNCTIONS: [Def; 7] = [
    def("reader", "iterable, dialect=None, /, **kwargs", reader::new),
    def("writer", "fileobj, dialect=None, /, **kwargs", writer::new),
    def("list_dialects", "", |h, _| {
        let dialects = dialects(h);
        let names = h.collect(&dialects)?;
        Ok(h.new_list(names))
    }),
    def("register_dialect", "name, dialect=None, /, **kwargs", register),
    def("unregister_dialect", "name", |h, args| {
        let dialects = dialects(h);
        if !h.contains(&dialects, &args[0])? {
            return Err(error(h, "unknown dialect"));
        }
        h.delete_item(&dialects, &args[0])?;
        Ok(Value::NONE)
    }),
    def("get_dialect", "name", |h, args| get_dialect(h, &args[0])),
    def("field_size_limit", "limit=None, /", |h, args| {
        let old = FIELD_LIMIT.load(Ordering::Relaxed);
        if let Some(limit) = args.opt(0) {
            if limit.as_int().is_none() {
                return Err(h.type_error("limit must be an integer"));
            }
            let limit = h.to_isize(limit)?;
            FIELD_LIMIT.store(limit as i64, Ordering::Relaxed);
        }
        Ok(h.new_int(old))
    }),
];

const QUOTING: [(&str, i64); 4] = [("QUOTE_MINIMAL", 0), ("QUOTE_ALL", 1), ("QUOTE_NONNUMERIC", 2), ("QUOTE_NONE", 3)];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_csv");
    add_functions(h, &module, &FUNCTIONS);
    let (name, own) = (h.new_str("Error"), h.new_str("_csv"));
    let namespace = h.new_dict();
    namespace.set_str(h, n::__module__.value(), own);
    let bases = h.tuple_of(&[Exc::Exception.class().value().clone()]);
    let class = h.call(interpreter::objects::core().type_.value(), &[name, bases, namespace.into_value()])?;
    ERROR.write(h, |own| *own = Some(class.clone()));
    set(h, &module, "Error", class);
    let dialects = h.new_dict().into_value();
    DIALECTS.write(h, |own| *own = Some(dialects.clone()));
    set(h, &module, "_dialects", dialects);
    for (name, number) in QUOTING {
        let number = h.new_int(number);
        set(h, &module, name, number);
    }
    let version = h.new_str("1.0");
    set(h, &module, "__version__", version);
    dialect::enter(h, &module);
    reader::enter(h, &module);
    writer::enter(h, &module);
    Ok(module)
}

fn set(h: &mut Held, module: &Module, name: &str, value: Value) {
    let name = h.intern(name);
    module.dict.set_str(h, &name, value);
}

fn dialects(h: &Held) -> Value {
    DIALECTS.read(h, Clone::clone).unwrap_or(Value::NONE)
}

#[cold]
fn error(h: &mut Held, message: &str) -> Raised {
    let class = ERROR.read(h, Clone::clone).unwrap_or(Value::NONE);
    let message = h.new_str(message);
    h.call(&class, &[message]).map_or_else(|raised| raised, Raised::new)
}

fn get_dialect(h: &mut Held, name: &Value) -> R {
    let dialects = dialects(h);
    match h.contains(&dialects, name)? {
        true => h.get_item(&dialects, name),
        false => Err(error(h, "unknown dialect")),
    }
}

fn register(h: &mut Held, args: Args<'_>) -> R {
    if args[0].downcast::<Str>().is_none() {
        return Err(h.type_error("dialect name must be a string"));
    }
    let dialect = dialect::from_arguments(h, args.opt(1), args.opt(2))?;
    let dialects = dialects(h);
    h.set_item(&dialects, &args[0], dialect.into_value())?;
    Ok(Value::NONE)
}
