//! Large and deep programs: everything that counts in bytes or words has a way beyond them.
//!
//! In: generated programs. Out: they compile (which runs the verifier), or are refused by name, on the stack that threads have.

mod common;

use common::{compile, on_its_stack};
use toy_compiler::bytecode::op::Op;
use toy_compiler::bytecode::proto::{Const, Proto, flags};

fn join(count: usize, separator: &str, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(separator)
}

fn operations(proto: &Proto) -> Vec<Op> {
    let mut found = Vec::new();
    let mut pc = 0;
    while let Some(op) = proto.code.get(pc).and_then(|&word| Op::decode(word)) {
        found.push(op);
        pc += op.words();
    }
    found
}

fn inner(proto: &Proto) -> &Proto {
    let code = proto.consts.iter().find_map(|value| match value {
        Const::Code(code) => Some(code),
        _ => None,
    });
    code.expect("a function")
}

#[test]
fn long_displays_and_calls() {
    on_its_stack(|| {
        for (open, close) in [("[", "]"), ("(", ")"), ("{", "}"), ("f(", ")"), ("o.m(", ")")] {
            let text = format!("x = {open}{}{close}\n", join(100_000, ", ", |i| format!("y + {i}")));
            compile("long", &text).expect("it compiles");
        }
        let text = format!("f({})\n", join(1000, ", ", |i| format!("k{i}=y")));
        compile("keywords", &text).expect("it compiles");
        let text = format!("x = {{{}}}\n", join(1000, ", ", |i| format!("y: {i}")));
        compile("dict", &text).expect("it compiles");
    })
}

#[test]
fn more_constants_and_code_than_two_bytes_count() {
    on_its_stack(|| {
        let text = format!("def f(a):\n{}  return a\n", join(70_000, "", |i| format!("  a += {i}.5\n")));
        let proto = compile("constants", &text).expect("it compiles");
        let function = inner(&proto);
        assert!(function.consts.len() >= 70_000 && function.code.len() > 65_536);
        assert!(operations(function).contains(&Op::LoadConstWide));
    })
}

#[test]
fn more_locals_and_parameters_than_registers() {
    on_its_stack(|| {
        let names = join(400, ", ", |i| format!("p{i}"));
        let proto = compile("parameters", &format!("def f({names}): return p0 + p399\n")).expect("it compiles");
        let function = inner(&proto);
        assert!(function.flags & flags::WIDE_PARAMETERS != 0 && function.nregs <= 256);
        assert_eq!((function.argcount, function.wide.len()), (400, 400));

        let text = format!("def f(a):\n{}  return x0\n", join(700, "", |i| format!("  x{i} = a\n")));
        let proto = compile("locals", &text).expect("it compiles");
        let function = inner(&proto);
        assert_eq!(function.varnames[0].as_ref(), "a");
        // `a` and the tuple of cells have registers as well
        assert_eq!(function.varnames.len() + function.wide.len(), 702);

        let proto =
            compile("targets", &format!("{} = x\n", join(500, ", ", |i| format!("x{i}")))).expect("it compiles");
        assert!(operations(&proto).contains(&Op::UnpackWide));
    })
}

#[test]
fn deep_expressions() {
    on_its_stack(|| {
        for text in [
            format!("x = {}\n", join(2800, " + ", |_| "y".into())),
            format!("x = {}\n", join(2800, " ** ", |_| "y.z".into())),
            format!("x = {}y\n", "not ".repeat(2800)),
            format!("x = y{}\n", ".a".repeat(2800)),
            format!("x = {}1\n", "lambda: ".repeat(1000)),
            format!("x = {}0{}\n", "f(1, k=".repeat(95), ")".repeat(95)),
            format!("x = {}0{}\n", "{1: ".repeat(95), ", 2: 3}".repeat(95)),
            format!("x = {}0{}\n", "a.b(a, ".repeat(95), ", c.d())".repeat(95)),
            format!("x = {}0{}\n", "a[a.b, ".repeat(95), "]".repeat(95)),
        ] {
            compile("deep", &text).unwrap_or_else(|message| panic!("{message}: {}", &text[..60]));
        }
    })
}

#[test]
fn blocks_nest_as_deeply_as_in_cpython() {
    let nest = |depth: usize| {
        let lines = join(depth, "", |i| format!("{}while x:\n", " ".repeat(i + 1)));
        format!("def f(x):\n{lines}{}pass\n", " ".repeat(depth + 1))
    };
    on_its_stack(move || {
        compile("blocks", &nest(20)).expect("it compiles");
        let source = std::sync::Arc::new(toy_syntax::Source::new("blocks", nest(21)));
        let parsed = toy_syntax::parse_module(&source);
        let message = match parsed {
            Ok((module, _)) => {
                toy_compiler::compile(&module, source, toy_compiler::Mode::Module).expect_err("refused").message
            }
            Err(error) => error.message,
        };
        assert_eq!(message, "too many statically nested blocks")
    })
}
