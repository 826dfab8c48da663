//! Programs that are timed as whole processes.
//!
//! In: a folder of programs, each of which checks its own result. Out: criterion's figures, one group a program. The one
//! invariant: all interpreters run the same file, and a run that fails stops everything.

use criterion::Criterion;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Times every program of `folder` with `toy` and with those of `others` that are installed.
pub fn figures(criterion: &mut Criterion, folder: &str, others: &[&str]) {
    let others: Vec<&str> = others.iter().copied().filter(|other| is_installed(other)).collect();
    for path in programs(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10).warm_up_time(Duration::from_millis(1)).measurement_time(Duration::from_secs(1));
        group.bench_function("toy", |bencher| bencher.iter(|| run(env!("CARGO_BIN_EXE_toy"), &path)));
        for other in &others {
            group.bench_function(*other, |bencher| bencher.iter(|| run(other, &path)));
        }
        group.finish();
    }
}

fn programs(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder of benchmark programs exists");
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toy"));
    paths.sort();
    paths
}

fn is_installed(program: &str) -> bool {
    Command::new(program).arg("-V").stdout(Stdio::null()).status().is_ok()
}

fn run(program: &str, path: &Path) {
    let status = Command::new(program).arg(path).stdout(Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()), "{program} {} failed", path.display());
}
