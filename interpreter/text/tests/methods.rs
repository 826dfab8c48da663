//! The methods of str and bytes against python3.
//!
//! In: the cases of `oracle/methods.py`. Out: a failed test for every difference. The one invariant: an operation that
//! is not known here fails.

mod common;

use common::{check, escape};
use std::ops::Range;
use toy_text::bytes::{self, case as bytes_case, classify as bytes_test, narrow, split as bytes_split};
use toy_text::string::strip::{Side, remove_prefix, remove_suffix, strip, strip_whitespace};
use toy_text::string::{case, classify, find, pad, replace, repr, split};
use toy_text::{Chars, CharsOwned, TooLong};

#[test]
fn methods_agree_with_python3() {
    check("methods", 300, |operation, arguments| {
        let s = arguments[0].as_chars();
        let text_answer = answer_text(operation, s).or_else(|| answer_layout(operation, s, arguments));
        text_answer
            .or_else(|| answer_search(operation, s, arguments))
            .or_else(|| answer_bytes(operation, s, arguments))
            .unwrap_or_else(|| panic!("unknown operation {operation}"))
    });
}

/// What would take the machine's memory is refused.
#[test]
fn too_long_results_are_refused() {
    let (a, many) = (Chars::One(b"a"), vec![b'a'; 100_000]);
    let many = Chars::One(&many);
    assert_eq!(pad::ljust(a, usize::MAX / 2, 32), Err(TooLong));
    assert_eq!(pad::zfill(a, usize::MAX), Err(TooLong));
    assert_eq!(pad::expandtabs(Chars::One(b"\t"), isize::MAX), Err(TooLong));
    assert_eq!(replace::replace(many, a, many, None), Err(TooLong));
    assert_eq!(replace::replace(many, Chars::One(b""), many, None), Err(TooLong));
    assert_eq!(replace::replace(many, a, many, Some(3)).unwrap().unwrap().as_chars().len(), 399_997);
    let error = toy_text::format::text::format_str(a, Chars::One(b"9999999999999"), "str").unwrap_err();
    assert_eq!(error.kind, toy_text::format::FormatErrorKind::MemoryError);
}

fn answer_text(operation: &str, s: Chars<'_>) -> Option<String> {
    let test: fn(Chars<'_>) -> bool = match operation {
        "isalpha" => classify::is_alpha,
        "isalnum" => classify::is_alnum,
        "isdecimal" => classify::is_decimal,
        "isdigit" => classify::is_digit,
        "isnumeric" => classify::is_numeric,
        "isspace" => classify::is_space,
        "isprintable" => classify::is_printable,
        "islower" => classify::is_lower,
        "isupper" => classify::is_upper,
        "istitle" => classify::is_title,
        "isidentifier" => classify::is_identifier,
        _ => {
            let change: fn(Chars<'_>) -> CharsOwned = match operation {
                "upper" => case::upper,
                "lower" => case::lower,
                "title" => case::title,
                "capitalize" => case::capitalize,
                "swapcase" => case::swapcase,
                "casefold" => case::casefold,
                "repr" => repr::repr,
                "ascii" => repr::ascii,
                _ => return None,
            };
            return Some(escape(change(s).as_chars()));
        }
    };
    Some(boolean(test(s)))
}

fn answer_layout(operation: &str, s: Chars<'_>, arguments: &[CharsOwned]) -> Option<String> {
    let n = || number(&arguments[1]);
    let width = || usize::try_from(number(&arguments[1]).unwrap()).unwrap();
    let fill = || arguments[2].as_chars().get(0);
    let limit = || number(&arguments[1]).map(|n| usize::try_from(n).unwrap());
    Some(match operation {
        "split" => pieces(s, |emit| split::split_whitespace(s, limit(), emit), false),
        "rsplit" => pieces(s, |emit| split::rsplit_whitespace(s, limit(), emit), true),
        "splitlines" => pieces(s, |emit| split::splitlines(s, arguments[1] == "True".into(), emit), false),
        "strip" => part(s, strip_whitespace(s, Side::Both)),
        "lstrip" => part(s, strip_whitespace(s, Side::Left)),
        "rstrip" => part(s, strip_whitespace(s, Side::Right)),
        "center" => escape(pad::center(s, width(), fill()).unwrap().as_chars()),
        "ljust" => escape(pad::ljust(s, width(), fill()).unwrap().as_chars()),
        "rjust" => escape(pad::rjust(s, width(), fill()).unwrap().as_chars()),
        "zfill" => escape(pad::zfill(s, width()).unwrap().as_chars()),
        "expandtabs" => escape(pad::expandtabs(s, n().unwrap()).unwrap().as_chars()),
        _ => return None,
    })
}

fn answer_search(operation: &str, s: Chars<'_>, arguments: &[CharsOwned]) -> Option<String> {
    let t = arguments.get(1)?.as_chars();
    let limit = |i: usize| number(&arguments[i]).map(|n| usize::try_from(n).unwrap());
    let place = |found: Option<usize>| found.map_or("-1".to_owned(), |at| at.to_string());
    let three = |found: Option<Range<usize>>, otherwise: Range<usize>| {
        let at = found.unwrap_or(otherwise);
        [0..at.start, at.clone(), at.end..s.len()].map(|side| part(s, side)).join("|")
    };
    Some(match operation {
        "find" => place(find::find(s, t)),
        "rfind" => place(find::rfind(s, t)),
        "count" => find::count(s, t).to_string(),
        "startswith" => boolean(find::starts_with(s, t)),
        "endswith" => boolean(find::ends_with(s, t)),
        "removeprefix" => part(s, remove_prefix(s, t)),
        "removesuffix" => part(s, remove_suffix(s, t)),
        "strip_set" => part(s, strip(s, t, Side::Both)),
        "lstrip_set" => part(s, strip(s, t, Side::Left)),
        "rstrip_set" => part(s, strip(s, t, Side::Right)),
        "replace" => match replace::replace(s, t, arguments[2].as_chars(), limit(3)).unwrap() {
            Some(new) => escape(new.as_chars()),
            None => escape(s),
        },
        "split_by" => pieces(s, |emit| split::split(s, t, limit(2), emit), false),
        "rsplit_by" => pieces(s, |emit| split::rsplit(s, t, limit(2), emit), true),
        "partition" => three(find::partition(s, t), s.len()..s.len()),
        "rpartition" => three(find::rpartition(s, t), 0..0),
        _ => return None,
    })
}

fn answer_bytes(operation: &str, s: Chars<'_>, arguments: &[CharsOwned]) -> Option<String> {
    let b = &narrow(arguments[0].clone())[..];
    let limit = |i: usize| number(&arguments[i]).map(|n| usize::try_from(n).unwrap());
    let whole = |bytes: Vec<u8>| escape(Chars::One(&bytes));
    Some(match operation.strip_prefix("bytes.")? {
        "isalpha" => boolean(bytes_test::is_alpha(b)),
        "isalnum" => boolean(bytes_test::is_alnum(b)),
        "isdigit" => boolean(bytes_test::is_digit(b)),
        "isspace" => boolean(bytes_test::is_space(b)),
        "islower" => boolean(bytes_test::is_lower(b)),
        "isupper" => boolean(bytes_test::is_upper(b)),
        "istitle" => boolean(bytes_test::is_title(b)),
        "upper" => whole(bytes_case::upper(b)),
        "lower" => whole(bytes_case::lower(b)),
        "title" => whole(bytes_case::title(b)),
        "capitalize" => whole(bytes_case::capitalize(b)),
        "swapcase" => whole(bytes_case::swapcase(b)),
        "repr" => escape(CharsOwned::from(repr::bytes_repr(b).as_str()).as_chars()),
        "split" => pieces(s, |emit| bytes_split::split_whitespace(b, limit(1), emit), false),
        "rsplit" => pieces(s, |emit| bytes_split::rsplit_whitespace(b, limit(1), emit), true),
        "splitlines" => pieces(s, |emit| bytes_split::splitlines(b, arguments[1] == "True".into(), emit), false),
        "strip" => part(s, bytes_split::strip_whitespace(b, Side::Both)),
        "lstrip" => part(s, bytes_split::strip_whitespace(b, Side::Left)),
        "rstrip" => part(s, bytes_split::strip_whitespace(b, Side::Right)),
        "replace" => {
            let (old, new) = (narrow(arguments[1].clone()), narrow(arguments[2].clone()));
            bytes::replace(b, &old, &new, limit(3)).unwrap().map_or(escape(s), whole)
        }
        _ => return None,
    })
}

fn pieces(s: Chars<'_>, cut: impl FnOnce(&mut dyn FnMut(Range<usize>)), reverse: bool) -> String {
    let mut all = Vec::new();
    cut(&mut |range| all.push(part(s, range)));
    if reverse {
        all.reverse();
    }
    if all.is_empty() { "<empty>".to_owned() } else { all.join("|") }
}

fn part(s: Chars<'_>, range: Range<usize>) -> String {
    escape(s.slice(range.start, range.end))
}

/// `None` is written for what is not given.
fn number(text: &CharsOwned) -> Option<isize> {
    text.as_chars().to_string_lossy().parse().ok()
}

fn boolean(b: bool) -> String {
    if b { "True" } else { "False" }.to_owned()
}
