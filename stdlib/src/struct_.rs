//! `struct`: values as bytes and back, in the machine's layout or a standard one.
//!
//! In: format strings, values, buffers. Out: bytes and tuples. The one invariant: values are packed into bytes of their own
//! before a buffer is touched, so an error leaves the buffer alone.

mod layout;
mod pack;
mod unpack;

use interpreter::builtins::add_functions;
use interpreter::objects::bytes::Bytes;
use interpreter::objects::class::Class;
use interpreter::objects::core;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::str::Str;
use interpreter::objects::turn::in_turn;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Word;
use interpreter::sync::{Held, ObjCell};
use layout::Layout;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::sync::Arc;

/// `struct.error`.
static ERROR: Global<Option<Value>> = Global::new(None);
static ITERATOR: Global<Option<Ref<Class>>> = Global::new(None);

/// The data of a `Struct`: nothing until `__init__` has run.
pub struct Struct {
    layout: ObjCell<Option<Arc<Layout>>>,
}

interpreter::object!(Struct, "Struct");

/// What `iter_unpack` gives.
pub struct UnpackIterator {
    layout: Arc<Layout>,
    /// Nothing when exhausted.
    buffer: ObjCell<Option<Value>>,
    at: Word<usize>,
}

interpreter::object!(UnpackIterator, "unpack_iterator", traced[buffer]);

static FUNCTIONS: [Def; 7] = [
    def("calcsize", "format, /", |h, args| parsed(h, &args[0]).map(|layout| h.new_int(layout.size as i64))),
    def("pack", "*args", |h, args| with_format(h, args.rest(0), pack))
        .positional(|h, args| with_format(h, args.from(0), pack)),
    def("pack_into", "*args", |h, args| with_format(h, args.rest(0), pack_into))
        .positional(|h, args| with_format(h, args.from(0), pack_into)),
    def("unpack", "format, buffer, /", |h, args| {
        parsed(h, &args[0]).and_then(|layout| unpack_all(h, &layout, &args[1]))
    }),
    def("unpack_from", "format, /, buffer, offset=0", |h, args| {
        parsed(h, &args[0]).and_then(|layout| unpack_from(h, &layout, &args[1], args.opt(2)))
    }),
    def("iter_unpack", "format, buffer, /", |h, args| {
        parsed(h, &args[0]).and_then(|layout| iter_unpack(h, layout, &args[1]))
    }),
    def("_clearcache", "", |_, _| Ok(Value::NONE)),
];

static NEW: Def = def("__new__", "*args, **kwargs", new);

static METHODS: [Def; 6] = [
    def("__init__", "format", init_struct),
    def("pack", "*args", |h, args| this(h, args).and_then(|layout| pack(h, &layout, args.rest(1))))
        .positional(|h, args| this(h, args).and_then(|layout| pack(h, &layout, args.from(1)))),
    def("pack_into", "*args", |h, args| this(h, args).and_then(|layout| pack_into(h, &layout, args.rest(1))))
        .positional(|h, args| this(h, args).and_then(|layout| pack_into(h, &layout, args.from(1)))),
    def("unpack", "buffer, /", |h, args| this(h, args).and_then(|layout| unpack_all(h, &layout, &args[1]))),
    def("unpack_from", "buffer, offset=0", |h, args| {
        this(h, args).and_then(|layout| unpack_from(h, &layout, &args[1], args.opt(2)))
    }),
    def("iter_unpack", "buffer, /", |h, args| this(h, args).and_then(|layout| iter_unpack(h, layout, &args[1]))),
];

static ATTRS: [Attr; 2] = [
    getter("format", |h, object| Ok(layout_of(h, object)?.map_or(Value::NONE, |layout| h.new_str(&layout.text)))),
    getter("size", |h, object| Ok(layout_of(h, object)?.map_or(h.new_int(-1), |layout| h.new_int(layout.size as i64)))),
];

static ITERATOR_METHODS: [Def; 1] = [def("__length_hint__", "", |h, args| {
    let iterator = args.this::<UnpackIterator>();
    let left = remaining(h, iterator)? / iterator.layout.size.max(1);
    Ok(h.new_int(left as i64))
})];

/// The module `_struct`.
pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_struct");
    let class = ClassSpec::new::<Struct>(h, "_struct", "Struct");
    let class = class.constructor(h, &NEW).methods(h, &METHODS).attrs(h, &ATTRS).build(h);
    let iterator = ClassSpec::new::<UnpackIterator>(h, "_struct", "unpack_iterator");
    let iterator = iterator
        .flags(interpreter::objects::class::class_flag::NO_NEW)
        .iterator(h, next)
        .steps_alone(|_| true)
        .methods(h, &ITERATOR_METHODS);
    let iterator = iterator.build(h);
    ITERATOR.write(h, |own| *own = Some(iterator));
    let error = make_error(h)?;
    ERROR.write(h, |own| *own = Some(error.clone()));
    add_functions(h, &module, &FUNCTIONS);
    for (name, value) in [("Struct", class.into_value()), ("error", error)] {
        let name = h.intern(name);
        module.dict.set_str(h, &name, value);
    }
    Ok(module)
}

fn make_error(h: &mut Held) -> R {
    let bases = h.new_tuple(vec![Exc::Exception.class().to_value()]);
    let namespace = h.new_dict();
    let (name, module, of) = (h.intern("error"), h.intern("__module__"), h.intern("struct"));
    namespace.set_str(h, &module, of);
    h.call(core().type_.value(), &[name, bases, namespace.into_value()])
}

#[cold]
fn struct_error(h: &mut Held, message: &str) -> Raised {
    let class = ERROR.read(h, Clone::clone);
    let args = h.new_tuple(vec![h.new_str(message)]);
    match class.as_ref().and_then(|class| class.downcast::<Class>()) {
        Some(class) => Raised::new(h.new_exception(class, args).into_value()),
        None => h.runtime_error(message),
    }
}

thread_local! {
    /// Formats that were used lately.
    static KNOWN: RefCell<FxHashMap<Box<[u8]>, Arc<Layout>>> = RefCell::new(FxHashMap::default());
}

/// So many formats are remembered, as in CPython.
const MOST_KNOWN: usize = 100;

fn parsed(h: &mut Held, format: &Value) -> R<Arc<Layout>> {
    let text = match (format.downcast::<Str>(), format.downcast::<Bytes>()) {
        (Some(string), _) => match string.as_ascii() {
            Some(text) => text.as_bytes(),
            None => return Err(struct_error(h, "bad char in struct format")),
        },
        (_, Some(bytes)) => &bytes.data,
        _ => {
            let got = format.class_name();
            return Err(h.type_error(format!("Struct() argument 1 must be a str or bytes object, not {got}")));
        }
    };
    if let Some(layout) = KNOWN.with_borrow(|known| known.get(text).cloned()) {
        return Ok(layout);
    }
    let layout = layout::parse(text).map(Arc::new).map_err(|message| struct_error(h, message))?;
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(text.into(), layout.clone());
    });
    Ok(layout)
}

fn with_format(h: &mut Held, args: &[Value], body: fn(&mut Held, &Layout, &[Value]) -> R) -> R {
    let [format, rest @ ..] = args else { return Err(h.type_error("missing format argument")) };
    let layout = parsed(h, format)?;
    body(h, &layout, rest)
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
    Ok(h.new_object(class, Struct { layout: ObjCell::new(None) }).into_value())
}

fn init_struct(h: &mut Held, args: Args<'_>) -> R {
    let layout = parsed(h, &args[1])?;
    args.this::<Struct>().layout.write(h, |own| *own = Some(layout));
    Ok(Value::NONE)
}

fn layout_of(h: &mut Held, object: &Value) -> R<Option<Arc<Layout>>> {
    Ok(object.downcast::<Struct>().and_then(|object| object.layout.read(h, Clone::clone)))
}

fn this(h: &mut Held, args: Args<'_>) -> R<Arc<Layout>> {
    match args.this::<Struct>().layout.read(h, Clone::clone) {
        Some(layout) => Ok(layout),
        None => Err(h.runtime_error("Struct object is not initialized")),
    }
}

fn packed(h: &mut Held, layout: &Layout, values: &[Value], by: &str) -> R<Vec<u8>> {
    if values.len() != layout.values {
        let (wanted, got) = (layout.values, values.len());
        return Err(struct_error(h, &format!("{by} expected {wanted} items for packing (got {got})")));
    }
    let mut bytes = Vec::new();
    if bytes.try_reserve_exact(layout.size).is_err() {
        return Err(h.memory_error());
    }
    bytes.resize(layout.size, 0);
    pack::pack(h, layout, values, &mut bytes)?;
    Ok(bytes)
}

fn pack(h: &mut Held, layout: &Layout, values: &[Value]) -> R {
    let bytes = packed(h, layout, values, "pack")?.into_boxed_slice();
    Ok(h.bytes_of_class(&core().bytes, bytes).into_value())
}

fn pack_into(h: &mut Held, layout: &Layout, args: &[Value]) -> R {
    let (buffer, offset, values) = match args {
        [] => return Err(struct_error(h, "pack_into expected buffer argument")),
        [_] => return Err(struct_error(h, "pack_into expected offset argument")),
        [buffer, offset, values @ ..] => (buffer, offset, values),
    };
    if values.len() != layout.values {
        packed(h, layout, values, "pack_into")?;
    }
    let mut bytes = None;
    // Once more if the buffer became shorter meanwhile.
    loop {
        let Some(len) = h.with_buffer_mut(buffer, |bytes| bytes.len())? else {
            let got = buffer.class_name();
            return Err(h.type_error(format!("argument must be read-write bytes-like object, not {got}")));
        };
        let start = place(h, layout.size, len, offset, &PACKING)?;
        let bytes = match &bytes {
            Some(bytes) => bytes,
            None => bytes.insert(packed(h, layout, values, "pack_into")?),
        };
        let put = |to: &mut [u8]| to.get_mut(start..start + bytes.len()).map(|to| to.copy_from_slice(bytes)).is_some();
        if h.with_buffer_mut(buffer, put)? == Some(true) {
            return Ok(Value::NONE);
        }
    }
}

/// How errors name what is done at an offset.
struct Words {
    no_room: &'static str,
    function: &'static str,
    doing: &'static str,
}

const PACKING: Words = Words { no_room: "no space to pack", function: "pack_into", doing: "packing" };
const UNPACKING: Words = Words { no_room: "not enough data to unpack", function: "unpack_from", doing: "unpacking" };

/// Where `size` bytes at an offset start in a buffer; a negative one counts from the end.
fn place(h: &mut Held, size: usize, len: usize, offset: &Value, words: &Words) -> R<usize> {
    let index = h.index(offset)?;
    let Some(given) = index.as_int().and_then(|offset| offset.to_i64()) else {
        return Err(match words.doing {
            "packing" => h.index_error(format!("cannot fit '{}' into an index-sized integer", offset.class_name())),
            _ => h.overflow_error("Python int too large to convert to C ssize_t"),
        });
    };
    let from_end = given + if given < 0 { len as i64 } else { 0 };
    let Words { no_room, function, doing } = words;
    if given < 0 && given.saturating_add(size as i64) > 0 {
        return Err(struct_error(h, &format!("{no_room} {size} bytes at offset {given}")));
    }
    let Ok(start) = usize::try_from(from_end) else {
        return Err(struct_error(h, &format!("offset {given} out of range for {len}-byte buffer")));
    };
    if len.saturating_sub(start) < size || start > len {
        let least = size.saturating_add(start);
        return Err(struct_error(
            h,
            &format!(
                "{function} requires a buffer of at least {least} bytes for {doing} {size} bytes at offset {start} \
             (actual buffer size is {len})"
            ),
        ));
    }
    Ok(start)
}

fn unpack_all(h: &mut Held, layout: &Layout, buffer: &Value) -> R {
    let unpack = |bytes: &[u8]| (bytes.len() == layout.size).then(|| unpack::unpack(h, layout, bytes));
    match h.with_bytes_like(buffer, unpack)? {
        Some(values) => Ok(values),
        None => Err(struct_error(h, &format!("unpack requires a buffer of {} bytes", layout.size))),
    }
}

fn unpack_from(h: &mut Held, layout: &Layout, buffer: &Value, offset: Option<&Value>) -> R {
    let zero = h.new_int(0);
    // Once more if the buffer became shorter meanwhile.
    loop {
        let len = h.with_bytes_like(buffer, |bytes| bytes.len())?;
        let start = place(h, layout.size, len, offset.unwrap_or(&zero), &UNPACKING)?;
        let unpack = |bytes: &[u8]| {
            let bytes = bytes.get(start..start + layout.size)?;
            Some(unpack::unpack(h, layout, bytes))
        };
        if let Some(values) = h.with_bytes_like(buffer, unpack)? {
            return Ok(values);
        }
    }
}

fn iter_unpack(h: &mut Held, layout: Arc<Layout>, buffer: &Value) -> R {
    let len = h.with_bytes_like(buffer, |bytes| bytes.len())?;
    let size = layout.size;
    if size == 0 {
        return Err(struct_error(h, "cannot iteratively unpack with a struct of length 0"));
    }
    if len % size != 0 {
        return Err(struct_error(h, &format!("iterative unpacking requires a buffer of a multiple of {size} bytes")));
    }
    let Some(class) = ITERATOR.read(h, Clone::clone) else { return Ok(Value::NONE) };
    let iterator = UnpackIterator { layout, buffer: ObjCell::new(Some(buffer.clone())), at: Word::new(0) };
    Ok(h.new_object(&class, iterator).into_value())
}

/// Bytes that an iterator has not unpacked yet.
fn remaining(h: &mut Held, iterator: &Obj<UnpackIterator>) -> R<usize> {
    match iterator.buffer.read(h, Clone::clone) {
        Some(buffer) => h.with_bytes_like(&buffer, |bytes| bytes.len().saturating_sub(iterator.at.get())),
        None => Ok(0),
    }
}

fn next(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    in_turn(iterator, || step(h, iterator))
}

fn step(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let Some(iterator) = iterator.downcast::<UnpackIterator>() else { return Ok(None) };
    let Some(buffer) = iterator.buffer.read(h, Clone::clone) else { return Ok(None) };
    let (start, size) = (iterator.at.get(), iterator.layout.size);
    let unpack = |bytes: &[u8]| {
        let bytes = bytes.get(start..start + size)?;
        Some(unpack::unpack(h, &iterator.layout, bytes))
    };
    match h.with_bytes_like(&buffer, unpack)? {
        Some(values) => {
            iterator.at.set(start + size);
            Ok(Some(values))
        }
        None => {
            drop(iterator.buffer.write(h, Option::take));
            Ok(None)
        }
    }
}
