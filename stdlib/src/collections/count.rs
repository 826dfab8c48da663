//! `_count_elements`: what `Counter` counts with.
//!
//! In: a mapping and an iterable. Out: nothing; the mapping's values went up. The one invariant: methods that a subclass
//! overrides are called; a dict that overrides none is counted in directly, hashing each element once.

use interpreter::objects::core;
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub(super) static FUNCTIONS: [Def; 1] = [def("_count_elements", "mapping, iterable, /", count_elements)];

fn count_elements(h: &mut Held, args: Args<'_>) -> R {
    let one = h.new_int(1);
    match args[0].downcast::<Dict>().filter(|_| is_plain(h, &args[0])) {
        Some(dict) => h.for_each(&args[1], |h, element| count_in_dict(h, dict, element, &one))?,
        None => {
            let get = h.get(&args[0], n::get)?;
            let zero = h.new_int(0);
            h.for_each(&args[1], |h, element| {
                let old = h.call(&get, &[element.clone(), zero.clone()])?;
                let new = h.add(&old, &one)?;
                h.set_item(&args[0], &element, new)
            })?;
        }
    }
    Ok(Value::NONE)
}

fn count_in_dict(h: &mut Held, dict: &Obj<Dict>, element: Value, one: &Value) -> R<()> {
    let hash = h.hash(&element)?;
    let new = match dict.get_hashed(h, &element, hash)? {
        Some(old) => h.add(&old, one)?,
        None => one.clone(),
    };
    drop(dict.set_hashed(h, element, hash, new)?);
    Ok(())
}

/// Whether `get` and `__setitem__` are those of `dict`.
fn is_plain(h: &Held, mapping: &Value) -> bool {
    [n::get, n::__setitem__].iter().all(|name| {
        match (mapping.class().lookup(h, name.value()), core().dict.lookup(h, name.value())) {
            (Some(own), Some(of_dict)) => own.is(&of_dict),
            _ => false,
        }
    })
}
