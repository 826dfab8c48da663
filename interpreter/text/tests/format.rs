//! The format mini-language against python3.
//!
//! In: the cases of `oracle/format.py`. Out: a failed test for every difference. The one invariant: an operation that
//! is not known here fails.

mod common;

use common::{check, escape};
use num_bigint::BigInt;
use toy_text::format::number::{IntRef, format_float, format_int};
use toy_text::format::text::format_str;
use toy_text::number::int_parse::DEFAULT_MAX_STR_DIGITS;

#[test]
fn formatting_agrees_with_python3() {
    check("format", 2000, |operation, arguments| {
        let (value, spec) = (arguments[0].as_chars(), arguments[1].as_chars());
        let text = value.to_string_lossy();
        let formatted = match operation {
            "format_int" => {
                let big: BigInt = text.parse().expect("python3 writes ints");
                let n = i64::try_from(&big).map_or(IntRef::Big(&big), IntRef::Small);
                format_int(n, spec, "int", DEFAULT_MAX_STR_DIGITS)
            }
            "format_float" => format_float(text.parse().expect("python3 writes floats"), spec, "float"),
            "format_str" => format_str(value, spec, "str"),
            _ => panic!("unknown operation {operation}"),
        };
        match formatted {
            Ok(text) => escape(text.as_chars()),
            Err(error) => format!("{:?}: {}", error.kind, escape(error.message.as_chars())),
        }
    });
}
