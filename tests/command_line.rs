//! The command line: what options do, how programs are found and read, and with which status everything ends.
//!
//! In: words, standard input and small files in a folder of their own. Out: a failure if what `toy` writes or its status is not as
//! python3 3.11 has it (or, where it has no such thing, as `toy --help` says). The one invariant: each run ends by itself
//! or is killed after a minute.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const TIMEOUT: Duration = Duration::from_secs(60);

/// A folder with the files of one test.
struct Folder(PathBuf);

/// What a run left behind.
struct Ran {
    status: ExitStatus,
    out: String,
    err: String,
}

impl Folder {
    fn new(files: &[(&str, &[u8])]) -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("toy-command-line-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("a writable temp directory");
        for (name, bytes) in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a writable temp directory");
            fs::write(path, bytes).expect("a writable temp directory");
        }
        Folder(fs::canonicalize(folder).expect("the folder was made"))
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_toy"));
        command.args(words).current_dir(&self.0).env_remove("TOYPATH").env_remove("PYTHONWARNINGS");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, words: &[&str], input: &str) -> Ran {
        let mut child = self.command(words).spawn().expect("the toy binary starts");
        // A program that does not read is done before all is written.
        let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        self.finish(child)
    }

    /// Waits; the folder is left out of what was written.
    fn finish(&self, mut child: Child) -> Ran {
        let (out, err) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
        let (out, err) = (read_aside(out), read_aside(err));
        let status = wait(&mut child);
        let text = |reader: std::thread::JoinHandle<Vec<u8>>| {
            let bytes = reader.join().expect("the reader ends with the pipe");
            String::from_utf8_lossy(&bytes).replace(&format!("{}/", self.0.display()), "")
        };
        Ran { status, out: text(out), err: text(err) }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // a leftover below the system's temp directory harms nobody
    }
}

fn read_aside(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

fn wait(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("the child can be waited for") {
            return status;
        }
        if start.elapsed() > TIMEOUT {
            let _ = child.kill();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Runs `words` in a folder with `files` and compares all that was written, and the status.
fn check(files: &[(&str, &[u8])], words: &[&str], input: &str, status: i32, out: &str, err: &str) {
    let ran = Folder::new(files).run(words, input);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), (out, err), "\n{words:?}");
    assert_eq!(ran.status.code(), Some(status), "{words:?}");
}

const SHOW: (&str, &[u8]) = ("show.toy", b"import sys\nprint(sys.argv, __name__)\n");

#[test]
fn programs_get_their_arguments() {
    check(&[SHOW], &["show.toy", "a", "-b", "--c"], "", 0, "['show.toy', 'a', '-b', '--c'] __main__\n", "");
    check(&[SHOW], &["--", "show.toy", "x"], "", 0, "['show.toy', 'x'] __main__\n", "");
    check(&[], &["-c", "import sys; print(sys.argv)", "x", "-y"], "", 0, "['-c', 'x', '-y']\n", "");
    check(&[], &["-cprint(5)"], "", 0, "5\n", "");
    check(&[], &["-", "a"], "import sys; print(sys.argv)", 0, "['-', 'a']\n", "");
    check(&[], &[], "import sys; print(sys.argv, __name__)", 0, "[''] __main__\n", "");
    check(&[], &["-c", "print(input(), input())"], "one\ntwo\n", 0, "one two\n", "");
}

#[test]
fn modules_and_folders_are_run() {
    let package: [(&str, &[u8]); 4] = [
        ("pkg/__init__.toy", b"print('init')\n"),
        ("pkg/__main__.toy", b"import sys\nprint('main', __name__, __package__, sys.argv[1:])\n"),
        ("pkg/mod.toy", b"print(__name__, __package__, __spec__.name)\n"),
        ("folder/__main__.toy", b"import sys\nprint(repr(__package__), sys.path[0][-6:])\n"),
    ];
    check(&package, &["-m", "pkg", "a"], "", 0, "init\nmain __main__ pkg ['a']\n", "");
    check(&package, &["-mpkg.mod"], "", 0, "init\n__main__ pkg pkg.mod\n", "");
    check(&package, &["folder"], "", 0, "'' folder\n", "");
    check(&package, &["-m", "nosuch"], "", 1, "", "toy: No module named nosuch\n");
    let missing = "toy: Error while finding module specification for 'nosuch.mod' \
                   (ModuleNotFoundError: No module named 'nosuch')\n";
    check(&package, &["-m", "nosuch.mod"], "", 1, "", missing);
}

#[test]
fn what_cannot_be_read_is_said() {
    let open = "toy: can't open file 'missing.toy': [Errno 2] No such file or directory\n";
    check(&[], &["missing.toy"], "", 2, "", open);
    check(&[("empty/x", b"")], &["empty"], "", 1, "", "toy: can't find '__main__' module in 'empty'\n");
    let place = "SyntaxError: Non-UTF-8 code starting with '\\xff' in file bad.toy on line 2, but no encoding \
                 declared; see https://peps.python.org/pep-0263/ for details\n";
    check(&[("bad.toy", b"x = 1\ny = '\xff'\n")], &["bad.toy"], "", 1, "", place);
    let unknown = "SyntaxError: encoding problem: foobar\n";
    check(&[("e.toy", b"# coding: foobar\n")], &["e.toy"], "", 1, "", unknown);
    let marked = "SyntaxError: encoding problem: iso-8859-1 with BOM\n";
    check(&[("m.toy", b"\xef\xbb\xbf# coding: latin-1\n")], &["m.toy"], "", 1, "", marked);
    let null = "  File \"n.toy\", line 2\n    ab\nSyntaxError: source code cannot contain null bytes\n";
    check(&[("n.toy", b"x = 1\nab\0cd\n")], &["n.toy"], "", 1, "", null);
}

#[test]
fn all_kinds_of_text_are_read() {
    check(&[("bom.toy", b"\xef\xbb\xbfprint('bom')\n")], &["bom.toy"], "", 0, "bom\n", "");
    let latin = b"# coding: latin-1\nprint(ascii('\xe9'))\n";
    check(&[("latin.toy", latin)], &["latin.toy"], "", 0, "'\\xe9'\n", "");
    check(&[("crlf.toy", b"if 1:\r\n    print('crlf')\r\n")], &["crlf.toy"], "", 0, "crlf\n", "");
    check(&[("cr.toy", b"x = 'cr'\rprint(x)\r")], &["cr.toy"], "", 0, "cr\n", "");
    check(&[("bare.toy", b"#!/usr/bin/env toy\nprint('bare')")], &["bare.toy"], "", 0, "bare\n", "");
    check(&[("x.toy", b"this is no program\nprint('x')\n")], &["-x", "x.toy"], "", 0, "x\n", "");
    check(&[("empty.toy", b"")], &["empty.toy"], "", 0, "", "");
}

#[test]
fn wrong_options_end_with_status_two() {
    let usage = "usage: toy [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry `toy -h' for more information.\n";
    let wrong = [
        (vec!["-Q"], "Unknown option: -Q\n"),
        (vec!["--foo"], "unknown option --foo\n"),
        (vec!["-c"], "Argument expected for the -c option\n"),
        (vec!["-m"], "Argument expected for the -m option\n"),
        (vec!["-W"], "Argument expected for the -W option\n"),
        (vec!["-X"], "Argument expected for the -X option\n"),
    ];
    for (words, message) in wrong {
        check(&[], &words, "", 2, "", &format!("{message}{usage}"));
    }
}

#[test]
fn assertions_and_docstrings_go_when_optimized() {
    let program: [(&str, &[u8]); 1] = [(
        "o.toy",
        b"\"\"\"doc\"\"\"\ndef f():\n    'of f'\nprint(__debug__, __doc__, f.__doc__)\nassert False, 'no'\nprint('end')\n",
    )];
    check(&program, &["-O", "o.toy"], "", 0, "False doc of f\nend\n", "");
    check(&program, &["-OO", "o.toy"], "", 0, "False None None\nend\n", "");
    let plain = Folder::new(&program).run(&["o.toy"], "");
    assert_eq!((plain.out.as_str(), plain.status.code()), ("True doc of f\n", Some(1)));
    let levels = "for level in (0, 1, 2):\n    names = {}\n    exec(compile('\"d\"\\ntry:\\n  assert 0\\n  x = 1\\nexcept \
                  AssertionError: x = 2', 'n', 'exec', optimize=level), names)\n    print(names['x'], names.get('__doc__'))\n";
    check(&[], &["-c", levels], "", 0, "2 d\n1 d\n1 None\n", "");
}

#[test]
fn warnings_are_filtered_as_asked() {
    let program: [(&str, &[u8]); 1] = [("w.toy", b"import warnings\nwarnings.warn('w')\nprint('end')\n")];
    let shown = "w.toy:2: UserWarning: w\n  warnings.warn('w')\n";
    check(&program, &["w.toy"], "", 0, "end\n", shown);
    check(&program, &["-Wi", "w.toy"], "", 0, "end\n", "");
    let raised = "Traceback (most recent call last):\n  File \"w.toy\", line 2, in <module>\n    warnings.warn('w')\nUserWarning: w\n";
    check(&program, &["-W", "error", "w.toy"], "", 1, "", raised);
    let ignored = "Invalid -W option ignored: invalid action: 'foo'\n";
    check(&[], &["-W", "foo", "-c", "print(1)"], "", 0, "1\n", ignored);
    let bytes = "<string>:1: BytesWarning: Comparison between bytes and string\n";
    check(&[], &["-b", "-c", "print(b'a' == 'a')"], "", 0, "False\n", bytes);
    let filters = "import sys; print(sys.warnoptions)";
    check(&[], &["-X", "dev", "-Wi", "-bb", "-c", filters], "", 0, "['default', 'i', 'error::BytesWarning']\n", "");
    let left_open: [(&str, &[u8]); 1] = [("open.toy", b"f = open('open.toy')\nf = None\n")];
    let unclosed = "open.toy:2: ResourceWarning: unclosed file <_io.TextIOWrapper name='open.toy' mode='r' encoding='utf-8'>\n  f = None\n";
    check(&left_open, &["-Wd", "open.toy"], "", 0, "", unclosed);
    check(&left_open, &["open.toy"], "", 0, "", "");
}

#[test]
fn flags_are_shown() {
    let flags = "import sys; f = sys.flags; print(f.optimize, f.isolated, f.safe_path, f.quiet, f.int_max_str_digits)";
    check(&[], &["-OOIq", "-X", "int_max_str_digits=1000", "-c", flags], "", 0, "2 1 True 1 1000\n", "");
    check(&[], &["-X", "a", "-Xb=c", "-c", "import sys; print(sys._xoptions)"], "", 0, "{'a': True, 'b': 'c'}\n", "");
    let enabled = "import faulthandler; print(faulthandler.is_enabled())";
    check(&[], &["-X", "faulthandler", "-c", enabled], "", 0, "True\n", "");
    check(&[], &["-c", enabled], "", 0, "False\n", "");
}

#[test]
fn imports_are_timed() {
    let ran =
        Folder::new(&[("one.toy", b"import two\n"), ("two.toy", b"")]).run(&["-Ximporttime", "-c", "import one"], "");
    let lines: Vec<&str> = ran.err.lines().collect();
    assert_eq!(lines[0], "import time: self [us] | cumulative | imported package");
    let names: Vec<&str> = lines.iter().filter_map(|line| line.rsplit_once("| ")).map(|(_, name)| name).collect();
    let at = |name: &str| names.iter().position(|known| *known == name);
    assert!(at("  two").expect("listed below its importer") < at("one").expect("listed"), "{names:?}");
}

#[test]
fn a_conversation_through_a_pipe() {
    let talk = "1+1\nif 1:\n  print(2)\n  print(3)\n\n1/0\nimport sys; sys.exit(4)\n";
    let error = "Traceback (most recent call last):\n  File \"<stdin>\", line 1, in <module>\nZeroDivisionError: division by zero\n";
    let prompts = format!(">>> >>> ... ... ... >>> {error}>>> ");
    check(&[], &["-i", "-q"], talk, 4, "2\n2\n3\n", &prompts);
    check(&[], &["-i", "-c", "x = 5"], "x\n", 0, "5\n", ">>> >>> \n");
    let shown =
        "Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\nSystemExit: 3\n>>> >>> \n";
    check(&[], &["-i", "-c", "import sys; sys.exit(3)"], "print(2)\n", 0, "2\n", shown);
    let indent = ">>> ...   File \"<stdin>\", line 2\n    \n    ^\nIndentationError: expected an indented block after class \
                  definition on line 1\n>>> \n";
    check(&[], &["-i", "-q"], "class A:\n\n", 0, "", indent);
}

#[test]
fn stages_are_shown() {
    let program: [(&str, &[u8]); 2] = [("p.toy", b"x = 1\n"), ("bad.toy", b"x = (\n")];
    let ran = Folder::new(&program).run(&["tokens", "p.toy"], "");
    assert!(ran.out.starts_with("1:0\tName\t\"x\"\n") && ran.status.success(), "{}", ran.out);
    let ran = Folder::new(&program).run(&["ast", "p.toy"], "");
    assert!(ran.out.starts_with("Module(\n  body=[\n    Assign(") && ran.status.success(), "{}", ran.out);
    let ran = Folder::new(&program).run(&["dis", "p.toy"], "");
    assert!(ran.out.contains("STORE_GLOBAL") && ran.status.success(), "{}", ran.out);
    let error = "  File \"bad.toy\", line 1\n    x = (\n        ^\nSyntaxError: '(' was never closed\n";
    check(&program, &["ast", "bad.toy"], "", 1, "", error);
    let missing = "toy: can't open file 'none': [Errno 2] No such file or directory\n";
    check(&program, &["dis", "none"], "", 2, "", missing);
}

#[test]
fn help_tells_all_and_its_examples_work() {
    let help = Folder::new(&[]).run(&["--help"], "");
    assert!(help.status.success() && help.err.is_empty());
    for word in ["-c cmd", "-m mod", "-i ", "-q ", "-u ", "-O ", "-W arg", "-X opt", "-V", "TOYPATH", "Examples:"] {
        assert!(help.out.contains(word), "{word} is missing");
    }
    let version = Folder::new(&[]).run(&["-V"], "");
    assert_eq!(version.out, format!("toy {}\n", env!("CARGO_PKG_VERSION")));
    check(&[], &["-c", "print(sum(range(10)))"], "", 0, "45\n", "");
}

#[test]
fn a_broken_pipe_is_an_error() {
    let many: [(&str, &[u8]); 1] = [("many.toy", b"for i in range(100_000):\n    print('line', i)\n")];
    let folder = Folder::new(&many);
    let mut child = folder.command(&["many.toy"]).spawn().expect("the toy binary starts");
    drop(child.stdout.replace(empty_pipe()));
    let ran = folder.finish(child);
    assert!(ran.err.ends_with("BrokenPipeError: [Errno 32] Broken pipe\n"), "{}", ran.err);
    assert_eq!(ran.status.code(), Some(1));
}

/// A pipe to put in the place of the child's; nothing comes through it.
fn empty_pipe() -> std::process::ChildStdout {
    let mut child = Command::new("true").stdout(Stdio::piped()).spawn().expect("true starts");
    let pipe = child.stdout.take().expect("a pipe");
    let _ = child.wait();
    pipe
}

/// Says "go" when its main thread sleeps.
const SLEEPS: &[u8] = b"import gil, threading, time
def say_when():
    while not any(t['blocked_on'] == 'sleep' for t in gil.threads()): pass
    print('go', flush=True)
threading.Thread(target=say_when, daemon=True).start()
while True:
    time.sleep(20)
";

#[test]
fn an_interrupt_ends_the_program_as_the_signal_does() {
    let folder = Folder::new(&[("s.toy", SLEEPS)]);
    let mut child = folder.command(&["s.toy"]).spawn().expect("the toy binary starts");
    let mut go = [0; 3];
    child.stdout.as_mut().expect("a pipe").read_exact(&mut go).expect("the program says go");
    let number = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &number]).status().expect("kill starts").success());
    let ran = folder.finish(child);
    assert_eq!(ran.status.signal(), Some(2));
    let report = "Traceback (most recent call last):\n  File \"s.toy\", line 7, in <module>\n    time.sleep(20)\nKeyboardInterrupt\n";
    assert_eq!(ran.err.trim_end(), report.trim_end());
}

#[test]
fn output_that_cannot_be_written_is_status_120() {
    let ran = Folder::new(&[]).run(&["-c", "import os\nprint('lost')\nos.close(1)"], "");
    assert_eq!(ran.status.code(), Some(120));
    assert!(ran.err.contains("OSError: [Errno 9] Bad file descriptor"), "{}", ran.err);
}
