//! `itemgetter`, `attrgetter` and `methodcaller`.
//!
//! In: indexes, names, arguments. Out: callables of one object. The one invariant: names are interned and split at their dots
//! when the callable is made.

use crate::native::{class_of, enter, this};
use interpreter::objects::class::class_flag;
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::str::Str;
use interpreter::objects::value::{Reg, Value};
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub(super) fn add(h: &mut Held, module: &Module) {
    static ITEM: Def = def("__new__", "*args, **kwargs", new_item);
    static ATTR: Def = def("__new__", "*args, **kwargs", new_attr);
    static METHOD: Def = def("__new__", "*args, **kwargs", new_method);
    let spec = ClassSpec::new::<ItemGetter>(h, "operator", "itemgetter")
        .flags(class_flag::FINAL)
        .constructor(h, &ITEM)
        .methods(h, &ITEM_METHODS);
    let item = spec.callable(h, get_items).build(h);
    let spec = ClassSpec::new::<AttrGetter>(h, "operator", "attrgetter")
        .flags(class_flag::FINAL)
        .constructor(h, &ATTR)
        .methods(h, &ATTR_METHODS);
    let attr = spec.callable(h, get_attrs).build(h);
    let spec =
        ClassSpec::new::<MethodCaller>(h, "operator", "methodcaller").flags(class_flag::FINAL).constructor(h, &METHOD);
    let method = spec.methods(h, &METHOD_METHODS).callable(h, call_method).build(h);
    for class in [item, attr, method] {
        enter(h, module, &class);
    }
}

/// `itemgetter(*items)`.
pub struct ItemGetter {
    items: Vec<Value>,
}

interpreter::object!(ItemGetter, "itemgetter", traced[items]);

/// `attrgetter(*names)`.
pub struct AttrGetter {
    names: Vec<Value>,
    /// Each name's parts.
    paths: Vec<Vec<Value>>,
}

interpreter::object!(AttrGetter, "attrgetter", traced [names, paths]);

/// `methodcaller(name, *args, **keywords)`.
pub struct MethodCaller {
    name: Value,
    /// Positional arguments, then the keywords' values.
    args: Vec<Value>,
    keywords: Vec<Value>,
}

interpreter::object!(MethodCaller, "methodcaller", traced [name, args, keywords]);

/// The positional arguments of a constructor that takes no keywords.
fn positional<'a>(h: &mut Held, name: &str, args: Args<'a>) -> R<&'a [Value]> {
    if args[2].downcast::<Dict>().is_some_and(|keywords| !keywords.is_empty(h)) {
        return Err(h.type_error(format!("{name}() takes no keyword arguments")));
    }
    if args.rest(1).is_empty() {
        return Err(h.type_error(format!("{name} expected 1 argument, got 0")));
    }
    Ok(args.rest(1))
}

/// The one argument of a call.
fn only<'a>(h: &mut Held, name: &str, args: &'a [Reg], names: &[Value]) -> R<&'a Value> {
    match args {
        [Some(object)] if names.is_empty() => Ok(object),
        _ if !names.is_empty() => Err(h.type_error(format!("{name}() takes no keyword arguments"))),
        _ => Err(h.type_error(format!("{name} expected 1 argument, got {}", args.len()))),
    }
}

fn new_item(h: &mut Held, args: Args<'_>) -> R {
    let items = positional(h, "itemgetter", args)?.to_vec();
    Ok(h.new_object(class_of(args), ItemGetter { items }).into_value())
}

fn get_items(h: &mut Held, getter: &Value, args: &[Reg], names: &[Value]) -> R {
    let object = only(h, "itemgetter", args, names)?;
    match &this::<ItemGetter>(getter).items[..] {
        [item] => h.get_item(object, item),
        items => {
            let found = items.iter().map(|item| h.get_item(object, item)).collect::<R<Vec<_>>>()?;
            Ok(h.new_tuple(found))
        }
    }
}

fn new_attr(h: &mut Held, args: Args<'_>) -> R {
    let (mut names, mut paths) = (Vec::new(), Vec::new());
    for name in positional(h, "attrgetter", args)? {
        let Some(text) = name.downcast::<Str>().map(|name| name.text()) else {
            return Err(h.type_error("attribute name must be a string"));
        };
        paths.push(text.split('.').map(|part| h.intern(part)).collect());
        names.push(name.clone());
    }
    Ok(h.new_object(class_of(args), AttrGetter { names, paths }).into_value())
}

fn get_attrs(h: &mut Held, getter: &Value, args: &[Reg], names: &[Value]) -> R {
    let object = only(h, "attrgetter", args, names)?;
    match &this::<AttrGetter>(getter).paths[..] {
        [path] => get_path(h, object, path),
        paths => {
            let found = paths.iter().map(|path| get_path(h, object, path)).collect::<R<Vec<_>>>()?;
            Ok(h.new_tuple(found))
        }
    }
}

fn get_path(h: &mut Held, object: &Value, path: &[Value]) -> R {
    let mut found = object.clone();
    for name in path {
        found = h.get_attr(&found, name)?;
    }
    Ok(found)
}

fn new_method(h: &mut Held, args: Args<'_>) -> R {
    let Some((name, rest)) = args.rest(1).split_first() else {
        return Err(h.type_error("methodcaller needs at least one argument, the method name"));
    };
    if name.downcast::<Str>().is_none() {
        return Err(h.type_error("method name must be a string"));
    }
    let name = h.intern_value(name);
    let mut all = rest.to_vec();
    let mut keywords = Vec::new();
    for (name, value) in args[2].downcast::<Dict>().map(|given| given.items(h)).unwrap_or_default() {
        keywords.push(name);
        all.push(value);
    }
    Ok(h.new_object(class_of(args), MethodCaller { name, args: all, keywords }).into_value())
}

fn call_method(h: &mut Held, caller: &Value, args: &[Reg], names: &[Value]) -> R {
    let object = only(h, "methodcaller", args, names)?;
    let caller = this::<MethodCaller>(caller);
    let method = h.get_attr(object, &caller.name)?;
    h.call_with_names(&method, &caller.args, &caller.keywords)
}

/// `operator.itemgetter(1, 2)`.
fn repr(h: &mut Held, of: &Value, args: &[Value], keywords: &[Value]) -> R {
    let name = of.class_name();
    let done = h.in_repr(of, |h| {
        let positional = args.len() - keywords.len();
        let mut parts = Vec::new();
        for (i, arg) in args.iter().enumerate() {
            let text = h.repr_text(arg)?;
            parts.push(match i.checked_sub(positional) {
                Some(i) => format!("{}={text}", h.str_text(&keywords[i])?),
                None => text,
            });
        }
        Ok(h.new_str(&format!("{name}({})", parts.join(", "))))
    })?;
    Ok(done.unwrap_or_else(|| h.new_str(&format!("{name}(...)"))))
}

fn reduce(h: &mut Held, of: &Value, args: &[Value]) -> R {
    let inner = h.tuple_of(args);
    Ok(h.new_tuple(vec![of.class().to_value(), inner]))
}

static ITEM_METHODS: [Def; 2] = [
    def("__repr__", "", |h, args| repr(h, &args[0], &args.this::<ItemGetter>().items, &[])),
    def("__reduce__", "", |h, args| reduce(h, &args[0], &args.this::<ItemGetter>().items)),
];

static ATTR_METHODS: [Def; 2] = [
    def("__repr__", "", |h, args| repr(h, &args[0], &args.this::<AttrGetter>().names, &[])),
    def("__reduce__", "", |h, args| reduce(h, &args[0], &args.this::<AttrGetter>().names)),
];

static METHOD_METHODS: [Def; 2] = [
    def("__repr__", "", |h, args| {
        let caller = args.this::<MethodCaller>();
        let all: Vec<Value> = std::iter::once(&caller.name).chain(&caller.args).cloned().collect();
        repr(h, &args[0], &all, &caller.keywords)
    }),
    def("__reduce__", "", |h, args| {
        let caller = args.this::<MethodCaller>();
        let positional = caller.args.len() - caller.keywords.len();
        if caller.keywords.is_empty() {
            let all: Vec<Value> = std::iter::once(&caller.name).chain(&caller.args).cloned().collect();
            return reduce(h, &args[0], &all);
        }
        let functools = h.import_module("functools")?;
        let name = h.intern("partial");
        let partial = h.get_attr(&functools, &name)?;
        let mut all = vec![args[0].class().to_value(), caller.name.clone()];
        all.extend_from_slice(&caller.args[positional..]);
        let maker = h.call_with_names(&partial, &all, &caller.keywords)?;
        let inner = h.tuple_of(&caller.args[..positional]);
        Ok(h.new_tuple(vec![maker, inner]))
    }),
];
