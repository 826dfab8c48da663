//! Items and lengths.
//!
//! In: a container and an index. Out: the item. The one invariant: exact lists, tuples, strings and dicts go the short way;
//! it gives what their methods would.

use crate::objects::bytes::{ByteArray, Bytes};
use crate::objects::class::Class;
use crate::objects::dict::Dict;
use crate::objects::exception::Exc;
use crate::objects::function::Native;
use crate::objects::header::Obj;
use crate::objects::list::List;
use crate::objects::names::{Name, n};
use crate::objects::set::Set;
use crate::objects::slice::Slice;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::sync::Held;
use crate::vm::protocol::ways::LEN;

impl Held {
    /// `container[index]`.
    pub fn get_item(&mut self, container: &Value, index: &Value) -> R {
        if let Some(dict) = self.plain_dict(container, n::__getitem__) {
            let found = dict.to_ref().get(self, index)?;
            return found.map_or_else(|| self.missing(container, index), Ok);
        }
        if let Some(i) = index.as_small_int()
            && let Some(item) = self.item_at(container, i)
        {
            return Ok(item);
        }
        if let Some(slice) = index.downcast::<Slice>() {
            if let Some(string) = container.exactly::<Str>() {
                let unpacked = slice.unpack(self)?;
                return Ok(crate::types::str::sequence::slice_of(self, container, string.chars(), unpacked));
            }
            if let Some(list) = container.exactly::<List>() {
                let unpacked = slice.unpack(self)?;
                return Ok(crate::types::list::get_slice(self, list, unpacked));
            }
        }
        if let Some(result) = self.call_special(container, n::__getitem__, std::slice::from_ref(index))? {
            return Ok(result);
        }
        if container.downcast::<Class>().is_some() {
            if std::ptr::eq(container.class(), &*crate::objects::core().type_)
                && container.is(crate::objects::core().type_.value())
            {
                return Ok(self.new_generic_alias(container.clone(), index.clone()));
            }
            if let Some(method) = self.find_attr(container, n::__class_getitem__.value())? {
                return self.call(&method, std::slice::from_ref(index));
            }
            let name = container.downcast::<Class>().map(|class| class.full_name()).unwrap_or_default();
            return Err(self.type_error(format!("type '{name}' is not subscriptable")));
        }
        Err(self.type_error(format!("'{}' object is not subscriptable", container.class_name())))
    }

    /// A dict whose class has this method of `dict` itself.
    #[inline]
    pub(crate) fn plain_dict<'a>(&self, container: &'a Value, method: Name) -> Option<&'a Obj<Dict>> {
        let dict = container.downcast::<Dict>()?;
        if container.exactly::<Dict>().is_some() || self.inherits(container, method) {
            return Some(dict);
        }
        None
    }

    fn inherits(&self, container: &Value, method: Name) -> bool {
        let own = container.class().lookup(self, method.value());
        let Some(own) = own.as_ref().and_then(|own| own.downcast::<Native>()) else { return false };
        let name = method.value().downcast::<Str>().and_then(|name| name.as_ascii());
        own.owner.is(crate::objects::core().dict.value()) && name == Some(own.def.name)
    }

    /// What a dict has for a key that is not there.
    #[inline(never)]
    fn missing(&mut self, container: &Value, index: &Value) -> R {
        if container.exactly::<Dict>().is_none()
            && let Some(value) = self.call_special(container, n::__missing__, std::slice::from_ref(index))?
        {
            return Ok(value);
        }
        Err(self.key_error(index))
    }

    /// An item of an exact list, tuple or string, if the index is in range.
    fn item_at(&mut self, container: &Value, i: i64) -> Option<Value> {
        let at = |len: usize| usize::try_from(if i < 0 { i + len as i64 } else { i }).ok().filter(|&at| at < len);
        if let Some(list) = container.exactly::<List>() {
            return list.with(self, |items| at(items.len()).map(|at| items[at].clone()));
        }
        if let Some(tuple) = container.exactly::<Tuple>() {
            return at(tuple.items().len()).map(|at| tuple.items()[at].clone());
        }
        if let Some(bytes) = container.exactly::<Bytes>() {
            return at(bytes.data.len()).map(|at| self.new_int(bytes.data[at].into()));
        }
        if let Some(array) = container.exactly::<ByteArray>() {
            let byte = array.data.read(self, |data| at(data.len()).map(|at| data[at]))?;
            return Some(self.new_int(byte.into()));
        }
        let string = container.exactly::<Str>()?;
        at(string.len()).map(|at| self.str_from_char(string.chars().get(at)))
    }

    /// `container[index] = value`.
    pub fn set_item(&mut self, container: &Value, index: &Value, value: Value) -> R<()> {
        if let Some(dict) = self.plain_dict(container, n::__setitem__) {
            let old = dict.to_ref().set(self, index.clone(), value)?;
            drop(old);
            return Ok(());
        }
        if let (Some(list), Some(i)) = (container.exactly::<List>(), index.as_small_int()) {
            list.admit(&value);
            let old = list.rearrange(self, |items| {
                let at = if i < 0 { i + items.len() as i64 } else { i };
                let slot = usize::try_from(at).ok().and_then(|at| items.get_mut(at))?;
                Some(std::mem::replace(slot, value))
            });
            return old.map(drop).ok_or_else(|| self.index_error("list assignment index out of range"));
        }
        if let Some(array) = container.exactly::<ByteArray>()
            && let (Some(i), Some(Ok(byte))) = (index.as_small_int(), value.as_small_int().map(u8::try_from))
        {
            let place = array.data.write(self, |data| {
                let at = if i < 0 { i + data.len() as i64 } else { i };
                usize::try_from(at).ok().and_then(|at| data.get_mut(at)).map(|place| *place = byte)
            });
            return place.ok_or_else(|| self.index_error("bytearray index out of range"));
        }
        if let (Some(list), Some(slice)) = (container.exactly::<List>(), index.downcast::<Slice>()) {
            let unpacked = slice.unpack(self)?;
            return crate::types::list::set_slice(self, list, unpacked, &value);
        }
        match self.call_special(container, n::__setitem__, &[index.clone(), value])? {
            Some(_) => Ok(()),
            None => {
                self.check_sequence_index(container, index)?;
                let name = container.class_name();
                Err(self.type_error(format!("'{name}' object does not support item assignment")))
            }
        }
    }

    /// `del container[index]`.
    pub fn delete_item(&mut self, container: &Value, index: &Value) -> R<()> {
        if let Some(dict) = self.plain_dict(container, n::__delitem__) {
            let old = dict.to_ref().remove(self, index)?;
            return old.map(drop).ok_or_else(|| self.key_error(index));
        }
        match self.call_special(container, n::__delitem__, std::slice::from_ref(index))? {
            Some(_) => Ok(()),
            None => {
                let is_index = self.check_sequence_index(container, index)?;
                let (name, not) = (container.class_name(), if is_index { "doesn't" } else { "does not" });
                Err(self.type_error(format!("'{name}' object {not} support item deletion")))
            }
        }
    }

    /// Whether `index` counts the items of something like a sequence; it is converted before the sequence refuses it.
    fn check_sequence_index(&mut self, container: &Value, index: &Value) -> R<bool> {
        if !self.is_sequence_like(container) || self.special(index, n::__index__).is_none() {
            return Ok(false);
        }
        let at = self.index(index)?;
        match at.as_int().and_then(|int| int.to_i64()) {
            Some(_) => Ok(true),
            None => {
                let message = format!("cannot fit '{}' into an index-sized integer", index.class_name());
                Err(self.index_error(message))
            }
        }
    }

    /// Whether CPython gives the type a table of sequence operations, for the wording of an error.
    fn is_sequence_like(&self, value: &Value) -> bool {
        let has = |name| self.special(value, name).is_some();
        value.class().has(crate::objects::class::class_flag::HEAP) || has(n::__len__) || has(n::__contains__)
    }

    /// `len(value)`.
    pub fn len(&mut self, value: &Value) -> R<usize> {
        if let Some(list) = value.exactly::<List>() {
            return Ok(list.len(self));
        }
        if let Some(string) = value.exactly::<Str>() {
            return Ok(string.len());
        }
        if let Some(dict) = value.exactly::<Dict>() {
            return Ok(dict.len(self));
        }
        if let Some(tuple) = value.exactly::<Tuple>() {
            return Ok(tuple.items().len());
        }
        if let Some(set) = value.exactly::<Set>() {
            return Ok(set.len(self));
        }
        if let Some(bytes) = value.exactly::<Bytes>() {
            return Ok(bytes.data.len());
        }
        if let Some(array) = value.exactly::<ByteArray>() {
            return Ok(array.data.read(self, Vec::len));
        }
        if let Some(len) = LEN.of(value) {
            return Ok(len(self, value));
        }
        match self.special(value, n::__len__) {
            Some(method) => self.len_by(&method, value),
            None => Err(self.type_error(format!("object of type '{}' has no len()", value.class_name()))),
        }
    }

    /// The length that a `__len__` gives.
    pub(crate) fn len_by(&mut self, method: &Value, value: &Value) -> R<usize> {
        let result = self.call_unbound(method, value, &[])?;
        if let Some(len) = result.as_small_int().and_then(|len| usize::try_from(len).ok()) {
            return Ok(len);
        }
        let len = self.index(&result)?;
        match len.as_int().and_then(|len| len.to_i64()) {
            Some(len) if len >= 0 => Ok(len as usize),
            Some(_) => Err(self.value_error("__len__() should return >= 0")),
            None if len.as_int().is_some_and(|len| len.is_negative()) => {
                Err(self.value_error("__len__() should return >= 0"))
            }
            None => Err(self.error(Exc::OverflowError, "cannot fit 'int' into an index-sized integer")),
        }
    }
}
