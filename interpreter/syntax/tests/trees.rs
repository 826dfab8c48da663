//! Trees are those of CPython's `ast.dump(ast.parse(text), indent=2)`.
//!
//! In: `everything.toy` with its tree in `everything.txt`; CPython's own library where python3 is CPython 3.11. Out: the first
//! line of a tree that differs. The one invariant: files that hold complex literals, which toy refuses, are left out by that
//! error and no other.

mod oracle;

use std::path::{Path, PathBuf};
use toy_syntax::{ErrorKind, Source, SyntaxError, decode, dump, parse_module};

/// Reads paths, a NUL between, and prints for each the length of its tree and the tree.
const DUMP: &str = r#"
import ast, sys
sys.setrecursionlimit(20000)
out = sys.stdout.buffer
for path in sys.stdin.read().split('\0'):
    try:
        tree = ast.dump(ast.parse(open(path, 'rb').read()), indent=2).encode('utf-8', 'backslashreplace')
    except (SyntaxError, ValueError):
        tree = b'refused'
    out.write(b'%d\n' % len(tree) + tree)
"#;

fn tree(bytes: &[u8]) -> Result<String, SyntaxError> {
    let source = Source::new("<file>", decode(bytes)?);
    Ok(dump(&parse_module(&source)?.0, &source))
}

fn first_difference(got: &str, expected: &str) -> Option<String> {
    let mut lines = got.lines().zip(expected.lines()).enumerate();
    let different = lines.find(|(_, (got, expected))| got != expected);
    let text = different.map(|(i, (got, expected))| format!("line {}: {got:?}, expected {expected:?}", i + 1));
    text.or_else(|| (got.lines().count() != expected.lines().count()).then(|| "one tree goes on".to_string()))
}

#[test]
fn everything_has_its_tree() {
    let got = tree(include_bytes!("everything.toy")).expect("it is correct");
    assert_eq!(first_difference(&got, include_str!("everything.txt")), None);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/everything.toy");
    assert!(compare(&[path]).is_none_or(|compared| compared.equal == 1));
}

#[derive(Default)]
struct Compared {
    equal: usize,
    unsupported: usize,
    refused_by_both: usize,
    different: Vec<String>,
}

/// Compares the trees of files with python3's.
fn compare(paths: &[PathBuf]) -> Option<Compared> {
    let names: Vec<&str> = paths.iter().filter_map(|path| path.to_str()).collect();
    let trees = oracle::python(DUMP, names.join("\0").as_bytes())?;
    let mut rest = &trees[..];
    let mut compared = Compared::default();
    for name in names {
        let newline = rest.iter().position(|&b| b == b'\n').expect("a length");
        let length: usize = std::str::from_utf8(&rest[..newline]).expect("digits").parse().expect("a number");
        let expected = String::from_utf8_lossy(&rest[newline + 1..newline + 1 + length]);
        rest = &rest[newline + 1 + length..];
        compared.add(name, tree(&std::fs::read(name).expect("the file is there")), &expected);
    }
    Some(compared)
}

impl Compared {
    fn add(&mut self, name: &str, got: Result<String, SyntaxError>, expected: &str) {
        match got {
            Ok(got) => match first_difference(&got, expected) {
                None => self.equal += 1,
                Some(difference) => self.different.push(format!("{name}: {difference}")),
            },
            Err(_) if expected == "refused" => self.refused_by_both += 1,
            Err(e) if e.message.starts_with("complex numbers are not supported") => self.unsupported += 1,
            Err(e) if e.kind == ErrorKind::Syntax && e.message.starts_with("unknown encoding") => self.unsupported += 1,
            Err(e) => self.different.push(format!("{name}: {}", e.report(name))),
        }
    }
}

fn library() -> Option<PathBuf> {
    let path = oracle::python("import os; print(os.path.dirname(os.__file__), end='')", b"")?;
    Some(PathBuf::from(String::from_utf8(path).expect("UTF-8")))
}

fn python_files(folder: &Path, deep: bool, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && deep {
            python_files(&path, deep, found);
        } else if path.extension().is_some_and(|extension| extension == "py") {
            found.push(path);
        }
    }
}

fn compare_library(deep: bool) {
    let Some(library) = library() else { return };
    let mut files = Vec::new();
    python_files(&library, deep, &mut files);
    let compared = files.chunks(200).filter_map(compare).fold(Compared::default(), |mut sum, part| {
        sum.equal += part.equal;
        sum.unsupported += part.unsupported;
        sum.refused_by_both += part.refused_by_both;
        sum.different.extend(part.different);
        sum
    });
    let Compared { equal, unsupported, refused_by_both, different } = compared;
    println!(
        "{equal} equal, {unsupported} not supported, {refused_by_both} refused by both, {} different",
        different.len()
    );
    assert!(equal > 100, "the library has been read");
    assert!(different.len() * 1000 <= equal, "{}", different.join("\n"));
}

#[test]
fn the_library_has_pythons_trees() {
    compare_library(false);
}

/// All of it, with what else is installed: thousands of files, a minute or two.
#[test]
#[ignore = "takes minutes"]
fn the_whole_library_has_pythons_trees() {
    compare_library(true);
}
