//! How the program is linked.
//!
//! In: the target. Out: arguments for its linker. The one invariant: without them the program is the same, but starts slower.
//!
//! A program that may be loaded anywhere is told where it is at every start: 30,000 addresses in 230 pages, a quarter of the time
//! that `toy -c pass` takes. So it is loaded at one place. (A build for ThreadSanitizer must stay movable.)
//! Release builds put together what every start runs and reads (`benches/startup` wrote it down): that is four of the megabytes that
//! a hello takes.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=benches/startup.ld");
    let is = |variable: &str, value: &str| env::var(variable).is_ok_and(|found| found == value);
    let is_gnu = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if is_gnu && env::var_os("CARGO_CFG_TSAN").is_none() {
        println!("cargo:rustc-link-arg-bins=-no-pie");
        if is("PROFILE", "release") {
            let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
            println!("cargo:rustc-link-arg-bins=-Wl,-T,{root}/benches/startup.ld");
        }
    }
}
