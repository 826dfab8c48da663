//! Call instructions: pushing frames for toy functions, calling native ones on the window as it is.
//!
//! In: a window: the callee, then its arguments. Out: a new frame on top, or the result in the window's first register.
//! The one invariant: the running frame's function is owned by the register in front of its window or by its `keep`.

use super::attr::{self, Method};
use super::put;
use crate::objects::class::{Class, class_flag};
use crate::objects::code::Site;
use crate::objects::core;
use crate::objects::function::{BoundMethod, Function, Native};
use crate::objects::header::{Header, Kind, Obj};
use crate::objects::names::n;
use crate::objects::tuple::Tuple;
use crate::objects::value::{Reg, Value};
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::Given;
use crate::sync::Held;
use crate::sync::held::recursion_limit;
use crate::vm::frame::{Frame, FrameKind};
use crate::vm::regs::{Regs, is_object, share};

/// What a call did.
pub(crate) enum Called {
    /// A frame stands on top.
    Frame,
    /// The result is in its register.
    Done,
}

/// Where a frame's window begins and its result goes.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub base: *mut Reg,
    pub ret: *mut Reg,
}

/// CALL: the callee in `a`, `count` arguments behind it.
#[inline(always)]
pub(crate) fn call(h: &mut Held, r: Regs, a: usize, count: usize) -> R<Called> {
    // SAFETY: the verifier checked the window; the callee stays in its register while it is looked at.
    unsafe {
        let callee = r.bits(a);
        if is_object(callee) && (*(callee as *const Header)).kind() == Kind::FUNCTION {
            let function = &*(callee as *const Obj<Function>);
            let place = Place { base: r.slot(a + 1), ret: r.slot(a) };
            return enter(h, function, place, count, None);
        }
        call_other(h, r, a, count)
    }
}

/// Enters a function with `count` positional arguments at the place's base.
#[inline(always)]
pub(crate) unsafe fn enter(
    h: &mut Held,
    f: &Obj<Function>,
    place: Place,
    count: usize,
    keep: Option<Value>,
) -> R<Called> {
    if f.simple_args.get() == count as i32 {
        // SAFETY: the arguments stand at the base; the caller's promise for the place.
        unsafe { push(h, f, place, count, keep, FrameKind::Normal) }?;
        return Ok(Called::Frame);
    }
    // SAFETY: as above.
    unsafe { super::function::bind_and_enter(h, f, place, count, &[], keep, FrameKind::Normal) }
}

/// Pushes a frame whose first `bound` locals stand at the base.
#[inline(always)]
pub(crate) unsafe fn push(
    h: &mut Held,
    f: &Obj<Function>,
    place: Place,
    bound: usize,
    keep: Option<Value>,
    kind: FrameKind,
) -> R<()> {
    // SAFETY: the function holds its code; the region's end is checked before anything above the window is written.
    unsafe {
        let code = &**f.code.raw();
        let top = place.base.add(code.nregs as usize);
        let frame = h.frame.add(1);
        if h.depth >= recursion_limit() || top >= h.stack.end() || frame.add(1) >= h.frames.end() {
            return Err(too_deep(h, keep));
        }
        for i in bound..code.nlocals as usize {
            *place.base.add(i).cast::<u64>() = 0;
        }
        frame.write(Frame {
            pc: code.code.as_ptr(),
            regs: place.base,
            ret: place.ret,
            code,
            function: f,
            keep,
            kind,
            object: None,
        });
        h.frame = frame;
        h.depth += 1;
    }
    Ok(())
}

#[cold]
#[inline(never)]
fn too_deep(h: &mut Held, keep: Option<Value>) -> Raised {
    drop(keep);
    h.recursion_error("")
}

#[inline(never)]
unsafe fn call_other(h: &mut Held, r: Regs, a: usize, count: usize) -> R<Called> {
    // SAFETY: the verifier checked the window.
    unsafe {
        let Some(callee) = r.take(a) else { return Err(h.runtime_error("a call without a callee")) };
        let kind = callee.header().map(|header| header.kind());
        match kind {
            Some(Kind::NATIVE) => {
                if let Some(native) = callee.downcast::<Native>() {
                    let receiver = native.receiver.clone();
                    let (from, args) = if receiver.is_none() { (a + 1, count) } else { (a, count + 1) };
                    if from == a {
                        put(h, r, a, receiver);
                    }
                    let result = h.invoke(native, std::slice::from_raw_parts(r.slot(from), args), &[])?;
                    drop(callee);
                    return done(h, r, a, count, result);
                }
            }
            Some(Kind::BOUND_METHOD) => {
                if let Some(bound) = callee.downcast::<BoundMethod>() {
                    let (function, receiver) = (bound.function.clone(), bound.receiver.clone());
                    put(h, r, a, receiver);
                    drop(callee);
                    if let Some(f) = function.downcast::<Function>().map(|f| f as *const Obj<Function>) {
                        let place = Place { base: r.slot(a), ret: r.slot(a) };
                        return enter(h, &*f, place, count + 1, Some(function));
                    }
                    let result = h.call_regs(&function, std::slice::from_raw_parts(r.slot(a), count + 1), &[])?;
                    return done(h, r, a, count, result);
                }
            }
            Some(Kind::CLASS) => {
                if let Some(called) = construct(h, r, a, count, &callee)? {
                    return Ok(called);
                }
            }
            _ => (),
        }
        let result = h.call_regs(&callee, std::slice::from_raw_parts(r.slot(a + 1), count), &[])?;
        drop(callee);
        done(h, r, a, count, result)
    }
}

/// The result takes the callee's place; the arguments are dropped.
unsafe fn done(h: &mut Held, r: Regs, a: usize, count: usize, result: Value) -> R<Called> {
    put(h, r, a, result);
    for i in a + 1..=a + count {
        // SAFETY: the verifier checked the window.
        unsafe { r.put(h, i, 0) };
    }
    h.run_pending()?;
    Ok(Called::Done)
}

/// `C(...)` where the class is an ordinary one with an `__init__` written in toy: an instance and a frame.
unsafe fn construct(h: &mut Held, r: Regs, a: usize, count: usize, callee: &Value) -> R<Option<Called>> {
    let Some(class) = callee.downcast::<Class>() else { return Ok(None) };
    // SAFETY: the caller's window.
    let Some(init) = plain_init(h, class) else { return unsafe { super_object(h, r, a, count, callee) } };
    // SAFETY: the class holds the function under this version; the register takes a reference of its own below.
    let f = init as *const Obj<Function>;
    let instance = h.new_instance(class).into_value();
    // SAFETY: the window is followed by room, or `push` and `bind_and_enter` raise RecursionError: one register above the
    // arguments is inside the reserve that `Region` keeps.
    unsafe {
        let base = r.slot(a + 1);
        std::ptr::copy(base, base.add(1), count);
        base.cast::<u64>().write(instance.clone().into_bits());
        r.put(h, a, share(init));
        let place = Place { base, ret: r.slot(a) };
        if (*f).simple_args.get() == count as i32 + 1 {
            push_or_clear(h, &*f, place, count + 1, instance)?;
            return Ok(Some(Called::Frame));
        }
        super::function::bind_and_enter(h, &*f, place, count + 1, &[], Some(instance), FrameKind::Construct).map(Some)
    }
}

/// The word of the toy `__init__` that an ordinary class's call runs.
fn plain_init(h: &mut Held, class: &Obj<Class>) -> Option<u64> {
    let (version, init) = class.constructor.get();
    if version == class.version() {
        return (init != 0).then_some(init);
    }
    let ordinary = class.kind.get() == Kind::INSTANCE
        && !class.has(class_flag::ABSTRACT)
        && std::ptr::eq(class.class(), &*core().type_)
        && h.is_objects_own(class, n::__new__);
    let init = class.lookup(h, n::__init__.value()).filter(|init| ordinary && init.is_kind(Kind::FUNCTION));
    let bits = init.as_ref().map_or(0, Value::bits);
    class.constructor.set((class.version(), bits));
    (bits != 0).then_some(bits)
}

/// `super()` without arguments is made without the detour through `type.__call__`.
unsafe fn super_object(h: &mut Held, r: Regs, a: usize, count: usize, callee: &Value) -> R<Option<Called>> {
    if count != 0 || !crate::types::super_::is_super(callee) {
        return Ok(None);
    }
    let object = crate::types::super_::of_method(h)?;
    put(h, r, a, object);
    Ok(Some(Called::Done))
}

/// Pushes an `__init__` frame; if that fails, the shifted arguments are dropped, for the caller's window ends before them.
unsafe fn push_or_clear(h: &mut Held, f: &Obj<Function>, place: Place, count: usize, instance: Value) -> R<()> {
    // SAFETY: the caller's promise.
    unsafe {
        let pushed = push(h, f, place, count, Some(instance), FrameKind::Construct);
        if pushed.is_err() {
            for i in 0..count {
                Regs(place.base).put(h, i, 0);
            }
        }
        pushed
    }
}

/// CALL_METHOD: the object in `a + 1`, `count` arguments behind it; `a` is dead.
#[inline(always)]
pub(crate) fn call_method(h: &mut Held, r: Regs, a: usize, count: usize, site: &Site) -> R<Called> {
    // SAFETY: the verifier checked the window.
    unsafe {
        let object = r.bits(a + 1);
        if let Some(method) = attr::cached_method(object, site) {
            return call_found(h, r, a, count, method);
        }
        call_method_slow(h, r, a, count, site)
    }
}

/// Calls a function of the class (a word that the class holds) with the object in front.
#[inline(always)]
unsafe fn call_found(h: &mut Held, r: Regs, a: usize, count: usize, method: u64) -> R<Called> {
    // SAFETY: the word is a function or a native method; the register takes a reference of its own before it runs.
    unsafe {
        if (*(method as *const Header)).kind() == Kind::FUNCTION {
            r.put(h, a, share(method));
            let place = Place { base: r.slot(a + 1), ret: r.slot(a) };
            return enter(h, &*(method as *const Obj<Function>), place, count + 1, None);
        }
        let native = &*(method as *const Obj<Native>);
        let args = std::slice::from_raw_parts(r.slot(a + 1), count + 1);
        let result = h.call_def(native.def, Given { args, keywords: &[] }, 1, &native.owner)?;
        done(h, r, a, count + 1, result)
    }
}

#[inline(never)]
unsafe fn call_method_slow(h: &mut Held, r: Regs, a: usize, count: usize, site: &Site) -> R<Called> {
    // SAFETY: the verifier checked the window.
    unsafe {
        let object = super::keep(h, r, a + 1)?.clone();
        // The first word has the span of the lookup, the second that of the call.
        let frame = h.frame;
        (*frame).pc = (*frame).pc.sub(1);
        let method = attr::find_method(h, &object, site)?;
        (*frame).pc = (*frame).pc.add(1);
        match method {
            Method::Function(method) => {
                drop(object);
                call_found(h, r, a, count, method)
            }
            Method::Attribute(value) => {
                drop(object);
                // The attribute becomes the callee at `a + 1`; the result belongs to `a`.
                r.put(h, a + 1, value.into_bits());
                call_shifted(h, r, a, count)
            }
        }
    }
}

/// Calls what stands in `a + 1` with the arguments behind it; the result goes to `a`.
unsafe fn call_shifted(h: &mut Held, r: Regs, a: usize, count: usize) -> R<Called> {
    // SAFETY: the verifier checked the window; the words move down by one.
    unsafe {
        std::ptr::copy(r.slot(a + 1), r.slot(a), count + 1);
        r.slot(a + count + 1).cast::<u64>().write(0);
    }
    call(h, r, a, count)
}

/// CALL_LOADED: the window that LOAD_METHOD began.
#[inline(always)]
pub(crate) fn call_loaded(h: &mut Held, r: Regs, a: usize, count: usize) -> R<Called> {
    // SAFETY: the verifier checked the window.
    unsafe {
        let callee = r.bits(a);
        if callee == 0 {
            return call_shifted(h, r, a, count);
        }
        if (*(callee as *const Header)).kind() == Kind::FUNCTION {
            let place = Place { base: r.slot(a + 1), ret: r.slot(a) };
            return enter(h, &*(callee as *const Obj<Function>), place, count + 1, None);
        }
        call(h, r, a, count + 1)
    }
}

/// CALL_KW: the last arguments are keywords.
#[inline(never)]
pub(crate) fn call_kw(h: &mut Held, r: Regs, w: u32, names: &Value) -> R<Called> {
    let (a, mut count, loaded) = super::abc(w);
    // SAFETY: the verifier checked the window and the constant.
    unsafe {
        if loaded & 1 == 1 {
            if r.bits(a) == 0 {
                std::ptr::copy(r.slot(a + 1), r.slot(a), count + 1);
                r.slot(a + count + 1).cast::<u64>().write(0);
            } else {
                count += 1;
            }
        }
        let keywords = names.downcast::<Tuple>().map_or(&[][..], |names| names.items());
        let Some(callee) = r.get(a).cloned() else { return Err(h.runtime_error("a call without a callee")) };
        if let Some(f) = callee.downcast::<Function>() {
            let place = Place { base: r.slot(a + 1), ret: r.slot(a) };
            return super::function::bind_and_enter(h, f, place, count, keywords, None, FrameKind::Normal);
        }
        let result = h.call_regs(&callee, std::slice::from_raw_parts(r.slot(a + 1), count), keywords)?;
        drop(callee);
        done(h, r, a, count, result)
    }
}

/// CALL_EX: a tuple (or any iterable) of positional arguments, and perhaps a dict of keywords.
#[inline(never)]
pub(crate) fn call_ex(h: &mut Held, r: Regs, a: usize, with_keywords: usize) -> R<Called> {
    let callee = super::keep(h, r, a)?.clone();
    let args = super::keep(h, r, a + 1)?.clone();
    let mut all: Vec<Value> = match args.exactly::<Tuple>() {
        Some(tuple) => tuple.items().to_vec(),
        None => h.star_args(&callee, &args)?,
    };
    let mut names = Vec::new();
    if with_keywords == 1 {
        let keywords = super::keep(h, r, a + 2)?.clone();
        h.star_keywords(&callee, &keywords, &mut names, &mut all)?;
    }
    // SAFETY: the verifier checked the window.
    unsafe {
        for i in a + 1..=a + 1 + with_keywords {
            r.put(h, i, 0);
        }
        drop(args);
        if let Some(f) = callee.downcast::<Function>() {
            let place = Place { base: r.slot(a + 1), ret: r.slot(a) };
            return super::function::bind_values(h, f, place, all, &names, None, FrameKind::Normal);
        }
    }
    let result = h.call_with_names(&callee, &all, &names)?;
    put(h, r, a, result);
    h.run_pending()?;
    Ok(Called::Done)
}

/// Leaves a frame that is no plain one. Its locals are dropped. `Some` is what the eval loop returns.
#[inline(never)]
pub(crate) fn finish(h: &mut Held, value: Value) -> R<Option<Value>> {
    // SAFETY: the running frame is on top; its fields are moved out before it is popped.
    unsafe {
        let frame = h.frame;
        let (kind, ret) = ((*frame).kind, (*frame).ret);
        crate::objects::frame::leaving(h, frame);
        let keep = (*frame).keep.take();
        h.frame = frame.sub(1);
        h.depth -= 1;
        match kind {
            FrameKind::Normal => crate::vm::regs::put(h, ret, value.into_bits()),
            FrameKind::Construct => {
                if !value.is_none() {
                    let message = format!("__init__() should return None, not '{}'", value.class_name());
                    return Err(h.type_error(message));
                }
                let instance = keep.unwrap_or(Value::NONE);
                crate::vm::regs::put(h, ret, instance.into_bits());
                return Ok(None);
            }
            FrameKind::Entry => {
                drop(keep);
                return Ok(Some(value));
            }
            FrameKind::ForIter => {
                super::generator::finished_in_for(h, keep, value);
                h.run_pending()?;
                return Ok(None);
            }
            FrameKind::Resume => {
                super::generator::finished(h, keep);
                return Ok(Some(value));
            }
        }
        drop(keep);
        h.run_pending()?;
        Ok(None)
    }
}
