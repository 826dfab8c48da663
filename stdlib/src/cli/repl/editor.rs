//! Lines from a terminal, with editing, history and completion.
//!
//! In: keys. Out: lines. The one invariant: while the editor waits for keys, the GIL is free.

use super::{Line, Lines};
use interpreter::objects::dict::Dict;
use interpreter::objects::module::Module;
use interpreter::objects::str::text_of;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

/// Completes names: those of the program, of builtins and keywords, as they are when a line begins.
#[derive(Default)]
struct Names {
    known: Vec<String>,
}

impl Completer for Names {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let begins = |c: char| !(c.is_alphanumeric() || c == '_' || c == '.');
        let start = line[..at].rfind(begins).map_or(0, |i| i + line[i..].chars().next().map_or(1, char::len_utf8));
        let word = &line[start..at];
        if word.is_empty() {
            return Ok((at, vec!["    ".to_owned()]));
        }
        Ok((start, self.known.iter().filter(|name| name.starts_with(word)).cloned().collect()))
    }
}

impl Hinter for Names {
    type Hint = String;
}
impl Highlighter for Names {}
impl Validator for Names {}
impl Helper for Names {}

pub struct Editor {
    inner: rustyline::Editor<Names, DefaultHistory>,
    history: Option<std::path::PathBuf>,
}

impl Editor {
    /// Nothing if the terminal cannot be used.
    pub fn new() -> Option<Editor> {
        let mut inner = rustyline::Editor::<Names, DefaultHistory>::new().ok()?;
        inner.set_helper(Some(Names::default()));
        let history = std::env::var_os("HOME").map(|home| std::path::Path::new(&home).join(".toy_history"));
        if let Some(history) = &history {
            let _ = inner.load_history(history);
        }
        Some(Editor { inner, history })
    }

    fn learn(&mut self, h: &mut Held, globals: &Module) {
        let mut known = Vec::new();
        let builtins = h.builtins();
        for (prefix, dict) in [(true, &*globals.dict), (false, &*builtins)] {
            for (name, value) in dict.items(h) {
                let name = text_of(&name);
                if prefix {
                    attributes(h, &name, &value, &mut known);
                }
                known.push(name);
            }
        }
        known.extend(KEYWORDS.split(' ').map(str::to_owned));
        known.sort();
        known.dedup();
        if let Some(helper) = self.inner.helper_mut() {
            helper.known = known;
        }
    }
}

const KEYWORDS: &str = "False None True and as assert async await break class continue def del elif else except finally for \
from global if import in is lambda nonlocal not or pass raise return try while with yield match case";

/// The dotted names that a global leads to: what its module or class has.
fn attributes(h: &mut Held, name: &str, value: &Value, known: &mut Vec<String>) {
    let class = value.class().to_value();
    for of in [value, &class] {
        let Some(dict) = h.attr_dict(of) else { continue };
        let keys = match dict.downcast::<Dict>() {
            Some(dict) => dict.keys(h),
            None => h.collect(&dict).unwrap_or_default(),
        };
        known.extend(keys.iter().map(|key| format!("{name}.{}", text_of(key))));
    }
}

impl Lines for Editor {
    fn read(&mut self, h: &mut Held, prompt: &str, globals: &Module) -> R<Line> {
        self.learn(h, globals);
        let inner = &mut self.inner;
        match h.detach_for(Reason::Read, || inner.readline(prompt)) {
            Ok(line) => {
                let _ = self.inner.add_history_entry(&line);
                if let Some(history) = &self.history {
                    let _ = self.inner.append_history(history);
                }
                Ok(Line::Text(line))
            }
            Err(ReadlineError::Interrupted) => Ok(Line::Interrupt),
            Err(_) => Ok(Line::End),
        }
    }
}
