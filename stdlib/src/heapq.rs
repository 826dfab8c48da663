//! `_heapq`: priority queues on lists.
//!
//! In: a list and items. Out: the same list with its smallest (or largest) item first. The one invariant: the list is measured again
//! after every comparison, which may have changed it.

use interpreter::objects::exception::Exc;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::list::List;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_heapq");
    interpreter::builtins::add_functions(h, &module, &FUNCTIONS);
    Ok(module)
}

static FUNCTIONS: [Def; 8] = [
    def("heappush", "heap, item, /", |h, args| {
        let heap = heap(h, "heappush() argument 1", &args[0])?;
        heap.admit(&args[1]);
        let last = heap.rearrange(h, |items| {
            items.push(args[1].clone());
            items.len() - 1
        });
        rise(h, heap, 0, last, Least)?;
        Ok(Value::NONE)
    }),
    def("heappushpop", "heap, item, /", |h, args| {
        let heap = heap(h, "heappushpop() argument 1", &args[0])?;
        let Some(top) = heap.get(h, 0) else { return Ok(args[1].clone()) };
        if !h.less(&top, &args[1])? {
            return Ok(args[1].clone());
        }
        replace(h, heap, args[1].clone(), Least)
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

/// Takes the first item out.
fn pop(h: &mut Held, heap: &List, order: Order) -> R {
    let old = heap.rearrange(h, |items| {
        let last = items.pop()?;
        Some(match items.first_mut() {
            Some(first) => std::mem::replace(first, last),
            None => last,
        })
    });
    let Some(old) = old else { return Err(h.index_error("index out of range")) };
    sink(h, heap, 0, order)?;
    Ok(old)
}

/// Takes the first item out and puts another in.
fn replace(h: &mut Held, heap: &List, new: Value, order: Order) -> R {
    heap.admit(&new);
    let old = heap.rearrange(h, |items| items.first_mut().map(|first| std::mem::replace(first, new)));
    let Some(old) = old else { return Err(h.index_error("index out of range")) };
    sink(h, heap, 0, order)?;
    Ok(old)
}

fn heapify(h: &mut Held, heap: &List, order: Order) -> R {
    for at in (0..heap.len(h) / 2).rev() {
        sink(h, heap, at, order)?;
    }
    Ok(Value::NONE)
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

/// Moves the item at `at` down to a leaf along the better children, and then up to where it belongs: most items belong
/// near the leaves, so that this takes fewer comparisons (CPython's `siftup`).
fn sink(h: &mut Held, heap: &List, start: usize, order: Order) -> R<()> {
    let len = heap.len(h);
    let mut at = start;
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
