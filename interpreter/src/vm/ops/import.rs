//! Import statements.
//!
//! In: a name, a from-list and a level. Out: modules and their attributes. The one invariant: all imports go through
//! the builtin `__import__`, which a program may replace.

use super::{abc, keep, operand, put};
use crate::objects::code::Site;
use crate::objects::dict::Dict;
use crate::objects::exception::Exc;
use crate::objects::names::n;
use crate::objects::str::{Str, text_of};
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::Held;
use crate::vm::frame::Frame;
use crate::vm::regs::Regs;
use toy_compiler::bytecode::proto::flags;

/// IMPORT_NAME.
pub(crate) fn name(h: &mut Held, frame: *const Frame, r: Regs, w: u32, locals: usize, site: &Site) -> R<()> {
    let (a, b, c) = abc(w);
    let fromlist = operand(h, r, b, locals)?;
    let level = operand(h, r, c, locals)?;
    // SAFETY: the running frame holds its function.
    let function = unsafe { &*(*frame).function };
    let Some(import) = function.builtins.get_str(h, n::__import__.value()) else {
        return Err(h.error(Exc::ImportError, "__import__ not found"));
    };
    let globals = function.globals.value().clone();
    let module = h.call(&import, &[site.name.clone(), globals.clone(), globals, fromlist, level])?;
    put(h, r, a, module);
    h.run_pending()
}

/// IMPORT_FROM.
pub(crate) fn from(h: &mut Held, r: Regs, w: u32, site: &Site) -> R<()> {
    let (a, b, _) = abc(w);
    let module = keep(h, r, b)?.clone();
    let value = match h.find_attr(&module, &site.name)? {
        Some(value) => value,
        None => submodule(h, &module, &site.name)?,
    };
    put(h, r, a, value);
    Ok(())
}

fn submodule(h: &mut Held, module: &Value, name: &Value) -> R {
    let package = h.find_attr(module, n::__name__.value())?.map(|name| text_of(&name));
    if let Some(package) = &package {
        let full = h.new_str(&format!("{package}.{}", text_of(name)));
        let modules = h.modules();
        if let Some(found) = modules.get(h, &full)? {
            return Ok(found);
        }
    }
    Err(cannot_import(h, module, name, package))
}

#[cold]
fn cannot_import(h: &mut Held, module: &Value, name: &Value, package: Option<String>) -> Raised {
    let file = match h.find_attr(module, n::__file__.value()) {
        Ok(Some(file)) => text_of(&file),
        _ => "unknown location".to_owned(),
    };
    let from = package.unwrap_or_else(|| "<unknown module name>".to_owned());
    let name_text = text_of(name);
    let message = if h.is_initializing(module) {
        format!(
            "cannot import name '{name_text}' from partially initialized module '{from}' \
             (most likely due to a circular import) ({file})"
        )
    } else {
        format!("cannot import name '{name_text}' from '{from}' ({file})")
    };
    let raised = h.error(Exc::ImportError, message);
    let (from, file) = (h.new_str(&from), h.new_str(&file));
    raised.exception().set_field(h, 1, Some(from));
    raised.exception().set_field(h, 2, Some(file));
    raised
}

/// IMPORT_STAR.
pub(crate) fn star(h: &mut Held, frame: *const Frame, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, _, _) = abc(w);
    let module = operand(h, r, a, locals)?;
    // SAFETY: the running frame holds its function and code.
    let (code, globals) = unsafe { (&*(*frame).code, (*(*frame).function).globals.value().clone()) };
    let namespace = if code.flags & flags::NAMESPACE != 0 { keep(h, r, 0)?.clone() } else { globals };
    for name in public_names(h, &module)? {
        let value = h.get_attr(&module, &name)?;
        match namespace.exactly::<Dict>() {
            Some(dict) => drop(dict.set_str(h, &name, value)),
            None => h.set_item(&namespace, &name, value)?,
        }
    }
    drop(module);
    h.run_pending()
}

/// The names that `from module import *` binds. Anything may stand in `sys.modules`, so `module` need not be one.
fn public_names(h: &mut Held, module: &Value) -> R<Vec<Value>> {
    if let Some(all) = h.find_attr(module, n::__all__.value())? {
        let names = h.collect(&all)?;
        return names.into_iter().map(|name| checked_name(h, module, name, "Item", "__all__")).collect();
    }
    let Some(dict) = h.find_attr(module, n::__dict__.value())? else {
        return Err(h.error(Exc::ImportError, "from-import-* object has no __dict__ and no __all__"));
    };
    let keys = h.call_method(&dict, n::keys, &[])?;
    let names = h.collect(&keys)?;
    let names: Vec<Value> =
        names.into_iter().map(|name| checked_name(h, module, name, "Key", "__dict__")).collect::<R<_>>()?;
    Ok(names.into_iter().filter(|name| !text_of(name).starts_with('_')).collect())
}

fn checked_name(h: &mut Held, module: &Value, name: Value, what: &str, place: &str) -> R {
    if name.downcast::<Str>().is_some() {
        return Ok(h.intern_value(&name));
    }
    let own = h.get(module, n::__name__)?;
    let (own, got) = (h.str_text(&own)?, name.class_name());
    Err(h.type_error(format!("{what} in {own}.{place} must be str, not {got}")))
}
