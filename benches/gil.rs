//! What the GIL costs, beside python3: switch points to a program of one thread, an uncontended lock, a hand-over between two threads, and
//! how long a thread waits that could run.
//!
//! In: the patterns of `benches/gil.toy`. Out: criterion's figures, a round each, in about two minutes. The one invariant: the program
//! says how long its rounds took, so that no start is counted. `benches/placements` has the same in instructions executed.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use std::process::Command;
use std::time::Duration;

const TOY: &str = env!("CARGO_BIN_EXE_toy");

const PLACEMENTS: [&str; 3] = ["call", "branch", "opcode"];

const POLICIES: [&str; 7] =
    ["ticks:100", "ticks:100,fair", "interval:5ms", "pypy:10000", "ruby:100ms", "ocaml:50ms", "prio:5ms"];

fn switch_points(criterion: &mut Criterion) {
    for pattern in ["counting", "calling", "branching", "computing"] {
        let mut group = group(criterion, pattern);
        for placement in PLACEMENTS {
            figure(&mut group, placement, &[TOY, "-X", "gil=1", "--switch-points", placement], pattern, 100_000);
        }
        figure(&mut group, "python3", &["python3"], pattern, 100_000);
    }
}

fn talking(criterion: &mut Criterion) {
    for (pattern, rounds) in [("lock", 100_000), ("ping_pong", 1000)] {
        let mut group = group(criterion, pattern);
        for policy in ["ticks:100", "interval:5ms"] {
            figure(&mut group, policy, &[TOY, "--gil", policy], pattern, rounds);
        }
        figure(&mut group, "python3", &["python3"], pattern, rounds);
    }
}

fn latency(criterion: &mut Criterion) {
    let mut group = group(criterion, "latency");
    for policy in POLICIES {
        figure(&mut group, policy, &[TOY, "--gil", policy], "latency", 20);
    }
    figure(&mut group, "python3", &["python3"], "latency", 20);
}

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_millis(1)).measurement_time(Duration::from_millis(500));
    group
}

/// Times a round of a pattern. Each sample is a process of its own with `rounds` for each of criterion's iterations.
fn figure(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, command: &[&str], pattern: &str, rounds: u32) {
    if Command::new(command[0]).arg("-V").output().is_err() {
        return;
    }
    group.throughput(criterion::Throughput::Elements(rounds.into()));
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|times| (0..times).map(|_| seconds(command, pattern, rounds)).sum())
    });
}

fn seconds(command: &[&str], pattern: &str, rounds: u32) -> Duration {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/gil.toy");
    let output = Command::new(command[0]).args(&command[1..]).args([program, pattern, &rounds.to_string()]).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_string()).unwrap_or_default();
    Duration::from_secs_f64(text.parse().unwrap_or_else(|_| panic!("{command:?} {pattern} printed {text:?}")))
}

criterion_group!(benches, switch_points, talking, latency);
criterion_main!(benches);
