//! Keys from passwords: HMAC, PBKDF2 and scrypt.
//!
//! In: passwords, salts, costs. Out: bytes. The one invariant: the costly loops run with the GIL given up.

use super::hashers::{self, Hasher};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;

static ERROR: Global<Option<Value>> = Global::new(None);

/// The exception for algorithms that a function cannot use.
pub(super) fn enter(h: &mut Held, module: &Module) -> R<()> {
    let (name, own) = (h.new_str("UnsupportedDigestmodError"), h.new_str("_hashlib"));
    let namespace = h.new_dict();
    namespace.set_str(h, n::__module__.value(), own);
    let bases = h.tuple_of(&[Exc::ValueError.class().value().clone()]);
    let class = h.call(interpreter::objects::core().type_.value(), &[name, bases, namespace.into_value()])?;
    ERROR.write(h, |own| *own = Some(class.clone()));
    let name = h.intern("UnsupportedDigestmodError");
    module.dict.set_str(h, &name, class);
    Ok(())
}

#[cold]
fn unsupported(h: &mut Held) -> Raised {
    let class = ERROR.read(h, Clone::clone).unwrap_or(Value::NONE);
    let message = h.new_str("[digital envelope routines] unsupported");
    h.call(&class, &[message]).map_or_else(|raised| raised, Raised::new)
}

/// The algorithm that an argument names; it must have digests of one length.
fn algorithm(h: &mut Held, value: &Value, function: &str) -> R<Box<dyn Hasher>> {
    let Some(name) = value.downcast::<Str>() else {
        let got = value.class_name();
        return Err(h.type_error(format!("{function}() argument 'hash_name' must be str, not {got}")));
    };
    match hashers::make(&name.text()) {
        Some(made) if !made.any_length => Ok(made.hasher),
        _ => Err(unsupported(h)),
    }
}

/// A message authentication code that can be made of many messages with one key.
struct Hmac {
    inner: Box<dyn Hasher>,
    outer: Box<dyn Hasher>,
}

impl Hmac {
    fn new(hasher: &dyn Hasher, key: &[u8]) -> Hmac {
        let mut block = vec![0; hasher.block_size()];
        let key = match key.len() > block.len() {
            true => {
                let mut hasher = hasher.duplicate();
                hasher.update(key);
                hasher.digest(None)
            }
            false => key.to_vec(),
        };
        block[..key.len()].copy_from_slice(&key);
        let padded = |pad: u8| {
            let mut half = hasher.duplicate();
            half.update(&block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>());
            half
        };
        Hmac { inner: padded(0x36), outer: padded(0x5c) }
    }

    fn digest(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut inner = self.inner.duplicate();
        parts.iter().for_each(|part| inner.update(part));
        let mut outer = self.outer.duplicate();
        outer.update(&inner.digest(None));
        outer.digest(None)
    }
}

pub(super) fn hmac_digest(h: &mut Held, args: Args<'_>) -> R {
    let key = h.with_bytes_like(&args[0], <[u8]>::to_vec)?;
    let message = h.with_bytes_like(&args[1], <[u8]>::to_vec)?;
    let hasher = algorithm(h, &args[2], "hmac_digest")?;
    let digest = h.detach_for(Reason::Native, move || Hmac::new(&*hasher, &key).digest(&[&message]));
    Ok(h.new_bytes(&digest))
}

pub(super) fn pbkdf2(h: &mut Held, args: Args<'_>) -> R {
    let hasher = algorithm(h, &args[0], "pbkdf2_hmac")?;
    let password = h.with_bytes_like(&args[1], <[u8]>::to_vec)?;
    let salt = h.with_bytes_like(&args[2], <[u8]>::to_vec)?;
    let iterations = h.to_isize(&args[3])?;
    if iterations < 1 {
        return Err(h.value_error("iteration value must be greater than 0."));
    }
    if iterations > i32::MAX as isize {
        return Err(h.overflow_error("iteration value is too great."));
    }
    let length = match args.opt_some(4).filter(|length| !length.is_none()) {
        Some(length) => h.to_isize(length)?,
        None => hasher.digest_size() as isize,
    };
    if length < 1 {
        return Err(h.value_error("key length must be greater than 0."));
    }
    if length > i32::MAX as isize {
        return Err(h.overflow_error("key length is too great."));
    }
    let key =
        h.detach_for(Reason::Native, move || stretch(&*hasher, &password, &salt, iterations as usize, length as usize));
    Ok(h.new_bytes(&key))
}

fn stretch(hasher: &dyn Hasher, password: &[u8], salt: &[u8], iterations: usize, length: usize) -> Vec<u8> {
    let hmac = Hmac::new(hasher, password);
    let mut key = Vec::new();
    for number in 1u32.. {
        if key.len() >= length {
            break;
        }
        let mut last = hmac.digest(&[salt, &number.to_be_bytes()]);
        let mut block = last.clone();
        for _ in 1..iterations {
            last = hmac.digest(&[&last]);
            block.iter_mut().zip(&last).for_each(|(sum, byte)| *sum ^= byte);
        }
        key.extend(block);
    }
    key.truncate(length);
    key
}

/// The largest memory of scrypt when nothing else is said: OpenSSL's limit.
const SCRYPT_MEMORY: u64 = 32 * 1024 * 1024;

pub(super) fn scrypt(h: &mut Held, args: Args<'_>) -> R {
    let password = h.with_bytes_like(&args[0], <[u8]>::to_vec)?;
    let Some(salt) = args.opt_some(1) else { return Err(h.type_error("salt is required")) };
    let salt = h.with_bytes_like(salt, <[u8]>::to_vec)?;
    let mut costs = [0u32; 3];
    for (i, name) in ["n", "r", "p"].into_iter().enumerate() {
        let given = args.opt_some(2 + i);
        let Some(given) = given else {
            let needs = if name == "n" {
                "n is required and must be an unsigned int".to_owned()
            } else {
                format!("{name} is required and must be an unsigned int")
            };
            return Err(h.type_error(needs));
        };
        let number = h.to_isize(given)?;
        costs[i] = u32::try_from(number)
            .map_err(|_| h.value_error(format!("{name} is required and must be an unsigned int")))?;
    }
    let [cost, r, p] = costs;
    if cost < 2 || !cost.is_power_of_two() {
        return Err(h.value_error("n must be a power of 2."));
    }
    let memory = args.opt(5).map_or(Ok(0), |memory| h.to_isize(memory))?;
    if !(0..=i32::MAX as isize).contains(&memory) {
        return Err(h.value_error(format!("maxmem must be positive and smaller than {}", i32::MAX)));
    }
    let length = args.opt(6).map_or(Ok(64), |length| h.to_isize(length))?;
    if !(1..=i32::MAX as isize).contains(&length) {
        return Err(h.value_error(format!("dklen must be greater than 0 and smaller than {}", i32::MAX)));
    }
    let needed = 128 * u64::from(r) * (u64::from(cost) + u64::from(p) + 2);
    let limit = if memory == 0 { SCRYPT_MEMORY } else { memory as u64 };
    let log = cost.trailing_zeros() as u8;
    let parameters = scrypt::Params::new(log, r, p, 32);
    let Some(parameters) = parameters.ok().filter(|_| needed <= limit) else {
        return Err(h.value_error("Invalid parameter combination for n, r, p, maxmem."));
    };
    let mut key = vec![0; length as usize];
    let result = h.detach_for(Reason::Native, || scrypt::scrypt(&password, &salt, &parameters, &mut key));
    match result {
        Ok(()) => Ok(h.new_bytes(&key)),
        Err(_) => Err(h.value_error("Invalid parameter combination for n, r, p, maxmem.")),
    }
}
