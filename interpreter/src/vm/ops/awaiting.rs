//! What `yield from`, `await`, `async for` and `async with` iterate.
//!
//! In: an object that is delegated to or awaited. Out: the iterator that YIELD_FROM runs, or CPython's TypeError. The one invariant: a
//! coroutine is awaited by one at a time.

use super::{abc, keep, operand, put};
use crate::objects::exception::Exc;
use crate::objects::generator::Generator;
use crate::objects::header::Kind;
use crate::objects::names::n;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::Held;
use crate::types::async_generator;
use crate::vm::frame::Frame;
use crate::vm::regs::Regs;
use toy_compiler::bytecode::proto::flags;

pub(crate) fn get_yield_from_iter(h: &mut Held, frame: *const Frame, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, _) = abc(w);
    let object = operand(h, r, b, locals)?;
    let iterator = if let Some(generator) = object.downcast::<Generator>() {
        // SAFETY: the running frame holds its code.
        let in_coroutine = unsafe { (*frame).code().flags & (flags::COROUTINE | flags::ITERABLE_COROUTINE) != 0 };
        if generator.is_coroutine() && !in_coroutine {
            return Err(h.type_error("cannot 'yield from' a coroutine object in a non-coroutine generator"));
        }
        if generator.is_async_generator() { h.iter(&object)? } else { object }
    } else {
        h.iter(&object)?
    };
    put(h, r, a, iterator);
    h.run_pending()
}

pub(crate) fn get_awaitable(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, place) = abc(w);
    let object = operand(h, r, b, locals)?;
    let iterator = match h.await_iter(&object) {
        Ok(Some(iterator)) => iterator,
        Ok(None) => {
            let name = object.class_name();
            let message = match place {
                1 => {
                    format!("'async with' received an object from __aenter__ that does not implement __await__: {name}")
                }
                2 => {
                    format!("'async with' received an object from __aexit__ that does not implement __await__: {name}")
                }
                _ => format!("object {name} can't be used in 'await' expression"),
            };
            return Err(h.type_error(message));
        }
        Err(raised) => return Err(raised),
    };
    if let Some(inner) = iterator.downcast::<Generator>()
        && inner.to_ref().delegate().is_some()
        && inner.is_coroutine()
    {
        return Err(h.runtime_error("coroutine is being awaited already"));
    }
    drop(object);
    put(h, r, a, iterator);
    h.run_pending()
}

impl Held {
    /// The iterator that `await object` runs; nothing if it is not awaitable.
    pub fn await_iter(&mut self, object: &Value) -> R<Option<Value>> {
        if object.downcast::<Generator>().is_some_and(|generator| generator.is_coroutine()) {
            return Ok(Some(object.clone()));
        }
        if object.downcast::<Generator>().is_some_and(|generator| generator.code.flags & 0x100 != 0) {
            return Ok(Some(object.clone()));
        }
        let Some(iterator) = self.call_special(object, n::__await__, &[])? else { return Ok(None) };
        if iterator.downcast::<Generator>().is_some_and(|generator| generator.is_coroutine()) {
            return Err(self.type_error("__await__() returned a coroutine"));
        }
        if iterator.downcast::<Generator>().is_none() && !self.is_iterator(&iterator) {
            let name = iterator.class_name();
            return Err(self.type_error(format!("__await__() returned non-iterator of type '{name}'")));
        }
        Ok(Some(iterator))
    }
}

pub(crate) fn get_aiter(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    let (a, b, _) = abc(w);
    let object = operand(h, r, b, locals)?;
    let Some(iterator) = h.call_special(&object, n::__aiter__, &[])? else {
        let name = object.class_name();
        return Err(h.type_error(format!("'async for' requires an object with __aiter__ method, got {name}")));
    };
    if h.special(&iterator, n::__anext__).is_none() {
        let name = iterator.class_name();
        let message =
            format!("'async for' received an object from __aiter__ that does not implement __anext__: {name}");
        return Err(h.type_error(message));
    }
    drop(object);
    put(h, r, a, iterator);
    h.run_pending()
}

pub(crate) fn get_anext(h: &mut Held, r: Regs, w: u32) -> R<()> {
    let (a, b, _) = abc(w);
    let object = keep(h, r, b)?.clone();
    if object.exactly::<Generator>().is_some_and(|generator| generator.is_async_generator()) {
        let next = async_generator::asend(h, &object, Value::NONE)?;
        put(h, r, a, next);
        return h.run_pending();
    }
    let Some(next) = h.call_special(&object, n::__anext__, &[])? else {
        let name = object.class_name();
        return Err(h.type_error(format!("'async for' requires an iterator with __anext__ method, got {name}")));
    };
    let message = |next: &Value| {
        let name = next.class_name();
        format!("'async for' received an invalid object from __anext__: {name}")
    };
    let iterator = match h.await_iter(&next) {
        Ok(Some(iterator)) => iterator,
        Ok(None) => return Err(h.type_error(message(&next))),
        Err(cause) => {
            let raised = h.type_error(message(&next));
            h.set_cause(&raised, Some(cause.value().clone()));
            raised.exception().context.write(h, |own| *own = Some(cause.into_value()));
            return Err(raised);
        }
    };
    put(h, r, a, iterator);
    h.run_pending()
}

pub(crate) fn end_async_for(h: &mut Held, r: Regs, w: u32) -> R<()> {
    let (a, b, _) = abc(w);
    let raised = Raised::new(operand(h, r, a, 0)?);
    let iterator = operand(h, r, b, 0)?;
    drop(iterator);
    if !raised.is(Exc::StopAsyncIteration) {
        h.raising_again = true;
        return Err(raised);
    }
    debug_assert!(!raised.value().is_kind(Kind::LIST));
    h.run_pending()
}
