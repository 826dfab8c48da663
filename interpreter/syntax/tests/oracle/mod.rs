//! The oracle: python3, if it is CPython 3.11.
//!
//! In: a script and what to feed it. Out: what it prints, or `None` where there is no such python3. The one invariant: a test
//! that needs the oracle also compares with a file, so that it tests something everywhere.

use std::io::Write;
use std::process::{Command, Stdio};

/// Runs a script with `input` on its standard input.
pub fn python(script: &str, input: &[u8]) -> Option<Vec<u8>> {
    let version = Command::new("python3").arg("--version").output().ok()?;
    if !version.stdout.starts_with(b"Python 3.11.") {
        return None;
    }
    let mut child = Command::new("python3")
        .args(["-W", "ignore", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 can be started");
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("python3 ends");
    writer.join().expect("the writer ends").expect("python3 reads its input");
    assert!(output.status.success(), "the script failed");
    Some(output.stdout)
}
