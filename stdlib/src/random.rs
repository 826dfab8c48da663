//! `_random`: the generator that `random.Random` is made from.
//!
//! In: a seed. Out: floats and ints. The one invariant: the same seed and the same calls give the same numbers as under
//! CPython.

use interpreter::builtins::add_functions;
use interpreter::objects::class::Class;
use interpreter::objects::dict::Dict;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::{Args, Native};
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};
use interpreter::vm::CmpOp;
use num_bigint::BigUint;
use num_traits::ToPrimitive;
use std::io::Read;
use toy_text::random::Random as Twister;

/// Words of a state; one more value says which is next.
const WORDS: usize = 624;

/// The data of a generator.
pub struct Random {
    twister: ObjCell<Twister>,
}

interpreter::object!(Random, "Random");

static NEW: Def = def("__new__", "*args, **kwargs", new);

static METHODS: [Def; 5] = [
    def("__init__", "*args, **kwargs", init_random),
    def("random", "", random),
    def("seed", "n=None, /", |h, args| seed(h, args.this::<Random>(), args.opt(1))),
    def("getstate", "", get_state),
    def("setstate", "state, /", set_state),
];

static GET_RAND_BITS: [Def; 1] = [def("getrandbits", "k, /", get_rand_bits)];

/// What strings are hashed by before they seed.
static FUNCTIONS: [Def; 2] = [
    def("_below", "random, n, /", below),
    def("_sha512", "data, /", |h, args| {
        use sha2::Digest;
        let digest = h.with_bytes_like(&args[0], |data| sha2::Sha512::digest(data).to_vec())?;
        Ok(h.new_bytes(&digest))
    }),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_random");
    let class = ClassSpec::new::<Random>(h, "_random", "Random").constructor(h, &NEW).methods(h, &METHODS);
    let class = class.methods(h, &GET_RAND_BITS).build(h);
    let name = h.intern("Random");
    module.dict.set_str(h, &name, class.into_value());
    add_functions(h, &module, &FUNCTIONS);
    Ok(module)
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
    let twister = Twister::from_state([0; WORDS], 0).unwrap_or_else(|| Twister::from_key(&[0]));
    Ok(h.new_object(class, Random { twister: ObjCell::new(twister) }).into_value())
}

fn init_random(h: &mut Held, args: Args<'_>) -> R {
    let keywords = args.opt(2).and_then(|keywords| keywords.downcast::<Dict>());
    // A subclass with an `__init__` of its own may pass on what keywords it was given.
    let own = args[0].class().lookup(h, n::__init__.value()).is_some_and(|init| init.downcast::<Native>().is_some());
    if own && keywords.is_some_and(|keywords| !keywords.is_empty(h)) {
        return Err(h.type_error("Random() takes no keyword arguments"));
    }
    match args.rest(1) {
        [] => seed(h, args.this::<Random>(), None),
        [start] => seed(h, args.this::<Random>(), Some(start)),
        _ => Err(h.type_error("Random() requires 0 or 1 argument")),
    }
}

/// Ints count by their size, other values by their hash; without one, the system's randomness.
fn seed(h: &mut Held, this: &Obj<Random>, start: Option<&Value>) -> R {
    let twister = match start.filter(|start| !start.is_none()) {
        None => Twister::from_key(&system_randomness(h)?),
        Some(start) => match start.as_int() {
            Some(int) => Twister::from_int(int.big().magnitude()),
            None => Twister::from_int(&BigUint::from(h.hash(start)? as u64)),
        },
    };
    this.twister.write(h, |own| *own = twister);
    Ok(Value::NONE)
}

fn system_randomness(h: &mut Held) -> R<Vec<u32>> {
    let mut bytes = vec![0u8; WORDS * 4];
    match std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)) {
        Ok(()) => Ok(bytes
            .chunks_exact(4)
            .map(|word| word.iter().fold(0, |word, byte| word << 8 | u32::from(*byte)))
            .collect()),
        Err(error) => Err(h.error(Exc::OSError, error.to_string())),
    }
}

fn random(h: &mut Held, args: Args<'_>) -> R {
    let x = args.this::<Random>().twister.write(h, Twister::random);
    Ok(h.new_float(x))
}

fn get_state(h: &mut Held, args: Args<'_>) -> R {
    let (words, at) = args.this::<Random>().twister.read(h, |twister| {
        let (words, at) = twister.state();
        (words.to_vec(), at)
    });
    let mut items: Vec<Value> = words.into_iter().map(|word| h.new_int(i64::from(word))).collect();
    items.push(h.new_int(at as i64));
    Ok(h.new_tuple(items))
}

fn set_state(h: &mut Held, args: Args<'_>) -> R {
    let Some(state) = args[1].downcast::<Tuple>() else { return Err(h.type_error("state vector must be a tuple")) };
    let [words @ .., at] = state.items() else { return Err(h.value_error("state vector is the wrong size")) };
    if words.len() != WORDS {
        return Err(h.value_error("state vector is the wrong size"));
    }
    let mut own = [0u32; WORDS];
    for (own, word) in own.iter_mut().zip(words) {
        *own = word_of(h, word)?;
    }
    let Some(at) = at.as_int() else { return Err(h.type_error("an integer is required")) };
    let Some(at) = at.to_i64() else { return Err(h.overflow_error("Python int too large to convert to C long")) };
    match usize::try_from(at).ok().and_then(|at| Twister::from_state(own, at)) {
        Some(twister) => args.this::<Random>().twister.write(h, |own| *own = twister),
        None => return Err(h.value_error("invalid state")),
    }
    Ok(Value::NONE)
}

/// The low bits of an unsigned machine word.
fn word_of(h: &mut Held, word: &Value) -> R<u32> {
    let Some(int) = word.as_int() else { return Err(h.type_error("an integer is required")) };
    if int.is_negative() {
        return Err(h.overflow_error("can't convert negative value to unsigned int"));
    }
    match int.big().to_u64() {
        Some(word) => Ok(word as u32),
        None => Err(h.overflow_error("Python int too large to convert to C unsigned long")),
    }
}

/// An int below `n`, a positive one, of as many calls of `random.getrandbits` as it takes.
fn below(h: &mut Held, args: Args<'_>) -> R {
    let name = h.intern("getrandbits");
    let method = h.get_attr(&args[0], &name)?;
    let own = method.downcast::<Native>().is_some_and(|own| std::ptr::eq(own.def, &GET_RAND_BITS[0]));
    if let (true, Some(n @ 1..), Some(this)) = (own, args[1].as_small_int(), args[0].downcast::<Random>()) {
        let bits = 64 - n.leading_zeros();
        let found = this
            .twister
            .write(h, |twister| std::iter::repeat_with(|| twister.bits64(bits) as i64).find(|found| *found < n));
        return Ok(h.new_int(found.unwrap_or(0)));
    }
    let bits = h.intern("bit_length");
    let bits = h.call_method_named(&args[1], &bits, &[])?;
    loop {
        let found = h.call(&method, std::slice::from_ref(&bits))?;
        if !h.holds(&found, &args[1], CmpOp::GtE)? {
            return Ok(found);
        }
    }
}

fn get_rand_bits(h: &mut Held, args: Args<'_>) -> R {
    let bits = h.index(&args[1])?;
    let bits = bits.as_int().and_then(|bits| bits.to_i64()).and_then(|bits| i32::try_from(bits).ok());
    let Some(bits) = bits else { return Err(h.overflow_error("Python int too large to convert to C int")) };
    if bits < 0 {
        return Err(h.value_error("number of bits must be non-negative"));
    }
    let this = args.this::<Random>();
    if bits <= 62 {
        let low = this.twister.write(h, |twister| twister.bits64(bits as u32));
        return Ok(h.new_int(low as i64));
    }
    let big = this.twister.write(h, |twister| twister.bits(bits as u64));
    Ok(h.int_from_big(big.into()))
}
