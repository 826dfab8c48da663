//! Exception groups: what `except*` does with them.
//!
//! In: an exception or group, and the classes of a clause. Out: the parts that match and do not. The one invariant: splitting
//! keeps the nesting, tracebacks, causes and notes, by asking the group's own `split` and `derive`.

use crate::objects::exception::{Exc, Exception};
use crate::objects::header::Obj;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::sync::Held;

impl Held {
    fn is_group(&self, value: &Value) -> bool {
        value.class().is_subclass_of(Exc::BaseExceptionGroup.class())
    }

    /// `except* class`: what matches and the rest, `None` where there is nothing.
    pub(crate) fn split_exception(&mut self, exception: &Value, class: &Value) -> R<(Value, Value)> {
        let matches = self.exception_matches(exception, class)?;
        self.check_group_clause(class)?;
        if exception.is_none() {
            return Ok((Value::NONE, Value::NONE));
        }
        if matches {
            if self.is_group(exception) {
                return Ok((exception.clone(), Value::NONE));
            }
            let message = self.new_str("");
            let inner = self.new_tuple(vec![exception.clone()]);
            let group = self.call(Exc::ExceptionGroup.class().value(), &[message, inner])?;
            if let (Some(group), Some(single)) = (group.downcast::<Exception>(), exception.downcast::<Exception>()) {
                let traceback = single.traceback.read(self, Clone::clone);
                group.traceback.write(self, |own| *own = traceback);
            }
            return Ok((group, Value::NONE));
        }
        if !self.is_group(exception) {
            return Ok((Value::NONE, exception.clone()));
        }
        let name = self.intern("split");
        let pair = self.call_method_named(exception, &name, std::slice::from_ref(class))?;
        match pair.downcast::<Tuple>().map(|pair| pair.items()) {
            Some([matched, rest]) => Ok((matched.clone(), rest.clone())),
            _ => {
                let got = pair.class_name();
                Err(self.type_error(format!("{}.split must return a tuple, not {got}", exception.class_name())))
            }
        }
    }

    fn check_group_clause(&mut self, class: &Value) -> R<()> {
        let classes = match class.downcast::<Tuple>() {
            Some(classes) => classes.items().to_vec(),
            None => vec![class.clone()],
        };
        for class in &classes {
            let is_group = class
                .downcast::<crate::objects::class::Class>()
                .is_some_and(|class| class.is_subclass_of(Exc::BaseExceptionGroup.class()));
            if is_group {
                return Err(self.type_error("catching ExceptionGroup with except* is not allowed. Use except instead."));
            }
        }
        Ok(())
    }

    /// What a `try` with `except*` raises in the end: of the exceptions that handlers raised and the unhandled rest.
    pub(crate) fn reraise_star(&mut self, original: &Value, raised: Vec<Value>) -> R {
        let raised: Vec<Value> = raised.into_iter().filter(|exception| !exception.is_none()).collect();
        if raised.is_empty() {
            return Ok(Value::NONE);
        }
        if !self.is_group(original) {
            return Ok(raised[0].clone());
        }
        let (again, fresh): (Vec<Value>, Vec<Value>) =
            raised.into_iter().partition(|exception| self.is_part_of(exception, original));
        let rest = self.merge_parts(original, &again)?;
        if fresh.is_empty() {
            return Ok(rest);
        }
        let all: Vec<Value> = fresh.into_iter().chain(Some(rest).filter(|rest| !rest.is_none())).collect();
        if let [only] = &all[..] {
            return Ok(only.clone());
        }
        let message = self.new_str("");
        let all = self.new_list(all);
        self.call(Exc::BaseExceptionGroup.class().value(), &[message, all])
    }

    /// Whether an exception is (a part of) the original, raised again: it has the same traceback, cause and context.
    fn is_part_of(&self, exception: &Value, original: &Value) -> bool {
        let (Some(a), Some(b)) = (exception.downcast::<Exception>(), original.downcast::<Exception>()) else {
            return false;
        };
        let same = |a: Option<Value>, b: Option<Value>| match (a, b) {
            (Some(a), Some(b)) => a.is(&b),
            (None, None) => true,
            _ => false,
        };
        self.is_group(exception)
            && same(a.traceback.read(self, Clone::clone), b.traceback.read(self, Clone::clone))
            && same(a.cause.read(self, Clone::clone), b.cause.read(self, Clone::clone))
            && same(a.context.read(self, Clone::clone), b.context.read(self, Clone::clone))
    }

    /// The part of the original that holds exactly the leaves of `parts`.
    fn merge_parts(&mut self, original: &Value, parts: &[Value]) -> R {
        let mut leaves = Vec::new();
        for part in parts {
            self.leaves(part, &mut leaves);
        }
        if leaves.is_empty() {
            return Ok(Value::NONE);
        }
        self.project(original, &leaves)
    }

    fn leaves(&self, exception: &Value, out: &mut Vec<Value>) {
        match exception.downcast::<Exception>().filter(|_| self.is_group(exception)) {
            Some(group) => self.group_members(group).iter().for_each(|inner| self.leaves(inner, out)),
            None => out.push(exception.clone()),
        }
    }

    /// The exceptions in a group.
    pub fn group_members(&self, group: &Obj<Exception>) -> Vec<Value> {
        let members = group.field(self, 1);
        members.and_then(|members| members.downcast::<Tuple>().map(|tuple| tuple.items().to_vec())).unwrap_or_default()
    }

    fn project(&mut self, exception: &Value, keep: &[Value]) -> R {
        let Some(group) = exception.downcast::<Exception>().filter(|_| self.is_group(exception)) else {
            let kept = keep.iter().any(|leaf| leaf.is(exception));
            return Ok(if kept { exception.clone() } else { Value::NONE });
        };
        let members = self.group_members(group);
        let mut kept = Vec::new();
        for member in &members {
            let part = self.project(member, keep)?;
            if !part.is_none() {
                kept.push(part);
            }
        }
        if kept.is_empty() {
            return Ok(Value::NONE);
        }
        if kept.len() == members.len() && kept.iter().zip(&members).all(|(a, b)| a.is(b)) {
            return Ok(exception.clone());
        }
        self.derive_group(exception, kept)
    }

    /// `group.derive(members)`, with the traceback, cause, context and notes of the original.
    pub fn derive_group(&mut self, group: &Value, members: Vec<Value>) -> R {
        let name = self.intern("derive");
        let members = self.new_list(members);
        let derived = self.call_method_named(group, &name, &[members])?;
        if !self.is_group(&derived) {
            return Err(self.type_error("derive must return an instance of BaseExceptionGroup"));
        }
        if let (Some(to), Some(from)) = (derived.downcast::<Exception>(), group.downcast::<Exception>()) {
            let traceback = from.traceback.read(self, Clone::clone);
            let (cause, context) = (from.cause.read(self, Clone::clone), from.context.read(self, Clone::clone));
            let old = to.traceback.write(self, |own| std::mem::replace(own, traceback));
            drop((old, to.cause.write(self, |own| std::mem::replace(own, cause))));
            drop(to.context.write(self, |own| std::mem::replace(own, context)));
            to.suppress_context.set(true);
        }
        self.copy_notes(group, &derived)?;
        Ok(derived)
    }

    /// Each group has a list of notes of its own.
    fn copy_notes(&mut self, from: &Value, to: &Value) -> R<()> {
        let name = crate::objects::names::n::__notes__.value();
        let Some(notes) = self.find_attr(from, name)? else { return Ok(()) };
        if self.special(&notes, crate::objects::names::n::__getitem__).is_none() {
            return Ok(());
        }
        let notes = self.collect(&notes)?;
        let notes = self.new_list(notes);
        self.set_attr(to, name, notes)
    }
}
