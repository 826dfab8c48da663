//! `frame`: what `sys._getframe` and tracebacks show of a running or finished function.
//!
//! In: a frame of the eval loop. Out: an object that outlives it. The one invariant: while the function runs, `live` points to its
//! frame; while its generator is suspended, `generator` leads to the registers; `leaving` takes over the locals of a function that
//! ends while somebody else holds the object, so that they live as long as it.

use super::code::Code;
use super::dict::Dict;
use super::exception::Exc;
use super::function::SharedCell;
use super::generator::{Generator, State};
use super::header::{Header, Obj, Ref, Trace, Visitor, allocate};
use super::str::text_of;
use super::tuple::Tuple;
use super::value::{Reg, Value};
use crate::runtime::error::R;
use crate::runtime::thread;
use crate::sync::Word;
use crate::sync::{Held, ObjCell, is_parallel, publish, publish_object};
use crate::vm::frame::Frame;
use crate::vm::trace;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;
use toy_compiler::bytecode::proto::flags;

/// The data of a frame object.
pub struct FrameObject {
    pub code: Ref<Code>,
    pub globals: Ref<Dict>,
    /// The cells of the free variables: a tuple, or `None`.
    pub(crate) closure: Value,
    /// Null when the function is not running.
    pub(crate) live: Word<*mut Frame>,
    /// Uncounted: the generator that is suspended or running; it clears this when it ends.
    pub(crate) generator: Word<Option<NonNull<Obj<Generator>>>>,
    /// The code index behind the instruction where it was last.
    pub(crate) at: Word<usize>,
    /// The caller's frame object, known when the function was left.
    pub(crate) back: ObjCell<Option<Value>>,
    /// The locals when the function was left, by register.
    pub(crate) locals: ObjCell<Vec<Option<Value>>>,
    /// The dict that `f_locals` gave.
    pub(crate) snapshot: ObjCell<Option<Ref<Dict>>>,
    pub(crate) trace: ObjCell<Option<Value>>,
    pub(crate) trace_lines: Word<bool>,
    pub(crate) trace_opcodes: Word<bool>,
    pub(crate) marks: Marks,
}

crate::object!(FrameObject, "frame", traced [code, globals, closure, back, locals, snapshot, trace, marks]);

/// What tracing must know of a frame.
#[derive(Default)]
pub(crate) struct Marks {
    /// The event `call` is behind it.
    pub entered: Word<bool>,
    /// A generator's: that it goes on is to be told.
    pub suspended: Word<bool>,
    /// One more than the index of the instruction that ran last; 0 if none did.
    pub last: Word<usize>,
    /// The same of the last one that begins a line.
    pub before: Word<usize>,
    /// The line that is being run; 0 if that is not known.
    pub line: Word<u32>,
    /// The body of a `while` loop was run: going back to it is an event.
    pub looped: Word<bool>,
    /// What `f_lineno` says instead of the instruction's line; 0 if nothing else.
    pub shown_line: Word<u32>,
    /// A native function that is being called.
    pub native: ObjCell<Option<Value>>,
}

impl Trace for Marks {
    fn trace(&self, visit: &mut Visitor<'_>) {
        self.native.trace(visit);
    }
}

/// Where a frame object's function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    NotStarted,
    Running,
    Suspended,
    Left,
}

fn new(code: Ref<Code>, globals: Ref<Dict>, closure: Value, at: usize) -> FrameObject {
    FrameObject {
        code,
        globals,
        closure,
        live: Word::new(std::ptr::null_mut()),
        generator: Word::new(None),
        at: Word::new(at),
        back: ObjCell::private(None),
        locals: ObjCell::private(Vec::new()),
        snapshot: ObjCell::private(None),
        trace: ObjCell::private(None),
        trace_lines: Word::new(true),
        trace_opcodes: Word::new(false),
        marks: trace::marks(at),
    }
}

/// The frame object of a running frame, made if need be.
pub(crate) fn of(h: &mut Held, frame: *mut Frame) -> Value {
    // SAFETY: the caller has a running frame of this thread, or of one that stands still.
    unsafe {
        let foreign = is_parallel() && !(h.frames.start()..=h.frame).contains(&frame);
        if let Some(object) = &(*frame).object {
            if foreign {
                publish(object);
            }
            return object.clone();
        }
        if foreign {
            // Its thread stands still.
            publish_object(NonNull::from((*frame).function().header()));
            (*frame).keep.iter().for_each(publish);
        }
        let function = (*frame).function();
        let object = new((*frame).code().to_ref(), function.globals.clone(), function.closure.clone(), (*frame).at());
        object.live.set(frame);
        let generator = (*frame).keep.as_ref().and_then(|keep| keep.downcast::<Generator>());
        object.generator.set(generator.map(NonNull::from));
        let object = allocate(&super::core().frame, object, 0).into_value();
        if foreign {
            publish(&object);
        }
        (*frame).object = Some(object.clone());
        (*frame).plain = false;
        object
    }
}

/// `gi_frame`: nothing when the generator has ended.
pub(crate) fn of_generator(h: &mut Held, generator: &Obj<Generator>) -> Option<Value> {
    match generator.state.get() {
        State::Finished => None,
        State::Running => h.running_frame_of(generator).map(|frame| of(h, frame)),
        State::Created | State::Suspended => {
            if let Some(known) = generator.frame.read(h, Clone::clone) {
                return Some(known);
            }
            let function = &generator.function;
            let at = generator.at.get();
            let object = new(generator.code.clone(), function.globals.clone(), function.closure.clone(), at);
            object.generator.set(Some(NonNull::from(generator)));
            let object = allocate(&super::core().frame, object, 0).into_value();
            generator.frame.write(h, |own| *own = Some(object.clone()));
            Some(object)
        }
    }
}

/// A frame is about to drop its registers for good. If anybody else holds its object, that takes the locals over.
pub(crate) fn leaving(h: &mut Held, frame: *mut Frame) {
    // SAFETY: the frame is on top; locals are moved out of the window and leave empty registers.
    unsafe {
        let Some(value) = (*frame).object.take() else { return };
        let Some(object) = value.downcast::<FrameObject>() else { return };
        object.at.set((*frame).at());
        object.live.set(std::ptr::null_mut());
        object.generator.set(None);
        if object.header().count.is_sole() {
            return;
        }
        let count = (*frame).code().nlocals as usize;
        let locals = (0..count).map(|i| (*(*frame).regs.add(i)).take()).collect();
        let old = object.locals.write(h, |own| std::mem::replace(own, locals));
        drop(old);
        if !(*frame).kind.is_generators() && frame > h.frames.start() {
            let back = of(h, frame.sub(1));
            object.back.write(h, |own| *own = Some(back));
        }
    }
}

/// The generator of a running frame's object is suspended: the object waits with it, if anybody else holds it.
pub(crate) fn suspended(h: &mut Held, value: Value, generator: &Obj<Generator>) {
    let Some(object) = value.downcast::<FrameObject>() else { return };
    object.live.set(std::ptr::null_mut());
    if !object.header().count.is_sole() || object.marks.suspended.get() {
        generator.frame.write(h, |own| *own = Some(value));
    }
}

/// The generator goes on in a frame: its object, if it has one, follows it there.
#[inline(always)]
pub(crate) fn resumed(h: &mut Held, generator: &Obj<Generator>, frame: *mut Frame) -> Option<Value> {
    // SAFETY: nobody else looks at a private cell; the borrow ends here.
    match generator.frame.is_private() && unsafe { (*generator.frame.raw()).is_none() } {
        true => None,
        false => follow(h, generator, frame),
    }
}

#[cold]
#[inline(never)]
fn follow(h: &mut Held, generator: &Obj<Generator>, frame: *mut Frame) -> Option<Value> {
    let value = generator.frame.write(h, Option::take)?;
    value.downcast::<FrameObject>()?.live.set(frame);
    Some(value)
}

impl FrameObject {
    /// The generator, uncounted, that an object which may be a frame belongs to: whoever reaches the one reaches the other.
    #[allow(dead_code)] // one of the builds publishes nothing
    pub(crate) fn generator_of(object: NonNull<Header>) -> Option<NonNull<Header>> {
        // SAFETY: the caller has the object alive; the value is not dropped.
        let value = std::mem::ManuallyDrop::new(unsafe { Value::from_bits(object.as_ptr() as u64) });
        value.downcast::<FrameObject>()?.generator.get().map(NonNull::cast)
    }
}

impl Obj<FrameObject> {
    fn of_generator(&self) -> Option<Ref<Generator>> {
        let generator = self.generator.get()?;
        // SAFETY: a generator clears the pointer before it ends, and its memory is never anything but an object's.
        unsafe {
            if self.header().count.is_private() {
                return Some(generator.as_ref().to_ref());
            }
            let counted = generator.as_ref().header().count.try_share();
            let value = counted.then(|| Ref::assume(Value::from_bits(generator.as_ptr() as u64)));
            value.filter(|_| self.generator.get() == Some(generator))
        }
    }

    pub(crate) fn stage(&self) -> Stage {
        if !self.live.get().is_null() {
            return Stage::Running;
        }
        match self.of_generator().map(|generator| generator.state.get()) {
            Some(State::Created) => Stage::NotStarted,
            Some(State::Running) => Stage::Running,
            Some(State::Suspended) => Stage::Suspended,
            _ => Stage::Left,
        }
    }

    /// The generator, if the frame is one's and not left.
    pub(crate) fn generator(&self) -> Option<Ref<Generator>> {
        self.of_generator()
    }

    /// The code index of the instruction where the function is.
    pub(crate) fn index(&self, h: &mut Held) -> usize {
        self.still(h, |_| self.current_index())
    }

    fn current_index(&self) -> usize {
        let live = self.live.get();
        if !live.is_null() {
            // SAFETY: `live` is cleared before the frame is gone.
            return unsafe { (*live).at() }.saturating_sub(1);
        }
        match self.of_generator() {
            Some(generator) if generator.delegate().is_some() => generator.at.get(),
            Some(generator) => generator.at.get().saturating_sub(1),
            None => self.at.get().saturating_sub(1),
        }
    }

    /// Runs `look`, and if the frame runs in another thread, while that stands still.
    fn still<T>(&self, h: &mut Held, look: impl FnOnce(&mut Held) -> T) -> T {
        let live = self.live.get();
        let own = live.is_null() || (h.frames.start()..=h.frame).contains(&live);
        if own || !is_parallel() { look(h) } else { h.alone(look) }
    }

    pub fn line(&self, h: &mut Held) -> u32 {
        self.still(h, |_| self.current_line())
    }

    fn current_line(&self) -> u32 {
        if self.marks.shown_line.get() != 0 {
            return self.marks.shown_line.get();
        }
        match self.stage() {
            Stage::NotStarted => self.code.firstlineno,
            _ => self.code.line(self.current_index()),
        }
    }

    /// The caller's frame object.
    pub(crate) fn back(&self, h: &mut Held) -> Option<Value> {
        self.still(h, |h| self.current_back(h))
    }

    fn current_back(&self, h: &mut Held) -> Option<Value> {
        let live = self.live.get();
        if live.is_null() {
            return self.back.read(h, Clone::clone);
        }
        let below = live.wrapping_sub(1);
        if below >= h.frames.start() && live <= h.frame {
            return Some(of(h, below));
        }
        // Another thread's: it stands still, for we have the GIL.
        let others = thread::live();
        let owns = |held: *mut Held| {
            // SAFETY: the pointer is null or leads to the state of a thread that is alive; see `Thread::held`.
            unsafe { held.as_ref() }.is_some_and(|held| below >= held.frames.start() && live <= held.frame)
        };
        others.iter().any(|thread| owns(thread.held.load(Ordering::Relaxed))).then(|| of(h, below))
    }

    /// The local in a register, wherever the registers are now.
    fn local(&self, h: &Held, i: usize) -> Reg {
        let live = self.live.get();
        if !live.is_null() {
            // SAFETY: a live frame has its window, and `i` is the number of a local. If it is another thread's, that
            // stands still, and what it has becomes ours too.
            return unsafe {
                let local = &*(*live).regs.add(i);
                if is_parallel() && !(h.frames.start()..=h.frame).contains(&live) {
                    local.iter().for_each(publish);
                }
                local.clone()
            };
        }
        match self.of_generator() {
            Some(generator) => generator.at_rest(|regs| regs.get(i).cloned().flatten()).flatten(),
            None => self.locals.read(h, |locals| locals.get(i).cloned().flatten()),
        }
    }

    /// Names and values of all local and free variables; nothing for those that are not bound.
    fn variables(&self, h: &Held) -> Vec<(Value, Option<Value>)> {
        let code = &self.code;
        let mut all = Vec::new();
        for (i, name) in code.varnames.iter().enumerate() {
            let value = self.local(h, i);
            if text_of(name) == ".cells" {
                let cells = value.as_ref().and_then(|cells| cells.downcast::<Tuple>()).map_or(&[][..], |c| c.items());
                all.extend(code.wide.iter().cloned().zip(cells.iter().map(|cell| content(h, cell))));
            } else if code.cells.contains(&(i as u8)) {
                all.push((name.clone(), value.and_then(|cell| content(h, &cell))));
            } else {
                all.push((name.clone(), value));
            }
        }
        let cells = self.closure.downcast::<Tuple>().map_or(&[][..], |cells| cells.items());
        all.extend(code.freevars.iter().cloned().zip(cells.iter().map(|cell| content(h, cell))));
        all
    }

    /// `f_locals`: the namespace of a module or class body; of a function, one dict that is brought up to date.
    pub fn locals(&self, h: &mut Held) -> Value {
        if self.code.flags & flags::NAMESPACE != 0 {
            return self.local(h, 0).unwrap_or_else(|| self.globals.value().clone());
        }
        if self.code.flags & flags::OPTIMIZED == 0 {
            return self.globals.value().clone();
        }
        let known = self.snapshot.read(h, Clone::clone);
        let dict = known.unwrap_or_else(|| {
            let made = h.new_dict();
            self.snapshot.write(h, |own| *own = Some(made.clone()));
            made
        });
        for (name, value) in self.still(h, |h| self.variables(h)) {
            let old = match value {
                Some(value) => dict.set_str(h, &name, value),
                None => dict.remove_str(h, &name),
            };
            drop(old);
        }
        dict.into_value()
    }

    /// Drops the locals of a function that was left.
    pub(crate) fn clear(&self, h: &mut Held) {
        drop(self.locals.write(h, std::mem::take));
        drop(self.snapshot.write(h, Option::take));
    }
}

/// What a cell holds.
fn content(h: &Held, cell: &Value) -> Option<Value> {
    match cell.downcast::<SharedCell>() {
        Some(cell) => cell.content.read(h, Clone::clone),
        None => Some(cell.clone()),
    }
}

impl Held {
    /// The globals of the function that runs: `globals()`.
    pub fn running_globals(&self) -> Option<Ref<Dict>> {
        self.current_globals()
    }

    /// `locals()` of the function that runs.
    pub fn running_locals(&mut self) -> R {
        match self.frame_at(0) {
            Some(frame) => Ok(frame.downcast::<FrameObject>().map_or(Value::NONE, |frame| frame.to_ref().locals(self))),
            None => Err(self.error(Exc::SystemError, "locals() needs a running function")),
        }
    }

    /// The running frame `depth` frames up: `sys._getframe(depth)`.
    pub fn frame_at(&mut self, depth: usize) -> Option<Value> {
        if depth >= self.frame_count() {
            return None;
        }
        let frame = self.frame.wrapping_sub(depth);
        Some(of(self, frame))
    }

    /// The innermost frame of each thread that runs toy code, with the thread's ident.
    pub fn frames_of_threads(&mut self) -> Vec<(u64, Value)> {
        self.alone(|h| {
            let mut all = Vec::new();
            for thread in thread::live() {
                // SAFETY: as in `back`; all threads but this one stand still at a place where their frames are whole.
                let running = unsafe { thread.held.load(Ordering::Relaxed).as_ref() };
                let running = running.filter(|held| held.frame_count() > 0).map(|held| held.frame);
                if let Some(frame) = running {
                    all.push((thread.ident, of(h, frame)));
                }
            }
            all
        })
    }

    /// How many frames run.
    pub fn frame_count(&self) -> usize {
        (self.frame as usize + size_of::<Frame>() - self.frames.start() as usize) / size_of::<Frame>()
    }

    /// This thread's frame of a running generator.
    fn running_frame_of(&self, generator: &Obj<Generator>) -> Option<*mut Frame> {
        let frames = (0..self.frame_count()).map(|depth| self.frame.wrapping_sub(depth));
        // SAFETY: all of them are running frames.
        frames.into_iter().find(|&frame| unsafe {
            (*frame).keep.as_ref().is_some_and(|keep| keep.bits() == generator as *const _ as u64)
        })
    }
}
