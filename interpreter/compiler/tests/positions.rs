//! What a traceback underlines: the spans of instructions against `co_positions()` of python3.
//!
//! In: the programs of `tests/dis` and `tests/positions`. Out: for each kind of operation in each code object, the set of
//! places must be CPython's (a set, because both may copy code). `positions.py` is the oracle's half.

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use toy_compiler::bytecode::op::Op;
use toy_compiler::bytecode::proto::{Const, Proto};
use toy_syntax::Span;

#[test]
fn spans_are_cpythons() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut wrong = Vec::new();
    for folder in ["dis", "positions"] {
        for path in common::files(&tests.join(folder), "toy") {
            let text = std::fs::read_to_string(&path).expect("a program");
            let mut ours = BTreeSet::new();
            places(&common::compile("program", &text).expect("it compiles"), &mut ours);
            let printed = common::python3(include_str!("positions.py"), &[path.to_str().expect("a path")]);
            let theirs: BTreeSet<String> = printed.lines().map(str::to_owned).collect();
            let show = |sign: &'static str, place: &String| format!("{sign} {} {place}", path.display());
            wrong.extend(theirs.difference(&ours).map(|place| show("only python3:", place)));
            wrong.extend(ours.difference(&theirs).map(|place| show("only toy:", place)))
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn places(proto: &Proto, found: &mut BTreeSet<String>) {
    let mut pc = 0;
    while let Some(op) = proto.code.get(pc).and_then(|&word| Op::decode(word)) {
        let mut note = |kind: &str, span: Span| {
            let (start, end) = (proto.source.place(span.start), proto.source.place(span.end));
            found.insert(format!(
                "{}|{}|{kind}|{}|{}|{}|{}",
                proto.qualname, proto.firstlineno, start.line, end.line, start.column, end.column
            ));
        };
        if let Some(kind) = kind(op) {
            // A fused call has the lookup's span in its first word and the call's in the second.
            let call = matches!(op, Op::CallGlobal | Op::CallMethod) as usize;
            note(kind, proto.spans[pc + call])
        }
        if op == Op::CallMethod {
            note("attribute", proto.spans[pc])
        }
        pc += op.words()
    }
    for value in &proto.consts {
        if let Const::Code(inner) = value {
            places(inner, found)
        }
    }
}

/// The name that `positions.py` has for it.
fn kind(op: Op) -> Option<&'static str> {
    Some(match op {
        Op::Add | Op::Sub | Op::Mul | Op::Div | Op::FloorDiv | Op::Mod | Op::Pow | Op::LShift | Op::RShift => "binary",
        Op::And | Op::Or | Op::Xor | Op::MatMul | Op::AddK | Op::SubK | Op::MulK | Op::DivK | Op::FloorDivK => "binary",
        Op::ModK | Op::PowK | Op::LShiftK | Op::RShiftK | Op::AndK | Op::AddInt | Op::SubInt => "binary",
        Op::InplaceAdd | Op::InplaceSub | Op::InplaceMul | Op::InplaceAddInt | Op::InplaceSubInt => "binary",
        Op::Inplace => "binary",
        Op::Neg | Op::Pos | Op::Invert => "unary",
        Op::Not => "not",
        Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::Eq | Op::Ne | Op::Is | Op::IsNot | Op::In | Op::NotIn => "compare",
        Op::LtJump | Op::LeJump | Op::GtJump | Op::GeJump | Op::EqJump | Op::NeJump | Op::IsJump => "compare",
        Op::InJump | Op::LtJumpK | Op::LeJumpK | Op::GtJumpK | Op::GeJumpK | Op::EqJumpK | Op::NeJumpK => "compare",
        Op::Call | Op::CallGlobal | Op::CallLoaded | Op::CallMethod | Op::CallKw | Op::CallEx => "call",
        Op::GetAttr | Op::LoadMethod => "attribute",
        Op::SetAttr => "store attribute",
        Op::DelAttr => "delete attribute",
        Op::GetItem | Op::GetItemK => "item",
        Op::SetItem => "store item",
        Op::DelItem => "delete item",
        Op::GetIter => "iter",
        Op::ForIter => "for",
        Op::Raise => "raise",
        Op::ImportName => "import",
        Op::ImportFrom => "from",
        Op::BeforeWith => "with",
        Op::ExcMatchJump => "except",
        Op::ListExtend => "extend",
        Op::DictUpdate => "update",
        Op::DictMerge => "merge",
        Op::MatchClass => "match class",
        Op::GetAwaitable => "await",
        Op::GetAnext => "anext",
        Op::BuildSlice => "slice",
        Op::LoadAssertionError => "assert",
        Op::FormatSimple | Op::FormatSpec => "format",
        Op::WithExcept => "exit",
        Op::SetAdd => "add",
        _ => return None,
    })
}
