//! Answers questions about patterns, one a line, for the comparison with python3 in `tests/`.
//! In: lines of tab-separated fields, see `answer`. Out: one line each. Invariant: the format is that of tests/oracle.py.
use std::fmt::Write as _;
use std::io::{BufRead, Write};

use toy_regex::{Error, ErrorKind, Mode, Part, Program, Scanner, Template, Text};

fn main() {
    let stdin = std::io::stdin().lock();
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    for line in stdin.lines() {
        let line = line.expect("a line of UTF-8");
        writeln!(stdout, "{}", answer(&line)).expect("stdout is open");
    }
}

/// kind (s or b), flags, mode, pos, endpos, pattern, text: the last two as code points in decimal, with commas.
pub fn answer(line: &str) -> String {
    let fields: Vec<&str> = line.split('\t').collect();
    let number = |i: usize| fields[i].parse::<usize>().expect("a number");
    let codes = |i: usize| -> Vec<u32> {
        fields[i].split(',').filter(|c| !c.is_empty()).map(|c| c.parse().expect("a code point")).collect()
    };
    let (pattern, text) = (codes(5), codes(6));
    let program = match Program::new(Text::Four(&pattern), number(1) as u32, fields[0] == "b") {
        Ok(program) => program,
        Err(error) => return show_error(&error),
    };
    let widest = text.iter().copied().max().unwrap_or(0);
    let one: Vec<u8> = text.iter().map(|&c| c as u8).collect();
    let two: Vec<u16> = text.iter().map(|&c| c as u16).collect();
    let text = match widest {
        0..256 => Text::One(&one),
        256..65536 => Text::Two(&two),
        _ => Text::Four(&text),
    };
    match fields[2] {
        "template" => show_template(&program, text, fields[0] == "b"),
        "info" => format!("{} {:?} {}", program.groups(), program.groupindex(), program.flags()),
        mode => matches(&program, text, mode, number(3), number(4)),
    }
}

fn matches(program: &Program, text: Text, mode: &str, pos: usize, endpos: usize) -> String {
    let (mode, all) = match mode {
        "match" => (Mode::Match, false),
        "fullmatch" => (Mode::Fullmatch, false),
        "search" => (Mode::Search, false),
        _ => (Mode::Search, true),
    };
    let mut out = String::new();
    let mut scanner = Scanner::new(pos, endpos);
    let mut patience = 200;
    let mut give_up = || {
        patience -= 1;
        patience < 0
    };
    loop {
        match scanner.next(program, text, mode, &mut give_up) {
            Err(stop) => return format!("{stop:?}"),
            Ok(false) => return out,
            Ok(true) => {}
        }
        for span in &scanner.captures().spans {
            match span {
                Some((start, end)) => write!(out, "{start}-{end} ").expect("a string grows"),
                None => out.push_str("None "),
            }
        }
        write!(out, "/{}; ", scanner.captures().last_index.unwrap_or(0)).expect("a string grows");
        if !all {
            return out;
        }
    }
}

fn show_template(program: &Program, text: Text, is_bytes: bool) -> String {
    let template = match Template::new(text, is_bytes, program) {
        Ok(template) => template,
        Err(error) => return show_error(&error),
    };
    let part = |part: &Part| match part {
        Part::Literal(text) => format!("{text:?}"),
        Part::Group(group) => group.to_string(),
    };
    template.parts.iter().map(part).collect::<Vec<_>>().join(" ")
}

fn show_error(error: &Error) -> String {
    let kind = match error.kind {
        ErrorKind::Regex => "error",
        ErrorKind::Overflow => "OverflowError",
        ErrorKind::Recursion => "RecursionError",
        ErrorKind::Value => "ValueError",
        ErrorKind::Index => "IndexError",
    };
    format!("{kind}: {error} {:?}", (error.pos, error.lineno, error.colno)).escape_default().to_string()
}
