//! The end of the program: modules let go of what they hold, so that finalizers run.
//!
//! In: all modules. Out: none. The one invariant: if nothing alive has a finalizer, nothing is torn down: the process ends
//! and the system takes its memory back at once.

use crate::objects::core;
use crate::objects::dict::Dict;
use crate::objects::header::{Obj, Ref};
use crate::objects::heap;
use crate::objects::module::Module;
use crate::objects::names::n;
use crate::objects::str::text_of;
use crate::objects::value::Value;
use crate::objects::weakref::WeakRef;
use crate::runtime::{config, finalize, gc};
use crate::sync::{Guarded, Held, is_parallel};

/// Objects with finalizers that the start of the program made (the standard files), which live to the end.
static AT_START: Guarded<Vec<usize>> = Guarded::new(Vec::new());

/// How often what finalizers make is finalized in turn.
const ROUNDS: usize = 8;

impl Held {
    /// To be called when everything that every program has is made.
    pub fn note_start(&self) {
        AT_START.with(|at_start| *at_start = heap::unfinalized());
    }

    /// Takes modules apart in CPython's order: `sys.modules` first, then what only cycles keep, then what is left in the
    /// dicts of modules.
    pub fn finalize_modules(&mut self) {
        self.run_finalizers();
        config::set_finalizing();
        if heap::unfinalized().len() <= AT_START.with(|at_start| at_start.len()) {
            return;
        }
        let mut left = self.let_go_of_modules();
        gc::collect(self);
        self.run_finalizers();
        if is_parallel() {
            return self.finalize_what_is_left();
        }
        left.reverse();
        for module in left {
            if let Some(module) = module.upgrade().and_then(|module| module.into_ref::<Module>().ok()) {
                self.clear_module_dict(&module.dict);
            }
        }
        gc::collect(self);
        self.run_finalizers();
    }

    /// Runs the finalizers of all that threads shared, while modules, which live for ever then, are as they were.
    fn finalize_what_is_left(&mut self) {
        for _ in 0..ROUNDS {
            let mut left = AT_START.with(|at_start| heap::shared_unfinalized(at_start));
            if left.is_empty() {
                break;
            }
            left.sort_by_key(finalize::birth);
            left.iter().for_each(finalize::queue);
            self.run_finalizers();
        }
    }

    /// Empties `sys.modules`. Modules that nobody else holds end at once, or with the next collection if their functions
    /// hold their globals; the others can be found by what is given back.
    fn let_go_of_modules(&mut self) -> Vec<Ref<WeakRef>> {
        let modules = self.modules();
        let kept = ["sys", "builtins"];
        let all: Vec<(Value, Value)> =
            modules.items(self).into_iter().filter(|(name, _)| !kept.contains(&text_of(name).as_str())).collect();
        let mut left = Vec::new();
        for (name, module) in all {
            left.extend(self.new_weakref(&core().weakref, &module, None));
            drop(modules.set_str(self, &name, Value::NONE));
            drop(module);
            self.run_finalizers();
        }
        left
    }

    /// Names with one underscore first, then all others but `__builtins__`.
    fn clear_module_dict(&mut self, dict: &Obj<Dict>) {
        for private in [true, false] {
            for name in dict.keys(self) {
                let text = text_of(&name);
                let is_private = text.starts_with('_') && !text.starts_with("__");
                if is_private != private || name.is(n::__builtins__.value()) {
                    continue;
                }
                let old = dict.set_str(self, &name, Value::NONE);
                drop(old);
                self.run_finalizers();
            }
        }
    }

    /// Runs finalizers that wait.
    pub fn run_finalizers(&mut self) {
        if finalize::pending() {
            finalize::run(self);
        }
    }
}
