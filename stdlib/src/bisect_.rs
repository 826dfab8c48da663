//! `_bisect`: searching in sorted sequences.
//!
//! In: a sequence in order and an item. Out: where the item goes. The one invariant: only `<` is asked, the item on the
//! left for `bisect_right`, on the right for `bisect_left`.

use interpreter::builtins::add_functions;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::list::List;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_bisect");
    add_functions(h, &module, &FUNCTIONS);
    Ok(module)
}

static FUNCTIONS: [Def; 6] = [
    def("bisect", "a, x, lo=0, hi=None, *, key=None", |h, args| bisect(h, args, Side::Right)),
    def("bisect_left", "a, x, lo=0, hi=None, *, key=None", |h, args| bisect(h, args, Side::Left)),
    def("bisect_right", "a, x, lo=0, hi=None, *, key=None", |h, args| bisect(h, args, Side::Right)),
    def("insort", "a, x, lo=0, hi=None, *, key=None", |h, args| insort(h, args, Side::Right)),
    def("insort_left", "a, x, lo=0, hi=None, *, key=None", |h, args| insort(h, args, Side::Left)),
    def("insort_right", "a, x, lo=0, hi=None, *, key=None", |h, args| insort(h, args, Side::Right)),
];

/// On which side of equal items.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

fn bisect(h: &mut Held, args: Args<'_>, side: Side) -> R {
    let at = search(h, args, &args[1], side)?;
    Ok(h.new_int(at))
}

/// Where `x` goes among the keys of the items.
fn search(h: &mut Held, args: Args<'_>, x: &Value, side: Side) -> R<i64> {
    let (items, key) = (&args[0], args.opt_some(4));
    let mut low = match args.opt(2) {
        Some(low) => h.to_isize(low)? as i64,
        None => 0,
    };
    if low < 0 {
        return Err(h.value_error("lo must be non-negative"));
    }
    let mut high = match args.opt_some(3) {
        Some(high) => h.to_isize(high)? as i64,
        None => h.len(items)? as i64,
    };
    while low < high {
        let middle = low + (high - low) / 2;
        let index = h.new_int(middle);
        let mut item = h.get_item(items, &index)?;
        if let Some(key) = key {
            item = h.call(key, &[item])?;
        }
        let goes_left = match side {
            Side::Right => h.less(x, &item)?,
            Side::Left => !h.less(&item, x)?,
        };
        if goes_left { high = middle } else { low = middle + 1 }
    }
    Ok(low)
}

fn insort(h: &mut Held, args: Args<'_>, side: Side) -> R {
    let rank = match args.opt_some(4) {
        Some(key) => h.call(key, std::slice::from_ref(&args[1]))?,
        None => args[1].clone(),
    };
    let at = search(h, args, &rank, side)?;
    match args[0].exactly::<List>() {
        Some(list) => list.with_mut(h, |items| items.insert((at as usize).min(items.len()), args[1].clone())),
        None => {
            let (insert, at) = (h.intern("insert"), h.new_int(at));
            h.call_method_named(&args[0], &insert, &[at, args[1].clone()])?;
        }
    }
    Ok(Value::NONE)
}
