//! Call instructions: pushing frames for toy functions, calling native ones on the window as it is.
//!
//! In: a window: the callee, then its arguments. Out: a new frame on top, or the result in the window's first register.
//! The one invariant: the running frame's function is owned by the register in front of its window or by its `keep`.

use super::attr::{self, Method};
use super::construct::call_class;
use super::put;
use crate::objects::code::Site;
use crate::objects::function::{Args, BoundMethod, Function, Native, Role};
use crate::objects::header::{Header, Kind, Obj, Ref};
use crate::objects::tuple::Tuple;
use crate::objects::value::{Reg, Value, as_regs};
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::Given;
use crate::sync::Held;
use crate::sync::held::recursion_limit;
use crate::vm::frame::{Frame, FrameKind};
use crate::vm::regs::{Regs, apart, is_object, move_words, share};
use smallvec::SmallVec;

/// What a call did. As wide as a word, so that a `R<Called>` stands in two machine registers.
#[repr(u64)]
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
        if is_object(callee) && (*(callee as *const Header)).kind() == Kind::NATIVE {
            return call_native(h, r, a, count);
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
    unsafe { enter_with_defaults(h, f, place, count, keep, FrameKind::Normal) }
}

/// Enters a function whose last positional arguments are left to their defaults, makes a generator, or binds as it must be.
#[inline(never)]
unsafe fn enter_with_defaults(
    h: &mut Held,
    f: &Obj<Function>,
    place: Place,
    count: usize,
    keep: Option<Value>,
    kind: FrameKind,
) -> R<Called> {
    // SAFETY: the arguments stand at the base; the region's end is checked before anything is written behind them.
    unsafe {
        if f.generator_args.get() == count as i32 {
            return Ok(make_generator(h, f, place, count, keep));
        }
        let wanted = f.simple_args.get();
        if let Some(defaults) = (*f.defaults.raw()).exactly::<Tuple>()
            && wanted > count as i32
            && wanted as usize - count <= defaults.items().len()
        {
            let place = settle(h, place, count)?;
            let wanted = wanted as usize;
            if !h.stack.has_room(place.base, wanted) {
                return Err(too_deep(h, keep));
            }
            let items = defaults.items();
            for (i, default) in items[items.len() - (wanted - count)..].iter().enumerate() {
                place.base.add(count + i).cast::<u64>().write(share(default.bits()));
            }
            let pushed = push(h, f, place, wanted, keep, kind);
            if pushed.is_err() {
                (count..wanted).for_each(|i| Regs(place.base).put(h, i, 0));
            }
            return pushed.map(|()| Called::Frame);
        }
        super::function::bind_and_enter(h, f, place, count, &[], keep, kind)
    }
}

/// The result of calling a generator function whose `bound` parameters stand at the place's base.
///
/// # Safety
/// So many registers stand there, and the place's other one is the caller's.
pub(super) unsafe fn make_generator(
    h: &mut Held,
    f: &Obj<Function>,
    place: Place,
    bound: usize,
    keep: Option<Value>,
) -> Called {
    // SAFETY: the caller's promise. The function in the place is dropped when the generator, which holds it, takes its register.
    unsafe {
        let generator = h.new_generator(f, place.base, bound);
        crate::vm::regs::put(h, place.ret, generator.into_value().into_bits());
    }
    drop(keep);
    Called::Done
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
        if !h.stack.has_room(place.base, code.nregs as usize) {
            return push_elsewhere(h, f, place, bound, keep, kind);
        }
        apart();
        let frame = h.frame.add(1);
        if h.depth >= recursion_limit() {
            return Err(too_deep(h, keep));
        }
        apart();
        if frame.add(1) >= h.frames.end() {
            return Err(too_deep(h, keep));
        }
        for i in bound..code.nlocals as usize {
            // Volatile: a handful of stores, not a call of memset.
            place.base.add(i).cast::<u64>().write_volatile(0);
        }
        frame.write(Frame {
            pc: code.code.as_ptr(),
            regs: place.base,
            ret: place.ret,
            code,
            function: f,
            plain: kind == FrameKind::Normal && keep.is_none(),
            keep,
            kind,
            object: None,
        });
        h.frame = frame;
        h.depth += 1;
    }
    Ok(())
}

/// As `push`, where the window cannot begin at the arguments: the stack is full, or they stand in a generator's registers.
#[inline(never)]
unsafe fn push_elsewhere(
    h: &mut Held,
    f: &Obj<Function>,
    place: Place,
    bound: usize,
    keep: Option<Value>,
    kind: FrameKind,
) -> R<()> {
    // SAFETY: the caller's promise.
    unsafe {
        if h.stack.has_room(place.base, 0) {
            return Err(too_deep(h, keep));
        }
        let place = settle(h, place, bound)?;
        push_or_clear(h, f, place, bound, keep, kind)
    }
}

/// Where a callee's window begins whose `count` arguments stand at the place's base: there, or, if the caller is a generator and has its
/// registers elsewhere, above the frame that resumed it, where the arguments are moved.
///
/// # Safety
/// So many registers stand there.
#[inline(always)]
pub(crate) unsafe fn settle(h: &mut Held, place: Place, count: usize) -> R<Place> {
    if h.stack.has_room(place.base, 0) {
        return Ok(place);
    }
    let base = h.top();
    if !h.stack.has_room(base, count + 1) {
        return Err(h.recursion_error(""));
    }
    // SAFETY: above the running frame's top nothing is alive, and there is room.
    unsafe { move_words(place.base, base, count) };
    Ok(Place { base, ..place })
}

/// Enters a function of `N` parameters above the running frame's window, for an instruction that is no call.
///
/// # Safety
/// `ret` is a register of the running frame.
pub(crate) unsafe fn enter_method<const N: usize>(
    h: &mut Held,
    f: Ref<Function>,
    args: [Value; N],
    ret: *mut Reg,
    kind: FrameKind,
) -> R<Called> {
    let base = h.top();
    if base.wrapping_add(N) >= h.stack.end() {
        return Err(h.recursion_error(""));
    }
    // SAFETY: above the running frame's window nothing is alive.
    unsafe {
        for (i, arg) in args.into_iter().enumerate() {
            base.add(i).cast::<u64>().write(arg.into_bits());
        }
        let function: *const Obj<Function> = &*f;
        push_or_clear(h, &*function, Place { base, ret }, N, Some(f.into_value()), kind)?;
    }
    Ok(Called::Frame)
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
        let callee = r.bits(a);
        if is_object(callee) {
            match (*(callee as *const Header)).kind() {
                Kind::CLASS => return call_class(h, r, a, count),
                Kind::BOUND_METHOD => return call_bound(h, r, a, count),
                _ => (),
            }
        }
        let Some(callee) = r.take(a) else { return Err(h.runtime_error("a call without a callee")) };
        let result = h.call_regs(&callee, std::slice::from_raw_parts(r.slot(a + 1), count), &[])?;
        drop(callee);
        done(h, r, a, count, result)
    }
}

/// Calls the native function in `a`, which stays there meanwhile unless its receiver takes its place.
#[inline(never)]
unsafe fn call_native(h: &mut Held, r: Regs, a: usize, count: usize) -> R<Called> {
    // SAFETY: the verifier checked the window; the kind was checked.
    unsafe {
        let native = &*(r.bits(a) as *const Obj<Native>);
        if is_plain(native) && native.def.signature().takes_as_they_are(count) {
            let args = std::slice::from_raw_parts(r.slot(a + 1), count);
            let result = (native.def.function)(h, Args(args))?;
            return done(h, r, a, count, result);
        }
        call_native_bound(h, r, a, count)
    }
}

/// Calls a native function that has a receiver, or whose arguments must be bound.
#[inline(never)]
unsafe fn call_native_bound(h: &mut Held, r: Regs, a: usize, count: usize) -> R<Called> {
    // SAFETY: as in `call_native`.
    unsafe {
        let native = &*(r.bits(a) as *const Obj<Native>);
        if native.receiver.is_none() {
            let result = h.invoke(native, std::slice::from_raw_parts(r.slot(a + 1), count), &[])?;
            return done(h, r, a, count, result);
        }
        let callee = r.take(a);
        *r.slot(a) = Some(native.receiver.clone());
        let result = h.invoke(native, std::slice::from_raw_parts(r.slot(a), count + 1), &[])?;
        drop(callee);
        done(h, r, a, count, result)
    }
}

/// Calls the bound method in `a`: its receiver takes its place.
unsafe fn call_bound(h: &mut Held, r: Regs, a: usize, count: usize) -> R<Called> {
    // SAFETY: the verifier checked the window; the kind was checked.
    unsafe {
        let bound = &*(r.bits(a) as *const Obj<BoundMethod>);
        let (function, receiver) = (bound.function.clone(), bound.receiver.clone());
        put(h, r, a, receiver);
        if let Some(f) = function.downcast::<Function>().map(|f| f as *const Obj<Function>) {
            let place = Place { base: r.slot(a), ret: r.slot(a) };
            return enter(h, &*f, place, count + 1, Some(function));
        }
        let result = h.call_regs(&function, std::slice::from_raw_parts(r.slot(a), count + 1), &[])?;
        done(h, r, a, count, result)
    }
}

/// The result takes the callee's place; the arguments are dropped.
#[inline(always)]
pub(super) unsafe fn done(h: &mut Held, r: Regs, a: usize, count: usize, result: Value) -> R<Called> {
    put(h, r, a, result);
    for i in a + 1..a + count + 1 {
        // SAFETY: the verifier checked the window.
        unsafe { r.put(h, i, 0) };
    }
    h.run_pending()?;
    Ok(Called::Done)
}

/// As `push`; if that fails, the bound arguments are dropped, for the caller's window ends before them.
pub(crate) unsafe fn push_or_clear(
    h: &mut Held,
    f: &Obj<Function>,
    place: Place,
    bound: usize,
    keep: Option<Value>,
    kind: FrameKind,
) -> R<()> {
    // SAFETY: the caller's promise.
    unsafe {
        let pushed = push(h, f, place, bound, keep, kind);
        if pushed.is_err() {
            (0..bound).for_each(|i| Regs(place.base).put(h, i, 0));
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
        call_native_method(h, r, a, count, &*(method as *const Obj<Native>))
    }
}

/// Calls a native method of the receiver's class, or of a base of it, with the receiver in `a + 1`.
#[inline(never)]
unsafe fn call_native_method(h: &mut Held, r: Regs, a: usize, count: usize, native: &Obj<Native>) -> R<Called> {
    // Another thread may take the method out of the class during the call.
    let _held = (!native.header().count.is_private()).then(|| native.to_value());
    // SAFETY: the verifier checked the window; the class holds the method, or we do.
    unsafe {
        let args = std::slice::from_raw_parts(r.slot(a + 1), count + 1);
        let result = match native.def.signature().takes_as_they_are(count) {
            true => (native.def.function)(h, Args(args))?,
            false => h.call_def(native.def, Given { args, keywords: &[] }, 1, &native.owner)?,
        };
        done(h, r, a, count + 1, result)
    }
}

#[inline(never)]
unsafe fn call_method_slow(h: &mut Held, r: Regs, a: usize, count: usize, site: &Site) -> R<Called> {
    // SAFETY: the verifier checked the window.
    unsafe {
        if let Some(method) = attr::remembered_method(h, r.bits(a + 1), site) {
            return call_found(h, r, a, count, method);
        }
        if let Some(bits) = attr::cached_slot(r.bits(a + 1), site) {
            r.put(h, a + 1, bits);
            return call_shifted(h, r, a, count);
        }
        if let Some(value) = r.get(a + 1).and_then(|object| attr::cached_of_module(object, site)) {
            return call_attribute(h, r, a, count, value);
        }
        let object = super::keep(h, r, a + 1)?.clone();
        if let Some((method, receiver)) = attr::method_behind(h, &object, site) {
            put(h, r, a + 1, receiver);
            drop(object);
            return call_found(h, r, a, count, method);
        }
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
                call_attribute(h, r, a, count, value)
            }
        }
    }
}

/// Calls what was found in the object in `a + 1`, with the arguments behind that.
unsafe fn call_attribute(h: &mut Held, r: Regs, a: usize, count: usize, value: Value) -> R<Called> {
    // SAFETY: the verifier checked the window.
    unsafe {
        if let Some(native) = value.downcast::<Native>().filter(|native| is_plain(native)) {
            // A function of a native module: its arguments need not move.
            r.put(h, a + 1, 0);
            let args = std::slice::from_raw_parts(r.slot(a + 2), count);
            let result = h.call_def(native.def, Given { args, keywords: &[] }, 0, &native.module)?;
            drop(value);
            return done(h, r, a, count + 1, result);
        }
        // The attribute becomes the callee at `a + 1`; the result belongs to `a`.
        r.put(h, a + 1, value.into_bits());
        call_shifted(h, r, a, count)
    }
}

/// Whether a native function is given nothing but its arguments.
fn is_plain(native: &Native) -> bool {
    native.receiver.is_none() && native.owner.is_none() && native.role == Role::Function
}

/// Calls what stands in `a + 1` with the arguments behind it; the result goes to `a`.
unsafe fn call_shifted(h: &mut Held, r: Regs, a: usize, count: usize) -> R<Called> {
    // SAFETY: the verifier checked the window; the words move down by one.
    unsafe {
        for i in a..=a + count {
            r.slot(i).cast::<u64>().write_volatile(r.bits(i + 1));
        }
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
        if (*(callee as *const Header)).kind() == Kind::NATIVE {
            // A method of the receiver's class: LOAD_METHOD gives no other native function.
            return call_native_method(h, r, a, count, &*(callee as *const Obj<Native>));
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
    let mut all: SmallVec<[Value; 8]> = match args.exactly::<Tuple>() {
        Some(tuple) => tuple.items().iter().cloned().collect(),
        None => h.star_args(&callee, &args)?.into(),
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
            return super::function::bind_values(h, f, place, as_regs(&all), &names, None, FrameKind::Normal);
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
        if (*frame).object.is_some() {
            crate::objects::frame::leaving(h, frame);
        }
        let keep = (*frame).keep.take();
        h.frame = frame.sub(1);
        h.depth -= 1;
        match kind {
            FrameKind::Normal => {
                crate::vm::regs::put(h, ret, value.into_bits());
                drop(keep);
            }
            FrameKind::Construct => {
                if !value.is_none() {
                    let message = format!("__init__() should return None, not '{}'", value.class_name());
                    return Err(h.type_error(message));
                }
                let instance = keep.unwrap_or(Value::NONE);
                crate::vm::regs::put(h, ret, instance.into_bits());
                return Ok(None);
            }
            FrameKind::Operator(op) => {
                drop(keep);
                super::arith::answered(h, op, value)?;
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
            FrameKind::Delegate => {
                super::generator::finished(h, keep);
                super::generator::delegate_returned(h, value);
            }
            FrameKind::Resume => {
                super::generator::finished(h, keep);
                return Ok(Some(value));
            }
        }
        h.run_pending()?;
        Ok(None)
    }
}
