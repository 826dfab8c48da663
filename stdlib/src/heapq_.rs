//! `_heapq`: a list as a heap.
//!
//! In: a list. Out: its least (or, for the functions on `_max`, greatest) item first. The one invariant: items move by
//! swapping, so the list has all of them whenever a comparison fails; a list that changed its size meanwhile is an error.

use interpreter::builtins::add_functions;
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::list::List;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_heapq");
    add_functions(h, &module, &FUNCTIONS);
    Ok(module)
}

static FUNCTIONS: [Def; 8] = [
    def("heappush", "heap, item, /", push),
    def("heappushpop", "heap, item, /", pushpop),
    def("heappop", "heap, /", |h, args| pop(h, args, "heappop", Order::Least)),
    def("heapreplace", "heap, item, /", |h, args| replace(h, args, "heapreplace", Order::Least)),
    def("heapify", "heap, /", |h, args| heapify(h, args, "heapify", Order::Least)),
    def("_heappop_max", "heap, /", |h, args| pop(h, args, "_heappop_max", Order::Greatest)),
    def("_heapreplace_max", "heap, item, /", |h, args| replace(h, args, "_heapreplace_max", Order::Greatest)),
    def("_heapify_max", "heap, /", |h, args| heapify(h, args, "_heapify_max", Order::Greatest)),
];

/// Which item comes first.
#[derive(Clone, Copy)]
enum Order {
    Least,
    Greatest,
}

/// A heap and its order.
struct Heap<'a> {
    list: &'a Obj<List>,
    order: Order,
}

/// The heap that a function called `name` is given.
fn heap<'a>(h: &Held, args: Args<'a>, name: &str, order: Order) -> R<Heap<'a>> {
    match args.at(0).downcast::<List>() {
        Some(list) => Ok(Heap { list, order }),
        None => {
            let which = if args.len() > 1 { "argument 1" } else { "argument" };
            Err(h.type_error(format!("{name}() {which} must be list, not {}", args[0].class_name())))
        }
    }
}

fn push(h: &mut Held, args: Args<'_>) -> R {
    let heap = heap(h, args, "heappush", Order::Least)?;
    heap.list.push(h, args[1].clone());
    let last = heap.list.len(h) - 1;
    heap.sift_down(h, 0, last)?;
    Ok(Value::NONE)
}

fn pushpop(h: &mut Held, args: Args<'_>) -> R {
    let heap = heap(h, args, "heappushpop", Order::Least)?;
    let Some(top) = heap.list.get(h, 0) else { return Ok(args[1].clone()) };
    if !h.less(&top, &args[1])? {
        return Ok(args[1].clone());
    }
    heap.replace_top(h, &args[1])
}

fn pop(h: &mut Held, args: Args<'_>, name: &str, order: Order) -> R {
    let heap = heap(h, args, name, order)?;
    let Some(last) = heap.list.with_mut(h, Vec::pop) else { return Err(out_of_range(h)) };
    if heap.list.is_empty(h) {
        return Ok(last);
    }
    heap.replace_top(h, &last)
}

fn replace(h: &mut Held, args: Args<'_>, name: &str, order: Order) -> R {
    let heap = heap(h, args, name, order)?;
    heap.replace_top(h, &args[1])
}

fn heapify(h: &mut Held, args: Args<'_>, name: &str, order: Order) -> R {
    let heap = heap(h, args, name, order)?;
    for at in (0..heap.list.len(h) / 2).rev() {
        heap.sift_up(h, at)?;
    }
    Ok(Value::NONE)
}

#[cold]
fn out_of_range(h: &Held) -> Raised {
    h.index_error("index out of range")
}

impl Heap<'_> {
    /// Puts an item in the place of the first one, which comes back.
    fn replace_top(&self, h: &mut Held, item: &Value) -> R {
        let top = self.list.with_mut(h, |items| Some(std::mem::replace(items.first_mut()?, item.clone())));
        let Some(top) = top else { return Err(out_of_range(h)) };
        self.sift_up(h, 0)?;
        Ok(top)
    }

    /// Whether one item comes before another; the heap must keep its size meanwhile.
    fn before(&self, h: &mut Held, a: usize, b: usize) -> R<bool> {
        let len = self.list.len(h);
        let Some((a, b)) = self.list.get(h, a).zip(self.list.get(h, b)) else { return Err(out_of_range(h)) };
        let before = match self.order {
            Order::Least => h.less(&a, &b)?,
            Order::Greatest => h.less(&b, &a)?,
        };
        if self.list.len(h) != len {
            return Err(h.runtime_error("list changed size during iteration"));
        }
        Ok(before)
    }

    fn swap(&self, h: &mut Held, a: usize, b: usize) {
        self.list.with_mut(h, |items| {
            if a.max(b) < items.len() {
                items.swap(a, b);
            }
        });
    }

    /// Moves the item at `at` towards `start` as long as it comes before its parent.
    fn sift_down(&self, h: &mut Held, start: usize, mut at: usize) -> R<()> {
        while at > start {
            let parent = (at - 1) / 2;
            if !self.before(h, at, parent)? {
                break;
            }
            self.swap(h, at, parent);
            at = parent;
        }
        Ok(())
    }

    /// Moves the item at `start` down to a leaf along the first children, then up to where it belongs.
    fn sift_up(&self, h: &mut Held, start: usize) -> R<()> {
        let len = self.list.len(h);
        let mut at = start;
        while at < len / 2 {
            let mut child = 2 * at + 1;
            if child + 1 < len && !self.before(h, child, child + 1)? {
                child += 1;
            }
            self.swap(h, at, child);
            at = child;
        }
        self.sift_down(h, start, at)
    }
}
