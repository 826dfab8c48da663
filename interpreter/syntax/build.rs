//! Generates the parser from `src/grammar.lalrpop`.
//!
//! In: the grammar. Out: `grammar.rs` in cargo's output directory. It is made anew only when the grammar changes.

fn main() {
    println!("cargo:rerun-if-changed=src/grammar.lalrpop");
    lalrpop::Configuration::new()
        .emit_rerun_directives(false)
        .use_cargo_dir_conventions()
        .process()
        .expect("the grammar is LR(1)");
}
