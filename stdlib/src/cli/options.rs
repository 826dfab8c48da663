//! The command line.
//!
//! In: the words after the program's name. Out: what to run and how, or a message and a status. The one invariant: options are read as
//! python3 reads them: letters may be joined, and everything after the program belongs to the program.

use super::switching::Switching;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// What is to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    File(OsString),
    Command(String),
    Module(String),
    /// Standard input: a program, or a conversation if it is a terminal. True if `-` was given.
    Input(bool),
    /// `toy tokens FILE` and the like.
    Show(Stage, OsString),
}

/// A stage that can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Tokens,
    Ast,
    Dis,
}

/// All that the command line says.
#[derive(Debug, Clone)]
pub struct Options {
    pub program: Program,
    /// The words after the program.
    pub args: Vec<OsString>,
    pub inspect: bool,
    pub quiet: bool,
    pub unbuffered: bool,
    pub ignore_environment: bool,
    pub safe_path: bool,
    /// The first line of the program is no program text.
    pub skip_first_line: bool,
    pub xoptions: Vec<String>,
    pub warnoptions: Vec<String>,
    /// `--gil` and its like.
    pub switching: Switching,
    /// Fields of `sys.flags` that are not zero.
    pub flags: Vec<(&'static str, i64)>,
}

/// Why nothing is run.
pub enum Refusal {
    /// Asked for: goes to stdout.
    Text(String),
    /// A mistake: goes to stderr, status 2.
    Mistake(String),
    /// Something that this build cannot do: goes to stderr, status 1.
    Fatal(String),
}

impl Default for Options {
    fn default() -> Options {
        Options {
            program: Program::Input(false),
            args: Vec::new(),
            inspect: false,
            quiet: false,
            unbuffered: false,
            ignore_environment: false,
            safe_path: false,
            skip_first_line: false,
            xoptions: Vec::new(),
            warnoptions: Vec::new(),
            switching: Switching::default(),
            flags: Vec::new(),
        }
    }
}

impl Options {
    /// Reads the words after the program's name.
    pub fn parse(words: Vec<OsString>) -> Result<Options, Refusal> {
        let mut options = Options::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let bytes = word.as_bytes().to_vec();
            match bytes.as_slice() {
                b"-" => {
                    options.program = Program::Input(true);
                    return Ok(options.with_args(words));
                }
                b"--help" => return Err(Refusal::Text(super::usage::help())),
                b"--" => {
                    if let Some(file) = words.next() {
                        options.program = Program::File(file);
                    }
                    return Ok(options.with_args(words));
                }
                b"--version" => return Err(Refusal::Text(super::usage::version(false))),
                [b'-', b'-', long @ ..] => {
                    if !options.switching.option(&String::from_utf8_lossy(long), &mut words)? {
                        return Err(super::usage::unknown(&word));
                    }
                }
                [b'-', letters @ ..] => {
                    if let Some(program) = options.letters(letters, &mut words)? {
                        options.program = program;
                        return Ok(options.with_args(words));
                    }
                }
                _ => {
                    let stage = stage(&word).filter(|_| !std::path::Path::new(&word).exists());
                    options.program = match stage {
                        Some(stage) => match words.next() {
                            Some(file) => Program::Show(stage, file),
                            None => {
                                return Err(super::usage::mistake(&format!("File expected for {}", word.display())));
                            }
                        },
                        None => Program::File(word),
                    };
                    return Ok(options.with_args(words));
                }
            }
        }
        Ok(options)
    }

    fn with_args(mut self, words: impl Iterator<Item = OsString>) -> Options {
        self.args = words.collect();
        self
    }

    /// Reads joined letters; `-c` and `-m` end the options.
    fn letters(
        &mut self,
        letters: &[u8],
        words: &mut impl Iterator<Item = OsString>,
    ) -> Result<Option<Program>, Refusal> {
        for (i, &letter) in letters.iter().enumerate() {
            let rest = &letters[i + 1..];
            if !b"cmWX".contains(&letter) {
                self.letter(letter)?;
                continue;
            }
            let value = if rest.is_empty() { words.next() } else { Some(OsStr::from_bytes(rest).to_owned()) };
            let Some(value) = value else {
                return Err(super::usage::mistake(&format!("Argument expected for the -{} option", letter as char)));
            };
            let value = value.to_string_lossy().into_owned();
            match letter {
                b'c' => return Ok(Some(Program::Command(value))),
                b'm' => return Ok(Some(Program::Module(value))),
                b'W' => self.warnoptions.push(value),
                _ => self.xoption(value)?,
            }
            break;
        }
        Ok(None)
    }

    fn letter(&mut self, letter: u8) -> Result<(), Refusal> {
        match letter {
            b'h' | b'?' => return Err(Refusal::Text(super::usage::help())),
            b'V' => {
                let twice = self.flag("version", 1) > 1;
                return if twice { Err(Refusal::Text(super::usage::version(true))) } else { Ok(()) };
            }
            b'i' => {
                self.inspect = true;
                self.flag("inspect", 1);
                self.flag("interactive", 1);
            }
            b'q' => {
                self.quiet = true;
                self.flag("quiet", 1);
            }
            b'u' => self.unbuffered = true,
            b'O' => drop(self.flag("optimize", 1)),
            b'B' => drop(self.flag("dont_write_bytecode", 1)),
            b'b' => drop(self.flag("bytes_warning", 1)),
            b'd' => drop(self.flag("debug", 1)),
            b'v' => drop(self.flag("verbose", 1)),
            b's' => drop(self.flag("no_user_site", 1)),
            b'S' => drop(self.flag("no_site", 1)),
            b'E' => {
                self.ignore_environment = true;
                self.flag("ignore_environment", 1);
            }
            b'P' => {
                self.safe_path = true;
                self.flag("safe_path", 1);
            }
            b'I' => {
                (self.ignore_environment, self.safe_path) = (true, true);
                for name in ["isolated", "ignore_environment", "no_user_site", "safe_path"] {
                    self.flag(name, 1);
                }
            }
            b'x' => self.skip_first_line = true,
            b'R' | b't' => (),
            b'J' => return Err(super::usage::mistake("-J is reserved for Jython")),
            _ => return Err(super::usage::mistake(&format!("Unknown option: -{}", letter as char))),
        }
        Ok(())
    }

    /// Counts a flag up and gives its value.
    fn flag(&mut self, name: &'static str, by: i64) -> i64 {
        match self.flags.iter_mut().find(|(known, _)| *known == name) {
            Some((_, value)) => {
                *value += by;
                *value
            }
            None => {
                self.flags.push((name, by));
                by
            }
        }
    }

    fn xoption(&mut self, value: String) -> Result<(), Refusal> {
        match value.as_str() {
            "dev" => drop(self.flag("dev_mode", 1)),
            "warn_default_encoding" => drop(self.flag("warn_default_encoding", 1)),
            "utf8" | "utf8=1" => drop(self.flag("utf8_mode", 1)),
            option => {
                if let Some(digits) = option.strip_prefix("int_max_str_digits") {
                    self.max_digits(digits)?;
                }
            }
        }
        self.xoptions.push(value);
        Ok(())
    }

    fn max_digits(&mut self, text: &str) -> Result<(), Refusal> {
        match text.strip_prefix('=').and_then(|text| text.parse::<i64>().ok()) {
            Some(digits) if digits == 0 || digits >= 640 => {
                self.flags.retain(|(name, _)| *name != "int_max_str_digits");
                self.flag("int_max_str_digits", digits);
                Ok(())
            }
            _ => Err(Refusal::Mistake(
                "toy: -X int_max_str_digits: invalid limit; must be >= 640 or 0 for unlimited.\n".to_owned(),
            )),
        }
    }

    /// The filters of warnings, in CPython's order: those that other options imply come first.
    pub fn warning_filters(&self) -> Vec<String> {
        let count = |wanted: &str| self.flags.iter().find(|(name, _)| *name == wanted).map_or(0, |(_, count)| *count);
        let mut filters = Vec::new();
        if count("dev_mode") > 0 {
            filters.push("default".to_owned());
        }
        let named = if self.ignore_environment { None } else { std::env::var("PYTHONWARNINGS").ok() };
        let named = named.unwrap_or_default();
        filters.extend(named.split(',').filter(|filter| !filter.is_empty()).map(str::to_owned));
        filters.extend(self.warnoptions.iter().cloned());
        match count("bytes_warning") {
            0 => (),
            1 => filters.push("default::BytesWarning".to_owned()),
            _ => filters.push("error::BytesWarning".to_owned()),
        }
        filters
    }

    /// Whether `-V` was given.
    pub fn wants_version(&self) -> bool {
        self.flags.iter().any(|(name, _)| *name == "version")
    }
}

fn stage(word: &OsStr) -> Option<Stage> {
    match word.to_str()? {
        "tokens" => Some(Stage::Tokens),
        "ast" => Some(Stage::Ast),
        "dis" => Some(Stage::Dis),
        _ => None,
    }
}
