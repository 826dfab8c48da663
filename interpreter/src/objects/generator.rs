//! Generators, coroutines and async generators: functions whose frame comes and goes.
//!
//! In: a function with its arguments bound. Out: values at each `yield`. The one invariant: `regs` is its window of registers, which only
//! the thread that has set `state` to `Running` looks into; others do it while the generator is at rest.

use super::class::Class;
use super::code::Code;
use super::frame::FrameObject;
use super::function::Function;
use super::header::{Obj, Ref, allocate};
use super::value::{Reg, Value};
use crate::sync::Word;
use crate::sync::{Held, ObjCell};
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
    /// As many as the code has registers.
    pub(crate) regs: ObjCell<Vec<Reg>>,
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

crate::object!(Generator = super::header::Kind::GENERATOR, "generator",
    traced [code, function, regs, handled, name, qualname, frame, finalizer, origin]);

impl Drop for Generator {
    fn drop(&mut self) {
        // SAFETY: the generator ends, so nobody else looks at its fields.
        let frame = unsafe { (*self.frame.raw()).take() };
        if let Some(frame) = frame.as_ref().and_then(|frame| frame.downcast::<FrameObject>()) {
            frame.generator.set(None);
        }
    }
}

impl Generator {
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
    /// The registers, unless it runs.
    pub(crate) fn at_rest<T>(&self, look: impl FnOnce(&[Reg]) -> T) -> Option<T> {
        let rests = || matches!(self.state.get(), State::Created | State::Suspended);
        // SAFETY: nobody runs it, and nobody begins to: it is this thread's own, or its lock is held.
        let look = || rests().then(|| look(unsafe { &*self.regs.raw() }));
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
        let mut regs = Vec::with_capacity(code.nregs as usize);
        // SAFETY: the caller's promise.
        regs.extend((0..bound).map(|i| unsafe { (*base.add(i)).take() }));
        regs.resize_with(code.nregs as usize, || None);
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
            regs: ObjCell::private(regs),
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
        let generator = allocate(class, generator, 0);
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
