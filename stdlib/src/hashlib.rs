//! `_hashlib`: digests of bytes.
//!
//! In: bytes. Out: objects that take more bytes and give digests. The one invariant: a hasher stands behind a lock of its own,
//! since large data is hashed with the GIL given up; who works on it without the GIL lets the lock go before taking the GIL.

mod blake2;
mod derive;
mod hashers;

use hashers::{Hasher, Made};
use interpreter::builtins::add_functions;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// More bytes than this are hashed without the GIL: CPython's `HASHLIB_GIL_MINSIZE`.
const GIL_SIZE: usize = 2048;

/// A hasher that threads share.
pub(crate) type Shared = Arc<Mutex<Box<dyn Hasher>>>;

/// The data of `_hashlib.HASH`, of its subclass for digests of any length, and of the BLAKE2 classes.
pub struct Hash {
    name: &'static str,
    hasher: Shared,
}

interpreter::object!(Hash, "HASH");

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);
static XOF_CLASS: Global<Option<Ref<Class>>> = Global::new(None);

static METHODS: [Def; 3] = [def("__repr__", "", repr), def("copy", "", copy), def("update", "obj, /", update)];
static FIXED: [Def; 2] = [
    def("digest", "", |h, args| {
        let digest = digest(args, None);
        Ok(h.new_bytes(&digest))
    }),
    def("hexdigest", "", |h, args| {
        let digest = digest(args, None);
        Ok(h.new_str(&hex(&digest)))
    }),
];
static OF_LENGTH: [Def; 2] = [
    def("digest", "length", |h, args| {
        let length = length(h, &args[1])?;
        let digest = digest(args, Some(length));
        Ok(h.new_bytes(&digest))
    }),
    def("hexdigest", "length", |h, args| {
        let length = length(h, &args[1])?;
        let digest = digest(args, Some(length));
        Ok(h.new_str(&hex(&digest)))
    }),
];
static ATTRS: [Attr; 3] = [
    getter("name", |h, hash| Ok(hash.downcast::<Hash>().map_or(Value::NONE, |hash| h.new_str(hash.name)))),
    getter("digest_size", |h, hash| {
        let size = hash.downcast::<Hash>().map_or(0, |hash| lock(&hash.hasher).digest_size());
        Ok(h.new_int(size as i64))
    }),
    getter("block_size", |h, hash| {
        let size = hash.downcast::<Hash>().map_or(0, |hash| lock(&hash.hasher).block_size());
        Ok(h.new_int(size as i64))
    }),
];

/// A constructor for one algorithm, by CPython's name.
macro_rules! openssl {
    ($name:literal, $algorithm:literal) => {
        def(concat!("openssl_", $name), "string=b'', *, usedforsecurity=True", |h, args| {
            make(h, $algorithm, args.opt(0))
        })
    };
}

static FUNCTIONS: [Def; 18] = [
    openssl!("md5", "md5"),
    openssl!("sha1", "sha1"),
    openssl!("sha224", "sha224"),
    openssl!("sha256", "sha256"),
    openssl!("sha384", "sha384"),
    openssl!("sha512", "sha512"),
    openssl!("sha3_224", "sha3_224"),
    openssl!("sha3_256", "sha3_256"),
    openssl!("sha3_384", "sha3_384"),
    openssl!("sha3_512", "sha3_512"),
    openssl!("shake_128", "shake_128"),
    openssl!("shake_256", "shake_256"),
    def("new", "name, string=b'', *, usedforsecurity=True", new),
    def("hmac_digest", "key, msg, digest", derive::hmac_digest),
    def("pbkdf2_hmac", "hash_name, password, salt, iterations, dklen=None", derive::pbkdf2),
    def("scrypt", "password, *, salt=None, n=None, r=None, p=None, maxmem=0, dklen=64", derive::scrypt),
    def("get_fips_mode", "", |h, _| Ok(h.new_int(0))),
    def("compare_digest", "a, b, /", |h, args| {
        let module = h.import_module("_operator")?;
        let name = h.intern("_compare_digest");
        let compare = h.get_attr(&module, &name)?;
        h.call(&compare, &[args[0].clone(), args[1].clone()])
    }),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_hashlib");
    add_functions(h, &module, &FUNCTIONS);
    let class = ClassSpec::new::<Hash>(h, "_hashlib", "HASH").flags(class_flag::NO_NEW);
    let class = class.methods(h, &METHODS).methods(h, &FIXED).attrs(h, &ATTRS).build(h);
    let xof = ClassSpec::with_base::<Hash>(h, "_hashlib", "HASHXOF", &class).flags(class_flag::NO_NEW);
    let xof = xof.methods(h, &OF_LENGTH).build(h);
    CLASS.write(h, |own| *own = Some(class.clone()));
    XOF_CLASS.write(h, |own| *own = Some(xof.clone()));
    crate::native::enter(h, &module, &class);
    crate::native::enter(h, &module, &xof);
    blake2::enter(h, &module);
    let names: Vec<Value> = hashers::NAMES.iter().map(|name| h.new_str(name)).collect();
    let names = h.frozenset_of_constants(names);
    let name = h.intern("openssl_md_meth_names");
    module.dict.set_str(h, &name, names);
    derive::enter(h, &module)?;
    Ok(module)
}

pub(crate) fn lock(hasher: &Shared) -> MutexGuard<'_, Box<dyn Hasher>> {
    hasher.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The bytes to hash: strings have none.
pub(crate) fn bytes_of(h: &Held, data: &Value) -> R<Vec<u8>> {
    if data.downcast::<Str>().is_some() {
        return Err(h.type_error("Strings must be encoded before hashing"));
    }
    match h.buffer_to_vec(data)? {
        Some(bytes) => Ok(bytes),
        None => Err(h.type_error("object supporting the buffer API required")),
    }
}

fn make(h: &mut Held, algorithm: &str, data: Option<&Value>) -> R {
    let Some(Made { name, hasher, any_length }) = hashers::make(algorithm) else {
        return Err(h.value_error(format!("unsupported hash type {algorithm}")));
    };
    let hasher = Arc::new(Mutex::new(hasher));
    if let Some(data) = data {
        feed(h, &hasher, data)?;
    }
    let class = if any_length { &XOF_CLASS } else { &CLASS };
    match class.read(h, Clone::clone) {
        Some(class) => Ok(h.new_object(&class, Hash { name, hasher }).into_value()),
        None => Err(h.runtime_error("_hashlib is not made")),
    }
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    match args[0].downcast::<Str>() {
        Some(name) => {
            let name = name.text();
            make(h, &name, args.opt(1))
        }
        None => Err(h.type_error("name must be a string")),
    }
}

/// Hashes the bytes of an object, without the GIL if they are many.
pub(crate) fn feed(h: &mut Held, hasher: &Shared, data: &Value) -> R<()> {
    let bytes = bytes_of(h, data)?;
    if bytes.len() < GIL_SIZE {
        lock(hasher).update(&bytes);
    } else {
        h.detach_for(Reason::Native, || lock(hasher).update(&bytes));
    }
    Ok(())
}

fn update(h: &mut Held, args: Args<'_>) -> R {
    feed(h, &args.this::<Hash>().hasher, &args[1])?;
    Ok(Value::NONE)
}

fn copy(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Hash>();
    let hasher = Arc::new(Mutex::new(lock(&this.hasher).duplicate()));
    Ok(h.new_object(args[0].class(), Hash { name: this.name, hasher }).into_value())
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let class = args[0].class().name_text();
    let text = format!("<{} _hashlib.{class} object @ {:#x}>", args.this::<Hash>().name, args[0].bits());
    Ok(h.new_str(&text))
}

fn digest(args: Args<'_>, length: Option<usize>) -> Vec<u8> {
    lock(&args.this::<Hash>().hasher).digest(length)
}

fn length(h: &mut Held, value: &Value) -> R<usize> {
    let length = h.to_isize(value)?;
    match usize::try_from(length) {
        Ok(length) if length < 1 << 40 => Ok(length),
        Ok(_) => Err(h.error(Exc::MemoryError, "")),
        Err(_) => Err(h.value_error("length must be non-negative")),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
