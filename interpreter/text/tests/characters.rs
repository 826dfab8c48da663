//! Properties, names and normal forms of all code points against python3.
//!
//! In: the cases of `oracle/characters.py`. Out: a failed test for every difference. The one invariant: an operation
//! that is not known here fails.

mod common;

use common::{check, escape};
use toy_text::number::float_repr;
use toy_text::string::{case, classify};
use toy_text::unicode::normalize::{Form, normalize};
use toy_text::unicode::{self, names};
use toy_text::{Chars, CharsOwned};

#[test]
fn characters_agree_with_python3() {
    check("characters", 100, |operation, arguments| {
        let first = arguments[0].as_chars().to_string_lossy();
        match operation {
            "checksum" => checksum(&first).to_string(),
            "normalize" => {
                let form = Form::named(&first).expect("python3 has four forms");
                escape(normalize(form, arguments[1].as_chars()).as_chars())
            }
            "lookup" => match names::lookup(&first) {
                Some(c) => escape(Chars::Four(&[c])),
                None => format!("KeyError: \"undefined character name '{first}'\""),
            },
            _ => panic!("unknown operation {operation}"),
        }
    });
}

fn checksum(property: &str) -> u32 {
    let of = property_text(property);
    let mut crc = Crc32::new();
    for c in 0..0x110000 {
        if c > 0 {
            crc.add(b'\n');
        }
        of(c).as_chars().iter().for_each(|c| crc.add_code_point(c));
    }
    crc.finish()
}

fn property_text(property: &str) -> Box<dyn Fn(u32) -> CharsOwned> {
    let test = |test: fn(Chars<'_>) -> bool| -> Box<dyn Fn(u32) -> CharsOwned> {
        Box::new(move |c| if test(Chars::Four(&[c])) { "True".into() } else { "False".into() })
    };
    let change = |change: fn(Chars<'_>) -> CharsOwned| -> Box<dyn Fn(u32) -> CharsOwned> {
        Box::new(move |c| change(Chars::Four(&[c])))
    };
    match property {
        "isalpha" => test(classify::is_alpha),
        "isalnum" => test(classify::is_alnum),
        "isdecimal" => test(classify::is_decimal),
        "isdigit" => test(classify::is_digit),
        "isnumeric" => test(classify::is_numeric),
        "isspace" => test(classify::is_space),
        "isprintable" => test(classify::is_printable),
        "islower" => test(classify::is_lower),
        "isupper" => test(classify::is_upper),
        "istitle" => test(classify::is_title),
        "isidentifier" => test(classify::is_identifier),
        "xid_continue" => test(|s| classify::is_identifier(Chars::Four(&[97, s.get(0)]))),
        "upper" => change(case::upper),
        "lower" => change(case::lower),
        "title" => change(case::title),
        "capitalize" => change(case::capitalize),
        "swapcase" => change(case::swapcase),
        "casefold" => change(case::casefold),
        "sigma_before" => change(|s| case::lower(Chars::Four(&[97, s.get(0), 0x3a3]))),
        "sigma_after" => change(|s| case::lower(Chars::Four(&[97, 0x3a3, s.get(0)]))),
        "NFC" => change(|s| normalize(Form::Nfc, s)),
        "NFD" => change(|s| normalize(Form::Nfd, s)),
        "NFKC" => change(|s| normalize(Form::Nfkc, s)),
        "NFKD" => change(|s| normalize(Form::Nfkd, s)),
        "category" => Box::new(|c| unicode::category(c).into()),
        "bidirectional" => Box::new(|c| unicode::bidirectional(c).into()),
        "east_asian_width" => Box::new(|c| unicode::east_asian_width(c).into()),
        "combining" => Box::new(|c| unicode::combining(c).to_string().into()),
        "mirrored" => Box::new(|c| u8::from(unicode::mirrored(c)).to_string().into()),
        "decimal" => Box::new(|c| unicode::decimal(c).map_or(String::new(), |d| d.to_string()).into()),
        "digit" => Box::new(|c| unicode::digit(c).map_or(String::new(), |d| d.to_string()).into()),
        "numeric" => Box::new(|c| unicode::numeric(c).map_or(String::new(), float_repr).into()),
        "name" => Box::new(|c| names::name(c).unwrap_or_default().into()),
        _ => panic!("unknown property {property}"),
    }
}

/// zlib's checksum, of code points in UTF-8 (surrogates passed).
struct Crc32 {
    table: [u32; 256],
    crc: u32,
}

impl Crc32 {
    fn new() -> Crc32 {
        let step = |crc: u32, _| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        Crc32 { table: std::array::from_fn(|i| (0..8).fold(i as u32, step)), crc: u32::MAX }
    }

    fn add(&mut self, b: u8) {
        self.crc = self.table[(self.crc as u8 ^ b) as usize] ^ self.crc >> 8;
    }

    fn add_code_point(&mut self, c: u32) {
        match char::from_u32(c) {
            Some(c) => c.encode_utf8(&mut [0; 4]).bytes().for_each(|b| self.add(b)),
            None => [0xe0 | (c >> 12) as u8, 0x80 | (c >> 6 & 63) as u8, 0x80 | (c & 63) as u8]
                .iter()
                .for_each(|b| self.add(*b)),
        }
    }

    fn finish(&self) -> u32 {
        !self.crc
    }
}
