//! Objects to bytes: protocols 4 and 5.
//!
//! In: an object. Out: the bytes that CPython makes of it, or what toy code raised. The one invariant: what has been written stays
//! alive until the end, so that no other object gets its address and with it its number.
//!
//! - this file: plain things; `reduce`: objects that say themselves how they are made; `place`: what is found by its name

mod place;
mod reduce;

use super::opcode::*;
use interpreter::objects::bytes::{ByteArray, Bytes};
use interpreter::objects::class::Class;
use interpreter::objects::core;
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Function;
use interpreter::objects::header::Obj;
use interpreter::objects::list::List;
use interpreter::objects::set::Set;
use interpreter::objects::str::Str;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use interpreter::sync::held::recursion_limit;
use num_bigint::BigInt;
use rustc_hash::FxHashMap;
use toy_text::codecs::{self, Codec, ErrorHandler};

/// As many items are written between two marks.
const BATCH: usize = 1000;
const FRAME_TARGET: usize = 64 * 1024;
const FRAME_MIN: usize = 4;
const FRAME_HEADER: usize = 9;

/// What the module written in toy lends.
struct Tools<'a> {
    /// `locate(object, name)` gives the module and the name of a global.
    locate: &'a Value,
    /// Dicts of functions that reduce objects of a class, in the order in which they are asked.
    tables: &'a Value,
    /// PicklingError.
    error: &'a Value,
    /// The class of buffers that may travel outside of a pickle, and what gives the bytes of one and whether they are read-only.
    buffer: &'a Value,
    contents: &'a Value,
}

struct Saver<'a> {
    out: Vec<u8>,
    protocol: u8,
    tools: Tools<'a>,
    /// Whether what is written goes into frames, and where the open frame begins.
    framing: bool,
    frame: Option<usize>,
    /// The numbers of objects that have been written; they are `kept` alive, so that no other object gets their address.
    memo: FxHashMap<u64, u32>,
    kept: Vec<Value>,
    depth: u32,
    /// The version of the class that was met last, and whether its instances are reduced by `object` itself.
    known: Option<(u64, bool)>,
    /// The names of modules that builtin classes were found in.
    modules: Vec<(String, Value)>,
}

/// The pickle of an object.
pub fn dumps(h: &mut Held, object: &Value, protocol: u8, tools: &Value) -> R<Vec<u8>> {
    let Some([locate, tables, error, buffer, contents]) = tools.downcast::<Tuple>().map(|tools| tools.items()) else {
        return Err(h.type_error("dumps() needs five tools"));
    };
    let tools = Tools { locate, tables, error, buffer, contents };
    let out = vec![PROTO, protocol];
    let (memo, kept) = (FxHashMap::default(), Vec::new());
    let mut saver = Saver {
        out,
        protocol,
        tools,
        framing: true,
        frame: None,
        memo,
        kept,
        depth: 0,
        known: None,
        modules: Vec::new(),
    };
    saver.save(h, object)?;
    saver.write(&[STOP]);
    saver.close_frame();
    Ok(saver.out)
}

impl Saver<'_> {
    fn write(&mut self, bytes: &[u8]) {
        if self.framing && self.frame.is_none() {
            self.frame = Some(self.out.len());
            self.out.extend([0; FRAME_HEADER]);
        }
        self.out.extend_from_slice(bytes);
    }

    /// Gives the open frame its header, unless it is too short to be one.
    fn close_frame(&mut self) {
        let Some(start) = self.frame.take() else { return };
        let len = self.out.len() - start - FRAME_HEADER;
        if len < FRAME_MIN {
            self.out.drain(start..start + FRAME_HEADER);
            return;
        }
        self.out[start] = FRAME;
        self.out[start + 1..start + FRAME_HEADER].copy_from_slice(&(len as u64).to_le_bytes());
    }

    fn write_sized(&mut self, header: &[u8], payload: &[u8]) {
        let large = payload.len() >= FRAME_TARGET;
        if large {
            self.close_frame();
            self.framing = false;
        }
        self.write(header);
        self.write(payload);
        self.framing = true;
    }

    fn memoize(&mut self, object: &Value) {
        let number = self.memo.len() as u32;
        self.memo.insert(object.bits(), number);
        self.kept.push(object.clone());
        self.write(&[MEMOIZE]);
    }

    fn get(&mut self, number: u32) {
        match u8::try_from(number) {
            Ok(number) => self.write(&[BINGET, number]),
            Err(_) => {
                self.write(&[LONG_BINGET]);
                self.write(&number.to_le_bytes());
            }
        }
    }

    fn save(&mut self, h: &mut Held, value: &Value) -> R<()> {
        if self.frame.is_some_and(|start| self.out.len() - start - FRAME_HEADER >= FRAME_TARGET) {
            self.close_frame();
        }
        if let Some(int) = value.as_small_int() {
            self.int(int);
        } else if value.is_none() {
            self.write(&[NONE]);
        } else if let Some(truth) = value.as_bool() {
            self.write(&[if truth { NEWTRUE } else { NEWFALSE }]);
        } else if value.is_exact_int() {
            let big = value.as_int().map(|int| int.big().into_owned()).unwrap_or_default();
            self.big(h, &big)?;
        } else if value.class().is(core().float.value()) {
            self.write(&[BINFLOAT]);
            self.write(&value.as_float().unwrap_or_default().to_be_bytes());
        } else if let Some(number) = self.memo.get(&value.bits()) {
            self.get(*number);
        } else {
            self.enter(h)?;
            self.object(h, value)?;
            self.depth -= 1;
        }
        Ok(())
    }

    /// One thing more is inside another; CPython counts each twice.
    fn enter(&mut self, h: &Held) -> R<()> {
        const DOING: &str = " while pickling an object";
        h.check_native_stack(DOING)?;
        self.depth += 1;
        match self.depth >= recursion_limit() / 2 {
            true => Err(h.recursion_error(DOING)),
            false => Ok(()),
        }
    }

    fn int(&mut self, int: i64) {
        if let Ok(byte) = u8::try_from(int) {
            self.write(&[BININT1, byte]);
        } else if let Ok(short) = u16::try_from(int) {
            let [low, high] = short.to_le_bytes();
            self.write(&[BININT2, low, high]);
        } else if let Ok(int) = i32::try_from(int) {
            self.write(&[BININT]);
            self.write(&int.to_le_bytes());
        } else {
            // Bytes of the sign that say nothing are left out.
            let bytes = int.to_le_bytes();
            let mut len = bytes.len();
            while len > 1 && bytes[len - 1] == (((bytes[len - 2] as i8) >> 7) as u8) {
                len -= 1;
            }
            self.write(&[LONG1, len as u8]);
            self.write(&bytes[..len]);
        }
    }

    fn big(&mut self, h: &Held, big: &BigInt) -> R<()> {
        let bytes = big.to_signed_bytes_le();
        match u8::try_from(bytes.len()) {
            Ok(len) => self.write(&[LONG1, len]),
            Err(_) => {
                let Ok(len) = i32::try_from(bytes.len()) else {
                    return Err(h.overflow_error("int too large to pickle"));
                };
                self.write(&[LONG4]);
                self.write(&len.to_le_bytes());
            }
        }
        self.write(&bytes);
        Ok(())
    }

    /// What has an identity.
    fn object(&mut self, h: &mut Held, value: &Value) -> R<()> {
        if let Some(text) = value.exactly::<Str>() {
            self.text(h, text, value)
        } else if let Some(tuple) = value.exactly::<Tuple>() {
            self.tuple(h, tuple, value)
        } else if let Some(list) = value.exactly::<List>() {
            self.list(h, list, value)
        } else if let Some(dict) = value.exactly::<Dict>().filter(|dict| dict.class().is(core().dict.value())) {
            self.dict(h, dict, value)
        } else if let Some(bytes) = value.exactly::<Bytes>() {
            self.bytes([SHORT_BINBYTES, BINBYTES, BINBYTES8], &bytes.data);
            self.memoize(value);
            Ok(())
        } else if let Some(set) = value.exactly::<Set>().filter(|set| is_plain_set(set)) {
            self.set(h, set, value)
        } else if let Some(array) = value.exactly::<ByteArray>().filter(|_| self.protocol >= 5) {
            let data = array.data.read(h, Clone::clone);
            self.write_sized(&header8(BYTEARRAY8, data.len()), &data);
            self.memoize(value);
            Ok(())
        } else if value.exactly::<Function>().is_some() {
            self.global(h, value, None)
        } else if is_plain_class(value) {
            self.class(h, value)
        } else {
            self.instance(h, value)
        }
    }

    fn text(&mut self, h: &mut Held, text: &Obj<Str>, value: &Value) -> R<()> {
        let codes = [SHORT_BINUNICODE, BINUNICODE, BINUNICODE8];
        match text.as_ascii() {
            Some(ascii) => self.bytes(codes, ascii.as_bytes()),
            None => match codecs::encode(Codec::Utf8, text.chars(), ErrorHandler::SurrogatePass) {
                Ok(encoded) => self.bytes(codes, &encoded),
                Err(_) => return Err(h.value_error("text cannot be encoded")),
            },
        }
        self.memoize(value);
        Ok(())
    }

    /// Bytes, after their number in one, four or eight bytes.
    fn bytes(&mut self, [short, medium, long]: [u8; 3], payload: &[u8]) {
        let len = payload.len();
        if let Ok(len) = u8::try_from(len) {
            self.write_sized(&[short, len], payload);
        } else if let Ok(len) = u32::try_from(len) {
            let mut header = [medium; 5];
            header[1..].copy_from_slice(&len.to_le_bytes());
            self.write_sized(&header, payload);
        } else {
            self.write_sized(&header8(long, len), payload);
        }
    }

    fn tuple(&mut self, h: &mut Held, tuple: &Obj<Tuple>, value: &Value) -> R<()> {
        let len = tuple.items().len();
        if len == 0 {
            self.write(&[EMPTY_TUPLE]);
            return Ok(());
        }
        if len > 3 {
            self.write(&[MARK]);
        }
        for item in tuple.items() {
            self.save(h, item)?;
        }
        // A tuple that contains itself, by way of a list, has been written meanwhile.
        if let Some(&number) = self.memo.get(&value.bits()) {
            if len > 3 {
                self.write(&[POP_MARK])
            } else {
                self.write(&[POP; 3][..len])
            }
            self.get(number);
            return Ok(());
        }
        self.write(&[[TUPLE1, TUPLE2, TUPLE3].get(len - 1).copied().unwrap_or(TUPLE)]);
        self.memoize(value);
        Ok(())
    }

    fn list(&mut self, h: &mut Held, list: &Obj<List>, value: &Value) -> R<()> {
        self.write(&[EMPTY_LIST]);
        self.memoize(value);
        let items = list.snapshot(h);
        if let [only] = items.as_slice() {
            self.save(h, only)?;
            self.write(&[APPEND]);
            return Ok(());
        }
        for batch in items.chunks(BATCH) {
            self.write(&[MARK]);
            for item in batch {
                self.save(h, item)?;
            }
            self.write(&[APPENDS]);
        }
        Ok(())
    }

    fn dict(&mut self, h: &mut Held, dict: &Obj<Dict>, value: &Value) -> R<()> {
        self.write(&[EMPTY_DICT]);
        self.memoize(value);
        let items = dict.items(h);
        if let [(key, value)] = items.as_slice() {
            self.save(h, key)?;
            self.save(h, value)?;
            self.write(&[SETITEM]);
            return Ok(());
        }
        self.batches(h, &items, SETITEMS, |saver, h, (key, value)| {
            saver.save(h, key)?;
            saver.save(h, value)
        })
    }

    /// After a full batch comes another one, even if it is empty.
    fn batches<T>(
        &mut self,
        h: &mut Held,
        items: &[T],
        end: u8,
        save: impl Fn(&mut Self, &mut Held, &T) -> R<()>,
    ) -> R<()> {
        let mut rest = items;
        while !items.is_empty() {
            let (batch, others) = rest.split_at(rest.len().min(BATCH));
            self.write(&[MARK]);
            for item in batch {
                save(self, h, item)?;
            }
            self.write(&[end]);
            if batch.len() < BATCH {
                break;
            }
            rest = others;
        }
        Ok(())
    }

    fn set(&mut self, h: &mut Held, set: &Obj<Set>, value: &Value) -> R<()> {
        let items = set.keys(h);
        if set.class().is(core().set.value()) {
            self.write(&[EMPTY_SET]);
            self.memoize(value);
            return self.batches(h, &items, ADDITEMS, |saver, h, item| saver.save(h, item));
        }
        self.write(&[MARK]);
        for item in &items {
            self.save(h, item)?;
        }
        if let Some(&number) = self.memo.get(&value.bits()) {
            self.write(&[POP_MARK]);
            self.get(number);
            return Ok(());
        }
        self.write(&[FROZENSET]);
        self.memoize(value);
        Ok(())
    }
}

fn header8(code: u8, len: usize) -> [u8; 9] {
    let mut header = [code; 9];
    header[1..].copy_from_slice(&(len as u64).to_le_bytes());
    header
}

/// A class whose class is `type`.
fn is_plain_class(value: &Value) -> bool {
    value.downcast::<Class>().is_some() && value.class().is(core().type_.value())
}

/// Not of a subclass that is native too.
fn is_plain_set(set: &Obj<Set>) -> bool {
    set.class().is(core().set.value()) || set.class().is(core().frozenset.value())
}
