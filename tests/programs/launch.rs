//! Starts an interpreter on a program and waits for it, not for ever.
//!
//! In: an interpreter, a program, its arguments and input. Out: an `Outcome`: what it wrote and its exit status. The
//! one invariant: every run has a fresh, empty working directory, which is gone afterwards.

use crate::expectation::{Build, Outcome};
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

const TIMEOUT: Duration = Duration::from_secs(60);

pub struct Interpreter {
    binary: PathBuf,
    /// Where python3 finds the support modules under names that it knows; `toy` finds them itself.
    python_path: Option<PathBuf>,
}

impl Interpreter {
    /// The binary to test: `built`, or what `TOY_BIN` names (python3 may stand in, to test the tests).
    pub fn under_test(built: &str, python_path: &Path) -> Self {
        let binary = std::env::var_os("TOY_BIN").unwrap_or(OsString::from(built));
        if binary.to_string_lossy().contains("python") {
            return Self::python(&binary, python_path);
        }
        Interpreter { binary: binary.into(), python_path: None }
    }

    /// The python3 on the PATH, if it is 3.11.
    pub fn oracle(python_path: &Path) -> Option<Self> {
        let python = Self::python(&OsString::from("python3"), python_path);
        (python.answer("import sys; print(sys.version_info[:2])") == "(3, 11)").then_some(python)
    }

    /// Whether the binary runs with a GIL.
    pub fn build(&self) -> Build {
        match self.answer("import sys; print(sys._is_gil_enabled())").as_str() {
            "False" => Build::NoGil,
            _ => Build::Gil,
        }
    }

    pub fn is_python(&self) -> bool {
        self.python_path.is_some()
    }

    /// Runs a program; `flags` are for toy only.
    pub fn run(&self, program: &Path, flags: &[String], args: &[String], stdin: &str) -> Result<Outcome, String> {
        let scratch = Scratch::new().map_err(|e| format!("no scratch directory: {e}"))?;
        let mut command = self.command();
        if !self.is_python() {
            command.args(flags);
        }
        command.arg(program).args(args);
        scratch.run(command, stdin).map(|outcome| outcome.shorten(program))
    }

    /// Behind `binary` there may be a launcher that is slower than the interpreter it starts: use the latter.
    fn python(binary: &OsString, python_path: &Path) -> Self {
        let mut python = Interpreter { binary: binary.into(), python_path: Some(python_path.into()) };
        let executable = python.answer("import sys; print(sys.executable)");
        if !executable.is_empty() {
            python.binary = executable.into();
        }
        python
    }

    /// What `-c code` prints; empty if it cannot be run.
    fn answer(&self, code: &str) -> String {
        let output = self.command().args(["-c", code]).output();
        output.map_or(String::new(), |o| String::from_utf8_lossy(&o.stdout).trim().to_string())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.env("PYTHONUTF8", "1").env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("LC_ALL", "C.UTF-8").env("TZ", "UTC").env("COLUMNS", "80");
        if let Some(path) = &self.python_path {
            command.env("PYTHONPATH", path);
        }
        command
    }
}

/// A directory of its own for one run: `cwd` for the program, beside it the files of its three streams.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> std::io::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("toy-programs-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let scratch = Scratch(std::env::temp_dir().join(name));
        fs::create_dir_all(scratch.0.join("cwd"))?;
        Ok(scratch)
    }

    fn run(&self, mut command: Command, stdin: &str) -> Result<Outcome, String> {
        let io = |e: std::io::Error| format!("cannot run {}: {e}", command.get_program().to_string_lossy());
        let file = |name: &str| self.0.join(name);
        fs::write(file("stdin"), stdin).map_err(io)?;
        let stdin = File::open(file("stdin")).map_err(io)?;
        let stdout = File::create(file("stdout")).map_err(io)?;
        let stderr = File::create(file("stderr")).map_err(io)?;
        let program = command.get_program().to_string_lossy().into_owned();
        command.current_dir(file("cwd")).stdin(stdin).stdout(stdout).stderr(Stdio::from(stderr));

        let mut child = command.spawn().map_err(|e| format!("cannot run {program}: {e}"))?;
        let status = wait(&mut child)?;
        let text = |name| fs::read(file(name)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let read = |name| text(name).map_err(|e| format!("{name}: {e}"));
        Ok(Outcome { stdout: read("stdout")?, stderr: read("stderr")?, status })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // a leftover below the system's temp directory harms nobody
    }
}

fn wait(child: &mut Child) -> Result<ExitStatus, String> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|e| format!("cannot wait: {e}"))? {
            return Ok(status);
        }
        if start.elapsed() > TIMEOUT {
            let _ = child.kill().and_then(|()| child.wait());
            return Err(format!("still running after {} s", TIMEOUT.as_secs()));
        }
        sleep(Duration::from_millis(2));
    }
}
