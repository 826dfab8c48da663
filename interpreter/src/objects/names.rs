//! Names that the machine itself looks up, interned once.
//!
//! In: the list below. Out: `n::__init__` and the like, whose `value()` is the interned string. The one invariant: the
//! table is filled before the first lookup and never changes.

use super::value::Value;
use crate::sync::Held;
use std::sync::OnceLock;

/// A well-known name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name(u16);

struct Table(Vec<Value>);

// SAFETY: the strings are interned, so they live for ever; only their words are read.
unsafe impl Sync for Table {}
// SAFETY: as above.
unsafe impl Send for Table {}

static TABLE: OnceLock<Table> = OnceLock::new();

impl Name {
    /// The interned string.
    #[inline]
    pub fn value(self) -> &'static Value {
        match TABLE.get() {
            Some(table) => &table.0[self.0 as usize],
            None => panic!("names are used only after they are interned"),
        }
    }

    pub fn text(self) -> &'static str {
        TEXTS[self.0 as usize]
    }
}

/// Interns them all.
pub(crate) fn intern_all(held: &mut Held) {
    let values = TEXTS.iter().map(|text| held.intern(text)).collect();
    let _ = TABLE.set(Table(values));
}

macro_rules! names {
    ($($name:ident)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Number { $($name,)* }

        /// The names themselves.
        #[allow(non_upper_case_globals)]
        pub mod n {
            use super::{Name, Number};
            $(pub const $name: Name = Name(Number::$name as u16);)*
        }

        const TEXTS: &[&str] = &[$(stringify!($name),)*];
    };
}

names! {
    __abs__ __abstractmethods__ __add__ __aenter__ __aexit__ __aiter__ __all__ __and__ __anext__ __annotations__
    __args__ __await__ __bases__ __bool__ __bound__ __build_class__ __builtins__ __bytes__ __cached__ __call__
    __cause__ __ceil__ __class__ __class_getitem__ __classcell__ __closure__ __code__ __complex__ __contains__
    __context__ __copy__ __debug__ __deepcopy__ __defaults__ __del__ __delattr__ __delete__ __delitem__ __dict__
    __dir__ __divmod__ __doc__ __enter__ __eq__ __exit__ __file__ __float__ __floor__ __floordiv__ __format__
    __fspath__ __func__ __ge__ __get__ __getattr__ __getattribute__ __getitem__ __getnewargs__ __getnewargs_ex__
    __getstate__ __globals__ __gt__ __hash__ __iadd__ __iand__ __ifloordiv__ __ilshift__ __imatmul__ __imod__
    __import__ __imul__ __index__ __init__ __init_subclass__ __instancecheck__ __int__ __invert__ __ior__ __ipow__
    __irshift__ __isabstractmethod__ __isub__ __iter__ __itruediv__ __ixor__ __kwdefaults__ __le__ __len__
    __length_hint__ __loader__ __lshift__ __lt__ __main__ __match_args__ __matmul__ __missing__ __mod__ __module__
    __abc_tpflags__ __mro__ __mro_entries__ __mul__ __name__ __ne__ __neg__ __new__ __next__ __notes__ __objclass__ __or__
    __orig_bases__ __package__ __path__ __pos__ __pow__ __prepare__ __qualname__ __radd__ __rand__ __rdivmod__
    __reduce__ __reduce_ex__ __repr__ __reversed__ __rfloordiv__ __rlshift__ __rmatmul__ __rmod__ __rmul__ __ror__
    __round__ __rpow__ __rrshift__ __rshift__ __rsub__ __rtruediv__ __rxor__ __self__ __set__ __set_name__
    __setattr__ __setitem__ __setstate__ __sizeof__ __slots__ __spec__ __str__ __sub__ __subclasscheck__
    __subclasses__ __suppress_context__ __text_signature__ __traceback__ __truediv__ __trunc__ __type_params__
    __weakref__ __wrapped__ __xor__
    argv builtins close co_code displayhook excepthook exec_prefix fileno flush modules mro path print_file_and_line
    read readline send stderr stdin stdout sys throw unraisablehook write name obj value args keys items
    msg filename lineno offset text end_lineno end_offset errno strerror filename2 code message exceptions
    encoding object start end reason append copy update get_filename get
    buffer closed decode detach errors isatty mode newlines raw read1 readable readall readinto readinto1 seek
    seekable tell truncate writable
}
