//! `view[...]`: items by index or tuple of indexes, slices, and assigning to both.
//!
//! In: a key. Out: an item or a view. The one invariant: a slice is of the first dimension and shares the bytes.

use super::{again, alive, item, view_of};
use crate::objects::bytes::MemoryView;
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::header::{Obj, Ref};
use crate::objects::names::n;
use crate::objects::slice::Slice;
use crate::objects::str::text_of;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::types::str::sequence::index_of;

pub(super) static METHODS: [Def; 3] = [
    def("__getitem__", "key, /", get_item),
    def("__setitem__", "key, value, /", set_item),
    def("__delitem__", "key, /", |h, args| {
        let view = alive(h, args.at(0))?;
        let message = if view.readonly { "cannot modify read-only memory" } else { "cannot delete memory" };
        Err(h.type_error(message))
    }),
];

/// What a key means.
enum Key<'a> {
    /// Where an item starts.
    Item(usize),
    Slice(&'a Slice),
    /// The whole of a view without dimensions.
    Whole,
}

fn get_item(h: &mut Held, args: Args<'_>) -> R {
    let view = alive(h, args.at(0))?;
    match key(h, view, args.at(1), "multi-dimensional sub-views are not implemented")? {
        Key::Item(start) => item::read(h, view, start),
        Key::Slice(slice) => Ok(sliced(h, view, slice)?.into_value()),
        Key::Whole => Ok(args[0].clone()),
    }
}

fn set_item(h: &mut Held, args: Args<'_>) -> R {
    let view = alive(h, args.at(0))?;
    if view.readonly {
        return Err(h.type_error("cannot modify read-only memory"));
    }
    match key(h, view, args.at(1), "sub-views are not implemented")? {
        Key::Item(start) => item::write(h, view, start, &args[2])?,
        Key::Whole => item::write(h, view, view.offset, &args[2])?,
        Key::Slice(slice) => assign(h, view, slice, &args[2])?,
    }
    Ok(Value::NONE)
}

fn key<'a>(h: &mut Held, view: &Obj<MemoryView>, key: &'a Value, one_of_many: &str) -> R<Key<'a>> {
    let is_index = |h: &Held, key: &Value| key.as_int().is_some() || h.special(key, n::__index__).is_some();
    let indexes = key.downcast::<Tuple>().map(|key| key.items());
    if view.shape.is_empty() {
        return match indexes {
            Some([]) => Ok(Key::Item(view.offset)),
            _ if key.is(&Value::ELLIPSIS) => Ok(Key::Whole),
            _ => Err(h.type_error("invalid indexing of 0-dim memory")),
        };
    }
    if is_index(h, key) {
        item::check_format(h, view)?;
        if view.shape.len() > 1 {
            return Err(h.error(Exc::NotImplementedError, one_of_many));
        }
        return Ok(Key::Item(start(h, view, std::slice::from_ref(key))?));
    }
    match (key.downcast::<Slice>(), indexes) {
        (Some(slice), _) => Ok(Key::Slice(slice)),
        (_, Some(keys)) if keys.iter().all(|key| is_index(h, key)) => {
            item::check_format(h, view)?;
            let (given, wanted) = (keys.len(), view.shape.len());
            if given < wanted {
                return Err(h.error(Exc::NotImplementedError, "sub-views are not implemented"));
            }
            if given > wanted {
                return Err(h.type_error(format!("cannot index {wanted}-dimension view with {given}-element tuple")));
            }
            Ok(Key::Item(start(h, view, keys)?))
        }
        (_, Some(keys)) if keys.iter().all(|key| key.downcast::<Slice>().is_some()) => {
            Err(h.error(Exc::NotImplementedError, "multi-dimensional slicing is not implemented"))
        }
        _ => Err(h.type_error("memoryview: invalid slice key")),
    }
}

/// Where the item with these indexes starts.
fn start(h: &mut Held, view: &Obj<MemoryView>, keys: &[Value]) -> R<usize> {
    let mut start = view.offset as isize;
    for (dimension, key) in keys.iter().enumerate() {
        let (len, stride) = (view.shape[dimension] as isize, view.strides[dimension]);
        let at = index_of(h, key)?;
        let at = if at < 0 { at + len } else { at };
        if !(0..len).contains(&at) {
            return Err(h.index_error(format!("index out of bounds on dimension {}", dimension + 1)));
        }
        start = start.wrapping_add(at.wrapping_mul(stride));
    }
    Ok(start as usize)
}

fn sliced(h: &mut Held, view: &Obj<MemoryView>, slice: &Slice) -> R<Ref<MemoryView>> {
    let bounds = slice.bounds(h, view.shape[0])?;
    again(h, view, |view| {
        // The stride of one item may be anything. An empty slice has no place: it may start behind the last item.
        if bounds.len > 0 {
            let start = bounds.start.wrapping_mul(view.strides[0]).wrapping_add(view.offset as isize);
            view.offset = start as usize;
        }
        view.strides[0] = view.strides[0].wrapping_mul(bounds.step);
        view.shape[0] = bounds.len;
    })
}

fn assign(h: &mut Held, view: &Obj<MemoryView>, slice: &Slice, value: &Value) -> R<()> {
    if view.shape.len() > 1 {
        let message = "memoryview slice assignments are currently restricted to ndim = 1";
        return Err(h.error(Exc::NotImplementedError, message));
    }
    if !h.is_buffer(value) {
        let got = value.class_name();
        return Err(h.type_error(format!("a bytes-like object is required, not '{got}'")));
    }
    let (to, from) = (sliced(h, view, slice)?, view_of(h, value)?);
    let plain = |view: &MemoryView| text_of(&view.format).trim_start_matches('@').to_owned();
    if plain(&to) != plain(&from) || to.shape != from.shape {
        return Err(h.value_error("memoryview assignment: lvalue and rvalue have different structures"));
    }
    let items = h.buffer_to_vec(from.value())?.unwrap_or_default();
    h.with_buffer_mut(to.value(), |bytes| {
        if bytes.len() == items.len() {
            bytes.copy_from_slice(&items);
        }
    })?;
    Ok(())
}
