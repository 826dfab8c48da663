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
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::import::Located;
use interpreter::sync::Held;
use std::path::Path;

/// `toy -m name`.
pub fn run(h: &mut Held, name: &str, main: &Ref<Module>) -> R<i32> {
    if !import_parents(h, name)? {
        return Ok(1);
    }
    let found = h.locate_module(name)?;
    let (name, found) = match found {
        Some(found) if found.is_package => {
            h.import_module(name)?;
            let inner = format!("{name}.__main__");
            match h.locate_module(&inner)? {
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
    set_spec(h, main, &name, &found)?;
    let package = name.rsplit_once('.').map_or("", |(package, _)| package);
    let package = h.new_str(package);
    main.dict.set_str(h, n::__package__.value(), package);
    set_program_name(h, &found.filename)?;
    if found.has_file {
        run::set_file(h, main, found.filename.as_ref());
    }
    run::run_bytes(h, main, &found.text, &found.filename)
}

/// Imports the packages of a module; says so and gives false if one is not there.
fn import_parents(h: &mut Held, name: &str) -> R<bool> {
    if let Some((parent, _)) = name.rsplit_once('.') {
        match h.import_module(parent) {
            Err(raised) if raised.is(Exc::ModuleNotFoundError) => {
                let message = interpreter::runtime::report::message_of(h, raised.value());
                eprintln!(
                    "toy: Error while finding module specification for '{name}' (ModuleNotFoundError: {message})"
                );
                return Ok(false);
            }
            other => drop(other?),
        }
    }
    Ok(true)
}

/// `__spec__`, by which the module knows the name that it was found under.
fn set_spec(h: &mut Held, main: &Ref<Module>, name: &str, found: &Located) -> R<()> {
    let types = h.import_module("_types")?;
    let class = h.intern("SimpleNamespace");
    let class = h.get_attr(&types, &class)?;
    let parent = name.rsplit_once('.').map_or("", |(parent, _)| parent);
    let values = [h.new_str(name), Value::NONE, h.new_str(&found.filename), h.new_str(parent)];
    let names = ["name", "loader", "origin", "parent"].map(|name| h.intern(name));
    let spec = h.call_with_names(&class, &values, &names)?;
    let key = h.intern("__spec__");
    drop(main.dict.set_str(h, &key, spec));
    Ok(())
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
