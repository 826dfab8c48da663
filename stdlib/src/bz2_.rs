//! `_bz2`: the compressor and the decompressor of bzip2.
//!
//! In: bytes. Out: bytes. The one invariant: a stream stands behind a lock of its own, since it works with the GIL given up.

use crate::native::made;
use bzip2::{Action, Compress, Compression, Decompress, Status};
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much room a step makes at a time.
const ROOM: usize = 32 * 1024;

/// The data of `BZ2Compressor`: nothing when it was flushed.
pub struct Compressor(Arc<Mutex<Option<Compress>>>);

interpreter::object!(Compressor, "BZ2Compressor");

/// What a decompressor has seen.
struct State {
    stream: Decompress,
    /// Input that waits, because the output was as long as it might be.
    waiting: Vec<u8>,
    unused: Vec<u8>,
    ended: bool,
    needs_input: bool,
}

/// The data of `BZ2Decompressor`.
pub struct Decompressor(Arc<Mutex<State>>);

interpreter::object!(Decompressor, "BZ2Decompressor");

static NEW_COMPRESSOR: Def = def("__new__", "compresslevel=9, /", new_compressor);
static NEW_DECOMPRESSOR: Def = def("__new__", "", |h, args| {
    let (stream, waiting, unused) = (Decompress::new(false), Vec::new(), Vec::new());
    let state = State { stream, waiting, unused, ended: false, needs_input: true };
    made(h, args, Decompressor(Arc::new(Mutex::new(state))))
});

static COMPRESSOR: [Def; 2] = [
    def("compress", "data, /", |h, args| {
        let data = h.with_bytes_like(&args[1], <[u8]>::to_vec)?;
        compress(h, args, data, Action::Run)
    }),
    def("flush", "", |h, args| compress(h, args, Vec::new(), Action::Finish)),
];

static DECOMPRESSOR: [Def; 1] = [def("decompress", "data, max_length=-1", decompress)];

static ATTRS: [Attr; 3] = [
    getter("eof", |_, this| Ok(Value::bool(this.downcast::<Decompressor>().is_some_and(|this| lock(&this.0).ended)))),
    getter("needs_input", |_, this| {
        Ok(Value::bool(this.downcast::<Decompressor>().is_some_and(|this| lock(&this.0).needs_input)))
    }),
    getter("unused_data", |h, this| {
        let bytes = this.downcast::<Decompressor>().map(|this| lock(&this.0).unused.clone());
        Ok(h.new_bytes(&bytes.unwrap_or_default()))
    }),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_bz2");
    let compressor = ClassSpec::new::<Compressor>(h, "_bz2", "BZ2Compressor").constructor(h, &NEW_COMPRESSOR);
    let compressor = compressor.methods(h, &COMPRESSOR).build(h);
    let decompressor = ClassSpec::new::<Decompressor>(h, "_bz2", "BZ2Decompressor").constructor(h, &NEW_DECOMPRESSOR);
    let decompressor = decompressor.methods(h, &DECOMPRESSOR).attrs(h, &ATTRS).build(h);
    crate::native::enter(h, &module, &compressor);
    crate::native::enter(h, &module, &decompressor);
    Ok(module)
}

fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn new_compressor(h: &mut Held, args: Args<'_>) -> R {
    let level = args.opt(1).map_or(Ok(9), |level| h.to_isize(level))?;
    if !(1..=9).contains(&level) {
        return Err(h.value_error("compresslevel must be between 1 and 9"));
    }
    let stream = Compress::new(Compression::new(level as u32), 0);
    made(h, args, Compressor(Arc::new(Mutex::new(Some(stream)))))
}

fn compress(h: &mut Held, args: Args<'_>, data: Vec<u8>, action: Action) -> R {
    let shared = args.this::<Compressor>().0.clone();
    let result = h.detach_for(Reason::Native, move || {
        let mut stream = lock(&shared);
        let out = squeeze(stream.as_mut()?, &data, action);
        if matches!(action, Action::Finish) {
            *stream = None;
        }
        Some(out)
    });
    match result {
        Some(out) => Ok(h.new_bytes(&out)),
        None if matches!(action, Action::Finish) => Err(h.value_error("Repeated call to flush()")),
        None => Err(h.value_error("Compressor has been flushed")),
    }
}

fn squeeze(stream: &mut Compress, mut input: &[u8], action: Action) -> Vec<u8> {
    let mut out = Vec::new();
    let finishing = matches!(action, Action::Finish);
    while finishing || !input.is_empty() {
        out.reserve(ROOM);
        let before = stream.total_in();
        let status = stream.compress_vec(input, &mut out, action);
        let used = (stream.total_in() - before) as usize;
        input = input.get(used..).unwrap_or_default();
        if matches!(status, Ok(Status::StreamEnd) | Err(_)) {
            break;
        }
    }
    out
}

fn decompress(h: &mut Held, args: Args<'_>) -> R {
    let data = h.with_bytes_like(&args[1], <[u8]>::to_vec)?;
    let most = args.opt(2).map_or(Ok(-1), |most| h.to_isize(most))?;
    let shared = args.this::<Decompressor>().0.clone();
    let result =
        h.detach_for(Reason::Native, move || lock(&shared).run(&data, usize::try_from(most).unwrap_or(usize::MAX)));
    match result {
        Some(Ok(out)) => Ok(h.new_bytes(&out)),
        Some(Err(())) => Err(h.error(Exc::OSError, "Invalid data stream")),
        None => Err(h.error(Exc::EOFError, "End of stream already reached")),
    }
}

impl State {
    /// Nothing after the end of the stream.
    fn run(&mut self, data: &[u8], limit: usize) -> Option<Result<Vec<u8>, ()>> {
        if self.ended {
            return None;
        }
        let mut input = std::mem::take(&mut self.waiting);
        input.extend_from_slice(data);
        let (mut out, mut used) = (Vec::new(), 0);
        loop {
            let room = ROOM.max(out.len()).min(limit - out.len());
            if room == 0 {
                break;
            }
            let mut piece = vec![0; room];
            let before = (self.stream.total_in(), self.stream.total_out());
            let status = self.stream.decompress(&input[used..], &mut piece);
            used += (self.stream.total_in() - before.0) as usize;
            let written = (self.stream.total_out() - before.1) as usize;
            out.extend_from_slice(&piece[..written]);
            match status {
                Ok(Status::StreamEnd) => {
                    self.ended = true;
                    break;
                }
                Err(_) => return Some(Err(())),
                Ok(_) if used == input.len() && written < room => break,
                Ok(_) => (),
            }
        }
        self.needs_input = !self.ended && used == input.len() && out.len() < limit;
        let rest = if self.ended { &mut self.unused } else { &mut self.waiting };
        rest.extend_from_slice(&input[used..]);
        Some(Ok(out))
    }
}
