//! `itemgetter`, `attrgetter` and `methodcaller`.
//!
//! In: keys, dotted names or a method's name with arguments. Out: callables that get them of an object. The one invariant:
//! what is to be got is fixed when the callable is made.

use crate::native::{enter, made, this};
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::str::{Str, text_of};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW_ITEM: Def = def("__new__", "*items", new_itemgetter);
    static NEW_ATTR: Def = def("__new__", "*attrs", new_attrgetter);
    static NEW_METHOD: Def = def("__new__", "*args, **kwargs", new_methodcaller);
    let item = ClassSpec::new::<ItemGetter>(h, "operator", "itemgetter").constructor(h, &NEW_ITEM);
    let attr = ClassSpec::new::<AttrGetter>(h, "operator", "attrgetter").constructor(h, &NEW_ATTR);
    let method = ClassSpec::new::<MethodCaller>(h, "operator", "methodcaller").constructor(h, &NEW_METHOD);
    let classes = [
        item.methods(h, &ITEM).build(h),
        attr.methods(h, &ATTR).build(h),
        method.methods(h, &METHOD).build(h),
    ];
    classes.iter().for_each(|class| enter(h, module, class));
}

/// `itemgetter(*items)`.
struct ItemGetter {
    items: Vec<Value>,
}

interpreter::object!(ItemGetter, "itemgetter", traced [items]);

static ITEM: [Def; 3] = [
    def("__call__", "obj, /", |h, args| {
        let items = &this::<ItemGetter>(&args[0]).items;
        if let [item] = &items[..] {
            return h.get_item(&args[1], item);
        }
        let mut found = Vec::with_capacity(items.len());
        for item in items {
            found.push(h.get_item(&args[1], item)?);
        }
        Ok(h.new_tuple(found))
    }),
    def("__repr__", "", |h, args| repr(h, "operator.itemgetter", &args[0], &this::<ItemGetter>(&args[0]).items, None)),
    def("__reduce__", "", |h, args| {
        let items = h.tuple_of(&this::<ItemGetter>(&args[0]).items);
        Ok(h.new_pair(args[0].class().to_value(), items))
    }),
];

fn new_itemgetter(h: &mut Held, args: Args<'_>) -> R {
    if args.rest(1).is_empty() {
        return Err(h.type_error("itemgetter expected 1 argument, got 0"));
    }
    made(h, args, ItemGetter { items: args.rest(1).to_vec() })
}

/// `attrgetter(*names)`.
struct AttrGetter {
    /// As given.
    names: Vec<Value>,
    /// Each split at its dots, interned.
    paths: Vec<Vec<Value>>,
}

interpreter::object!(AttrGetter, "attrgetter", traced [names, paths]);

static ATTR: [Def; 3] = [
    def("__call__", "obj, /", |h, args| {
        let paths = &this::<AttrGetter>(&args[0]).paths;
        if let [path] = &paths[..] {
            return follow(h, &args[1], path);
        }
        let mut found = Vec::with_capacity(paths.len());
        for path in paths {
            found.push(follow(h, &args[1], path)?);
        }
        Ok(h.new_tuple(found))
    }),
    def("__repr__", "", |h, args| repr(h, "operator.attrgetter", &args[0], &this::<AttrGetter>(&args[0]).names, None)),
    def("__reduce__", "", |h, args| {
        let names = h.tuple_of(&this::<AttrGetter>(&args[0]).names);
        Ok(h.new_pair(args[0].class().to_value(), names))
    }),
];

fn new_attrgetter(h: &mut Held, args: Args<'_>) -> R {
    let names = args.rest(1);
    if names.is_empty() {
        return Err(h.type_error("attrgetter expected 1 argument, got 0"));
    }
    if names.iter().any(|name| name.downcast::<Str>().is_none()) {
        return Err(h.type_error("attribute name must be a string"));
    }
    let paths = names.iter().map(|name| text_of(name).split('.').map(|part| h.intern(part)).collect()).collect();
    made(h, args, AttrGetter { names: names.to_vec(), paths })
}

fn follow(h: &mut Held, object: &Value, path: &[Value]) -> R {
    let mut object = object.clone();
    for name in path {
        object = h.get_attr(&object, name)?;
    }
    Ok(object)
}

/// `methodcaller(name, *args, **kwargs)`.
struct MethodCaller {
    name: Value,
    args: Vec<Value>,
    keywords: Ref<Dict>,
}

interpreter::object!(MethodCaller, "methodcaller", traced [name, args, keywords]);

static METHOD: [Def; 3] = [
    def("__call__", "obj, /", |h, args| {
        let caller = this::<MethodCaller>(&args[0]);
        let method = h.get_attr(&args[1], &caller.name)?;
        h.call_with_dict(&method, &caller.args, &caller.keywords)
    }),
    def("__repr__", "", |h, args| {
        let caller = this::<MethodCaller>(&args[0]);
        let all: Vec<Value> = std::iter::once(&caller.name).chain(&caller.args).cloned().collect();
        repr(h, "operator.methodcaller", &args[0], &all, Some(&caller.keywords))
    }),
    def("__reduce__", "", reduce_methodcaller),
];

fn new_methodcaller(h: &mut Held, args: Args<'_>) -> R {
    let Some((name, rest)) = args.rest(1).split_first() else {
        return Err(h.type_error("methodcaller needs at least one argument, the method name"));
    };
    if name.downcast::<Str>().is_none() {
        return Err(h.type_error("method name must be a string"));
    }
    let keywords = match args[2].downcast::<Dict>() {
        Some(keywords) => keywords.to_ref(),
        None => h.new_dict(),
    };
    let name = h.intern_value(name);
    made(h, args, MethodCaller { name, args: rest.to_vec(), keywords })
}

/// `(methodcaller, (name, *args))`, by a partial if there are keywords.
fn reduce_methodcaller(h: &mut Held, args: Args<'_>) -> R {
    let caller = this::<MethodCaller>(&args[0]);
    let class = args[0].class().to_value();
    if caller.keywords.is_empty(h) {
        let all = std::iter::once(&caller.name).chain(&caller.args).cloned().collect();
        let all = h.new_tuple(all);
        return Ok(h.new_pair(class, all));
    }
    let functools = h.import_module("functools")?;
    let partial = h.intern("partial");
    let partial = h.get_attr(&functools, &partial)?;
    let with_name = h.call_with_dict(&partial, &[class, caller.name.clone()], &caller.keywords)?;
    let rest = h.tuple_of(&caller.args);
    Ok(h.new_pair(with_name, rest))
}

/// `name(arg, ..., key=value, ...)`.
fn repr(h: &mut Held, name: &str, value: &Value, args: &[Value], keywords: Option<&Dict>) -> R {
    let items = keywords.map(|keywords| keywords.items(h)).unwrap_or_default();
    let done = h.in_repr(value, |h| {
        let mut parts = Vec::with_capacity(args.len());
        for arg in args {
            parts.push(h.repr_text(arg)?);
        }
        for (key, value) in items {
            parts.push(format!("{}={}", text_of(&key), h.repr_text(&value)?));
        }
        Ok(h.new_str(&format!("{name}({})", parts.join(", "))))
    })?;
    Ok(done.unwrap_or_else(|| h.new_str(&format!("{name}(...)"))))
}
