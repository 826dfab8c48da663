//! The modules that test programs import: files and folders whose name starts with `_`, folders named `support`.
//!
//! In: the folder of the test programs. Out: a folder to put on python3's path, where each support module has the
//! ending `.py`. The one invariant: python3 reads the same text as `toy`.

use std::fs;
use std::path::{Path, PathBuf};

pub struct SupportModules(PathBuf);

/// Whether `path` is, or holds, support modules rather than programs.
pub fn is_support(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('_') || name == "support"
}

impl SupportModules {
    /// Copies the support modules of all topics; their names must differ between topics.
    pub fn for_python(topics: &Path) -> Self {
        let copy = SupportModules(std::env::temp_dir().join(format!("toy-support-{}", std::process::id())));
        for topic in entries(topics) {
            for module in entries(&topic).into_iter().filter(|path| is_support(path)) {
                copy_as_python(&module, &copy.0);
            }
        }
        copy
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for SupportModules {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // a leftover below the system's temp directory harms nobody
    }
}

fn copy_as_python(from: &Path, to_dir: &Path) {
    fs::create_dir_all(to_dir).expect("a writable temp directory");
    let to = to_dir.join(from.file_name().expect("an entry has a name"));
    if from.is_dir() {
        entries(from).iter().for_each(|entry| copy_as_python(entry, &to));
    } else {
        fs::copy(from, to.with_extension("py")).expect("a writable temp directory");
    }
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    entries.map(|entry| entry.expect("a readable directory").path()).collect()
}
