//! Private names and qualified names.
//!
//! In: a name and where it stands. Out: the name that the program runs with.

use toy_syntax::ast::Ident;

/// `__x` inside of `class C` is `_C__x`.
pub fn mangle(class: Option<&Ident>, name: &Ident) -> Ident {
    let Some(class) = class else { return name.clone() };
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return name.clone();
    }
    match class.trim_start_matches('_') {
        "" => name.clone(),
        class => format!("_{class}{name}").into(),
    }
}
