//! `decompress` and `decompressobj`.
//!
//! In: deflated bytes. Out: what they stand for. The one invariant: what follows the end of a stream is kept as it came.

use super::compress::refuse_copy;
use super::stream::{Expanded, Wrapper, decompressor, expand};
use super::{error, number};
use flate2::Decompress;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a decompressor has seen.
struct State {
    wrapper: Wrapper,
    dictionary: Vec<u8>,
    /// Made when the first byte is there.
    stream: Option<Decompress>,
    unused: Vec<u8>,
    unconsumed: Vec<u8>,
    ended: bool,
}

/// The data of `zlib.Decompress`.
pub struct Decompressor(Arc<Mutex<State>>);

interpreter::object!(Decompressor, "Decompress");

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

static METHODS: [Def; 5] = [
    def("decompress", "data, /, max_length=0", decompress_part),
    def("flush", "length=16384, /", flush),
    def("copy", "", refuse_copy),
    def("__copy__", "", refuse_copy),
    def("__deepcopy__", "memo, /", refuse_copy),
];

static ATTRS: [Attr; 3] = [
    getter("eof", |_, this| Ok(Value::bool(this.downcast::<Decompressor>().is_some_and(|this| lock(&this.0).ended)))),
    getter("unused_data", |h, this| {
        let bytes = this.downcast::<Decompressor>().map(|this| lock(&this.0).unused.clone());
        Ok(h.new_bytes(&bytes.unwrap_or_default()))
    }),
    getter("unconsumed_tail", |h, this| {
        let bytes = this.downcast::<Decompressor>().map(|this| lock(&this.0).unconsumed.clone());
        Ok(h.new_bytes(&bytes.unwrap_or_default()))
    }),
];

pub(super) fn enter(h: &mut Held) {
    let class = ClassSpec::new::<Decompressor>(h, "zlib", "Decompress").flags(class_flag::NO_NEW);
    let class = class.methods(h, &METHODS).attrs(h, &ATTRS).build(h);
    CLASS.write(h, |own| *own = Some(class));
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn decompress(h: &mut Held, args: Args<'_>) -> R {
    let data = h.with_bytes_like(&args[0], <[u8]>::to_vec)?;
    let bits = number(h, args.opt(1), 15)?;
    number(h, args.opt(2), 0)?;
    let Some(wrapper) = Wrapper::from_bits(bits, true) else {
        return Err(error(h, "Error -2 while preparing to decompress data: inconsistent stream state"));
    };
    let result = h.detach_for(Reason::Native, || {
        let mut stream = decompressor(wrapper, data.first().copied());
        expand(&mut stream, &data, usize::MAX, &[])
    });
    match result {
        Ok(Expanded { out, ended: true, .. }) => Ok(h.new_bytes(&out)),
        Ok(_) => Err(error(h, "Error -5 while decompressing data: incomplete or truncated stream")),
        Err(message) => Err(error(h, &message)),
    }
}

pub(super) fn decompressobj(h: &mut Held, args: Args<'_>) -> R {
    let bits = number(h, args.opt(0), 15)?;
    let dictionary = match args.opt(1) {
        Some(dictionary) => h.buffer_to_vec(dictionary)?,
        None => Some(Vec::new()),
    };
    let Some(dictionary) = dictionary else {
        return Err(h.type_error("zdict argument must support the buffer protocol"));
    };
    let Some(wrapper) = Wrapper::from_bits(bits, true) else {
        return Err(h.value_error("Invalid initialization option"));
    };
    let (unused, unconsumed) = (Vec::new(), Vec::new());
    let state = State { wrapper, dictionary, stream: None, unused, unconsumed, ended: false };
    match CLASS.read(h, Clone::clone) {
        Some(class) => Ok(h.new_object(&class, Decompressor(Arc::new(Mutex::new(state)))).into_value()),
        None => Ok(Value::NONE),
    }
}

/// The limit that an argument gives.
fn limit(h: &mut Held, value: Option<&Value>) -> R<usize> {
    match number(h, value, 0)? {
        0 => Ok(usize::MAX),
        most => usize::try_from(most).map_err(|_| h.value_error("max_length must be non-negative")),
    }
}

fn decompress_part(h: &mut Held, args: Args<'_>) -> R {
    let data = h.with_bytes_like(&args[1], <[u8]>::to_vec)?;
    let limit = limit(h, args.opt(2))?;
    run(h, args, data, limit)
}

fn run(h: &mut Held, args: Args<'_>, data: Vec<u8>, limit: usize) -> R {
    let shared = args.this::<Decompressor>().0.clone();
    match h.detach_for(Reason::Native, move || lock(&shared).run(&data, limit)) {
        Ok(out) => Ok(h.new_bytes(&out)),
        Err(message) => Err(error(h, &message)),
    }
}

impl State {
    fn run(&mut self, data: &[u8], limit: usize) -> Result<Vec<u8>, String> {
        if self.ended {
            self.unused.extend_from_slice(data);
            return Ok(Vec::new());
        }
        if self.stream.is_none() {
            let mut stream = decompressor(self.wrapper, data.first().copied());
            if matches!(self.wrapper, Wrapper::Raw(_)) && !self.dictionary.is_empty() {
                stream.set_dictionary(&self.dictionary).map_err(|_| "Error -3 while setting zdict".to_owned())?;
            }
            if data.is_empty() {
                return Ok(Vec::new());
            }
            self.stream = Some(stream);
        }
        let Some(stream) = &mut self.stream else { return Ok(Vec::new()) };
        let Expanded { out, used, ended } = expand(stream, data, limit, &self.dictionary)?;
        self.unconsumed.clear();
        self.ended = ended;
        let rest = if ended { &mut self.unused } else { &mut self.unconsumed };
        rest.extend_from_slice(&data[used..]);
        Ok(out)
    }
}

/// What was not consumed yet, decompressed.
fn flush(h: &mut Held, args: Args<'_>) -> R {
    if number(h, args.opt(1), 1)? <= 0 {
        return Err(h.value_error("length must be greater than zero"));
    }
    let rest = std::mem::take(&mut lock(&args.this::<Decompressor>().0).unconsumed);
    if rest.is_empty() {
        return Ok(h.new_bytes(b""));
    }
    run(h, args, rest, usize::MAX)
}
