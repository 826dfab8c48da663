//! Whatever may block gives up the GIL: each place in the source that does so is shown to.
//!
//! In: the sources, and the programs of `tests/language/blocking`, which print the names of what they saw. Out: one trial a program
//! and policy, and one that compares the names with the places. The one invariant: `SITES` has one name for each place, in the
//! order of the file; a place without a name, or a name that no program prints, fails.

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

use launch::Interpreter;
use libtest_mimic::{Arguments, Failed, Trial};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use support::SupportModules;

/// A file and, for each place in it, what is seen to pass there.
const SITES: [(&str, &[&str]); 31] = [
    ("interpreter/src/runtime/import.rs", &["import"]),
    ("interpreter/src/runtime/import_claims.rs", &["import"]), // without the GIL
    ("interpreter/src/runtime/plain_lock.rs", &["lock"]),
    ("stdlib/src/bz2_.rs", &["bz2.compress", "bz2.decompress"]),
    ("stdlib/src/cli/repl/editor.rs", &["line editor"]),
    ("stdlib/src/hashlib.rs", &["hashlib"]),
    ("stdlib/src/hashlib/derive.rs", &["hmac.digest", "hashlib.pbkdf2_hmac", "hashlib.scrypt"]),
    ("stdlib/src/html.rs", &["_html.parse"]),
    ("stdlib/src/io/file.rs", &["file read", "file write", "file close"]),
    ("stdlib/src/io/raise.rs", &["blocking", "system", "os.read"]),
    ("stdlib/src/io/turn.rs", &["turn at a buffer"]),
    (
        "stdlib/src/posix/descriptors.rs",
        &[
            "os.close",
            "os.read",
            "os.write",
            "os.write of a bytearray",
            "os.pread",
            "os.pwrite",
            "os.memfd_create",
            "os.writev",
            "os.sendfile",
            "os.readv",
        ],
    ),
    ("stdlib/src/multiprocessing.rs", &["multiprocessing.Lock"]),
    ("stdlib/src/posix/process.rs", &["os.system", "os.waitpid"]),
    ("stdlib/src/select_/epoll.rs", &["epoll close", "epoll"]),
    ("stdlib/src/select_/mod.rs", &["select"]),
    ("stdlib/src/select_/poll.rs", &["poll"]),
    ("stdlib/src/signal_/mod.rs", &["pause in main"]),
    ("stdlib/src/signal_/threads.rs", &["signal.pause"]),
    ("stdlib/src/socket/address.rs", &["socket look_up"]),
    ("stdlib/src/socket/call.rs", &["socket call", "socket wait", "socket connect"]),
    ("stdlib/src/socket/class.rs", &["socket close"]),
    (
        "stdlib/src/socket/lookup.rs",
        &["getaddrinfo", "getnameinfo", "getnameinfo 2", "gethostbyname_ex", "gethostbyaddr", "gethostbyaddr 2"],
    ),
    ("stdlib/src/socket/mod.rs", &["socket.close"]),
    (
        "stdlib/src/sqlite3_.rs",
        &["sqlite3 open", "sqlite3 close", "sqlite3 serialize", "sqlite3 deserialize", "sqlite3 backup"],
    ),
    ("stdlib/src/sqlite3_/callbacks.rs", &["sqlite3 with_program"]),
    ("stdlib/src/sqlite3_/statement.rs", &["sqlite3 call"]),
    ("stdlib/src/time/sleep.rs", &["sleep in main", "sleep"]),
    ("stdlib/src/zlib.rs", &["zlib.crc32"]),
    ("stdlib/src/zlib/compress.rs", &["zlib.compress", "zlib.compressobj"]),
    ("stdlib/src/zlib/decompress.rs", &["zlib.decompress", "zlib.decompressobj"]),
];

/// What gives the lock up.
const CALLS: [&str; 4] = [".detach(", ".detach_for(", "blocking_for(", "system_for("];
/// Where that is defined; `detach` is a method of the HTML tree, too.
const ELSEWHERE: [&str; 2] = ["interpreter/src/sync/held.rs", "stdlib/src/html/tree.rs"];

const POLICIES: [&str; 11] = [
    "ticks:100",
    "ticks:10,thread",
    "ticks:100,fair",
    "interval:5ms",
    "interval:5ms,noforce",
    "pypy:10000",
    "ruby:100ms",
    "ocaml:50ms",
    "prio",
    "prio:1ms",
    "coop",
];

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("tests/language/blocking");
    let modules = SupportModules::for_python(&folder);
    let toy = Arc::new(Interpreter::under_test(env!("CARGO_BIN_EXE_toy"), modules.path()));
    let programs: Vec<PathBuf> =
        ["waits", "computes", "counts"].map(|name| folder.join(name).with_extension("toy")).into();
    let mut trials = vec![Trial::test("every place has a test", || compare(root))];
    if !toy.is_python() {
        for program in programs {
            let expected = expected(&program);
            for policy in POLICIES {
                let (toy, program, expected) = (toy.clone(), program.clone(), expected.clone());
                let name = format!("{} {policy}", program.file_stem().unwrap_or_default().display());
                trials.push(Trial::test(name, move || run(&toy, &program, policy, &expected)));
            }
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The program must print its names, all of them, and nothing else.
fn run(toy: &Interpreter, program: &Path, policy: &str, expected: &[String]) -> Result<(), Failed> {
    let outcome = toy.run(program, &["--gil".to_owned(), policy.to_owned()], &[], "")?;
    let seen: Vec<&str> = outcome.stdout.lines().collect();
    match seen == expected {
        true => Ok(()),
        false => Err(format!("expected {expected:?}\ngot {seen:?}\n{}", outcome.stderr).into()),
    }
}

/// The names that a program is expected to print.
fn expected(program: &Path) -> Vec<String> {
    let text = fs::read_to_string(program).expect("the program is there");
    text.lines().filter_map(|line| line.strip_prefix("# expect: ")).map(str::to_owned).collect()
}

fn compare(root: &Path) -> Result<(), Failed> {
    let folder = root.join("tests/language/blocking");
    let shown: Vec<String> = ["waits", "computes", "counts"]
        .iter()
        .flat_map(|name| expected(&folder.join(name).with_extension("toy")))
        .collect();
    let mut wrong = Vec::new();
    for (file, names) in SITES {
        wrong.extend(
            names
                .iter()
                .filter(|name| !shown.iter().any(|shown| shown == *name))
                .map(|name| format!("{file}: no program shows {name:?}")),
        );
        let lines = places(&root.join(file));
        if lines.len() != names.len() {
            wrong.push(format!("{file}: gives the lock up at lines {lines:?}, of which the table has {names:?}"));
        }
    }
    for file in sources(&root.join("interpreter/src")).into_iter().chain(sources(&root.join("stdlib/src"))) {
        let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        let lines = places(&file);
        if !lines.is_empty() && !ELSEWHERE.contains(&&*name) && !SITES.iter().any(|(known, _)| *known == name) {
            wrong.push(format!("{name}: gives the lock up at lines {lines:?}, of which the table knows nothing"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// The lines of a file that give the lock up.
fn places(file: &Path) -> Vec<usize> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let is_place = |line: &str| {
        let line = line.trim_start();
        !line.starts_with("//") && !line.contains("fn ") && CALLS.iter().any(|call| line.contains(call))
    };
    text.lines().zip(1..).filter(|(line, _)| is_place(line)).map(|(_, number)| number).collect()
}

/// All Rust files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut files: Vec<PathBuf> = Vec::new();
    for path in entries.map(|entry| entry.expect("a readable folder").path()) {
        match path.is_dir() {
            true => files.extend(sources(&path)),
            false if path.extension().is_some_and(|ending| ending == "rs") => files.push(path),
            false => (),
        }
    }
    files.sort();
    files
}
