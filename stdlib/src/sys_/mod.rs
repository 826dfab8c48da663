//! `sys`: the machine as programs see it.
//!
//! In: how the program was started, and the running thread. Out: arguments, paths, versions, hooks, frames and limits. The one
//! invariant: what the machine itself reads (`path`, `modules`, `stderr`, the hooks) it reads from this module's dict, so that programs can
//! replace it.

mod frames;
mod hooks;
mod info;
mod limits;
mod switching;

pub(crate) use hooks::is_audited;
use interpreter::builtins::add_functions;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::str::Str;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::config;
use interpreter::runtime::error::R;
use interpreter::runtime::import;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let m = h.new_module("sys");
    add_functions(h, &m, &FUNCTIONS);
    frames::init(h, &m);
    hooks::init(h, &m);
    limits::init(h, &m);
    switching::init(h, &m);
    info::init(h, &m)?;
    start_state(h, &m);
    module_names(h, &m);
    Ok(m)
}

static FUNCTIONS: [Def; 9] = [
    def("exit", "status=None, /", exit),
    def("intern", "string, /", intern),
    def("getrefcount", "object, /", |h, args| {
        let count = h.reference_count(&args[0]);
        Ok(h.new_uint(count))
    }),
    def("getsizeof", "object, default=None", getsizeof),
    def("getallocatedblocks", "", |h, _| Ok(h.new_uint(h.traced_count()))),
    def("getdefaultencoding", "", |h, _| Ok(h.new_str("utf-8"))),
    def("getfilesystemencoding", "", |h, _| Ok(h.new_str("utf-8"))),
    def("getfilesystemencodeerrors", "", |h, _| Ok(h.new_str("surrogateescape"))),
    def("is_finalizing", "", |_, _| Ok(Value::bool(config::is_finalizing()))),
];

/// Sets a module's attribute.
fn set(h: &mut Held, m: &Module, name: &str, value: Value) {
    let name = h.intern(name);
    drop(m.dict.set_str(h, &name, value));
}

/// The module itself, for functions that read what programs may have replaced.
fn find(h: &mut Held, name: &str) -> R<Option<Value>> {
    let sys = h.import_module("sys")?;
    let name = h.intern(name);
    h.find_attr(&sys, &name)
}

/// `sys.exit(status)`: a tuple is the arguments of SystemExit, anything else the only one.
fn exit(h: &mut Held, args: Args<'_>) -> R {
    let given = match args.opt_some(0) {
        None => h.new_tuple(Vec::new()),
        Some(status) if status.downcast::<Tuple>().is_some() => status.clone(),
        Some(status) => h.tuple_of(std::slice::from_ref(status)),
    };
    Err(h.error_with(Exc::SystemExit, given))
}

fn intern(h: &mut Held, args: Args<'_>) -> R {
    if args[0].exactly::<Str>().is_some() {
        return Ok(h.intern_value(&args[0]));
    }
    let got = args[0].given_name();
    Err(match args[0].downcast::<Str>() {
        Some(_) => h.type_error(format!("can't intern {got}")),
        None => h.type_error(format!("intern() argument must be str, not {got}")),
    })
}

/// By `__sizeof__` if the class has one, else what the heap gave.
fn getsizeof(h: &mut Held, args: Args<'_>) -> R {
    let name = h.intern("__sizeof__");
    let method = args[0].class().lookup(h, &name);
    let Some(method) = method else {
        return Ok(h.new_uint(h.size_of(&args[0]) as u64));
    };
    let size = h.call_unbound(&method, &args[0], &[]).and_then(|size| h.to_isize(&size));
    match (size, args.opt(1)) {
        (Ok(size), _) if size >= 0 => Ok(h.new_int(size as i64)),
        (Ok(_), None) => Err(h.value_error("__sizeof__() should return >= 0")),
        (Err(raised), Some(default)) if raised.is(Exc::TypeError) => Ok(default.clone()),
        (Err(raised), _) => Err(raised),
        (Ok(_), Some(default)) => Ok(default.clone()),
    }
}

/// What the command line and the imports decide.
fn start_state(h: &mut Held, m: &Module) {
    let config = config::get();
    for (name, words) in [("argv", &config.argv), ("orig_argv", &config.orig_argv), ("path", &config.path)] {
        let words = words.iter().map(|word| h.os_text(word)).collect();
        let words = h.new_list(words);
        set(h, m, name, words);
    }
    let warnoptions = config.warnoptions.iter().map(|option| h.new_str(option)).collect();
    let warnoptions = h.new_list(warnoptions);
    set(h, m, "warnoptions", warnoptions);
    let xoptions = h.new_dict();
    for option in &config.xoptions {
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (h.intern(name), h.new_str(value)),
            None => (h.intern(option), Value::TRUE),
        };
        xoptions.set_str(h, &name, value);
    }
    set(h, m, "_xoptions", xoptions.into_value());
    let modules = h.modules().into_value();
    set(h, m, "modules", modules);
    let executable = std::env::current_exe().map(|path| h.os_text(path.as_os_str()));
    let executable = executable.unwrap_or_else(|_| h.new_str(""));
    set(h, m, "executable", executable.clone());
    set(h, m, "_base_executable", executable);
    let prefix = std::env::current_exe().ok();
    let prefix = prefix.as_deref().and_then(|exe| exe.parent()?.parent()).unwrap_or("/".as_ref());
    for name in ["prefix", "exec_prefix", "base_prefix", "base_exec_prefix"] {
        let prefix = h.os_text(prefix.as_os_str());
        set(h, m, name, prefix);
    }
    for name in ["meta_path", "path_hooks"] {
        let empty = h.new_list(Vec::new());
        set(h, m, name, empty);
    }
    let cache = h.new_dict().into_value();
    set(h, m, "path_importer_cache", cache);
}

fn module_names(h: &mut Held, m: &Module) {
    let mut native = import::native_names();
    native.extend(["builtins"]);
    native.sort_unstable();
    let native = native.into_iter().map(|name| h.intern(name)).collect();
    let native = h.new_tuple(native);
    set(h, m, "builtin_module_names", native);
    let mut all = import::builtin_names();
    all.retain(|name| !name.contains('.'));
    all.push("builtins");
    let all = all.into_iter().map(|name| h.intern(name)).collect();
    let all = h.frozenset_of_constants(all);
    set(h, m, "stdlib_module_names", all);
}
