//! `PickleBuffer`: a buffer that may travel outside of its pickle.
//!
//! In: an object with bytes. Out: those bytes to whoever looks at this one's. The one invariant: a view of a PickleBuffer is a view of
//! what it wraps, which no view of it outlives.

use interpreter::objects::buffer::{BufferKind, register_buffer};
use interpreter::objects::bytes::MemoryView;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::core;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Object, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};

struct PickleBuffer {
    /// A memoryview; nothing when released.
    view: ObjCell<Option<Value>>,
}

interpreter::object!(PickleBuffer, "PickleBuffer", traced[view]);

static NEW: Def = def("__new__", "object, /", new);

static METHODS: [Def; 2] = [def("raw", "", raw), def("release", "", release)];

const BUFFER: BufferKind = BufferKind {
    read: |h, value, look| {
        if let Some(view) = view_in(h, value) {
            let _ = h.with_buffer(&view, look);
        }
    },
    write: Some(|h, value, change| {
        if let Some(view) = view_in(h, value) {
            let _ = h.with_buffer_mut(&view, change);
        }
    }),
    layout: |_, _| ("B".to_owned(), 1),
    exported: |_, _| (),
    instead: Some(opened),
};

/// Makes the class.
pub fn class(h: &mut Held) -> Ref<Class> {
    register_buffer(PickleBuffer::kind(), BUFFER);
    let spec = ClassSpec::new::<PickleBuffer>(h, "pickle", "PickleBuffer").flags(class_flag::WEAKREFS);
    spec.doc(h, "Wrapper for potentially out-of-band buffers").constructor(h, &NEW).methods(h, &METHODS).build(h)
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    if !h.is_buffer(&args[1]) {
        let got = args[1].class_name();
        return Err(h.type_error(format!("a bytes-like object is required, not '{got}'")));
    }
    let view = h.call(&core().memoryview.to_value(), &[args[1].clone()])?;
    let Some(class) = args[0].downcast::<Class>() else {
        return Err(h.type_error("PickleBuffer.__new__() needs a class"));
    };
    Ok(h.new_object(class, PickleBuffer { view: ObjCell::private(Some(view)) }).into_value())
}

fn view_in(h: &Held, value: &Value) -> Option<Value> {
    value.downcast::<PickleBuffer>()?.view.read(h, Clone::clone)
}

/// The view, unless it was released.
fn opened(h: &mut Held, value: &Value) -> R {
    match view_in(h, value) {
        Some(view) => Ok(view),
        None => Err(h.value_error("operation forbidden on released PickleBuffer object")),
    }
}

/// The bytes as one flat view.
fn raw(h: &mut Held, args: Args<'_>) -> R {
    let whole = opened(h, &args[0])?;
    let Some(view) = whole.downcast::<MemoryView>() else { return Ok(whole) };
    if view.contiguous().is_none() {
        return Err(h.error(Exc::BufferError, "cannot extract raw buffer from non-contiguous buffer"));
    }
    if view.shape.len() == 1 && h.str_text(&view.format)? == "B" {
        return h.call(&core().memoryview.to_value(), &[whole]);
    }
    let (cast, bytes) = (h.intern("cast"), h.new_str("B"));
    h.call_method_named(&whole, &cast, &[bytes])
}

fn release(h: &mut Held, args: Args<'_>) -> R {
    let buffer: &Obj<PickleBuffer> = args.this();
    let view = buffer.view.write(h, Option::take);
    drop(view);
    Ok(Value::NONE)
}
