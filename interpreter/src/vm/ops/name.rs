//! Names: globals through cached places, namespaces of classes and `exec`, cells, and the errors of unbound ones.
//!
//! In: a site's name. Out: its value in a register. The one invariant: a cached global is two places, one in the globals
//! and one in the builtins; a place without a value falls through to the next (`objects/dict.rs`).

use super::{operand, put};
use crate::objects::code::Site;
use crate::objects::dict::Dict;
use crate::objects::exception::Exc;
use crate::objects::function::SharedCell;
use crate::objects::header::Obj;
use crate::objects::names::n;
use crate::objects::str::text_of;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::{Held, share_slot, swap_slot};
use crate::vm::frame::Frame;
use crate::vm::regs::{Regs, share};

/// The word of a cached global, with a reference of its own, if the cache is valid.
#[inline(always)]
pub(crate) unsafe fn cached_global(frame: *const Frame, site: &Site) -> Option<u64> {
    // SAFETY: the running frame holds its function.
    let function = unsafe { &*(*frame).function };
    let cache = &site.cache;
    let begun = cache.begin();
    let (id, at) = (cache.id(), cache.at() as usize);
    if !cache.still(begun) {
        return None;
    }
    match function.globals.share_cached(id, at) {
        Ok(0) => {
            let (extra, tag) = (cache.extra(), cache.tag() as usize);
            if !cache.still(begun) {
                return None;
            }
            function.builtins.share_cached(extra, tag).ok().filter(|bits| *bits != 0)
        }
        Ok(bits) => Some(bits),
        Err(()) => None,
    }
}

#[inline(never)]
pub(crate) fn load_global(h: &mut Held, frame: *const Frame, r: Regs, a: usize, site: &Site) -> R<()> {
    // SAFETY: the running frame holds its function.
    let function = unsafe { &*(*frame).function };
    let name = &site.name;
    if let Some(value) = function.globals.get_str(h, name) {
        fill(h, function.globals.to_ref().into(), None, site);
        put(h, r, a, value);
        return Ok(());
    }
    let Some(value) = function.builtins.get_str(h, name) else { return Err(h.name_error(name)) };
    fill(h, function.globals.to_ref().into(), Some(&function.builtins), site);
    put(h, r, a, value);
    Ok(())
}

fn fill(h: &mut Held, globals: Value, builtins: Option<&Obj<Dict>>, site: &Site) {
    let Some(globals) = globals.downcast::<Dict>() else { return };
    let Some((id, at)) = globals.place_for(h, &site.name, true) else { return };
    let (extra, tag) = builtins.and_then(|builtins| builtins.place_for(h, &site.name, false)).unwrap_or((u64::MAX, 0));
    let cache = crate::objects::code::Cache { id, at: at as u64, extra, tag: tag as u32 };
    site.cache.set(cache);
}

pub(crate) fn store_global(h: &mut Held, frame: *const Frame, r: Regs, a: usize, locals: usize, site: &Site) -> R<()> {
    let value = operand(h, r, a, locals)?;
    // SAFETY: the running frame holds its function.
    let (globals, cache) = unsafe { (&(*(*frame).function).globals, site.cache.get()) };
    let value = match globals.set_cached(cache.id, cache.at as usize, value) {
        Ok(old) => {
            drop(old);
            return h.run_pending();
        }
        Err(value) => value,
    };
    let old = globals.set_str(h, &site.name, value);
    fill(h, globals.value().clone(), None, site);
    drop(old);
    h.run_pending()
}

pub(crate) fn delete_global(h: &mut Held, frame: *const Frame, site: &Site) -> R<()> {
    // SAFETY: the running frame holds its function.
    let globals = unsafe { &(*(*frame).function).globals };
    match globals.remove_str(h, &site.name) {
        Some(old) => {
            drop(old);
            h.run_pending()
        }
        None => Err(h.name_error(&site.name)),
    }
}

/// The namespace in register 0.
fn namespace(h: &mut Held, r: Regs) -> R {
    super::keep(h, r, 0).cloned()
}

/// A name in a namespace that may be any mapping.
fn find_name(h: &mut Held, namespace: &Value, name: &Value) -> R<Option<Value>> {
    if let Some(dict) = namespace.exactly::<Dict>() {
        return Ok(dict.get_str(h, name));
    }
    match h.get_item(namespace, name) {
        Ok(value) => Ok(Some(value)),
        Err(raised) if raised.is(Exc::KeyError) => Ok(None),
        Err(raised) => Err(raised),
    }
}

pub(crate) fn load_name(h: &mut Held, frame: *const Frame, r: Regs, a: usize, site: &Site) -> R<()> {
    let namespace = namespace(h, r)?;
    if let Some(value) = find_name(h, &namespace, &site.name)? {
        put(h, r, a, value);
        return Ok(());
    }
    load_global(h, frame, r, a, site)
}

pub(crate) fn store_name(h: &mut Held, r: Regs, a: usize, locals: usize, site: &Site) -> R<()> {
    let value = operand(h, r, a, locals)?;
    let namespace = namespace(h, r)?;
    match namespace.exactly::<Dict>() {
        Some(dict) => drop(dict.set_str(h, &site.name, value)),
        None => h.set_item(&namespace, &site.name, value)?,
    }
    h.run_pending()
}

pub(crate) fn delete_name(h: &mut Held, r: Regs, site: &Site) -> R<()> {
    let namespace = namespace(h, r)?;
    let found = match namespace.exactly::<Dict>() {
        Some(dict) => dict.remove_str(h, &site.name).is_some(),
        None => match h.delete_item(&namespace, &site.name) {
            Err(raised) if raised.is(Exc::KeyError) => false,
            other => {
                other?;
                true
            }
        },
    };
    if found { h.run_pending() } else { Err(h.name_error(&site.name)) }
}

pub(crate) fn load_class_free(h: &mut Held, frame: *const Frame, r: Regs, a: usize, b: usize, site: &Site) -> R<()> {
    let namespace = namespace(h, r)?;
    if let Some(value) = find_name(h, &namespace, &site.name)? {
        put(h, r, a, value);
        return Ok(());
    }
    // SAFETY: the verifier checked the free variable's number.
    let bits = unsafe { cell_bits(free_cell(frame, b)) };
    if bits == 0 {
        return Err(unbound_free(h, frame, b));
    }
    // SAFETY: the word has a reference of its own.
    unsafe { r.put(h, a, bits) };
    Ok(())
}

pub(crate) fn make_cell(h: &mut Held, r: Regs, a: usize) -> R<()> {
    // SAFETY: the verifier checked the register.
    let content = unsafe { r.take(a) };
    let cell = h.new_cell(content);
    put(h, r, a, cell);
    Ok(())
}

/// The word in a cell, with a reference of its own; zero if it is empty.
#[inline(always)]
pub(crate) unsafe fn cell_bits(cell: u64) -> u64 {
    // SAFETY: the verifier made sure that the word is a cell.
    unsafe {
        let content = &(*(cell as *const Obj<SharedCell>)).content;
        let slot = content.raw().cast::<u64>();
        if content.is_private() { share(*slot) } else { share_slot(slot) }
    }
}

/// The word of the cell of a free variable.
#[inline(always)]
pub(crate) unsafe fn free_cell(frame: *const Frame, i: usize) -> u64 {
    // SAFETY: a function's closure has as many cells as its code has free variables, and it is a tuple then.
    unsafe {
        let closure = (*(*frame).function).closure.bits() as *const Obj<Tuple>;
        (*closure).items().get_unchecked(i).bits()
    }
}

fn as_cell<'a>(bits: u64) -> &'a Obj<SharedCell> {
    // SAFETY: the verifier made sure that the word is a cell, which the frame or its function keeps alive.
    unsafe { &*(bits as *const Obj<SharedCell>) }
}

pub(crate) fn store_cell(h: &mut Held, r: Regs, cell: u64, b: usize, locals: usize) -> R<()> {
    let value = operand(h, r, b, locals)?;
    let content = &as_cell(cell).content;
    content.admit(&value);
    let old = content.arrange(h, |content| swap_slot(content, Some(value)));
    drop(old);
    h.run_pending()
}

pub(crate) fn delete_cell(h: &mut Held, frame: *const Frame, r: Regs, a: usize) -> R<()> {
    // SAFETY: the verifier checked the register.
    let cell = as_cell(unsafe { r.bits(a) });
    match cell.content.arrange(h, |content| swap_slot(content, None)) {
        Some(old) => {
            drop(old);
            h.run_pending()
        }
        None => Err(unbound_local(h, frame, a)),
    }
}

pub(crate) fn delete_free(h: &mut Held, frame: *const Frame, i: usize) -> R<()> {
    // SAFETY: the verifier checked the number.
    let cell = as_cell(unsafe { free_cell(frame, i) });
    match cell.content.arrange(h, |content| swap_slot(content, None)) {
        Some(old) => {
            drop(old);
            h.run_pending()
        }
        None => Err(unbound_free(h, frame, i)),
    }
}

#[cold]
#[inline(never)]
pub(crate) fn unbound_local(h: &mut Held, frame: *const Frame, i: usize) -> Raised {
    // SAFETY: the running frame holds its code.
    let code = unsafe { &*(*frame).code };
    let name = code.varnames.get(i).map(text_of).unwrap_or_default();
    h.error(
        Exc::UnboundLocalError,
        format!("cannot access local variable '{name}' where it is not associated with a value"),
    )
}

#[cold]
#[inline(never)]
pub(crate) fn unbound_free(h: &mut Held, frame: *const Frame, i: usize) -> Raised {
    // SAFETY: the running frame holds its code.
    let code = unsafe { &*(*frame).code };
    let name = code.freevars.get(i).map(text_of).unwrap_or_default();
    let message =
        format!("cannot access free variable '{name}' where it is not associated with a value in enclosing scope");
    h.error(Exc::NameError, message)
}

pub(crate) fn print_expr(h: &mut Held, r: Regs, a: usize, locals: usize) -> R<()> {
    let value = operand(h, r, a, locals)?;
    let sys = h.import_module("sys")?;
    let hook = h.get_attr(&sys, n::displayhook.value())?;
    h.call(&hook, &[value])?;
    Ok(())
}

impl Held {
    /// Runs finalizers that the operation before made due.
    #[inline(always)]
    pub(crate) fn run_pending(&mut self) -> R<()> {
        if crate::runtime::finalize::pending() {
            crate::runtime::finalize::run(self);
        }
        Ok(())
    }
}
