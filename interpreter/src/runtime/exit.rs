//! The end of the program: modules let go of what they hold, so that finalizers run.
//!
//! In: all modules. Out: none. The one invariant: if nothing alive has a finalizer, nothing is torn down: the process ends
//! and the system takes its memory back at once.

use crate::objects::dict::Dict;
use crate::objects::header::Obj;
use crate::objects::heap;
use crate::objects::module::Module;
use crate::objects::names::n;
use crate::objects::str::text_of;
use crate::objects::value::Value;
use crate::runtime::{config, finalize, gc};
use crate::sync::Held;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Objects with finalizers that the start of the program made (the standard files), which live to the end.
static AT_START: AtomicUsize = AtomicUsize::new(0);

impl Held {
    /// To be called when everything that every program has is made.
    pub fn note_start(&self) {
        AT_START.store(heap::unfinalized(), Ordering::Relaxed);
    }

    /// Takes modules apart in CPython's order: `sys.modules` first, then what is left in the modules' dicts.
    pub fn finalize_modules(&mut self) {
        self.run_finalizers();
        config::set_finalizing();
        if heap::unfinalized() <= AT_START.load(Ordering::Relaxed) {
            return;
        }
        let modules = self.modules();
        let kept = ["sys", "builtins"];
        let all: Vec<(Value, Value)> =
            modules.items(self).into_iter().filter(|(name, _)| !kept.contains(&text_of(name).as_str())).collect();
        let mut dicts = Vec::new();
        for (name, module) in all {
            dicts.extend(module.downcast::<Module>().map(|module| module.dict.to_value()));
            drop(modules.set_str(self, &name, Value::NONE));
            drop(module);
            self.run_finalizers();
        }
        // `__main__` is let go first of all: its dict is ours alone now, unless functions still have it.
        for dict in dicts.iter().rev() {
            if let Some(dict) = dict.downcast::<Dict>() {
                self.clear_module_dict(dict);
            }
        }
        drop(dicts);
        gc::collect(self);
        self.run_finalizers();
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
