//! `array`: numbers of one machine type, side by side.
//!
//! In: a type code and items. Out: a sequence whose bytes others can look at. The one invariant: the bytes are a whole number of
//! items, and do not change their number while a view exists.

mod construct;
mod convert;
mod item;
mod sequence;

use interpreter::builtins::add_functions;
use interpreter::objects::buffer::{BufferKind, register_buffer};
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Obj, Object, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::turn::in_turn;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Word;
use interpreter::sync::{Held, ObjCell};
use interpreter::vm::protocol::ways;

/// The data of an array.
pub struct Array {
    /// The type code.
    code: u8,
    /// Bytes an item.
    size: usize,
    items: ObjCell<Vec<u8>>,
    /// How many views look at it.
    exports: Word<isize>,
}

interpreter::object!(Array, "array");

/// The data of an iterator over an array.
pub struct ArrayIterator {
    /// Nothing when exhausted.
    array: ObjCell<Option<Value>>,
    at: Word<usize>,
}

interpreter::object!(ArrayIterator, "arrayiterator", traced[array]);

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);
static ITERATOR: Global<Option<Ref<Class>>> = Global::new(None);

static METHODS: [Def; 16] = [
    def("__repr__", "", convert::repr),
    def("__iter__", "", |h, args| iterate(h, &args[0])),
    def("__copy__", "", construct::copy),
    def("__deepcopy__", "unused, /", construct::copy),
    def("__reduce_ex__", "value, /", construct::reduce),
    def("__sizeof__", "", |h, args| {
        let used = args.this::<Array>().items.read(h, Vec::len);
        Ok(h.new_int(64 + used as i64))
    }),
    def("buffer_info", "", buffer_info),
    def("extend", "bb, /", convert::extend),
    def("frombytes", "buffer, /", convert::from_bytes),
    def("fromfile", "f, n, /", convert::from_file),
    def("fromlist", "list, /", convert::from_list),
    def("fromunicode", "ustr, /", convert::from_unicode),
    def("tobytes", "", convert::to_bytes),
    def("tofile", "f, /", convert::to_file),
    def("tolist", "", convert::to_list),
    def("tounicode", "", convert::to_unicode),
];

static ATTRS: [Attr; 2] = [
    getter("typecode", |h, array| {
        Ok(array.downcast::<Array>().map_or(Value::NONE, |array| h.str_from_char(array.code.into())))
    }),
    getter("itemsize", |h, array| {
        Ok(array.downcast::<Array>().map_or(Value::NONE, |array| h.new_int(array.size as i64)))
    }),
];

static ITERATOR_METHODS: [Def; 2] =
    [def("__reduce__", "", reduce_iterator), def("__setstate__", "state, /", set_iterator)];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("array");
    let class = ClassSpec::new::<Array>(h, "array", "array").flags(class_flag::SEQUENCE | class_flag::WEAKREFS);
    let class = class
        .constructor(h, &construct::NEW)
        .methods(h, &METHODS)
        .methods(h, &sequence::METHODS)
        .methods(h, &sequence::COMPARISONS)
        .attrs(h, &ATTRS);
    let class = class.value(h, "__hash__", Value::NONE).build(h);
    let iterator = ClassSpec::new::<ArrayIterator>(h, "array", "arrayiterator").flags(class_flag::NO_NEW);
    let iterator = iterator.iterator(h, next).steps_alone(|_| true).methods(h, &ITERATOR_METHODS).build(h);
    CLASS.write(h, |own| *own = Some(class.clone()));
    ITERATOR.write(h, |own| *own = Some(iterator));
    register_buffer(Array::kind(), BUFFER);
    ways::register_sequence(
        Array::kind(),
        |h, array| array.downcast::<Array>().map_or(0, |array| sequence::len(h, array)),
        iterate,
    );
    add_functions(h, &module, &construct::FUNCTIONS);
    let codes = construct::codes(h);
    let array = class.into_value();
    for (name, value) in [("array", array.clone()), ("ArrayType", array), ("typecodes", codes)] {
        let name = h.intern(name);
        module.dict.set_str(h, &name, value);
    }
    register_sequence(h, &module)?;
    Ok(module)
}

/// An array is a `collections.abc.MutableSequence`.
fn register_sequence(h: &mut Held, module: &Ref<Module>) -> R<()> {
    let abstract_classes = h.import_module("_collections_abc")?;
    let names = ["MutableSequence", "register", "array"].map(|name| h.intern(name));
    let base = h.get_attr(&abstract_classes, &names[0])?;
    let array = module.dict.get_str(h, &names[2]).unwrap_or(Value::NONE);
    h.call_method_named(&base, &names[1], &[array])?;
    Ok(())
}

const BUFFER: BufferKind = BufferKind {
    read: |h, value, look| {
        if let Some(array) = value.downcast::<Array>() {
            array.items.read(h, |items| look(items));
        }
    },
    write: Some(|h, value, change| {
        if let Some(array) = value.downcast::<Array>() {
            array.items.write(h, |items| change(items));
        }
    }),
    layout: |_, value| value.downcast::<Array>().map_or(("B".to_owned(), 1), layout),
    exported: |value, by| {
        if let Some(array) = value.downcast::<Array>() {
            array.items.seize(|_| array.exports.set(array.exports.get() + by));
        }
    },
    instead: None,
};

/// As `struct` names the items; characters are `w`.
fn layout(array: &Obj<Array>) -> (String, usize) {
    let code = if array.code == b'u' { 'w' } else { char::from(array.code) };
    (code.to_string(), array.size)
}

/// `array.array`.
fn class(h: &Held) -> Ref<Class> {
    match CLASS.read(h, Clone::clone) {
        Some(class) => class,
        None => interpreter::objects::core().object.clone(),
    }
}

/// An array of a class; the bytes are whole items.
fn make(h: &Held, class: &Obj<Class>, code: u8, items: Vec<u8>) -> Ref<Array> {
    let size = item::size_of_code(code).unwrap_or(1);
    h.new_object(class, Array { code, size, items: ObjCell::new(items), exports: Word::new(0) })
}

/// Where the bytes are, and how many items.
fn buffer_info(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    let (address, len) = this.items.read(h, |items| (items.as_ptr() as i64, items.len() / this.size));
    Ok(h.new_tuple(vec![h.new_int(address), h.new_int(len as i64)]))
}

fn iterate(h: &mut Held, array: &Value) -> R {
    let Some(class) = ITERATOR.read(h, Clone::clone) else { return Ok(Value::NONE) };
    let iterator = ArrayIterator { array: ObjCell::new(Some(array.clone())), at: Word::new(0) };
    Ok(h.new_object(&class, iterator).into_value())
}

fn next(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    in_turn(iterator, || step(h, iterator))
}

fn step(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let Some(iterator) = iterator.downcast::<ArrayIterator>() else { return Ok(None) };
    let Some(array) = iterator.array.read(h, Clone::clone) else { return Ok(None) };
    let at = iterator.at.get();
    let item = array.downcast::<Array>().and_then(|array| sequence::get(h, array, at));
    match item {
        Some(_) => iterator.at.set(at + 1),
        None => drop(iterator.array.write(h, Option::take)),
    }
    Ok(item)
}

fn reduce_iterator(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<ArrayIterator>();
    let builtins = h.import_module("builtins")?;
    let name = h.intern("iter");
    let iter = h.get_attr(&builtins, &name)?;
    let Some(array) = this.array.read(h, Clone::clone) else {
        let empty = h.new_tuple(Vec::new());
        let inner = h.new_tuple(vec![empty]);
        return Ok(h.new_tuple(vec![iter, inner]));
    };
    let inner = h.new_tuple(vec![array]);
    Ok(h.new_tuple(vec![iter, inner, h.new_int(this.at.get() as i64)]))
}

fn set_iterator(h: &mut Held, args: Args<'_>) -> R {
    let at = h.to_isize(&args[1])?;
    args.this::<ArrayIterator>().at.set(at.max(0) as usize);
    Ok(Value::NONE)
}
