//! `compress` and `compressobj`.
//!
//! In: bytes. Out: deflated bytes. The one invariant: a finished stream compresses nothing more.

use super::stream::{Wrapper, compressor, squeeze};
use super::{error, number};
use flate2::{Compress, FlushCompress};
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;
use std::sync::{Arc, Mutex, PoisonError};

/// The data of `zlib.Compress`: nothing when finished.
pub struct Compressor(Arc<Mutex<Option<Compress>>>);

interpreter::object!(Compressor, "Compress");

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

static METHODS: [Def; 5] = [
    def("compress", "data, /", |h, args| {
        let data = h.with_bytes_like(&args[1], <[u8]>::to_vec)?;
        step(h, args, data, FlushCompress::None)
    }),
    def("flush", "mode=4, /", |h, args| {
        let mode = match number(h, args.opt(1), 4)? {
            0 => return Ok(h.new_bytes(b"")),
            1 => FlushCompress::Partial,
            2 => FlushCompress::Sync,
            3 => FlushCompress::Full,
            4 => FlushCompress::Finish,
            _ => return Err(error(h, "Error -2 while flushing: inconsistent stream state")),
        };
        step(h, args, Vec::new(), mode)
    }),
    def("copy", "", refuse_copy),
    def("__copy__", "", refuse_copy),
    def("__deepcopy__", "memo, /", refuse_copy),
];

pub(super) fn enter(h: &mut Held) {
    let class = ClassSpec::new::<Compressor>(h, "zlib", "Compress").flags(class_flag::NO_NEW).methods(h, &METHODS);
    let class = class.build(h);
    CLASS.write(h, |own| *own = Some(class));
}

pub(super) fn refuse_copy(h: &mut Held, _: Args<'_>) -> R {
    Err(h.error(interpreter::objects::exception::Exc::NotImplementedError, "streams of zlib cannot be copied"))
}

pub(super) fn compress(h: &mut Held, args: Args<'_>) -> R {
    let data = h.with_bytes_like(&args[0], <[u8]>::to_vec)?;
    let level = number(h, args.opt(1), -1)?;
    let bits = number(h, args.opt(2), 15)?;
    let Some(wrapper) = Wrapper::from_bits(bits, false).filter(|_| (-1..=9).contains(&level)) else {
        return Err(error(h, "Bad compression level"));
    };
    let result =
        h.detach_for(Reason::Native, || squeeze(&mut compressor(level, wrapper), &data, FlushCompress::Finish));
    match result {
        Ok(out) => Ok(h.new_bytes(&out)),
        Err(message) => Err(error(h, &message)),
    }
}

/// The memory level and the strategy have a range; they change the size of the output a little and nothing else, and are not
/// passed on.
pub(super) fn compressobj(h: &mut Held, args: Args<'_>) -> R {
    let level = number(h, args.opt(0), -1)?;
    let method = number(h, args.opt(1), 8)?;
    let bits = number(h, args.opt(2), 15)?;
    let memory = number(h, args.opt(3), 8)?;
    let strategy = number(h, args.opt(4), 0)?;
    let valid = (-1..=9).contains(&level) && method == 8 && (1..=9).contains(&memory) && (0..=4).contains(&strategy);
    let Some(wrapper) = Wrapper::from_bits(bits, false).filter(|_| valid) else {
        return Err(h.value_error("Invalid initialization option"));
    };
    let mut stream = compressor(level, wrapper);
    if let Some(dictionary) = args.opt_some(5) {
        let Some(dictionary) = h.buffer_to_vec(dictionary)? else {
            return Err(h.type_error("zdict argument must support the buffer protocol"));
        };
        if stream.set_dictionary(&dictionary).is_err() {
            return Err(h.value_error("Invalid dictionary"));
        }
    }
    match CLASS.read(h, Clone::clone) {
        Some(class) => Ok(h.new_object(&class, Compressor(Arc::new(Mutex::new(Some(stream))))).into_value()),
        None => Ok(Value::NONE),
    }
}

fn step(h: &mut Held, args: Args<'_>, data: Vec<u8>, flush: FlushCompress) -> R {
    let shared = args.this::<Compressor>().0.clone();
    let result = h.detach_for(Reason::Native, move || {
        let mut stream = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let result = squeeze(stream.as_mut()?, &data, flush);
        if matches!(flush, FlushCompress::Finish) {
            *stream = None;
        }
        Some(result)
    });
    match result {
        Some(Ok(out)) => Ok(h.new_bytes(&out)),
        Some(Err(message)) => Err(error(h, &message)),
        None => Err(error(h, "Error -2 while compressing data: inconsistent stream state")),
    }
}
