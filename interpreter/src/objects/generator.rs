//! Generators, coroutines and async generators: functions whose frame comes and goes.
//!
//! In: a function with its arguments bound. Out: values at each `yield`. The one invariant: its window of registers stands behind
//! the data, and only the thread that has set `state` to `Running` looks into it; others do it while the generator is at rest.

use super::class::Class;
use super::code::Code;
use super::frame::FrameObject;
use super::function::Function;
use super::header::{Kind, Obj, Object, Ref, Trace, Visitor, allocate};
use super::value::{Reg, Value};
use crate::sync::Word;
use crate::sync::{Held, ObjCell};
use crate::vm::regs::{Regs, move_words};
use std::sync::atomic::AtomicU16;
use toy_compiler::bytecode::proto::flags;

/// Where a generator is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not started.
    Created,
    Suspended,
    Running,
    Finished,
}

/// The data of all three.
pub struct Generator {
    pub(crate) state: Word<State>,
    pub(crate) code: Ref<Code>,
    pub(crate) function: Ref<Function>,
    /// A code index.
    pub(crate) at: Word<usize>,
    /// What it was handling when it was suspended.
    pub(crate) handled: ObjCell<Option<Value>>,
    pub(crate) name: ObjCell<Value>,
    pub(crate) qualname: ObjCell<Value>,
    /// Async generators: asend() and the like are under way.
    pub(crate) busy: Word<bool>,
    /// Async generators: has been closed, or has ended.
    pub(crate) closed: Word<bool>,
    /// Async generators: the event loop's hooks were called.
    pub(crate) hooked: Word<bool>,
    /// The frame object that somebody holds while it does not run.
    pub(crate) frame: ObjCell<Option<Value>>,
    /// Async generators: the finalizer hook.
    pub(crate) finalizer: ObjCell<Option<Value>>,
    /// Coroutines: where it was made, if `sys.set_coroutine_origin_tracking_depth` asks for it.
    pub(crate) origin: ObjCell<Option<Value>>,
}

// SAFETY: no other type has this kind; every field that owns values is shown, and so are all registers.
unsafe impl Object for Generator {
    const NAME: &'static str = "generator";
    const TRACED: bool = true;

    #[inline(always)]
    fn kind() -> Kind {
        Kind::GENERATOR
    }

    fn trace(&self, visit: &mut Visitor<'_>) {
        self.code.trace(visit);
        self.function.trace(visit);
        for part in [&self.handled, &self.frame, &self.finalizer, &self.origin] {
            part.trace(visit);
        }
        self.name.trace(visit);
        self.qualname.trace(visit);
        // SAFETY: the collector stopped everybody else.
        unsafe { self.registers() }.iter().for_each(|reg| reg.trace(visit));
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        // SAFETY: the generator ends, so nobody else looks at its fields.
        let frame = unsafe { (*self.frame.raw()).take() };
        if let Some(frame) = frame.as_ref().and_then(|frame| frame.downcast::<FrameObject>()) {
            frame.generator.set(None);
        }
        for i in 0..self.code.nregs as usize {
            // SAFETY: every register was written when the generator was made.
            unsafe { std::ptr::drop_in_place(self.window().slot(i)) }
        }
    }
}

impl Generator {
    pub(crate) fn register_kind() -> Kind {
        static NUMBER: AtomicU16 = AtomicU16::new(u16::MAX);
        Kind::register::<Generator>(Some(Kind::GENERATOR.0), &NUMBER)
    }

    /// Its registers, as many as the code has.
    #[inline(always)]
    pub(crate) fn window(&self) -> Regs {
        Regs((self as *const Generator as *mut Generator).wrapping_add(1).cast())
    }

    /// # Safety
    /// Nobody changes them as long as they are looked at.
    pub(crate) unsafe fn registers(&self) -> &[Reg] {
        // SAFETY: a `Generator` exists only inside its allocation, where the registers stand behind it.
        unsafe { std::slice::from_raw_parts(self.window().0, self.code.nregs as usize) }
    }

    pub fn is_coroutine(&self) -> bool {
        self.code.flags & flags::COROUTINE != 0
    }

    pub fn is_async_generator(&self) -> bool {
        self.code.flags & flags::ASYNC_GENERATOR != 0
    }

    /// The word for it in messages.
    pub fn noun(&self) -> &'static str {
        match (self.is_coroutine(), self.is_async_generator()) {
            (true, _) => "coroutine",
            (_, true) => "async generator",
            _ => "generator",
        }
    }
}

impl Obj<Generator> {
    /// Drops what its registers hold; it has been claimed, or has ended. Another thread may close it at the same time: what is in a register is
    /// one's alone.
    pub(crate) fn clear(&self, h: &mut Held) {
        for i in 0..self.code.nregs as usize {
            if self.header().count.is_private() {
                // SAFETY: nobody else looks into its registers.
                unsafe { self.window().put(h, i, 0) };
            } else {
                // SAFETY: nobody runs it, and who clears it has its lock.
                drop(self.header().lock.hold(|| unsafe { self.window().take(i) }));
            }
        }
    }

    /// The registers, unless it runs.
    pub(crate) fn at_rest<T>(&self, look: impl FnOnce(&[Reg]) -> T) -> Option<T> {
        let rests = || matches!(self.state.get(), State::Created | State::Suspended);
        // SAFETY: nobody runs it, and nobody begins to: it is this thread's own, or its lock is held.
        let look = || rests().then(|| look(unsafe { self.registers() }));
        if self.header().count.is_private() { look() } else { self.header().lock.hold(look) }
    }
}

impl Held {
    /// A generator that is about to start with its first `bound` registers as they stand at `base`, where they are moved out.
    ///
    /// # Safety
    /// So many registers stand there.
    pub(crate) unsafe fn new_generator(&mut self, f: &Obj<Function>, base: *mut Reg, bound: usize) -> Ref<Generator> {
        let code = f.code.read(self, Clone::clone);
        let nregs = code.nregs as usize;
        let class: &Obj<Class> = match code.flags {
            bits if bits & flags::COROUTINE != 0 => &super::core().coroutine,
            bits if bits & flags::ASYNC_GENERATOR != 0 => &super::core().async_generator,
            _ => &super::core().generator,
        };
        let generator = Generator {
            state: Word::new(State::Created),
            code,
            function: f.to_ref(),
            at: Word::new(0),
            handled: ObjCell::private(None),
            name: ObjCell::private(f.name.read(self, Clone::clone)),
            qualname: ObjCell::private(f.qualname.read(self, Clone::clone)),
            busy: Word::new(false),
            closed: Word::new(false),
            hooked: Word::new(false),
            frame: ObjCell::private(None),
            finalizer: ObjCell::private(None),
            origin: ObjCell::private(None),
        };
        let generator = allocate(class, generator, nregs * size_of::<Reg>());
        // SAFETY: the caller's promise, and there is room for so many registers.
        unsafe {
            move_words(base, generator.window().0, bound);
            (bound..nregs).for_each(|i| generator.window().slot(i).cast::<u64>().write_volatile(0));
        }
        // A plain generator has nothing to clean up until it is suspended where something waits for its end: see `suspend`.
        if generator.is_coroutine() || generator.is_async_generator() {
            self.wants_finalizer(generator.value());
        }
        if self.origin_depth > 0 && generator.is_coroutine() {
            let origin = self.origin();
            generator.origin.write(self, |own| *own = Some(origin));
        }
        generator
    }

    /// Where the running function is and who called it, so many frames: tuples of file, line and name.
    #[cold]
    fn origin(&mut self) -> Value {
        let mut entries = Vec::new();
        for depth in 0..self.origin_depth {
            let Some(frame) = self.frame_at(depth) else { break };
            let Some(frame) = frame.downcast::<FrameObject>() else { break };
            let (code, line) = (frame.code.clone(), frame.line(self));
            let line = self.new_int(i64::from(line));
            entries.push(self.tuple_of(&[code.filename.clone(), line, code.name.clone()]));
        }
        self.new_tuple(entries)
    }
}
