//! How the program is linked.
//!
//! In: the target. Out: an argument for its linker. The one invariant: without it the program is the same, but starts slower.
//!
//! A program that may be loaded anywhere is told where it is at every start: 30,000 addresses in 230 pages, a quarter of the time
//! that `toy -c pass` takes. So it is loaded at one place. (A build for ThreadSanitizer must stay movable.)

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |variable: &str, value: &str| env::var(variable).is_ok_and(|found| found == value);
    let is_gnu = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if is_gnu && env::var_os("CARGO_CFG_TSAN").is_none() {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
