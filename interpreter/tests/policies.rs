//! Each switch policy is what it says, and none can stand in for another.
//!
//! In: the name of a policy and what may happen to a waiter or at a release. Out: a failure if its answers are not those of the system it
//! is called after. The one invariant: time is data here; nothing waits.

use interpreter::sync::policy::{self, Handover, Policy, Release, Wait, Waiter};
use interpreter::sync::reason::Reason;
use std::time::Duration;

const NAMES: [&str; 11] = [
    "ticks:100",
    "ticks:10,thread",
    "ticks:100,fair",
    "interval:5ms",
    "interval:5ms,noforce",
    "pypy:10000",
    "ruby:100ms",
    "ocaml:50ms",
    "prio",
    "prio:1ms",
    "coop",
];

fn named(name: &str) -> Box<dyn Policy> {
    policy::parse(name).unwrap_or_else(|message| panic!("{message}"))
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A thread that computes waits for another one that computes, 12 ms after the start.
fn computing(held_for: Duration) -> Wait {
    Wait { held_for, now: ms(12), asked: false, waiter_is_io_bound: false, holder_is_io_bound: false }
}

fn release(name: &str, why: Reason, asked: bool) -> Handover {
    named(name).handover(&Release { why, asked })
}

/// All that a policy says, on a grid of situations.
fn character(policy: &dyn Policy) -> Vec<String> {
    let mut answers = vec![format!("{:?} {}", policy.ticks(), policy.counts_per_thread())];
    for bits in 0..8 {
        for held in [0, 3, 40, 250] {
            let wait = Wait {
                asked: bits & 1 != 0,
                waiter_is_io_bound: bits & 2 != 0,
                holder_is_io_bound: bits & 4 != 0,
                ..computing(ms(held))
            };
            answers.push(format!("{:?}", policy.patience(&wait)));
        }
    }
    for why in Reason::ALL {
        for asked in [false, true] {
            answers.push(format!("{:?}", policy.handover(&Release { why, asked })));
        }
    }
    let waiters = [false, true].map(|is_io_bound| Waiter { is_io_bound });
    answers.push(policy.next(&waiters).to_string());
    answers
}

#[test]
fn no_policy_stands_in_for_another() {
    let all: Vec<_> = NAMES.map(|name| (name, character(&*named(name)))).into();
    for (i, (name, one)) in all.iter().enumerate() {
        for (other_name, other) in &all[i + 1..] {
            assert_ne!(one, other, "{name} and {other_name} differ in nothing");
        }
    }
}

#[test]
fn a_name_is_read_as_it_is_written() {
    for name in NAMES {
        assert_eq!(named(name).name(), name);
    }
    for (text, name) in [
        ("ticks", "ticks:100"),
        ("interval", "interval:5ms"),
        ("pypy", "pypy:10000"),
        ("ruby", "ruby:100ms"),
        ("ocaml", "ocaml:50ms"),
        ("interval:0.5ms", "interval:500us"),
        ("interval:1000ms", "interval:1s"),
        ("ticks:0", "ticks:0"),
        ("ticks:1", "ticks:1"),
        ("ticks:-5", "ticks:0"),
        ("ticks:99999999999999999999999", "ticks:9223372036854775807"),
    ] {
        assert_eq!(named(text).name(), name, "{text}");
    }
}

#[test]
fn what_is_no_policy_is_refused_with_the_names_of_all() {
    for text in [
        "",
        "tick",
        "ticks:x",
        "ticks:1,2",
        "interval:5",
        "interval:0ms",
        "interval:-1s",
        "coop:1",
        "ruby:nanms",
        "ticks:1 ",
    ] {
        let message = policy::parse(text).expect_err(text);
        for known in ["ticks:N", "interval:TIME", "pypy:N", "ruby:TIME", "ocaml:TIME", "prio", "coop"] {
            assert!(message.contains(known), "{message}");
        }
    }
}

#[test]
fn ticks_ask_nobody_and_force_nothing() {
    let policy = named("ticks:100");
    assert_eq!((policy.ticks(), policy.counts_per_thread()), (Some(100), false));
    assert_eq!(policy.patience(&computing(ms(500))), None);
    assert_eq!(release("ticks:100", Reason::Tick, false), Handover::Free);
    assert!(named("ticks:10,thread").counts_per_thread());
    assert_eq!(release("ticks:100,fair", Reason::Tick, false), Handover::Direct);
}

#[test]
fn an_interval_begins_with_the_waiter_and_forces_whoever_was_asked() {
    let policy = named("interval:5ms");
    assert_eq!(policy.ticks(), None);
    assert_eq!(policy.patience(&computing(ms(500))), Some(ms(5)), "however long the holder had it");
    assert_eq!(release("interval:5ms", Reason::Request, true), Handover::Forced);
    assert_eq!(release("interval:5ms", Reason::Read, true), Handover::Forced, "whatever the reason");
    assert_eq!(release("interval:5ms", Reason::Read, false), Handover::Free);
    assert_eq!(release("interval:5ms,noforce", Reason::Request, true), Handover::Free);
}

#[test]
fn pypy_forces_at_ticks_only() {
    assert_eq!(named("pypy").ticks(), Some(10_000));
    assert_eq!(release("pypy", Reason::Tick, false), Handover::Forced);
    assert_eq!(release("pypy", Reason::Read, false), Handover::Free);
}

#[test]
fn rubys_quantum_begins_with_the_holder_and_the_queue_is_kept() {
    let policy = named("ruby:100ms");
    assert_eq!(policy.patience(&computing(ms(30))), Some(ms(70)));
    assert_eq!(policy.patience(&computing(ms(130))), Some(ms(0)));
    assert_eq!(release("ruby:100ms", Reason::Request, true), Handover::Direct);
    assert_eq!(release("ruby:100ms", Reason::Read, false), Handover::Direct);
}

#[test]
fn ocamls_beat_is_the_clocks() {
    let policy = named("ocaml:50ms");
    assert_eq!(policy.patience(&computing(ms(0))), Some(ms(38)), "12 ms after a beat");
    assert_eq!(policy.patience(&computing(ms(49))), Some(ms(38)), "whoever holds it");
    assert_eq!(release("ocaml:50ms", Reason::Request, true), Handover::Free);
}

#[test]
fn priority_preempts_at_once_and_only_what_computes() {
    let policy = named("prio");
    let urgent = Wait { waiter_is_io_bound: true, ..computing(ms(0)) };
    assert_eq!(policy.patience(&urgent), Some(Duration::ZERO));
    assert_eq!(policy.patience(&Wait { holder_is_io_bound: true, ..urgent }), Some(ms(5)));
    assert_eq!(policy.patience(&Wait { asked: true, ..urgent }), Some(ms(5)), "it asked already");
    assert_eq!(policy.patience(&computing(ms(0))), Some(ms(5)));
    assert_eq!(policy.next(&[Waiter { is_io_bound: false }, Waiter { is_io_bound: true }]), 1);
}

#[test]
fn cooperative_threads_are_never_asked() {
    let policy = named("coop");
    assert_eq!((policy.ticks(), policy.patience(&computing(ms(5000)))), (None, None));
    assert_eq!(release("coop", Reason::Yield, false), Handover::Direct);
    assert_eq!(release("coop", Reason::Read, false), Handover::Direct);
}

#[test]
fn numbers_are_changed_only_where_they_count() {
    for name in NAMES {
        let policy = named(name);
        assert_eq!(policy.ticks().is_some(), policy.with_ticks(7).is_some(), "{name}");
        assert_eq!(policy.interval().is_some(), policy.with_interval(ms(7)).is_some(), "{name}");
        assert_eq!(policy.with_ticks(7).map(|policy| policy.ticks()), policy.ticks().map(|_| Some(7)), "{name}");
    }
}
