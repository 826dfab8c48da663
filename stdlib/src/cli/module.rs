//! `-m`: running a module as the program, and folders with a `__main__.toy`.
//!
//! In: a dotted name. Out: a status. The one invariant: the module's packages are imported first, and it itself is not: its
//! body runs in `__main__`.

use super::run;
use interpreter::objects::exception::Exc;
use interpreter::objects::header::Ref;
use interpreter::objects::list::List;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::runtime::error::R;
use interpreter::runtime::import::Located;
use interpreter::sync::Held;
use std::path::Path;

/// `toy -m name`.
pub fn run(h: &mut Held, name: &str, main: &Ref<Module>) -> R<i32> {
    let found = locate(h, name)?;
    let (name, found) = match found {
        Some(found) if found.is_package => {
            h.import_module(name)?;
            let inner = format!("{name}.__main__");
            match locate(h, &inner)? {
                Some(found) => (inner, found),
                None => {
                    eprintln!("toy: No module named {inner}; '{name}' is a package and cannot be directly executed");
                    return Ok(1);
                }
            }
        }
        Some(found) => (name.to_owned(), found),
        None => {
            eprintln!("toy: No module named {name}");
            return Ok(1);
        }
    };
    let package = name.rsplit_once('.').map_or("", |(package, _)| package);
    let package = h.new_str(package);
    main.dict.set_str(h, n::__package__.value(), package);
    set_program_name(h, &found.filename)?;
    if found.has_file {
        run::set_file(h, main, found.filename.as_ref());
    }
    run::run_bytes(h, main, &found.text, &found.filename)
}

/// Finds a module without importing it; its parents are imported.
fn locate(h: &mut Held, name: &str) -> R<Option<Located>> {
    if let Some((parent, _)) = name.rsplit_once('.') {
        match h.import_module(parent) {
            Err(raised) if raised.is(Exc::ModuleNotFoundError) => {
                let message = interpreter::runtime::report::message_of(h, raised.value());
                eprintln!(
                    "toy: Error while finding module specification for '{name}' (ModuleNotFoundError: {message})"
                );
                return Ok(None);
            }
            other => drop(other?),
        }
    }
    h.locate_module(name)
}

/// `sys.argv[0]`.
fn set_program_name(h: &mut Held, file: &str) -> R<()> {
    let sys = h.import_module("sys")?;
    let argv = h.get(&sys, n::argv)?;
    if let Some(argv) = argv.downcast::<List>() {
        let file = h.new_str(file);
        let old = argv.with_mut(h, |items| items.first_mut().map(|first| std::mem::replace(first, file)));
        drop(old);
    }
    Ok(())
}

/// A folder: its `__main__.toy`.
pub fn run_folder(h: &mut Held, folder: &Path, main: &Ref<Module>) -> R<i32> {
    let file = folder.join("__main__.toy");
    match std::fs::read(&file) {
        Ok(bytes) => {
            let empty = h.new_str("");
            main.dict.set_str(h, n::__package__.value(), empty);
            run::set_file(h, main, file.as_os_str());
            run::run_bytes(h, main, &bytes, &file.to_string_lossy())
        }
        Err(_) => {
            eprintln!("toy: can't find '__main__' module in '{}'", folder.display());
            Ok(1)
        }
    }
}
