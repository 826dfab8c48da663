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
//! | `# flags: --era 2.7` | options for toy; python3 gets none |
//! | `# only: gil`, `# only: nogil` | the claim holds on one build only |
//! | `# not-python3: reason` | toy differs from python3 by design |
//!
//! A neighbour `NAME.stderr` has all of standard error instead (the exit status is 1 unless the program says another);
//! addresses and the library's own places, which differ between interpreters, are left out of the comparison.
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
    pub flags: Vec<String>,
    pub stdin: String,
    pub only: Option<Build>,
    not_python3: bool,
    stdout: Vec<String>,
    /// The last lines of standard error.
    stderr: Vec<String>,
    /// All of standard error.
    whole_stderr: Option<String>,
    /// `None`: whatever follows from `stderr`.
    status: Option<i32>,
    /// What is wrong with the expectation itself.
    fault: Option<String>,
    /// How many comments expect something.
    claims: usize,
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
        for line in text.lines() {
            let Some((key, value)) = directive(line) else { continue };
            expected.claims += usize::from(key.starts_with("expect"));
            expected.add(key, value);
        }
        expected
    }

    /// The same, with all of standard error said by a file.
    pub fn with_stderr(mut self, whole: Option<String>) -> Self {
        self.claims += usize::from(whole.is_some());
        self.whole_stderr = whole;
        self
    }

    pub fn from_neighbours(stdout: &str, args: &str, stdin: Option<String>) -> Self {
        Expectation {
            args: args.split_whitespace().map(String::from).collect(),
            stdin: stdin.unwrap_or_default(),
            stdout: stdout.lines().map(String::from).collect(),
            claims: 1,
            ..Expectation::default()
        }
    }

    /// What the program itself says about where it holds, and how it is to be run.
    pub fn with_limits_of(mut self, text: &str) -> Self {
        for (key, value) in text.lines().filter_map(directive) {
            if matches!(key, "not-python3" | "flags") {
                self.add(key, value);
            }
        }
        self
    }

    pub fn holds_for_python(&self) -> bool {
        !self.not_python3 && self.only != Some(Build::NoGil)
    }

    /// Says where `outcome` differs.
    pub fn compare(&self, outcome: &Outcome) -> Result<(), String> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        if self.claims == 0 {
            return Err("the program expects nothing".to_string());
        }
        let fails = !self.stderr.is_empty() || self.whole_stderr.is_some();
        let status = self.status.unwrap_or(i32::from(fails));
        let stdout: Vec<&str> = outcome.stdout.lines().collect();
        let stderr: Vec<&str> = outcome.stderr.lines().collect();
        same_lines("standard output", &self.stdout, &stdout)
            .and_then(|()| self.compare_stderr(&stderr))
            .and_then(|()| same_status(status, outcome))
            .map_err(|difference| format!("{difference}\n--- standard error:\n{}", outcome.stderr))
    }

    fn compare_stderr(&self, got: &[&str]) -> Result<(), String> {
        if let Some(whole) = &self.whole_stderr {
            let (expected, got) = (portable(whole.lines()), portable(got.iter().copied()));
            return same_lines("standard error", &expected, &got.iter().map(String::as_str).collect::<Vec<_>>());
        }
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
            ("flags", _) => self.flags.extend(value.split_whitespace().map(String::from)),
            ("only", "gil") => self.only = Some(Build::Gil),
            ("only", "nogil") => self.only = Some(Build::NoGil),
            ("not-python3", _) => self.not_python3 = true,
            _ => self.fault = Some(format!("not an expectation: {key}: {value}")),
        }
    }
}

/// The `# key: value` of a line, which may follow code.
fn directive(line: &str) -> Option<(&'static str, &str)> {
    const KEYS: [&str; 9] =
        ["expect", "expect-error", "expect-stderr", "expect-exit", "stdin", "args", "flags", "only", "not-python3"];
    KEYS.iter().find_map(|key| {
        let marker = format!("# {key}:");
        let value = &line[line.find(&marker)? + marker.len()..];
        Some((*key, value.strip_prefix(' ').unwrap_or(value)))
    })
}

/// Lines without what differs between interpreters: addresses, and where in the library a frame of its own stands.
fn portable<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut in_library = false;
    let mut kept = Vec::new();
    for line in lines {
        match library_frame(line) {
            Some(frame) => {
                in_library = true;
                kept.push(frame);
            }
            None if in_library && line.starts_with("    ") => {}
            None => {
                in_library = false;
                kept.push(without_address(line));
            }
        }
    }
    kept
}

/// `File "<frozen threading>", line 9, in run` and `File ".../lib/python3.11/threading.py", line 8, in run` are the same.
fn library_frame(line: &str) -> Option<String> {
    let (file, rest) = line.strip_prefix("  File \"")?.split_once('"')?;
    let function = rest.split_once(", in ")?.1;
    let frozen = file.strip_prefix("<frozen ").and_then(|file| file.strip_suffix('>'));
    let module = frozen.map(String::from).or_else(|| {
        let name = file.split_once("/lib/python3.11/")?.1.strip_suffix(".py")?;
        Some(name.trim_end_matches("/__init__").replace('/', "."))
    })?;
    Some(format!("  File <{module}>, in {function}"))
}

fn without_address(line: &str) -> String {
    match line.split_once(" at 0x") {
        Some((before, after)) => {
            format!("{before} at 0x{}", after.trim_start_matches(|c: char| c.is_ascii_hexdigit()))
        }
        None => line.to_string(),
    }
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
