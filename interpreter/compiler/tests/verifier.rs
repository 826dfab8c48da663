//! The verifier refuses what the compiler must never make.
//!
//! In: sound code, and one change that breaks it. Out: the verifier names the fault.

mod common;

use toy_compiler::bytecode::op::{Op, abc};
use toy_compiler::bytecode::proto::{Const, Proto};
use toy_compiler::bytecode::verify::verify;

const PROGRAM: &str = "
def f(a, b):
    for x in a:
        try:
            b(x.y + 1.5, [x])
        except a as e:
            return e
    return a
";

/// The function of the program, for itself.
fn function() -> Proto {
    let mut module = common::compile("program", PROGRAM).expect("it compiles");
    module.consts.retain(|value| matches!(value, Const::Code(_)));
    let Some(Const::Code(code)) = module.consts.pop() else { panic!("no function") };
    drop(module);
    std::rc::Rc::into_inner(code).expect("nobody else has it")
}

fn find(proto: &Proto, op: Op) -> usize {
    proto.code.iter().position(|&word| word & 0xff == op as u32).expect("it is there")
}

fn fault(change: impl FnOnce(&mut Proto)) -> String {
    let mut proto = function();
    verify(&proto).expect("it is sound");
    change(&mut proto);
    verify(&proto).expect_err("it is broken")
}

#[test]
fn operands_out_of_range() {
    assert!(fault(|p| p.nregs = 4).contains("register"));
    assert!(fault(|p| p.consts.clear()).contains("no constant"));
    assert!(fault(|p| p.sites.clear()).contains("no site 0"));
    assert!(fault(|p| p.code[0] = 0xff).contains("no instruction"));
}

#[test]
fn jumps_that_lead_nowhere() {
    let target = |p: &mut Proto, aim: u32| {
        let at = find(p, Op::Jump);
        p.code[at + 1] = aim
    };
    assert!(fault(|p| target(p, 10_000)).contains("a jump into"));
    assert!(fault(|p| target(p, find(p, Op::Jump) as u32 + 1)).contains("a jump into"));
    assert!(fault(|p| target(p, 0)).contains("goes back"));
    assert!(fault(|p| p.code.truncate(p.code.len() - 1)).contains("do not fit"));
    let falls = fault(|p| *p.code.last_mut().expect("code") = abc(Op::Not, 0, 0, 0));
    assert!(falls.contains("falls off"), "{falls}");
}

#[test]
fn temps_that_are_dead_or_overwritten() {
    let dead = fault(|p| {
        let at = find(p, Op::GetAttr);
        p.code[at] = abc(Op::GetAttr, p.nregs as u8 - 2, p.nregs as u8 - 1, 0)
    });
    assert!(dead.contains("is not alive"), "{dead}");
    let overwritten = fault(|p| {
        let at = find(p, Op::GetAttr);
        p.code[at] = abc(Op::GetAttr, 4, 2, 0)
    });
    assert!(overwritten.contains("is overwritten"), "{overwritten}");
    let kept = fault(|p| {
        let at = find(p, Op::Clear);
        p.code[at] = abc(Op::Not, 0, 0, 0)
    });
    assert!(kept.contains("overwritten") || kept.contains("alive"), "{kept}");
}

#[test]
fn handlers_at_the_wrong_depth() {
    assert!(fault(|p| p.handlers[0].depth = 1).contains("a handler at depth 1"));
    assert!(fault(|p| p.handlers[0].depth = 200).contains("a handler at depth 200"));
    assert!(fault(|p| p.handlers[0].end = 60_000).contains("range is wrong"));
    let deeper = fault(|p| p.handlers[0].depth += 1);
    assert!(deeper.contains("temp"), "{deeper}");
}
