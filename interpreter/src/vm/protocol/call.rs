//! Calling anything callable from native code.
//!
//! In: a callable, positional arguments, and perhaps names for the last of them. Out: its result. The one invariant: a toy
//! function called here runs in a new eval loop above the running frame's window; native stack is checked first.

use crate::objects::class::{Class, Constructor, class_flag};
use crate::objects::core;
use crate::objects::dict::Dict;
use crate::objects::exception::Exc;
use crate::objects::function::{BoundMethod, Function, Native, Role};
use crate::objects::header::{Kind, Obj, flag};
use crate::objects::names::n;
use crate::objects::str::text_of;
use crate::objects::value::{Reg, Value, as_regs};
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::Given;
use crate::sync::{Held, Word};
use crate::vm::eval;
use crate::vm::frame::FrameKind;
use crate::vm::ops::call::{Called, Place, push_or_clear};
use crate::vm::ops::function;
use crate::vm::regs::share;
use smallvec::SmallVec;

/// How objects of a native kind are called: with arguments in registers, the last ones named.
pub type CallFn = fn(&mut Held, &Value, &[Reg], &[Value]) -> R;

struct CallTable([Word<Option<CallFn>>; Kind::MOST]);

// SAFETY: with the GIL, filled and read under it; without, a `Word` is atomic.
unsafe impl Sync for CallTable {}

static CALL: CallTable = CallTable([const { Word::new(None) }; Kind::MOST]);

/// Tells how a native kind is called; its class gets `__call__` from `ClassSpec::callable`.
pub(crate) fn register_call(kind: Kind, call: CallFn) {
    CALL.0[kind.0 as usize].set(Some(call));
}

pub(crate) fn call_of(kind: Kind) -> Option<CallFn> {
    CALL.0[kind.0 as usize].get()
}

impl Held {
    /// `callable(*args)`.
    pub fn call(&mut self, callable: &Value, args: &[Value]) -> R {
        self.call_with_names(callable, args, &[])
    }

    /// `callable(*args)` where the last arguments are keywords with these names.
    pub fn call_with_names(&mut self, callable: &Value, args: &[Value], names: &[Value]) -> R {
        self.call_regs(callable, as_regs(args), names)
    }

    /// `callable(*args, **keywords)` with a dict of keywords.
    pub fn call_with_dict(&mut self, callable: &Value, args: &[Value], keywords: &Obj<Dict>) -> R {
        let mut all = args.to_vec();
        let mut names = Vec::new();
        for (name, value) in keywords.items(self) {
            if name.downcast::<crate::objects::str::Str>().is_none() {
                return Err(self.type_error("keywords must be strings"));
            }
            names.push(name);
            all.push(value);
        }
        self.call_with_names(callable, &all, &names)
    }

    /// As `call_with_names`, with the arguments in registers.
    pub fn call_regs(&mut self, callable: &Value, args: &[Reg], names: &[Value]) -> R {
        let Some(header) = callable.header() else { return Err(self.not_callable(callable)) };
        match header.kind() {
            Kind::FUNCTION => {
                if let Some(f) = callable.downcast::<Function>() {
                    return self.call_function(f, args, names);
                }
            }
            Kind::NATIVE => {
                if let Some(native) = callable.downcast::<Native>() {
                    return self.invoke_bound(native, args, names);
                }
            }
            Kind::BOUND_METHOD => {
                if let Some(bound) = callable.downcast::<BoundMethod>() {
                    let (function, receiver) = (bound.function.clone(), bound.receiver.clone());
                    let all: SmallVec<[Reg; 8]> = [Some(receiver)].into_iter().chain(args.iter().cloned()).collect();
                    return self.call_regs(&function, &all, names);
                }
            }
            Kind::CLASS => return self.call_class(callable, args, names),
            _ => (),
        }
        self.check_native_stack(" while calling a Python object")?;
        if !header.has(flag::SUBCLASS)
            && let Some(call) = call_of(header.kind())
        {
            return call(self, callable, args, names);
        }
        match callable.class().lookup(self, n::__call__.value()) {
            Some(method) if method.is_kind(Kind::FUNCTION) || method.is_kind(Kind::NATIVE) => {
                let all: SmallVec<[Reg; 8]> =
                    [Some(callable.clone())].into_iter().chain(args.iter().cloned()).collect();
                self.call_regs(&method, &all, names)
            }
            Some(method) => {
                let class = callable.class().to_value();
                let bound = self.descriptor_get(&method, Some(callable), &class)?;
                self.call_regs(&bound, args, names)
            }
            None => Err(self.not_callable(callable)),
        }
    }

    #[cold]
    fn not_callable(&mut self, callable: &Value) -> Raised {
        let message = format!("'{}' object is not callable", callable.class_name());
        self.type_error(message)
    }

    /// Runs a toy function in an eval loop of its own.
    fn call_function(&mut self, f: &Obj<Function>, args: &[Reg], names: &[Value]) -> R {
        self.check_native_stack(" while calling a Python object")?;
        if names.is_empty() && f.simple_args.get() == args.len() as i32 {
            return self.run_simple(f, args);
        }
        let base = self.top();
        let mut result: Reg = None;
        let place = Place { base, ret: &mut result };
        // SAFETY: above the running frame's window nothing is alive; `bind_values` checks the region's end.
        let called =
            unsafe { function::bind_values(self, f, place, args, names, Some(f.to_value()), FrameKind::Entry) }?;
        match called {
            Called::Frame => eval::execute(self),
            Called::Done => Ok(result.unwrap_or(Value::NONE)),
        }
    }

    /// As `call_function`, where the arguments are the parameters.
    fn run_simple(&mut self, f: &Obj<Function>, args: &[Reg]) -> R {
        let base = self.top();
        // SAFETY: above the running frame's window nothing is alive, and there is room.
        unsafe {
            if !self.stack.has_room(base, args.len()) {
                return Err(self.recursion_error(""));
            }
            for (i, arg) in args.iter().enumerate() {
                base.add(i).cast::<u64>().write(arg.as_ref().map_or(0, |arg| share(arg.bits())));
            }
            // The result of such a frame goes to no register.
            let place = Place { base, ret: base };
            push_or_clear(self, f, place, args.len(), Some(f.to_value()), FrameKind::Entry)?;
        }
        eval::execute(self)
    }

    /// The first register above the running frame's window.
    pub(crate) fn top(&self) -> *mut Reg {
        if self.frame < self.frames.start() {
            return self.stack.start();
        }
        // SAFETY: a frame is running.
        unsafe { (*self.frame).top() }
    }

    fn invoke_bound(&mut self, native: &Obj<Native>, args: &[Reg], names: &[Value]) -> R {
        if native.receiver.is_none() {
            return self.invoke(native, args, names);
        }
        let receiver = native.receiver.clone();
        let all: SmallVec<[Reg; 8]> = [Some(receiver)].into_iter().chain(args.iter().cloned()).collect();
        self.invoke(native, &all, names)
    }

    /// Calls a native function; a receiver it is bound to stands in front of the arguments already.
    #[inline]
    pub(crate) fn invoke(&mut self, native: &Obj<Native>, args: &[Reg], names: &[Value]) -> R {
        let given = Given { args, keywords: names };
        let receivers = match native.role {
            Role::Function => !native.receiver.is_none() as usize,
            Role::Method => {
                self.check_method_receiver(native, args, names)?;
                1
            }
            Role::New => {
                self.check_new_receiver(native, args)?;
                1
            }
        };
        let owner = match native.owner.is_none() {
            true => &native.module,
            false if native.receiver.is_kind(Kind::CLASS) => &native.receiver,
            false => &native.owner,
        };
        self.call_def(native.def, given, receivers, owner)
    }

    #[inline]
    fn check_method_receiver(&mut self, native: &Obj<Native>, args: &[Reg], names: &[Value]) -> R<()> {
        let Some(owner) = native.owner.downcast::<Class>() else { return Ok(()) };
        let receiver = if args.len() > names.len() { args[0].as_ref() } else { None };
        match receiver {
            Some(receiver) if receiver.class().is_subclass_of(owner) => Ok(()),
            receiver => Err(self.wrong_receiver(native, owner, receiver)),
        }
    }

    #[cold]
    fn wrong_receiver(&self, native: &Obj<Native>, owner: &Obj<Class>, receiver: Option<&Value>) -> Raised {
        let wrapper = crate::runtime::signature::is_slot_wrapper(native.def.name, owner);
        let (name, of) = (native.def.name, owner.full_name());
        self.type_error(match (wrapper, receiver.map(Value::class_name)) {
            (true, None) => format!("descriptor '{name}' of '{of}' object needs an argument"),
            (false, None) => format!("unbound method {}.{name}() needs an argument", owner.name_text()),
            (true, Some(got)) => format!("descriptor '{name}' requires a '{of}' object but received a '{got}'"),
            (false, Some(got)) => format!("descriptor '{name}' for '{of}' objects doesn't apply to a '{got}' object"),
        })
    }

    fn check_new_receiver(&mut self, native: &Obj<Native>, args: &[Reg]) -> R<()> {
        let Some(owner) = native.owner.downcast::<Class>() else { return Ok(()) };
        let first = args.first().and_then(Option::as_ref);
        match first.and_then(|first| first.downcast::<Class>()) {
            Some(class) if class.is_subclass_of(owner) && class.kind.get() == owner.kind.get() => Ok(()),
            _ => Err(self.wrong_new_receiver(owner, first)),
        }
    }

    #[cold]
    fn wrong_new_receiver(&self, owner: &Obj<Class>, first: Option<&Value>) -> Raised {
        let name = owner.full_name();
        let Some(first) = first else { return self.type_error(format!("{name}.__new__(): not enough arguments")) };
        let Some(class) = first.downcast::<Class>() else {
            let given = first.class_name();
            return self.type_error(format!("{name}.__new__(X): X is not a type object ({given})"));
        };
        let given = class.full_name();
        self.type_error(match class.is_subclass_of(owner) {
            false => format!("{name}.__new__({given}): {given} is not a subtype of {name}"),
            true => format!("{name}.__new__({given}) is not safe, use {given}.__new__()"),
        })
    }

    /// `cls(...)`: the metaclass's `__call__`, which is usually `type`'s.
    fn call_class(&mut self, class: &Value, args: &[Reg], names: &[Value]) -> R {
        let meta = class.class();
        if !std::ptr::eq(meta, &*core().type_)
            && let Some(call) = meta.lookup(self, n::__call__.value())
            && core().type_.dict.get_str(self, n::__call__.value()).is_none_or(|own| !own.is(&call))
        {
            if !call.is_kind(Kind::FUNCTION) && !call.is_kind(Kind::NATIVE) {
                let meta = meta.to_value();
                let bound = self.descriptor_get(&call, Some(class), &meta)?;
                return self.call_regs(&bound, args, names);
            }
            let all: SmallVec<[Reg; 8]> = [Some(class.clone())].into_iter().chain(args.iter().cloned()).collect();
            return self.call_regs(&call, &all, names);
        }
        self.type_call(class, args, names)
    }

    /// `type.__call__(cls, ...)`: `__new__`, then `__init__` of what it gave, if that is an instance of the class.
    pub(crate) fn type_call(&mut self, callee: &Value, args: &[Reg], names: &[Value]) -> R {
        self.check_native_stack(" while calling a Python object")?;
        let Some(class) = callee.downcast::<Class>() else { return Err(self.not_callable(callee)) };
        if names.is_empty() {
            match self.constructor_of(class) {
                Constructor::Plain if args.is_empty() => return Ok(self.new_instance(class).into_value()),
                Constructor::Exception => return Ok(self.new_exception_of(class, args)),
                Constructor::Native { new, init: 0 } => return self.construct_by(callee, args, new),
                _ => (),
            }
        }
        if std::ptr::eq(class, &*core().type_) && args.len() == 1 && names.is_empty() {
            return Ok(args[0].as_ref().map_or(Value::NONE, |object| object.class().to_value()));
        }
        if std::ptr::eq(class, &*core().type_) && args.len() - names.len() != 3 {
            return Err(self.type_error("type() takes 1 or 3 arguments"));
        }
        if std::ptr::eq(class, &*core().str) && args.len() == 1 && names.is_empty() {
            return args[0].as_ref().map_or_else(|| Ok(core().empty_str.clone()), |object| self.to_str(object));
        }
        if class.has(class_flag::NO_NEW) {
            let name = class.full_name();
            return Err(self.type_error(format!("cannot create '{name}' instances")));
        }
        let all: SmallVec<[Reg; 8]> = [Some(callee.clone())].into_iter().chain(args.iter().cloned()).collect();
        let Some(new) = class.lookup(self, n::__new__.value()) else { return Err(self.not_callable(callee)) };
        let object = match new.downcast::<Native>() {
            Some(native) => self.invoke(native, &all, names)?,
            None => {
                let new = self.descriptor_get(&new, None, callee)?;
                self.call_regs(&new, &all, names)?
            }
        };
        self.init_made(object, callee, args, names)
    }

    /// `cls(...)` where a native `__new__` (a word that the class holds) does all.
    fn construct_by(&mut self, class: &Value, args: &[Reg], new: u64) -> R {
        let all: SmallVec<[Reg; 4]> = [Some(class.clone())].into_iter().chain(args.iter().cloned()).collect();
        // SAFETY: the class, which the caller holds, owns the function.
        let native = unsafe { &*(new as *const Obj<Native>) };
        let object = self.call_def(native.def, Given { args: &all, keywords: &[] }, 1, &native.owner)?;
        if object.class().is(class) { Ok(object) } else { self.init_made(object, class, args, &[]) }
    }

    /// The second half of `type.__call__`: runs `__init__` of what `__new__` gave, if that is an instance of the class.
    pub(crate) fn init_made(&mut self, object: Value, callee: &Value, args: &[Reg], names: &[Value]) -> R {
        if callee.downcast::<Class>().is_none_or(|class| !object.class().is_subclass_of(class)) {
            return Ok(object);
        }
        let Some(init) = object.class().lookup(self, n::__init__.value()) else { return Ok(object) };
        if core().object.lookup(self, n::__init__.value()).is_some_and(|own| own.is(&init)) {
            // It does nothing; arguments for nobody were refused by `object.__new__`.
            return Ok(object);
        }
        let result = if init.is_kind(Kind::FUNCTION) || init.is_kind(Kind::NATIVE) {
            let all: SmallVec<[Reg; 8]> = [Some(object.clone())].into_iter().chain(args.iter().cloned()).collect();
            self.call_regs(&init, &all, names)?
        } else {
            let of = object.class().to_value();
            let bound = self.descriptor_get(&init, Some(&object), &of)?;
            self.call_regs(&bound, args, names)?
        };
        if !result.is_none() {
            let message = format!("__init__() should return None, not '{}'", result.class_name());
            return Err(self.type_error(message));
        }
        Ok(object)
    }

    /// The positional arguments of `f(*args)`.
    pub(crate) fn star_args(&mut self, callable: &Value, args: &Value) -> R<Vec<Value>> {
        if !self.is_iterable(args) {
            let title = self.callable_title(callable);
            let message = format!("{title} argument after * must be an iterable, not {}", args.class_name());
            return Err(self.type_error(message));
        }
        self.collect(args)
    }

    /// The keywords of `f(**keywords)`.
    pub(crate) fn star_keywords(
        &mut self,
        callable: &Value,
        keywords: &Value,
        names: &mut Vec<Value>,
        values: &mut SmallVec<[Value; 8]>,
    ) -> R<()> {
        let items = match keywords.exactly::<Dict>() {
            Some(dict) => dict.items(self),
            None => self.mapping_items(keywords, |h| {
                let title = h.callable_title(callable);
                format!("{title} argument after ** must be a mapping, not {}", keywords.class_name())
            })?,
        };
        for (name, value) in items {
            if name.downcast::<crate::objects::str::Str>().is_none() {
                return Err(self.type_error("keywords must be strings"));
            }
            names.push(name);
            values.push(value);
        }
        Ok(())
    }

    /// `module.function()` as messages about star arguments name a callable.
    pub(crate) fn callable_title(&mut self, callable: &Value) -> String {
        let qualname = match self.find_attr(callable, n::__qualname__.value()) {
            Ok(Some(name)) => text_of(&name),
            _ => return self.str_text(callable).unwrap_or_default(),
        };
        match self.find_attr(callable, n::__module__.value()) {
            Ok(Some(module)) if !module.is_none() && text_of(&module) != "builtins" => {
                format!("{}.{qualname}()", text_of(&module))
            }
            _ => format!("{qualname}()"),
        }
    }

    /// The items of a mapping that need not be a dict: by its `keys()`. `not_a_mapping` words the TypeError.
    pub(crate) fn mapping_items(
        &mut self,
        mapping: &Value,
        not_a_mapping: impl FnOnce(&mut Held) -> String,
    ) -> R<Vec<(Value, Value)>> {
        if let Some(dict) = crate::types::dict_update::as_plain(self, mapping) {
            return Ok(dict.items(self));
        }
        let keys = match self.find_attr(mapping, n::keys.value())? {
            Some(keys) => self.call(&keys, &[])?,
            None => {
                let message = not_a_mapping(self);
                return Err(self.error(Exc::TypeError, message));
            }
        };
        let mut items = Vec::new();
        for key in self.collect(&keys)? {
            let value = self.get_item(mapping, &key)?;
            items.push((key, value));
        }
        Ok(items)
    }
}
