//! `_heapq`: priority queues on lists.
//!
//! In: a list and items. Out: the same list with its smallest (or largest) item first. The one invariant: numbers, strings and tuples of
//! them find their place in one step, for no thread comes between; after a comparison that runs toy code the list is measured again.

use interpreter::objects::exception::Exc;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::list::List;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::vm::protocol::compare::plain_less;

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_heapq");
    interpreter::builtins::add_functions(h, &module, &FUNCTIONS);
    Ok(module)
}

static FUNCTIONS: [Def; 8] = [
    def("heappush", "heap, item, /", |h, args| {
        let heap = heap(h, "heappush() argument 1", &args[0])?;
        push(h, heap, &args[1], Least)?;
        Ok(Value::NONE)
    }),
    def("heappushpop", "heap, item, /", |h, args| {
        let heap = heap(h, "heappushpop() argument 1", &args[0])?;
        push_pop(h, heap, &args[1], Least)
    }),
    def("heappop", "heap, /", |h, args| {
        let heap = heap(h, "heappop() argument", &args[0])?;
        pop(h, heap, Least)
    }),
    def("heapreplace", "heap, item, /", |h, args| {
        let heap = heap(h, "heapreplace() argument 1", &args[0])?;
        replace(h, heap, args[1].clone(), Least)
    }),
    def("heapify", "heap, /", |h, args| {
        let heap = heap(h, "heapify() argument", &args[0])?;
        heapify(h, heap, Least)
    }),
    def("_heappop_max", "heap, /", |h, args| {
        let heap = heap(h, "_heappop_max() argument", &args[0])?;
        pop(h, heap, Greatest)
    }),
    def("_heapreplace_max", "heap, item, /", |h, args| {
        let heap = heap(h, "_heapreplace_max() argument 1", &args[0])?;
        replace(h, heap, args[1].clone(), Greatest)
    }),
    def("_heapify_max", "heap, /", |h, args| {
        let heap = heap(h, "_heapify_max() argument", &args[0])?;
        heapify(h, heap, Greatest)
    }),
];

/// Which item is to be first.
#[derive(Clone, Copy)]
enum Order {
    Least,
    Greatest,
}

use Order::{Greatest, Least};

impl Order {
    /// Whether `a` belongs above `b`.
    #[inline]
    fn before(self, h: &mut Held, a: &Value, b: &Value) -> R<bool> {
        match self {
            Least => h.less(a, b),
            Greatest => h.less(b, a),
        }
    }

    /// As `before`, if no toy code is needed to tell.
    #[inline]
    fn plainly_before(self, a: &Value, b: &Value) -> Option<bool> {
        match self {
            Least => plain_less(a, b),
            Greatest => plain_less(b, a),
        }
    }
}

fn heap<'a>(h: &Held, what: &str, value: &'a Value) -> R<&'a Obj<List>> {
    match value.downcast::<List>() {
        Some(heap) => Ok(heap),
        None => Err(h.type_error(format!("{what} must be list, not {}", value.given_name()))),
    }
}

#[cold]
fn resized(h: &Held) -> Raised {
    h.error(Exc::RuntimeError, "list changed size during iteration")
}

/// The item at a place that was there a moment ago.
#[inline]
fn item(h: &Held, heap: &List, at: usize) -> R {
    heap.get(h, at).ok_or_else(|| resized(h))
}

#[inline]
fn swap(h: &mut Held, heap: &List, a: usize, b: usize) {
    heap.rearrange(h, |items| {
        if a.max(b) < items.len() {
            items.swap(a, b);
        }
    });
}

/// Where an item on its way is when only toy code can tell how it goes on.
enum Stuck {
    Rising(usize),
    Sinking(usize),
}

fn push(h: &mut Held, heap: &List, new: &Value, order: Order) -> R<()> {
    heap.admit(new);
    let stuck = heap.rearrange(h, |items| {
        let at = items.len();
        items.push(new.clone());
        rise_plainly(items, 0, at, order)
    });
    go_on(h, heap, 0, stuck, order)
}

/// Puts an item in and takes the first one out.
fn push_pop(h: &mut Held, heap: &List, new: &Value, order: Order) -> R {
    let Some(top) = heap.get(h, 0) else { return Ok(new.clone()) };
    if !order.before(h, &top, new)? {
        return Ok(new.clone());
    }
    replace(h, heap, new.clone(), order)
}

/// Takes the first item out.
fn pop(h: &mut Held, heap: &List, order: Order) -> R {
    let taken = heap.rearrange(h, |items| {
        let last = items.pop()?;
        let Some(first) = items.first_mut() else { return Some((last, None)) };
        let old = std::mem::replace(first, last);
        Some((old, sink_plainly(items, 0, 0, order)))
    });
    let Some((old, stuck)) = taken else { return Err(h.index_error("index out of range")) };
    go_on(h, heap, 0, stuck, order)?;
    Ok(old)
}

/// Takes the first item out and puts another in.
fn replace(h: &mut Held, heap: &List, new: Value, order: Order) -> R {
    heap.admit(&new);
    let taken = heap.rearrange(h, |items| {
        let old = std::mem::replace(items.first_mut()?, new);
        Some((old, sink_plainly(items, 0, 0, order)))
    });
    let Some((old, stuck)) = taken else { return Err(h.index_error("index out of range")) };
    go_on(h, heap, 0, stuck, order)?;
    Ok(old)
}

fn heapify(h: &mut Held, heap: &List, order: Order) -> R {
    let mut at = heap.len(h) / 2;
    while at > 0 {
        let stuck = heap.rearrange(h, |items| {
            while at > 0 {
                at -= 1;
                if let Some(stuck) = sink_plainly(items, at, at, order) {
                    return Some(stuck);
                }
            }
            None
        });
        go_on(h, heap, at, stuck, order)?;
    }
    Ok(Value::NONE)
}

/// As `rise`, in one step, as far as toy code is not needed.
fn rise_plainly(items: &mut [Value], top: usize, mut at: usize, order: Order) -> Option<Stuck> {
    while at > top {
        let parent = (at - 1) / 2;
        match order.plainly_before(&items[at], &items[parent]) {
            Some(true) => items.swap(at, parent),
            Some(false) => return None,
            None => return Some(Stuck::Rising(at)),
        }
        at = parent;
    }
    None
}

/// As `sink`, in one step, as far as toy code is not needed.
fn sink_plainly(items: &mut [Value], start: usize, mut at: usize, order: Order) -> Option<Stuck> {
    while at < items.len() / 2 {
        let mut child = 2 * at + 1;
        if child + 1 < items.len() {
            match order.plainly_before(&items[child], &items[child + 1]) {
                Some(left_first) => child += !left_first as usize,
                None => return Some(Stuck::Sinking(at)),
            }
        }
        items.swap(at, child);
        at = child;
    }
    if at < items.len() { rise_plainly(items, start, at, order) } else { None }
}

/// Moves an item to where it belongs, asking its `<`.
fn go_on(h: &mut Held, heap: &List, start: usize, stuck: Option<Stuck>, order: Order) -> R<()> {
    match stuck {
        None => Ok(()),
        Some(Stuck::Rising(at)) => rise(h, heap, start, at, order),
        Some(Stuck::Sinking(at)) => sink(h, heap, start, at, order),
    }
}

/// Moves the item at `at` up, as far as it belongs above its parents, but not above `top`.
fn rise(h: &mut Held, heap: &List, top: usize, mut at: usize, order: Order) -> R<()> {
    let len = heap.len(h);
    let new = item(h, heap, at)?;
    while at > top {
        let parent = (at - 1) / 2;
        let above = item(h, heap, parent)?;
        let goes_up = order.before(h, &new, &above)?;
        if heap.len(h) != len {
            return Err(resized(h));
        }
        if !goes_up {
            break;
        }
        swap(h, heap, at, parent);
        at = parent;
    }
    Ok(())
}

/// Moves the item at `at` down to a leaf along the better children, and then up to where it belongs, but not above `start`: most
/// items belong near the leaves, so that this takes fewer comparisons (CPython's `siftup`).
fn sink(h: &mut Held, heap: &List, start: usize, mut at: usize, order: Order) -> R<()> {
    let len = heap.len(h);
    while at < len / 2 {
        let mut child = 2 * at + 1;
        if child + 1 < len {
            let (left, right) = (item(h, heap, child)?, item(h, heap, child + 1)?);
            let left_first = order.before(h, &left, &right)?;
            if heap.len(h) != len {
                return Err(resized(h));
            }
            child += !left_first as usize;
        }
        swap(h, heap, at, child);
        at = child;
    }
    rise(h, heap, start, at, order)
}
