//! Numbers: binary, in-place and unary operators, and truth.
//!
//! In: two values and an operator. Out: the result of the first of `a.__op__(b)` and `b.__rop__(a)` that is implemented. The one
//! invariant: exact ints, floats and strings go the short way; it gives what their methods would.

use crate::objects::class::{Class, class_flag};
use crate::objects::dict::Dict;
use crate::objects::function::Function;
use crate::objects::header::{Kind, Obj, Ref, flag};
use crate::objects::int::IntView;
use crate::objects::list::List;
use crate::objects::names::{Name, n};
use crate::objects::set::Set;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::Held;
use crate::vm::protocol::ways::{LEN, NUMBER};
pub use toy_syntax::ast::BinOp;

/// Method, reflected method, in-place method and sign of an operator.
pub(crate) fn names(op: BinOp) -> (Name, Name, Name, &'static str) {
    match op {
        BinOp::Add => (n::__add__, n::__radd__, n::__iadd__, "+"),
        BinOp::Sub => (n::__sub__, n::__rsub__, n::__isub__, "-"),
        BinOp::Mult => (n::__mul__, n::__rmul__, n::__imul__, "*"),
        BinOp::MatMult => (n::__matmul__, n::__rmatmul__, n::__imatmul__, "@"),
        BinOp::Div => (n::__truediv__, n::__rtruediv__, n::__itruediv__, "/"),
        BinOp::Mod => (n::__mod__, n::__rmod__, n::__imod__, "%"),
        BinOp::Pow => (n::__pow__, n::__rpow__, n::__ipow__, "** or pow()"),
        BinOp::LShift => (n::__lshift__, n::__rlshift__, n::__ilshift__, "<<"),
        BinOp::RShift => (n::__rshift__, n::__rrshift__, n::__irshift__, ">>"),
        BinOp::BitOr => (n::__or__, n::__ror__, n::__ior__, "|"),
        BinOp::BitXor => (n::__xor__, n::__rxor__, n::__ixor__, "^"),
        BinOp::BitAnd => (n::__and__, n::__rand__, n::__iand__, "&"),
        BinOp::FloorDiv => (n::__floordiv__, n::__rfloordiv__, n::__ifloordiv__, "//"),
    }
}

/// An int whose arithmetic no subclass can have changed.
fn plain_int(value: &Value) -> Option<IntView<'_>> {
    if value.is_exact_int() { value.as_int() } else { None }
}

impl Held {
    /// `a op b`.
    pub fn binary(&mut self, op: BinOp, a: &Value, b: &Value) -> R {
        if let Some(result) = self.plain_binary(op, a, b) {
            return result;
        }
        if let Some(operate) = NUMBER.of(a).or_else(|| NUMBER.of(b))
            && let Some(result) = operate(self, op, a, b)
        {
            return result;
        }
        let (name, reflected, _, sign) = names(op);
        match self.binary_by_methods(a, b, name, reflected)? {
            Some(result) => Ok(result),
            None => Err(self.unsupported(sign, a, b)),
        }
    }

    /// The function that a program's class has for an operator, if that is the first to be asked.
    pub(crate) fn operator_of(&self, op: BinOp, a: &Value, b: &Value) -> Option<Ref<Function>> {
        if !a.is_kind(Kind::INSTANCE) {
            return None;
        }
        let (of_a, of_b) = (a.class(), b.class());
        if !std::ptr::eq(of_a, of_b) && !of_b.has(class_flag::BUILTIN) && of_b.is_subclass_of(of_a) {
            return None;
        }
        self.special_function(a, names(op).0)
    }

    /// As `binary`, where what `operator_of` found has answered that it cannot.
    pub(crate) fn binary_reflected(&mut self, op: BinOp, a: &Value, b: &Value) -> R {
        let (name, reflected, _, sign) = names(op);
        if !std::ptr::eq(a.class(), b.class())
            && let Some(method) = self.special(b, reflected).filter(|method| !is_sequence_method(method))
            && let Some(answer) = self.answered(&method, b, a)?
        {
            return Ok(answer);
        }
        match self.sequence_methods(a, b, name, reflected)? {
            Some(result) => Ok(result),
            None => Err(self.unsupported(sign, a, b)),
        }
    }

    fn plain_binary(&mut self, op: BinOp, a: &Value, b: &Value) -> Option<R> {
        if let (Some(x), Some(y)) = (plain_int(a), plain_int(b)) {
            return (op != BinOp::MatMult).then(|| self.int_binary(op, x, y));
        }
        if let Some(x) = a.exactly::<Str>() {
            match op {
                BinOp::Add => {
                    let y = b.exactly::<Str>()?;
                    return Some(self.checked_concat(x, y));
                }
                BinOp::Mod if b.header().is_none_or(|header| !header.has(flag::SUBCLASS)) => {
                    return Some(crate::types::percent::percent(self, a, b));
                }
                _ => return None,
            }
        }
        let x = a.as_small_float().or_else(|| a.exactly::<crate::objects::float::Float>().map(|x| x.value));
        let y = b.as_small_float().or_else(|| b.exactly::<crate::objects::float::Float>().map(|y| y.value));
        let (x, y) = match (x, y) {
            (Some(x), Some(y)) => (x, y),
            (Some(x), None) => (x, plain_int(b)?.to_f64()?),
            (None, Some(y)) => (plain_int(a)?.to_f64()?, y),
            (None, None) => return None,
        };
        match op {
            BinOp::LShift | BinOp::RShift | BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor | BinOp::MatMult => None,
            _ => Some(self.float_binary(op, x, y)),
        }
    }

    fn checked_concat(&mut self, a: &Obj<Str>, b: &Obj<Str>) -> R {
        if a.is_empty() {
            return Ok(b.to_value());
        }
        if b.is_empty() {
            return Ok(a.to_value());
        }
        Ok(self.concat(a, b, false))
    }

    /// The result of the operands' special methods; nothing if none is implemented.
    pub(crate) fn binary_by_methods(&mut self, a: &Value, b: &Value, name: Name, reflected: Name) -> R<Option<Value>> {
        let builtin = |value: &Value| value.class().has(class_flag::BUILTIN);
        if std::ptr::eq(a.class(), b.class()) && builtin(a) && name != n::__mul__ {
            return self.answer(a, name, b);
        }
        if builtin(a)
            && builtin(b)
            && let Some(result) = self.sequence_methods(a, b, name, reflected)?
        {
            return Ok(Some(result));
        }
        match self.number_methods(a, b, name, reflected)? {
            Some(result) => Ok(Some(result)),
            None => self.sequence_methods(a, b, name, reflected),
        }
    }

    /// Joining and repeating of builtin sequences, which come after all other methods, as CPython's `sq_concat` and
    /// `sq_repeat` do.
    fn sequence_methods(&mut self, a: &Value, b: &Value, name: Name, reflected: Name) -> R<Option<Value>> {
        let repeats = name == n::__mul__;
        if !repeats && name != n::__add__ {
            return Ok(None);
        }
        if let Some(method) = self.special(a, name).filter(is_sequence_method)
            && (!repeats || self.is_index(b))
        {
            return self.call_unbound(&method, a, std::slice::from_ref(b)).map(Some);
        }
        if repeats
            && let Some(method) = self.special(b, reflected).filter(is_sequence_method)
            && self.is_index(a)
        {
            return self.call_unbound(&method, b, std::slice::from_ref(a)).map(Some);
        }
        Ok(None)
    }

    fn is_index(&self, value: &Value) -> bool {
        value.as_int().is_some() || self.special(value, n::__index__).is_some()
    }

    /// The result of the two special methods, the subclass's first; nothing if neither is implemented.
    fn number_methods(&mut self, a: &Value, b: &Value, name: Name, reflected: Name) -> R<Option<Value>> {
        let (of_a, of_b) = (a.class().to_ref(), b.class().to_ref());
        let same = std::ptr::eq(&*of_a, &*of_b);
        let forward = of_a.lookup(self, name.value()).filter(|method| !is_sequence_method(method));
        let backward = if same { None } else { of_b.lookup(self, reflected.value()) };
        let backward = backward.filter(|method| !is_sequence_method(method));
        let prior = backward
            .as_ref()
            .is_some_and(|backward| of_b.is_subclass_of(&of_a) && self.overrides(&of_a, backward, reflected));
        let (forward, backward) = (forward.map(|method| (method, a, b)), backward.map(|method| (method, b, a)));
        let in_turn = if prior { [backward, forward] } else { [forward, backward] };
        for (method, receiver, arg) in in_turn.into_iter().flatten() {
            if let Some(answer) = self.answered(&method, receiver, arg)? {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    /// Whether a subclass's reflected method differs from the one that the other operand's class has.
    fn overrides(&self, of_a: &Obj<Class>, backward: &Value, reflected: Name) -> bool {
        of_a.lookup(self, reflected.value()).is_none_or(|own| !own.is(backward))
    }

    #[cold]
    fn unsupported(&self, sign: &str, a: &Value, b: &Value) -> Raised {
        let (of_a, of_b) = (a.class_name(), b.class_name());
        if sign == "+" && a.downcast::<Str>().is_some() {
            return self.type_error(format!("can only concatenate str (not \"{of_b}\") to str"));
        }
        if sign == "+" && crate::types::bytes::make::is_bytes(a) {
            return self.type_error(format!("can't concat {of_b} to {of_a}"));
        }
        if sign == "+" && a.downcast::<List>().is_some() {
            return self.type_error(format!("can only concatenate list (not \"{of_b}\") to list"));
        }
        if sign == "+" && a.downcast::<Tuple>().is_some() {
            return self.type_error(format!("can only concatenate tuple (not \"{of_b}\") to tuple"));
        }
        if sign == "*" {
            let is_sequence = |value: &Value| {
                value.class().has(class_flag::SEQUENCE)
                    && value.downcast::<crate::objects::range::Range>().is_none()
                    && value.downcast::<crate::objects::bytes::MemoryView>().is_none()
                    || value.downcast::<Str>().is_some()
                    || crate::types::bytes::make::is_bytes(value)
            };
            if is_sequence(a) && b.downcast::<Dict>().is_none() && b.as_int().is_none() {
                return self.type_error(format!("can't multiply sequence by non-int of type '{of_b}'"));
            }
            if is_sequence(b) && a.as_int().is_none() {
                return self.type_error(format!("can't multiply sequence by non-int of type '{of_a}'"));
            }
        }
        let hint =
            sign == ">>" && a.downcast::<crate::objects::function::Native>().is_some_and(|f| f.def.name == "print");
        let hint = if hint { ". Did you mean \"print(<message>, file=<output_stream>)\"?" } else { "" };
        self.type_error(format!("unsupported operand type(s) for {sign}: '{of_a}' and '{of_b}'{hint}"))
    }

    /// `a op= b`.
    pub fn inplace(&mut self, op: BinOp, a: &Value, b: &Value) -> R {
        if let Some(result) = self.plain_binary(op, a, b) {
            return result;
        }
        if let Some(operate) = NUMBER.of(a)
            && let Some(result) = operate(self, op, a, b)
        {
            return result;
        }
        let (name, reflected, inplace, sign) = names(op);
        if let Some(list) = a.exactly::<List>().filter(|_| op == BinOp::Add && b.exactly::<List>().is_some()) {
            crate::types::list::extend_by(self, list, b)?;
            return Ok(a.clone());
        }
        if let Some(method) = self.special(a, inplace) {
            let sequence = is_sequence_method(&method);
            if sequence && let Some(result) = self.number_methods(a, b, name, reflected)? {
                return Ok(result);
            }
            if !sequence || op != BinOp::Mult || self.is_index(b) {
                if let Some(answer) = self.answered(&method, a, b)? {
                    return Ok(answer);
                }
            }
        }
        match self.binary_by_methods(a, b, name, reflected)? {
            Some(result) => Ok(result),
            None if op == BinOp::Add || op == BinOp::Mult => {
                let sign = if op == BinOp::Add { "+=" } else { "*=" };
                let plain = self.unsupported(&sign[..1], a, b);
                let text = self.str_text(plain.value())?;
                Err(match text.strip_prefix(&format!("unsupported operand type(s) for {}:", &sign[..1])) {
                    Some(rest) => self.type_error(format!("unsupported operand type(s) for {sign}:{rest}")),
                    None => plain,
                })
            }
            None => {
                let sign = if op == BinOp::Pow { "**=".to_owned() } else { format!("{sign}=") };
                Err(self.unsupported(&sign, a, b))
            }
        }
    }

    pub fn add(&mut self, a: &Value, b: &Value) -> R {
        self.binary(BinOp::Add, a, b)
    }

    /// `-a`.
    pub fn negative(&mut self, a: &Value) -> R {
        if let Some(int) = plain_int(a) {
            return self.int_binary(BinOp::Sub, IntView::Small(0), int);
        }
        self.unary(a, n::__neg__, "-")
    }

    /// `+a`.
    pub fn positive(&mut self, a: &Value) -> R {
        self.unary(a, n::__pos__, "+")
    }

    /// `~a`.
    pub fn invert(&mut self, a: &Value) -> R {
        if let Some(int) = plain_int(a) {
            let negative = self.int_binary(BinOp::Sub, IntView::Small(-1), int)?;
            return Ok(negative);
        }
        self.unary(a, n::__invert__, "~")
    }

    fn unary(&mut self, a: &Value, name: Name, sign: &str) -> R {
        match self.call_special(a, name, &[])? {
            Some(result) => Ok(result),
            None => Err(self.type_error(format!("bad operand type for unary {sign}: '{}'", a.class_name()))),
        }
    }

    /// `bool(a)`.
    pub fn truth(&mut self, a: &Value) -> R<bool> {
        if let Some(truth) = crate::vm::ops::compare::truth(a.bits()) {
            return Ok(truth);
        }
        if let Some(x) = a.as_small_float() {
            return Ok(x != 0.0);
        }
        if let Some(string) = a.exactly::<Str>() {
            return Ok(!string.is_empty());
        }
        if let Some(list) = a.exactly::<List>() {
            return Ok(!list.is_empty(self));
        }
        if let Some(dict) = a.exactly::<Dict>() {
            return Ok(!dict.is_empty(self));
        }
        if let Some(tuple) = a.exactly::<Tuple>() {
            return Ok(!tuple.items().is_empty());
        }
        if let Some(set) = a.exactly::<Set>() {
            return Ok(!set.is_empty(self));
        }
        if let Some(len) = LEN.of(a) {
            return Ok(len(self, a) != 0);
        }
        if let Some(result) = self.call_special(a, n::__bool__, &[])? {
            return match result.as_bool() {
                Some(truth) => Ok(truth),
                None => {
                    let got = result.class_name();
                    Err(self.type_error(format!("__bool__ should return bool, returned {got}")))
                }
            };
        }
        match self.special(a, n::__len__) {
            Some(method) => Ok(self.len_by(&method, a)? != 0),
            None => Ok(true),
        }
    }
}

/// Whether a method joins or repeats a builtin sequence.
fn is_sequence_method(method: &Value) -> bool {
    let Some(native) = method.downcast::<crate::objects::function::Native>() else { return false };
    let Some(owner) = native.owner.downcast::<Class>() else { return false };
    let core = crate::objects::core();
    matches!(native.def.name, "__add__" | "__mul__" | "__rmul__" | "__iadd__" | "__imul__")
        && (owner.has(class_flag::SEQUENCE)
            || [&core.str, &core.bytes, &core.bytearray].iter().any(|class| std::ptr::eq(&***class, owner)))
}
