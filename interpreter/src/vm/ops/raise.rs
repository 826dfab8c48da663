//! Raising, matching and the stack of handled exceptions.
//!
//! In: exceptions in registers. Out: what is raised, or the handled state. The one invariant: the top of `held.handled` is
//! what the running code handles; PUSH_EXC keeps what was there in a register and POP_EXC puts it back.

use super::{abc, keep, operand, put};
use crate::objects::class::Class;
use crate::objects::exception::{Exc, Exception};
use crate::objects::list::List;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::Held;
use crate::vm::regs::Regs;

/// RAISE.
pub(crate) fn raise(h: &mut Held, r: Regs, w: u32, locals: usize) -> Raised {
    let (form, b, c) = abc(w);
    if form == 0 {
        return match h.handled().cloned() {
            Some(exception) => {
                h.raising_again = true;
                h.again(exception)
            }
            None => h.runtime_error("No active exception to reraise"),
        };
    }
    let made = operand(h, r, b, locals).and_then(|exc| h.to_exception(exc));
    let raised = match made {
        Ok(raised) => raised,
        Err(raised) => return raised,
    };
    if form == 2 {
        let cause = operand(h, r, c, locals).and_then(|cause| h.to_cause(cause));
        match cause {
            Ok(cause) => h.set_cause(&raised, cause),
            Err(raised) => return raised,
        }
    }
    raised
}

/// RERAISE.
pub(crate) fn reraise(h: &mut Held, r: Regs, a: usize) -> Raised {
    match operand(h, r, a, 0) {
        Ok(exception) => {
            h.raising_again = exception.downcast::<Exception>().is_some();
            h.again(exception)
        }
        Err(raised) => raised,
    }
}

pub(crate) fn push(h: &mut Held, r: Regs, a: usize, b: usize) {
    // SAFETY: the verifier checked the registers.
    let exception = unsafe { r.get(a) }.cloned();
    let previous = match h.handled.last_mut() {
        Some(top) => std::mem::replace(top, exception),
        None => None,
    };
    put(h, r, b, previous.unwrap_or(Value::NONE));
}

pub(crate) fn pop(h: &mut Held, r: Regs, a: usize, b: usize) {
    // SAFETY: the verifier checked the registers.
    let previous = unsafe { r.take(b) }.filter(|previous| !previous.is_none());
    let old = match h.handled.last_mut() {
        Some(top) => std::mem::replace(top, previous),
        None => None,
    };
    drop(old);
    // SAFETY: as above.
    unsafe { r.put(h, a, 0) };
}

/// EXC_MATCH_JUMP: whether the exception matches.
pub(crate) fn matches(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<bool> {
    let (a, b, _) = abc(w);
    let class = operand(h, r, b, locals)?;
    let exception = keep(h, r, a)?.clone();
    h.exception_matches(&exception, &class)
}

/// EG_MATCH.
pub(crate) fn group_match(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, c) = abc(w);
    let class = operand(h, r, c, locals)?;
    let exception = keep(h, r, b)?.clone();
    let (matched, rest) = h.split_exception(&exception, &class)?;
    put(h, r, a, matched);
    put(h, r, b, rest);
    h.run_pending()
}

/// EG_RERAISE.
pub(crate) fn group_reraise(h: &mut Held, r: Regs, w: u32) -> R<()> {
    let (a, b, c) = abc(w);
    let original = operand(h, r, b, 0)?;
    let raised = operand(h, r, c, 0)?;
    let raised = raised.downcast::<List>().map(|list| list.snapshot(h)).unwrap_or_default();
    let result = h.reraise_star(&original, raised)?;
    put(h, r, a, result);
    h.run_pending()
}

pub(crate) fn assertion_error() -> &'static Value {
    Exc::AssertionError.class().value()
}

impl Held {
    /// Raises an exception object on as it is.
    pub fn again(&mut self, exception: Value) -> Raised {
        if exception.downcast::<Exception>().is_some() {
            return Raised::new(exception);
        }
        self.type_error("exceptions must derive from BaseException")
    }

    /// What `raise value` raises: an instance, or a new one of a class.
    pub fn to_exception(&mut self, value: Value) -> R<Raised> {
        if value.downcast::<Exception>().is_some() {
            return Ok(self.with_context(Raised::new(value)));
        }
        let is_exception_class =
            value.downcast::<Class>().is_some_and(|class| class.is_subclass_of(Exc::BaseException.class()));
        if !is_exception_class {
            return Err(self.type_error("exceptions must derive from BaseException"));
        }
        let exception = self.call(&value, &[])?;
        if exception.downcast::<Exception>().is_none() {
            let class = self.repr_text(&value)?;
            let got = self.repr_text(&exception.class().to_value())?;
            return Err(self
                .type_error(format!("calling {class} should have returned an instance of BaseException, not {got}")));
        }
        Ok(self.with_context(Raised::new(exception)))
    }

    fn to_cause(&mut self, cause: Value) -> R<Option<Value>> {
        if cause.is_none() {
            return Ok(None);
        }
        if cause.downcast::<Exception>().is_some() {
            return Ok(Some(cause));
        }
        let is_exception_class =
            cause.downcast::<Class>().is_some_and(|class| class.is_subclass_of(Exc::BaseException.class()));
        if !is_exception_class {
            return Err(self.type_error("exception causes must derive from BaseException"));
        }
        self.call(&cause, &[]).map(Some)
    }

    pub(crate) fn set_cause(&mut self, raised: &Raised, cause: Option<Value>) {
        let exception = raised.exception();
        exception.suppress_context.set(true);
        let old = exception.cause.write(self, |own| std::mem::replace(own, cause));
        drop(old);
    }

    /// Sets the exception being handled as context of a new one, without making a cycle.
    pub(crate) fn with_context(&mut self, raised: Raised) -> Raised {
        let Some(handled) = self.handled().cloned() else { return raised };
        if handled.is(raised.value()) {
            return raised;
        }
        self.break_context_cycle(&handled, raised.value());
        let old = raised.exception().context.write(self, |own| own.replace(handled));
        drop(old);
        raised
    }

    /// Takes `raised` out of the chain of contexts that begins at `handled` (Floyd's way of not running in circles).
    fn break_context_cycle(&mut self, handled: &Value, raised: &Value) {
        let mut at = handled.clone();
        let mut slow = handled.clone();
        let mut odd = false;
        loop {
            let Some(next) = self.context_of(&at) else { return };
            if next.is(raised) {
                if let Some(exception) = at.downcast::<Exception>() {
                    let old = exception.context.write(self, Option::take);
                    drop(old);
                }
                return;
            }
            at = next;
            if at.is(&slow) {
                return;
            }
            if odd {
                slow = self.context_of(&slow).unwrap_or(Value::NONE);
            }
            odd = !odd;
        }
    }

    fn context_of(&self, exception: &Value) -> Option<Value> {
        exception.downcast::<Exception>()?.context.read(self, Clone::clone)
    }

    /// `except class:`: a class, or a tuple of classes, all of which must be exception classes.
    pub fn exception_matches(&mut self, exception: &Value, class: &Value) -> R<bool> {
        if let Some(tuple) = class.downcast::<Tuple>() {
            let classes = tuple.items().to_vec();
            for class in &classes {
                self.check_exception_class(class)?;
            }
            return Ok(classes.iter().any(|class| is_instance(exception, class)));
        }
        self.check_exception_class(class)?;
        Ok(is_instance(exception, class))
    }

    fn check_exception_class(&mut self, class: &Value) -> R<()> {
        match class.downcast::<Class>() {
            Some(class) if class.is_subclass_of(Exc::BaseException.class()) => Ok(()),
            _ => Err(self.type_error("catching classes that do not inherit from BaseException is not allowed")),
        }
    }
}

fn is_instance(exception: &Value, class: &Value) -> bool {
    class.downcast::<Class>().is_some_and(|class| exception.class().is_subclass_of(class))
}
