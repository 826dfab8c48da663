//! Numbers from and to text, rounding and number hashes against python3.
//!
//! In: the cases of `oracle/numbers_text.py`. Out: a failed test for every difference. The one invariant: an operation
//! that is not known here fails.

mod common;

use common::{check, escape};
use num_bigint::BigInt;
use num_traits::Num;
use toy_text::format::number::IntRef;
use toy_text::hash::number as hash;
use toy_text::number::float_hex::{HexError, float_fromhex, float_hex};
use toy_text::number::float_parse::parse_float;
use toy_text::number::float_round::{as_integer_ratio, round_to, trunc};
use toy_text::number::int_parse::DEFAULT_MAX_STR_DIGITS;
use toy_text::number::int_text::{big_to_base, to_base, with_prefix};
use toy_text::number::{Int, float_repr, parse_int};
use toy_text::string::repr::repr;
use toy_text::{Chars, CharsOwned};

#[test]
fn numbers_agree_with_python3() {
    check("numbers_text", 3000, |operation, arguments| {
        let s = arguments[0].as_chars();
        answer_float(operation, &s.to_string_lossy(), arguments)
            .or_else(|| answer_int(operation, arguments))
            .unwrap_or_else(|| answer_parsing(operation, s, arguments))
    });
}

fn answer_float(operation: &str, s: &str, arguments: &[CharsOwned]) -> Option<String> {
    let x = || s.parse::<f64>().expect("python3 writes floats");
    Some(match operation {
        "float_repr" => float_repr(float_fromhex(s).expect("python3 writes hexadecimal floats")),
        "float_hex" => float_hex(x()),
        "round" => match round_to(x(), small(&arguments[1])) {
            Some(rounded) => float_repr(rounded),
            None => "OverflowError: rounded value too large to represent".to_owned(),
        },
        "ratio" => {
            let (numerator, denominator) = as_integer_ratio(x());
            format!("{}|{}", hex(&numerator), hex(&denominator))
        }
        "trunc" => hex(&trunc(x())),
        "float_hash" => hash::float(x()).expect("no NaN here").to_string(),
        _ => return None,
    })
}

fn answer_int(operation: &str, arguments: &[CharsOwned]) -> Option<String> {
    let n = || arguments[0].as_chars().to_string_lossy().parse::<BigInt>().expect("python3 writes ints");
    Some(match operation {
        "to_base" => {
            let base = small(&arguments[1]) as u32;
            let text = big_to_base(&n(), base);
            if let Ok(n) = i64::try_from(n()) {
                assert_eq!(to_base(n, base), text);
            }
            text
        }
        "int_hash" => {
            if let Ok(small) = i64::try_from(n()) {
                assert_eq!(hash::int(small), hash::big_int(&n()));
            }
            hash::big_int(&n()).to_string()
        }
        "int_to_float" => match IntRef::Big(&n()).to_float() {
            Ok(x) => float_repr(x),
            Err(error) => format!("OverflowError: {error}"),
        },
        _ => return None,
    })
}

fn answer_parsing(operation: &str, s: Chars<'_>, arguments: &[CharsOwned]) -> String {
    let shown = || escape(repr(s).as_chars());
    match operation {
        "int" => match parse_int(s, small(&arguments[1]), DEFAULT_MAX_STR_DIGITS) {
            Ok(Int::Small(n)) => hex(&n.into()),
            Ok(Int::Big(n)) => hex(&n),
            Err(error) => {
                format!("ValueError: {}", error.message(small(&arguments[1]), &shown(), DEFAULT_MAX_STR_DIGITS))
            }
        },
        "float" => match parse_float(s) {
            Some(x) => float_repr(x),
            None => format!("ValueError: could not convert string to float: {}", shown()),
        },
        "fromhex" => match float_fromhex(&s.to_string_lossy()) {
            Ok(x) => float_repr(x),
            Err(error @ HexError::Invalid) => format!("ValueError: {}", error.message()),
            Err(error @ HexError::TooLarge) => format!("OverflowError: {}", error.message()),
        },
        _ => panic!("unknown operation {operation}"),
    }
}

fn hex(n: &BigInt) -> String {
    let text = with_prefix(&big_to_base(n, 16), "0x");
    assert_eq!(&BigInt::from_str_radix(&text.replace("0x", ""), 16).unwrap(), n);
    text
}

fn small(text: &CharsOwned) -> i64 {
    text.as_chars().to_string_lossy().parse().expect("python3 writes ints")
}
