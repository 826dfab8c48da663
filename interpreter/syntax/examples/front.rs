//! The front end alone: `front ast|tokens|check FILE...` prints trees, tokens or errors.
//!
//! In: files. Out: for each its tree, its tokens, or the error that it has. A tool for work on this crate; `toy ast` and
//! `toy tokens` are the real ones.

use std::io::Read;
use toy_syntax::{Source, SyntaxError, decode, dump, parse_module, tokens};

fn main() {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    for file in args {
        match run(&command, &file) {
            Ok(out) => println!("{out}"),
            Err(error) => println!("{}", error.report(&file)),
        }
    }
}

fn run(command: &str, file: &str) -> Result<String, SyntaxError> {
    let mut bytes = Vec::new();
    if file == "-" {
        std::io::stdin().read_to_end(&mut bytes).expect("standard input can be read");
    } else {
        bytes = std::fs::read(file).expect("the file can be read");
    }
    let source = Source::new(file, decode(&bytes)?);
    match command {
        "tokens" => Ok(tokens(&source)?.iter().map(|t| format!("{:?} {}..{}\n", t.kind, t.start, t.end)).collect()),
        "ast" => Ok(dump(&parse_module(&source)?.0, &source)),
        _ => parse_module(&source).map(|(module, warnings)| format!("{} statements, {warnings:?}", module.body.len())),
    }
}
