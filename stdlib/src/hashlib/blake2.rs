//! `_blake2.blake2b` and `blake2s`: with keys, salts and the parameters of trees.
//!
//! In: parameters by name. Out: hash objects. The one invariant: all parameters are in range before a hasher is made, since the
//! crates panic otherwise.

use super::{Hash, feed};
use crate::hashlib::hashers::Hasher;
use crate::native::made;
use interpreter::objects::function::Args;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use std::sync::{Arc, Mutex};

const PARAMETERS_B: &str = "data=b'', /, *, digest_size=64, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, \
                            node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True";
const PARAMETERS_S: &str = "data=b'', /, *, digest_size=32, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, \
                            node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True";

static NEW_B: Def = def("__new__", PARAMETERS_B, new_b);
static NEW_S: Def = def("__new__", PARAMETERS_S, new_s);

static REPR: [Def; 1] = [def("__repr__", "", |h, args| {
    let text = format!("<_blake2.{} object at {:#x}>", args[0].class().name_text(), args[0].bits());
    Ok(h.new_str(&text))
})];

/// The sizes of an algorithm: digest, key and inner digest; salt; personal string; and the largest node offset.
struct Sizes {
    out: usize,
    salt: usize,
    offset: u64,
}

const B: Sizes = Sizes { out: 64, salt: 16, offset: u64::MAX };
const S: Sizes = Sizes { out: 32, salt: 8, offset: (1 << 48) - 1 };

pub(super) fn enter(h: &mut Held, module: &Module) {
    for (name, new, sizes) in [("blake2b", &NEW_B, B), ("blake2s", &NEW_S, S)] {
        let class = ClassSpec::new::<Hash>(h, "_blake2", name).constructor(h, new);
        let class = class.methods(h, &super::METHODS).methods(h, &super::FIXED).methods(h, &REPR);
        let mut class = class.attrs(h, &super::ATTRS);
        let limits = [
            ("SALT_SIZE", sizes.salt),
            ("PERSON_SIZE", sizes.salt),
            ("MAX_KEY_SIZE", sizes.out),
            ("MAX_DIGEST_SIZE", sizes.out),
        ];
        for (limit, size) in limits {
            let size = h.new_int(size as i64);
            class = class.value(h, limit, size);
        }
        let class = class.build(h);
        crate::native::enter(h, module, &class);
    }
}

/// What the arguments say, all in range.
struct Parameters {
    digest_size: usize,
    key: Vec<u8>,
    salt: Vec<u8>,
    person: Vec<u8>,
    fanout: u8,
    depth: u8,
    leaf_size: u32,
    node_offset: u64,
    node_depth: u8,
    inner_size: usize,
    last_node: bool,
}

fn number(h: &mut Held, value: Option<&Value>, default: i64) -> R<i64> {
    let number = value.map_or(Ok(default as isize), |value| h.to_isize(value))?;
    Ok(number as i64)
}

/// A parameter of bytes with a largest size.
fn short(h: &mut Held, value: Option<&Value>, most: usize, what: &str) -> R<Vec<u8>> {
    let bytes = value.map_or(Ok(Vec::new()), |value| h.with_bytes_like(value, <[u8]>::to_vec))?;
    match bytes.len() <= most {
        true => Ok(bytes),
        false => Err(h.value_error(format!("maximum {what} length is {most} bytes"))),
    }
}

/// A number that must not be negative or too large.
fn positive(h: &mut Held, value: Option<&Value>, most: u64, what: &str) -> R<u64> {
    let Some(value) = value else { return Ok(0) };
    let int = h.index(value)?;
    let Some(int) = int.as_int() else { return Ok(0) };
    if int.is_negative() {
        return Err(h.value_error("value must be positive"));
    }
    let big = int.big();
    match u64::try_from(&*big) {
        Ok(number) if number <= most => Ok(number),
        _ => Err(h.overflow_error(format!("{what} is too large"))),
    }
}

fn byte(h: &mut Held, value: Option<&Value>, default: i64, least: i64, what: &str) -> R<u8> {
    let number = number(h, value, default)?;
    match u8::try_from(number) {
        Ok(byte) if number >= least => Ok(byte),
        _ => Err(h.value_error(format!("{what} must be between {least} and 255"))),
    }
}

fn parameters(h: &mut Held, args: Args<'_>, sizes: &Sizes) -> R<Parameters> {
    let out = sizes.out;
    let digest_size = number(h, args.opt(2), out as i64)?;
    if !(1..=out as i64).contains(&digest_size) {
        return Err(h.value_error(format!("digest_size must be between 1 and {out} bytes")));
    }
    let salt = short(h, args.opt(4), sizes.salt, "salt")?;
    let person = short(h, args.opt(5), sizes.salt, "person")?;
    let fanout = byte(h, args.opt(6), 1, 0, "fanout")?;
    let depth = byte(h, args.opt(7), 1, 1, "depth")?;
    let leaf_size = positive(h, args.opt(8), u64::from(u32::MAX), "leaf_size")? as u32;
    let node_offset = positive(h, args.opt(9), sizes.offset, "node_offset")?;
    let node_depth = byte(h, args.opt(10), 0, 0, "node_depth")?;
    let inner_size = number(h, args.opt(11), 0)?;
    if !(0..=out as i64).contains(&inner_size) {
        return Err(h.value_error(format!("inner_size must be between 0 and is {out}")));
    }
    let last_node = args.opt(12).map_or(Ok(false), |value| h.truth(value))?;
    let key = short(h, args.opt(3), out, "key")?;
    let (digest_size, inner_size) = (digest_size as usize, inner_size as usize);
    Ok(Parameters {
        digest_size,
        key,
        salt,
        person,
        fanout,
        depth,
        leaf_size,
        node_offset,
        node_depth,
        inner_size,
        last_node,
    })
}

/// The two crates' builders have the same methods.
macro_rules! hasher {
    ($crate_name:ident, $p:expr) => {{
        let p = $p;
        let mut builder = $crate_name::Params::new();
        builder.hash_length(p.digest_size).key(&p.key).salt(&p.salt).personal(&p.person);
        builder.fanout(p.fanout).max_depth(p.depth).max_leaf_length(p.leaf_size);
        builder.node_offset(p.node_offset).node_depth(p.node_depth).inner_hash_length(p.inner_size);
        builder.last_node(p.last_node);
        builder.to_state()
    }};
}

fn new_b(h: &mut Held, args: Args<'_>) -> R {
    let parameters = parameters(h, args, &B)?;
    finish(h, args, "blake2b", Box::new(hasher!(blake2b_simd, &parameters)))
}

fn new_s(h: &mut Held, args: Args<'_>) -> R {
    let parameters = parameters(h, args, &S)?;
    finish(h, args, "blake2s", Box::new(hasher!(blake2s_simd, &parameters)))
}

fn finish(h: &mut Held, args: Args<'_>, name: &'static str, hasher: Box<dyn Hasher>) -> R {
    let hasher = Arc::new(Mutex::new(hasher));
    if let Some(data) = args.opt(1) {
        feed(h, &hasher, data)?;
    }
    made(h, args, Hash { name, hasher })
}
