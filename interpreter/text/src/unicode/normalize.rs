//! Normal forms: `unicodedata.normalize` and `is_normalized`.
//!
//! In: code points, surrogates allowed. Out: the normal form. The one invariant: what Unicode 14 does not assign (the
//! crate behind knows later versions), and a lone surrogate, passes through and nothing composes across it.

use super::category;
use crate::chars::{Chars, CharsBuf, CharsOwned};
use unicode_normalization::UnicodeNormalization;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

impl Form {
    /// By `unicodedata.normalize`'s first argument; else it raises ValueError("invalid normalization form").
    pub fn named(name: &str) -> Option<Form> {
        Some(match name {
            "NFC" => Form::Nfc,
            "NFD" => Form::Nfd,
            "NFKC" => Form::Nfkc,
            "NFKD" => Form::Nfkd,
            _ => return None,
        })
    }
}

pub fn normalize(form: Form, s: Chars<'_>) -> CharsOwned {
    if s.is_ascii() {
        return s.to_owned();
    }
    let mut out = CharsBuf::with_capacity(s.len());
    let mut run = String::new();
    for c in s.iter() {
        match char::from_u32(c).filter(|_| category(c) != "Cn") {
            Some(c) => run.push(c),
            None => {
                push_normalized(form, &run, &mut out);
                run.clear();
                out.push(c);
            }
        }
    }
    push_normalized(form, &run, &mut out);
    out.finish()
}

pub fn is_normalized(form: Form, s: Chars<'_>) -> bool {
    normalize(form, s).as_chars() == s
}

fn push_normalized(form: Form, run: &str, out: &mut CharsBuf) {
    let mut push = |c: char| out.push(c.into());
    match form {
        Form::Nfc => run.nfc().for_each(&mut push),
        Form::Nfd => run.nfd().for_each(&mut push),
        Form::Nfkc => run.nfkc().for_each(&mut push),
        Form::Nfkd => run.nfkd().for_each(&mut push),
    }
}
