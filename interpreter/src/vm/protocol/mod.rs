//! What every object can be asked, for natives and for the slow paths of instructions: `held.get_attr(...)`,
//! `held.call(...)`, `held.add(...)`. CPython's `Objects/abstract.c`.
//!
//! In: values. Out: values, or what was raised. The one invariant: all of these may run toy code, so they take `&mut Held`
//! and nobody's insides are borrowed across them.

pub mod attr;
pub mod call;
pub mod compare;
pub mod descriptor;
pub mod item;
pub mod iter;
pub mod number;
pub mod text;
pub mod ways;
