//! Items: type codes, and values as the bytes of one item.
//!
//! In: a type code and a value, or bytes. Out: the other. The one invariant: bytes are in the machine's order, which is
//! little-endian.

use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use num_bigint::BigInt;

/// All type codes, as `array.typecodes` has them.
pub const CODES: &str = "bBuhHiIlLqQfd";

/// Bytes of an item; nothing if there is no such code.
pub fn size_of_code(code: u8) -> Option<usize> {
    Some(match code {
        b'b' | b'B' => 1,
        b'h' | b'H' => 2,
        b'u' | b'i' | b'I' | b'f' => 4,
        b'l' | b'L' | b'q' | b'Q' | b'd' => 8,
        _ => return None,
    })
}

/// The value of an item.
pub fn decode(h: &Held, code: u8, item: &[u8]) -> Value {
    let word = item.iter().rev().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
    let unused = 64 - item.len() as u32 * 8;
    match code {
        b'u' => h.str_from_char(word as u32),
        b'f' => h.new_float(f64::from(f32::from_bits(word as u32))),
        b'd' => h.new_float(f64::from_bits(word)),
        b'b' | b'h' | b'i' | b'l' | b'q' => h.new_int((word << unused) as i64 >> unused),
        _ => h.new_uint(word),
    }
}

/// The bytes of an item, and nulls behind them.
pub fn encode(h: &mut Held, code: u8, value: &Value) -> R<[u8; 8]> {
    let word = match code {
        b'u' => match value.downcast::<Str>() {
            Some(string) if string.len() == 1 => u64::from(string.chars().get(0)),
            _ => return Err(h.type_error("array item must be unicode character")),
        },
        b'f' => u64::from((h.to_f64(value)? as f32).to_bits()),
        b'd' => h.to_f64(value)?.to_bits(),
        _ => encode_int(h, code, value)?,
    };
    Ok(word.to_le_bytes())
}

fn encode_int(h: &mut Held, code: u8, value: &Value) -> R<u64> {
    let index = h.index(value)?;
    let int = index.as_int().map(|int| int.big().into_owned()).unwrap_or_default();
    let fits = |low: i128, high: i128| int >= BigInt::from(low) && int <= BigInt::from(high);
    for &(low, high, below, above) in steps(code) {
        if !fits(low, high) {
            return Err(h.overflow_error(if int < BigInt::from(low) { below } else { above }));
        }
    }
    let word = i128::try_from(&int).unwrap_or_default();
    Ok(word as u64)
}

/// Least and greatest value, and the messages beyond them.
type Step = (i128, i128, &'static str, &'static str);

const LONG: Step = {
    let message = "Python int too large to convert to C long";
    (i64::MIN as i128, i64::MAX as i128, message, message)
};
const SHORT: Step = (
    i16::MIN as i128,
    i16::MAX as i128,
    "signed short integer is less than minimum",
    "signed short integer is greater than maximum",
);
const INT: Step = (
    i32::MIN as i128,
    i32::MAX as i128,
    "signed integer is less than minimum",
    "signed integer is greater than maximum",
);
const UNSIGNED_LONG: Step = (
    0,
    u64::MAX as i128,
    "can't convert negative value to unsigned int",
    "Python int too large to convert to C unsigned long",
);
const BIG: &str = "int too big to convert";

/// The C types that an int goes through on its way, each with its own words.
fn steps(code: u8) -> &'static [Step] {
    match code {
        b'b' => &[LONG, SHORT, (-128, 127, "signed char is less than minimum", "signed char is greater than maximum")],
        b'B' => &[
            LONG,
            (0, 255, "unsigned byte integer is less than minimum", "unsigned byte integer is greater than maximum"),
        ],
        b'h' => &[LONG, SHORT],
        b'H' => {
            &[LONG, INT, (0, 65535, "unsigned short is less than minimum", "unsigned short is greater than maximum")]
        }
        b'i' => &[LONG, INT],
        b'I' => &[UNSIGNED_LONG, (0, u32::MAX as i128, "", "unsigned int is greater than maximum")],
        b'l' => &[LONG],
        b'L' => &[UNSIGNED_LONG],
        b'q' => &[(i64::MIN as i128, i64::MAX as i128, BIG, BIG)],
        _ => &[(0, u64::MAX as i128, "can't convert negative int to unsigned", BIG)],
    }
}
