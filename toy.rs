//! The program: words in, a status out. The first file to read.
//!
//! Memory of lists, dicts and strings is mimalloc's; objects themselves live in `interpreter/src/objects/heap.rs`.
//! `stdlib::cli` reads the command line, `interpreter::runtime::start` makes the machine, and the program runs in it.

// ThreadSanitizer (tests/tsan) has to see every allocation.
#[cfg(not(tsan))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    std::process::exit(stdlib::cli::main(std::env::args_os().collect()));
}
