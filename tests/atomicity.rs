//! What one operation guarantees must hold whenever threads are switched, and wherever.
//!
//! In: the programs of `tests/language/atomicity`, one for each row of Python's FAQ "What kinds of global value mutation are
//! thread-safe?", run under policies and placements of switch points; those in `torn/` are its counter-examples. Out: one trial
//! a program, policy and placement. The one invariant: an atomic row holds everywhere; a counter-example is whole at CPython
//! 3.11's switch points and torn between any two instructions.

// What is not used here, tests/programs.rs uses.
#[allow(dead_code)]
#[path = "programs/expectation.rs"]
mod expectation;
#[allow(dead_code)]
#[path = "programs/launch.rs"]
mod launch;
#[allow(dead_code)]
#[path = "programs/support.rs"]
mod support;

use expectation::{Build, Expectation};
use launch::Interpreter;
use libtest_mimic::{Arguments, Failed, Trial};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use support::SupportModules;

/// Policies that switch often. (Under `coop` a thread that looks again and again would never let the others run.)
const POLICIES: [&str; 6] = ["ticks:1", "ticks:7", "ticks:100,thread", "ticks:3,fair", "interval:50us", "prio"];
const PLACEMENTS: [&str; 3] = ["call", "branch", "opcode"];
/// Policies under which a counter-example is torn, if a thread may be switched anywhere.
const TEARING: [&str; 3] = ["ticks:2", "ticks:10", "ticks:100"];
/// How often a counter-example is tried until it is torn.
const TRIES: &str = "5000";

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/language/atomicity");
    let modules = SupportModules::for_python(&root);
    let toy = Arc::new(Interpreter::under_test(env!("CARGO_BIN_EXE_toy"), modules.path()));
    let mut trials = Vec::new();
    if !toy.is_python() && toy.build() == Build::Gil {
        for program in programs(&root) {
            for (policy, placement) in grid(&POLICIES, &PLACEMENTS) {
                trials.push(trial(&toy, &program, policy, placement, None));
            }
        }
        for program in programs(&root.join("torn")) {
            for (policy, placement) in grid(&POLICIES, &["call"]) {
                trials.push(trial(&toy, &program, policy, placement, None));
            }
            for (policy, placement) in grid(&TEARING, &["opcode"]) {
                trials.push(trial(&toy, &program, policy, placement, Some("torn\n")));
            }
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn grid<'a>(policies: &'a [&str], placements: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    policies.iter().flat_map(move |policy| placements.iter().map(move |placement| (*policy, *placement)))
}

/// Runs a program under a policy and a placement: what it expects must happen, or `instead`.
fn trial(toy: &Arc<Interpreter>, program: &Path, policy: &str, placement: &str, instead: Option<&str>) -> Trial {
    let (toy, program) = (toy.clone(), program.to_owned());
    let name = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let flags = ["--gil", policy, "--switch-points", placement].map(String::from);
    let instead = instead.map(|stdout| Expectation::from_neighbours(stdout, TRIES, None));
    Trial::test(format!("{name} {policy} {placement}"), move || {
        let text = fs::read_to_string(&program)?;
        let expected = instead.unwrap_or_else(|| Expectation::from_comments(&text));
        let outcome = toy.run(&program, &flags, &expected.args, &expected.stdin)?;
        expected.compare(&outcome).map_err(Failed::from)
    })
}

/// The programs of one folder.
fn programs(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|ending| ending == "toy")).collect();
    paths.sort();
    paths
}
