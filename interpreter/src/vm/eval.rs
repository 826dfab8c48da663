//! The eval loop and nothing else.
//!
//! In: the thread's running frame. Out: the value that the frame the loop was entered for returns, or the exception that leaves
//! it. Each arm is one instruction of `bytecode/op.rs`; what is more than a few lines stands in `ops/`.
//!
//! Variables: `pc` points to the next word, `r` is the window of registers, `k` the constants, `start` the code's first
//! word, `sites` its inline caches, `frame` the running frame, `locals` how many registers of the window are locals (operands from there on are
//! temps and die when they are read). All but `pc` change only when the frame does (`load!`). The one invariant: `pc` is
//! stored in the frame (`save!`) before anything that may raise, call toy code or look at the frame.
//!
//! Switch points (`check!`) stand on back edges, function entry, generator resume and after native calls; that is the placement
//! `call`, and the type parameter `P` makes the others of it. `Quiet` only looks at the breaker, for one thread needs no
//! ticks; the others take ticks off.

use super::frame::Frame;
use super::ops::{self, arith, attr, call, compare, item, iter};
use super::regs::{Regs, is_object, share};
use super::{trace, unwind};
use crate::objects::code::Site;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::points::{self, Placement};
use crate::sync::{Held, breaker};
use toy_compiler::bytecode::op::{Op, TABLE};
use toy_syntax::ast::{BinOp, CmpOp};

/// Where switch points are, and what they cost.
pub trait Points {
    /// Whether this loop does without ticks, and is to be left when they begin to matter.
    const QUIET: bool = false;
    /// Switch points as in 3.10: taken conditional jumps and returns too, function entry not.
    const BRANCH: bool = false;
    /// Switch points as up to 3.9: before almost any instruction, and nowhere else.
    const OPCODE: bool = false;
    /// No switch points at all.
    const NEVER: bool = false;
    /// Every instruction may make events for `sys.settrace` and `sys.setprofile`.
    const TRACED: bool = false;
}

/// One thread, or several that are only ever asked to give the GIL up.
pub struct Quiet;

impl Points for Quiet {
    const QUIET: bool = true;
}

/// Several threads: every switch point closes the ticks of the code before it.
pub struct AtCalls;

impl Points for AtCalls {}

/// As `AtCalls`, at more places.
pub struct AtBranches;

impl Points for AtBranches {
    const BRANCH: bool = true;
}

/// Every instruction counts its own ticks.
pub struct AtOpcodes;

impl Points for AtOpcodes {
    const OPCODE: bool = true;
}

/// Nobody is let in, no signal is heard: what the others cost is measured against this.
#[cfg(feature = "never")]
pub struct Never;

#[cfg(feature = "never")]
impl Points for Never {
    const NEVER: bool = true;
}

/// As `AtCalls`, in a program that traces or profiles one of its threads.
pub struct Traced;

impl Points for Traced {
    const TRACED: bool = true;
}

/// The ticks of each instruction.
static TICKS: [u8; 256] = {
    let mut ticks = [0; 256];
    let mut i = 0;
    while i < TABLE.len() {
        ticks[i] = TABLE[i].ticks;
        i += 1;
    }
    ticks
};

/// How the loop was left.
enum Exit {
    Returned(Value),
    Raised(Raised),
    /// Another loop is to go on: ticks matter now, or somebody traces, or nobody does any more.
    Recount,
}

/// Runs the frame on top until it returns.
pub(crate) fn execute(h: &mut Held) -> R {
    loop {
        let exit = match breaker::get() & (breaker::TICKS | breaker::TRACE) {
            0 => run::<Quiet>(h),
            breaker::TICKS => match points::placement() {
                Placement::Call => run::<AtCalls>(h),
                Placement::Branch => run::<AtBranches>(h),
                Placement::Opcode => run::<AtOpcodes>(h),
                #[cfg(feature = "never")]
                Placement::Never => run::<Never>(h),
            },
            _ => run::<Traced>(h),
        };
        match exit {
            Exit::Returned(value) => return Ok(value),
            Exit::Raised(raised) => return Err(raised),
            Exit::Recount => (),
        }
    }
}

fn run<P: Points>(h: &mut Held) -> Exit {
    let mut frame: *mut Frame;
    let mut pc: *const u32;
    let mut r: Regs;
    let mut k: *const Value;
    let mut start: *const u32;
    let mut locals: usize;
    let mut sites: *const Site;

    /// The loop's variables of the frame on top.
    macro_rules! load {
        () => {{
            frame = h.frame;
            let code = &*(*frame).code;
            pc = (*frame).pc;
            r = Regs((*frame).regs);
            k = code.consts.as_ptr();
            start = code.code.as_ptr();
            locals = code.nlocals as usize;
            sites = code.sites.as_ptr();
        }};
    }
    /// The place is stored: what follows may raise or call.
    macro_rules! save {
        () => {
            (*frame).pc = pc
        };
    }

    // SAFETY: of everything below: the code was verified (registers, constants, sites and targets exist; temps are alive
    // where they are read), the frame on top belongs to this thread, and `load!` follows every change of it.
    unsafe {
        load!();
        loop {
            let raised: Raised = 'step: loop {
                let w = *pc;
                pc = pc.add(1);
                macro_rules! a {
                    () => {
                        (w >> 8 & 0xff) as usize
                    };
                }
                macro_rules! b {
                    () => {
                        (w >> 16 & 0xff) as usize
                    };
                }
                macro_rules! c {
                    () => {
                        (w >> 24) as usize
                    };
                }
                macro_rules! bx {
                    () => {
                        (w >> 16) as usize
                    };
                }
                macro_rules! extra {
                    () => {{
                        let extra = *pc as usize;
                        pc = pc.add(1);
                        extra
                    }};
                }
                macro_rules! site {
                    () => {
                        &*sites.add(extra!())
                    };
                }
                macro_rules! put {
                    ($i:expr, $bits:expr) => {{
                        let bits = $bits;
                        r.put(h, $i, bits)
                    }};
                }
                // A register that holds no object.
                macro_rules! fill {
                    ($i:expr, $bits:expr) => {
                        *r.slot($i).cast::<u64>() = $bits
                    };
                }
                macro_rules! attempt {
                    ($e:expr) => {
                        match $e {
                            Ok(value) => value,
                            Err(raised) => break 'step raised,
                        }
                    };
                }
                // A switch point that closes `$n` ticks. Where every instruction is one, there are no others.
                macro_rules! check {
                    ($n:expr) => {
                        check!($n, pc)
                    };
                    ($n:expr, $next:expr) => {{
                        if P::NEVER {
                        } else if P::QUIET {
                            if breaker::get() != 0 {
                                save!();
                                attempt!(h.stop_by());
                                if breaker::get() & (breaker::TICKS | breaker::TRACE) != 0 {
                                    (*frame).pc = $next;
                                    return Exit::Recount;
                                }
                            }
                        } else if P::TRACED {
                            if h.tick($n as i64) || breaker::get() & !(breaker::TICKS | breaker::TRACE) != 0 {
                                save!();
                                attempt!(h.stop_by());
                            }
                            if breaker::get() & breaker::TRACE == 0 {
                                (*frame).pc = $next;
                                return Exit::Recount;
                            }
                        } else if !P::OPCODE && (h.tick($n as i64) || breaker::get() & !breaker::TICKS != 0) {
                            save!();
                            attempt!(h.stop_by());
                            if breaker::get() & breaker::TRACE != 0 {
                                (*frame).pc = $next;
                                return Exit::Recount;
                            }
                        }
                    }};
                }
                // What a switch point raises belongs to the jump: the handlers around the loop's body are the ones to see it.
                macro_rules! jump {
                    ($target:expr, $ticks:expr) => {{
                        let target = start.add($target);
                        if P::BRANCH || target < pc {
                            check!($ticks, target);
                        }
                        pc = target;
                    }};
                }
                macro_rules! jump_if {
                    ($truth:expr, $target:expr) => {
                        if ($truth) == (a!() & 1 != 0) {
                            jump!($target, a!() >> 1)
                        }
                    };
                }
                // A local that the compiler knows to be bound; but a debugger may jump over what binds it.
                macro_rules! load_fast {
                    ($to:expr, $local:expr) => {{
                        let bits = share(r.bits($local));
                        if bits == 0 {
                            save!();
                            break 'step ops::name::unbound_local(h, frame, $local);
                        }
                        fill!($to, bits)
                    }};
                }
                // A rarer operation: `ops::name(h, r, w, locals ...)`.
                macro_rules! slow {
                    ($e:expr) => {{
                        save!();
                        attempt!($e)
                    }};
                }
                // As `slow!`, where a function of the program may have been entered.
                macro_rules! entered {
                    ($e:expr) => {
                        match slow!($e) {
                            call::Called::Frame => load!(),
                            call::Called::Done => (),
                        }
                    };
                }
                // An operation on two words with a fast path; the slow one takes or clones the operands.
                macro_rules! binary {
                    ($fast:path, $op:expr) => {
                        match $fast(r.bits(b!()), r.bits(c!())) {
                            Some(bits) => put!(a!(), bits),
                            None => entered!(arith::slow(h, r, w, locals, $op)),
                        }
                    };
                }
                macro_rules! binary_k {
                    ($fast:path, $op:expr) => {
                        match $fast(r.bits(b!()), (*k.add(c!())).bits()) {
                            Some(bits) => put!(a!(), bits),
                            None => entered!(arith::slow_k(h, r, w, locals, &*k.add(c!()), $op)),
                        }
                    };
                }
                macro_rules! binary_int {
                    ($fast:path, $op:expr, $inplace:expr) => {{
                        let number = ((w as i32 >> 24) as i64 as u64) << 1 | 1;
                        match $fast(r.bits(b!()), number) {
                            Some(bits) => put!(a!(), bits),
                            None => entered!(arith::slow_int(h, r, w, locals, number, $op, $inplace)),
                        }
                    }};
                }
                macro_rules! compare {
                    ($fast:path, $op:expr) => {
                        match $fast(r.bits(b!()), r.bits(c!())) {
                            Some(truth) => put!(a!(), Value::bool(truth).bits()),
                            None => slow!(compare::slow(h, r, w, locals, $op)),
                        }
                    };
                }
                // An operand that was looked at where it stands.
                macro_rules! drop_temp {
                    ($i:expr) => {
                        if $i >= locals {
                            put!($i, 0)
                        }
                    };
                }
                // A comparison that jumps; `$texts` compares strings where they stand.
                macro_rules! compare_and_jump {
                    ($fast:path, $texts:path, $op:expr, $y:expr, $drop_y:expr, $slow:expr) => {{
                        let target = extra!();
                        let (x, y) = (r.bits(b!()), $y);
                        let truth = match $fast(x, y) {
                            Some(truth) => truth,
                            None => match $texts(x, y) {
                                Some(same) => {
                                    drop_temp!(b!());
                                    $drop_y;
                                    same == ($op == CmpOp::Eq)
                                }
                                None => slow!($slow),
                            },
                        };
                        jump_if!(truth, target)
                    }};
                }
                macro_rules! compare_jump {
                    ($fast:path, $op:expr) => {
                        compare_jump!($fast, $op, compare::never)
                    };
                    ($fast:path, $op:expr, $texts:path) => {{
                        let slow = compare::slow_truth;
                        compare_and_jump!(
                            $fast,
                            $texts,
                            $op,
                            r.bits(c!()),
                            drop_temp!(c!()),
                            slow(h, r, w, locals, $op)
                        )
                    }};
                }
                macro_rules! compare_jump_k {
                    ($fast:path, $op:expr) => {
                        compare_jump_k!($fast, $op, compare::never)
                    };
                    ($fast:path, $op:expr, $texts:path) => {{
                        let (slow, y) = (compare::slow_truth_k, &*k.add(c!()));
                        compare_and_jump!($fast, $texts, $op, y.bits(), (), slow(h, r, w, locals, y, $op))
                    }};
                }
                // A call: what it did to the frames.
                macro_rules! called {
                    ($e:expr) => {
                        called!($e, c!())
                    };
                    ($e:expr, $ticks:expr) => {{
                        save!();
                        match attempt!($e) {
                            call::Called::Frame => {
                                load!();
                                if !P::BRANCH {
                                    check!($ticks);
                                }
                            }
                            call::Called::Done => check!($ticks),
                        }
                    }};
                }

                if P::TRACED {
                    save!();
                    attempt!(trace::step(h, frame));
                }
                if P::OPCODE {
                    let ticks = TICKS[w as u8 as usize];
                    if ticks != 0 && (h.tick(ticks.into()) || breaker::get() & !breaker::TICKS != 0) {
                        save!();
                        attempt!(ops::stop_before(h, frame));
                        if breaker::get() & breaker::TRACE != 0 {
                            (*frame).pc = pc.sub(1);
                            return Exit::Recount;
                        }
                    }
                }
                match std::mem::transmute::<u8, Op>(w as u8) {
                    Op::Move => {
                        let bits = r.bits(b!());
                        if b!() >= locals {
                            fill!(b!(), 0);
                            put!(a!(), bits);
                        } else if bits != 0 {
                            put!(a!(), share(bits));
                        } else {
                            save!();
                            break 'step ops::name::unbound_local(h, frame, b!());
                        }
                    }
                    Op::LoadFast => load_fast!(a!(), b!()),
                    Op::LoadFast2 => {
                        load_fast!(a!(), b!());
                        load_fast!(a!() + 1, c!())
                    }
                    Op::StoreFast => {
                        let bits = r.bits(b!());
                        fill!(b!(), 0);
                        put!(a!(), bits)
                    }
                    Op::Copy => match r.bits(b!()) {
                        0 => {
                            save!();
                            break 'step ops::name::unbound_local(h, frame, b!());
                        }
                        bits => put!(a!(), share(bits)),
                    },
                    Op::Clear => put!(a!(), 0),
                    Op::DeleteFast => {
                        if r.bits(a!()) == 0 {
                            save!();
                            break 'step ops::name::unbound_local(h, frame, a!());
                        }
                        save!();
                        put!(a!(), 0);
                    }
                    Op::LoadConst => put!(a!(), share((*k.add(bx!())).bits())),
                    Op::LoadConstWide => put!(a!(), share((*k.add(extra!())).bits())),
                    Op::LoadInt => put!(a!(), ((w as i32 >> 16) as i64 as u64) << 1 | 1),

                    Op::LoadGlobal => {
                        let site = site!();
                        match ops::name::cached_global(frame, site) {
                            Some(bits) => put!(a!(), bits),
                            None => slow!(ops::name::load_global(h, frame, r, a!(), site)),
                        }
                    }
                    Op::StoreGlobal => {
                        let site = site!();
                        slow!(ops::name::store_global(h, frame, r, a!(), locals, site))
                    }
                    Op::DeleteGlobal => {
                        let site = site!();
                        slow!(ops::name::delete_global(h, frame, site))
                    }
                    Op::LoadName => {
                        let site = site!();
                        slow!(ops::name::load_name(h, frame, r, a!(), site))
                    }
                    Op::StoreName => {
                        let site = site!();
                        slow!(ops::name::store_name(h, r, a!(), locals, site))
                    }
                    Op::DeleteName => {
                        let site = site!();
                        slow!(ops::name::delete_name(h, r, site))
                    }
                    Op::LoadClassFree => {
                        let site = site!();
                        slow!(ops::name::load_class_free(h, frame, r, a!(), b!(), site))
                    }

                    Op::MakeCell => slow!(ops::name::make_cell(h, r, a!())),
                    Op::LoadCell => match ops::name::cell_bits(r.bits(b!())) {
                        0 => {
                            save!();
                            break 'step ops::name::unbound_local(h, frame, b!());
                        }
                        bits => put!(a!(), bits),
                    },
                    Op::StoreCell => slow!(ops::name::store_cell(h, r, r.bits(a!()), b!(), locals)),
                    Op::DeleteCell => slow!(ops::name::delete_cell(h, frame, r, a!())),
                    Op::LoadFree => match ops::name::cell_bits(ops::name::free_cell(frame, bx!())) {
                        0 => {
                            save!();
                            break 'step ops::name::unbound_free(h, frame, bx!());
                        }
                        bits => put!(a!(), bits),
                    },
                    Op::StoreFree => {
                        slow!(ops::name::store_cell(h, r, ops::name::free_cell(frame, bx!()), a!(), locals))
                    }
                    Op::DeleteFree => slow!(ops::name::delete_free(h, frame, bx!())),
                    Op::LoadClosure => put!(a!(), share(ops::name::free_cell(frame, bx!()))),

                    Op::Add => binary!(arith::add, BinOp::Add),
                    Op::Sub => binary!(arith::sub, BinOp::Sub),
                    Op::Mul => binary!(arith::mul, BinOp::Mult),
                    Op::Div => binary!(arith::div, BinOp::Div),
                    Op::FloorDiv => binary!(arith::floor_div, BinOp::FloorDiv),
                    Op::Mod => binary!(arith::modulo, BinOp::Mod),
                    Op::Pow => binary!(arith::pow, BinOp::Pow),
                    Op::LShift => binary!(arith::lshift, BinOp::LShift),
                    Op::RShift => binary!(arith::rshift, BinOp::RShift),
                    Op::And => binary!(arith::and, BinOp::BitAnd),
                    Op::Or => binary!(arith::or, BinOp::BitOr),
                    Op::Xor => binary!(arith::xor, BinOp::BitXor),
                    Op::MatMul => binary!(arith::never, BinOp::MatMult),
                    Op::AddK => binary_k!(arith::add, BinOp::Add),
                    Op::SubK => binary_k!(arith::sub, BinOp::Sub),
                    Op::MulK => binary_k!(arith::mul, BinOp::Mult),
                    Op::DivK => binary_k!(arith::div, BinOp::Div),
                    Op::FloorDivK => binary_k!(arith::floor_div, BinOp::FloorDiv),
                    Op::ModK => binary_k!(arith::modulo, BinOp::Mod),
                    Op::PowK => binary_k!(arith::pow, BinOp::Pow),
                    Op::LShiftK => binary_k!(arith::lshift, BinOp::LShift),
                    Op::RShiftK => binary_k!(arith::rshift, BinOp::RShift),
                    Op::AndK => binary_k!(arith::and, BinOp::BitAnd),
                    Op::AddInt => binary_int!(arith::add, BinOp::Add, false),
                    Op::SubInt => binary_int!(arith::sub, BinOp::Sub, false),
                    Op::InplaceAdd => match arith::add(r.bits(b!()), r.bits(c!())) {
                        Some(bits) => put!(a!(), bits),
                        None => slow!(arith::inplace_add(h, r, w, locals)),
                    },
                    Op::InplaceSub => match arith::sub(r.bits(b!()), r.bits(c!())) {
                        Some(bits) => put!(a!(), bits),
                        None => slow!(arith::inplace(h, r, w, locals, BinOp::Sub)),
                    },
                    Op::InplaceMul => match arith::mul(r.bits(b!()), r.bits(c!())) {
                        Some(bits) => put!(a!(), bits),
                        None => slow!(arith::inplace(h, r, w, locals, BinOp::Mult)),
                    },
                    Op::InplaceAddInt => binary_int!(arith::add, BinOp::Add, true),
                    Op::InplaceSubInt => binary_int!(arith::sub, BinOp::Sub, true),
                    Op::Inplace => {
                        let op = arith::OPERATORS[extra!()];
                        slow!(arith::inplace_any(h, r, w, locals, op))
                    }
                    Op::Neg => match arith::neg(r.bits(b!())) {
                        Some(bits) => put!(a!(), bits),
                        None => slow!(arith::unary(h, r, w, locals, Op::Neg)),
                    },
                    Op::Pos => slow!(arith::unary(h, r, w, locals, Op::Pos)),
                    Op::Invert => slow!(arith::unary(h, r, w, locals, Op::Invert)),
                    Op::Not => {
                        let truth = match compare::truth(r.bits(b!())) {
                            Some(truth) => truth,
                            None => slow!(compare::slow_bool(h, r, b!(), locals)),
                        };
                        put!(a!(), Value::bool(!truth).bits())
                    }

                    Op::Lt => compare!(compare::lt, CmpOp::Lt),
                    Op::Le => compare!(compare::le, CmpOp::LtE),
                    Op::Gt => compare!(compare::gt, CmpOp::Gt),
                    Op::Ge => compare!(compare::ge, CmpOp::GtE),
                    Op::Eq => compare!(compare::eq, CmpOp::Eq),
                    Op::Ne => compare!(compare::ne, CmpOp::NotEq),
                    Op::Is => compare!(compare::never, CmpOp::Is),
                    Op::IsNot => compare!(compare::never, CmpOp::IsNot),
                    Op::In => compare!(compare::never, CmpOp::In),
                    Op::NotIn => compare!(compare::never, CmpOp::NotIn),

                    Op::Jump => pc = start.add(*pc as usize),
                    Op::JumpBack => {
                        let target = *pc as usize;
                        jump!(target, a!())
                    }
                    Op::JumpIf => {
                        let target = extra!();
                        let truth = match compare::truth(r.bits(b!())) {
                            Some(truth) => truth,
                            None => slow!(compare::slow_bool(h, r, b!(), locals)),
                        };
                        jump_if!(truth, target)
                    }
                    Op::JumpIfOrPop => {
                        let target = extra!();
                        let truth = match compare::truth(r.bits(b!())) {
                            Some(truth) => truth,
                            None => slow!(compare::keep_bool(h, r, b!())),
                        };
                        if truth == (a!() & 1 != 0) {
                            let target = start.add(target);
                            if P::BRANCH {
                                check!(1, target);
                            }
                            pc = target
                        } else {
                            put!(b!(), 0)
                        }
                    }
                    Op::JumpIfNone => {
                        let target = extra!();
                        let bits = r.bits(b!());
                        if bits == 0 {
                            save!();
                            break 'step ops::name::unbound_local(h, frame, b!());
                        }
                        drop_temp!(b!());
                        jump_if!(bits == Value::NONE.bits(), target)
                    }
                    Op::LtJump => compare_jump!(compare::lt, CmpOp::Lt),
                    Op::LeJump => compare_jump!(compare::le, CmpOp::LtE),
                    Op::GtJump => compare_jump!(compare::gt, CmpOp::Gt),
                    Op::GeJump => compare_jump!(compare::ge, CmpOp::GtE),
                    Op::EqJump => compare_jump!(compare::eq, CmpOp::Eq, compare::same_texts),
                    Op::NeJump => compare_jump!(compare::ne, CmpOp::NotEq, compare::same_texts),
                    Op::IsJump => {
                        let target = extra!();
                        let (x, y) = (r.bits(b!()), r.bits(c!()));
                        let same = if x != 0 && y != 0 {
                            drop_temp!(b!());
                            drop_temp!(c!());
                            x == y
                        } else {
                            slow!(compare::slow_truth(h, r, w, locals, CmpOp::Is))
                        };
                        jump_if!(same, target)
                    }
                    Op::InJump => compare_jump!(compare::never, CmpOp::In),
                    Op::LtJumpK => compare_jump_k!(compare::lt, CmpOp::Lt),
                    Op::LeJumpK => compare_jump_k!(compare::le, CmpOp::LtE),
                    Op::GtJumpK => compare_jump_k!(compare::gt, CmpOp::Gt),
                    Op::GeJumpK => compare_jump_k!(compare::ge, CmpOp::GtE),
                    Op::EqJumpK => compare_jump_k!(compare::eq, CmpOp::Eq, compare::same_texts),
                    Op::NeJumpK => compare_jump_k!(compare::ne, CmpOp::NotEq, compare::same_texts),

                    Op::GetIter => slow!(iter::get_iter(h, r, w, locals)),
                    Op::ForIter => {
                        // The switch point stands before the item is taken, as on CPython's back edge.
                        check!(c!(), pc.sub(1));
                        let target = *pc as usize;
                        match iter::next(r.bits(a!())) {
                            iter::Next::Item(bits) => {
                                put!(b!(), bits);
                                pc = start.add(target)
                            }
                            iter::Next::End => {
                                pc = pc.add(1);
                                put!(a!(), 0)
                            }
                            iter::Next::Generator => {
                                pc = pc.add(1);
                                save!();
                                attempt!(ops::generator::resume_for(h, r.bits(a!())));
                                load!();
                            }
                            iter::Next::Ask => {
                                pc = pc.add(1);
                                save!();
                                // Where each instruction counts, none is taken over.
                                let body = if P::OPCODE || P::TRACED { 0 } else { *start.add(target) };
                                match attempt!(iter::slow_next(h, r, w, body)) {
                                    iter::Stepped::Item => pc = start.add(target),
                                    iter::Stepped::Pair => pc = start.add(target + 1),
                                    iter::Stepped::End => (),
                                }
                            }
                        }
                    }

                    Op::BuildTuple => ops::build::tuple(h, r, a!(), b!()),
                    Op::BuildList => ops::build::list(h, r, a!(), b!()),
                    Op::BuildSet => slow!(ops::build::set(h, r, a!(), b!())),
                    Op::BuildMap => slow!(ops::build::map(h, r, a!(), b!())),
                    Op::BuildString => slow!(ops::build::string(h, r, a!(), b!())),
                    Op::BuildSlice => {
                        // Where each instruction counts, none is taken over.
                        let next = if P::OPCODE || P::TRACED { 0 } else { *pc };
                        pc = pc.add(slow!(ops::slicing::slice(h, r, w, next, locals)) as usize);
                    }
                    Op::ListAppend => slow!(ops::build::list_append(h, r, w, locals)),
                    Op::ListExtend => slow!(ops::build::list_extend(h, r, w, locals)),
                    Op::ListToTuple => slow!(ops::build::list_to_tuple(h, r, w)),
                    Op::SetAdd => slow!(ops::build::set_add(h, r, w, locals)),
                    Op::SetUpdate => slow!(ops::build::set_update(h, r, w, locals)),
                    Op::MapAdd => slow!(ops::build::map_add(h, r, w, locals)),
                    Op::DictUpdate => slow!(ops::build::dict_update(h, r, w, locals)),
                    Op::DictMerge => slow!(ops::build::dict_merge(h, r, w, locals)),
                    Op::UnpackSequence => slow!(iter::unpack(h, r, w, locals)),
                    Op::UnpackWide => {
                        let count = extra!();
                        slow!(iter::unpack_wide(h, r, w, locals, count))
                    }
                    Op::UnpackEx => {
                        let counts = extra!();
                        slow!(iter::unpack_ex(h, r, w, locals, counts))
                    }

                    Op::GetAttr => {
                        let site = site!();
                        match attr::cached_slot(r.bits(b!()), site) {
                            Some(bits) => {
                                put!(a!(), bits);
                                if b!() >= locals && b!() != a!() {
                                    put!(b!(), 0)
                                }
                            }
                            None => entered!(attr::get(h, r, w, locals, site)),
                        }
                    }
                    Op::SetAttr => {
                        let site = site!();
                        let value = r.bits(b!());
                        if value != 0
                            && let Some(slot) = attr::cached_set(r.bits(a!()), site)
                        {
                            if b!() >= locals {
                                fill!(b!(), 0)
                            } else {
                                share(value);
                            }
                            super::regs::put(h, slot, value);
                            drop_temp!(a!());
                        } else {
                            slow!(attr::set(h, r, w, locals, site))
                        }
                    }
                    Op::DelAttr => {
                        let site = site!();
                        slow!(attr::delete(h, r, w, locals, site))
                    }
                    Op::GetItem => match item::fast_get(r.bits(b!()), r.bits(c!())) {
                        Some(bits) => {
                            put!(a!(), bits);
                            if b!() >= locals && b!() != a!() {
                                put!(b!(), 0)
                            }
                        }
                        None => entered!(item::get(h, r, w, locals)),
                    },
                    Op::GetItemK => match item::fast_get(r.bits(b!()), (*k.add(c!())).bits()) {
                        Some(bits) => {
                            put!(a!(), bits);
                            if b!() >= locals && b!() != a!() {
                                put!(b!(), 0)
                            }
                        }
                        None => entered!(item::get_k(h, r, w, locals, &*k.add(c!()))),
                    },
                    Op::SetItem => {
                        let value = r.bits(c!());
                        if value != 0
                            && let Some(slot) = item::fast_set(r.bits(a!()), r.bits(b!()))
                        {
                            if c!() >= locals {
                                fill!(c!(), 0)
                            } else {
                                share(value);
                            }
                            super::regs::put(h, slot.cast(), value);
                            drop_temp!(a!());
                        } else {
                            slow!(item::set(h, r, w, locals))
                        }
                    }
                    Op::DelItem => slow!(item::delete(h, r, w, locals)),

                    Op::Call => called!(call::call(h, r, a!(), b!())),
                    Op::CallGlobal => {
                        let site = site!();
                        match ops::name::cached_global(frame, site) {
                            Some(bits) => put!(a!(), bits),
                            None => {
                                // The first word has the span of the lookup, the second that of the call.
                                (*frame).pc = pc.sub(1);
                                attempt!(ops::name::load_global(h, frame, r, a!(), site))
                            }
                        }
                        called!(call::call(h, r, a!(), b!()))
                    }
                    Op::LoadMethod => {
                        let site = site!();
                        slow!(attr::load_method(h, r, w, locals, site))
                    }
                    Op::CallLoaded => called!(call::call_loaded(h, r, a!(), b!())),
                    Op::CallMethod => {
                        let site = site!();
                        called!(call::call_method(h, r, a!(), b!(), site))
                    }
                    Op::CallKw => {
                        let names = extra!();
                        called!(call::call_kw(h, r, w, &*k.add(names)), c!() >> 1)
                    }
                    Op::CallEx => called!(call::call_ex(h, r, a!(), b!())),
                    Op::Return | Op::ReturnNone => {
                        let value = if w as u8 == Op::Return as u8 {
                            match r.bits(a!()) {
                                0 => {
                                    save!();
                                    break 'step ops::name::unbound_local(h, frame, a!());
                                }
                                bits => {
                                    fill!(a!(), 0);
                                    bits
                                }
                            }
                        } else {
                            Value::NONE.bits()
                        };
                        if (*frame).object.is_some() {
                            save!();
                            crate::objects::frame::leaving(h, frame);
                        }
                        for i in 0..locals {
                            put!(i, 0);
                        }
                        if (*frame).plain {
                            let ret = (*frame).ret;
                            h.frame = frame.sub(1);
                            h.depth -= 1;
                            super::regs::put(h, ret, value);
                            load!();
                            if P::BRANCH {
                                check!(1);
                            }
                        } else {
                            save!();
                            match attempt!(call::finish(h, Value::from_bits(value))) {
                                Some(value) => return Exit::Returned(value),
                                None => load!(),
                            }
                        }
                    }

                    Op::MakeFunction => {
                        let code = extra!();
                        slow!(ops::function::make(h, frame, r, a!(), b!(), &*k.add(code)))
                    }
                    Op::LoadBuildClass => slow!(ops::function::load_build_class(h, frame, r, a!())),
                    Op::SetupAnnotations => slow!(ops::function::setup_annotations(h, frame, r)),
                    Op::LoadLocals => put!(a!(), share(r.bits(0))),

                    Op::Yield => {
                        save!();
                        match attempt!(ops::generator::yield_value(h, r, w, locals)) {
                            Some(value) => return Exit::Returned(value),
                            None => load!(),
                        }
                    }
                    Op::YieldFrom => {
                        save!();
                        let traced = if P::TRACED { trace::before_delegating(h, frame) } else { None };
                        match attempt!(ops::generator::yield_from(h, r, w, P::TRACED)) {
                            ops::generator::Delegated::Yielded(value) => {
                                if P::TRACED
                                    && let Err(raised) = trace::delegated(h, traced, Some(&value))
                                {
                                    return Exit::Raised(raised);
                                }
                                return Exit::Returned(value);
                            }
                            ops::generator::Delegated::Elsewhere => {
                                load!();
                                if P::TRACED {
                                    attempt!(trace::delegated(h, traced, Some(&Value::NONE)));
                                }
                            }
                            ops::generator::Delegated::Finished => {
                                if P::TRACED {
                                    attempt!(trace::delegated(h, traced, None));
                                }
                            }
                        }
                    }
                    Op::GetYieldFromIter => slow!(ops::awaiting::get_yield_from_iter(h, frame, r, w, locals)),
                    Op::GetAwaitable => slow!(ops::awaiting::get_awaitable(h, r, w, locals)),
                    Op::GetAiter => slow!(ops::awaiting::get_aiter(h, r, w, locals)),
                    Op::GetAnext => slow!(ops::awaiting::get_anext(h, r, w)),
                    Op::EndAsyncFor => slow!(ops::awaiting::end_async_for(h, r, w)),

                    Op::Raise => {
                        save!();
                        break 'step ops::raise::raise(h, r, w, locals);
                    }
                    Op::Reraise => {
                        save!();
                        break 'step ops::raise::reraise(h, r, a!());
                    }
                    Op::PushExc => ops::raise::push(h, r, a!(), b!()),
                    Op::PopExc => ops::raise::pop(h, r, a!(), b!()),
                    Op::ExcMatchJump => {
                        let target = extra!();
                        if !slow!(ops::raise::matches(h, r, w, locals)) {
                            pc = start.add(target)
                        }
                    }
                    Op::EgMatch => slow!(ops::raise::group_match(h, r, w, locals)),
                    Op::EgReraise => slow!(ops::raise::group_reraise(h, r, w)),
                    Op::LoadAssertionError => put!(a!(), share(ops::raise::assertion_error().bits())),
                    Op::BeforeWith => slow!(ops::with::before(h, r, w, locals)),
                    Op::BeforeAsyncWith => slow!(ops::with::before_async(h, r, w, locals)),
                    Op::WithExcept => slow!(ops::with::except(h, r, w)),

                    Op::FormatSimple => slow!(ops::build::format_simple(h, r, w, locals)),
                    Op::FormatSpec => slow!(ops::build::format_spec(h, r, w, locals)),
                    Op::Convert => slow!(ops::build::convert(h, r, w, locals)),

                    Op::ImportName => {
                        let site = site!();
                        slow!(ops::import::name(h, frame, r, w, locals, site))
                    }
                    Op::ImportFrom => {
                        let site = site!();
                        slow!(ops::import::from(h, r, w, site))
                    }
                    Op::ImportStar => slow!(ops::import::star(h, frame, r, w, locals)),

                    Op::GetLen => slow!(ops::matching::get_len(h, r, w)),
                    Op::MatchSequence => slow!(ops::matching::sequence(h, r, w)),
                    Op::MatchMapping => slow!(ops::matching::mapping(h, r, w)),
                    Op::MatchKeys => slow!(ops::matching::keys(h, r, w)),
                    Op::MatchClass => {
                        let names = extra!();
                        slow!(ops::matching::class(h, r, w, &*k.add(names)))
                    }
                    Op::PrintExpr => slow!(ops::name::print_expr(h, r, a!(), locals)),
                }
                debug_assert!(!is_object(0));
            };
            match unwind::unwind(h, raised) {
                Ok(()) => load!(),
                Err(raised) => return Exit::Raised(raised),
            }
        }
    }
}
