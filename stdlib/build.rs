//! Lists the modules written in toy: `toy/a/b.toy` is the module `a.b`, carried in the binary as text.

use std::fmt::Write;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=toy");
    let mut out = String::from("static FROZEN: &[Frozen] = &[\n");
    list(Path::new("toy"), "", &mut out);
    out.push_str("];\n");
    let to = std::env::var("OUT_DIR").expect("cargo sets it");
    std::fs::write(Path::new(&to).join("frozen.rs"), out).expect("the build folder can be written");
}

fn list(directory: &Path, prefix: &str, out: &mut String) {
    let entries = std::fs::read_dir(directory).expect("the folder exists");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    for path in paths {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            list(&path, &format!("{prefix}{stem}."), out);
        } else if path.extension().is_some_and(|extension| extension == "toy") {
            let (name, package) = match stem.as_str() {
                "__init__" => (prefix.trim_end_matches('.').to_owned(), true),
                _ => (format!("{prefix}{stem}"), false),
            };
            let full = path.canonicalize().expect("it exists");
            let _ =
                writeln!(out, "    Frozen {{ name: {name:?}, text: include_str!({full:?}), is_package: {package} }},");
        }
    }
}
