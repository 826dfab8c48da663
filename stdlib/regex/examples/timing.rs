//! Times ordinary patterns on megabytes of text; with `python3 tests/timing.py` beside it, a comparison with CPython's re.
//! In: lines "name, flags, action, pattern in JSON-free form" of tests/timing.txt and its text. Out: milliseconds a pattern.
//! Invariant: every line is done as module `re` would do it, matches collected.
use std::time::Instant;

use toy_regex::{Mode, Program, Scanner, Text};

fn main() {
    let mut args = std::env::args().skip(1);
    let (cases, text) = (args.next().expect("a file of cases"), args.next().expect("a file of text"));
    let cases = std::fs::read_to_string(cases).expect("cases");
    let text = std::fs::read(text).expect("text");
    let wide: Vec<u16> = text.iter().map(|&c| c as u16).collect();
    for line in cases.lines().filter(|l| !l.starts_with('#')) {
        let [flags, width, pattern] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            continue;
        };
        let text = if width == "2" { Text::Two(&wide) } else { Text::One(&text) };
        let program =
            Program::new(Text::One(pattern.as_bytes()), flags.parse().expect("flags"), false).expect("a pattern");
        let best = (0..3).map(|_| run(&program, text)).min_by(|a, b| a.0.total_cmp(&b.0)).expect("three runs");
        println!("{:.3} {} {pattern}", best.0, best.1);
    }
}

/// Milliseconds, and the number of matches.
fn run(program: &Program, text: Text) -> (f64, usize) {
    let start = Instant::now();
    let mut scanner = Scanner::new(0, text.len());
    let mut found = vec![];
    while scanner.next(program, text, Mode::Search, &mut || false).expect("no stop") {
        let (start, end) = scanner.span();
        found.push((start as u32, end as u32));
    }
    (start.elapsed().as_secs_f64() * 1e3, found.len())
}
