//! Exceptions: the object, the hierarchy of classes, and tracebacks.
//!
//! In: a class and arguments. Out: what is raised, with cause, context and traceback. The one invariant: a traceback's
//! entries are only ever added in front while the exception travels up.

use super::class::Class;
use super::code::Code;
use super::dict::Dict;
use super::header::{Obj, Ref, allocate};
use super::value::Value;
use crate::sync::Word;
use crate::sync::{Held, ObjCell};

/// The data of an exception.
pub struct Exception {
    pub args: ObjCell<Value>,
    pub(crate) traceback: ObjCell<Option<Value>>,
    pub(crate) cause: ObjCell<Option<Value>>,
    pub(crate) context: ObjCell<Option<Value>>,
    pub(crate) suppress_context: Word<bool>,
    pub(crate) attrs: ObjCell<Option<Ref<Dict>>>,
    /// Fields of particular classes (`OSError.errno`, `StopIteration.value` ...), in the order of their descriptors.
    pub(crate) fields: ObjCell<Vec<Option<Value>>>,
}

crate::object!(Exception = super::header::Kind::EXCEPTION, "exception",
    traced [args, traceback, cause, context, attrs, fields]);

/// One entry of a traceback: where a frame was when the exception passed through it.
pub struct Traceback {
    pub(crate) next: ObjCell<Option<Value>>,
    pub(crate) code: Ref<Code>,
    pub(crate) globals: Ref<Dict>,
    /// A code index.
    pub(crate) at: usize,
    /// Instead of the line that `at` has.
    pub(crate) lineno: Option<i64>,
    /// The frame object, which keeps the locals once the function is left.
    pub(crate) frame: ObjCell<Option<Value>>,
}

crate::object!(Traceback, "traceback", traced [next, code, globals, frame]);

impl Traceback {
    /// The line that the frame was at.
    pub fn line(&self) -> i64 {
        self.lineno.unwrap_or_else(|| self.code.line(self.at) as i64)
    }
}

macro_rules! exceptions {
    ($($name:ident($base:ident))*) => {
        /// The builtin exception classes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Exc { BaseException, $($name,)* }

        /// Name and base of each, `BaseException` left out.
        pub(crate) const HIERARCHY: &[(Exc, &str, Exc)] = &[$((Exc::$name, stringify!($name), Exc::$base),)*];
    };
}

exceptions! {
    SystemExit(BaseException) KeyboardInterrupt(BaseException) GeneratorExit(BaseException)
    BaseExceptionGroup(BaseException) Exception(BaseException) ExceptionGroup(BaseExceptionGroup)
    StopIteration(Exception) StopAsyncIteration(Exception)
    ArithmeticError(Exception) FloatingPointError(ArithmeticError) OverflowError(ArithmeticError) ZeroDivisionError(ArithmeticError)
    AssertionError(Exception) AttributeError(Exception) BufferError(Exception) EOFError(Exception)
    ImportError(Exception) ModuleNotFoundError(ImportError)
    LookupError(Exception) IndexError(LookupError) KeyError(LookupError)
    MemoryError(Exception) NameError(Exception) UnboundLocalError(NameError)
    OSError(Exception) BlockingIOError(OSError) ChildProcessError(OSError) ConnectionError(OSError)
    BrokenPipeError(ConnectionError) ConnectionAbortedError(ConnectionError) ConnectionRefusedError(ConnectionError)
    ConnectionResetError(ConnectionError) FileExistsError(OSError) FileNotFoundError(OSError) InterruptedError(OSError)
    IsADirectoryError(OSError) NotADirectoryError(OSError) PermissionError(OSError) ProcessLookupError(OSError)
    TimeoutError(OSError)
    ReferenceError(Exception) RuntimeError(Exception) NotImplementedError(RuntimeError) RecursionError(RuntimeError)
    SyntaxError(Exception) IndentationError(SyntaxError) TabError(IndentationError)
    SystemError(Exception) TypeError(Exception)
    ValueError(Exception) UnicodeError(ValueError) UnicodeDecodeError(UnicodeError) UnicodeEncodeError(UnicodeError)
    UnicodeTranslateError(UnicodeError)
    Warning(Exception) DeprecationWarning(Warning) PendingDeprecationWarning(Warning) RuntimeWarning(Warning)
    SyntaxWarning(Warning) UserWarning(Warning) FutureWarning(Warning) ImportWarning(Warning) UnicodeWarning(Warning)
    BytesWarning(Warning) ResourceWarning(Warning) EncodingWarning(Warning)
}

impl Exc {
    pub(crate) const COUNT: usize = HIERARCHY.len() + 1;

    /// The class object.
    pub fn class(self) -> &'static Ref<Class> {
        &super::core().exceptions[self as usize]
    }
}

impl Exception {
    pub(crate) fn new(args: Value) -> Exception {
        Exception {
            args: ObjCell::private(args),
            traceback: ObjCell::private(None),
            cause: ObjCell::private(None),
            context: ObjCell::private(None),
            suppress_context: Word::new(false),
            attrs: ObjCell::private(None),
            fields: ObjCell::private(Vec::new()),
        }
    }

    /// `__traceback__`, if there is one.
    pub fn traceback(&self, held: &Held) -> Option<Value> {
        self.traceback.read(held, Clone::clone)
    }

    /// A field of the class's own (see `fields`).
    pub fn field(&self, held: &Held, i: usize) -> Option<Value> {
        self.fields.read(held, |fields| fields.get(i).cloned().flatten())
    }

    pub fn set_field(&self, held: &mut Held, i: usize, value: Option<Value>) {
        let old = self.fields.write(held, |fields| {
            if fields.len() <= i {
                fields.resize_with(i + 1, || None);
            }
            std::mem::replace(&mut fields[i], value)
        });
        drop(old);
    }
}

impl Held {
    /// An exception object of a class, without running its `__init__`.
    pub fn new_exception(&self, class: &Obj<Class>, args: Value) -> Ref<Exception> {
        allocate(class, Exception::new(args), 0)
    }

    /// An exception of a builtin class, with the fields that its `__init__` would set.
    pub(crate) fn new_native_exception(&self, exc: Exc, args: Value) -> Ref<Exception> {
        let fields = crate::types::exception::native_fields(exc, &args);
        allocate(exc.class(), Exception { fields: ObjCell::private(fields), ..Exception::new(args) }, 0)
    }
}
