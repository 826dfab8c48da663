//! `memoryview`: looking at the bytes of another object without copying them.
//!
//! In: an object with bytes. Out: items, slices, casts. The one invariant: a view that was released refuses everything.

mod cast;
pub(crate) mod item;
mod subscript;

use crate::objects::buffer::registered;
use crate::objects::bytes::{Bytes, MemoryView, count_export};
use crate::objects::core;
use crate::objects::descriptor::{Attr, getter};
use crate::objects::function::Args;
use crate::objects::header::{Obj, Ref};
use crate::objects::make_class::ClassSpec;
use crate::objects::str::{Str, text_of};
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::{Held, ObjCell};

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "object", |h, args| Ok(view_of(h, &args[1])?.into_value()));
    ClassSpec::of(&core().memoryview)
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .methods(h, &subscript::METHODS)
        .methods(h, &cast::METHODS)
        .attrs(h, &ATTRS)
        .build(h);
}

static METHODS: [Def; 12] = [
    def("__len__", "", len),
    def("__iter__", "", iter),
    def("__repr__", "", repr),
    def("__hash__", "", hash),
    def("__eq__", "value, /", equal),
    def("__ne__", "value, /", unequal),
    def("__enter__", "", enter),
    def("__exit__", "*args", release),
    def("release", "", release),
    def("tobytes", "order='C'", to_bytes),
    def("tolist", "", |h, args| item::to_list(h, args.this())),
    def("hex", "sep=<unrepresentable>, bytes_per_sep=1", |h, args| {
        let data = h.buffer_to_vec(&args[0])?.unwrap_or_default();
        super::bytes::codec::hex(h, &data, args.opt(1), args.opt(2))
    }),
];

static ATTRS: [Attr; 12] = [
    getter("obj", |h, this| h.viewed(alive(h, this)?)),
    getter("nbytes", |h, this| {
        let view = alive(h, this)?;
        Ok(h.new_int((view.count() * view.itemsize) as i64))
    }),
    getter("itemsize", |h, this| Ok(h.new_int(alive(h, this)?.itemsize as i64))),
    getter("ndim", |h, this| Ok(h.new_int(alive(h, this)?.shape.len() as i64))),
    getter("format", |h, this| Ok(alive(h, this)?.format.clone())),
    getter("readonly", |h, this| Ok(Value::bool(alive(h, this)?.readonly))),
    getter("shape", |h, this| Ok(numbers(h, alive(h, this)?.shape.iter().map(|&len| len as i64)))),
    getter("strides", |h, this| Ok(numbers(h, alive(h, this)?.strides.iter().map(|&stride| stride as i64)))),
    getter("suboffsets", |h, this| Ok(numbers(h, alive(h, this)?.shape[..0].iter().map(|&len| len as i64)))),
    getter("c_contiguous", |h, this| Ok(Value::bool(alive(h, this)?.contiguous().is_some()))),
    getter("f_contiguous", |h, this| Ok(Value::bool(fortran(alive(h, this)?)))),
    getter("contiguous", |h, this| {
        let view = alive(h, this)?;
        Ok(Value::bool(view.contiguous().is_some() || fortran(view)))
    }),
];

/// A view, if it was not released.
fn alive<'a>(h: &Held, this: &'a Value) -> R<&'a Obj<MemoryView>> {
    match this.downcast::<MemoryView>() {
        Some(view) if view.of.read(h, Option::is_some) => Ok(view),
        _ => Err(h.value_error("operation forbidden on released memoryview object")),
    }
}

fn numbers(h: &Held, numbers: impl Iterator<Item = i64>) -> Value {
    h.new_tuple(numbers.map(|number| h.new_int(number)).collect())
}

fn fortran(view: &MemoryView) -> bool {
    let mut step = view.itemsize as isize;
    view.shape.iter().zip(&view.strides).all(|(len, stride)| {
        let fits = *len <= 1 || *stride == step;
        step *= *len as isize;
        fits
    })
}

/// `memoryview(object)`.
fn view_of(h: &mut Held, object: &Value) -> R<Ref<MemoryView>> {
    if object.downcast::<MemoryView>().is_some() {
        return again(h, alive(h, object)?, |_| ());
    }
    if let Some(instead) = registered(object).and_then(|kind| kind.instead) {
        let view = instead(h, object)?;
        return again(h, alive(h, &view)?, |_| ());
    }
    if !h.is_buffer(object) {
        let got = object.class_name();
        return Err(h.type_error(format!("memoryview: a bytes-like object is required, not '{got}'")));
    }
    let (format, itemsize) = match registered(object) {
        Some(kind) => (kind.layout)(h, object),
        None => ("B".to_owned(), 1),
    };
    let readonly = object.downcast::<Bytes>().is_some() || registered(object).is_some_and(|kind| kind.write.is_none());
    // The view counts before the bytes are: nobody changes their number from now on.
    count_export(object, 1);
    let len = match h.with_bytes_like(object, <[u8]>::len) {
        Ok(len) => len / itemsize.max(1),
        Err(raised) => {
            count_export(object, -1);
            return Err(raised);
        }
    };
    let format = h.new_str(&format);
    let view = MemoryView {
        of: ObjCell::private(Some(object.clone())),
        offset: 0,
        shape: vec![len],
        strides: vec![itemsize as isize],
        itemsize,
        format,
        readonly,
    };
    Ok(h.new_object(&core().memoryview, view))
}

/// Another view of what a view looks at, changed before it is used.
fn again(h: &mut Held, view: &Obj<MemoryView>, change: impl FnOnce(&mut MemoryView)) -> R<Ref<MemoryView>> {
    let of = h.viewed(view)?;
    count_export(&of, 1);
    let mut other = MemoryView {
        of: ObjCell::private(Some(of)),
        offset: view.offset,
        shape: view.shape.clone(),
        strides: view.strides.clone(),
        itemsize: view.itemsize,
        format: view.format.clone(),
        readonly: view.readonly,
    };
    change(&mut other);
    Ok(h.new_object(&core().memoryview, other))
}

fn len(h: &mut Held, args: Args<'_>) -> R {
    let view = alive(h, args.at(0))?;
    Ok(h.new_int(view.shape.first().map_or(1, |&len| len as i64)))
}

fn iter(h: &mut Held, args: Args<'_>) -> R {
    let view = alive(h, args.at(0))?;
    item::check_format(h, view)?;
    match view.shape.len() {
        0 => Err(h.type_error("invalid indexing of 0-dim memory")),
        1 => Ok(h.new_bytes_iter(args[0].clone())),
        _ => Err(h.error(
            crate::objects::exception::Exc::NotImplementedError,
            "multi-dimensional sub-views are not implemented",
        )),
    }
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let released = if args.this::<MemoryView>().of.read(h, Option::is_some) { "" } else { "released " };
    Ok(h.new_str(&format!("<{released}memory at {:#x}>", args[0].bits())))
}

fn hash(h: &mut Held, args: Args<'_>) -> R {
    let view = alive(h, args.at(0))?;
    if !view.readonly {
        return Err(h.value_error("cannot hash writable memoryview object"));
    }
    if !matches!(item::native(view), Some('B' | 'b' | 'c')) {
        return Err(h.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    let hash = h.with_bytes_like(&args[0], crate::objects::hash::bytes_hash)?;
    Ok(h.new_int(hash))
}

fn equal(h: &mut Held, args: Args<'_>) -> R {
    if args[0].is(&args[1]) {
        return Ok(Value::TRUE);
    }
    let Ok(view) = alive(h, args.at(0)) else { return Ok(Value::FALSE) };
    if !h.is_buffer(&args[1]) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let other = match view_of(h, &args[1]) {
        Ok(other) => other,
        Err(_) => return Ok(Value::FALSE),
    };
    if view.shape != other.shape {
        return Ok(Value::FALSE);
    }
    let same_format = item::native(view).is_some() && item::native(view) == item::native(&other);
    if same_format && !matches!(item::native(view), Some('f' | 'd')) {
        let mine = h.buffer_to_vec(&args[0])?;
        return Ok(Value::bool(mine == h.buffer_to_vec(other.value())?));
    }
    if item::native(view).is_none() || item::native(&other).is_none() {
        return Ok(Value::FALSE);
    }
    let (mine, others) = (item::to_list(h, view)?, item::to_list(h, &other)?);
    Ok(Value::bool(h.eq_op(&mine, &others)?))
}

fn unequal(h: &mut Held, args: Args<'_>) -> R {
    let result = equal(h, args)?;
    Ok(result.as_bool().map_or(result, |equal| Value::bool(!equal)))
}

fn enter(h: &mut Held, args: Args<'_>) -> R {
    alive(h, args.at(0))?;
    Ok(args[0].clone())
}

fn release(h: &mut Held, args: Args<'_>) -> R {
    let of = args.this::<MemoryView>().of.write(h, Option::take);
    if let Some(of) = &of {
        count_export(of, -1);
    }
    Ok(Value::NONE)
}

fn to_bytes(h: &mut Held, args: Args<'_>) -> R {
    let view = alive(h, args.at(0))?;
    let order = match args.opt_some(1) {
        Some(order) if order.downcast::<Str>().is_some() => text_of(order),
        Some(order) => {
            return Err(
                h.type_error(format!("tobytes() argument 'order' must be str or None, not {}", order.given_name()))
            );
        }
        None => "C".to_owned(),
    };
    let by_column = match order.as_str() {
        "C" => false,
        "F" => view.shape.len() > 1,
        "A" => view.shape.len() > 1 && view.contiguous().is_none() && fortran(view),
        _ => return Err(h.value_error("order must be 'C', 'F' or 'A'")),
    };
    if by_column {
        let turned = again(h, view, |view| {
            view.shape.reverse();
            view.strides.reverse();
        })?;
        return Ok(h.new_bytes(&h.buffer_to_vec(turned.value())?.unwrap_or_default()));
    }
    Ok(h.new_bytes(&h.buffer_to_vec(&args[0])?.unwrap_or_default()))
}
