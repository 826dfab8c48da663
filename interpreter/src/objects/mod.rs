//! The objects: values, their headers and heap, and the data of each builtin type.
//!
//! Read `value`, `header`, `heap`, `shape` and `class` first. Each other file is one type's data; its methods stand in
//! `types/`. `core` makes the builtin classes.

pub mod adapters;
pub mod attrs;
pub mod buffer;
pub mod bytes;
pub mod class;
pub mod class_cell;
pub mod code;
pub mod core;
pub mod descriptor;
pub mod dict;
pub mod dict_view;
pub mod exception;
pub mod float;
pub mod frame;
pub mod function;
pub mod generator;
pub mod global;
pub mod hash;
pub mod header;
pub mod heap;
pub mod inspect;
pub mod instance;
pub mod int;
pub mod iter;
pub(crate) mod key;
pub mod list;
pub mod lookup;
pub mod make_class;
pub mod module;
pub mod names;
pub mod proxy;
pub mod range;
pub mod set;
pub mod shape;
pub mod slice;
pub mod str;
pub mod tuple;
pub mod turn;
pub mod value;
pub mod weakref;
pub mod wrapped;

pub use self::core::core;
