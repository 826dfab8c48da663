//! The program: words in, a status out. The first file to read.
//!
//! `stdlib::cli` reads the command line, `interpreter::runtime::start` makes the machine, and the program runs in it.

fn main() {
    std::process::exit(stdlib::cli::main(std::env::args_os().collect()));
}
