//! `__build_class__`: what a class statement calls.
//!
//! In: the body function, the name, bases and keywords. Out: the class that the metaclass makes. The one invariant: the order
//! of events is CPython's: `__mro_entries__`, the metaclass, `__prepare__`, the body, the call of the metaclass.

use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::dict::Dict;
use crate::objects::function::{Args, Function, Native, Role, SharedCell};
use crate::objects::header::Ref;
use crate::objects::names::n;
use crate::objects::tuple::Tuple;
use crate::objects::value::{Reg, Value};
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use parking_lot::Mutex;
use toy_compiler::bytecode::proto::flags;

static BUILD_CLASS: Def = def("__build_class__", "func, name, /, *bases, **kwds", build_class);

/// Classes made before the module `builtins` is: their words.
static EARLY: Mutex<Vec<(&str, u64)>> = Mutex::new(Vec::new());

/// Notes a class of the module `builtins` that is made while types are initialized.
pub(crate) fn enter(name: &'static str, class: Value) {
    EARLY.lock().push((name, class.into_bits()));
}

/// Enters `__build_class__` and the noted classes.
pub(super) fn enter_all(h: &mut Held, dict: &Ref<Dict>) {
    let native = Native {
        def: &BUILD_CLASS,
        module: h.intern("builtins"),
        owner: Value::NONE,
        receiver: Value::NONE,
        role: Role::Function,
    };
    let native = h.new_native(native);
    dict.set_str(h, n::__build_class__.value(), native);
    for (name, bits) in std::mem::take(&mut *EARLY.lock()) {
        let name = h.intern(name);
        // SAFETY: `enter` gave the reference up.
        dict.set_str(h, &name, unsafe { Value::from_bits(bits) });
    }
}

fn build_class(h: &mut Held, args: Args<'_>) -> R {
    let Some(body) = args[0].downcast::<Function>() else {
        return Err(h.type_error("__build_class__: func must be a function"));
    };
    if args[1].downcast::<crate::objects::str::Str>().is_none() {
        return Err(h.type_error("__build_class__: name is not a string"));
    }
    let name = args[1].clone();
    let original = args[2].clone();
    let bases = resolve_bases(h, &original)?;
    let keywords = match args[3].downcast::<Dict>() {
        Some(dict) => h.dict_from(dict.copy(h)),
        None => h.new_dict(),
    };
    let meta = metaclass(h, &bases, &keywords)?;
    let namespace = prepare(h, &meta, &name, &bases, &keywords)?;
    let is_class_body = body.code.read(h, |code| code.flags & flags::NAMESPACE != 0);
    let cell = match is_class_body {
        true => run_body(h, &body.to_ref(), &namespace)?,
        false => h.call(&args[0], &[])?,
    };
    if !bases.is(&original) && original.downcast::<Tuple>().is_some() {
        h.set_item(&namespace, n::__orig_bases__.value(), original)?;
    }
    let class = h.call_with_dict(&meta, &[name.clone(), bases, namespace], &keywords)?;
    check_class_cell(h, &cell, &class, &name)?;
    Ok(class)
}

/// Replaces bases that are no classes by what their `__mro_entries__` gives.
fn resolve_bases(h: &mut Held, bases: &Value) -> R {
    let given = bases.downcast::<Tuple>().map(|bases| bases.items().to_vec()).unwrap_or_default();
    let mut resolved = Vec::with_capacity(given.len());
    let mut changed = false;
    for base in given {
        let entries = match base.downcast::<Class>() {
            Some(_) => None,
            None => h.find_attr(&base, n::__mro_entries__.value())?,
        };
        let Some(entries) = entries else {
            resolved.push(base);
            continue;
        };
        let replaced = h.call(&entries, std::slice::from_ref(bases))?;
        let Some(replaced) = replaced.downcast::<Tuple>() else {
            return Err(h.type_error("__mro_entries__ must return a tuple"));
        };
        resolved.extend(replaced.items().iter().cloned());
        changed = true;
    }
    Ok(if changed { h.new_tuple(resolved) } else { bases.clone() })
}

/// The most derived of the given metaclass and those of the bases.
fn metaclass(h: &mut Held, bases: &Value, keywords: &Ref<Dict>) -> R {
    let name = h.intern("metaclass");
    let given = keywords.remove_str(h, &name);
    let first = bases.downcast::<Tuple>().and_then(|bases| bases.items().first().map(|base| base.class().to_value()));
    let meta = given.or(first).unwrap_or_else(|| core().type_.value().clone());
    if meta.downcast::<Class>().is_none() {
        return Ok(meta);
    }
    let bases = bases.downcast::<Tuple>().map(|bases| bases.items().to_vec()).unwrap_or_default();
    h.most_derived_meta(meta, &bases)
}

fn prepare(h: &mut Held, meta: &Value, name: &Value, bases: &Value, keywords: &Ref<Dict>) -> R {
    let Some(prepare) = h.find_attr(meta, n::__prepare__.value())? else { return Ok(h.new_dict().into_value()) };
    let namespace = h.call_with_dict(&prepare, &[name.clone(), bases.clone()], keywords)?;
    let is_mapping = namespace.downcast::<Dict>().is_some() || h.special(&namespace, n::__getitem__).is_some();
    if !is_mapping {
        let title = meta.downcast::<Class>().map_or("<metaclass>".to_owned(), |meta| meta.name_text());
        let got = namespace.class_name();
        return Err(h.type_error(format!("{title}.__prepare__() must return a mapping, not {got}")));
    }
    Ok(namespace)
}

/// Runs the body with the namespace in its first register.
fn run_body(h: &mut Held, body: &Ref<Function>, namespace: &Value) -> R {
    use crate::vm::eval;
    use crate::vm::frame::FrameKind;
    use crate::vm::ops::call::{Place, push};
    h.check_native_stack("")?;
    let base = h.top();
    let mut result: Reg = None;
    let place = Place { base, ret: &mut result };
    // SAFETY: above the running frame's window nothing is alive; one register is inside the region's reserve, and `push`
    // checks the end for the rest.
    unsafe {
        base.cast::<u64>().write(namespace.clone().into_bits());
        if let Err(raised) = push(h, body, place, 1, Some(body.value().clone()), FrameKind::Entry) {
            drop((*base).take());
            return Err(raised);
        }
    }
    eval::execute(h)
}

/// The `__class__` cell must hold the class that was made.
fn check_class_cell(h: &mut Held, cell: &Value, class: &Value, name: &Value) -> R<()> {
    let Some(cell) = cell.downcast::<SharedCell>() else { return Ok(()) };
    if class.downcast::<Class>().is_none() {
        return Ok(());
    }
    match cell.content.read(h, Clone::clone) {
        Some(content) if content.is(class) => Ok(()),
        Some(content) => {
            let (name, got, expected) = (h.repr_text(name)?, h.repr_text(&content)?, h.repr_text(class)?);
            Err(h.type_error(format!("__class__ set to {got} defining {name} as {expected}")))
        }
        None => {
            let (name, class) = (h.repr_text(name)?, h.repr_text(class)?);
            Err(h.runtime_error(format!(
                "__class__ not set defining {name} as {class}. Was __classcell__ propagated to type.__new__?"
            )))
        }
    }
}
