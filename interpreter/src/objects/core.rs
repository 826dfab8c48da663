//! The builtin classes and the few shared objects, made once at start-up.
//!
//! In: nothing. Out: `core()`, through which everything finds `int`, `list` and the rest. The one invariant: it is complete
//! before the first toy code runs and never changes; its objects live for ever.
//!
//! `type` is an instance of itself and `object` its base, so these two, `str` and `dict` are made by hand; then
//! `types::init` adds methods to all.

use super::class::{Class, class_flag};
use super::dict::Dict;
use super::exception::{Exc, HIERARCHY};
use super::header::{Kind, Object, Ref};
use super::heap;
use super::value::Value;
use crate::sync::{Bolt, Count, Flags, Held, Word};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicPtr, Ordering};

static CORE: AtomicPtr<Core> = AtomicPtr::new(std::ptr::null_mut());

/// The builtin classes and shared objects.
#[inline(always)]
pub fn core() -> &'static Core {
    // SAFETY: set once by `boot`, before anything asks, and never freed.
    unsafe { &*CORE.load(Ordering::Relaxed) }
}

/// The class of a word that is no pointer.
#[inline]
pub(super) fn class_of_immediate(value: &Value) -> &'static super::header::Obj<Class> {
    let core = core();
    if value.is_int_word() {
        &core.int
    } else if value.bits() & 3 == 2 {
        &core.float
    } else if value.is_none() {
        &core.none_type
    } else if value.as_bool().is_some() {
        &core.bool
    } else if value.is(&Value::NOT_IMPLEMENTED) {
        &core.not_implemented_type
    } else {
        &core.ellipsis_type
    }
}

macro_rules! core {
    ($($field:ident $name:literal $data:ty, $($flag:ident)|*;)*) => {
        /// See `core()`.
        #[allow(missing_docs)]
        pub struct Core {
            pub object: Ref<Class>,
            pub type_: Ref<Class>,
            pub str: Ref<Class>,
            pub dict: Ref<Class>,
            $(pub $field: Ref<Class>,)*
            pub exceptions: Vec<Ref<Class>>,
            pub empty_str: Value,
            pub latin1: Vec<Value>,
            pub empty_tuple: Value,
        }

        fn fill(h: &mut Held, object: Ref<Class>, type_: Ref<Class>, str: Ref<Class>, dict: Ref<Class>) {
            let (empty_str, latin1) = super::str::make_shared(&str);
            $(let $field = {
                <$data>::register_kind();
                bare(&type_, &object, &dict, <$data as Object>::kind(), 0 $(| class_flag::$flag)*)
            };)*
            let core = Core {
                object, type_, str, dict, $($field,)*
                exceptions: Vec::new(), empty_str, latin1, empty_tuple: Value::NONE,
            };
            CORE.store(Box::into_raw(Box::new(core)), Ordering::Release);
            let _ = h;
        }

        /// All classes but exceptions, bases first, with their names.
        fn all(core: &Core) -> Vec<(&Ref<Class>, &'static str)> {
            vec![
                (&core.object, "object"), (&core.type_, "type"), (&core.str, "str"), (&core.dict, "dict"),
                $((&core.$field, $name),)*
            ]
        }
    };
}

/// Classes whose instances are immediates have no data of their own.
pub struct Nothing;

crate::object!(Nothing, "nothing");

core! {
    int "int" super::int::Int, ;
    bool "bool" super::int::Int, FINAL;
    float "float" super::float::Float, ;
    none_type "NoneType" Nothing, FINAL;
    not_implemented_type "NotImplementedType" Nothing, FINAL;
    ellipsis_type "ellipsis" Nothing, FINAL;
    bytes "bytes" super::bytes::Bytes, ;
    bytearray "bytearray" super::bytes::ByteArray, ;
    memoryview "memoryview" super::bytes::MemoryView, FINAL | WEAKREFS | SEQUENCE;
    tuple "tuple" super::tuple::Tuple, SEQUENCE;
    list "list" super::list::List, SEQUENCE;
    set "set" super::set::Set, WEAKREFS;
    frozenset "frozenset" super::set::Set, WEAKREFS;
    range "range" super::range::Range, FINAL | SEQUENCE;
    slice "slice" super::slice::Slice, FINAL;
    function "function" super::function::Function, FINAL | HAS_DICT | WEAKREFS;
    builtin_function "builtin_function_or_method" super::function::Native, FINAL | NO_NEW | WEAKREFS;
    method_descriptor "method_descriptor" super::function::Native, FINAL | NO_NEW;
    wrapper_descriptor "wrapper_descriptor" super::function::Native, FINAL | NO_NEW;
    method_wrapper "method-wrapper" super::function::Native, FINAL | NO_NEW;
    bound_method "method" super::function::BoundMethod, FINAL | WEAKREFS;
    cell "cell" super::function::SharedCell, FINAL;
    code "code" super::code::Code, FINAL | WEAKREFS;
    module "module" super::module::Module, HAS_DICT | WEAKREFS;
    generator "generator" super::generator::Generator, FINAL | NO_NEW | WEAKREFS;
    coroutine "coroutine" super::generator::Generator, FINAL | NO_NEW | WEAKREFS;
    async_generator "async_generator" super::generator::Generator, FINAL | NO_NEW | WEAKREFS;
    coroutine_wrapper "coroutine_wrapper" crate::types::coroutine::Wrapper, FINAL | NO_NEW;
    async_generator_asend "async_generator_asend" crate::types::async_generator::ASend, FINAL | NO_NEW;
    async_generator_athrow "async_generator_athrow" crate::types::async_generator::AThrow, FINAL | NO_NEW;
    wrapped "async_generator_wrapped_value" super::wrapped::Wrapped, FINAL | NO_NEW;
    property "property" super::descriptor::Property, ;
    getset_descriptor "getset_descriptor" super::descriptor::GetSet, FINAL | NO_NEW;
    member_descriptor "member_descriptor" super::descriptor::Member, FINAL | NO_NEW;
    classmethod "classmethod" super::descriptor::ClassMethod, HAS_DICT;
    staticmethod "staticmethod" super::descriptor::StaticMethod, HAS_DICT;
    mapping_proxy "mappingproxy" super::proxy::MappingProxy, FINAL | MAPPING;
    range_iterator "range_iterator" super::iter::RangeIter, FINAL | NO_NEW;
    list_iterator "list_iterator" super::iter::ListIter, FINAL | NO_NEW;
    tuple_iterator "tuple_iterator" super::iter::ListIter, FINAL | NO_NEW;
    str_iterator "str_iterator" super::iter::StrIter, FINAL | NO_NEW;
    str_ascii_iterator "str_ascii_iterator" super::iter::StrIter, FINAL | NO_NEW;
    bytes_iterator "bytes_iterator" super::iter::BytesIter, FINAL | NO_NEW;
    bytearray_iterator "bytearray_iterator" super::iter::BytesIter, FINAL | NO_NEW;
    memory_iterator "memory_iterator" super::iter::BytesIter, FINAL | NO_NEW;
    getitem_iterator "iterator" super::iter::GetItemIter, FINAL | NO_NEW;
    longrange_iterator "longrange_iterator" super::iter::LongRangeIter, FINAL | NO_NEW;
    list_reverseiterator "list_reverseiterator" super::iter::ListReverse, FINAL | NO_NEW;
    callable_iterator "callable_iterator" super::iter::CallIter, FINAL | NO_NEW;
    set_iterator "set_iterator" super::iter::SetIter, FINAL | NO_NEW;
    dict_keys "dict_keys" super::dict_view::DictView, FINAL | NO_NEW;
    dict_values "dict_values" super::dict_view::DictView, FINAL | NO_NEW;
    dict_items "dict_items" super::dict_view::DictView, FINAL | NO_NEW;
    dict_keyiterator "dict_keyiterator" super::dict_view::DictIter, FINAL | NO_NEW;
    dict_valueiterator "dict_valueiterator" super::dict_view::DictIter, FINAL | NO_NEW;
    dict_itemiterator "dict_itemiterator" super::dict_view::DictIter, FINAL | NO_NEW;
    dict_reversekeyiterator "dict_reversekeyiterator" super::dict_view::DictIter, FINAL | NO_NEW;
    dict_reversevalueiterator "dict_reversevalueiterator" super::dict_view::DictIter, FINAL | NO_NEW;
    dict_reverseitemiterator "dict_reverseitemiterator" super::dict_view::DictIter, FINAL | NO_NEW;
    enumerate "enumerate" super::adapters::Enumerate, ;
    zip "zip" super::adapters::Zip, ;
    map "map" super::adapters::Map, ;
    filter "filter" super::adapters::Filter, ;
    reversed "reversed" super::adapters::Reversed, ;
    traceback "traceback" super::exception::Traceback, FINAL;
    frame "frame" super::frame::FrameObject, FINAL | NO_NEW;
    weakref "ReferenceType" super::weakref::WeakRef, ;
    weak_proxy "ProxyType" super::weakref::WeakRef, FINAL | NO_NEW;
    weak_callable_proxy "CallableProxyType" super::weakref::WeakRef, FINAL | NO_NEW;
    generic_alias "GenericAlias" super::proxy::GenericAlias, WEAKREFS;
    union_type "UnionType" super::proxy::UnionType, FINAL | NO_NEW;
}

/// A class's bare object: no base but `object`, no methods, its own metaclass `type`.
fn bare(type_: &Ref<Class>, object: &Ref<Class>, dict_class: &Ref<Class>, kind: Kind, flags: u32) -> Ref<Class> {
    let class = allocate_class(vec![object.clone()], dict_class, kind, flags);
    class.header().shape.set(type_.root_shape());
    type_.hold_for_instance();
    class
}

/// Allocates a class whose name is filled in later and whose metaclass is set by the caller.
fn allocate_class(bases: Vec<Ref<Class>>, dict_class: &Ref<Class>, kind: Kind, flags: u32) -> Ref<Class> {
    use super::header::{Header, Obj, allocate, flag};
    let dict: Ref<Dict> = allocate(dict_class, Dict::default(), 0);
    let place = heap::allocate(size_of::<Obj<Class>>(), true).cast::<Obj<Class>>();
    let data = Class::new(place, Value::NONE, Value::NONE, bases, dict, kind, flags | class_flag::BUILTIN);
    let header = Header {
        count: Count::one(),
        kind: Kind::CLASS,
        flags: Flags::new(flag::TRACED | heap::flag_of(size_of::<Obj<Class>>())),
        lock: Bolt::new(),
        shape: Word::new(NonNull::dangling()),
    };
    // SAFETY: the heap gave room for a class object; the reference of count one belongs to the `Ref`.
    unsafe { Obj::write(place, header, data) }
}

/// Makes the four classes that need each other, then all others.
pub(crate) fn boot(h: &mut Held) {
    Class::register_kind();
    Dict::register_kind();
    super::str::Str::register_kind();
    super::instance::Instance::register_kind();
    super::exception::Exception::register_kind();
    super::tuple::Tuple::register_kind();
    let dict_class = first_class(Kind::DICT, class_flag::MAPPING);
    let make = |kind, flags| allocate_class(Vec::new(), &dict_class, kind, flags);
    let type_ = make(Kind::CLASS, class_flag::WEAKREFS | class_flag::HAS_DICT);
    let object = make(Kind::INSTANCE, 0);
    let str_class = make(Kind::STR, 0);
    for class in [&dict_class, &type_, &object, &str_class] {
        class.header().shape.set(type_.root_shape());
        type_.hold_for_instance();
    }
    for class in [&dict_class, &type_, &str_class] {
        class.bases.write(h, |bases| bases.push(object.clone()));
    }
    fill(h, object, type_, str_class, dict_class);
    // SAFETY: nobody looks at it yet, and nobody else has the pointer.
    unsafe { (*CORE.load(Ordering::Relaxed)).empty_tuple = super::tuple::make_empty(&core().tuple) };
    make_exceptions(h);
    super::names::intern_all(h);
    name_all(h);
}

/// `dict` itself: its namespace is made of its own class.
fn first_class(kind: Kind, flags: u32) -> Ref<Class> {
    use super::header::{Header, Obj, flag};
    let dict_place = heap::allocate(size_of::<Obj<Dict>>(), true).cast::<Obj<Dict>>();
    let place = heap::allocate(size_of::<Obj<Class>>(), true).cast::<Obj<Class>>();
    let header = |kind, size| Header {
        count: Count::one(),
        kind,
        flags: Flags::new(flag::TRACED | heap::flag_of(size)),
        lock: Bolt::new(),
        shape: Word::new(NonNull::dangling()),
    };
    // SAFETY: the heap gave room for both objects; the references of count one belong to the `Ref`s.
    unsafe {
        let dict = Obj::write(dict_place, header(Kind::DICT, size_of::<Obj<Dict>>()), Dict::default());
        let data =
            Class::new(place, Value::NONE, Value::NONE, Vec::new(), dict.clone(), kind, flags | class_flag::BUILTIN);
        let class = Obj::write(place, header(Kind::CLASS, size_of::<Obj<Class>>()), data);
        dict.header().shape.set(class.root_shape());
        class.hold_for_instance();
        class
    }
}

fn make_exceptions(h: &mut Held) {
    let base_kind = Kind::EXCEPTION;
    let mut classes: Vec<Ref<Class>> = Vec::with_capacity(Exc::COUNT);
    let flags = class_flag::HAS_DICT;
    let make = |base: &Ref<Class>| {
        let class = allocate_class(vec![base.clone()], &core().dict, base_kind, flags);
        class.header().shape.set(core().type_.root_shape());
        core().type_.hold_for_instance();
        class
    };
    classes.push(make(&core().object));
    for (_, _, base) in HIERARCHY {
        let class = make(&classes[*base as usize]);
        classes.push(class);
    }
    let _ = h;
    // SAFETY: nobody looks at the exceptions yet, and nobody else has the pointer.
    unsafe { (*CORE.load(Ordering::Relaxed)).exceptions = classes };
}

/// Gives all classes their names and resolution orders.
fn name_all(h: &mut Held) {
    let core = core();
    core.bool.bases.write(h, |bases| *bases = vec![core.int.clone()]);
    for (class, name) in all(core) {
        finish(h, class, name);
    }
    let also = core.exceptions[Exc::Exception as usize].clone();
    core.exceptions[Exc::ExceptionGroup as usize].bases.write(h, |bases| bases.push(also));
    finish(h, &core.exceptions[0], "BaseException");
    for (exc, name, _) in HIERARCHY {
        finish(h, &core.exceptions[*exc as usize], name);
    }
}

fn finish(h: &mut Held, class: &Ref<Class>, name: &str) {
    let name = h.intern(name);
    class.name.write(h, |own| *own = name.clone());
    class.qualname.write(h, |own| *own = name);
    let bases = class.bases.read(h, Clone::clone);
    let mut mro = vec![class.clone()];
    mro.extend(super::make_class::linearize(h, &bases).unwrap_or_default());
    bases.iter().for_each(|base| base.add_subclass(class));
    class.mro.write(h, |own| *own = mro);
}
