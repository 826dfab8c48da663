//! Unwinding: from a raised exception to its handler.
//!
//! In: an exception and the frames it may leave. Out: a frame ready to go on at its handler, or the exception, when the frame that the eval
//! loop was entered for has no handler. The one invariant: a frame that is left drops all its registers.

use super::frame::{Frame, FrameKind};
use super::ops::generator;
use super::regs::Regs;
use super::trace;
use crate::objects::exception::{Exc, Traceback};
use crate::objects::header::allocate;
use crate::objects::value::Value;
use crate::runtime::error::Raised;
use crate::sync::{Held, ObjCell};
use toy_compiler::bytecode::proto::{Handler, flags};

/// Finds the handler. `Err` when the frame that the loop was entered for is left.
#[cold]
#[inline(never)]
pub(crate) fn unwind(h: &mut Held, raised: Raised) -> Result<(), Raised> {
    let raised = h.implicit_context(raised);
    unwind_from(h, raised)
}

/// As `unwind`, for what is thrown into the generator on top: only what the generator itself handles is its context.
#[cold]
pub(crate) fn unwind_thrown(h: &mut Held, raised: Raised) -> Result<(), Raised> {
    // SAFETY: the generator's frame is on top.
    let handles = unsafe { generator::has_handled((*h.frame).code()) } && h.handled.last().is_some_and(Option::is_some);
    let raised = if handles { h.with_context(raised) } else { raised };
    unwind_from(h, raised)
}

fn unwind_from(h: &mut Held, raised: Raised) -> Result<(), Raised> {
    let mut raised = raised;
    loop {
        let frame = h.frame;
        // SAFETY: a frame is running; its `pc` is behind the instruction that raised or called.
        let at = unsafe { (*frame).at() }.saturating_sub(1);
        // SAFETY: as above.
        let handler = find_handler(unsafe { (*frame).code() }.handlers.as_ref(), at);
        // What is raised again keeps the entry that it has for this frame.
        if !std::mem::take(&mut h.raising_again) {
            add_traceback(h, &raised, frame, at);
            raised = trace::raised(h, frame, raised);
        }
        if let Some(handler) = handler {
            enter_handler(h, frame, handler, raised);
            return Ok(());
        }
        raised = trace::left(h, frame, raised);
        let kind = leave(h, frame, &mut raised);
        if matches!(kind, FrameKind::Entry | FrameKind::Resume) {
            return Err(raised);
        }
        raised = h.implicit_context(raised);
    }
}

/// Leaves the frame on top, which has not begun: none of its handlers is asked, and the traceback names its first line.
#[cold]
pub(crate) fn leave_unstarted(h: &mut Held, raised: Raised) -> Raised {
    let frame = h.frame;
    let mut raised = raised;
    add_traceback(h, &raised, frame, usize::MAX);
    leave(h, frame, &mut raised);
    raised
}

fn find_handler(handlers: &[Handler], at: usize) -> Option<Handler> {
    handlers.iter().find(|handler| (handler.start as usize..handler.end as usize).contains(&at)).copied()
}

fn enter_handler(h: &mut Held, frame: *mut Frame, handler: Handler, raised: Raised) {
    // SAFETY: the verifier checked depth and target.
    unsafe {
        let r = Regs((*frame).regs);
        let depth = handler.depth as usize;
        for i in (depth..(*frame).code().nregs as usize).rev() {
            r.put(h, i, 0);
        }
        r.put(h, depth, raised.into_value().into_bits());
        (*frame).pc = (*frame).code().code.as_ptr().add(handler.target as usize);
    }
}

/// Drops a frame's registers and pops it.
fn leave(h: &mut Held, frame: *mut Frame, raised: &mut Raised) -> FrameKind {
    // SAFETY: the frame is on top; its fields are moved out before it is popped.
    unsafe {
        let kind = (*frame).kind;
        let code_flags = (*frame).code().flags;
        crate::objects::frame::leaving(h, frame);
        let r = Regs((*frame).regs);
        let (locals, all) = ((*frame).code().nlocals as usize, (*frame).code().nregs as usize);
        for i in (locals..all).rev().chain(0..locals) {
            r.put(h, i, 0);
        }
        crate::objects::frame::leaving(h, frame);
        let keep = (*frame).keep.take();
        h.frame = frame.sub(1);
        h.depth -= 1;
        if kind.is_generators() {
            generator::finished(h, keep);
            convert_stop_iteration(h, raised, code_flags);
        } else {
            drop(keep);
        }
        kind
    }
}

/// A StopIteration must not leave a generator: it would end a loop somewhere else (PEP 479).
fn convert_stop_iteration(h: &mut Held, raised: &mut Raised, code_flags: u32) {
    let noun = match code_flags {
        bits if bits & flags::ASYNC_GENERATOR != 0 => "async generator",
        bits if bits & flags::COROUTINE != 0 => "coroutine",
        _ => "generator",
    };
    let what = if raised.is(Exc::StopIteration) {
        "StopIteration"
    } else if raised.is(Exc::StopAsyncIteration) && code_flags & flags::ASYNC_GENERATOR != 0 {
        "StopAsyncIteration"
    } else {
        return;
    };
    let error = h.runtime_error(format!("{noun} raised {what}"));
    let old = std::mem::replace(raised, error);
    let exception = raised.exception();
    exception.suppress_context.set(true);
    let context = old.value().clone();
    exception.cause.write(h, |cause| *cause = Some(context));
    exception.context.write(h, |own| *own = Some(old.into_value()));
}

/// Adds the frame to the exception's traceback.
fn add_traceback(h: &mut Held, raised: &Raised, frame: *mut Frame, at: usize) {
    // SAFETY: the frame is running and holds its function and code.
    let (code, globals) = unsafe { ((*frame).code().to_ref(), (*frame).function().globals.clone()) };
    let object = crate::objects::frame::of(h, frame);
    let exception = raised.exception();
    let next = exception.traceback.write(h, Option::take);
    let entry = Traceback {
        next: ObjCell::private(next),
        code,
        globals,
        at,
        lineno: None,
        frame: ObjCell::private(Some(object)),
    };
    let entry: Value = allocate(&crate::objects::core().traceback, entry, 0).into_value();
    exception.traceback.write(h, |own| *own = Some(entry));
}

impl Held {
    /// An exception raised while another is handled has that as its context, unless it has one already or is being
    /// raised again.
    fn implicit_context(&mut self, raised: Raised) -> Raised {
        let exception = raised.exception();
        let fresh = exception.traceback.read(self, Option::is_none) && exception.context.read(self, Option::is_none);
        if fresh { self.with_context(raised) } else { raised }
    }
}
