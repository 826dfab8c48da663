//! The conversation.
//!
//! In: lines, from a terminal with editing or from any other standard input. Out: values of expressions, and reports of what went
//! wrong. The one invariant: a mistake never ends it; the end of the input and `SystemExit` do.

#[cfg(feature = "repl")]
mod editor;
mod lines;

use crate::cli::end;
use crate::io::print::sys_value;
use crate::syscall;
use interpreter::objects::exception::Exc;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::report;
use interpreter::sync::Held;
use interpreter::syntax::{ErrorKind, Source, parse_interactive};
use interpreter::vm::Mode;

/// What a source of lines gives.
pub enum Line {
    Text(String),
    /// Ctrl-C: the statement that was begun is given up.
    Interrupt,
    End,
}

/// Where lines come from.
pub trait Lines {
    /// The next line, without its end; `prompt` is shown before.
    fn read(&mut self, h: &mut Held, prompt: &str, globals: &Module) -> R<Line>;
}

/// Talks until the input ends; gives the status.
pub fn talk(h: &mut Held, main: &Ref<Module>, quiet: bool) -> i32 {
    if let Err(raised) = set_prompts(h) {
        return report::uncaught(h, raised);
    }
    if !quiet {
        let banner = super::usage::version(true);
        report::write_stderr(h, &format!("{banner}Type Ctrl-D to leave.\n"));
    }
    let mut lines: Box<dyn Lines> = source_of_lines();
    loop {
        match step(h, main, &mut *lines) {
            Ok(true) => (),
            Ok(false) => {
                report::write_stderr(h, "\n");
                return 0;
            }
            Err(raised) if raised.is(Exc::SystemExit) => return report::exit_status(h, &raised),
            Err(raised) => {
                let _ = report::uncaught(h, raised);
            }
        }
        let _ = end::flush_standard(h);
    }
}

fn source_of_lines() -> Box<dyn Lines> {
    #[cfg(feature = "repl")]
    if syscall::isatty(0) && syscall::isatty(1) {
        if let Some(editor) = editor::Editor::new() {
            return Box::new(editor);
        }
    }
    Box::new(lines::Plain)
}

fn set_prompts(h: &mut Held) -> R<()> {
    let sys = h.import_module("sys")?;
    for (name, text) in [("ps1", ">>> "), ("ps2", "... ")] {
        let name = h.intern(name);
        if h.find_attr(&sys, &name)?.is_none() {
            let text = h.new_str(text);
            h.set_attr(&sys, &name, text)?;
        }
    }
    Ok(())
}

fn prompt(h: &mut Held, name: &str) -> String {
    let prompt = h.import_module("sys").and_then(|sys| {
        let name = h.intern(name);
        let prompt = h.get_attr(&sys, &name)?;
        h.str_text(&prompt)
    });
    prompt.unwrap_or_default()
}

/// Reads and runs one statement; false at the end of the input.
fn step(h: &mut Held, main: &Ref<Module>, lines: &mut dyn Lines) -> R<bool> {
    let mut text = String::new();
    loop {
        let shown = prompt(h, if text.is_empty() { "ps1" } else { "ps2" });
        match lines.read(h, &shown, main)? {
            Line::Text(line) => {
                text += &line;
                text.push('\n');
                if !wants_more(&text, line.trim().is_empty()) {
                    break;
                }
            }
            Line::Interrupt => {
                report::write_stderr(h, "\nKeyboardInterrupt\n");
                return Ok(true);
            }
            Line::End if text.is_empty() => return Ok(false),
            Line::End => break,
        }
    }
    if text.trim().is_empty() {
        return Ok(true);
    }
    let code = h.compile(&text, "<stdin>", Mode::Single)?;
    h.run_code(code, main.dict.clone(), None)?;
    Ok(true)
}

/// Whether a statement is not at its end: an open bracket, or a block that no empty line closes.
fn wants_more(text: &str, empty_line: bool) -> bool {
    let lines = text.strip_suffix('\n').unwrap_or(text);
    match parse_interactive(&Source::new("<stdin>", lines)) {
        Ok(parsed) => parsed.open_block && !empty_line,
        Err(error) => error.incomplete && !(empty_line && error.kind == ErrorKind::Indentation),
    }
}

/// `sys.stdin`'s next line, for input that is no terminal.
pub fn stdin_line(h: &mut Held) -> R<Option<String>> {
    let stdin = match sys_value(h, n::stdin)? {
        Some(stdin) if !stdin.is_none() => stdin,
        _ => return Ok(None),
    };
    let line: Result<Value, Raised> = h.call_method(&stdin, n::readline, &[]);
    let line = line?;
    let text = h.str_text(&line)?;
    Ok(if text.is_empty() { None } else { Some(text.trim_end_matches('\n').to_owned()) })
}
