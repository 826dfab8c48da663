//! The methods of the builtin types, one type a file.
//!
//! In: the bare classes of `objects::core`. Out: the same with methods. The one invariant: a method is given instances of
//! its class only, for the call checks the receiver.

use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub mod adapters;
pub mod async_generator;
pub mod bytearray;
pub mod bytes;
pub mod class;
pub mod code;
pub mod constants;
pub mod coroutine;
pub mod descriptor;
pub mod dict;
pub mod dict_iter;
pub mod dict_update;
pub mod dict_views;
pub mod exception;
pub mod float;
pub mod frame;
pub mod function;
pub mod generator;
pub mod int;
pub mod iterators;
pub mod list;
pub mod memoryview;
pub mod module;
pub mod object;
pub(crate) mod pairs;
pub mod percent;
pub mod proxy;
pub mod range;
pub mod sequence;
pub mod set;
pub mod set_algebra;
pub mod slice;
pub mod sort;
pub mod str;
pub mod struct_seq;
pub mod super_;
pub mod timsort;
pub mod tuple;
pub mod weak_proxy;
pub mod weakref;
pub mod window;

/// `cls[item]` of builtin containers.
pub static GENERIC: [Def; 1] =
    [def("__class_getitem__", "item, /", |h, args| Ok(h.new_generic_alias(args[0].clone(), args[1].clone())))];

/// Adds the methods of all builtin types.
pub(crate) fn init(h: &mut Held) {
    object::init(h);
    bytearray::init(h);
    async_generator::init(h);
    bytes::init(h);
    class::init(h);
    code::init(h);
    constants::init(h);
    coroutine::init(h);
    descriptor::init(h);
    adapters::init(h);
    dict::init(h);
    dict_iter::init(h);
    dict_views::init(h);
    exception::init(h);
    float::init(h);
    frame::init(h);
    function::init(h);
    generator::init(h);
    int::init(h);
    iterators::init(h);
    list::init(h);
    memoryview::init(h);
    module::init(h);
    proxy::init(h);
    range::init(h);
    set::init(h);
    slice::init(h);
    str::init(h);
    super_::init(h);
    tuple::init(h);
    weakref::init(h);
    weak_proxy::init(h);
}
