//! `sys`: running frames, handled exceptions, tracing.
//!
//! In: the running thread. Out: its frames and what it handles. The one invariant: functions of `sys` have no frame of their own,
//! so depth 0 is their caller.

use interpreter::builtins::add_functions;
use interpreter::objects::exception::Exception;
use interpreter::objects::function::Args;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::vm::trace::Observer;

pub(super) fn init(h: &mut Held, m: &Module) {
    add_functions(h, m, &FUNCTIONS);
}

static FUNCTIONS: [Def; 9] = [
    def("exc_info", "", |h, _| {
        let exception = h.handled().cloned();
        Ok(triple(h, exception))
    }),
    def("exception", "", |h, _| Ok(h.handled().cloned().unwrap_or(Value::NONE))),
    def("_getframe", "depth=0, /", getframe),
    def("_current_frames", "", current_frames),
    def("_current_exceptions", "", current_exceptions),
    def("settrace", "function, /", |h, args| {
        h.set_observer(Observer::Trace, args.opt_some(0).cloned());
        Ok(Value::NONE)
    }),
    def("setprofile", "function, /", |h, args| {
        h.set_observer(Observer::Profile, args.opt_some(0).cloned());
        Ok(Value::NONE)
    }),
    def("gettrace", "", |h, _| Ok(h.observer(Observer::Trace).unwrap_or(Value::NONE))),
    def("getprofile", "", |h, _| Ok(h.observer(Observer::Profile).unwrap_or(Value::NONE))),
];

/// `(type, value, traceback)`, or three times `None`.
fn triple(h: &mut Held, exception: Option<Value>) -> Value {
    let Some(value) = exception else { return h.new_tuple(vec![Value::NONE; 3]) };
    let traceback = value.downcast::<Exception>().and_then(|exception| exception.traceback(h));
    let class = value.class().to_value();
    h.new_tuple(vec![class, value, traceback.unwrap_or(Value::NONE)])
}

fn getframe(h: &mut Held, args: Args<'_>) -> R {
    let depth = match args.opt(0) {
        Some(depth) => h.to_isize(depth)?,
        None => 0,
    };
    match h.frame_at(depth.max(0) as usize) {
        Some(frame) => Ok(frame),
        None => Err(h.value_error("call stack is not deep enough")),
    }
}

/// Of all threads: those that do not run stand still while we look.
fn current_frames(h: &mut Held, _: Args<'_>) -> R {
    let frames = h.new_dict();
    for (ident, frame) in h.frames_of_threads() {
        let ident = h.new_uint(ident);
        frames.set(h, ident, frame)?;
    }
    Ok(frames.into_value())
}

fn current_exceptions(h: &mut Held, _: Args<'_>) -> R {
    let ident = h.thread().ident;
    let exceptions = h.new_dict();
    let ident = h.new_uint(ident);
    let handled = h.handled().cloned().unwrap_or(Value::NONE);
    exceptions.set(h, ident, handled)?;
    Ok(exceptions.into_value())
}
