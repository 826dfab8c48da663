//! The text of an exception with its traceback, for reports.
//!
//! In: an exception. Out: what CPython prints: causes first, frames with carets, notes, groups as a tree. The one invariant:
//! formatting raises nothing and ends, whatever the program's `__str__` does and however the chain of causes is tied.

mod carets;
mod frames;
mod suggest;

use crate::objects::exception::{Exc, Exception};
use crate::objects::header::Obj;
use crate::objects::names::{Name, n};
use crate::objects::str::{Str, text_of};
use crate::objects::value::Value;
use crate::sync::Held;
use frames::Lines;

/// Groups deeper or wider than these are cut short.
const MAX_DEPTH: usize = 10;
const MAX_WIDTH: usize = 15;

/// The whole text, newline included: causes first.
pub fn format(h: &mut Held, exception: &Value) -> String {
    let handled = h.save_handled();
    let mut printer = Printer::default();
    printer.recursive(h, exception);
    h.restore_handled(handled);
    printer.out
}

/// Traceback and message without causes and notes, as for exceptions that nobody can catch.
pub fn format_without_chain(h: &mut Held, exception: &Value, traceback: &Value) -> String {
    let handled = h.save_handled();
    let mut printer = Printer::default();
    if !traceback.is_none() {
        printer.line("Traceback (most recent call last):");
        frames::format(h, traceback, &mut Lines::new(&mut printer.out, String::new()));
    }
    let mut line = title(h, exception);
    if !exception.is_none() {
        line += ": ";
        line += &h.str_text(exception).unwrap_or_else(|_| "<exception str() failed>".to_owned());
    }
    printer.line(&line);
    h.restore_handled(handled);
    printer.out
}

/// The class's name with its module, unless that is `builtins` or `__main__`.
fn title(h: &mut Held, value: &Value) -> String {
    let class = value.class();
    let qualname = class.qualname.read(h, text_of);
    let module = class.lookup(h, n::__module__.value());
    match module.filter(|module| module.downcast::<Str>().is_some()).map(|module| text_of(&module)).as_deref() {
        None | Some("builtins" | "__main__") => qualname,
        Some(module) => format!("{module}.{qualname}"),
    }
}

/// What is printed so far, and where in a tree of groups the printing is.
#[derive(Default)]
struct Printer {
    out: String,
    /// Of groups around.
    depth: usize,
    /// The innermost group's frame is still open at the bottom.
    need_close: bool,
    /// Exceptions that were printed already.
    seen: Vec<u64>,
}

impl Printer {
    fn indent(&self) -> String {
        " ".repeat(2 * self.depth)
    }

    fn margin(&self) -> String {
        let bar = if self.depth > 0 { "| " } else { "" };
        format!("{}{bar}", self.indent())
    }

    fn line(&mut self, text: &str) {
        let margin = self.margin();
        self.out += &format!("{margin}{text}\n");
    }

    /// Causes or context, then the exception itself.
    fn recursive(&mut self, h: &mut Held, value: &Value) {
        let Some(exception) = value.downcast::<Exception>() else { return };
        if h.check_native_stack("").is_err() {
            return;
        }
        self.seen.push(value.bits());
        let cause = exception.cause.read(h, Clone::clone);
        let context = exception.context.read(h, Clone::clone).filter(|_| !exception.suppress_context.get());
        if let Some(cause) = cause {
            self.chained(h, &cause, "The above exception was the direct cause of the following exception:");
        } else if let Some(context) = context {
            self.chained(h, &context, "During handling of the above exception, another exception occurred:");
        }
        if value.class().is_subclass_of(Exc::BaseExceptionGroup.class()) {
            self.group(h, value, exception);
        } else {
            self.single(h, value, exception);
        }
    }

    fn chained(&mut self, h: &mut Held, earlier: &Value, message: &str) {
        if self.seen.contains(&earlier.bits()) {
            return;
        }
        let need_close = self.need_close;
        self.recursive(h, earlier);
        self.need_close = need_close;
        self.line("");
        self.line(message);
        self.line("");
    }

    fn group(&mut self, h: &mut Held, value: &Value, group: &Obj<Exception>) {
        if self.depth > MAX_DEPTH {
            return self.line(&format!("... (max_group_depth is {MAX_DEPTH})"));
        }
        if self.depth == 0 {
            self.depth = 1;
        }
        self.single(h, value, group);
        let members = h.group_members(group);
        let shown = if members.len() <= MAX_WIDTH { members.len() } else { MAX_WIDTH + 1 };
        self.need_close = false;
        for (i, member) in members.iter().take(shown).enumerate() {
            self.member(h, member, i, shown, members.len());
        }
        if self.depth == 1 {
            self.depth = 0;
        }
    }

    /// One branch of the tree.
    fn member(&mut self, h: &mut Held, member: &Value, i: usize, shown: usize, all: usize) {
        let last = i + 1 == shown;
        if last {
            self.need_close = true;
        }
        let truncated = i >= MAX_WIDTH;
        let number = if truncated { "...".to_owned() } else { (i + 1).to_string() };
        let corner = if i == 0 { "+-" } else { "  " };
        self.out += &format!("{}{corner}+---------------- {number} ----------------\n", self.indent());
        self.depth += 1;
        if truncated {
            let rest = all - MAX_WIDTH;
            self.line(&format!("and {rest} more exception{}", if rest == 1 { "" } else { "s" }));
        } else {
            self.recursive(h, member);
        }
        if last && self.need_close {
            self.out += &format!("{}+------------------------------------\n", self.indent());
            self.need_close = false;
        }
        self.depth -= 1;
    }

    /// Traceback, message, suggestion, notes.
    fn single(&mut self, h: &mut Held, value: &Value, exception: &Obj<Exception>) {
        if let Some(traceback) = exception.traceback.read(h, Clone::clone) {
            self.traceback(h, value, &traceback);
        }
        let message = match syntax_error(h, value) {
            Some(error) => {
                self.place_of_syntax_error(&error);
                Some(error.message)
            }
            None => h.str_text(value).ok(),
        };
        let mut line = title(h, value);
        match message.as_deref() {
            Some("") => (),
            Some(message) => line += &format!(": {message}"),
            None => line += ": <exception str() failed>",
        }
        if let Some(suggestion) = suggest::suggestion(h, value) {
            line += &format!(". Did you mean: '{suggestion}'?");
        }
        self.line(&line);
        self.notes(h, value);
    }

    fn traceback(&mut self, h: &mut Held, value: &Value, traceback: &Value) {
        let is_group = value.class().is_subclass_of(Exc::BaseExceptionGroup.class());
        let corner = match (is_group, self.depth) {
            (true, 1) => format!("{}+ ", self.indent()),
            _ => self.margin(),
        };
        let kind = if is_group { "Exception Group Traceback" } else { "Traceback" };
        let start = self.out.len();
        self.out += &format!("{corner}{kind} (most recent call last):\n");
        let margin = self.margin();
        if !frames::format(h, traceback, &mut Lines::new(&mut self.out, margin)) {
            self.out.truncate(start);
        }
    }

    fn place_of_syntax_error(&mut self, error: &SyntaxErrorText) {
        self.line(&format!("  File \"{}\", line {}", error.filename, error.line));
        let Some(text) = &error.text else { return };
        let whole: Vec<char> = text.trim_end_matches('\n').chars().collect();
        let length = whole.len() as i64;
        let clip = |offset: i64| offset.min(length + 1) - 1;
        let mut from = clip(error.offset.unwrap_or(0));
        let end = match error.end_offset.filter(|end| *end > 0) {
            _ if error.spans_lines => length,
            Some(end) => clip(end),
            None => from + 1,
        };
        let carets = if error.exact { (end - from).max(1) } else { 1 };
        let mut shown = &whole[..];
        while let Some(newline) = shown.iter().position(|&c| c == '\n').filter(|&newline| (newline as i64) < from) {
            shown = &shown[newline + 1..];
            from -= newline as i64 + 1;
        }
        let blanks = shown.iter().take_while(|c| matches!(c, ' ' | '\t' | '\x0c')).count();
        self.line(&format!("    {}", shown[blanks..].iter().collect::<String>()));
        from -= blanks as i64;
        if error.offset.is_some() && from >= 0 {
            self.line(&format!("    {}{}", " ".repeat(from as usize), "^".repeat(carets as usize)));
        }
    }

    /// `__notes__`, each by its lines; what is no sequence is shown as it is.
    fn notes(&mut self, h: &mut Held, value: &Value) {
        let Ok(Some(notes)) = h.find_attr(value, n::__notes__.value()) else { return };
        if notes.is_none() {
            return;
        }
        let is_sequence = h.special(&notes, n::__getitem__).is_some();
        let items = if is_sequence { h.collect(&notes).ok() } else { None };
        let Some(items) = items else {
            let shown = h.repr_text(&notes).unwrap_or_else(|_| "<__notes__ repr() failed>".to_owned());
            let margin = self.margin();
            // No newline follows, in CPython either.
            self.out += &format!("{margin}{shown}");
            return;
        };
        for note in items {
            let text = h.str_text(&note).unwrap_or_else(|_| "<note str() failed>".to_owned());
            for line in text.split('\n') {
                self.line(line);
            }
        }
    }
}

/// What the report of a SyntaxError needs.
struct SyntaxErrorText {
    message: String,
    filename: String,
    line: i64,
    offset: Option<i64>,
    end_offset: Option<i64>,
    spans_lines: bool,
    text: Option<String>,
    /// No subclass of SyntaxError, of which CPython shows one caret only.
    exact: bool,
}

/// The fields of an exception that has `print_file_and_line`; nothing if they are not as they should be.
fn syntax_error(h: &mut Held, value: &Value) -> Option<SyntaxErrorText> {
    h.find_attr(value, n::print_file_and_line.value()).ok()??;
    let field = |h: &mut Held, name: Name| h.find_attr(value, name.value()).ok().flatten();
    let message = field(h, n::msg)?;
    let filename = field(h, n::filename)?;
    let line = field(h, n::lineno)?.as_int()?.to_i64()?;
    let int = |value: Option<Value>| value.and_then(|value| value.as_int().and_then(|int| int.to_i64()));
    let offset = int(field(h, n::offset));
    let end_line = int(field(h, n::end_lineno));
    let end_offset = int(field(h, n::end_offset));
    let text = field(h, n::text).filter(|text| text.downcast::<Str>().is_some()).map(|text| text_of(&text));
    let filename = match filename.is_none() {
        true => "<string>".to_owned(),
        false => h.str_text(&filename).ok()?,
    };
    let spans_lines = end_line.is_some_and(|end| end > line);
    let message = h.str_text(&message).ok()?;
    let exact = value.class().is(Exc::SyntaxError.class().value());
    Some(SyntaxErrorText { message, filename, line, offset, end_offset, spans_lines, text, exact })
}
