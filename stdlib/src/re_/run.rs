//! Running a pattern over a text: one match, all matches, and what is between them.
//!
//! In: a pattern and the arguments of its methods. Out: a match, or lists of pieces. The one invariant: while the matcher
//! runs, only signals are looked at; a handler that returns makes it try again.

use super::matched;
use super::pattern::Pattern;
use super::subject::Subject;
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signals;
use interpreter::sync::Held;
use toy_regex::{Mode, Scanner, Stop};

/// A scanner with its memory, kept for the next call.
pub type Spare = Option<Scanner>;

/// The arguments `pos` and `endpos` (2 and 3), fitted to a length.
pub fn bounds(h: &mut Held, args: Args<'_>, len: usize) -> R<(usize, usize)> {
    let pos = match args.opt(2) {
        Some(pos) => h.to_isize(pos)?,
        None => 0,
    };
    let end = match args.opt(3) {
        Some(end) => h.to_isize(end)?,
        None => isize::MAX,
    };
    let fit = |at: isize| (at.max(0) as usize).min(len);
    Ok((fit(pos), fit(end)))
}

/// A scanner for the text between two places.
pub fn take_scanner(h: &mut Held, pattern: &Obj<Pattern>, (pos, end): (usize, usize)) -> Scanner {
    match pattern.spare.arrange(h, Option::take) {
        Some(mut scanner) => {
            scanner.restart(pos, end);
            scanner
        }
        None => Scanner::new(pos, end),
    }
}

pub fn give_back(h: &mut Held, pattern: &Obj<Pattern>, scanner: Scanner) {
    pattern.spare.arrange(h, |spare| *spare = Some(scanner));
}

/// The scanner's next match.
#[inline]
pub fn step(h: &mut Held, pattern: &Pattern, scanner: &mut Scanner, subject: &Subject<'_>, mode: Mode) -> R<bool> {
    let mut interrupt = || signals::pending() && signals::is_main_thread();
    loop {
        match scanner.next(&pattern.program, subject.text(), mode, &mut interrupt) {
            Ok(found) => return Ok(found),
            Err(Stop::Interrupted) => h.check_signals()?,
            Err(Stop::Memory) => return Err(h.memory_error()),
        }
    }
}

/// `match`, `fullmatch`, `search`.
pub fn one(h: &mut Held, args: Args<'_>, mode: Mode) -> R {
    let pattern = args.this::<Pattern>();
    let subject = Subject::new(h, args.at(1), pattern.program.is_bytes())?;
    let bounds = bounds(h, args, subject.len())?;
    if bounds.0 > bounds.1 {
        return Ok(Value::NONE);
    }
    let mut scanner = take_scanner(h, pattern, bounds);
    let result = match step(h, pattern, &mut scanner, &subject, mode) {
        Ok(true) => Ok(matched::make(h, &args[0], &args[1], bounds, &scanner)),
        Ok(false) => Ok(Value::NONE),
        Err(raised) => Err(raised),
    };
    give_back(h, pattern, scanner);
    result
}

/// `findall`: texts of matches, of their only group, or tuples of all groups.
pub fn findall(h: &mut Held, args: Args<'_>) -> R {
    let pattern = args.this::<Pattern>();
    let subject = Subject::new(h, args.at(1), pattern.program.is_bytes())?;
    let bounds = bounds(h, args, subject.len())?;
    let mut found = Vec::new();
    if bounds.0 > bounds.1 {
        return Ok(h.new_list(found));
    }
    let groups = pattern.program.groups();
    let mut scanner = take_scanner(h, pattern, bounds);
    let group = |h: &Held, scanner: &Scanner, i| subject.slice(h, scanner.group(i).unwrap_or((0, 0)));
    let result = loop {
        match step(h, pattern, &mut scanner, &subject, Mode::Search) {
            Ok(true) => found.push(match groups {
                0 => subject.slice(h, scanner.span()),
                1 => group(h, &scanner, 1),
                _ => h.new_tuple((1..=groups).map(|i| group(h, &scanner, i)).collect()),
            }),
            Ok(false) => break Ok(h.new_list(std::mem::take(&mut found))),
            Err(raised) => break Err(raised),
        }
    };
    give_back(h, pattern, scanner);
    result
}

/// `split`: what is between matches, and their groups.
pub fn split(h: &mut Held, args: Args<'_>) -> R {
    let pattern = args.this::<Pattern>();
    let most = match args.opt(2) {
        Some(most) => h.to_isize(most)?,
        None => 0,
    };
    let subject = Subject::new(h, args.at(1), pattern.program.is_bytes())?;
    let mut pieces = Vec::new();
    let mut scanner = take_scanner(h, pattern, (0, subject.len()));
    let mut done = 0;
    let mut count = 0;
    let result = loop {
        if most < 0 || most > 0 && count == most {
            break Ok(());
        }
        match step(h, pattern, &mut scanner, &subject, Mode::Search) {
            Ok(true) => {
                let (start, end) = scanner.span();
                pieces.push(subject.slice(h, (done, start)));
                let group = |i| scanner.group(i).map_or(Value::NONE, |span| subject.slice(h, span));
                pieces.extend((1..=pattern.program.groups()).map(group));
                done = end;
                count += 1;
            }
            Ok(false) => break Ok(()),
            Err(raised) => break Err(raised),
        }
    };
    give_back(h, pattern, scanner);
    result?;
    pieces.push(subject.slice(h, (done, subject.len())));
    Ok(h.new_list(pieces))
}
