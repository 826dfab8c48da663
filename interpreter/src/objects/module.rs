//! `module`: a namespace with a name.
//!
//! In: what an import runs. Out: attributes. The one invariant: the dict is the globals of the module's functions and
//! is never replaced.

use super::dict::Dict;
use super::header::{Ref, allocate};
use super::names::n;
use super::value::Value;
use crate::sync::Held;

/// The data of a module.
pub struct Module {
    pub dict: Ref<Dict>,
}

crate::object!(Module = super::header::Kind::MODULE, "module", traced[dict]);

impl Held {
    pub fn new_module(&mut self, name: &str) -> Ref<Module> {
        let dict = self.new_dict();
        let name = self.intern(name);
        dict.set_str(self, n::__name__.value(), name);
        for empty in [n::__doc__, n::__package__, n::__loader__, n::__spec__] {
            dict.set_str(self, empty.value(), Value::NONE);
        }
        allocate(&super::core().module, Module { dict }, 0)
    }
}
