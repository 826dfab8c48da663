//! `_abc`: the answers that abstract base classes gave lately, by thread.
//!
//! In: an abstract class, and a class or an instance. Out: whether one is below the other. The one invariant: an answer is for two
//! versions of classes and one token, which is new after every registration, so no old answer is ever given.

use crate::native::this;
use interpreter::builtins::add_functions;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// An answer: versions of the abstract class and of the other one, the token, and whether it was yes.
#[derive(Clone, Copy)]
struct Answer {
    versions: (u64, u64),
    token: u64,
    yes: bool,
}

const PLACES: usize = 512;

thread_local! {
    static ANSWERS: [Cell<Answer>; PLACES] =
        const { [const { Cell::new(Answer { versions: (0, 0), token: 0, yes: false }) }; PLACES] };
}

/// Changes with every registration.
static TOKEN: AtomicU64 = AtomicU64::new(1);

/// What is asked when no answer is known: functions of the module `abc`.
static SLOW: Global<Option<[Value; 2]>> = Global::new(None);

static FUNCTIONS: [Def; 3] = [
    def("equip", "meta, instancecheck, subclasscheck, /", |h, args| {
        let slow = [args[1].clone(), args[2].clone()];
        let old = SLOW.write(h, |own| own.replace(slow));
        drop(old);
        let Some(meta) = args[0].downcast::<Class>() else { return Err(h.type_error("equip() needs a class")) };
        ClassSpec::of(&meta.to_ref()).methods(h, &METHODS).build(h);
        Ok(Value::NONE)
    }),
    def("forget", "", |_, _| {
        TOKEN.fetch_add(1, Ordering::AcqRel);
        Ok(Value::NONE)
    }),
    def("get_cache_token", "", |h, _| Ok(h.new_int(TOKEN.load(Ordering::Acquire) as i64))),
];

static METHODS: [Def; 2] = [
    def("__instancecheck__", "instance, /", instance_check).doc("Override for isinstance(instance, cls)."),
    def("__subclasscheck__", "subclass, /", subclass_check).doc("Override for issubclass(subclass, cls)."),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_abc");
    add_functions(h, &module, &FUNCTIONS);
    Ok(module)
}

fn place(versions: (u64, u64)) -> usize {
    let mixed = versions.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ versions.1.wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    (mixed >> 32) as usize % PLACES
}

fn versions(class: &Obj<Class>, other: &Obj<Class>) -> (u64, u64) {
    (class.version(), other.version())
}

fn known(versions: (u64, u64)) -> Option<bool> {
    let answer = ANSWERS.with(|answers| answers[place(versions)].get());
    let fits = answer.versions == versions && answer.token == TOKEN.load(Ordering::Acquire);
    fits.then_some(answer.yes)
}

/// Whether what an object says of its class may differ from the class it has.
fn may_pretend(h: &Held, class: &Obj<Class>) -> bool {
    let own = class.lookup(h, n::__class__.value());
    class.has(class_flag::GETATTRIBUTE) || !own.is_some_and(|own| h.is_class_attr_of_object(&own))
}

fn instance_check(h: &mut Held, args: Args<'_>) -> R {
    let of = args[1].class();
    if !may_pretend(h, of)
        && let Some(yes) = known(versions(this(&args[0]), of))
    {
        return Ok(Value::bool(yes));
    }
    slow(h, args, 0)
}

fn subclass_check(h: &mut Held, args: Args<'_>) -> R {
    let Some(subclass) = args[1].downcast::<Class>() else { return slow(h, args, 1) };
    let class = this::<Class>(&args[0]);
    if let Some(yes) = known(versions(class, subclass)) {
        return Ok(Value::bool(yes));
    }
    // What changes while the question is asked makes the answer one for versions that are gone.
    let (asked, token) = (versions(class, subclass), TOKEN.load(Ordering::Acquire));
    let answer = slow(h, args, 1)?;
    let yes = answer.is(&Value::TRUE);
    ANSWERS.with(|answers| answers[place(asked)].set(Answer { versions: asked, token, yes }));
    Ok(answer)
}

fn slow(h: &mut Held, args: Args<'_>, which: usize) -> R {
    match SLOW.read(h, |own| own.as_ref().map(|own| own[which].clone())) {
        Some(function) => h.call(&function, &[args[0].clone(), args[1].clone()]),
        None => Err(h.runtime_error("abc is not imported")),
    }
}
