//! How the program is linked.
//!
//! In: the target. Out: arguments for its linker. The one invariant: without them the program is the same, but starts slower.
//!
//! A program that may be loaded anywhere is told where it is at every start: 30,000 addresses in 230 pages, a quarter of the time
//! that `toy -c pass` takes. So it is loaded at one place. (A build for ThreadSanitizer must stay movable.)
//! Release builds put together what every start runs and reads (`benches/startup` wrote it down): that is four of the megabytes that
//! a hello takes. Only lld does that; GNU ld makes a program of the same script that does not start.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=benches/startup.ld");
    let is = |variable: &str, value: &str| env::var(variable).is_ok_and(|found| found == value);
    let is_gnu = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if is_gnu && env::var_os("CARGO_CFG_TSAN").is_none() {
        println!("cargo:rustc-link-arg-bins=-no-pie");
        if is("PROFILE", "release") && links_by_lld() {
            let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
            println!("cargo:rustc-link-arg-bins=-Wl,-T,{root}/benches/startup.ld");
        }
    }
}

/// Whether rustc links by the lld that comes with it: it does on x86-64 from 1.90 on, unless it is told otherwise.
fn links_by_lld() -> bool {
    let is_told = env::var_os("RUSTC_LINKER").is_some()
        || env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("link") || flags.contains("ld"));
    env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "x86_64") && !is_told && minor_version() >= 90
}

/// The `95` of rustc 1.95.0.
fn minor_version() -> u32 {
    let rustc = env::var_os("RUSTC").unwrap_or("rustc".into());
    let said = Command::new(rustc).arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    said.split(' ').nth(1).and_then(|version| version.split('.').nth(1)?.parse().ok()).unwrap_or(0)
}
