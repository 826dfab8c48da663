//! The suite of programs in ordinary style, run by `toy` alone: `benches/table` sets them beside other interpreters.
//!
//! In: `programs/bench/suite/*.toy`. Out: criterion's figures, in two to three minutes. The one invariant: every program runs at
//! its own default size.

mod whole_programs;

use criterion::{Criterion, criterion_group, criterion_main};

fn suite(criterion: &mut Criterion) {
    whole_programs::figures(criterion, "programs/bench/suite", &[]);
}

criterion_group!(benches, suite);
criterion_main!(benches);
