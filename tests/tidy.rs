//! House rules that a machine can check: the shape of files, where `unsafe` and the build switch may stand, and that the
//! examples in README.md and ARCHITECTURE.md run.
//!
//! In: the repository's own text. Out: a failure that lists every offending place, or a printed note for a file that is
//! only too long. The one invariant: a rule looks at all files that it concerns, also at those not yet committed.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where `unsafe` may stand: folders end with a slash.
const UNSAFE_ALLOWED: [&str; 16] = [
    "interpreter/src/objects/",
    "interpreter/src/vm/",
    "interpreter/src/sync/",
    // the files that ARCHITECTURE.md lists
    "interpreter/src/builtins/class.rs",
    "interpreter/src/runtime/clear.rs",
    "interpreter/src/runtime/compile.rs",
    "interpreter/src/runtime/finalize.rs",
    "interpreter/src/runtime/gc.rs",
    "interpreter/src/runtime/import.rs",
    "interpreter/src/runtime/plain_lock.rs",
    "interpreter/src/runtime/signals.rs",
    "interpreter/src/runtime/thread.rs",
    "interpreter/src/types/object.rs",
    "interpreter/src/types/super_.rs",
    "stdlib/src/clib.rs",
    "stdlib/src/syscall/",
];

/// The one file that knows the build switch.
const BUILD_SWITCH: &str = "interpreter/src/sync/mod.rs";

/// Where files may not be long: everything but the table of instructions and the grammar.
const LENGTH_EXEMPT: [&str; 2] = ["interpreter/compiler/src/bytecode/op.rs", "interpreter/syntax/src/grammar.lalrpop"];
const LENGTH_LOOK_AGAIN: usize = 400;
const LENGTH_SPLIT: usize = 600;

/// A text file of the repository; `name` is its path from the root, with slashes.
struct SourceFile {
    name: String,
    text: String,
}

#[test]
fn every_rust_file_opens_with_a_module_comment() {
    fail_on(rust_files().into_iter().filter(|f| !f.text.starts_with("//!")).map(|f| f.name));
}

#[test]
fn every_toy_file_opens_with_a_docstring() {
    let opens = |text: &str| ["\"\"\"", "r\"\"\"", "#!"].iter().any(|start| text.starts_with(start));
    fail_on(files_ending(".toy").into_iter().filter(|f| !opens(&f.text)).map(|f| f.name));
}

#[test]
fn the_build_switch_stands_in_one_file() {
    let switch = concat!("feature = ", "\"nogil\"");
    let elsewhere = rust_files().into_iter().filter(|f| f.name != BUILD_SWITCH);
    fail_on(elsewhere.flat_map(|f| lines_with(&f, |line| line.contains(switch))));
}

#[test]
fn nothing_is_unfinished() {
    let marks = [concat!("todo", "!("), concat!("unimplemented", "!(")];
    let unfinished = |line: &str| marks.iter().any(|mark| line.contains(mark));
    fail_on(rust_files().into_iter().flat_map(|f| lines_with(&f, unfinished)));
}

#[test]
fn unsafe_stays_where_it_is_allowed() {
    let allowed = |name: &str| UNSAFE_ALLOWED.iter().any(|place| name.starts_with(place));
    let elsewhere = rust_files().into_iter().filter(|f| !allowed(&f.name) && f.name != "tests/tidy.rs");
    fail_on(elsewhere.flat_map(|f| lines_with(&f, has_unsafe_code)));
}

#[test]
fn no_file_names_a_machine() {
    let homes = [concat!("/", "root/"), concat!("/", "home/"), concat!("/", "Users/"), concat!("/", "work/")];
    let names_one =
        |line: &str| homes.iter().any(|home| line.match_indices(home).any(|(at, _)| starts_a_path(line, at)));
    fail_on(text_files().into_iter().flat_map(|f| lines_with(&f, names_one)));
}

/// Notes, not failures: a long file is a place to look. Written past the test harness, which hides what passing tests print.
#[test]
fn long_files_are_listed() {
    let measured = rust_files().into_iter().filter(|f| !LENGTH_EXEMPT.contains(&f.name.as_str()));
    let long = measured.map(|f| (f.text.lines().count(), f.name)).filter(|(lines, _)| *lines > LENGTH_LOOK_AGAIN);
    for (lines, name) in long {
        let advice = if lines > LENGTH_SPLIT { "split it" } else { "look again" };
        writeln!(std::io::stderr(), "note: {name} has {lines} lines: {advice}").expect("standard error is open");
    }
}

/// A block marked `toy` runs and prints the block marked `text` that follows it.
#[test]
fn examples_in_the_documents_run() {
    let documents = ["README.md", "ARCHITECTURE.md"];
    for name in documents {
        let Ok(text) = fs::read_to_string(root().join(name)) else { continue };
        for (program, expected) in examples(&text) {
            assert_eq!(run_toy(&program).trim_end(), expected.trim_end(), "\n{name}:\n{program}");
        }
    }
}

/// The native module that ARCHITECTURE.md shows is the one that tests/native_module.rs compiles and runs.
#[test]
fn the_native_module_in_the_documents_is_compiled() {
    let source = fs::read_to_string(root().join("tests/native_module.rs")).expect("the example");
    let shown = source.split("// [sample]\n").nth(1).expect("two marks");
    let document = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the document");
    let blocks = code_blocks(&document);
    assert!(blocks.iter().any(|(language, body)| language == "rust" && body == shown), "the two differ");
}

/// The example finder itself: without it, a document whose examples are not seen would pass.
#[test]
fn examples_are_found() {
    let text = "a\n```toy\nprint(1)\n```\nprints\n\n```text\n1\n```\n```sh\nls\n```\n```toy\npass\n```\n";
    let expected = [("print(1)\n", "1\n"), ("pass\n", "")];
    let found = examples(text);
    assert_eq!(found.iter().map(|(p, e)| (p.as_str(), e.as_str())).collect::<Vec<_>>(), expected);
}

#[test]
fn unsafe_code_is_told_from_words() {
    assert!(has_unsafe_code("    let x = unsafe { *p };"));
    assert!(has_unsafe_code("unsafe impl Send for X {}"));
    assert!(!has_unsafe_code("// unsafe is not needed"));
    assert!(!has_unsafe_code("#![deny(unsafe_code)]"));
}

fn run_toy(program: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_toy")).args(["-c", program]).output().expect("the toy binary starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "an example failed:\n{program}\n{errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The pairs of a `toy` block and the `text` block after it (empty if another `toy` block, or none, follows).
fn examples(document: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (language, body) in code_blocks(document) {
        match (language.as_str(), found.last_mut()) {
            ("toy", _) => found.push((body, String::new())),
            ("text", Some((_, expected))) if expected.is_empty() => *expected = body,
            _ => {}
        }
    }
    found
}

fn code_blocks(document: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in document.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some((language.trim().to_string(), String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, body))) => body.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    blocks
}

/// Whether the line has the keyword `unsafe` outside a comment.
fn has_unsafe_code(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.into_iter().any(|word| word == "unsafe")
}

/// Whether the text at `at` begins an absolute path; in a longer path or a URL it does not.
fn starts_a_path(line: &str, at: usize) -> bool {
    let before = line[..at].chars().next_back();
    before.is_none_or(|c| c.is_whitespace() || "\"'`(=:<[".contains(c))
}

fn lines_with(file: &SourceFile, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let numbered = file.text.lines().enumerate().filter(|(_, line)| wanted(line));
    numbered.map(|(i, line)| format!("{}:{}: {}", file.name, i + 1, line.trim())).collect()
}

fn fail_on(places: impl Iterator<Item = String>) {
    let places: Vec<String> = places.collect();
    assert!(places.is_empty(), "{} places:\n{}", places.len(), places.join("\n"));
}

fn rust_files() -> Vec<SourceFile> {
    files_ending(".rs")
}

fn files_ending(ending: &str) -> Vec<SourceFile> {
    let mut files = text_files();
    files.retain(|f| f.name.ends_with(ending));
    files
}

/// Every text file below the root but those of git and of the build.
fn text_files() -> Vec<SourceFile> {
    let mut paths = Vec::new();
    collect(&root(), &mut paths);
    paths.sort();
    assert!(paths.len() > 10, "the repository was not found");
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).ok()?; // what is not UTF-8 is no text
        let name = path.strip_prefix(root()).ok()?.to_string_lossy().replace('\\', "/");
        Some(SourceFile { name, text })
    };
    paths.into_iter().filter_map(read).collect()
}

fn collect(dir: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        let skipped = [".git", "target", "__pycache__"].iter().any(|name| path.ends_with(name));
        if skipped {
            continue; // a worktree's .git is a file
        }
        if path.is_dir() {
            collect(&path, paths);
        } else {
            paths.push(path);
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
