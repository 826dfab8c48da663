//! Every `.toy` program with a written expectation, run by the `toy` binary and by the oracle, python3 3.11.
//!
//! In: `tests/language/**/*.toy` (expectations stand in comments, see `expectation.rs`; perhaps
//! with a neighbour `NAME.stderr`) and `programs/**/*.toy` (with a
//! neighbour `NAME.expected`, and perhaps `NAME.args` and `NAME.stdin`). Out: one trial a program and interpreter, named
//! by its path. The one invariant: both interpreters get the same file, input, environment and comparison.
//!
//! `TOY_BIN` names another binary to test, `TOY_NO_ORACLE` leaves python3 out; a word on the command line filters
//! trials by their name (`python3` and `gil` are part of the name).

#[path = "programs/expectation.rs"]
mod expectation;
#[path = "programs/launch.rs"]
mod launch;
#[path = "programs/support.rs"]
mod support;

use expectation::Expectation;
use launch::Interpreter;
use libtest_mimic::{Arguments, Failed, Trial};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use support::SupportModules;

/// A program and what it must do.
struct Program {
    /// Relative to the repository: the trial's name.
    name: String,
    path: PathBuf,
    expectation: Expectation,
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let programs: Vec<Arc<Program>> = find_programs(root).into_iter().map(Arc::new).collect();
    let modules = SupportModules::for_python(&root.join("tests/language"));

    let toy = Arc::new(Interpreter::under_test(env!("CARGO_BIN_EXE_toy"), modules.path()));
    let build = toy.build();
    let wanted = |e: &Expectation| match toy.is_python() {
        true => e.holds_for_python(),
        false => e.only.is_none_or(|only| only == build),
    };
    let mut trials = trials_of(&programs, &toy, build.name(), wanted);
    mark_known_failures(&mut trials, root);
    if std::env::var_os("TOY_NO_ORACLE").is_none() {
        match Interpreter::oracle(modules.path()) {
            Some(python) => {
                trials.extend(trials_of(&programs, &Arc::new(python), "python3", Expectation::holds_for_python))
            }
            None => eprintln!("note: python3 on the PATH is not 3.11, so no program is run under the oracle"),
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Trials that `tests/known_failures.txt` lists are reported as ignored: each is a fault of toy's that is still to be mended.
/// `--include-ignored` runs them too.
fn mark_known_failures(trials: &mut Vec<Trial>, root: &Path) {
    let list = fs::read_to_string(root.join("tests/known_failures.txt")).unwrap_or_default();
    let known: Vec<&str> =
        list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let marked = trials.drain(..).map(|trial| {
        let is_known = known.contains(&trial.name());
        trial.with_ignored_flag(is_known)
    });
    *trials = marked.collect();
}

fn trials_of(
    programs: &[Arc<Program>],
    with: &Arc<Interpreter>,
    kind: &str,
    wanted: impl Fn(&Expectation) -> bool,
) -> Vec<Trial> {
    let wanted = programs.iter().filter(|program| wanted(&program.expectation));
    wanted
        .map(|program| {
            let (program, with) = (program.clone(), with.clone());
            Trial::test(program.name.clone(), move || check(&program, &with)).with_kind(kind)
        })
        .collect()
}

/// Runs one program under one interpreter and compares; a failure must come twice. What failed only once is printed, for it is a fault
/// too: of the program, of the machine's load, or of toy. With `TOY_STRICT=1` once is enough.
fn check(program: &Program, with: &Interpreter) -> Result<(), Failed> {
    let Err(first) = check_once(program, with) else { return Ok(()) };
    if std::env::var_os("TOY_STRICT").is_some() || check_once(program, with).is_err() {
        return Err(first);
    }
    eprintln!("{}: failed once, and not the second time:\n{}", program.name, first.message().unwrap_or_default());
    Ok(())
}

fn check_once(program: &Program, with: &Interpreter) -> Result<(), Failed> {
    let expected = &program.expectation;
    let outcome = with.run(&program.path, &expected.flags, &expected.args, &expected.stdin)?;
    expected.compare(&outcome).map_err(Failed::from)
}

fn find_programs(root: &Path) -> Vec<Program> {
    let mut files = Vec::new();
    collect_toy_files(&root.join("tests/language"), &mut files);
    collect_toy_files(&root.join("programs"), &mut files);
    files.sort();
    let programs = files.into_iter().filter_map(|path| {
        let expectation = expectation_of(&path, root)?;
        let name = path.strip_prefix(root).expect("found below the root").display().to_string();
        Some(Program { name, path, expectation })
    });
    programs.collect()
}

/// All `.toy` files below `dir` but those of support modules.
fn collect_toy_files(dir: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for path in entries.map(|entry| entry.expect("a readable directory").path()) {
        if support::is_support(&path) {
            continue;
        }
        if path.is_dir() {
            collect_toy_files(&path, files);
        } else if path.extension().is_some_and(|e| e == "toy") {
            files.push(path);
        }
    }
}

/// From comments in `tests/language`, from neighbouring files in `programs`; `None` for a program without `.expected`.
fn expectation_of(path: &Path, root: &Path) -> Option<Expectation> {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    if !path.starts_with(root.join("programs")) {
        let whole_stderr = fs::read_to_string(path.with_extension("stderr")).ok();
        return Some(Expectation::from_comments(&text).with_stderr(whole_stderr));
    }
    let neighbour = |ending: &str| fs::read_to_string(path.with_extension(ending)).ok();
    let here = path.parent().expect("a file has a folder").display().to_string();
    let args = neighbour("args").unwrap_or_default().replace("{here}", &here);
    Some(Expectation::from_neighbours(&neighbour("expected")?, &args, neighbour("stdin")).with_limits_of(&text))
}
