//! The program `toy`: what stands between the command line and the machine.
//!
//! In: the words of the command line. Out: a status. The one invariant: whatever way a program ends, `end::finish` runs before the
//! process does.
//!
//! - `options`, `switching`, `usage`: the words; `prepare`, `run`: the program; `module`: `-m`
//! - `repl`: the conversation; `show`: `toy tokens|ast|dis`
//! - `end`: what happens at the end

pub mod end;
pub mod module;
pub mod options;
pub mod prepare;
pub mod repl;
pub mod run;
pub mod show;
pub mod switching;
pub mod usage;

use interpreter::runtime::{config, start};
use options::{Options, Program, Refusal};
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Runs the program of the command line and gives its status.
pub fn main(words: Vec<OsString>) -> i32 {
    let options = match Options::parse(words.iter().skip(1).cloned().collect()) {
        Ok(options) if options.wants_version() => return refuse(Refusal::Text(usage::version(false))),
        Ok(options) => options,
        Err(refusal) => return refuse(refusal),
    };
    if let Program::Show(stage, file) = &options.program {
        return show::show(*stage, file);
    }
    if let Err(refusal) = options.switching.apply(&options) {
        return refuse(refusal);
    }
    config::set(configure(&options, words));
    crate::install();
    start::run(move |h| {
        let status = run::run(h, &options);
        let status = end::finish(h, status);
        interpreter::runtime::signals::exit(status)
    })
}

fn refuse(refusal: Refusal) -> i32 {
    match refusal {
        Refusal::Text(text) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            0
        }
        Refusal::Mistake(text) => {
            let _ = std::io::stderr().write_all(text.as_bytes());
            2
        }
        Refusal::Fatal(text) => {
            let _ = std::io::stderr().write_all(text.as_bytes());
            1
        }
    }
}

/// `sys.argv`, `sys.path` and the flags.
fn configure(options: &Options, words: Vec<OsString>) -> config::Config {
    let first: OsString = match &options.program {
        Program::File(file) => file.clone(),
        Program::Command(_) => "-c".into(),
        Program::Module(_) => "-m".into(),
        Program::Input(true) => "-".into(),
        _ => "".into(),
    };
    let mut path: Vec<OsString> = Vec::new();
    if !options.safe_path {
        path.push(match &options.program {
            Program::File(file) => folder_of(file),
            Program::Module(_) => std::env::current_dir().unwrap_or_default().into(),
            _ => "".into(),
        });
    }
    if !options.ignore_environment {
        let more = std::env::var_os("TOYPATH").filter(|more| !more.is_empty());
        path.extend(more.iter().flat_map(std::env::split_paths).map(|folder| absolute(&folder).into()));
    }
    let mut flags = options.flags.clone();
    flags.retain(|(name, _)| *name != "version");
    config::Config {
        argv: std::iter::once(first).chain(options.args.iter().cloned()).collect(),
        orig_argv: words,
        path,
        xoptions: options.xoptions.clone(),
        warnoptions: options.warning_filters(),
        flags,
    }
}

/// The folder of a program, links followed; a folder that is a program itself.
fn folder_of(file: &OsStr) -> OsString {
    let path = Path::new(file);
    if path.is_dir() {
        return absolute(path).into();
    }
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| absolute(path));
    real.parent().map(Path::as_os_str).unwrap_or_default().to_owned()
}

/// An absolute path, made as python3 makes it: the words are kept.
pub fn absolute(path: &Path) -> PathBuf {
    if path.is_absolute() {
        return path.to_owned();
    }
    std::env::current_dir().map_or_else(|_| path.to_owned(), |folder| folder.join(path))
}
