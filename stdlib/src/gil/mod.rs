//! `gil`: the lock, looked at and set from inside a program. It exists in toy only.
//!
//! In: names of policies. Out: the policy, the ledger of each thread, and who waits for what. The one invariant: nothing here is
//! sampled; every number is a count or a sum that the lock itself kept.

mod accounts;
mod report;
mod threads;

pub use report::{Form, report_at_exit, show_at_exit};
pub use threads::situation;

use interpreter::builtins::add_functions;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::lock::GIL;
use interpreter::sync::reason::Reason;
use interpreter::sync::{Held, points, policy};

static FUNCTIONS: [Def; 6] = [
    def("policy", "", |h, _| {
        let name = GIL.policy().name();
        Ok(h.new_str(&name))
    }),
    def("set_policy", "policy, /", set_policy),
    def("switch_points", "", |h, _| Ok(h.new_str(points::placement().name()))),
    def("stats", "", |h, _| accounts::stats(h)),
    def("threads", "", |h, _| threads::threads(h)),
    def("yield_now", "", |h, _| {
        h.yield_gil(Reason::Yield);
        h.check_signals().map(|()| Value::NONE)
    }),
];

/// Makes the module.
pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("gil");
    add_functions(h, &module, &FUNCTIONS);
    let doc = "The global interpreter lock: its policy, its ledger, and the threads that want it.";
    let (name, doc) = (h.intern("__doc__"), h.new_str(doc));
    module.dict.set_str(h, &name, doc);
    Ok(module)
}

fn set_policy(h: &mut Held, args: Args<'_>) -> R {
    let text = h.str_text(&args[0])?;
    match policy::parse(&text) {
        Ok(policy) => h.set_policy(policy),
        Err(message) => return Err(h.value_error(message)),
    }
    Ok(Value::NONE)
}
