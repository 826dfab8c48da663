//! A native module made outside of the library, as ARCHITECTURE.md shows it, and a program that uses it.
//!
//! In: `interpreter`'s public interface. Out: the module `sample`, added to what `toy` has. The one invariant: the parts between the
//! marks are the document's text, letter for letter (`tests/tidy.rs` compares them).

// [sample]
use interpreter::builtins::add_functions;
use interpreter::objects::class::Class;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::runtime::error::R;
use interpreter::runtime::import;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::reason::Reason;
use interpreter::sync::{Held, ObjCell};
use std::cell::Cell;

/// Somebody else's library, which knows nothing of threads: two at once would read the same state.
struct Generator(Cell<u32>);

impl Generator {
    fn next(&self) -> u32 {
        let next = self.0.get().wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.0.set(next);
        next
    }
}

/// Pure work, and long: how many steps the longest chain takes that starts below `limit`.
fn longest_chain(limit: u64) -> u64 {
    let steps = |start: u64| {
        (0..).scan(start, |n, _| {
            let before = *n;
            *n = if *n % 2 == 0 { *n / 2 } else { 3 * *n + 1 };
            (before > 1).then_some(())
        })
    };
    (1..limit).map(|start| steps(start).count() as u64).max().unwrap_or(0)
}

/// The data of `sample.Generator`: whoever has a `Held` is alone with it.
struct Numbers(ObjCell<Generator>);

interpreter::object!(Numbers, "Generator");
interpreter::owns_no_values!(Generator);

static NEW: Def = def("__new__", "seed=0, /", |h, args| {
    let seed = args.opt(1).map_or(Ok(0), |seed| h.to_isize(seed))? as u32;
    match args[0].downcast::<Class>() {
        Some(class) => Ok(h.new_object(class, Numbers(ObjCell::new(Generator(Cell::new(seed))))).into_value()),
        None => Err(h.type_error("Generator.__new__(X): X is not a type object")),
    }
});

static METHODS: [Def; 1] = [def("next", "", |h, args| {
    let next = args.this::<Numbers>().0.write(h, |generator| generator.next());
    Ok(h.new_int(next.into()))
})];

static FUNCTIONS: [Def; 1] = [def("longest_chain", "limit, /", |h, args| {
    let limit = h.to_isize(&args[0])?;
    let Ok(limit) = u64::try_from(limit) else { return Err(h.value_error("limit must not be negative")) };
    // Others run meanwhile: the closure has no `Held`, so it can touch no object.
    let steps = h.detach_for(Reason::Native, || longest_chain(limit));
    Ok(h.new_int(steps as i64))
})];

fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("sample");
    let class = ClassSpec::new::<Numbers>(h, "sample", "Generator").constructor(h, &NEW).methods(h, &METHODS).build(h);
    let name = h.intern("Generator");
    module.dict.set_str(h, &name, class.into_value());
    add_functions(h, &module, &FUNCTIONS);
    Ok(module)
}

fn main() {
    import::add_native(&[("sample", init)]);
    std::process::exit(stdlib::cli::main(vec!["toy".into(), PROGRAM.into()]));
}
// [sample]

/// What is to be run: every `assert` in it must hold.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/native_module.toy");
