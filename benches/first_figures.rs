//! The ten programs that each exercise one part of the machine, beside python3.
//!
//! In: `programs/bench/*.toy`. Out: criterion's figures for `toy` and python3, in less than a minute. The one invariant:
//! both run the same file.

mod whole_programs;

use criterion::{Criterion, criterion_group, criterion_main};

fn first_figures(criterion: &mut Criterion) {
    whole_programs::figures(criterion, "programs/bench", &["python3"]);
}

criterion_group!(benches, first_figures);
criterion_main!(benches);
