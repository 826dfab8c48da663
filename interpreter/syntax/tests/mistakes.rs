//! Every mistake of `mistakes.txt` is reported with CPython's type, message and place.
//!
//! In: the table, and python3 where it is CPython 3.11. Out: a list of the lines that differ. The one invariant: the table says
//! what CPython 3.11 says; it is never edited to please us.

mod oracle;

use std::fmt::Write;
use toy_syntax::{Source, parse_module};

const TABLE: &str = include_str!("mistakes.txt");

/// Prints the verdict of the oracle for each program; programs come with a NUL between.
const JUDGE: &str = r#"
import sys, warnings
def judge(program):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter('always')
        try:
            compile(program, '<string>', 'exec')
            return ('OK ' + ' '.join(f'{w.category.__name__}:{w.message}:{w.lineno}' for w in seen)).rstrip()
        except SyntaxError as e:
            end = -1 if e.end_offset is None else e.end_offset
            return f'{type(e).__name__} {(e.lineno, e.offset, e.end_lineno, end)} {e.msg}'
programs = sys.stdin.buffer.read().decode().split('\0')
sys.stdout.buffer.write('\0'.join(map(judge, programs)).encode())
"#;

fn table() -> Vec<(String, String)> {
    let rows = TABLE.lines().filter(|line| !line.starts_with("# ") && !line.is_empty());
    rows.map(|row| row.split_once('\t').expect("a program, a tab and a verdict"))
        .map(|(program, verdict)| (unescape(program), unescape(verdict)))
        .collect()
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                _ => '\\',
            },
            (c, false) => c,
        });
    }
    out
}

fn verdict(program: &str) -> String {
    let source = Source::new("<string>", program);
    match parse_module(&source) {
        Err(e) => format!("{} {:?} {}", e.kind.name(), (e.line, e.offset, e.end_line, e.end_offset), e.message),
        Ok((_, warnings)) => warnings.iter().fold("OK".to_string(), |mut out, w| {
            write!(out, " {}:{}:{}", w.category, w.message, source.line(w.span.start)).expect("strings grow");
            out
        }),
    }
}

fn assert_same(differences: Vec<String>) {
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn mistakes_are_reported_as_in_the_table() {
    let table = table();
    assert!(table.len() > 1000, "the table has been read");
    let differs = |(program, expected): &(String, String)| {
        let got = verdict(program);
        (got != *expected).then(|| format!("{program:?}\n  expected {expected}\n  got      {got}"))
    };
    assert_same(table.iter().filter_map(differs).collect());
}

#[test]
fn the_table_says_what_python_says() {
    let table = table();
    let programs: Vec<&str> = table.iter().map(|(program, _)| program.as_str()).collect();
    let Some(verdicts) = oracle::python(JUDGE, programs.join("\0").as_bytes()) else { return };
    let verdicts = String::from_utf8(verdicts).expect("UTF-8");
    let pairs = table.iter().zip(verdicts.split('\0'));
    let differs = |((program, expected), got): (&(String, String), &str)| {
        (got != expected).then(|| format!("{program:?}\n  table   {expected}\n  python3 {got}"))
    };
    assert_same(pairs.filter_map(differs).collect());
}

/// An error shows the line and carets under it as a traceback does.
#[test]
fn a_report_shows_the_line() {
    let source = Source::new("m.toy", "if x:\n    print(a b)\n");
    let error = parse_module(&source).expect_err("a comma is missing");
    let expected = "  File \"m.toy\", line 2\n    print(a b)\n          ^^^\nSyntaxError: invalid syntax. Perhaps you forgot a comma?";
    assert_eq!(error.report("m.toy"), expected);
}
