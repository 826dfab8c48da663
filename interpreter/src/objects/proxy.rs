//! `mappingproxy` and `types.GenericAlias`: the data.
//!
//! In: a mapping; a class and its arguments. Out: read-only views. The one invariant: neither changes.

use super::header::allocate;
use super::tuple::Tuple;
use super::value::Value;
use crate::sync::Held;

/// A read-only view of a mapping.
pub struct MappingProxy {
    pub mapping: Value,
}

crate::object!(MappingProxy, "mappingproxy", traced[mapping]);

/// `list[int]`.
pub struct GenericAlias {
    pub origin: Value,
    /// A tuple.
    pub args: Value,
    /// `*tuple[int]`.
    pub starred: bool,
}

crate::object!(GenericAlias, "GenericAlias", traced [origin, args]);

/// `int | str`.
pub struct UnionType {
    /// A tuple of distinct members.
    pub args: Value,
}

crate::object!(UnionType, "UnionType", traced[args]);

impl Held {
    pub fn new_mapping_proxy(&self, mapping: Value) -> Value {
        allocate(&super::core().mapping_proxy, MappingProxy { mapping }, 0).into_value()
    }

    /// `origin[args]`: one argument need not be a tuple.
    pub fn new_generic_alias(&self, origin: Value, args: Value) -> Value {
        let args = if args.exactly::<Tuple>().is_some() { args } else { self.tuple_of(&[args]) };
        allocate(&super::core().generic_alias, GenericAlias { origin, args, starred: false }, 0).into_value()
    }
}
