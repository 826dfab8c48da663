//! What a program must print, raise and exit with, and whether it did.
//!
//! In: the text of a `.toy` file, whose comments say it:
//!
//! | comment | meaning |
//! |---|---|
//! | `# expect: 3` | the next line of standard output; one comment a line, in the order printed |
//! | `# expect-error: TypeError: ...` | the last line of standard error; the exit status is 1 |
//! | `# expect-stderr: ...` | several of them: the last lines of standard error |
//! | `# expect-exit: 3` | the exit status; `-2`: ended by signal 2 |
//! | `# stdin: text`, `# args: a b` | a line of standard input; the words of the command line |
//! | `# only: gil`, `# only: nogil` | the claim holds on one build only |
//! | `# not-python3: reason` | toy differs from python3 by design |
//!
//! Out: an `Expectation`, and from `compare` a sentence about the first difference. The one invariant: what is not
//! announced must not happen; without a word on errors, standard error is empty and the status 0.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;

/// How many differing lines a failure shows.
const DIFFERENCES_SHOWN: usize = 12;

/// The two builds of `toy`; python3 3.11 counts as the one with a GIL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    Gil,
    NoGil,
}

#[derive(Debug, Default)]
pub struct Expectation {
    pub args: Vec<String>,
    pub stdin: String,
    pub only: Option<Build>,
    not_python3: bool,
    stdout: Vec<String>,
    /// The last lines of standard error.
    stderr: Vec<String>,
    /// `None`: whatever follows from `stderr`.
    status: Option<i32>,
    /// What is wrong with the expectation itself.
    fault: Option<String>,
}

/// What a run left behind.
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    pub status: ExitStatus,
}

impl Outcome {
    /// The same with the program's own path shortened to its file name in both texts.
    pub fn shorten(self, program: &Path) -> Self {
        let name = program.file_name().expect("a program has a name").to_string_lossy();
        let shorten = |text: String| text.replace(&*program.to_string_lossy(), &name);
        Outcome { stdout: shorten(self.stdout), stderr: shorten(self.stderr), status: self.status }
    }
}

impl Build {
    pub fn name(self) -> &'static str {
        match self {
            Build::Gil => "gil",
            Build::NoGil => "nogil",
        }
    }
}

impl Expectation {
    pub fn from_comments(text: &str) -> Self {
        let mut expected = Expectation::default();
        let mut claims = 0;
        for line in text.lines() {
            let Some((key, value)) = directive(line) else { continue };
            claims += usize::from(key.starts_with("expect"));
            expected.add(key, value);
        }
        if claims == 0 {
            expected.fault = Some("the program expects nothing".to_string());
        }
        expected
    }

    pub fn from_neighbours(stdout: &str, args: &str, stdin: Option<String>) -> Self {
        Expectation {
            args: args.split_whitespace().map(String::from).collect(),
            stdin: stdin.unwrap_or_default(),
            stdout: stdout.lines().map(String::from).collect(),
            ..Expectation::default()
        }
    }

    pub fn holds_for_python(&self) -> bool {
        !self.not_python3 && self.only != Some(Build::NoGil)
    }

    /// Says where `outcome` differs.
    pub fn compare(&self, outcome: &Outcome) -> Result<(), String> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let status = self.status.unwrap_or(i32::from(!self.stderr.is_empty()));
        let stdout: Vec<&str> = outcome.stdout.lines().collect();
        let stderr: Vec<&str> = outcome.stderr.lines().collect();
        same_lines("standard output", &self.stdout, &stdout)
            .and_then(|()| self.compare_stderr(&stderr))
            .and_then(|()| same_status(status, outcome))
            .map_err(|difference| format!("{difference}\n--- standard error:\n{}", outcome.stderr))
    }

    fn compare_stderr(&self, got: &[&str]) -> Result<(), String> {
        if self.stderr.is_empty() && self.status.is_some() {
            return Ok(()); // an exit status alone says nothing about what was written
        }
        let tail = if self.stderr.is_empty() { 0 } else { got.len().saturating_sub(self.stderr.len()) };
        same_lines("standard error", &self.stderr, &got[tail..])
    }

    fn add(&mut self, key: &str, value: &str) {
        match (key, value) {
            ("expect", _) => self.stdout.push(value.to_string()),
            ("expect-error" | "expect-stderr", _) => self.stderr.push(value.to_string()),
            ("expect-exit", _) if value.parse::<i32>().is_ok() => self.status = value.parse().ok(),
            ("stdin", _) => self.stdin.extend([value, "\n"]),
            ("args", _) => self.args.extend(value.split_whitespace().map(String::from)),
            ("only", "gil") => self.only = Some(Build::Gil),
            ("only", "nogil") => self.only = Some(Build::NoGil),
            ("not-python3", _) => self.not_python3 = true,
            _ => self.fault = Some(format!("not an expectation: {key}: {value}")),
        }
    }
}

/// The `# key: value` of a line, which may follow code.
fn directive(line: &str) -> Option<(&'static str, &str)> {
    const KEYS: [&str; 8] =
        ["expect", "expect-error", "expect-stderr", "expect-exit", "stdin", "args", "only", "not-python3"];
    KEYS.iter().find_map(|key| {
        let marker = format!("# {key}:");
        let value = &line[line.find(&marker)? + marker.len()..];
        Some((*key, value.strip_prefix(' ').unwrap_or(value)))
    })
}

fn same_lines(stream: &str, expected: &[String], got: &[&str]) -> Result<(), String> {
    if expected.iter().map(String::as_str).eq(got.iter().copied()) {
        return Ok(());
    }
    let shown = |line: Option<&str>| line.map_or("nothing".to_string(), |l| format!("{l:?}"));
    let mut report = format!("{stream}: {} lines expected, {} lines got", expected.len(), got.len());
    let numbers = 0..expected.len().max(got.len());
    let differs = |&i: &usize| expected.get(i).map(String::as_str) != got.get(i).copied();
    for i in numbers.filter(differs).take(DIFFERENCES_SHOWN) {
        let (e, g) = (expected.get(i).map(String::as_str), got.get(i).copied());
        report += &format!("\n  line {}\n    expected {}\n    got      {}", i + 1, shown(e), shown(g));
    }
    Err(report)
}

fn same_status(expected: i32, outcome: &Outcome) -> Result<(), String> {
    let signal = outcome.status.signal().map(|number| -number);
    if outcome.status.code().or(signal) == Some(expected) {
        return Ok(());
    }
    Err(format!("expected exit status {expected}, got {}", outcome.status))
}
