//! Comparison, membership, identity of classes, hashing.
//!
//! In: two values. Out: the result of rich comparison, or a truth. The one invariant: `eq` takes identity for equality, as
//! containers do; `eq_op` does not, as `==` does.

use crate::objects::bytes::Bytes;
use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::float::Float;
use crate::objects::hash;
use crate::objects::header::Kind;
use crate::objects::key::plain_hash;
use crate::objects::list::List;
use crate::objects::names::{Name, n};
use crate::objects::set::Set;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::Held;
use crate::vm::protocol::ways::{COMPARE, HASH};
use std::cmp::Ordering;
pub use toy_syntax::ast::CmpOp;

fn names(op: CmpOp) -> (Name, Name, &'static str) {
    match op {
        CmpOp::Lt => (n::__lt__, n::__gt__, "<"),
        CmpOp::LtE => (n::__le__, n::__ge__, "<="),
        CmpOp::Gt => (n::__gt__, n::__lt__, ">"),
        CmpOp::GtE => (n::__ge__, n::__le__, ">="),
        CmpOp::NotEq => (n::__ne__, n::__ne__, "!="),
        _ => (n::__eq__, n::__eq__, "=="),
    }
}

/// What an ordering says to an operator.
pub fn ordering_is(op: CmpOp, ordering: Ordering) -> bool {
    match op {
        CmpOp::Lt => ordering.is_lt(),
        CmpOp::LtE => ordering.is_le(),
        CmpOp::Gt => ordering.is_gt(),
        CmpOp::GtE => ordering.is_ge(),
        CmpOp::NotEq => ordering.is_ne(),
        _ => ordering.is_eq(),
    }
}

/// The order of two exact numbers, strings or bytes; nothing for other types, `Some(None)` if a NaN is among them.
#[inline]
fn plain_order(a: &Value, b: &Value) -> Option<Option<Ordering>> {
    if a.is_int_word() && b.is_int_word() {
        return Some(Some((a.bits() as i64).cmp(&(b.bits() as i64))));
    }
    let is_plain = |value: &Value| {
        value
            .header()
            .is_none_or(|header| matches!(header.kind(), Kind::STR | Kind::BIG_INT | Kind::FLOAT | Kind::BYTES))
    };
    if is_plain(a) && is_plain(b) { other_plain_order(a, b) } else { None }
}

/// `a < b` of exact numbers, strings, or tuples of them; nothing if a method would have to be asked.
pub fn plain_less(a: &Value, b: &Value) -> Option<bool> {
    if let Some(order) = plain_order(a, b) {
        return Some(order == Some(Ordering::Less));
    }
    let (a, b) = (a.exactly::<Tuple>()?.items(), b.exactly::<Tuple>()?.items());
    for (x, y) in a.iter().zip(b).filter(|(x, y)| !x.is(y)) {
        let order = plain_order(x, y)?;
        if order != Some(Ordering::Equal) {
            return Some(order == Some(Ordering::Less));
        }
    }
    Some(a.len() < b.len())
}

fn other_plain_order(a: &Value, b: &Value) -> Option<Option<Ordering>> {
    if let (Some(x), Some(y)) = (a.exactly::<Str>(), b.exactly::<Str>()) {
        return Some(Some(if std::ptr::eq(x, y) { Ordering::Equal } else { x.chars().cmp(&y.chars()) }));
    }
    if let (Some(x), Some(y)) = (a.exactly::<Bytes>(), b.exactly::<Bytes>()) {
        return Some(Some(x.data.cmp(&y.data)));
    }
    let exact_int = |value: &Value| value.is_exact_int() || value.as_bool().is_some();
    if exact_int(a) && exact_int(b) {
        return a.as_int().zip(b.as_int()).map(|(x, y)| x.partial_cmp(&y));
    }
    let float = |value: &Value| value.as_small_float().or_else(|| value.exactly::<Float>().map(|float| float.value));
    match (float(a), float(b)) {
        (Some(x), Some(y)) => Some(x.partial_cmp(&y)),
        (Some(x), None) if exact_int(b) => Some(b.as_int().and_then(|y| float_int_order(x, y))),
        (None, Some(y)) if exact_int(a) => Some(a.as_int().and_then(|x| float_int_order(y, x)).map(Ordering::reverse)),
        _ => None,
    }
}

/// The exact order of a float and an int.
pub fn float_int_order(x: f64, y: crate::objects::int::IntView<'_>) -> Option<Ordering> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    use num_traits::FromPrimitive;
    let whole = num_bigint::BigInt::from_f64(x.trunc())?;
    Some(whole.cmp(&y.big()).then_with(|| x.fract().partial_cmp(&0.0).unwrap_or(Ordering::Equal)))
}

impl Held {
    /// `a op b` for `<`, `<=`, `>`, `>=`, `==` and `!=`.
    pub fn rich_compare(&mut self, a: &Value, b: &Value, op: CmpOp) -> R {
        if let Some(order) = plain_order(a, b) {
            return Ok(Value::bool(order.map_or(op == CmpOp::NotEq, |order| ordering_is(op, order))));
        }
        self.compare_objects(a, b, op)
    }

    /// As `rich_compare`, of what is not plain.
    fn compare_objects(&mut self, a: &Value, b: &Value, op: CmpOp) -> R {
        let is_builtin = !a.is_kind(Kind::INSTANCE);
        if is_builtin
            && let Some(compare) = COMPARE.of(a)
            && let Some(result) = compare(self, op, a, b)
        {
            return result;
        }
        let (name, reflected, sign) = names(op);
        let compared =
            self.deeper(" in comparison", |h| match is_builtin.then(|| h.compare_alike(a, b, op)).flatten() {
                Some(result) => result.map(Some),
                None => h.compare_by_methods(a, b, name, reflected),
            })?;
        if let Some(result) = compared {
            return Ok(result);
        }
        match op {
            CmpOp::Eq => Ok(Value::bool(a.is(b))),
            CmpOp::NotEq => Ok(Value::bool(!a.is(b))),
            _ => Err(self.not_supported(sign, a, b)),
        }
    }

    /// What the methods of two exact builtin containers of a kind give, without looking for them.
    #[inline(always)]
    fn compare_alike(&mut self, a: &Value, b: &Value, op: CmpOp) -> Option<R> {
        if let (Some(a), Some(b)) = (a.exactly::<Tuple>(), b.exactly::<Tuple>()) {
            return Some(crate::types::sequence::compare(self, a, b, op));
        }
        if let (Some(a), Some(b)) = (a.exactly::<List>(), b.exactly::<List>()) {
            return Some(crate::types::sequence::compare(self, a, b, op));
        }
        let (a, b) = (a.exactly::<Set>()?, b.exactly::<Set>()?);
        Some(crate::types::set::compare_sets(self, a, b, op))
    }

    #[cold]
    fn not_supported(&self, sign: &str, a: &Value, b: &Value) -> Raised {
        let (of_a, of_b) = (a.class_name(), b.class_name());
        self.type_error(format!("'{sign}' not supported between instances of '{of_a}' and '{of_b}'"))
    }

    /// The reflected method is asked first if the class of `b` is a subclass of the other's; each at most once.
    fn compare_by_methods(&mut self, a: &Value, b: &Value, name: Name, reflected: Name) -> R<Option<Value>> {
        let (of_a, of_b) = (a.class(), b.class());
        let prior =
            !std::ptr::eq(of_a, of_b) && of_b.is_subclass_of(of_a) && of_b.lookup(self, reflected.value()).is_some();
        let (forward, backward) = ((a, name, b), (b, reflected, a));
        for (receiver, name, arg) in if prior { [backward, forward] } else { [forward, backward] } {
            if let Some(answer) = self.answer(receiver, name, arg)? {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    /// The truth of `a == b`.
    pub fn eq_op(&mut self, a: &Value, b: &Value) -> R<bool> {
        if let (Some(a), Some(b)) = (a.exactly::<Str>(), b.exactly::<Str>()) {
            return Ok(a.same(b));
        }
        if let Some(order) = plain_order(a, b) {
            return Ok(order == Some(Ordering::Equal));
        }
        let result = self.compare_objects(a, b, CmpOp::Eq)?;
        self.truth(&result)
    }

    /// `a is b or a == b`: what containers mean by equal.
    pub fn eq(&mut self, a: &Value, b: &Value) -> R<bool> {
        if a.is(b) { Ok(true) } else { self.eq_op(a, b) }
    }

    /// The truth of `a < b`: what sorting asks.
    pub fn less(&mut self, a: &Value, b: &Value) -> R<bool> {
        if let Some(order) = plain_order(a, b) {
            return Ok(order == Some(Ordering::Less));
        }
        let result = self.compare_objects(a, b, CmpOp::Lt)?;
        self.truth(&result)
    }

    /// The truth of `a op b`.
    pub fn holds(&mut self, a: &Value, b: &Value, op: CmpOp) -> R<bool> {
        if let Some(order) = plain_order(a, b) {
            return Ok(order.map_or(op == CmpOp::NotEq, |order| ordering_is(op, order)));
        }
        let result = self.compare_objects(a, b, op)?;
        self.truth(&result)
    }

    /// `item in container`.
    pub fn contains(&mut self, container: &Value, item: &Value) -> R<bool> {
        if let Some(dict) = self.plain_dict(container, n::__contains__) {
            return dict.to_ref().contains(self, item);
        }
        if let Some(set) = container.exactly::<Set>()
            && item.downcast::<Set>().is_none()
        {
            return set.to_ref().contains(self, item);
        }
        if let Some(tuple) = container.exactly::<Tuple>() {
            for known in tuple.items() {
                if known.is(item) || self.eq_op(known, item)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if let Some(list) = container.exactly::<List>() {
            return self.list_contains(list, item);
        }
        if let (Some(text), Some(part)) = (container.exactly::<Str>(), item.exactly::<Str>()) {
            return Ok(toy_text::string::find::contains(text.chars(), part.chars()));
        }
        match self.special(container, n::__contains__) {
            Some(method) if method.is_none() => {
                Err(self.type_error(format!("'{}' object is not a container", container.class_name())))
            }
            Some(method) => {
                let result = self.call_unbound(&method, container, std::slice::from_ref(item))?;
                self.truth(&result)
            }
            None => self.contains_by_iterating(container, item),
        }
    }

    fn list_contains(&mut self, list: &List, item: &Value) -> R<bool> {
        let mut at = 0;
        while let Some(known) = list.get(self, at) {
            if self.eq(&known, item)? {
                return Ok(true);
            }
            at += 1;
        }
        Ok(false)
    }

    fn contains_by_iterating(&mut self, container: &Value, item: &Value) -> R<bool> {
        if !self.is_iterable(container) {
            let message = format!("argument of type '{}' is not iterable", container.class_name());
            return Err(self.type_error(message));
        }
        let iterator = self.iter(container)?;
        while let Some(known) = self.next(&iterator)? {
            if self.eq(&known, item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `hash(value)`: a string's or a small int's at once.
    #[inline]
    pub fn hash(&mut self, value: &Value) -> R<i64> {
        match plain_hash(value) {
            Some(hash) => Ok(hash),
            None => self.hash_of_rarer(value),
        }
    }

    #[inline(never)]
    fn hash_of_rarer(&mut self, value: &Value) -> R<i64> {
        if let Some(tuple) = value.exactly::<Tuple>() {
            self.check_native_stack("")?;
            return crate::types::tuple::hash_items(self, tuple);
        }
        if let Some(truth) = value.as_bool() {
            return Ok(truth as i64);
        }
        if let Some(x) = value.as_small_float() {
            return Ok(hash::float_hash(x, value));
        }
        if let Some(bytes) = value.exactly::<Bytes>() {
            return Ok(crate::types::bytes::sequence::hash_of(bytes));
        }
        if let Some(hash) = HASH.of(value).and_then(|hash| hash(self, value)) {
            return hash;
        }
        let method = self.special(value, n::__hash__).filter(|method| !method.is_none());
        let Some(method) = method else {
            return Err(self.type_error(format!("unhashable type: '{}'", value.class_name())));
        };
        let is_of = |class: &Obj| class.lookup(self, n::__hash__.value()).is_some_and(|own| own.is(&method));
        if is_of(&core().object) {
            return Ok(hash::address_hash(value.bits()));
        }
        self.check_native_stack("")?;
        if let Some(tuple) = value.downcast::<Tuple>().filter(|_| is_of(&core().tuple)) {
            return crate::types::tuple::hash_items(self, tuple);
        }
        let result = self.call_unbound(&method, value, &[])?;
        match result.as_int() {
            Some(int) => Ok(match int.to_i64() {
                Some(-1) => -2,
                Some(hash) => hash,
                None => int.hash(),
            }),
            None => Err(self.type_error("__hash__ method should return an integer")),
        }
    }

    /// `isinstance(value, class)`; `class` may be a tuple or a union.
    pub fn is_instance(&mut self, value: &Value, class: &Value) -> R<bool> {
        if value.class().is(class) {
            return Ok(true);
        }
        if let Some(of) = class.downcast::<Class>()
            && std::ptr::eq(class.class(), &*crate::objects::core().type_)
        {
            return self.is_instance_plain(value, of);
        }
        if let Some(classes) = class.downcast::<Tuple>() {
            self.check_native_stack(" in __instancecheck__")?;
            for class in classes.items() {
                if self.is_instance(value, class)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        match self.call_special(class, n::__instancecheck__, std::slice::from_ref(value))? {
            Some(result) => self.truth(&result),
            None => self.is_instance_of_other(value, class),
        }
    }

    /// `type.__instancecheck__`: by the class, or by what `__class__` says.
    pub fn is_instance_plain(&mut self, value: &Value, class: &Obj) -> R<bool> {
        if value.class().is_subclass_of(class) {
            return Ok(true);
        }
        let claims = value.class().has(crate::objects::class::class_flag::GETATTRIBUTE)
            || value.is_kind(crate::objects::header::Kind::INSTANCE)
                && value
                    .class()
                    .lookup(self, n::__class__.value())
                    .is_some_and(|own| !self.is_class_attr_of_object(&own));
        if claims && let Some(claimed) = self.find_attr(value, n::__class__.value())? {
            return Ok(claimed.downcast::<Class>().is_some_and(|claimed| claimed.is_subclass_of(class)));
        }
        Ok(false)
    }

    /// Whether an attribute of a class is `object`'s own `__class__`.
    pub fn is_class_attr_of_object(&self, attr: &Value) -> bool {
        crate::objects::core().object.dict.get_str(self, n::__class__.value()).is_some_and(|own| own.is(attr))
    }

    /// `isinstance` with what is no class but has `__bases__`.
    fn is_instance_of_other(&mut self, value: &Value, class: &Value) -> R<bool> {
        if self.abstract_bases(class)?.is_none() {
            return Err(self.type_error("isinstance() arg 2 must be a type, a tuple of types, or a union"));
        }
        match self.find_attr(value, n::__class__.value())? {
            Some(claimed) => self.descends(claimed, class),
            None => Ok(false),
        }
    }

    /// The tuple in `__bases__`; nothing if there is none or it is something else.
    fn abstract_bases(&mut self, class: &Value) -> R<Option<Vec<Value>>> {
        let bases = self.find_attr(class, n::__bases__.value())?;
        Ok(bases.and_then(|bases| bases.downcast::<Tuple>().map(|bases| bases.items().to_vec())))
    }

    /// Whether `class` is found by following `__bases__`.
    fn descends(&mut self, sub: Value, class: &Value) -> R<bool> {
        self.check_native_stack(" in __issubclass__")?;
        let mut sub = sub;
        let mut steps = 0;
        loop {
            if sub.is(class) {
                return Ok(true);
            }
            let Some(mut bases) = self.abstract_bases(&sub)? else { return Ok(false) };
            match bases.len() {
                0 => return Ok(false),
                1 if steps < ENDLESS_BASES => sub = bases.swap_remove(0),
                1 => return Err(self.recursion_error(" in __issubclass__")),
                _ => break self.any_descends(bases, class),
            }
            steps += 1;
        }
    }

    fn any_descends(&mut self, bases: Vec<Value>, class: &Value) -> R<bool> {
        for base in bases {
            if self.descends(base, class)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `issubclass(sub, class)`.
    pub fn is_subclass(&mut self, sub: &Value, class: &Value) -> R<bool> {
        if let Some(of) = class.downcast::<Class>()
            && std::ptr::eq(class.class(), &*crate::objects::core().type_)
        {
            return self.is_subclass_plain(sub, of);
        }
        if let Some(classes) = class.downcast::<Tuple>() {
            self.check_native_stack(" in __subclasscheck__")?;
            for class in classes.items() {
                if self.is_subclass(sub, class)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        match self.call_special(class, n::__subclasscheck__, std::slice::from_ref(sub))? {
            Some(result) => self.truth(&result),
            None => self.is_subclass_of_other(sub, class),
        }
    }

    /// `issubclass` with what is no class but has `__bases__`.
    fn is_subclass_of_other(&mut self, sub: &Value, class: &Value) -> R<bool> {
        if self.abstract_bases(sub)?.is_none() {
            return Err(self.type_error("issubclass() arg 1 must be a class"));
        }
        if self.abstract_bases(class)?.is_none() {
            return Err(self.type_error("issubclass() arg 2 must be a class, a tuple of classes, or a union"));
        }
        self.descends(sub.clone(), class)
    }

    pub fn is_subclass_plain(&mut self, sub: &Value, class: &Obj) -> R<bool> {
        if let Some(sub) = sub.downcast::<Class>() {
            return Ok(sub.is_subclass_of(class));
        }
        if self.abstract_bases(sub)?.is_none() {
            return Err(self.type_error("issubclass() arg 1 must be a class"));
        }
        self.descends(sub.clone(), &class.to_value())
    }
}

/// A class whose only base is itself, or that makes a new one each time it is asked, has no end.
const ENDLESS_BASES: usize = 1_000_000;

type Obj = crate::objects::header::Obj<Class>;

impl Obj {
    /// Whether a value is this very class.
    pub fn is(&self, value: &Value) -> bool {
        value.bits() == self as *const Obj as u64
    }
}
