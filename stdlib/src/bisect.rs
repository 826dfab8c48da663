//! `_bisect`: binary search in sorted sequences.
//!
//! In: a sequence, an item, bounds and a key function. Out: where the item belongs. The one invariant: the items between `lo` and `hi`
//! are asked only by `<`.

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
    interpreter::builtins::add_functions(h, &module, &FUNCTIONS);
    Ok(module)
}

static FUNCTIONS: [Def; 4] = [
    def("bisect_right", "a, x, lo=0, hi=None, *, key=None", |h, args| search(h, args, Side::Right)),
    def("bisect_left", "a, x, lo=0, hi=None, *, key=None", |h, args| search(h, args, Side::Left)),
    def("insort_right", "a, x, lo=0, hi=None, *, key=None", |h, args| insert(h, args, Side::Right)),
    def("insort_left", "a, x, lo=0, hi=None, *, key=None", |h, args| insert(h, args, Side::Left)),
];

/// On which side of equal items.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

fn search(h: &mut Held, args: Args<'_>, side: Side) -> R {
    let at = find(h, args, &args[1], side)?;
    Ok(h.new_int(at as i64))
}

fn insert(h: &mut Held, args: Args<'_>, side: Side) -> R {
    let at = match args.opt_some(4) {
        Some(key) => {
            let x = h.call(key, std::slice::from_ref(&args[1]))?;
            find(h, args, &x, side)?
        }
        None => find(h, args, &args[1], side)?,
    };
    if let Some(list) = args[0].exactly::<List>() {
        let item = args[1].clone();
        list.admit(&item);
        list.rearrange(h, |items| items.insert((at as usize).min(items.len()), item));
        return Ok(Value::NONE);
    }
    let name = h.intern("insert");
    let at = h.new_int(at as i64);
    h.call_method_named(&args[0], &name, &[at, args[1].clone()])?;
    Ok(Value::NONE)
}

/// The place of `x`, which the key function was applied to already.
fn find(h: &mut Held, args: Args<'_>, x: &Value, side: Side) -> R<isize> {
    let mut lo = match args.opt(2) {
        Some(lo) => h.to_isize(lo)?,
        None => 0,
    };
    let hi = match args.opt_some(3) {
        Some(hi) => h.to_isize(hi)?,
        None => -1,
    };
    if lo < 0 {
        return Err(h.value_error("lo must be non-negative"));
    }
    let mut hi = if hi == -1 { h.len(&args[0])? as isize } else { hi };
    while lo < hi {
        let middle = lo + (hi - lo) / 2;
        let at = h.new_int(middle as i64);
        let mut item = h.get_item(&args[0], &at)?;
        if let Some(key) = args.opt_some(4) {
            item = h.call(key, &[item])?;
        }
        let goes_left = match side {
            Side::Right => h.less(x, &item)?,
            Side::Left => !h.less(&item, x)?,
        };
        if goes_left {
            hi = middle;
        } else {
            lo = middle + 1;
        }
    }
    Ok(lo)
}
