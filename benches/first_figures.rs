//! How fast ordinary programs run, beside python3.
//!
//! In: every program of `programs/bench`, which checks its own result. Out: criterion's figures for `toy` and, where it is
//! installed, for `python3`, as whole processes. The one invariant: both run the same file.

use criterion::{Criterion, criterion_group, criterion_main};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

fn programs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs/bench");
    let entries = std::fs::read_dir(folder).expect("the folder of benchmark programs exists");
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toy"));
    paths.sort();
    paths
}

fn run(program: &str, path: &Path) {
    let status = Command::new(program).arg(path).stdout(Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()), "{program} {} failed", path.display());
}

fn figures(criterion: &mut Criterion) {
    let has_python = Command::new("python3").arg("-V").stdout(Stdio::null()).status().is_ok();
    for path in programs() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
        group.bench_function("toy", |bencher| bencher.iter(|| run(env!("CARGO_BIN_EXE_toy"), &path)));
        if has_python {
            group.bench_function("python3", |bencher| bencher.iter(|| run("python3", &path)));
        }
        group.finish();
    }
}

criterion_group!(benches, figures);
criterion_main!(benches);
