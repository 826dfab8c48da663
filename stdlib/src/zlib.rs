//! `zlib`: deflate and checksums.
//!
//! In: bytes. Out: fewer bytes, or more. The one invariant: a stream stands behind a lock of its own, since it works with the GIL
//! given up; who works on it without the GIL lets the lock go before taking the GIL.

mod compress;
mod decompress;
mod stream;

use interpreter::builtins::add_functions;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;

static ERROR: Global<Option<Value>> = Global::new(None);

/// More bytes than this are summed without the GIL, as in CPython.
const GIL_SIZE: usize = 1024 * 5;

const CONSTANTS: [(&str, i64); 20] = [
    ("DEFLATED", 8),
    ("DEF_BUF_SIZE", 16384),
    ("DEF_MEM_LEVEL", 8),
    ("MAX_WBITS", 15),
    ("Z_BEST_COMPRESSION", 9),
    ("Z_BEST_SPEED", 1),
    ("Z_BLOCK", 5),
    ("Z_DEFAULT_COMPRESSION", -1),
    ("Z_DEFAULT_STRATEGY", 0),
    ("Z_FILTERED", 1),
    ("Z_FINISH", 4),
    ("Z_FIXED", 4),
    ("Z_FULL_FLUSH", 3),
    ("Z_HUFFMAN_ONLY", 2),
    ("Z_NO_COMPRESSION", 0),
    ("Z_NO_FLUSH", 0),
    ("Z_PARTIAL_FLUSH", 1),
    ("Z_RLE", 3),
    ("Z_SYNC_FLUSH", 2),
    ("Z_TREES", 6),
];

static FUNCTIONS: [Def; 6] = [
    def("compress", "data, /, level=-1, wbits=15", compress::compress),
    def("decompress", "data, /, wbits=15, bufsize=16384", decompress::decompress),
    def("compressobj", "level=-1, method=8, wbits=15, memLevel=8, strategy=0, zdict=None", compress::compressobj),
    def("decompressobj", "wbits=15, zdict=b''", decompress::decompressobj),
    def("crc32", "data, value=0, /", |h, args| {
        sum(h, args, 0, |data, start| {
            let mut hasher = crc32fast::Hasher::new_with_initial(start);
            hasher.update(data);
            hasher.finalize()
        })
    }),
    def("adler32", "data, value=1, /", |h, args| {
        sum(h, args, 1, |data, start| {
            let mut adler = adler2::Adler32::from_checksum(start);
            adler.write_slice(data);
            adler.checksum()
        })
    }),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("zlib");
    add_functions(h, &module, &FUNCTIONS);
    for (name, number) in CONSTANTS {
        let number = h.new_int(number);
        set(h, &module, name, number);
    }
    for (name, text) in [("ZLIB_VERSION", "1.3.1"), ("ZLIB_RUNTIME_VERSION", "1.3.1"), ("__version__", "1.0")] {
        let text = h.new_str(text);
        set(h, &module, name, text);
    }
    let error = make_error(h)?;
    ERROR.write(h, |own| *own = Some(error.clone()));
    set(h, &module, "error", error);
    compress::enter(h);
    decompress::enter(h);
    Ok(module)
}

fn set(h: &mut Held, module: &Module, name: &str, value: Value) {
    let name = h.intern(name);
    module.dict.set_str(h, &name, value);
}

fn make_error(h: &mut Held) -> R {
    let (name, own) = (h.new_str("error"), h.new_str("zlib"));
    let namespace = h.new_dict();
    namespace.set_str(h, n::__module__.value(), own);
    let bases = h.tuple_of(&[Exc::Exception.class().value().clone()]);
    h.call(interpreter::objects::core().type_.value(), &[name, bases, namespace.into_value()])
}

#[cold]
fn error(h: &mut Held, message: &str) -> Raised {
    let class = ERROR.read(h, Clone::clone).unwrap_or(Value::NONE);
    let message = h.new_str(message);
    h.call(&class, &[message]).map_or_else(|raised| raised, Raised::new)
}

/// A checksum from a start, of which the low 32 bits count.
fn sum(h: &mut Held, args: Args<'_>, start: u32, sum: fn(&[u8], u32) -> u32) -> R {
    let start = match args.opt(1) {
        Some(value) => low_bits(h, value)?,
        None => start,
    };
    let data = h.with_bytes_like(&args[0], <[u8]>::to_vec)?;
    let result =
        if data.len() > GIL_SIZE { h.detach_for(Reason::Native, || sum(&data, start)) } else { sum(&data, start) };
    Ok(h.new_int(result.into()))
}

fn low_bits(h: &mut Held, value: &Value) -> R<u32> {
    let index = h.index(value)?;
    let low = index.as_int().and_then(|int| int.big().iter_u32_digits().next().map(|low| (low, int.is_negative())));
    Ok(low.map_or(0, |(low, negative)| if negative { low.wrapping_neg() } else { low }))
}

/// An optional number.
fn number(h: &mut Held, value: Option<&Value>, default: isize) -> R<isize> {
    value.map_or(Ok(default), |value| h.to_isize(value))
}
