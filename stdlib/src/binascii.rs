//! `binascii`: bytes as base64 or hexadecimal text, and checksums.
//!
//! In: bytes, or ASCII strings. Out: bytes, numbers. The one invariant: what is no base64 is skipped, unless the mode is strict.

mod quoted;

use interpreter::builtins::add_functions;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

static ERROR: Global<Option<Value>> = Global::new(None);

static FUNCTIONS: [Def; 12] = [
    def("a2b_base64", "data, /, *, strict_mode=False", decode_base64),
    def("b2a_base64", "data, /, *, newline=True", encode_base64),
    def("hexlify", "data, sep=<unrepresentable>, bytes_per_sep=1", hexlify),
    def("b2a_hex", "data, sep=<unrepresentable>, bytes_per_sep=1", hexlify),
    def("unhexlify", "hexstr, /", unhexlify),
    def("a2b_hex", "hexstr, /", unhexlify),
    def("crc32", "data, crc=0, /", crc32),
    def("crc_hqx", "data, crc, /", crc_hqx),
    def("b2a_qp", "data, quotetabs=False, istext=True, header=False", quote),
    def("a2b_qp", "data, header=False", |h, args| {
        let data = ascii(h, &args[0])?;
        let header = flag(h, args, 1, false)?;
        Ok(h.new_bytes(&quoted::unquote(&data, header)))
    }),
    def("b2a_uu", "data, /, *, backtick=False", |h, args| {
        let data = h.with_bytes_like(&args[0], <[u8]>::to_vec)?;
        let backtick = flag(h, args, 1, false)?;
        match data.len() {
            0..=45 => Ok(h.new_bytes(&quoted::uuencode(&data, backtick))),
            _ => Err(error(h, "At most 45 bytes at once")),
        }
    }),
    def("a2b_uu", "data, /", |h, args| {
        let data = ascii(h, &args[0])?;
        match quoted::uudecode(&data) {
            Ok(bytes) => Ok(h.new_bytes(&bytes)),
            Err(message) => Err(error(h, message)),
        }
    }),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("binascii");
    add_functions(h, &module, &FUNCTIONS);
    let error = exception(h, "Error", Exc::ValueError)?;
    ERROR.write(h, |own| *own = Some(error.clone()));
    let incomplete = exception(h, "Incomplete", Exc::Exception)?;
    for (name, class) in [("Error", error), ("Incomplete", incomplete)] {
        let name = h.intern(name);
        module.dict.set_str(h, &name, class);
    }
    Ok(module)
}

fn exception(h: &mut Held, name: &str, base: Exc) -> R {
    let (name, module) = (h.new_str(name), h.new_str("binascii"));
    let namespace = h.new_dict();
    namespace.set_str(h, n::__module__.value(), module);
    let bases = h.tuple_of(&[base.class().value().clone()]);
    let meta = interpreter::objects::core().type_.value();
    h.call(meta, &[name, bases, namespace.into_value()])
}

#[cold]
fn error(h: &mut Held, message: &str) -> Raised {
    let class = ERROR.read(h, Clone::clone).unwrap_or(Value::NONE);
    let message = h.new_str(message);
    h.call(&class, &[message]).map_or_else(|raised| raised, Raised::new)
}

fn flag(h: &mut Held, args: Args<'_>, at: usize, default: bool) -> R<bool> {
    args.opt(at).map_or(Ok(default), |value| h.truth(value))
}

fn quote(h: &mut Held, args: Args<'_>) -> R {
    let data = h.with_bytes_like(&args[0], <[u8]>::to_vec)?;
    let tabs = flag(h, args, 1, false)?;
    let how = quoted::Quoting { tabs, text: flag(h, args, 2, true)?, header: flag(h, args, 3, false)? };
    Ok(h.new_bytes(&quoted::quote(&data, how)))
}

/// Bytes, or an ASCII string's.
fn ascii(h: &Held, value: &Value) -> R<Vec<u8>> {
    if let Some(text) = value.downcast::<Str>() {
        return match text.as_ascii() {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => Err(h.value_error("string argument should contain only ASCII characters")),
        };
    }
    h.buffer_to_vec(value)?.ok_or_else(|| {
        let got = value.class_name();
        h.type_error(format!("argument should be bytes, buffer or ASCII string, not '{got}'"))
    })
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode_base64(h: &mut Held, args: Args<'_>) -> R {
    let data = h.with_bytes_like(&args[0], <[u8]>::to_vec)?;
    let newline = args.opt(1).map_or(Ok(true), |newline| h.truth(newline))?;
    let mut out = Vec::with_capacity(data.len() / 3 * 4 + 5);
    let (whole, rest) = data.as_chunks::<3>();
    for &[a, b, c] in whole {
        let bits = u32::from(a) << 16 | u32::from(b) << 8 | u32::from(c);
        out.extend_from_slice(&[18, 12, 6, 0].map(|shift: u32| ALPHABET[(bits >> shift & 63) as usize]));
    }
    for chunk in rest.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        let letter = |shift: u32| ALPHABET[(bits >> shift & 63) as usize];
        out.extend([letter(18), letter(12)]);
        out.push(if chunk.len() > 1 { letter(6) } else { b'=' });
        out.push(if chunk.len() > 2 { letter(0) } else { b'=' });
    }
    if newline {
        out.push(b'\n');
    }
    Ok(h.new_bytes(&out))
}

fn decode_base64(h: &mut Held, args: Args<'_>) -> R {
    let data = ascii(h, &args[0])?;
    let strict = args.opt(1).map_or(Ok(false), |strict| h.truth(strict))?;
    match base64(&data, strict) {
        Ok(bytes) => Ok(h.new_bytes(&bytes)),
        Err(message) => Err(error(h, &message)),
    }
}

fn sextet(byte: u8) -> Option<u32> {
    Some(match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

fn base64(data: &[u8], strict: bool) -> Result<Vec<u8>, String> {
    if strict && data.first() == Some(&b'=') {
        return Err("Leading padding not allowed".to_owned());
    }
    let mut out = Vec::with_capacity(data.len() / 4 * 3 + 3);
    // Sextets of the quad so far, their bits, and pads after them.
    let (mut place, mut bits, mut pads) = (0, 0u32, 0);
    let mut padding = false;
    let mut quads = 0;
    while let Some(quad) = data[quads..].first_chunk::<4>()
        && let [Some(a), Some(b), Some(c), Some(d)] = quad.map(sextet)
    {
        out.extend_from_slice(&(a << 18 | b << 12 | c << 6 | d).to_be_bytes()[1..]);
        quads += 4;
    }
    for (i, &byte) in data.iter().enumerate().skip(quads) {
        if byte == b'=' {
            padding = true;
            pads += (place >= 2) as u32;
            if place >= 2 && place + pads >= 4 {
                let excess = strict && i + 1 < data.len();
                return if excess { Err("Excess data after padding".to_owned()) } else { Ok(out) };
            }
            continue;
        }
        let Some(value) = sextet(byte) else {
            if strict {
                return Err("Only base64 data is allowed".to_owned());
            }
            continue;
        };
        if strict && padding {
            return Err("Discontinuous padding not allowed".to_owned());
        }
        pads = 0;
        bits = bits << 6 | value;
        place = (place + 1) % 4;
        match place {
            2 => out.push((bits >> 4) as u8),
            3 => out.push((bits >> 2) as u8),
            0 => out.push(bits as u8),
            _ => (),
        }
    }
    match place {
        0 => Ok(out),
        1 => Err(format!(
            "Invalid base64-encoded string: number of data characters ({}) cannot be 1 more than a multiple of 4",
            out.len() / 3 * 4 + 1
        )),
        _ => Err("Incorrect padding".to_owned()),
    }
}

fn hexlify(h: &mut Held, args: Args<'_>) -> R {
    let data = h.with_bytes_like(&args[0], <[u8]>::to_vec)?;
    let data = h.new_bytes(&data);
    let name = h.intern("hex");
    let given: Vec<Value> = [args.opt(1), args.opt(2)].into_iter().flatten().cloned().collect();
    let text = h.call_method_named(&data, &name, &given)?;
    h.encode_str(&text, Some("ascii"), None)
}

fn unhexlify(h: &mut Held, args: Args<'_>) -> R {
    let data = ascii(h, &args[0])?;
    if data.len() % 2 != 0 {
        return Err(error(h, "Odd-length string"));
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let bytes: Option<Vec<u8>> = data.chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect();
    match bytes {
        Some(bytes) => Ok(h.new_bytes(&bytes)),
        None => Err(error(h, "Non-hexadecimal digit found")),
    }
}

/// The checksum's start, of which the low 32 bits count.
fn start(h: &mut Held, value: Option<&Value>) -> R<u32> {
    let Some(value) = value else { return Ok(0) };
    let index = h.index(value)?;
    let low = index.as_int().and_then(|int| int.big().iter_u32_digits().next().map(|low| (low, int.is_negative())));
    Ok(low.map_or(0, |(low, negative)| if negative { low.wrapping_neg() } else { low }))
}

const CRC32: [u32; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let mut crc = i as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[i] = crc;
        i += 1;
    }
    table
};

fn crc32(h: &mut Held, args: Args<'_>) -> R {
    let crc = start(h, args.opt(1))?;
    let step = |crc: u32, byte: &u8| crc >> 8 ^ CRC32[((crc ^ u32::from(*byte)) & 0xff) as usize];
    let crc = h.with_bytes_like(&args[0], |data| !data.iter().fold(!crc, step))?;
    Ok(h.new_int(crc.into()))
}

fn crc_hqx(h: &mut Held, args: Args<'_>) -> R {
    let crc = start(h, args.opt(1))? & 0xffff;
    let step = |crc: u32, byte: &u8| {
        let shift = |crc: u32, _| if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 };
        (0..8).fold(crc ^ u32::from(*byte) << 8, shift) & 0xffff
    };
    let crc = h.with_bytes_like(&args[0], |data| data.iter().fold(crc, step))?;
    Ok(h.new_int(crc.into()))
}
