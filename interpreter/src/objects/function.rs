//! Functions: those of the language, native ones, methods bound to an object, and the cells that closures share.
//!
//! In: code with its globals, defaults and cells; or a Rust function with its signature. Out: what calls call. The one
//! invariant: a function's code, globals and closure fit each other (as many cells as the code has free variables).

use super::class::Class;
use super::code::Code;
use super::dict::Dict;
use super::header::{Obj, Ref, allocate};
use super::value::{Reg, Value};
use crate::runtime::error::R;
use crate::runtime::signature::Def;
use crate::sync::Word;
use crate::sync::{Held, ObjCell};

/// A function written in toy.
pub struct Function {
    pub(crate) code: ObjCell<Ref<Code>>,
    pub(crate) globals: Ref<Dict>,
    pub(crate) builtins: Ref<Dict>,
    /// A tuple of cells, or `None`.
    pub(crate) closure: Value,
    /// A tuple, or `None`.
    pub(crate) defaults: ObjCell<Value>,
    /// A dict, or `None`.
    pub(crate) kwdefaults: ObjCell<Value>,
    pub(crate) name: ObjCell<Value>,
    pub(crate) qualname: ObjCell<Value>,
    pub(crate) module: ObjCell<Value>,
    pub(crate) doc: ObjCell<Value>,
    /// A dict, or the compiler's tuple (name, value, ...) until somebody asks, or `None`.
    pub(crate) annotations: ObjCell<Value>,
    pub(crate) attrs: ObjCell<Option<Ref<Dict>>>,
    /// How many positional arguments a call must have to need no binding (no defaults, `*args` or keywords), or -1.
    pub(crate) simple_args: Word<i32>,
    /// The same of a function whose call makes a generator or its like.
    pub(crate) generator_args: Word<i32>,
}

crate::object!(Function = super::header::Kind::FUNCTION, "function",
    traced [code, globals, builtins, closure, defaults, kwdefaults, name, qualname, module, doc, annotations, attrs]);

/// What a native function is given: its arguments after binding, one register a parameter.
#[derive(Clone, Copy)]
pub struct Args<'a>(pub(crate) &'a [Reg]);

/// A native function: it borrows its arguments from the caller, who drops them afterwards, and gives back an owned value.
pub type NativeFn = fn(&mut Held, Args<'_>) -> R<Value>;

/// A function written in Rust.
pub struct Native {
    pub def: &'static Def,
    /// The module's name, or `None`.
    pub module: Value,
    /// The class that a method belongs to (whose first argument must be an instance), or `None`.
    pub owner: Value,
    /// What a bound builtin is bound to (`[].append`), or `None`.
    pub receiver: Value,
    pub role: Role,
}

/// How a native function treats its first argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Nothing special: a module's function, or bound to `receiver`.
    Function,
    /// A method: the first argument must be an instance of `owner`.
    Method,
    /// `__new__`: the first argument must be a subclass of `owner`.
    New,
}

impl Native {
    /// Whether it is given its first argument by being found on a class.
    pub fn is_method(&self) -> bool {
        self.role == Role::Method
    }

    /// Whether CPython has it as a wrapper around a slot of its class.
    pub fn wraps_slot(&self) -> bool {
        let owner = self.owner.downcast::<Class>();
        owner.is_some_and(|owner| crate::runtime::signature::is_slot_wrapper(self.def.name, owner))
    }
}

crate::object!(Native = super::header::Kind::NATIVE, "builtin_function_or_method", traced [module, owner, receiver]);

/// A function and the object that it was found on.
pub struct BoundMethod {
    pub function: Value,
    pub receiver: Value,
}

crate::object!(BoundMethod = super::header::Kind::BOUND_METHOD, "method", traced [function, receiver]);

/// A variable that functions share.
#[derive(Default)]
pub struct SharedCell {
    pub(crate) content: ObjCell<Option<Value>>,
}

crate::object!(SharedCell = super::header::Kind::CELL, "cell", traced[content]);

impl std::ops::Index<usize> for Args<'_> {
    type Output = Value;

    /// An argument that the signature requires.
    #[inline(always)]
    fn index(&self, i: usize) -> &Value {
        match &self.0[i] {
            Some(value) => value,
            None => panic!("a required argument was bound"),
        }
    }
}

impl<'a> Args<'a> {
    /// An argument that may be left out.
    #[inline]
    pub fn opt(&self, i: usize) -> Option<&'a Value> {
        self.0.get(i)?.as_ref()
    }

    /// As `opt`, where `None` given by the program means the same as leaving it out.
    pub fn opt_some(&self, i: usize) -> Option<&'a Value> {
        self.opt(i).filter(|value| !value.is_none())
    }

    pub fn at(&self, i: usize) -> &'a Value {
        match &self.0[i] {
            Some(value) => value,
            None => panic!("a required argument was bound"),
        }
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The receiver of a method, whose type the call has checked.
    #[inline]
    pub fn this<T: super::header::Object>(&self) -> &'a Obj<T> {
        match self.at(0).downcast::<T>() {
            Some(this) => this,
            None => panic!("a method is called with an instance of its class"),
        }
    }

    /// All from a place on, of what is called with positional arguments as they are (`Def::positional`).
    #[inline]
    pub fn from(&self, i: usize) -> &'a [Value] {
        super::value::as_values(self.0.get(i..).unwrap_or_default()).unwrap_or_default()
    }

    /// The items of the tuple that `*args` collected.
    pub fn rest(&self, i: usize) -> &'a [Value] {
        self.at(i).downcast::<super::tuple::Tuple>().map_or(&[], |tuple| tuple.items())
    }
}

impl Function {
    /// Recomputes what a call may skip; to be called when code or defaults change.
    pub(crate) fn measure(&self, held: &Held) {
        use toy_compiler::bytecode::proto::flags;
        let code = self.code.read(held, Clone::clone);
        let plain = code.flags & (flags::VARARGS | flags::VARKEYWORDS | flags::WIDE_PARAMETERS) == 0
            && code.kwonlyargcount == 0;
        let count = if plain { code.argcount as i32 } else { -1 };
        let generator = code.is_generator_like();
        self.simple_args.set(if generator { -1 } else { count });
        self.generator_args.set(if generator { count } else { -1 });
    }
}

impl Held {
    pub fn new_function(&mut self, code: Ref<Code>, globals: Ref<Dict>, closure: Value) -> Ref<Function> {
        let builtins = self.builtins_of(&globals);
        let module = globals.get_str(self, super::names::n::__name__.value()).unwrap_or(Value::NONE);
        let function = Function {
            name: ObjCell::private(code.name.clone()),
            qualname: ObjCell::private(code.qualname.clone()),
            doc: ObjCell::private(code.doc.clone()),
            module: ObjCell::private(module),
            code: ObjCell::private(code),
            globals,
            builtins,
            closure,
            defaults: ObjCell::private(Value::NONE),
            kwdefaults: ObjCell::private(Value::NONE),
            annotations: ObjCell::private(Value::NONE),
            attrs: ObjCell::private(None),
            simple_args: Word::new(-1),
            generator_args: Word::new(-1),
        };
        let function = allocate(&super::core().function, function, 0);
        function.measure(self);
        function
    }

    pub fn new_native(&self, native: Native) -> Value {
        let core = super::core();
        let class = match native.is_method() {
            true if native.wraps_slot() => &core.wrapper_descriptor,
            true => &core.method_descriptor,
            false => &core.builtin_function,
        };
        allocate(class, native, 0).into_value()
    }

    pub fn new_bound_method(&self, function: Value, receiver: Value) -> Value {
        allocate(&super::core().bound_method, BoundMethod { function, receiver }, 0).into_value()
    }

    /// A native method bound to its receiver: `[].append`.
    pub(crate) fn bind_native(&self, native: &Obj<Native>, receiver: Value) -> Value {
        let bound = Native {
            def: native.def,
            module: Value::NONE,
            owner: native.owner.clone(),
            receiver,
            role: Role::Function,
        };
        let core = super::core();
        let wrapper = std::ptr::eq(native.class(), &*core.wrapper_descriptor);
        allocate(if wrapper { &core.method_wrapper } else { &core.builtin_function }, bound, 0).into_value()
    }

    pub fn new_cell(&self, content: Option<Value>) -> Value {
        allocate(&super::core().cell, SharedCell { content: ObjCell::private(content) }, 0).into_value()
    }

    /// Calls a class's `allocate` for data of a native type.
    pub fn new_object<T: super::header::Object>(&self, class: &Obj<Class>, data: T) -> Ref<T> {
        allocate(class, data, 0)
    }
}
