//! How the program was started: its arguments and flags.
//!
//! In: the command line, once, before the machine starts. Out: what `sys` shows of it. The one invariant: set at most once;
//! unset, it describes a program without arguments.

use crate::objects::value::Value;
use crate::sync::Held;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the command line asked for.
#[derive(Debug, Default)]
pub struct Config {
    /// `sys.argv`.
    pub argv: Vec<OsString>,
    /// `sys.orig_argv`.
    pub orig_argv: Vec<OsString>,
    /// `sys.path`.
    pub path: Vec<OsString>,
    /// `-X` and `-W` options.
    pub xoptions: Vec<String>,
    pub warnoptions: Vec<String>,
    /// `-O`, `-i`, `-v`, `-q` ...: the fields of `sys.flags` that are not zero.
    pub flags: Vec<(&'static str, i64)>,
}

static CONFIG: OnceLock<Config> = OnceLock::new();
static FINALIZING: AtomicBool = AtomicBool::new(false);

/// To be called before `start::run`.
pub fn set(config: Config) {
    let _ = CONFIG.set(config);
}

pub fn get() -> &'static Config {
    CONFIG.get_or_init(Config::default)
}

/// A field of `sys.flags`; zero if the command line says nothing.
pub fn flag(name: &str) -> i64 {
    get().flags.iter().find(|(known, _)| *known == name).map_or(0, |(_, value)| *value)
}

/// Whether `-X name` was given.
pub fn xoption(name: &str) -> bool {
    get().xoptions.iter().any(|option| option.split('=').next() == Some(name))
}

/// The end of the program has begun: `sys.is_finalizing()`.
pub fn set_finalizing() {
    FINALIZING.store(true, Ordering::Relaxed);
}

pub fn is_finalizing() -> bool {
    FINALIZING.load(Ordering::Relaxed)
}

impl Held {
    /// A word of the system as a str; bytes that are not UTF-8 become lone surrogates.
    pub fn os_text(&self, word: &OsStr) -> Value {
        let mut buf = toy_text::CharsBuf::new();
        for chunk in word.as_bytes().utf8_chunks() {
            chunk.valid().chars().for_each(|c| buf.push(c as u32));
            chunk.invalid().iter().for_each(|&byte| buf.push(0xdc00 + byte as u32));
        }
        self.str_from_owned(&buf.finish())
    }
}
