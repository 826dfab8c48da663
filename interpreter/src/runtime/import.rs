//! Imports: finding, making and running modules.
//!
//! In: names. Out: modules, each made once. The one invariant: `sys.modules` is asked first and a module stands in it before its
//! body runs, so cycles find the partly made one; another thread waits until the first has finished it.
//!
//! Order: `sys.modules`, native modules (Rust), modules written in toy inside the program, then `.toy` files along
//! `sys.path`.

use crate::objects::dict::Dict;
use crate::objects::exception::Exc;
use crate::objects::header::{Obj, Ref};
use crate::objects::list::List;
use crate::objects::module::Module;
use crate::objects::names::n;
use crate::objects::str::{Str, text_of};
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::runtime::{import_claims, import_time};
use crate::sync::fork::forget_waiters;
use crate::sync::reason::Reason;
use crate::sync::{Held, ObjCell};
use parking_lot::{Condvar, Mutex};
use std::cell::UnsafeCell;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use toy_compiler::Mode;
use toy_text::chars::Chars;

/// Makes a native module.
pub type InitFn = fn(&mut Held) -> R<Ref<Module>>;

/// A module written in toy that the program carries.
#[derive(Debug, Clone, Copy)]
pub struct Frozen {
    /// Dotted.
    pub name: &'static str,
    pub text: &'static str,
    pub is_package: bool,
}

#[derive(Default)]
struct Registry {
    native: Vec<(&'static str, InitFn)>,
    frozen: Vec<&'static [Frozen]>,
}

struct Global(UnsafeCell<Option<Registry>>);

// SAFETY: filled before the first thread starts.
unsafe impl Sync for Global {}

static REGISTRY: Global = Global(UnsafeCell::new(None));

fn registry() -> &'static mut Registry {
    // SAFETY: see `Global`; later uses only read.
    unsafe { (*REGISTRY.0.get()).get_or_insert_default() }
}

/// Adds native modules. To be called before `start`.
pub fn add_native(modules: &[(&'static str, InitFn)]) {
    registry().native.extend_from_slice(modules);
}

/// Adds modules written in toy. To be called before `start`.
pub fn add_frozen(modules: &'static [Frozen]) {
    registry().frozen.push(modules);
}

/// Names of the native modules.
pub fn native_names() -> Vec<&'static str> {
    registry().native.iter().map(|(name, _)| *name).collect()
}

/// Names of all native and carried modules.
pub fn builtin_names() -> Vec<&'static str> {
    let registry = registry();
    let frozen = registry.frozen.iter().flat_map(|modules| modules.iter().map(|module| module.name));
    registry.native.iter().map(|(name, _)| *name).chain(frozen).collect()
}

fn frozen(name: &str) -> Option<&'static Frozen> {
    registry().frozen.iter().find_map(|modules| modules.iter().find(|module| module.name == name))
}

/// What imports share: `sys.modules` and the modules whose bodies run.
pub(crate) struct Imports {
    pub modules: Ref<Dict>,
    pub builtins: Ref<Dict>,
    /// What native modules hold after their first import: a second one, from scratch, gets the same objects.
    natives: Ref<Dict>,
    initializing: ObjCell<Vec<(Value, u64)>>,
}

/// A module's text, found and not run.
pub struct Located {
    pub text: Vec<u8>,
    pub filename: String,
    pub is_package: bool,
    /// False for modules that the program carries.
    pub has_file: bool,
}

struct ImportsCell(OnceLock<Imports>);

// SAFETY: used under the GIL only.
unsafe impl Sync for ImportsCell {}
// SAFETY: as above.
unsafe impl Send for ImportsCell {}

static IMPORTS: ImportsCell = ImportsCell(OnceLock::new());

/// Threads that wait for a module's body to end.
static FINISHED: (Mutex<u64>, Condvar) = (Mutex::new(0), Condvar::new());

/// In the child of a fork: what other threads were importing is taken as it is, for they will never finish it.
pub(crate) fn after_fork(held: &mut Held, threads: usize) {
    // SAFETY: only the calling thread exists, and it does not hold the mutex.
    unsafe { forget_waiters(&FINISHED.0, &FINISHED.1, threads) };
    // SAFETY: as above.
    unsafe { forget_waiters(&import_claims::CLAIMS, &import_claims::DONE, threads) };
    import_claims::forget_others(held);
    let me = held.thread().ident;
    let others = imports().initializing.write(held, |all| {
        let (own, others) = std::mem::take(all).into_iter().partition(|(_, thread)| *thread == me);
        *all = own;
        others
    });
    let _: Vec<(Value, u64)> = others;
}

fn imports() -> &'static Imports {
    match IMPORTS.0.get() {
        Some(imports) => imports,
        None => panic!("imports are used after `init`"),
    }
}

/// Makes `sys.modules` and the builtins' dict.
pub(crate) fn init(held: &mut Held, builtins: Ref<Dict>) {
    let (modules, natives) = (held.new_dict(), held.new_dict());
    let _ = IMPORTS.0.set(Imports { modules, builtins, natives, initializing: ObjCell::shared(Vec::new()) });
}

impl Held {
    /// Finds the text of a module whose parents are imported: what `-m` runs. Native modules have none.
    pub fn locate_module(&mut self, name: &str) -> R<Option<Located>> {
        if let Some(frozen) = frozen(name) {
            let text = frozen.text.as_bytes().to_vec();
            let filename = format!("<frozen {name}>");
            return Ok(Some(Located { text, filename, is_package: frozen.is_package, has_file: false }));
        }
        let (path, last) = match name.rsplit_once('.') {
            Some((parent, last)) => {
                let parent = self.import_module(parent)?;
                (self.find_attr(&parent, n::__path__.value())?, last)
            }
            None => (Some(self.sys_path()?), name),
        };
        let Some(path) = path else { return Ok(None) };
        for directory in self.collect(&path)? {
            let Some((file, package)) = find_file(&text_of(&directory), last) else { continue };
            let text = std::fs::read(&file).map_err(|error| self.error(Exc::ImportError, error.to_string()))?;
            let filename = file.to_string_lossy().into_owned();
            return Ok(Some(Located { text, filename, is_package: package.is_some(), has_file: true }));
        }
        Ok(None)
    }

    /// `sys.modules`.
    pub fn modules(&self) -> Ref<Dict> {
        imports().modules.clone()
    }

    /// The dict of the module `builtins`.
    pub fn builtins(&self) -> Ref<Dict> {
        imports().builtins.clone()
    }

    /// `import a.b.c`, giving the module `a.b.c` itself.
    pub fn import_module(&mut self, name: &str) -> R {
        let mut module = Value::NONE;
        let mut parent: Option<Value> = None;
        for (end, _) in name.match_indices('.').chain([(name.len(), "")]) {
            module = self.import_one(&name[..end], parent.as_ref())?;
            parent = Some(module.clone());
        }
        Ok(module)
    }

    /// Whether a module's body is running.
    pub(crate) fn is_initializing(&self, module: &Value) -> bool {
        imports().initializing.read(self, |all| all.iter().any(|(known, _)| known.is(module)))
    }

    /// The module of a name without dots, if its body has run.
    pub(crate) fn already_imported(&mut self, name: &Value) -> R<Option<Value>> {
        if name.exactly::<Str>().is_none_or(|name| toy_text::string::find::contains(name.chars(), Chars::One(b"."))) {
            return Ok(None);
        }
        let found = imports().modules.get(self, name)?;
        Ok(found.filter(|module| !module.is_none() && !self.is_initializing(module)))
    }

    /// One dotted name whose parent is imported.
    fn import_one(&mut self, name: &str, parent: Option<&Value>) -> R {
        let key = self.intern(name);
        loop {
            if let Some(module) = imports().modules.get(self, &key)? {
                if module.is_none() {
                    return Err(self.module_not_found(format!("import of {name} halted; None in sys.modules"), name));
                }
                self.wait_for(&module);
                return Ok(module);
            }
            if import_claims::begin(self, name) {
                break;
            }
        }
        let watch = import_time::start();
        let loaded = self.load(name, parent);
        import_time::stop(watch, name);
        import_claims::end(self, name);
        let module = loaded?;
        let module = imports().modules.get(self, &key)?.unwrap_or(module);
        if let (Some(parent), Some((_, last))) = (parent, name.rsplit_once('.')) {
            let last = self.intern(last);
            self.set_attr(parent, &last, module.clone())?;
        }
        Ok(module)
    }

    /// Waits while another thread runs the module's body.
    fn wait_for(&mut self, module: &Value) {
        let me = self.thread().ident;
        loop {
            let other = imports().initializing.read(self, |all| {
                all.iter().any(|(known, thread)| known.is(module) && *thread != me)
                    && !all.iter().any(|(_, thread)| *thread == me)
            });
            if !other {
                return;
            }
            self.detach_for(Reason::Lock, || {
                let mut round = FINISHED.0.lock();
                FINISHED.1.wait_for(&mut round, std::time::Duration::from_millis(50));
            });
        }
    }

    fn load(&mut self, name: &str, parent: Option<&Value>) -> R {
        if let Some((_, init)) = registry().native.iter().find(|(known, _)| *known == name) {
            return self.load_native(name, *init);
        }
        if let Some(frozen) = frozen(name) {
            let filename = format!("<frozen {name}>");
            return self.run_module(name, frozen.text.as_bytes(), &filename, frozen.is_package.then(Vec::new), false);
        }
        let path = match parent {
            Some(parent) => match self.find_attr(parent, n::__path__.value())? {
                Some(path) => path,
                None => {
                    let message = format!(
                        "No module named '{name}'; '{}' is not a package",
                        name.rsplit_once('.').map_or("", |(parent, _)| parent)
                    );
                    return Err(self.module_not_found(message, name));
                }
            },
            None if name == "sys" => return Err(self.module_not_found("No module named 'sys'".to_owned(), name)),
            None => self.sys_path()?,
        };
        let last = name.rsplit_once('.').map_or(name, |(_, last)| last);
        let mut portions = Vec::new();
        for directory in self.collect(&path)? {
            let directory = text_of(&directory);
            if let Some((file, package)) = find_file(&directory, last) {
                return self.load_file(name, &file, package);
            }
            portions.extend(absolute(&directory).map(|directory| directory.join(last)).filter(|found| found.is_dir()));
        }
        if !portions.is_empty() {
            return Ok(self.namespace_package(name, &portions));
        }
        Err(self.module_not_found(format!("No module named '{name}'"), name))
    }

    /// The folders of one name without `__init__`, wherever they are: a package that has no body to run.
    fn namespace_package(&mut self, name: &str, portions: &[PathBuf]) -> Value {
        let module = self.new_module(name);
        let portions = portions.iter().map(|folder| folder.to_string_lossy().into_owned()).collect();
        self.describe(&module, name, "", Some(portions), false);
        module.dict.set_str(self, n::__file__.value(), Value::NONE);
        let key = self.intern(name);
        imports().modules.set_str(self, &key, module.value().clone());
        module.into_value()
    }

    fn load_native(&mut self, name: &str, init: InitFn) -> R {
        let key = self.intern(name);
        let module = match imports().natives.get_str(self, &key) {
            Some(known) => {
                let module = self.new_module(name);
                if let Some(known) = known.downcast::<Dict>() {
                    known.copy_into(self, &module.dict)?;
                }
                module
            }
            None => {
                let module = init(self)?;
                let copy = module.dict.copy(self);
                let copy = self.dict_from(copy).into_value();
                imports().natives.set_str(self, &key, copy);
                module
            }
        };
        imports().modules.set_str(self, &key, module.value().clone());
        Ok(module.into_value())
    }

    fn load_file(&mut self, name: &str, file: &Path, package: Option<PathBuf>) -> R {
        let bytes = std::fs::read(file).map_err(|error| self.error(Exc::ImportError, error.to_string()))?;
        let filename = file.to_string_lossy().into_owned();
        let package = package.map(|directory| vec![directory.to_string_lossy().into_owned()]);
        self.run_module(name, &bytes, &filename, package, true)
    }

    /// Makes a module, enters it, runs its body; a body that raises takes it out again.
    fn run_module(
        &mut self,
        name: &str,
        bytes: &[u8],
        filename: &str,
        package: Option<Vec<String>>,
        has_file: bool,
    ) -> R {
        let text = self.decode_source(bytes, filename)?;
        let code = self.compile(&text, filename, Mode::Module)?;
        let module = self.new_module(name);
        self.describe(&module, name, filename, package, has_file);
        let key = self.intern(name);
        let value = module.value().clone();
        imports().modules.set_str(self, &key, value.clone());
        let me = self.thread().ident;
        imports().initializing.write(self, |all| all.push((value.clone(), me)));
        let result = self.run_code(code, module.dict.clone(), None);
        let done = imports()
            .initializing
            .write(self, |all| all.iter().position(|(known, _)| known.is(&value)).map(|at| all.swap_remove(at)));
        drop(done);
        *FINISHED.0.lock() += 1;
        FINISHED.1.notify_all();
        if let Err(raised) = result {
            imports().modules.remove_str(self, &key);
            return Err(raised);
        }
        Ok(value)
    }

    /// `__file__`, `__package__`, `__path__` and `__builtins__` of a module.
    fn describe(&mut self, module: &Obj<Module>, name: &str, filename: &str, package: Option<Vec<String>>, file: bool) {
        let dict = &module.dict;
        if file {
            let filename = self.new_str(filename);
            dict.set_str(self, n::__file__.value(), filename);
        }
        let parent = name.rsplit_once('.').map_or("", |(parent, _)| parent);
        let own_package = self.new_str(if package.is_some() { name } else { parent });
        dict.set_str(self, n::__package__.value(), own_package);
        if let Some(path) = package {
            let path = path.iter().map(|directory| self.new_str(directory)).collect();
            let path = self.new_list(path);
            dict.set_str(self, n::__path__.value(), path);
        }
        let builtins = self.builtins().into_value();
        dict.set_str(self, n::__builtins__.value(), builtins);
    }

    fn sys_path(&mut self) -> R {
        let sys = self.import_module("sys")?;
        self.get_attr(&sys, n::path.value())
    }

    #[cold]
    fn module_not_found(&mut self, message: String, name: &str) -> Raised {
        let raised = self.error(Exc::ModuleNotFoundError, message);
        let name = self.new_str(name);
        raised.exception().set_field(self, 1, Some(name));
        raised
    }

    /// `__import__(name, globals, locals, fromlist, level)`.
    pub fn import_statement(&mut self, name: &str, globals: &Value, fromlist: &Value, level: usize) -> R {
        let absolute = if level > 0 { self.resolve(name, globals, level)? } else { name.to_owned() };
        if absolute.is_empty() {
            return Err(self.value_error("Empty module name"));
        }
        let module = self.import_module(&absolute)?;
        if !self.truth(fromlist)? {
            if level > 0 || name.is_empty() {
                let cut = absolute.len() - name.len() + name.find('.').unwrap_or(name.len());
                return self.import_module(&absolute[..cut]);
            }
            let first = absolute.split('.').next().unwrap_or_default();
            return self.import_module(first);
        }
        self.import_submodules(&module, &absolute, fromlist)?;
        Ok(module)
    }

    /// The absolute name of a relative import.
    fn resolve(&mut self, name: &str, globals: &Value, level: usize) -> R<String> {
        let package = match globals.downcast::<Dict>() {
            Some(globals) => self.package_of(globals),
            None => None,
        };
        let Some(package) = package.filter(|package| !package.is_empty()) else {
            return Err(self.error(Exc::ImportError, "attempted relative import with no known parent package"));
        };
        let mut base = package.as_str();
        for _ in 1..level {
            match base.rsplit_once('.') {
                Some((parent, _)) => base = parent,
                None => return Err(self.error(Exc::ImportError, "attempted relative import beyond top-level package")),
            }
        }
        Ok(if name.is_empty() { base.to_owned() } else { format!("{base}.{name}") })
    }

    fn package_of(&mut self, globals: &Obj<Dict>) -> Option<String> {
        let package = globals.get_str(self, n::__package__.value()).filter(|package| !package.is_none());
        if let Some(package) = package {
            return Some(text_of(&package));
        }
        let name = text_of(&globals.get_str(self, n::__name__.value())?);
        if globals.get_str(self, n::__path__.value()).is_some() {
            return Some(name);
        }
        Some(name.rsplit_once('.').map_or(String::new(), |(parent, _)| parent.to_owned()))
    }

    /// `from package import submodule` imports what is no attribute yet.
    fn import_submodules(&mut self, module: &Value, absolute: &str, fromlist: &Value) -> R<()> {
        if self.find_attr(module, n::__path__.value())?.is_none() {
            return Ok(());
        }
        let mut names = self.collect(fromlist)?;
        if names.iter().any(|name| text_of(name) == "*") {
            match self.find_attr(module, n::__all__.value())? {
                Some(all) => names = self.collect(&all)?,
                None => return Ok(()),
            }
        }
        for name in names {
            let name = self.intern_value(&name);
            if self.find_attr(module, &name)?.is_some() {
                continue;
            }
            let full = format!("{absolute}.{}", text_of(&name));
            match self.import_module(&full) {
                Err(raised) if raised.is(Exc::ModuleNotFoundError) && self.is_about(&raised, &full) => (),
                other => drop(other?),
            }
        }
        Ok(())
    }

    fn is_about(&self, raised: &Raised, name: &str) -> bool {
        raised.exception().field(self, 1).is_some_and(|about| text_of(&about) == name)
    }
}

/// `directory/name.toy` or `directory/name/__init__.toy`, with the package's directory for the latter.
fn find_file(directory: &str, name: &str) -> Option<(PathBuf, Option<PathBuf>)> {
    let directory = absolute(directory)?;
    let package = directory.join(name);
    let init = package.join("__init__.toy");
    if init.is_file() {
        return Some((init, Some(package)));
    }
    let file = directory.join(format!("{name}.toy"));
    if file.is_file() {
        return Some((file, None));
    }
    None
}

fn absolute(directory: &str) -> Option<PathBuf> {
    let directory = Path::new(directory);
    match directory.is_absolute() {
        true => Some(directory.to_owned()),
        false => Some(std::env::current_dir().ok()?.join(directory)),
    }
}

/// The items of a value known to be a list or tuple, for `sys.path`.
pub fn items_of(held: &Held, value: &Value) -> Vec<Value> {
    match value.downcast::<List>() {
        Some(list) => list.snapshot(held),
        None => value.downcast::<Tuple>().map(|tuple| tuple.items().to_vec()).unwrap_or_default(),
    }
}
