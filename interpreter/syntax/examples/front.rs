//! The front end alone: `front ast|tokens|check|errors FILE...` prints trees, tokens or errors.
//!
//! In: files, `-` for standard input. Out: for each its tree, its tokens, or the error that it has; `errors` takes several
//! programs with a NUL between and prints a line for each. A tool for work on this crate; `toy ast` and `toy tokens` are the
//! real ones.

use std::io::Read;
use toy_syntax::{Source, SyntaxError, decode, dump, parse_interactive, parse_module, tokens};

fn main() {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    for file in args {
        if command == "interactive" {
            read(&file).split(|&b| b == 0).for_each(|program| println!("{}", interactive(program)));
            continue;
        }
        if command == "errors" {
            read(&file).split(|&b| b == 0).for_each(|program| println!("{}", fields(program)));
            continue;
        }
        match run(&command, &file) {
            Ok(out) => println!("{out}"),
            Err(error) => println!("{}", error.report(&file)),
        }
    }
}

fn read(file: &str) -> Vec<u8> {
    if file != "-" {
        return std::fs::read(file).expect("the file can be read");
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).expect("standard input can be read");
    bytes
}

/// Type, places and message of a program's error; its warnings if it has none.
fn fields(program: &[u8]) -> String {
    let parsed = decode(program).and_then(|text| {
        let source = Source::new("<string>", text);
        let (_, warnings) = parse_module(&source)?;
        Ok(warnings
            .iter()
            .map(|w| format!("{}:{}:{} ", w.category, w.message, source.line(w.span.start)))
            .collect::<String>())
    });
    match parsed {
        Ok(warnings) => format!("OK {}", warnings.trim()),
        Err(e) => {
            let text = e.text.unwrap_or_default();
            format!("{} {:?} {}\t{:?}", e.kind.name(), (e.line, e.offset, e.end_line, e.end_offset), e.message, text)
        }
    }
}

/// What a REPL would do with a text.
fn interactive(program: &[u8]) -> String {
    let source = Source::new("<string>", decode(program).expect("UTF-8"));
    match parse_interactive(&source) {
        Ok(parsed) if parsed.open_block => "more".into(),
        Ok(_) => "complete".into(),
        Err(error) if error.incomplete => "more".into(),
        Err(error) => format!("{} {}", error.kind.name(), error.message),
    }
}

fn run(command: &str, file: &str) -> Result<String, SyntaxError> {
    let source = Source::new(file, decode(&read(file))?);
    match command {
        "tokens" => Ok(tokens(&source)?.iter().map(|t| format!("{:?} {}..{}\n", t.kind, t.start, t.end)).collect()),
        "ast" => Ok(dump(&parse_module(&source)?.0, &source)),
        _ => parse_module(&source).map(|(module, warnings)| format!("{} statements, {warnings:?}", module.body.len())),
    }
}
