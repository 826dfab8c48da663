//! Lists the modules written in toy: `toy/a/b.toy` is the module `a.b`, carried in the binary as text.
//!
//! All texts stand in one piece, for they are most of the binary's data and a program reads few of them: between them, what each start
//! reads would be spread over three megabytes.

use std::fmt::Write;
use std::path::Path;

const HEAD: &str = "static LIBRARY: &str = include_str!(\"library.txt\");

const fn part(from: usize, to: usize) -> &'static str {
    LIBRARY.split_at(to).0.split_at(from).1
}

static FROZEN: &[Frozen] = &[
";

/// The source of the list, and the texts one behind the other.
struct Library {
    list: String,
    texts: String,
}

fn main() {
    println!("cargo::rerun-if-changed=toy");
    let mut library = Library { list: HEAD.to_owned(), texts: String::new() };
    library.add(Path::new("toy"), "");
    library.list.push_str("];\n");
    let to = std::env::var("OUT_DIR").expect("cargo sets it");
    let write = |name: &str, text: &str| {
        std::fs::write(Path::new(&to).join(name), text).expect("the build folder can be written");
    };
    write("frozen.rs", &library.list);
    write("library.txt", &library.texts);
}

impl Library {
    fn add(&mut self, directory: &Path, prefix: &str) {
        let entries = std::fs::read_dir(directory).expect("the folder exists");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
        paths.sort();
        for path in paths {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                self.add(&path, &format!("{prefix}{stem}."));
            } else if path.extension().is_some_and(|extension| extension == "toy") {
                let (name, package) = match stem.as_str() {
                    "__init__" => (prefix.trim_end_matches('.').to_owned(), true),
                    _ => (format!("{prefix}{stem}"), false),
                };
                self.add_module(&path, &name, package);
            }
        }
    }

    fn add_module(&mut self, path: &Path, name: &str, package: bool) {
        let from = self.texts.len();
        self.texts += &std::fs::read_to_string(path).expect("a module is readable text");
        let to = self.texts.len();
        let _ =
            writeln!(self.list, "    Frozen {{ name: {name:?}, text: part({from}, {to}), is_package: {package} }},");
    }
}
