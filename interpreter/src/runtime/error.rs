//! Raised exceptions on their way through Rust.
//!
//! In: a class and a message. Out: `Raised`, the error of every operation that can fail because of the program. The one
//! invariant: a `Raised` holds an instance of `BaseException`.

use crate::objects::exception::{Exc, Exception};
use crate::objects::header::Obj;
use crate::objects::value::Value;
use crate::sync::Held;
use toy_text::format::{FormatError, FormatErrorKind};

/// An exception that is being raised.
#[derive(Debug)]
#[must_use]
pub struct Raised(Value);

/// What operations that can raise give back.
pub type R<T = Value> = Result<T, Raised>;

impl Raised {
    /// `exception` is an instance of `BaseException`.
    pub fn new(exception: Value) -> Raised {
        debug_assert!(exception.downcast::<Exception>().is_some());
        Raised(exception)
    }

    pub fn value(&self) -> &Value {
        &self.0
    }

    pub fn into_value(self) -> Value {
        self.0
    }

    pub fn exception(&self) -> &Obj<Exception> {
        match self.0.downcast::<Exception>() {
            Some(exception) => exception,
            None => panic!("only exceptions are raised"),
        }
    }

    pub fn is(&self, exc: Exc) -> bool {
        self.0.class().is_subclass_of(exc.class())
    }
}

impl Held {
    /// An exception of a builtin class with one string argument.
    #[cold]
    pub fn error(&self, exc: Exc, message: impl AsRef<str>) -> Raised {
        let args = self.new_tuple(vec![self.new_str(message.as_ref())]);
        self.error_with(exc, args)
    }

    /// An exception of a builtin class with the given tuple of arguments.
    #[cold]
    pub fn error_with(&self, exc: Exc, args: Value) -> Raised {
        Raised(self.new_native_exception(exc, args).into_value())
    }

    #[cold]
    pub fn type_error(&self, message: impl AsRef<str>) -> Raised {
        self.error(Exc::TypeError, message)
    }

    #[cold]
    pub fn value_error(&self, message: impl AsRef<str>) -> Raised {
        self.error(Exc::ValueError, message)
    }

    #[cold]
    pub fn index_error(&self, message: impl AsRef<str>) -> Raised {
        self.error(Exc::IndexError, message)
    }

    #[cold]
    pub fn overflow_error(&self, message: impl AsRef<str>) -> Raised {
        self.error(Exc::OverflowError, message)
    }

    #[cold]
    pub fn runtime_error(&self, message: impl AsRef<str>) -> Raised {
        self.error(Exc::RuntimeError, message)
    }

    #[cold]
    pub fn memory_error(&self) -> Raised {
        self.error_with(Exc::MemoryError, self.new_tuple(Vec::new()))
    }

    #[cold]
    pub fn recursion_error(&self, doing: &str) -> Raised {
        self.error(Exc::RecursionError, format!("maximum recursion depth exceeded{doing}"))
    }

    /// What a formatter refuses.
    #[cold]
    pub fn format_error(&self, error: FormatError) -> Raised {
        let exc = match error.kind {
            FormatErrorKind::ValueError => Exc::ValueError,
            FormatErrorKind::OverflowError => Exc::OverflowError,
            FormatErrorKind::TypeError => Exc::TypeError,
            FormatErrorKind::MemoryError => return self.memory_error(),
        };
        self.error_with(exc, self.new_tuple(vec![self.str_from_owned(&error.message)]))
    }

    /// `KeyError(key)`.
    #[cold]
    pub fn key_error(&self, key: &Value) -> Raised {
        self.error_with(Exc::KeyError, self.new_tuple(vec![key.clone()]))
    }

    /// `StopIteration(value)`, or without argument for `None`.
    #[cold]
    pub fn stop_iteration(&mut self, value: Value) -> Raised {
        let args = if value.is_none() { Vec::new() } else { vec![value.clone()] };
        let exception = self.new_exception(Exc::StopIteration.class(), self.new_tuple(args));
        exception.set_field(self, 0, Some(value));
        Raised(exception.into_value())
    }

    /// `AttributeError` with `name` and `obj`, from which suggestions are made.
    #[cold]
    pub fn attribute_error(&mut self, message: impl AsRef<str>, object: &Value, name: &Value) -> Raised {
        let raised = self.error(Exc::AttributeError, message);
        raised.exception().set_field(self, 0, Some(name.clone()));
        raised.exception().set_field(self, 1, Some(object.clone()));
        raised
    }

    /// `NameError` with `name`.
    #[cold]
    pub fn name_error(&mut self, name: &Value) -> Raised {
        let message = format!("name '{}' is not defined", crate::objects::str::text_of(name));
        let raised = self.error(Exc::NameError, message);
        raised.exception().set_field(self, 0, Some(name.clone()));
        raised
    }
}
