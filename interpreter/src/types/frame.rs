//! Frames and tracebacks: the methods.
//!
//! In: frame and traceback objects. Out: their attributes. The one invariant: a chain of tracebacks has no loop.

use crate::objects::core;
use crate::objects::descriptor::{Attr, getset, getter};
use crate::objects::exception::{Exc, Traceback};
use crate::objects::frame::{FrameObject, Stage};
use crate::objects::function::Args;
use crate::objects::header::{Obj, allocate};
use crate::objects::make_class::ClassSpec;
use crate::objects::str::text_of;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::{Held, ObjCell};

pub(super) fn init(h: &mut Held) {
    static FRAME: [Def; 2] = [def("clear", "", clear), def("__repr__", "", repr)];
    ClassSpec::of(&core().frame).methods(h, &FRAME).attrs(h, &FRAME_ATTRS).build(h);
    static NEW: Def = def("__new__", "tb_next, tb_frame, tb_lasti, tb_lineno", new_traceback);
    static TRACEBACK: [Def; 1] = [def("__dir__", "", |h, _| {
        let names = ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"].map(|name| h.new_str(name));
        Ok(h.new_list(names.to_vec()))
    })];
    ClassSpec::of(&core().traceback).constructor(h, &NEW).methods(h, &TRACEBACK).attrs(h, &TRACEBACK_ATTRS).build(h);
}

static FRAME_ATTRS: [Attr; 10] = [
    getter("f_code", |_, frame| Ok(this(frame).code.value().clone())),
    getter("f_globals", |_, frame| Ok(this(frame).globals.value().clone())),
    getter("f_builtins", |h, frame| Ok(h.builtins_of(&this(frame).globals).into_value())),
    getter("f_locals", |h, frame| Ok(this(frame).locals(h))),
    getter("f_back", |h, frame| Ok(this(frame).back(h).unwrap_or(Value::NONE))),
    getter("f_lasti", |h, frame| {
        let lasti = match this(frame).stage() {
            Stage::NotStarted => 0,
            _ => this(frame).index(h) as i64 * 2,
        };
        Ok(h.new_int(lasti))
    }),
    getset("f_lineno", line, set_lineno),
    getset(
        "f_trace",
        |h, frame| Ok(this(frame).trace.read(h, Clone::clone).unwrap_or(Value::NONE)),
        |h, frame, value| {
            let value = value.cloned().filter(|value| !value.is_none());
            let old = this(frame).trace.write(h, |own| std::mem::replace(own, value));
            drop(old);
            Ok(())
        },
    ),
    getset(
        "f_trace_lines",
        |_, frame| Ok(Value::bool(this(frame).trace_lines.get())),
        |h, frame, value| {
            this(frame).trace_lines.set(flag(h, value)?);
            Ok(())
        },
    ),
    getset(
        "f_trace_opcodes",
        |_, frame| Ok(Value::bool(this(frame).trace_opcodes.get())),
        |h, frame, value| {
            this(frame).trace_opcodes.set(flag(h, value)?);
            Ok(())
        },
    ),
];

fn this(frame: &Value) -> &Obj<FrameObject> {
    match frame.downcast::<FrameObject>() {
        Some(frame) => frame,
        None => panic!("a descriptor of frame is asked with one"),
    }
}

fn flag(h: &mut Held, value: Option<&Value>) -> R<bool> {
    let Some(value) = value else { return Err(h.type_error("can't delete numeric/char attribute")) };
    value.as_bool().ok_or_else(|| h.type_error("attribute value type must be bool"))
}

fn line(h: &mut Held, frame: &Value) -> R {
    let line = this(frame).line(h);
    Ok(h.new_int(line as i64))
}

fn set_lineno(h: &mut Held, _: &Value, value: Option<&Value>) -> R<()> {
    match value {
        None => Err(h.error(Exc::AttributeError, "cannot delete attribute")),
        Some(value) if value.as_int().is_none() => Err(h.value_error("lineno must be an integer")),
        Some(_) => Err(h.value_error("f_lineno can only be set by a trace function")),
    }
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let frame = args.this::<FrameObject>();
    let (line, file, name) = (frame.line(h), h.repr_text(&frame.code.filename)?, text_of(&frame.code.name));
    Ok(h.new_str(&format!("<frame at {:#x}, file {file}, line {line}, code {name}>", args[0].bits())))
}

/// Drops the locals; a suspended generator is closed first.
fn clear(h: &mut Held, args: Args<'_>) -> R {
    let frame = args.this::<FrameObject>();
    match (frame.stage(), frame.generator()) {
        (Stage::Running, _) => return Err(h.runtime_error("cannot clear an executing frame")),
        (_, Some(generator)) => generator.close(h)?,
        _ => (),
    }
    frame.clear(h);
    h.run_pending()?;
    Ok(Value::NONE)
}

static TRACEBACK_ATTRS: [Attr; 4] = [
    getter("tb_frame", |h, value| Ok(entry(value).frame.read(h, Clone::clone).unwrap_or(Value::NONE))),
    getset("tb_next", |h, value| Ok(entry(value).next.read(h, Clone::clone).unwrap_or(Value::NONE)), set_next),
    getter("tb_lasti", |h, value| Ok(h.new_int(entry(value).at as i64 * 2))),
    getter("tb_lineno", |h, value| Ok(h.new_int(entry(value).line()))),
];

fn entry(value: &Value) -> &Obj<Traceback> {
    match value.downcast::<Traceback>() {
        Some(entry) => entry,
        None => panic!("a descriptor of traceback is asked with one"),
    }
}

/// A traceback or nothing; TypeError for others.
fn next_of(h: &mut Held, value: &Value) -> R<Option<Value>> {
    if value.is_none() {
        return Ok(None);
    }
    if value.downcast::<Traceback>().is_none() {
        let got = value.class_name();
        return Err(h.type_error(format!("expected traceback object or None, got '{got}'")));
    }
    Ok(Some(value.clone()))
}

fn set_next(h: &mut Held, object: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(h.type_error("can't delete tb_next attribute")) };
    let next = next_of(h, value)?;
    let mut at = next.clone();
    while let Some(entry) = at {
        if entry.is(object) {
            return Err(h.value_error("traceback loop detected"));
        }
        at = entry.downcast::<Traceback>().and_then(|entry| entry.next.read(h, Clone::clone));
    }
    let old = entry(object).next.write(h, |own| std::mem::replace(own, next));
    drop(old);
    Ok(())
}

impl Held {
    /// A traceback of the running function alone, for what was raised outside of all functions.
    pub(crate) fn traceback_of_here(&mut self) -> Option<Value> {
        let here = self.frame_at(0)?;
        let frame = here.downcast::<FrameObject>()?;
        let traceback = Traceback {
            next: ObjCell::private(None),
            code: frame.code.clone(),
            globals: frame.globals.clone(),
            at: frame.index(self),
            lineno: None,
            frame: ObjCell::private(Some(here.clone())),
        };
        Some(allocate(&core().traceback, traceback, 0).into_value())
    }
}

fn new_traceback(h: &mut Held, args: Args<'_>) -> R {
    let Some(frame) = args[2].downcast::<FrameObject>() else {
        let got = if args[2].is_none() { "None".to_owned() } else { args[2].given_name() };
        return Err(h.type_error(format!("TracebackType() argument 'tb_frame' must be frame, not {got}")));
    };
    let next = next_of(h, &args[1])?;
    let (lasti, lineno) = (h.to_isize(&args[3])?, h.to_isize(&args[4])?);
    let traceback = Traceback {
        next: ObjCell::private(next),
        code: frame.code.clone(),
        globals: frame.globals.clone(),
        at: lasti.max(0) as usize / 2,
        lineno: Some(lineno as i64),
        frame: ObjCell::private(Some(args[2].clone())),
    };
    Ok(allocate(&core().traceback, traceback, 0).into_value())
}
