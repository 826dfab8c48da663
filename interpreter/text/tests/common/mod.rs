//! Cases made by python3: lines of an operation, its arguments and the result it must have.
//!
//! In: the name of a script in `oracle/`. Out: nothing, or a failed test that lists what differs. The one invariant: the
//! recorded cases (`golden/`) are always checked; where `python3` is a 3.11, so are fresh ones, another thousand each day.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};
use toy_text::{Chars, CharsOwned};

/// How many differences are listed.
const LISTED: usize = 30;

/// Runs `answer` on every case of `script` and compares. It gets the operation and the arguments, unescaped.
pub fn check(script: &str, fresh: usize, answer: impl Fn(&str, &[CharsOwned]) -> String) {
    let golden = folder("golden").join(format!("{script}.txt"));
    let recorded = std::fs::read_to_string(&golden).expect("the recorded cases can be read");
    compare("recorded", &recorded, &answer);
    if let Some(cases) = ask_python(script, fresh) {
        compare("fresh", &cases, &answer);
    }
}

fn compare(kind: &str, cases: &str, answer: &impl Fn(&str, &[CharsOwned]) -> String) {
    let mut differences = String::new();
    let mut count = 0;
    assert!(cases.lines().count() > 100, "hardly any {kind} cases");
    for case in cases.lines() {
        let fields: Vec<&str> = case.split('\t').collect();
        let (arguments, expected) = (&fields[1..fields.len() - 1], fields[fields.len() - 1]);
        let arguments: Vec<CharsOwned> = arguments.iter().map(|field| unescape(field)).collect();
        let got = answer(fields[0], &arguments);
        if got != expected {
            count += 1;
            if count <= LISTED {
                let case = fields[..fields.len() - 1].join("  ");
                writeln!(differences, "{case:.200}\n   expected {expected:.300}\n        got {got:.300}").unwrap();
            }
        }
    }
    assert!(count == 0, "{count} {kind} cases differ\n{differences}");
}

/// Fresh cases, seeded by the day; `None` without a python3 of version 3.11.
fn ask_python(script: &str, size: usize) -> Option<String> {
    let version = Command::new("python3").arg("--version").output().ok()?;
    if !String::from_utf8_lossy(&version.stdout).contains(" 3.11.") {
        return None;
    }
    let day = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs() / 86400);
    let path = folder("oracle").join(format!("{script}.py"));
    let output = Command::new("python3").arg(path).args([size.to_string(), day.to_string()]).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("cases are ASCII"))
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// As python3's `unicode_escape` writes texts.
#[allow(dead_code)]
pub fn escape(s: Chars<'_>) -> String {
    let mut out = String::new();
    for c in s.iter() {
        match c {
            9 => out.push_str("\\t"),
            10 => out.push_str("\\n"),
            13 => out.push_str("\\r"),
            92 => out.push_str("\\\\"),
            32..127 => out.push(char::from(c as u8)),
            0..256 => write!(out, "\\x{c:02x}").unwrap(),
            256..65536 => write!(out, "\\u{c:04x}").unwrap(),
            _ => write!(out, "\\U{c:08x}").unwrap(),
        }
    }
    out
}

fn unescape(text: &str) -> CharsOwned {
    let mut out = toy_text::CharsBuf::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (value, taken) = match (c, rest.as_bytes().get(1)) {
            ('\\', Some(b'x')) => (hex(&rest[2..4]), 4),
            ('\\', Some(b'u')) => (hex(&rest[2..6]), 6),
            ('\\', Some(b'U')) => (hex(&rest[2..10]), 10),
            ('\\', Some(b't')) => (9, 2),
            ('\\', Some(b'n')) => (10, 2),
            ('\\', Some(b'r')) => (13, 2),
            ('\\', _) => (92, 2),
            _ => (c.into(), 1),
        };
        out.push(value);
        rest = &rest[taken..];
    }
    out.finish()
}

fn hex(digits: &str) -> u32 {
    u32::from_str_radix(digits, 16).expect("python3 writes hexadecimal")
}
