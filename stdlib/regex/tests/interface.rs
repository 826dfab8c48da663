//! The public interface: programs, scanners, interrupts, bounds, warnings, widths of text.
//! In: calls as the module `re` makes them. Out: assertions.
//! Invariant: what is asserted here is what python3 3.11 does with the same pattern.
use toy_regex::{Captures, ErrorKind, Mode, Part, Program, Scanner, Stop, Template, Text, escape, flag};

fn program(pattern: &str) -> Program {
    Program::new(Text::One(pattern.as_bytes()), 0, false).expect("a good pattern")
}

fn search(pattern: &str, text: &str) -> Option<Captures> {
    program(pattern).match_at(Text::One(text.as_bytes()), 0, text.len(), Mode::Search, &mut || false).expect("no stop")
}

fn all(pattern: &str, text: Text) -> Vec<(usize, usize)> {
    let program = program(pattern);
    let mut scanner = Scanner::new(0, usize::MAX);
    let mut found = vec![];
    while scanner.next(&program, text, Mode::Search, &mut || false).expect("no stop") {
        found.extend(scanner.captures().spans[0]);
    }
    found
}

#[test]
fn captures_and_names() {
    let program = program(r"(?P<key>\w+)=(?P<value>\d+)?(x)?");
    assert_eq!(program.groups(), 3);
    assert_eq!(program.groupindex(), [("key".to_string(), 1), ("value".to_string(), 2)]);
    assert_eq!(program.flags(), flag::UNICODE);
    let found = search(r"(?P<key>\w+)=(?P<value>\d+)?(x)?", "  ab=12").expect("a match");
    assert_eq!(found.spans, [Some((2, 7)), Some((2, 4)), Some((5, 7)), None]);
    assert_eq!(found.last_index, Some(2));
}

#[test]
fn every_width_of_text_gives_the_same() {
    for (pattern, text) in [
        ("the", "on the other hand the"),
        (r"\w+ing", "going, running"),
        ("[^,]*,", "a,bb,,ccc"),
        ("an|at", "bat and"),
        ("x*", "axx"),
    ] {
        let two: Vec<u16> = text.bytes().map(u16::from).collect();
        let four: Vec<u32> = text.bytes().map(u32::from).collect();
        let one = all(pattern, Text::One(text.as_bytes()));
        assert!(!one.is_empty());
        assert_eq!(one, all(pattern, Text::Two(&two)), "{pattern}");
        assert_eq!(one, all(pattern, Text::Four(&four)), "{pattern}");
    }
}

#[test]
fn literals_are_found_anywhere_in_wide_text() {
    for before in 0..70 {
        let text: Vec<u16> =
            std::iter::repeat_n(97, before).chain([0x4e2d, 0x6587]).chain(std::iter::repeat_n(97, 9)).collect();
        let pattern = Program::new(Text::Two(&[0x4e2d, 0x6587]), 0, false).expect("a pattern");
        let found = pattern.match_at(Text::Two(&text), 0, text.len(), Mode::Search, &mut || false).expect("no stop");
        assert_eq!(found.expect("a match").spans, [Some((before, before + 2))]);
    }
}

#[test]
fn a_scanner_advances_and_ends_for_good() {
    assert_eq!(all("x*", Text::One(b"axb")), [(0, 0), (1, 2), (2, 2), (3, 3)]);
    let (program, text) = (program("a"), Text::One(b"ab"));
    let mut scanner = Scanner::new(0, 2);
    let next = |scanner: &mut Scanner| scanner.next(&program, text, Mode::Match, &mut || false).expect("no stop");
    assert!(next(&mut scanner));
    assert!(!next(&mut scanner));
    assert!(!next(&mut scanner));
    scanner.restart(0, 2);
    assert!(next(&mut scanner));
}

#[test]
fn a_catastrophe_can_be_interrupted() {
    for pattern in ["(?:a+)+$", "(?:a|aa)+$", "(a*)*$", r"(?:\w+\s?)+$"] {
        let text = "a".repeat(60) + "!";
        let mut polls = 0;
        let mut interrupt = || {
            polls += 1;
            polls == 5
        };
        let result = program(pattern).match_at(Text::One(text.as_bytes()), 0, text.len(), Mode::Match, &mut interrupt);
        assert_eq!(result, Err(Stop::Interrupted), "{pattern}");
        assert_eq!(polls, 5);
    }
}

#[test]
fn long_runs_count_as_work() {
    let text = vec![b'a'; 200_000];
    for pattern in ["(?:(?=a*)a)*", "(?:(?!a*b)a)*", "(?:(?>(?=a*)a))*"] {
        let mut polls = 0;
        let mut interrupt = || {
            polls += 1;
            polls == 3
        };
        let result = program(pattern).match_at(Text::One(&text), 0, text.len(), Mode::Match, &mut interrupt);
        assert!(result == Err(Stop::Interrupted), "{pattern}");
    }
}

#[test]
fn memory_is_bounded_and_depth_is_not_the_stack() {
    let text = vec![b'a'; 1_000_000];
    let hungry = program("(?:(a)|b|a)*ab");
    let mut scanner = Scanner::new(0, usize::MAX);
    scanner.limit_memory(1 << 20);
    assert_eq!(scanner.next(&hungry, Text::One(&text), Mode::Match, &mut || false), Err(Stop::Memory));
    let found = program("(?:(a)|b|a)*$").match_at(Text::One(&text), 0, text.len(), Mode::Match, &mut || false);
    assert_eq!(found.expect("no stop").expect("a match").spans[1], Some((999_999, 1_000_000)));
}

#[test]
fn long_patterns_and_many_branches() {
    let words: Vec<String> = (0..5000).map(|i| format!("w{i}x")).collect();
    let found = search(&words.join("|"), "nothing w49 w4999x");
    assert_eq!(found.expect("a match").spans, [Some((12, 18))]);
    let long = "(a)?".repeat(10_000);
    assert_eq!(search(&long, "aaa").expect("a match").last_index, Some(3));
    assert!(search("(?:(?:(?:a{9}){9}){9}){9}", &"a".repeat(6561)).is_some());
}

#[test]
fn nesting_has_a_bound_that_fits_a_stack() {
    for (open, close) in
        [("(", ")"), ("(?:", ")+"), ("(?=", ")"), ("(?>a|", ")?"), ("(", "){1,}?"), ("(?:b|", "){0,3}")]
    {
        let nested = |n| open.repeat(n) + "a" + &close.repeat(n);
        assert!(search(&nested(400), "xa").is_some(), "{open}");
        let error = Program::new(Text::One(nested(600).as_bytes()), 0, false).expect_err("too deep");
        assert_eq!(error.kind, ErrorKind::Recursion);
    }
}

#[test]
fn warnings_name_their_place() {
    let messages =
        |pattern: &str| program(pattern).warnings().iter().map(|w| (w.future, w.msg.clone())).collect::<Vec<_>>();
    assert_eq!(messages("a[[b]"), [(true, "Possible nested set at position 2".to_string())]);
    assert_eq!(messages("[+--b]"), [(true, "Possible set difference at position 2".to_string())]);
    assert_eq!(messages("[a||b]"), [(true, "Possible set union at position 2".to_string())]);
    assert_eq!(messages("(a)(?(+1)b)"), [(false, "bad character in group name '+1' at position 6".to_string())]);
    assert_eq!(messages("a"), []);
}

#[test]
fn errors_know_line_and_column() {
    let error = Program::new(Text::One(b"ab\n(c\n\\q"), 0, false).expect_err("a bad pattern");
    assert_eq!((error.kind, error.pos, error.lineno, error.colno), (ErrorKind::Regex, Some(6), Some(3), Some(1)));
    assert_eq!(error.msg, "bad escape \\q");
    assert_eq!(error.to_string(), "bad escape \\q at position 6 (line 3, column 1)");
}

#[test]
fn names_of_characters_come_from_the_caller() {
    let names = |name: &str| (name == "BULLET").then_some(0x2022);
    let bullet = Program::with_names(Text::One(br"\N{BULLET}[\N{BULLET}]"), 0, false, &names).expect("a pattern");
    let text = [0x2022, 0x2022];
    assert!(bullet.match_at(Text::Two(&text), 0, 2, Mode::Fullmatch, &mut || false).expect("no stop").is_some());
    let error = Program::with_names(Text::One(br"a\N{NO}"), 0, false, &names).expect_err("an unknown name");
    assert_eq!(error.to_string(), "undefined character name 'NO' at position 1");
}

#[test]
fn templates_join_literals() {
    let template = Template::new(Text::One(br"a\n\1b\g<0>"), false, &program("(x)")).expect("a template");
    let codes = |s: &str| Part::Literal(s.bytes().map(u32::from).collect());
    assert_eq!(template.parts, [codes("a\n"), Part::Group(1), codes("b"), Part::Group(0)]);
    assert_eq!(template.as_literal(), None);
    let plain = Template::new(Text::One(br"\\x"), false, &program("(x)")).expect("a template");
    assert_eq!(plain.as_literal(), Some(&[92, 120][..]));
}

#[test]
fn escape_quotes_what_python_quotes() {
    let every: Vec<u8> = (0..=255).collect();
    let quoted: Vec<u8> = every.iter().copied().filter(|&c| escape(&[c]).len() == 2).collect();
    assert_eq!(quoted, b"\t\n\x0b\x0c\r #$&()*+-.?[\\]^{|}~");
    assert_eq!(escape(&[0x4e2du16, 46]), [0x4e2d, 92, 46]);
    let pattern = Program::new(Text::One(&escape(&every)), 0, true).expect("a pattern");
    assert!(pattern.match_at(Text::One(&every), 0, 256, Mode::Fullmatch, &mut || false).expect("no stop").is_some());
}

#[test]
fn programs_are_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&program("a"));
    shared(&Scanner::new(0, 0));
}
