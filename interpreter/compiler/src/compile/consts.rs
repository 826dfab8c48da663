//! The table of a unit's constants.
//!
//! In: constants as they are met. Out: their indexes. The one invariant: what has the same type and the same value has one index
//! (1, 1.0 and True have three, and so have 0.0 and -0.0 two); code objects are never the same.

use crate::bytecode::proto::Const;
use rustc_hash::FxHashMap;
use std::rc::Rc;

#[derive(Default)]
pub struct ConstTable {
    values: Vec<Const>,
    keys: FxHashMap<Key, u32>,
}

impl ConstTable {
    /// The index of a constant, which is added if it is new.
    pub fn index(&mut self, value: Const) -> u32 {
        let next = self.values.len() as u32;
        if let Some(key) = key(&value) {
            let index = *self.keys.entry(key).or_insert(next);
            if index != next {
                return index;
            }
        }
        self.values.push(value);
        next
    }

    pub fn into_values(self) -> Vec<Const> {
        self.values
    }
}

/// A constant as the key under which it is found again: equal means same type and same value.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    None,
    True,
    False,
    Ellipsis,
    Int(i64),
    BigInt(Rc<str>, u32),
    Float(u64),
    Str(Rc<str>),
    Surrogates(Rc<[u32]>),
    Bytes(Rc<[u8]>),
    Tuple(Vec<Key>),
    FrozenSet(Vec<Key>),
}

fn key(value: &Const) -> Option<Key> {
    let all = |items: &[Const]| items.iter().map(key).collect::<Option<Vec<_>>>();
    Some(match value {
        Const::None => Key::None,
        Const::True => Key::True,
        Const::False => Key::False,
        Const::Ellipsis => Key::Ellipsis,
        Const::Int(i) => Key::Int(*i),
        Const::BigInt { digits, radix } => Key::BigInt(digits.clone(), *radix),
        Const::Float(f) => Key::Float(f.to_bits()),
        Const::Str(s) => Key::Str(s.clone()),
        Const::Surrogates(s) => Key::Surrogates(s.clone()),
        Const::Bytes(b) => Key::Bytes(b.clone()),
        Const::Tuple(items) => Key::Tuple(all(items)?),
        Const::FrozenSet(items) => Key::FrozenSet(all(items)?),
        Const::Code(_) => return None,
    })
}
