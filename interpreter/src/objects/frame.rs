//! `frame`: what `sys._getframe` and tracebacks show of a running or finished function.
//!
//! In: a frame of the eval loop. Out: an object that outlives it. The one invariant: while the function runs, `live` points to its
//! frame, and `left` or `suspended` clears it before the frame is gone.

use super::code::Code;
use super::dict::Dict;
use super::exception::Exc;
use super::function::SharedCell;
use super::header::{Ref, allocate};
use super::str::text_of;
use super::tuple::Tuple;
use super::value::Value;
use crate::runtime::error::R;
use crate::sync::{Held, ObjCell};
use crate::vm::frame::Frame;
use std::cell::Cell;
use toy_compiler::bytecode::proto::flags;

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

/// The variables of a running function, cells and free ones among them, by name.
///
/// # Safety
/// The frame is running on this thread.
unsafe fn variables_of(h: &Held, frame: &Frame) -> Vec<(Value, Option<Value>)> {
    let code = frame.code();
    let content = |value: Option<Value>| match value.as_ref().and_then(|value| value.downcast::<SharedCell>()) {
        Some(cell) => cell.content.read(h, Clone::clone),
        None => value,
    };
    let mut variables = Vec::new();
    for (i, name) in code.varnames.iter().enumerate() {
        // SAFETY: the window has a register for every local.
        let value = unsafe { (*frame.regs.add(i)).clone() };
        let is_cell = code.cells.iter().any(|&cell| cell as usize == i);
        if text_of(name) != ".cells" {
            variables.push((name.clone(), if is_cell { content(value) } else { value }));
        }
    }
    let cells = frame.function().closure.downcast::<Tuple>().map(|closure| closure.items()).unwrap_or_default();
    variables.extend(code.freevars.iter().cloned().zip(cells.iter().map(|cell| content(Some(cell.clone())))));
    variables
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
    /// The globals of the function that runs: `globals()`.
    pub fn running_globals(&self) -> Option<Ref<Dict>> {
        if self.frame < self.frames.start() {
            return None;
        }
        // SAFETY: a frame is running, and holds its function.
        Some(unsafe { (*self.frame).function().globals.clone() })
    }

    /// `locals()` of the function that runs: its namespace, or a dict of its variables that is filled anew each time.
    pub fn running_locals(&mut self) -> R {
        if self.frame < self.frames.start() {
            return Err(self.error(Exc::SystemError, "locals() needs a running function"));
        }
        let frame = self.frame;
        // SAFETY: the frame is running: it holds its function and code, and its window is alive.
        let (code, globals) = unsafe { ((*frame).code().to_ref(), (*frame).function().globals.clone()) };
        if code.flags & flags::NAMESPACE != 0 {
            // SAFETY: as above; register 0 is the namespace.
            return Ok(unsafe { (*(*frame).regs).clone() }.unwrap_or_else(|| globals.into_value()));
        }
        if code.flags & flags::OPTIMIZED == 0 {
            return Ok(globals.into_value());
        }
        // SAFETY: as above.
        let variables = unsafe { variables_of(self, &*frame) };
        let object = of(self, frame);
        let Some(object) = object.downcast::<FrameObject>() else { return Ok(Value::NONE) };
        let dict = match object.snapshot.read(self, Clone::clone) {
            Some(dict) => dict,
            None => {
                let dict = self.new_dict();
                object.snapshot.write(self, |own| *own = Some(dict.clone()));
                dict
            }
        };
        for (name, value) in variables {
            let old = match value {
                Some(value) => dict.set_str(self, &name, value),
                None => dict.remove_str(self, &name),
            };
            drop(old);
        }
        Ok(dict.into_value())
    }

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
