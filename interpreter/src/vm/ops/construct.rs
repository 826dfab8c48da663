//! Calling a class: an instance is made, and its `__init__` runs in a frame.
//!
//! In: a window with a class in front. Out: as for other calls. The one invariant: what calling a class does (`Constructor`) is found once
//! and remembered for as long as neither the class nor its metaclass changes.

use super::call::{Called, Place, done, push_or_clear, settle};
use super::put;
use crate::objects::class::{Class, Constructor, METACLASS_CHANGES, class_flag};
use crate::objects::core;
use crate::objects::exception::Exc;
use crate::objects::function::{Function, Native, Role};
use crate::objects::header::{Header, Kind, Obj};
use crate::objects::names::{Name, n};
use crate::objects::value::{Reg, Value};
use crate::runtime::error::R;
use crate::runtime::signature::Given;
use crate::sync::Held;
use crate::vm::frame::FrameKind;
use crate::vm::regs::{Regs, share};
use std::sync::atomic::Ordering;

/// Calls the class in `a`.
pub(super) unsafe fn call_class(h: &mut Held, r: Regs, a: usize, count: usize) -> R<Called> {
    // SAFETY: the verifier checked the window; the kind was checked. The class stays in its register until the instance is made.
    unsafe {
        let class = &*(r.bits(a) as *const Obj<Class>);
        match h.constructor_of(class) {
            Constructor::Init(init) => {
                let instance = h.new_instance(class).into_value();
                return run_init(h, r, a, count, init, instance);
            }
            Constructor::Plain if count == 0 => {
                let instance = h.new_instance(class).into_value();
                return done(h, r, a, 0, instance);
            }
            Constructor::Exception => {
                let args = std::slice::from_raw_parts(r.slot(a + 1), count);
                let exception = h.new_exception_of(class, args);
                return done(h, r, a, count, exception);
            }
            Constructor::Native { new, init } => return construct_native(h, r, a, count, new, init),
            _ => (),
        }
        if count == 1 && std::ptr::eq(class, &*core().type_) {
            let of = super::keep(h, r, a + 1)?.class().to_value();
            return done(h, r, a, 1, of);
        }
        let Some(callee) = r.take(a) else { return Err(h.runtime_error("a call without a callee")) };
        if count == 0 && crate::types::super_::is_super(&callee) {
            // `super()` without arguments is made without the detour through `type.__call__`.
            let object = crate::types::super_::of_method(h)?;
            put(h, r, a, object);
            return Ok(Called::Done);
        }
        let result = h.call_regs(&callee, std::slice::from_raw_parts(r.slot(a + 1), count), &[])?;
        drop(callee);
        done(h, r, a, count, result)
    }
}

/// Runs a toy `__init__` (a word that the class holds) on a new instance with the arguments behind `a`.
unsafe fn run_init(h: &mut Held, r: Regs, a: usize, count: usize, init: u64, instance: Value) -> R<Called> {
    let f = init as *const Obj<Function>;
    // SAFETY: the window is followed by room, or `push` and `bind_and_enter` raise RecursionError: one register above the
    // arguments is inside the reserve that `Region` keeps. The register takes a reference to the function.
    unsafe {
        let place = settle(h, Place { base: r.slot(a + 1), ret: r.slot(a) }, count)?;
        let base = place.base;
        for i in (0..count).rev() {
            base.add(i + 1).cast::<u64>().write(*base.add(i).cast::<u64>());
        }
        base.cast::<u64>().write(instance.clone().into_bits());
        r.put(h, a, share(init));
        if (*f).simple_args.get() == count as i32 + 1 {
            push_or_clear(h, &*f, place, count + 1, Some(instance), FrameKind::Construct)?;
            return Ok(Called::Frame);
        }
        super::function::bind_and_enter(h, &*f, place, count + 1, &[], Some(instance), FrameKind::Construct)
    }
}

/// Calls a native `__new__` on the window as it is, which begins with the class, then the `__init__`.
unsafe fn construct_native(h: &mut Held, r: Regs, a: usize, count: usize, new: u64, init: u64) -> R<Called> {
    // SAFETY: the verifier checked the window; the class, which is kept alive here, holds both functions.
    unsafe {
        let native = &*(new as *const Obj<Native>);
        let args = std::slice::from_raw_parts(r.slot(a), count + 1);
        let object = h.call_def(native.def, Given { args, keywords: &[] }, 1, &native.owner)?;
        let same = args[0].as_ref().is_some_and(|class| object.class().is(class));
        if same && init == 0 {
            return done(h, r, a, count, object);
        }
        let Some(class) = r.take(a) else { return Err(h.runtime_error("a call without a callee")) };
        if !same {
            let args = std::slice::from_raw_parts(r.slot(a + 1), count);
            let object = h.init_made(object, &class, args, &[])?;
            return done(h, r, a, count, object);
        }
        if (*(init as *const Header)).kind() == Kind::FUNCTION {
            return run_init(h, r, a, count, init, object);
        }
        *r.slot(a) = Some(object.clone());
        let init = &*(init as *const Obj<Native>);
        let args = std::slice::from_raw_parts(r.slot(a), count + 1);
        h.call_def(init.def, Given { args, keywords: &[] }, 1, &init.owner)?;
        done(h, r, a, count, object)
    }
}

impl Held {
    /// What calling a class with `Constructor::Exception` gives. What `BaseException.__new__` stores, its `__init__` would store
    /// again.
    pub(crate) fn new_exception_of(&mut self, class: &Obj<Class>, args: &[Reg]) -> Value {
        let args = self.tuple_from_iter(args.len(), args.iter().flatten().cloned());
        self.new_exception(class, args).into_value()
    }

    /// What calling a class does, remembered until the class changes.
    #[inline]
    pub(crate) fn constructor_of(&mut self, class: &Obj<Class>) -> Constructor {
        let (version, known) = class.constructor.get();
        if version == version_of_constructor(class) { known } else { self.find_constructor(class) }
    }

    #[inline(never)]
    fn find_constructor(&mut self, class: &Obj<Class>) -> Constructor {
        // Read before anything is looked up: whatever changes meanwhile renews it.
        let version = version_of_constructor(class);
        let found = self.look_for_constructor(class);
        if class.kind.get() == Kind::INSTANCE {
            self.foresee_slots(class);
        }
        class.constructor.set((version, found));
        found
    }

    /// Whether a class has this `__init__`, and `__new__`, of `BaseException`.
    fn is_exceptions_own(&self, class: &Obj<Class>, init: &Value) -> bool {
        let base = Exc::BaseException.class();
        let own = |name: Name| base.lookup(self, name.value());
        own(n::__init__).is_some_and(|own| own.is(init))
            && own(n::__new__).zip(class.lookup(self, n::__new__.value())).is_some_and(|(own, new)| own.is(&new))
    }

    fn look_for_constructor(&mut self, class: &Obj<Class>) -> Constructor {
        let calls = |meta: &Obj<Class>| meta.lookup(self, n::__call__.value()).map(|call| call.bits());
        let ordinary = calls(class.class()) == calls(&core().type_)
            && !std::ptr::eq(class, &*core().type_)
            && !class.has(class_flag::ABSTRACT | class_flag::NO_NEW)
            && !crate::types::super_::is_super(&class.to_value());
        if !ordinary {
            return Constructor::Other;
        }
        let init = class.lookup(self, n::__init__.value()).filter(|_| !self.is_objects_own(class, n::__init__));
        if init.as_ref().is_some_and(|init| self.is_exceptions_own(class, init)) {
            return Constructor::Exception;
        }
        let kind_of_init = init.as_ref().and_then(|init| init.header()).map(Header::kind);
        let init = init.as_ref().map_or(0, Value::bits);
        if self.is_objects_own(class, n::__new__) {
            return match kind_of_init {
                _ if class.kind.get() != Kind::INSTANCE => Constructor::Other,
                None => Constructor::Plain,
                Some(Kind::FUNCTION) => Constructor::Init(init),
                Some(_) => Constructor::Other,
            };
        }
        let Some(new) = class.lookup(self, n::__new__.value()) else { return Constructor::Other };
        let Some(native) = new.downcast::<Native>().filter(|native| native.role == Role::New) else {
            return Constructor::Other;
        };
        let fits = native.owner.downcast::<Class>().is_some_and(|owner| owner.kind.get() == class.kind.get());
        match kind_of_init {
            None | Some(Kind::FUNCTION | Kind::NATIVE) if fits => Constructor::Native { new: new.bits(), init },
            _ => Constructor::Other,
        }
    }
}

/// What `Class::constructor` is valid for: a metaclass that changes may bring a `__call__` of its own.
#[inline(always)]
fn version_of_constructor(class: &Obj<Class>) -> u64 {
    class.version() ^ METACLASS_CHANGES.load(Ordering::Relaxed) << 40
}
