//! Which native function a call instruction is about to call, for the profile function's events.
//!
//! In: a frame whose `pc` stands behind the first word of a call. Out: the function, bound to its receiver if it is a method. The
//! one invariant: looking changes nothing and runs no toy code.

use super::abc;
use crate::objects::class::Class;
use crate::objects::code::Site;
use crate::objects::function::Native;
use crate::objects::module::Module;
use crate::objects::value::Value;
use crate::runtime::signature::is_slot_wrapper;
use crate::sync::Held;
use crate::vm::frame::Frame;
use crate::vm::regs::Regs;
use toy_compiler::bytecode::op::Op;

/// Nothing for what is no call, and for calls of anything else than builtin functions and methods.
pub(crate) fn native_callee(h: &mut Held, frame: *mut Frame, op: Op) -> Option<Value> {
    // SAFETY: the frame runs; the verifier checked registers, and sites where the instruction has one.
    unsafe {
        let (r, pc) = (Regs((*frame).regs), (*frame).pc);
        let (a, _, c) = abc(*pc.sub(1));
        let register = |i: usize| r.get(i).cloned();
        let site = || &*(*(*frame).code).sites.as_ptr().add(*pc as usize);
        match op {
            Op::CallLoaded => loaded(h, register(a), register(a + 1)),
            Op::CallKw if c == 1 => loaded(h, register(a), register(a + 1)),
            Op::Call | Op::CallKw => native(h, register(a)?, register(a + 1)),
            Op::CallEx => native(h, register(a)?, None),
            Op::CallGlobal => {
                let name = &site().name;
                let function = (*frame).function();
                let found = function.globals.get_str(h, name).or_else(|| function.builtins.get_str(h, name));
                native(h, found?, register(a + 1))
            }
            Op::CallMethod => method(h, register(a + 1)?, site()),
            _ => None,
        }
    }
}

/// What LOAD_METHOD left: a function and its receiver, or nothing and a callee.
fn loaded(h: &mut Held, function: Option<Value>, next: Option<Value>) -> Option<Value> {
    match function {
        Some(function) => native(h, function, next),
        None => native(h, next?, None),
    }
}

fn native(h: &mut Held, callee: Value, first: Option<Value>) -> Option<Value> {
    let native = callee.downcast::<Native>()?;
    if !native.is_method() {
        return Some(callee);
    }
    let owner = native.owner.downcast::<Class>()?;
    if is_slot_wrapper(native.def.name, owner) {
        return None;
    }
    Some(h.bind_native(native, first?))
}

/// The method of an object, a module's function, or a class's method called on the class.
fn method(h: &mut Held, object: Value, site: &Site) -> Option<Value> {
    if let Some(module) = object.downcast::<Module>() {
        let found = module.dict.get_str(h, &site.name)?;
        return native(h, found, None);
    }
    match object.downcast::<Class>() {
        Some(class) => {
            let found = class.lookup(h, &site.name)?;
            native(h, found, None)
        }
        None => {
            let found = object.class().lookup(h, &site.name)?;
            native(h, found, Some(object))
        }
    }
}
