//! Patterns, texts and templates with the answers that python3 gave, and random ones put to python3 here and now.
//! In: recorded.txt, made by make_recorded.py; oracle.py. Out: a list of all differences.
//! Invariant: an answer holds the spans of all groups of all matches, or the error with its place.
#[path = "../examples/oracle.rs"]
#[allow(dead_code)]
mod oracle;

use std::io::Write;
use std::process::{Command, Stdio};

#[test]
fn recorded_answers() {
    let recorded = include_str!("recorded.txt");
    let differences: Vec<String> = recorded
        .lines()
        .filter_map(|line| {
            let (question, theirs) = line.rsplit_once('\t').expect("a question and an answer");
            compare(question, theirs)
        })
        .collect();
    assert!(recorded.lines().count() > 2000);
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

/// REGEX_CASES random questions (5000) from REGEX_SEED (1), if a python3 is there to answer them.
#[test]
fn random_answers() {
    let setting = |name: &str, default: &str| std::env::var(name).unwrap_or(default.into());
    let Some(questions) = python(&["random", &setting("REGEX_SEED", "1"), &setting("REGEX_CASES", "5000")], "") else {
        eprintln!("no python3.11 to compare with");
        return;
    };
    let answers = python(&["answer"], &questions).expect("python3 answers");
    let pairs = questions.lines().zip(answers.lines()).filter(|(_, answer)| *answer != "TooSlow");
    let differences: Vec<String> = pairs.filter_map(|(question, theirs)| compare(question, theirs)).collect();
    assert_eq!(questions.lines().count(), answers.lines().count());
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

fn compare(question: &str, theirs: &str) -> Option<String> {
    let ours = oracle::answer(question);
    (ours != theirs && ours != "Interrupted")
        .then(|| format!("{}\n  python3 {theirs}\n  here    {ours}", readable(question)))
}

fn readable(question: &str) -> String {
    let fields: Vec<&str> = question.split('\t').collect();
    let text = |codes: &str| -> String {
        codes.split(',').filter_map(|c| c.parse().ok()).filter_map(char::from_u32).collect()
    };
    format!("{:?} {:?} {:?}", &fields[..5], text(fields[5]), text(fields[6]))
}

/// What oracle.py prints; None without a python3 of the version that is the measure.
fn python(arguments: &[&str], input: &str) -> Option<String> {
    let version = Command::new("python3").arg("--version").output().ok()?;
    if !String::from_utf8_lossy(&version.stdout).starts_with("Python 3.11") {
        return None;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle.py");
    let mut child = Command::new("python3")
        .arg(script)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    let input = input.to_string();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().ok()?;
    writer.join().ok()?.ok();
    Some(String::from_utf8(output.stdout).expect("ASCII"))
}
