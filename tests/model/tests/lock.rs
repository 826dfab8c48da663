//! The lock holds in every interleaving that is tried, and none of its notifies and checks can be taken out.

use toy_model::{MUTANTS, shipped};

#[test]
fn the_shipped_lock_excludes_wakes_forces_and_keeps_the_queue() {
    assert_eq!(shipped(), None);
}

#[test]
fn every_mutant_is_caught() {
    let survivors: Vec<&str> = MUTANTS
        .iter()
        .filter(|(name, outcome)| {
            let outcome = outcome();
            println!("{name}: {}", outcome.as_deref().unwrap_or("SURVIVES"));
            outcome.is_none()
        })
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(survivors, Vec::<&str>::new(), "the model does not see what these break");
}
