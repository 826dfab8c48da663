//! Generators: resuming, suspending, delegating, and the awaiting of coroutines.
//!
//! In: a generator and what is sent. Out: what it yields or returns. The one invariant: a running generator has a frame whose
//! `keep` owns it and whose window is the generator's own registers. A loop resumes a generator without leaving the eval
//! loop (`ForIter` frames), and so does another generator that delegates to it (`Delegate` frames); native code gets an eval
//! loop for it (`Resume` frames).

use super::{abc, keep, operand, put};
use crate::objects::code::Code;
use crate::objects::exception::Exc;
use crate::objects::generator::{Generator, State};
use crate::objects::header::{Obj, Ref, flag};
use crate::objects::names::n;
use crate::objects::value::{Reg, Value};
use crate::runtime::error::{R, Raised};
use crate::sync::{Held, publish};
use crate::types::async_generator::{self, ASend};
use crate::vm::eval;
use crate::vm::frame::{Frame, FrameKind};
use crate::vm::regs::{Regs, apart};
use toy_compiler::bytecode::op::Op;
use toy_compiler::bytecode::proto::flags;

/// What resuming gave.
pub enum Resumed {
    Yielded(Value),
    Returned(Value),
}

/// What YIELD_FROM did.
pub(crate) enum Delegated {
    /// The frame was suspended and the eval loop is to return this.
    Yielded(Value),
    /// The frame was suspended and the loop below goes on, or the inner generator runs.
    Elsewhere,
    /// The inner iterator ended; the next instruction follows.
    Finished,
}

/// Makes a generator that is in this state the calling thread's to run. ValueError if another thread was quicker.
#[inline(always)]
fn claim(h: &mut Held, generator: &Obj<Generator>, was: State) -> R<()> {
    let claim = || {
        let free = matches!(was, State::Created | State::Suspended) && generator.state.get() == was;
        if free {
            generator.state.set(State::Running);
        }
        free
    };
    let header = generator.header();
    let claimed = if header.count.is_private() { claim() } else { header.lock.hold(claim) };
    if claimed { Ok(()) } else { Err(h.value_error(format!("{} already executing", generator.noun()))) }
}

/// Whether a generator has a place of its own on the stack of handled exceptions while it runs.
#[inline(always)]
pub(crate) fn has_handled(code: &Code) -> bool {
    !code.handlers.is_empty()
}

/// Puts a generator's frame on top. `sent` goes where its `yield` expression stands.
#[inline(always)]
fn enter(h: &mut Held, generator: &Obj<Generator>, sent: Value, kind: FrameKind) -> R<()> {
    let was = generator.state.get();
    claim(h, generator, was)?;
    let entered = enter_claimed(h, generator, was, sent, kind);
    if entered.is_err() {
        generator.state.set(was);
    }
    entered
}

/// As `enter`, for a generator that the calling thread has claimed.
#[inline(always)]
fn enter_claimed(h: &mut Held, generator: &Obj<Generator>, was: State, sent: Value, kind: FrameKind) -> R<()> {
    let code = &generator.code;
    let ret = h.top();
    // SAFETY: the registers are as many as the code has, and this thread's while the generator runs; the region's end is checked first.
    unsafe {
        let frame = h.frame.add(1);
        if h.depth >= crate::sync::held::recursion_limit() {
            return Err(h.recursion_error(""));
        }
        apart();
        if frame.add(1) >= h.frames.end() {
            return Err(h.recursion_error(""));
        }
        let regs = generator.window().0;
        let pc = code.code.as_ptr().add(generator.at.get());
        if was == State::Suspended {
            receive(h, Regs(regs), pc, sent);
        }
        frame.write(Frame {
            pc,
            regs,
            ret,
            code: &**code,
            function: &*generator.function,
            keep: Some(generator.to_value()),
            kind,
            plain: false,
            object: crate::objects::frame::resumed(h, generator, frame),
        });
        h.frame = frame;
        h.depth += 1;
        if has_handled(code) {
            let handled = generator.handled.arrange(h, Option::take);
            h.handled.push(handled);
        }
    }
    Ok(())
}

/// Writes what was sent: to the destination of the YIELD before `pc`, or the register of the YIELD_FROM at `pc`.
#[inline(always)]
unsafe fn receive(h: &mut Held, r: Regs, pc: *const u32, sent: Value) {
    // SAFETY: a suspended generator stands behind a YIELD or at a YIELD_FROM.
    unsafe {
        match *pc as u8 == Op::YieldFrom as u8 {
            true => put(h, r, abc(*pc).1, sent),
            false => put(h, r, abc(*pc.sub(1)).0, sent),
        }
    }
}

/// FOR_ITER on a generator: its frame goes on top, or what it raises at once.
pub(crate) fn resume_for(h: &mut Held, bits: u64) -> R<()> {
    // SAFETY: the register owns the generator, whose kind was checked.
    let generator = unsafe { &*(bits as *const Obj<Generator>) };
    if generator.is_coroutine() || generator.is_async_generator() {
        return Err(h.type_error(format!("'{}' object is not an iterator", generator.to_value().class_name())));
    }
    match generator.state.get() {
        State::Running => Err(h.value_error("generator already executing")),
        State::Finished => {
            end_for(h);
            Ok(())
        }
        _ => enter(h, generator, Value::NONE, FrameKind::ForIter),
    }
}

/// The loop in the running frame ends: its iterator is dropped and the next instruction follows.
fn end_for(h: &mut Held) {
    // SAFETY: the running frame stands behind its FOR_ITER (an instruction word and a target).
    unsafe {
        let frame = h.frame;
        let (a, _, _) = abc(*(*frame).pc.sub(2));
        Regs((*frame).regs).put(h, a, 0);
    }
}

/// The loop in the running frame gets an item: back to the loop's body.
fn item_for(h: &mut Held, value: Value) {
    // SAFETY: as in `end_for`; the target was checked by the verifier.
    unsafe {
        let frame = h.frame;
        let pc = (*frame).pc;
        let (_, b, _) = abc(*pc.sub(2));
        put(h, Regs((*frame).regs), b, value);
        (*frame).pc = (*frame).code().code.as_ptr().add(*pc.sub(1) as usize);
    }
}

/// A generator's frame has returned to a loop; it is popped already.
pub(crate) fn finished_in_for(h: &mut Held, generator: Option<Value>, value: Value) {
    drop(value);
    finished(h, generator);
    end_for(h);
}

/// A generator's frame has returned or raised; it is popped already.
pub(crate) fn finished(h: &mut Held, generator: Option<Value>) {
    h.yielded = false;
    if let Some(generator) = generator.as_ref().and_then(|generator| generator.downcast::<Generator>()) {
        if has_handled(&generator.code) {
            h.handled.pop();
        }
        generator.state.set(State::Finished);
        generator.header().unset(flag::FINALIZER);
    }
}

/// The inner generator of the running frame's YIELD_FROM has returned: its value is that of the expression.
pub(crate) fn delegate_returned(h: &mut Held, value: Value) {
    // SAFETY: the running frame stands behind its YIELD_FROM, whose registers the verifier checked.
    unsafe {
        let frame = h.frame;
        let (r, (a, b, _)) = (Regs((*frame).regs), abc(*(*frame).pc.sub(1)));
        put(h, r, b, value);
        r.put(h, a, 0);
    }
}

/// Pops the running generator's frame; `pc` is where it goes on.
#[inline(always)]
fn suspend(h: &mut Held, pc: *const u32) -> FrameKind {
    // SAFETY: the running frame is a generator's; its fields are moved out before it is popped.
    unsafe {
        let frame = h.frame;
        let kind = (*frame).kind;
        let Some(generator) = (*frame).keep.take() else { unreachable!("a generator's frame keeps it") };
        if let Some(generator) = generator.downcast::<Generator>() {
            if !generator.header().count.is_private() {
                generator.registers().iter().flatten().for_each(publish);
            }
            generator.at.set((pc as usize - generator.code.code.as_ptr() as usize) / 4);
            if !generator.code.handlers.is_empty() || *pc as u8 == Op::YieldFrom as u8 {
                generator.header().set(flag::FINALIZER);
            }
            if has_handled(&generator.code) {
                let handled = h.handled.pop().flatten();
                handled.iter().for_each(|value| generator.handled.admit(value));
                generator.handled.arrange(h, |own| *own = handled);
            }
            if let Some(object) = (*frame).object.take() {
                crate::objects::frame::suspended(h, object, generator);
            }
            // From now on another thread may run it.
            generator.state.set(State::Suspended);
        }
        h.yielded = true;
        h.frame = frame.sub(1);
        h.depth -= 1;
        drop(generator);
        kind
    }
}

/// YIELD.
pub(crate) fn yield_value(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<Option<Value>> {
    let (_, b, _) = abc(w);
    let value = operand(h, r, b, locals)?;
    // SAFETY: the running frame is on top.
    let (pc, is_async) = unsafe { ((*h.frame).pc, (*h.frame).code().flags & flags::ASYNC_GENERATOR != 0) };
    let value = if is_async { h.new_wrapped(value) } else { value };
    Ok(hand_over(h, pc, value))
}

/// Suspends the running generator, and those that delegate to it; gives the value back if native code waits for it.
#[inline(always)]
fn hand_over(h: &mut Held, pc: *const u32, value: Value) -> Option<Value> {
    let mut pc = pc;
    loop {
        match suspend(h, pc) {
            FrameKind::ForIter => {
                item_for(h, value);
                return None;
            }
            // SAFETY: the running frame is on top, behind its YIELD_FROM, which runs again.
            FrameKind::Delegate => pc = unsafe { (*h.frame).pc.sub(1) },
            _ => return Some(value),
        }
    }
}

/// YIELD_FROM: one step of the inner iterator. A plain step of a generator needs no loop of its own, unless `traced`.
pub(crate) fn yield_from(h: &mut Held, r: Regs, w: u32, traced: bool) -> R<Delegated> {
    let (a, b, _) = abc(w);
    let iterator = keep(h, r, a)?.clone();
    // SAFETY: the verifier checked the register.
    let sent = unsafe { r.take(b) }.unwrap_or(Value::NONE);
    if let Some(generator) = iterator.downcast::<Generator>().filter(|inner| !traced && inner.takes(&sent)) {
        enter(h, generator, sent, FrameKind::Delegate)?;
        return Ok(Delegated::Elsewhere);
    }
    match h.send(&iterator, sent)? {
        Resumed::Yielded(value) => {
            // SAFETY: the running frame is on top, behind this instruction, which runs again.
            let pc = unsafe { (*h.frame).pc.sub(1) };
            Ok(match hand_over(h, pc, value) {
                Some(value) => Delegated::Yielded(value),
                None => Delegated::Elsewhere,
            })
        }
        Resumed::Returned(value) => {
            put(h, r, b, value);
            // SAFETY: the verifier checked the register.
            unsafe { r.put(h, a, 0) };
            drop(iterator);
            h.run_pending()?;
            Ok(Delegated::Finished)
        }
    }
}

impl Held {
    /// Sends a value to any iterator: `send` of a generator or `__next__` and `send` of others.
    pub fn send(&mut self, iterator: &Value, sent: Value) -> R<Resumed> {
        if let Some(generator) = iterator.downcast::<Generator>().filter(|generator| !generator.is_async_generator()) {
            return generator.to_ref().resume(self, sent);
        }
        if let Some(asend) = iterator.exactly::<ASend>() {
            return async_generator::advance(self, asend, sent);
        }
        let result = if sent.is_none() {
            match self.next_raising(iterator) {
                Ok(Some(value)) => return Ok(Resumed::Yielded(value)),
                Ok(None) => return Ok(Resumed::Returned(Value::NONE)),
                Err(raised) => Err(raised),
            }
        } else {
            self.call_method(iterator, n::send, &[sent])
        };
        match result {
            Ok(value) => Ok(Resumed::Yielded(value)),
            Err(raised) if raised.is(Exc::StopIteration) => Ok(Resumed::Returned(self.stop_value(&raised))),
            Err(raised) => Err(raised),
        }
    }

    /// `StopIteration.value`.
    pub fn stop_value(&self, raised: &Raised) -> Value {
        raised.exception().field(self, 0).unwrap_or(Value::NONE)
    }
}

impl Generator {
    /// Whether it can go on with what is sent without an error.
    fn takes(&self, sent: &Value) -> bool {
        !self.is_async_generator()
            && (self.state.get() == State::Suspended || self.state.get() == State::Created && sent.is_none())
    }
}

/// A step of a generator for native code: `resume` where nothing is sent and nothing is wrong.
#[inline]
pub(crate) fn step(h: &mut Held, generator: &Obj<Generator>) -> R<Resumed> {
    if !matches!(generator.state.get(), State::Created | State::Suspended) {
        return generator.to_ref().resume(h, Value::NONE);
    }
    h.check_native_stack("")?;
    // From here on its frame keeps it alive.
    enter(h, generator, Value::NONE, FrameKind::Resume)?;
    run(h)
}

/// Runs the generator on top.
#[inline(always)]
fn run(h: &mut Held) -> R<Resumed> {
    let value = eval::execute(h)?;
    Ok(match h.yielded {
        true => Resumed::Yielded(value),
        false => Resumed::Returned(value),
    })
}

impl Ref<Generator> {
    /// Runs the generator until it yields, returns or raises.
    pub fn resume(&self, h: &mut Held, sent: Value) -> R<Resumed> {
        match self.state.get() {
            State::Running => return Err(h.value_error(format!("{} already executing", self.noun()))),
            State::Finished if self.is_coroutine() => {
                return Err(h.runtime_error("cannot reuse already awaited coroutine"));
            }
            State::Finished => return Ok(Resumed::Returned(Value::NONE)),
            State::Created if !sent.is_none() => {
                return Err(h.type_error(format!("can't send non-None value to a just-started {}", self.noun())));
            }
            _ => (),
        }
        h.check_native_stack("")?;
        enter(h, self, sent, FrameKind::Resume)?;
        run(h)
    }

    /// Raises an exception where the generator is suspended. GeneratorExit closes what it delegates to.
    pub fn throw(&self, h: &mut Held, raised: Raised) -> R<Resumed> {
        self.throw_inside(h, raised, true)
    }

    /// As `throw`, but what it delegates to gets GeneratorExit thrown into it like any other exception.
    pub(crate) fn throw_keeping(&self, h: &mut Held, raised: Raised) -> R<Resumed> {
        self.throw_inside(h, raised, false)
    }

    fn throw_inside(&self, h: &mut Held, raised: Raised, closing: bool) -> R<Resumed> {
        match self.state.get() {
            State::Running => return Err(h.value_error(format!("{} already executing", self.noun()))),
            State::Finished if self.is_coroutine() => {
                return Err(h.runtime_error("cannot reuse already awaited coroutine"));
            }
            State::Finished => return Err(raised),
            State::Created => {
                claim(h, self, State::Created)?;
                enter_plain(h, self, State::Created)?;
                return Err(crate::vm::unwind::leave_unstarted(h, raised));
            }
            State::Suspended => (),
        }
        h.check_native_stack("")?;
        claim(h, self, State::Suspended)?;
        if let Some(inner) = self.delegate_now() {
            let inner_result = self.throw_inner(h, &inner, raised, closing);
            return match inner_result {
                Ok(Resumed::Yielded(value)) => {
                    self.state.set(State::Suspended);
                    Ok(Resumed::Yielded(value))
                }
                Ok(Resumed::Returned(value)) => self.leave_delegate(h, value),
                Err(raised) => self.raise_inside(h, raised),
            };
        }
        self.raise_inside(h, raised)
    }

    /// The iterator that it delegates to, if it is suspended in YIELD_FROM.
    pub(crate) fn delegate(&self) -> Option<Value> {
        self.at_rest(|regs| self.delegate_among(regs)).flatten()
    }

    /// As `delegate`, of a generator that the calling thread has claimed.
    fn delegate_now(&self) -> Option<Value> {
        // SAFETY: nobody else looks into a claimed generator.
        self.delegate_among(unsafe { self.registers() })
    }

    fn delegate_among(&self, regs: &[Reg]) -> Option<Value> {
        let word = *self.code.code.get(self.at.get())?;
        (Op::decode(word) == Some(Op::YieldFrom)).then_some(())?;
        regs.get(abc(word).0).cloned().flatten()
    }

    fn throw_inner(&self, h: &mut Held, inner: &Value, raised: Raised, closing: bool) -> R<Resumed> {
        if closing && raised.is(Exc::GeneratorExit) {
            close_any(h, inner)?;
            return Err(raised);
        }
        if let Some(generator) = inner.downcast::<Generator>().filter(|inner| !inner.is_async_generator()) {
            return generator.to_ref().throw(h, raised);
        }
        let Some(throw) = h.find_attr(inner, n::throw.value())? else { return Err(raised) };
        match h.call(&throw, &[raised.into_value()]) {
            Ok(value) => Ok(Resumed::Yielded(value)),
            Err(raised) if raised.is(Exc::StopIteration) => Ok(Resumed::Returned(h.stop_value(&raised))),
            Err(raised) => Err(raised),
        }
    }

    /// The delegate returned during a throw: goes on behind the YIELD_FROM with its value.
    fn leave_delegate(&self, h: &mut Held, value: Value) -> R<Resumed> {
        let (a, b, _) = abc(self.code.code[self.at.get()]);
        // SAFETY: the generator is claimed; the verifier checked the registers.
        unsafe { self.window().put(h, a, 0) };
        put(h, self.window(), b, value);
        self.at.set(self.at.get() + 1);
        enter_plain(h, self, State::Suspended)?;
        run(h)
    }

    fn raise_inside(&self, h: &mut Held, raised: Raised) -> R<Resumed> {
        if self.delegate_now().is_some() {
            // The traceback and the handlers look at the word before `pc`: step behind the YIELD_FROM.
            self.at.set(self.at.get() + 1);
        }
        enter_plain(h, self, State::Suspended)?;
        match crate::vm::unwind::unwind_thrown(h, raised) {
            Ok(()) => run(h),
            Err(raised) => Err(raised),
        }
    }

    /// `generator.close()`.
    pub fn close(&self, h: &mut Held) -> R<()> {
        let state = self.state.get();
        if matches!(state, State::Created | State::Finished) {
            if state == State::Created {
                claim(h, self, state)?;
                self.state.set(State::Finished);
            }
            self.clear(h);
            return h.run_pending();
        }
        let exit = h.error_with(Exc::GeneratorExit, h.new_tuple(Vec::new()));
        let exit = h.with_context(exit);
        match self.throw(h, exit) {
            Ok(Resumed::Yielded(_)) => Err(h.runtime_error(format!("{} ignored GeneratorExit", self.noun()))),
            Ok(Resumed::Returned(_)) => Ok(()),
            Err(raised) if raised.is(Exc::GeneratorExit) || raised.is(Exc::StopIteration) => Ok(()),
            Err(raised) => Err(raised),
        }
    }
}

/// Puts the frame of a claimed generator on top without sending anything.
fn enter_plain(h: &mut Held, generator: &Ref<Generator>, was: State) -> R<()> {
    let entered = enter_claimed(h, generator, State::Created, Value::NONE, FrameKind::Resume);
    if entered.is_err() {
        generator.state.set(was);
    }
    entered
}

/// Closes an iterator that is delegated to, if it can be closed.
fn close_any(h: &mut Held, inner: &Value) -> R<()> {
    if let Some(generator) = inner.downcast::<Generator>() {
        return generator.to_ref().close(h);
    }
    match h.find_attr(inner, n::close.value()) {
        Ok(Some(close)) => drop(h.call(&close, &[])?),
        Ok(None) => (),
        Err(raised) => h.unraisable(raised, "Exception ignored in", inner),
    }
    Ok(())
}
