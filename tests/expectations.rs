//! The tester tested: what `programs.rs` would let pass, and what not.
//!
//! In: made-up programs and outcomes. Out: a failure if a wrong outcome passes or a right one does not. The one
//! invariant: no python3 and no `toy` is needed here.

#[path = "programs/expectation.rs"]
#[allow(dead_code)] // what concerns whole runs is used by `programs.rs` only
mod expectation;

use expectation::{Expectation, Outcome};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

const PROGRAM: &str = "print(1)  # expect: 1\nprint()\n# expect:\nprint('a  b')  # expect: a  b\n";

/// Whether a program with all of standard error in a file may end so.
fn passes_whole(golden: &str, stderr: &str) -> bool {
    let outcome = Outcome { stdout: String::new(), stderr: stderr.to_string(), status: ExitStatus::from_raw(1 << 8) };
    Expectation::from_comments("").with_stderr(Some(golden.to_string())).compare(&outcome).is_ok()
}

/// Whether `program` may end so.
fn passes(program: &str, stdout: &str, stderr: &str, status: i32) -> bool {
    let status = if status < 0 { ExitStatus::from_raw(-status) } else { ExitStatus::from_raw(status << 8) };
    let outcome = Outcome { stdout: stdout.to_string(), stderr: stderr.to_string(), status };
    Expectation::from_comments(program).compare(&outcome).is_ok()
}

#[test]
fn output_must_match_line_by_line() {
    assert!(passes(PROGRAM, "1\n\na  b\n", "", 0));
    assert!(!passes(PROGRAM, "1\n\na b\n", "", 0), "a changed line");
    assert!(!passes(PROGRAM, "1\na  b\n", "", 0), "a missing line");
    assert!(!passes(PROGRAM, "1\n\na  b\nmore\n", "", 0), "a line too many");
    assert!(!passes(PROGRAM, "", "", 0), "nothing at all");
}

#[test]
fn what_is_not_announced_must_not_happen() {
    assert!(!passes(PROGRAM, "1\n\na  b\n", "a warning\n", 0), "standard error");
    assert!(!passes(PROGRAM, "1\n\na  b\n", "", 1), "exit status");
    assert!(!passes(PROGRAM, "1\n\na  b\n", "", -11), "a crash");
}

#[test]
fn an_error_is_the_last_line_and_status_one() {
    let program = "1 / 0  # expect-error: ZeroDivisionError: division by zero\n";
    assert!(passes(program, "", "Traceback\nZeroDivisionError: division by zero\n", 1));
    assert!(!passes(program, "", "ZeroDivisionError: division by zero\nmore\n", 1));
    assert!(!passes(program, "", "ZeroDivisionError: division by zero\n", 0));
    assert!(!passes(program, "", "", 1));
}

#[test]
fn several_lines_of_standard_error_are_its_end() {
    let program = "# expect-stderr: a\n# expect-stderr: b\n# expect-exit: 2\n";
    assert!(passes(program, "", "before\na\nb\n", 2));
    assert!(!passes(program, "", "b\na\n", 2));
    assert!(!passes(program, "", "b\n", 2));
}

#[test]
fn all_of_standard_error_but_places_in_the_library() {
    let golden = "  File \"/usr/lib/python3.11/threading.py\", line 9, in run\n    self.f()\n<f at 0x7f1>\n";
    assert!(passes_whole(golden, "  File \"<frozen threading>\", line 2, in run\n<f at 0x5a>\n"));
    assert!(!passes_whole(golden, "  File \"<frozen threading>\", line 2, in walk\n<f at 0x5a>\n"));
    assert!(!passes_whole(golden, "  File \"a.toy\", line 9, in run\n<f at 0x5a>\n"));
    assert!(!passes_whole("a\nb\n", "b\n"));
    assert!(passes_whole("a\n    b\n", "a\n    b\n"));
}

#[test]
fn a_status_alone_leaves_standard_error_free() {
    assert!(passes("# expect-exit: 3\n", "", "anything\n", 3));
    assert!(!passes("# expect-exit: 3\n", "", "", 0));
    assert!(passes("# expect-exit: -2\n", "", "", -2));
    assert!(!passes("# expect-exit: -2\n", "", "", 2));
}

#[test]
fn a_program_without_claims_or_with_a_wrong_word_fails() {
    assert!(!passes("print(1)\n", "1\n", "", 0));
    assert!(!passes("# only: gill\n# expect: 1\n", "1\n", "", 0));
    assert!(!passes("# expect-exit: three\n", "", "", 3));
}

#[test]
fn input_arguments_and_markers_are_read() {
    let program = "# stdin: a  b\n# stdin:\n# args: x --y 3\n# not-python3: no reason\n# expect:\n";
    let expectation = Expectation::from_comments(program);
    assert_eq!(expectation.stdin, "a  b\n\n");
    assert_eq!(expectation.args, ["x", "--y", "3"]);
    assert!(!expectation.holds_for_python());
    assert!(Expectation::from_comments("# only: gil\n# expect:\n").holds_for_python());
    assert!(!Expectation::from_comments("# only: nogil\n# expect:\n").holds_for_python());
}
