//! Annotations under `from __future__ import annotations`: their text is what python3 makes of them.
//!
//! In: expressions of every kind. Out: the string constants of the compiled function against python3's `__annotations__`.

mod common;

use toy_compiler::bytecode::proto::{Const, Proto};

const EXPRESSIONS: &[&str] = &[
    "int | None",
    "list[int, str]",
    "(1, 2)",
    "'x\"y'",
    "\"it's\"",
    "-1 ** 2",
    "(-1) ** 2",
    "a ** -b",
    "a.b[c:d, ::2, 1:]",
    "lambda x, /, y=1, *a, k, z=2, **kw: x",
    "lambda *, k: k",
    "lambda: 1",
    "(x if y else z)",
    "(a if b else c) if d else e",
    "a if b else c if d else e",
    "[i for i in x if (a, b)]",
    "{k: v for k, v in z}",
    "(x for x in y if z if w)",
    "{1: 2, **q}",
    "not a and b or c",
    "(a or b) and c",
    "not (a == b)",
    "(not a).b",
    "a < b <= c is not d not in e",
    "f(*a, **b, c=d)(x for x in y)",
    "f'{x!r:>{w}} {{}} {a}'",
    "1e100",
    "1.0",
    "10**20",
    "1e1000",
    "0x10",
    "...",
    "()",
    "(a,)",
    "a[b, c]",
    "a[(b,)]",
    "a[*b]",
    "{a, b}",
    "[*a, *b]",
    "a @ b // c",
    "a - (b - c)",
    "~a.b",
    "(1).real",
    "1.5.real",
    "b'x\\n'",
    "(a, b) + c",
    "x[a:b]",
    "a << b >> c & d | e ^ f",
];

#[test]
fn texts_are_cpythons() {
    let parameters: Vec<_> = EXPRESSIONS.iter().enumerate().map(|(i, e)| format!("p{i}: {e}")).collect();
    let text = format!("from __future__ import annotations\ndef f({}): pass\n", parameters.join(", "));
    let script = "import sys\nd = {}\nexec(sys.argv[1], d)\nprint(*d['f'].__annotations__.values(), sep='\\n')";
    let theirs = common::python3(script, &[&text]);
    let proto = common::compile("annotations", &text).expect("it compiles");
    let known = strings(&proto);
    let missing: Vec<_> = theirs.lines().filter(|line| !known.iter().any(|text| text == line)).collect();
    assert_eq!(theirs.lines().count(), EXPRESSIONS.len());
    assert!(missing.is_empty(), "python3 has {missing:?}, toy has {known:?}");
}

fn strings(proto: &Proto) -> Vec<String> {
    let strings = proto.consts.iter().filter_map(|value| match value {
        Const::Str(text) => Some(text.to_string()),
        _ => None,
    });
    strings.collect()
}
