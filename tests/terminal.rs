//! The conversation on a real terminal: `toy` in a pseudo terminal, typed at.
//!
//! In: keys. Out: a failure if what stands on the screen afterwards is not what a person should see. The one invariant: every wait
//! ends, by what is waited for or after half a minute.

use pty_process::Size;
use pty_process::blocking::{Command, Pty};
use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::Child;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

/// A terminal with `toy` in it.
struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    shown: Receiver<Vec<u8>>,
    home: PathBuf,
}

impl Terminal {
    /// Starts the conversation and waits for its first prompt.
    fn open(name: &str) -> Terminal {
        let home = std::env::temp_dir().join(format!("toy-terminal-{}-{name}", std::process::id()));
        fs::create_dir_all(&home).expect("a writable temp directory");
        let pty = Arc::new(Pty::new().expect("the system has pseudo terminals"));
        pty.resize(Size::new(24, 80)).expect("a pseudo terminal has a size");
        let mut command = Command::new(env!("CARGO_BIN_EXE_toy"));
        command.env("HOME", &home).env("TERM", "xterm").env("LC_ALL", "C.UTF-8").env_remove("TOYPATH");
        let child = command.spawn(&pty.pts().expect("a pseudo terminal has two sides")).expect("the toy binary starts");
        let (send, shown) = channel();
        let reader = pty.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = (&*reader).read(&mut bytes) {
                let _ = send.send(bytes[..count].to_vec());
            }
        });
        let terminal = Terminal { pty, child, shown, home };
        let banner = terminal.wait_for(">>> ");
        assert!(banner.contains("toy ") && banner.contains("Ctrl-D"), "{banner}");
        terminal
    }

    /// Types keys and gives what the terminal shows until `end` comes.
    fn type_until(&self, keys: &str, end: &str) -> String {
        (&*self.pty).write_all(keys.as_bytes()).expect("the terminal is open");
        self.wait_for(end)
    }

    /// Types a line and gives what is shown between it and the next prompt.
    fn line(&self, line: &str) -> String {
        let shown = self.type_until(&format!("{line}\r"), "\r>>> ");
        let rest = shown.split_once('\n').map_or("", |(_, rest)| rest);
        rest.trim_end_matches('\r').trim_end_matches(">>> ").trim().replace("\r\n", "\n")
    }

    fn wait_for(&self, end: &str) -> String {
        let start = Instant::now();
        let mut text = String::new();
        // What is typed is echoed first, prompt and all: what is waited for stands behind it, on a line of its own.
        while !(text.contains('\n') && text.trim_end_matches('\r').ends_with(end)) {
            let left = PATIENCE.checked_sub(start.elapsed()).unwrap_or_default();
            match self.shown.recv_timeout(left) {
                Ok(bytes) => text = without_escapes(&(text + &String::from_utf8_lossy(&bytes))),
                Err(_) => panic!("{end:?} did not come; there is {text:?}"),
            }
        }
        text
    }

    fn status(&mut self) -> Option<i32> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().expect("the child can be waited for") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        None
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.home); // a leftover below the system's temp directory harms nobody
    }
}

/// What the escape sequences do is not looked at.
fn without_escapes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        out += before;
        match after.find(|c: char| c.is_ascii_alphabetic()) {
            Some(end) => rest = &after[end + 1..],
            None => {
                out += "\x1b[";
                rest = after;
                break;
            }
        }
    }
    out + rest
}

#[test]
fn values_and_errors_are_shown() {
    let terminal = Terminal::open("values");
    assert_eq!(terminal.line("1 + 1"), "2");
    assert_eq!(terminal.line("x = 5"), "");
    assert_eq!(terminal.line("_ + x"), "7");
    assert_eq!(terminal.line("None"), "");
    assert_eq!(terminal.line("'é日本'"), "'é日本'");
    let error = "Traceback (most recent call last):\n  File \"<stdin>\", line 1, in <module>\nZeroDivisionError: division by zero";
    assert_eq!(terminal.line("1 / 0"), error);
    assert_eq!(terminal.line("_"), "'é日本'");
    assert!(terminal.line("x x").ends_with("SyntaxError: invalid syntax"));
    assert_eq!(terminal.line("exit"), "Use exit() or Ctrl-D (i.e. EOF) to exit");
}

#[test]
fn statements_of_several_lines() {
    let terminal = Terminal::open("lines");
    terminal.type_until("def f(a):\r", "... ");
    terminal.type_until("    b = a\r", "... ");
    terminal.type_until("    return b * 2\r", "... ");
    assert_eq!(terminal.line(""), "");
    assert_eq!(terminal.line("f(4)"), "8");
    terminal.type_until("(1,\r", "... ");
    assert_eq!(terminal.line("2)"), "(1, 2)");
    terminal.type_until("for i in range(2):\r", "... ");
    terminal.type_until("  print(i)\r", "... ");
    assert_eq!(terminal.line(""), "0\n1");
}

#[test]
fn keys_edit_recall_and_complete() {
    let terminal = Terminal::open("keys");
    assert_eq!(terminal.line("number = 12"), "");
    // Two to the left, one deleted, one put in.
    assert!(terminal.line("123\x1b[D\x1b[D\x1b[3~9").ends_with("193"));
    assert!(terminal.line("\x1b[A + 1").ends_with("194"));
    assert!(terminal.line("numb\t + 1").ends_with("13"));
    assert!(terminal.line("number.bit_l\t()").ends_with('4'));
    let history = fs::read_to_string(terminal.home.join(".toy_history")).expect("the history is kept");
    assert!(history.contains("number = 12") && history.contains("193 + 1"), "{history}");
}

#[test]
fn an_interrupt_gives_up_what_was_begun() {
    let terminal = Terminal::open("interrupt");
    assert!(terminal.type_until("half a line\x03", ">>> ").contains("KeyboardInterrupt"));
    terminal.type_until("f(\r", "... ");
    assert!(terminal.type_until("\x03", ">>> ").contains("KeyboardInterrupt"));
    terminal.type_until("print('go'); import time; time.sleep(60)\r", "go\r\n");
    assert!(terminal.type_until("\x03", ">>> ").contains("KeyboardInterrupt"));
    terminal.type_until("while True: pass\r", "... ");
    (&*terminal.pty).write_all(b"\r").expect("the terminal is open");
    std::thread::sleep(Duration::from_millis(200));
    assert!(terminal.type_until("\x03", ">>> ").contains("KeyboardInterrupt"));
    assert_eq!(terminal.line("1 + 1"), "2");
}

#[test]
fn programs_read_and_prompts_change() {
    let terminal = Terminal::open("input");
    terminal.type_until("input('na' 'me? ')\r", "name? ");
    assert_eq!(terminal.line("bob"), "'bob'");
    terminal.type_until("import sys; sys.ps1 = '$ '\r", "\r$ ");
    assert!(terminal.type_until("1 + 1\r", "\r$ ").contains('2'));
}

#[test]
fn it_ends_with_ctrl_d_and_with_a_status() {
    let mut terminal = Terminal::open("end");
    terminal.type_until("\x04", "\n");
    assert_eq!(terminal.status(), Some(0));
    let mut terminal = Terminal::open("status");
    (&*terminal.pty).write_all(b"raise SystemExit(3)\r").expect("the terminal is open");
    assert_eq!(terminal.status(), Some(3));
}
