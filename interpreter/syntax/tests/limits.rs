//! Bounds: depth, size, time; and the ways into the parser.
//!
//! In: texts that are too deep, too long or cut short. Out: errors, never a crash. The one invariant: every text of these is
//! parsed on a test's small stack.

use std::time::{Duration, Instant};
use toy_syntax::ast::{Expr, ExprKind};
use toy_syntax::token::Token;
use toy_syntax::{
    ErrorKind, Source, SyntaxError, decode, decode_file, parse_expression, parse_interactive, parse_module,
};

fn error(text: &str) -> SyntaxError {
    parse_module(&Source::new("<string>", text)).map(|_| ()).expect_err("too much")
}

fn is_fine(text: &str) -> bool {
    parse_module(&Source::new("<string>", text)).is_ok()
}

fn assert_too_deep(text: &str) {
    let error = error(text);
    assert_eq!(error.kind, ErrorKind::Recursion);
    assert_eq!(error.message, "maximum recursion depth exceeded during compilation");
}

#[test]
fn expressions_nest_so_deep_and_no_deeper() {
    for repeated in ["-", "not ", "1 if x else ", "lambda: ", "1 + ", "a.", "2 ** "] {
        assert!(is_fine(&format!("x = {}a", repeated.repeat(2800))), "{repeated}");
        assert_too_deep(&format!("x = {}a", repeated.repeat(3000)));
        assert_too_deep(&format!("x = {}a", repeated.repeat(100_000)));
    }
    assert!(is_fine(&format!("x = f{}", "()".repeat(2800))));
    assert_too_deep(&format!("x = f{}", "[0]".repeat(100_000)));
}

#[test]
fn chains_of_elif_are_bounded() {
    assert!(is_fine(&format!("if a: b\n{}", "elif c: d\n".repeat(2800))));
    assert_too_deep(&format!("if a: b\n{}", "elif c: d\n".repeat(5000)));
    let level = |i: usize| {
        format!("{0}if a: b\n{1}{0}elif c:\n", " ".repeat(i), format!("{}elif c: d\n", " ".repeat(i)).repeat(60))
    };
    assert_too_deep(&((0..90).map(level).collect::<String>() + &" ".repeat(90) + "x\n"));
}

#[test]
fn what_is_wide_is_not_deep() {
    assert!(is_fine(&format!("x = [{}]", "1, ".repeat(100_000))));
    assert!(is_fine(&format!("x = {}a", "b or ".repeat(100_000))));
    assert!(is_fine(&format!("x = {}a", "b < ".repeat(100_000))));
    assert!(is_fine(&format!("{}1", "x = ".repeat(100_000))));
    assert!(is_fine(&format!("x = {}", "'a' ".repeat(100_000))));
}

#[test]
fn brackets_and_blocks_are_bounded() {
    assert!(is_fine(&format!("{}1{}", "(".repeat(200), ")".repeat(200))));
    assert_eq!(error(&format!("{}1{}", "(".repeat(201), ")".repeat(201))).message, "too many nested parentheses");
    let blocks =
        |depth: usize| (0..depth).map(|i| " ".repeat(i) + "if x:\n").collect::<String>() + &" ".repeat(depth) + "y\n";
    assert!(is_fine(&blocks(99)));
    assert_eq!(error(&blocks(100)).message, "too many levels of indentation");
}

#[test]
fn a_long_program_takes_no_longer_than_its_length() {
    let program = "def f(a, b=1):\n    return [a + x * 2 for x in range(b) if x != 'text'] or g(a, *b, c=d.e[0])\n"
        .repeat(50_000);
    let started = Instant::now();
    assert!(is_fine(&program));
    assert!(started.elapsed() < Duration::from_secs(30), "{:?} for 100,000 lines", started.elapsed());
}

#[test]
fn a_mistake_in_a_long_line_is_found_in_time() {
    let started = Instant::now();
    assert_eq!(error(&format!("x = {{{}b c}}", "1: 2, ".repeat(30_000))).message, "':' expected after dictionary key");
    assert_eq!(
        error(&format!("f({}b c)", "a, ".repeat(30_000))).message,
        "invalid syntax. Perhaps you forgot a comma?"
    );
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn tokens_and_nodes_stay_small() {
    assert_eq!(size_of::<Token>(), 12);
    assert!(size_of::<Expr>() <= 80, "{}", size_of::<Expr>());
}

#[test]
fn an_expression_may_have_blanks_around_it() {
    let parse = |text: &str| parse_expression(&Source::new("<string>", text)).map(|(e, _)| e.kind);
    assert!(matches!(parse(" \t 1 + 2\n\n"), Ok(ExprKind::BinOp { .. })));
    assert!(matches!(parse("a, b"), Ok(ExprKind::Tuple(_))));
    assert_eq!(parse("x = 1").expect_err("a statement").message, "invalid syntax");
    assert_eq!(parse("(yield)").expect_err("no function").message, "'yield' outside function");
    assert!(parse("").is_err());
}

#[test]
fn a_repl_learns_when_to_read_on() {
    let more = |text: &str| match parse_interactive(&Source::new("<stdin>", text)) {
        Ok(parsed) => parsed.open_block,
        Err(error) => error.incomplete,
    };
    for text in ["if x:", "if x:\n  y", "(", "f(a,\n", "'''abc", "@a", "try:\n  x\n", "x = \\", "def f(a,"] {
        assert!(more(text), "{text:?}");
    }
    for text in ["x", "x = ", "x y", "if x:\n  y\n", "", "# c", "'abc", "if x", "pass\npass", "  x"] {
        assert!(!more(text), "{text:?}");
    }
}

#[test]
fn bytes_are_decoded_as_pep_263_says() {
    assert_eq!(decode(b"\xef\xbb\xbfx\r\ny\rz").as_deref(), Ok("x\ny\nz"));
    assert_eq!(decode(b"# coding: latin-1\n'\xe9'").as_deref(), Ok("# coding: latin-1\n'\u{e9}'"));
    assert_eq!(
        decode(b"#!x\n# -*- coding: utf-8 -*-\n'\xc3\xa9'").as_deref(),
        Ok("#!x\n# -*- coding: utf-8 -*-\n'\u{e9}'")
    );
    assert_eq!(decode(b"# coding: foo\n").expect_err("no such").message, "unknown encoding: foo");
    assert_eq!(decode(b"x\n# coding: foo\n").as_deref(), Ok("x\n# coding: foo\n"));
    let null = decode(b"x = 1\0").expect_err("a null byte");
    assert_eq!((null.kind, null.message.as_str()), (ErrorKind::Value, "source code string cannot contain null bytes"));
    let expected = "Non-UTF-8 code starting with '\\xf6' in file m.toy on line 2, but no encoding declared; see \
                    https://peps.python.org/pep-0263/ for details";
    assert_eq!(decode_file(b"x\n'\xf6'", "m.toy").expect_err("no encoding").message, expected);
}
