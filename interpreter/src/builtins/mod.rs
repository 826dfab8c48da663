//! The module `builtins`.
//!
//! In: nothing. Out: the module with all builtin functions, classes and exceptions; `print`, `input` and `open` come with
//! the library's files. The one invariant: its dict is what
//! globals fall through to.

pub mod attributes;
mod class;
pub mod compiling;
pub mod iteration;
pub mod numbers;
pub mod objects;
pub mod site;

pub(crate) use class::enter;

use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::exception::{Exc, HIERARCHY};
use crate::objects::function::{Native, Role};
use crate::objects::header::Ref;
use crate::objects::module::Module;
use crate::objects::value::Value;
use crate::runtime::signature::Def;
use crate::sync::Held;

/// Makes the module.
pub(crate) fn make(h: &mut Held) -> Ref<Module> {
    let module = h.new_module("builtins");
    add_functions(h, &module, &attributes::FUNCTIONS);
    add_functions(h, &module, &compiling::FUNCTIONS);
    add_functions(h, &module, &iteration::FUNCTIONS);
    add_functions(h, &module, &numbers::FUNCTIONS);
    add_functions(h, &module, &objects::FUNCTIONS);
    add_functions(h, &module, &site::FUNCTIONS);
    add_classes(h, &module);
    add_exceptions(h, &module);
    add_constants(h, &module);
    class::enter_all(h, &module.dict);
    site::init(h, &module);
    module
}

/// Puts the names in CPython's order, which suggestions ("Did you mean") show; to be called when all are there.
pub fn order(h: &mut Held, module: &Module) {
    let ranks: std::collections::HashMap<&str, usize> = ORDER.split_whitespace().zip(0..).collect();
    let rank = |name: &Value| ranks.get(crate::objects::str::text_of(name).as_str()).copied().unwrap_or(usize::MAX);
    let mut items = module.dict.items(h);
    items.sort_by_cached_key(|(name, _)| rank(name));
    for (name, value) in items {
        drop(module.dict.remove_str(h, &name));
        module.dict.set_str(h, &name, value);
    }
}

const ORDER: &str = "__name__ __doc__ __package__ __loader__ __spec__ __build_class__ __import__ abs all any ascii bin \
    breakpoint callable chr compile delattr dir divmod eval exec format getattr globals hasattr hash hex id input \
    isinstance issubclass iter aiter len locals max min next anext oct ord pow print repr round setattr sorted sum vars \
    None Ellipsis NotImplemented False True bool memoryview bytearray bytes classmethod complex dict enumerate filter \
    float frozenset property int list map object range reversed set slice staticmethod str super tuple type zip __debug__ \
    BaseException BaseExceptionGroup Exception GeneratorExit KeyboardInterrupt SystemExit ArithmeticError AssertionError \
    AttributeError BufferError EOFError ImportError LookupError MemoryError NameError OSError ReferenceError RuntimeError \
    StopAsyncIteration StopIteration SyntaxError SystemError TypeError ValueError Warning FloatingPointError \
    OverflowError ZeroDivisionError BytesWarning DeprecationWarning EncodingWarning FutureWarning ImportWarning \
    PendingDeprecationWarning ResourceWarning RuntimeWarning SyntaxWarning UnicodeWarning UserWarning BlockingIOError \
    ChildProcessError ConnectionError FileExistsError FileNotFoundError InterruptedError IsADirectoryError \
    NotADirectoryError PermissionError ProcessLookupError TimeoutError IndentationError IndexError KeyError \
    ModuleNotFoundError NotImplementedError RecursionError UnboundLocalError UnicodeError BrokenPipeError \
    ConnectionAbortedError ConnectionRefusedError ConnectionResetError TabError UnicodeDecodeError UnicodeEncodeError \
    UnicodeTranslateError ExceptionGroup EnvironmentError IOError open quit exit copyright credits license help";

/// Adds native functions to a module.
pub fn add_functions(h: &mut Held, module: &Module, defs: &'static [Def]) {
    let name = module.dict.get_str(h, crate::objects::names::n::__name__.value()).unwrap_or(Value::NONE);
    for def in defs {
        let native =
            Native { def, module: name.clone(), owner: Value::NONE, receiver: Value::NONE, role: Role::Function };
        let native = h.new_native(native);
        let name = h.intern(def.name);
        module.dict.set_str(h, &name, native);
    }
}

/// Enters a class under its own name.
pub fn add_class(h: &mut Held, module: &Module, class: &Ref<Class>) {
    let name = h.intern(&class.name_text());
    module.dict.set_str(h, &name, class.value().clone());
}

fn add_classes(h: &mut Held, module: &Module) {
    let core = core();
    let classes = [
        &core.bool,
        &core.bytearray,
        &core.bytes,
        &core.classmethod,
        &core.dict,
        &core.enumerate,
        &core.filter,
        &core.float,
        &core.frozenset,
        &core.int,
        &core.list,
        &core.map,
        &core.memoryview,
        &core.object,
        &core.property,
        &core.range,
        &core.reversed,
        &core.set,
        &core.slice,
        &core.staticmethod,
        &core.str,
        &core.tuple,
        &core.type_,
        &core.zip,
    ];
    classes.into_iter().for_each(|class| add_class(h, module, class));
}

fn add_exceptions(h: &mut Held, module: &Module) {
    add_class(h, module, Exc::BaseException.class());
    for (exc, _, _) in HIERARCHY {
        add_class(h, module, exc.class());
    }
    for alias in ["EnvironmentError", "IOError"] {
        let name = h.intern(alias);
        module.dict.set_str(h, &name, Exc::OSError.class().value().clone());
    }
}

fn add_constants(h: &mut Held, module: &Module) {
    let constants = [
        ("None", Value::NONE),
        ("False", Value::FALSE),
        ("True", Value::TRUE),
        ("Ellipsis", Value::ELLIPSIS),
        ("NotImplemented", Value::NOT_IMPLEMENTED),
        ("__debug__", Value::bool(crate::runtime::config::flag("optimize") == 0)),
    ];
    for (name, value) in constants {
        let name = h.intern(name);
        module.dict.set_str(h, &name, value);
    }
}
