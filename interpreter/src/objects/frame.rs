//! `frame`: what `sys._getframe` and tracebacks show of a running or finished function.
//!
//! In: a frame of the eval loop. Out: an object that outlives it. The one invariant: while the function runs, `live` points to its
//! frame, and `left` or `suspended` clears it before the frame is gone.

use super::code::Code;
use super::dict::Dict;
use super::header::{Ref, allocate};
use super::value::Value;
use crate::sync::{Held, ObjCell};
use crate::vm::frame::Frame;
use std::cell::Cell;

/// The data of a frame object.
pub struct FrameObject {
    pub code: Ref<Code>,
    pub globals: Ref<Dict>,
    /// Null when the function is not running.
    pub(crate) live: Cell<*mut Frame>,
    /// A code index: where it was last.
    pub(crate) at: Cell<usize>,
    /// The caller's frame object, known when this one was made or left.
    pub(crate) back: ObjCell<Option<Value>>,
    /// The locals when the function was left, by register.
    pub(crate) locals: ObjCell<Vec<Option<Value>>>,
    /// The dict that `f_locals` gave.
    pub(crate) snapshot: ObjCell<Option<Ref<Dict>>>,
    pub(crate) trace: ObjCell<Option<Value>>,
}

crate::object!(FrameObject, "frame", traced [code, globals, back, locals, snapshot, trace]);

/// The frame object of a running frame, made if need be.
pub(crate) fn of(h: &mut Held, frame: *mut Frame) -> Value {
    // SAFETY: the caller has a running frame of this thread.
    unsafe {
        if let Some(object) = &(*frame).object {
            return object.clone();
        }
        let object = FrameObject {
            code: (*frame).code().to_ref(),
            globals: (*frame).function().globals.clone(),
            live: Cell::new(frame),
            at: Cell::new((*frame).at()),
            back: ObjCell::new(None),
            locals: ObjCell::new(Vec::new()),
            snapshot: ObjCell::new(None),
            trace: ObjCell::new(None),
        };
        let object = allocate(&super::core().frame, object, 0).into_value();
        (*frame).object = Some(object.clone());
        let _ = h;
        object
    }
}

/// The function of a frame object has returned or raised.
pub(crate) fn left(h: &mut Held, object: &Value, frame: *mut Frame) {
    let Some(object) = object.downcast::<FrameObject>() else { return };
    // SAFETY: the frame is still on top.
    object.at.set(unsafe { (*frame).at() });
    object.live.set(std::ptr::null_mut());
    let _ = h;
}

/// The generator of a frame object was suspended.
pub(crate) fn suspended(h: &mut Held, object: &Value) {
    if let Some(object) = object.downcast::<FrameObject>() {
        object.live.set(std::ptr::null_mut());
    }
    let _ = h;
}

impl Held {
    /// The running frame `depth` frames up: `sys._getframe(depth)`.
    pub fn frame_at(&mut self, depth: usize) -> Option<Value> {
        let available = (self.frame as usize + size_of::<Frame>() - self.frames.start() as usize) / size_of::<Frame>();
        if depth >= available {
            return None;
        }
        let frame = self.frame.wrapping_sub(depth);
        Some(of(self, frame))
    }

    /// How many frames run.
    pub fn frame_count(&self) -> usize {
        (self.frame as usize + size_of::<Frame>() - self.frames.start() as usize) / size_of::<Frame>()
    }
}
