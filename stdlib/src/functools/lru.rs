//! `_lru_cache_wrapper`: a function that remembers its results.
//!
//! In: a function, how many results to keep, and whether types matter. Out: a callable. The one invariant: the cache's dict is in the
//! order of last use, so the first item is the one to forget.

use crate::native::{class_of, enter, this};
use interpreter::objects::class::class_flag;
use interpreter::objects::core;
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::value::{Reg, Value};
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::Tally;

pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW: Def = def("__new__", "user_function, maxsize, typed, cache_info_type", new);
    let spec =
        ClassSpec::new::<LruCache>(h, "functools", "_lru_cache_wrapper").flags(class_flag::WEAKREFS).with_dict(h);
    let class = spec.constructor(h, &NEW).methods(h, &METHODS).callable(h, call).build(h);
    enter(h, module, &class);
}

/// The data of a wrapper.
pub struct LruCache {
    function: Value,
    cache: Ref<Dict>,
    /// `None` of the program: no bound.
    maxsize: Option<usize>,
    typed: bool,
    /// Stands between positional arguments and keywords in a key.
    mark: Value,
    info_type: Value,
    hits: Tally,
    misses: Tally,
}

interpreter::object!(LruCache, "_lru_cache_wrapper", traced [function, cache, mark, info_type]);

fn new(h: &mut Held, args: Args<'_>) -> R {
    if !h.is_callable(&args[1]) {
        return Err(h.type_error("the first argument must be callable"));
    }
    let maxsize = match args.opt_some(2) {
        None => None,
        Some(size) if interpreter::types::sequence::is_index(h, size) => Some(h.to_isize(size)?.max(0) as usize),
        Some(_) => return Err(h.type_error("maxsize should be integer or None")),
    };
    let typed = h.truth(&args[3])?;
    let mark = h.call(core().object.value(), &[])?;
    let cache = LruCache {
        function: args[1].clone(),
        cache: h.new_dict(),
        maxsize,
        typed,
        mark,
        info_type: args[4].clone(),
        hits: Tally::new(0),
        misses: Tally::new(0),
    };
    Ok(h.new_object(class_of(args), cache).into_value())
}

fn call(h: &mut Held, wrapper: &Value, args: &[Reg], names: &[Value]) -> R {
    let lru = this::<LruCache>(wrapper);
    if lru.maxsize == Some(0) {
        lru.misses.add(1);
        return h.call_regs(&lru.function, args, names);
    }
    let key = lru.key(h, args, names);
    let hash = h.hash(&key)?;
    let known = match lru.maxsize {
        None => lru.cache.get_hashed(h, &key, hash)?,
        Some(_) => lru.cache.get_and_move(h, &key, hash)?,
    };
    if let Some(known) = known {
        lru.hits.add(1);
        return Ok(known);
    }
    lru.misses.add(1);
    let result = h.call_regs(&lru.function, args, names)?;
    lru.remember(h, key, hash, &result)?;
    Ok(result)
}

impl LruCache {
    /// What the arguments are found by: alone if it is one int or string, else a tuple.
    fn key(&self, h: &mut Held, args: &[Reg], names: &[Value]) -> Value {
        if let [Some(only)] = args
            && !self.typed
            && names.is_empty()
            && (only.is_exact_int() || only.exactly::<Str>().is_some())
        {
            return only.clone();
        }
        let positional = args.len() - names.len();
        let mut key: Vec<Value> = args[..positional].iter().flatten().cloned().collect();
        if !names.is_empty() {
            key.push(self.mark.clone());
        }
        for (name, value) in names.iter().zip(args[positional..].iter().flatten()) {
            key.push(name.clone());
            key.push(value.clone());
        }
        if self.typed {
            key.extend(args.iter().flatten().map(|arg| arg.class().to_value()));
        }
        h.new_tuple(key)
    }

    /// Keeps a result, unless a call in between has kept one, and forgets the one that was used longest ago.
    fn remember(&self, h: &mut Held, key: Value, hash: i64, result: &Value) -> R<()> {
        if let Some(maxsize) = self.maxsize {
            if self.cache.get_hashed(h, &key, hash)?.is_some() {
                return Ok(());
            }
            drop(self.cache.set_hashed(h, key, hash, result.clone())?);
            while self.cache.len(h) > maxsize {
                drop(self.cache.pop_first(h));
            }
            return Ok(());
        }
        drop(self.cache.set_hashed(h, key, hash, result.clone())?);
        Ok(())
    }
}

static METHODS: [Def; 6] = [
    def("cache_info", "", |h, args| {
        let lru = args.this::<LruCache>();
        let maxsize = lru.maxsize.map_or(Value::NONE, |most| h.new_uint(most as u64));
        let size = lru.cache.len(h) as i64;
        let counts = [h.new_int(lru.hits.get()), h.new_int(lru.misses.get()), maxsize, h.new_int(size)];
        h.call(&lru.info_type, &counts)
    }),
    def("cache_clear", "", |h, args| {
        let lru = args.this::<LruCache>();
        lru.hits.set(0);
        lru.misses.set(0);
        lru.cache.clear(h);
        Ok(Value::NONE)
    }),
    def("__get__", "instance, owner=None, /", |h, args| {
        if args[1].is_none() {
            return Ok(args[0].clone());
        }
        Ok(h.new_bound_method(args[0].clone(), args[1].clone()))
    }),
    def("__reduce__", "", |h, args| h.get(&args[0], n::__qualname__)),
    def("__copy__", "", |_, args| Ok(args[0].clone())),
    def("__deepcopy__", "memo, /", |_, args| Ok(args[0].clone())),
];
