//! `memoryview.cast` and `toreadonly`: the same bytes as other items.
//!
//! In: a format and perhaps a shape. Out: a view. The one invariant: one side of a cast has bytes as its items, and the
//! number of bytes stays.

use super::{again, alive, item};
use crate::objects::bytes::MemoryView;
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::list::List;
use crate::objects::str::text_of;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) static METHODS: [Def; 2] = [
    def("cast", "format, shape=<unrepresentable>", cast),
    def("toreadonly", "", |h, args| {
        let view = alive(h, args.at(0))?;
        Ok(again(h, view, |view| view.readonly = true)?.into_value())
    }),
];

fn cast(h: &mut Held, args: Args<'_>) -> R {
    let view = alive(h, args.at(0))?;
    crate::types::str::text_argument(h, args.at(1), "cast() argument 'format'")?;
    if view.contiguous().is_none() {
        return Err(h.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    if (args.opt(2).is_some() || view.shape.len() != 1) && view.shape.contains(&0) {
        return Err(h.type_error("memoryview: cannot cast view with zeros in shape or strides"));
    }
    let shape = args.opt(2).map(|shape| read_shape(h, view, shape)).transpose()?;
    let itemsize = check_formats(h, view, &text_of(&args[1]))?;
    let bytes = view.count() * view.itemsize;
    if bytes % itemsize != 0 {
        return Err(h.type_error("memoryview: length is not a multiple of itemsize"));
    }
    let shape = shape.unwrap_or_else(|| vec![bytes / itemsize]);
    if shape.iter().try_fold(itemsize, |all, &len| all.checked_mul(len)) != Some(bytes) {
        return Err(h.type_error("memoryview: product(shape) * itemsize != buffer size"));
    }
    let format = args[1].clone();
    let cast = again(h, view, |view| {
        view.strides = strides(&shape, itemsize);
        (view.shape, view.itemsize, view.format) = (shape, itemsize, format);
    })?;
    Ok(cast.into_value())
}

/// The new format's size.
fn check_formats(h: &Held, view: &MemoryView, format: &str) -> R<usize> {
    let wanted = "format must be a native single character format prefixed with an optional '@'";
    let Some(from) = item::native(view) else { return Err(h.value_error(format!("memoryview: source {wanted}"))) };
    let to = item::letter(format).and_then(|letter| Some((letter, item::size(letter)?)));
    let Some((to, size)) = to else { return Err(h.value_error(format!("memoryview: destination {wanted}"))) };
    let is_byte = |letter: char| matches!(letter, 'b' | 'B' | 'c');
    if !is_byte(from) && !is_byte(to) {
        return Err(h.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    Ok(size)
}

fn read_shape(h: &Held, view: &Obj<MemoryView>, shape: &Value) -> R<Vec<usize>> {
    let lens = match (shape.downcast::<List>(), shape.downcast::<Tuple>()) {
        (Some(list), _) => list.snapshot(h),
        (_, Some(tuple)) => tuple.items().to_vec(),
        _ => return Err(h.type_error("shape must be a list or a tuple")),
    };
    if lens.len() > 64 {
        return Err(h.value_error("memoryview: number of dimensions must not exceed 64"));
    }
    if view.shape.len() != 1 && lens.len() != 1 {
        return Err(h.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
    }
    lens.iter().map(|len| one_len(h, len)).collect()
}

fn one_len(h: &Held, len: &Value) -> R<usize> {
    match len.as_int().map(|len| len.to_i64()) {
        None => Err(h.type_error("memoryview.cast(): elements of shape must be integers")),
        Some(Some(len)) if len > 0 => Ok(len as usize),
        Some(None) => Err(h.value_error("memoryview.cast(): product(shape) > SSIZE_MAX")),
        Some(_) => Err(h.value_error("memoryview.cast(): elements of shape must be integers > 0")),
    }
}

fn strides(shape: &[usize], itemsize: usize) -> Vec<isize> {
    let mut step = itemsize as isize;
    let mut strides: Vec<isize> = shape
        .iter()
        .rev()
        .map(|&len| {
            let stride = step;
            step *= len as isize;
            stride
        })
        .collect();
    strides.reverse();
    strides
}
