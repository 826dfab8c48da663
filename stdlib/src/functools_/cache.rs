//! The wrapper that `functools.lru_cache` makes.
//!
//! In: a function. Out: a callable that remembers results by arguments. The one invariant: the table's order is that of use,
//! the least recently used first; it never holds more than `maxsize` results.
//!
//! A key is the single argument itself if that is an exact int or string, else a tuple of arguments, a mark, keywords and
//! (if typed) classes. Everything between two calls of the program's code is done with the GIL held and without a switch
//! point, so threads see either all of it or nothing.

use crate::native::enter;
use interpreter::builtins::objects::is_callable;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::class_cell::ClassCell;
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Object, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::clear::register_clear;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use std::cell::Cell;

/// The data of a wrapper.
struct Cached {
    function: Value,
    results: Ref<Dict>,
    /// Nothing: without bound.
    maxsize: Option<usize>,
    typed: bool,
    info: Value,
    hits: Cell<u64>,
    misses: Cell<u64>,
}

interpreter::object!(Cached, "lru_cache_wrapper", traced [function, results, info]);

pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW: Def = def("__new__", "user_function, maxsize, typed, cache_info_type", new);
    let class = ClassSpec::new::<Cached>(h, "functools", "_lru_cache_wrapper")
        .flags(class_flag::HAS_DICT | class_flag::WEAKREFS)
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .attrs(h, &interpreter::types::object::DICT)
        .build(h);
    register_clear(Cached::kind(), |h, value| {
        if let Some(cached) = value.downcast::<Cached>() {
            cached.results.clear(h);
        }
    });
    enter(h, module, &class);
}

static METHODS: [Def; 7] = [
    def("__call__", "*args, **kwargs", call),
    def("__get__", "instance, owner=None, /", |h, args| match args[1].is_none() {
        true => Ok(args[0].clone()),
        false => Ok(h.new_bound_method(args[0].clone(), args[1].clone())),
    }),
    def("cache_info", "", cache_info),
    def("cache_clear", "", |h, args| {
        let cached = args.this::<Cached>();
        cached.hits.set(0);
        cached.misses.set(0);
        cached.results.clear(h);
        Ok(Value::NONE)
    }),
    def("__copy__", "", |_, args| Ok(args[0].clone())),
    def("__deepcopy__", "memo, /", |_, args| Ok(args[0].clone())),
    def("__reduce__", "", |h, args| h.get(&args[0], n::__qualname__)),
];

fn new(h: &mut Held, args: Args<'_>) -> R {
    if !is_callable(h, &args[1]) {
        return Err(h.type_error("the first argument must be callable"));
    }
    let maxsize = match &args[2] {
        none if none.is_none() => None,
        size if size.as_int().is_some() => Some(h.to_isize(size)?.max(0) as usize),
        _ => return Err(h.type_error("maxsize should be integer or None")),
    };
    let cached = Cached {
        function: args[1].clone(),
        results: h.new_dict(),
        maxsize,
        typed: h.truth(&args[3])?,
        info: args[4].clone(),
        hits: Cell::new(0),
        misses: Cell::new(0),
    };
    Ok(h.new_object(args.this::<Class>(), cached).into_value())
}

fn call(h: &mut Held, args: Args<'_>) -> R {
    let cached = args.this::<Cached>();
    let given = args.rest(1);
    let keywords = args[2].downcast::<Dict>().filter(|keywords| !keywords.is_empty(h));
    if cached.maxsize == Some(0) {
        cached.misses.set(cached.misses.get() + 1);
        return cached.ask(h, given, keywords);
    }
    let key = cached.key(h, given, keywords);
    let hash = h.hash(&key)?;
    if let Some(result) = cached.find(h, &key, hash)? {
        cached.hits.set(cached.hits.get() + 1);
        return Ok(result);
    }
    cached.misses.set(cached.misses.get() + 1);
    let result = cached.ask(h, given, keywords)?;
    cached.enter(h, key, hash, &result)?;
    Ok(result)
}

impl Cached {
    fn ask(&self, h: &mut Held, args: &[Value], keywords: Option<&Obj<Dict>>) -> R {
        match keywords {
            Some(keywords) => h.call_with_dict(&self.function, args, keywords),
            None => h.call(&self.function, args),
        }
    }

    /// The result for a key, which thereby becomes the most recently used.
    fn find(&self, h: &mut Held, key: &Value, hash: i64) -> R<Option<Value>> {
        let found = self.results.get_hashed(h, key, hash)?;
        if found.is_some()
            && self.maxsize.is_some()
            && let Some((key, value)) = self.results.remove_hashed(h, key, hash)?
        {
            self.results.set_hashed(h, key, hash, value)?;
        }
        Ok(found)
    }

    /// Remembers a result, unless the call itself has done so; the least recently used one makes room.
    fn enter(&self, h: &mut Held, key: Value, hash: i64, result: &Value) -> R<()> {
        if self.maxsize.is_some() && self.results.get_hashed(h, &key, hash)?.is_some() {
            return Ok(());
        }
        if let Some(most) = self.maxsize
            && self.results.len(h) >= most
            && let Some((_, old_hash, old_key, _)) = self.results.next_entry(h, 0)
        {
            drop(self.results.remove_hashed(h, &old_key, old_hash)?);
        }
        drop(self.results.set_hashed(h, key, hash, result.clone())?);
        Ok(())
    }

    fn key(&self, h: &mut Held, args: &[Value], keywords: Option<&Obj<Dict>>) -> Value {
        if let ([only], None, false) = (args, keywords, self.typed)
            && (only.is_exact_int() || only.exactly::<Str>().is_some())
        {
            return only.clone();
        }
        let mut parts = args.to_vec();
        let keywords = keywords.map(|keywords| keywords.items(h)).unwrap_or_default();
        if !keywords.is_empty() {
            parts.push(mark(h));
        }
        parts.extend(keywords.iter().flat_map(|(name, value)| [name.clone(), value.clone()]));
        if self.typed {
            parts.extend(args.iter().map(|arg| arg.class().to_value()));
            parts.extend(keywords.iter().map(|(_, value)| value.class().to_value()));
        }
        h.new_tuple(parts)
    }
}

/// What divides arguments from keywords in a key: equal to nothing that a program can pass.
fn mark(h: &mut Held) -> Value {
    static MARK: ClassCell = ClassCell::new();
    struct Mark;
    interpreter::object!(Mark, "keyword_mark");
    MARK.get_or_make(h, |h| ClassSpec::new::<Mark>(h, "_functools", "_kwd_mark").build(h)).into_value()
}

fn cache_info(h: &mut Held, args: Args<'_>) -> R {
    let cached = args.this::<Cached>();
    let maxsize = cached.maxsize.map_or(Value::NONE, |size| h.new_int(size as i64));
    let numbers =
        [h.new_uint(cached.hits.get()), h.new_uint(cached.misses.get()), maxsize, h.new_int(cached.results.len(h) as i64)];
    h.call(&cached.info, &numbers)
}
