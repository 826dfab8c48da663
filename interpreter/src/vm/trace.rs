//! `sys.settrace` and `sys.setprofile`: the events of a thread that is traced.
//!
//! In: from the traced loop, each instruction that is about to run; from `unwind`, exceptions on their way and frames that
//! they leave. Out: calls of the thread's trace function, of the functions that it gave for single frames, and of the
//! profile function, with the events of CPython 3.11. The one invariant: while one of these functions runs, its thread
//! makes no events.
//!
//! No other loop knows of this: a thread that sets a function sets `breaker::TRACE`, and at their next switch points all
//! loops are left for the traced one.

use super::frame::Frame;
use super::ops::native_callee;
use crate::objects::exception::Exception;
use crate::objects::frame::{FrameObject, Marks, of};
use crate::objects::header::Obj;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::{Held, breaker};
use std::sync::atomic::{AtomicUsize, Ordering};
use toy_compiler::bytecode::op::Op;
use toy_compiler::bytecode::proto::Manner;

/// How many threads have a trace or profile function.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// What a thread calls.
#[derive(Default)]
pub(crate) struct Tracing {
    trace: Option<Value>,
    profile: Option<Value>,
    /// One of them runs.
    inside: bool,
}

impl Tracing {
    fn is_set(&self) -> bool {
        self.trace.is_some() || self.profile.is_some()
    }

    fn is_off(&self) -> bool {
        self.inside || !self.is_set()
    }
}

/// Which of the two functions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Observer {
    Trace,
    Profile,
}

impl Held {
    /// `sys.gettrace()`, `sys.getprofile()`.
    pub fn observer(&self, which: Observer) -> Option<Value> {
        match which {
            Observer::Trace => self.tracing.trace.clone(),
            Observer::Profile => self.tracing.profile.clone(),
        }
    }

    /// `sys.settrace(function)`, `sys.setprofile(function)`, for this thread.
    pub fn set_observer(&mut self, which: Observer, function: Option<Value>) {
        let was_set = self.tracing.is_set();
        let place = match which {
            Observer::Trace => &mut self.tracing.trace,
            Observer::Profile => &mut self.tracing.profile,
        };
        let old = std::mem::replace(place, function);
        match (was_set, self.tracing.is_set()) {
            (false, true) => {
                THREADS.fetch_add(1, Ordering::Relaxed);
                breaker::set(breaker::TRACE);
            }
            (true, false) if THREADS.fetch_sub(1, Ordering::Relaxed) == 1 => drop(breaker::take(breaker::TRACE)),
            _ => (),
        }
        drop(old);
    }
}

/// An instruction is about to run; the frame's `pc` stands behind its first word.
#[cold]
#[inline(never)]
pub(crate) fn step(h: &mut Held, frame: *mut Frame) -> R<()> {
    if h.tracing.is_off() {
        return Ok(());
    }
    let value = of(h, frame);
    let Some(object) = value.downcast::<FrameObject>() else { return Ok(()) };
    native_returned(h, &value, object)?;
    // SAFETY: the frame runs, and the word before its `pc` is the instruction.
    let (at, word) = unsafe { ((*frame).at() - 1, *(*frame).pc.sub(1)) };
    // SAFETY: the code was verified: each word that runs begins with an instruction.
    let op = unsafe { std::mem::transmute::<u8, Op>(word as u8) };
    entered(h, &value, object, at)?;
    line(h, &value, object, at, op)?;
    match op {
        Op::Return => leaving(h, &value, object, register(frame, word >> 8)),
        Op::ReturnNone => leaving(h, &value, object, Value::NONE),
        Op::Yield => {
            leaving(h, &value, object, register(frame, word >> 16))?;
            object.marks.suspended.set(true);
            Ok(())
        }
        op => native_called(h, &value, object, frame, op),
    }
}

fn register(frame: *mut Frame, at: u32) -> Value {
    // SAFETY: the verifier checked the register; the frame runs.
    unsafe { (*(*frame).regs.add(at as usize & 0xff)).clone() }.unwrap_or(Value::NONE)
}

/// `call`: a function begins, or a generator goes on.
fn entered(h: &mut Held, value: &Value, object: &Obj<FrameObject>, at: usize) -> R<()> {
    let marks = &object.marks;
    let goes_on = marks.suspended.replace(false);
    let begins = !marks.entered.replace(true) && at == 0;
    if !begins && !goes_on {
        return Ok(());
    }
    // A generator goes on at its `yield`, not at what comes after it.
    let before = marks.before.get();
    marks.shown_line.set(if begins || before == 0 { object.code.firstlineno } else { object.code.line(before - 1) });
    let function = h.tracing.trace.clone();
    let told = tell(h, function, value, object, "call", Value::NONE).and_then(|()| profile(h, value, "call", None));
    marks.shown_line.set(0);
    told
}

/// `line` and `opcode`: another line begins, or the same one again after a jump back.
fn line(h: &mut Held, value: &Value, object: &Obj<FrameObject>, at: usize, op: Op) -> R<()> {
    let (code, marks) = (&object.code, &object.marks);
    let last = marks.last.replace(at + 1);
    let passings = code.passings(last, at);
    for passing in passings {
        match passing.manner {
            Manner::Looped => marks.looped.set(true),
            manner => begin_line(h, value, object, passing.line, manner == Manner::Again)?,
        }
    }
    // A body of which nothing is left to run has the line of its `def`.
    let is_empty = last == 0 && passings.is_empty() && matches!(op, Op::Return | Op::ReturnNone);
    if code.is_silent(at) && !is_empty {
        return Ok(());
    }
    let before = marks.before.replace(at + 1);
    begin_line(h, value, object, code.line(at), at < before && goes_back(object, last, op))?;
    if object.trace_opcodes.get() && h.tracing.trace.is_some() {
        let function = object.trace.read(h, Clone::clone);
        tell(h, function, value, object, "opcode", Value::NONE)?;
    }
    Ok(())
}

/// Whether going back to this instruction from the last one is an event of its own. Our loops have their tests at the end:
/// going back to the body for the first time is none, and of a `for` loop asking the iterator again is one instead.
fn goes_back(object: &Obj<FrameObject>, last: usize, op: Op) -> bool {
    let jump = object.code.code.get(last.wrapping_sub(1)).and_then(|word| Op::decode(*word));
    match jump {
        Some(Op::JumpBack) => true,
        Some(Op::ForIter | Op::YieldFrom) => false,
        _ => op != Op::YieldFrom && object.marks.looped.replace(false),
    }
}

/// `line`, if it is another one than before or `again`.
fn begin_line(h: &mut Held, value: &Value, object: &Obj<FrameObject>, line: u32, again: bool) -> R<()> {
    let before = object.marks.line.replace(line);
    if line != before {
        object.marks.looped.set(false);
    }
    if (line == before && !again) || !object.trace_lines.get() || h.tracing.trace.is_none() {
        return Ok(());
    }
    let function = object.trace.read(h, Clone::clone);
    object.marks.shown_line.set(line);
    let told = tell(h, function, value, object, "line", Value::NONE);
    object.marks.shown_line.set(0);
    told
}

/// `return`: a function ends with a value, or a generator yields it.
fn leaving(h: &mut Held, value: &Value, object: &Obj<FrameObject>, result: Value) -> R<()> {
    let function = object.trace.read(h, Clone::clone).filter(|_| h.tracing.trace.is_some());
    object.marks.shown_line.set(object.marks.line.get());
    let told = tell(h, function, value, object, "return", result.clone());
    let told = told.and_then(|()| profile(h, value, "return", Some(result)));
    object.marks.shown_line.set(0);
    told
}

/// The frame object of a generator that is about to ask an inner iterator, if anybody wants to know what comes of it.
#[cold]
pub(crate) fn before_delegating(h: &mut Held, frame: *mut Frame) -> Option<Value> {
    (!h.tracing.is_off()).then(|| {
        let value = of(h, frame);
        if let Some(object) = value.downcast::<FrameObject>() {
            object.marks.suspended.set(true);
        }
        value
    })
}

/// What the inner iterator gave is on its way out (`result`), or it has ended.
#[cold]
pub(crate) fn delegated(h: &mut Held, frame: Option<Value>, result: Option<&Value>) -> R<()> {
    let Some(value) = frame else { return Ok(()) };
    let Some(object) = value.downcast::<FrameObject>() else { return Ok(()) };
    match result {
        Some(result) => leaving(h, &value, object, result.clone()),
        None => {
            object.marks.suspended.set(false);
            Ok(())
        }
    }
}

/// `exception`: one was raised in the frame or has come to it. What is on its way afterwards: the same, unless the trace
/// function raised.
#[cold]
pub(crate) fn raised(h: &mut Held, frame: *mut Frame, raised: Raised) -> Raised {
    if h.tracing.is_off() {
        return raised;
    }
    let value = of(h, frame);
    let Some(object) = value.downcast::<FrameObject>() else { return raised };
    if object.marks.suspended.get()
        && let Err(other) = entered(h, &value, object, 1)
    {
        return other;
    }
    let function = object.trace.read(h, Clone::clone).filter(|_| h.tracing.trace.is_some());
    let native = object.marks.native.write(h, Option::take);
    let told = match native {
        Some(native) => profile(h, &value, "c_exception", Some(native)),
        None => Ok(()),
    };
    let told = told.and_then(|()| {
        if function.is_none() {
            return Ok(());
        }
        let exception = raised.value().clone();
        let traceback = exception.downcast::<Exception>().and_then(|exception| exception.traceback(h));
        let all = [exception.class().to_value(), exception, traceback.unwrap_or(Value::NONE)];
        let all = h.tuple_of(&all);
        tell(h, function, &value, object, "exception", all)
    });
    match told {
        Ok(()) => raised,
        Err(other) => other,
    }
}

/// `return` without a value: an exception leaves the frame.
#[cold]
pub(crate) fn left(h: &mut Held, frame: *mut Frame, raised: Raised) -> Raised {
    if h.tracing.is_off() {
        return raised;
    }
    let value = of(h, frame);
    let Some(object) = value.downcast::<FrameObject>() else { return raised };
    match leaving(h, &value, object, Value::NONE) {
        Ok(()) => raised,
        Err(other) => other,
    }
}

/// `c_call`: a native function is about to be called.
fn native_called(h: &mut Held, value: &Value, object: &Obj<FrameObject>, frame: *mut Frame, op: Op) -> R<()> {
    if h.tracing.profile.is_none() {
        return Ok(());
    }
    let Some(native) = native_callee(h, frame, op) else { return Ok(()) };
    let old = object.marks.native.write(h, |own| own.replace(native.clone()));
    drop(old);
    profile(h, value, "c_call", Some(native))
}

/// `c_return`: the frame goes on after a native call.
fn native_returned(h: &mut Held, value: &Value, object: &Obj<FrameObject>) -> R<()> {
    match object.marks.native.write(h, Option::take) {
        Some(native) => profile(h, value, "c_return", Some(native)),
        None => Ok(()),
    }
}

/// Calls the thread's or the frame's trace function. What it gives back traces the frame from now on; when it raises,
/// tracing ends.
fn tell(
    h: &mut Held,
    function: Option<Value>,
    value: &Value,
    object: &Obj<FrameObject>,
    event: &str,
    argument: Value,
) -> R<()> {
    let Some(function) = function else { return Ok(()) };
    let (new, result) = match observe(h, &function, value, event, argument) {
        Ok(answer) if answer.is_none() => return Ok(()),
        Ok(answer) => (Some(answer), Ok(())),
        Err(raised) => {
            h.set_observer(Observer::Trace, None);
            (None, Err(raised))
        }
    };
    let old = object.trace.write(h, |own| std::mem::replace(own, new));
    drop(old);
    result
}

/// Calls the profile function; when it raises, profiling ends.
fn profile(h: &mut Held, frame: &Value, event: &str, argument: Option<Value>) -> R<()> {
    let Some(function) = h.tracing.profile.clone() else { return Ok(()) };
    let told = observe(h, &function, frame, event, argument.unwrap_or(Value::NONE));
    if told.is_err() {
        h.set_observer(Observer::Profile, None);
    }
    told.map(drop)
}

fn observe(h: &mut Held, function: &Value, frame: &Value, event: &str, argument: Value) -> R {
    let event = h.intern(event);
    h.tracing.inside = true;
    let answer = h.call(function, &[frame.clone(), event, argument]);
    h.tracing.inside = false;
    answer
}

/// A frame's marks when its object is made in the midst of it: it was entered before anybody looked.
pub(crate) fn marks(at: usize) -> Marks {
    let marks = Marks::default();
    marks.entered.set(at > 1);
    marks
}
