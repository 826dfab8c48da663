//! `_sqlite3`: connections and statements, as the module `sqlite3` uses them.
//!
//! In: SQL, parameters, functions that SQL may call. Out: rows. The one invariant: statements run with the GIL given up, except on a
//! connection that may call the program back: it keeps the GIL and keeps other threads out, since they would wait for
//! SQLite's lock while the program's function waits for the GIL.

mod callbacks;
mod statement;

use crate::native::made;
use crate::syscall::sqlite::{Cell, Db, Failure, Kind, c_text, is_complete, version};
use interpreter::builtins::add_functions;
use interpreter::objects::bytes::Bytes;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Object, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};
use std::ffi::{CStr, CString};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The data of a connection: nothing when it is closed.
pub struct Connection {
    db: ObjCell<Option<Shared>>,
    /// What the numbers that SQLite knows stand for: taken away with the connection.
    ids: ObjCell<Vec<u64>>,
}

interpreter::object!(Connection, "Database");

/// What a connection shares with its statements.
#[derive(Clone)]
pub(super) struct Shared {
    pub db: Arc<Db>,
    /// Whether SQLite may call the program on this connection.
    pub calls_back: Arc<AtomicBool>,
}

interpreter::owns_no_values!(Shared);

/// Makes exceptions: called with a code and a message.
static ERROR_MAKER: Global<Option<Value>> = Global::new(None);

static NEW: Def = def("__new__", "path, uri, /", open);

static METHODS: [Def; 17] = [
    def("close", "", close),
    def("prepare", "sql, /", statement::prepare),
    def("busy_timeout", "milliseconds, /", |h, args| {
        let milliseconds = h.to_isize_clamped(&args[1])?;
        let (shared, limit) = (shared(h, args)?, milliseconds.clamp(0, i32::MAX as isize) as i32);
        callbacks::with_program(h, &shared, || shared.db.busy_timeout(limit));
        Ok(Value::NONE)
    }),
    def("in_transaction", "", |h, args| Ok(Value::bool(shared(h, args)?.db.in_transaction()))),
    def("changes", "", |h, args| {
        let changes = shared(h, args)?.db.changes();
        Ok(h.new_int(changes))
    }),
    def("total_changes", "", |h, args| {
        let changes = shared(h, args)?.db.total_changes();
        Ok(h.new_int(changes))
    }),
    def("last_row", "", |h, args| {
        let row = shared(h, args)?.db.last_row();
        Ok(h.new_int(row))
    }),
    def("interrupt", "", |h, args| {
        shared(h, args)?.db.interrupt();
        Ok(Value::NONE)
    }),
    def("limit", "category, value, /", |h, args| {
        let (category, value) = (h.to_isize_clamped(&args[1])?, h.to_isize_clamped(&args[2])?);
        let whole = |number: isize| number.clamp(-1, i32::MAX as isize) as i32;
        let before = shared(h, args)?.db.limit(whole(category), whole(value));
        Ok(h.new_int(before.into()))
    }),
    def("serialize", "name, /", serialize),
    def("deserialize", "data, name, /", deserialize),
    def("backup", "target, pages, progress, name, /", backup),
    def("create_function", "name, count, function, deterministic, kind, /", create_function),
    def("create_collation", "name, function, /", create_collation),
    def("set_progress", "function, n, /", |h, args| {
        let n = h.to_isize_clamped(&args[2])?.clamp(0, i32::MAX as isize) as i32;
        let (shared, id) = (shared(h, args)?, callbacks::keep(h, args, &args[1]));
        callbacks::with_program(h, &shared, || shared.db.set_progress(id, n));
        Ok(Value::NONE)
    }),
    def("set_trace", "function, /", |h, args| {
        let (shared, id) = (shared(h, args)?, callbacks::keep(h, args, &args[1]));
        callbacks::with_program(h, &shared, || shared.db.set_trace(id));
        Ok(Value::NONE)
    }),
    def("set_authorizer", "function, /", |h, args| {
        let (shared, id) = (shared(h, args)?, callbacks::keep(h, args, &args[1]));
        let result = callbacks::with_program(h, &shared, || shared.db.set_authorizer(id));
        result.map_err(|failure| raise(h, &failure))?;
        Ok(Value::NONE)
    }),
];

static FUNCTIONS: [Def; 4] = [
    def("set_error_maker", "function, /", |h, args| {
        let function = args[0].clone();
        let old = ERROR_MAKER.write(h, |own| own.replace(function));
        drop(old);
        Ok(Value::NONE)
    }),
    def("complete_statement", "statement", |h, args| {
        let text = h.str_text(&args[0])?;
        let text = terminated(h, text.as_bytes())?;
        Ok(Value::bool(is_complete(&text)))
    }),
    def("version", "", |h, _| Ok(h.new_str(&version()))),
    def("tracebacks", "enable, /", callbacks::show_tracebacks),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_sqlite3");
    add_functions(h, &module, &FUNCTIONS);
    let class = ClassSpec::new::<Connection>(h, "_sqlite3", "Database").constructor(h, &NEW).methods(h, &METHODS);
    let class = class.build(h);
    crate::native::enter(h, &module, &class);
    statement::enter(h, &module);
    interpreter::runtime::finalize::register_hook(Connection::kind(), |h, connection| {
        if let Some(connection) = connection.downcast::<Connection>() {
            callbacks::forget(h, connection);
        }
    });
    Ok(module)
}

fn terminated(h: &Held, text: &[u8]) -> R<CString> {
    c_text(text).ok_or_else(|| h.value_error("embedded null character"))
}

/// The text of a name argument.
fn name_of(h: &mut Held, value: &Value) -> R<CString> {
    let text = h.str_text(value)?;
    terminated(h, text.as_bytes())
}

/// The open connection; the module `sqlite3` has looked before.
fn shared(h: &Held, args: Args<'_>) -> R<Shared> {
    shared_of(h, args.this::<Connection>())
}

fn shared_of(h: &Held, connection: &Connection) -> R<Shared> {
    connection.db.read(h, Clone::clone).ok_or_else(|| h.value_error("Cannot operate on a closed database."))
}

/// The exception for a failure.
#[cold]
pub(super) fn raise(h: &mut Held, failure: &Failure) -> Raised {
    let maker = ERROR_MAKER.read(h, Clone::clone).unwrap_or(Value::NONE);
    let (code, message) = (h.new_int(failure.code.into()), h.new_str(&failure.message));
    h.call(&maker, &[code, message]).map_or_else(|raised| raised, Raised::new)
}

fn open(h: &mut Held, args: Args<'_>) -> R {
    let path = h.with_bytes_like(&args[1], <[u8]>::to_vec)?;
    let path = terminated(h, &path)?;
    let uri = h.truth(&args[2])?;
    let db = h.detach(|| Db::open(&path, uri)).map_err(|failure| raise(h, &failure))?;
    let shared = Shared { db: Arc::new(db), calls_back: Arc::new(AtomicBool::new(false)) };
    let made = made(h, args, Connection { db: ObjCell::new(Some(shared)), ids: ObjCell::new(Vec::new()) })?;
    h.wants_finalizer(&made);
    Ok(made)
}

/// Closes: statements that are left keep the database open.
fn close(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Connection>();
    let shared = this.db.write(h, Option::take);
    h.detach(move || drop(shared));
    callbacks::forget(h, this);
    Ok(Value::NONE)
}

fn serialize(h: &mut Held, args: Args<'_>) -> R {
    let (shared, name) = (shared(h, args)?, name_of(h, &args[1])?);
    let bytes = h.detach(move || shared.db.serialize(&name));
    Ok(bytes.map_or(Value::NONE, |bytes| h.new_bytes(&bytes)))
}

fn deserialize(h: &mut Held, args: Args<'_>) -> R {
    let data = h.with_bytes_like(&args[1], <[u8]>::to_vec)?;
    let (shared, name) = (shared(h, args)?, name_of(h, &args[2])?);
    h.detach(move || shared.db.deserialize(&name, &data)).map_err(|failure| raise(h, &failure))?;
    Ok(Value::NONE)
}

/// Copies to another connection; `progress` is called with status, pages left and pages in all.
fn backup(h: &mut Held, args: Args<'_>) -> R {
    let Some(target) = args[1].downcast::<Connection>() else { return Err(h.type_error("target is no connection")) };
    let (from, to) = (shared(h, args)?, shared_of(h, target)?);
    let pages = h.to_isize_clamped(&args[2])?.clamp(-1, i32::MAX as isize) as i32;
    let (name, main) = (name_of(h, &args[4])?, c"main".to_owned());
    let names: (&CStr, &CStr) = (&name, &main);
    if args[3].is_none() {
        let result = h.detach(|| from.db.backup(&to.db, names, pages, |_, _, _| true));
        result.map_err(|failure| raise(h, &failure))?;
        return Ok(Value::NONE);
    }
    let mut raised = None;
    let result = from.db.backup(&to.db, names, pages, |status, left, total| {
        let numbers = [status, left, total].map(|number| h.new_int(number.into()));
        raised = h.call(&args[3], &numbers).err();
        raised.is_none()
    });
    match raised {
        Some(raised) => Err(raised),
        None => result.map(|()| Value::NONE).map_err(|failure| raise(h, &failure)),
    }
}

fn create_function(h: &mut Held, args: Args<'_>) -> R {
    let (shared, name) = (shared(h, args)?, name_of(h, &args[1])?);
    let count = h.to_isize_clamped(&args[2])?.clamp(i32::MIN as isize, i32::MAX as isize) as i32;
    let deterministic = h.truth(&args[4])?;
    let kind = match h.to_isize(&args[5])? {
        0 => Kind::Scalar,
        1 => Kind::Aggregate,
        _ => Kind::Window,
    };
    let id = callbacks::keep(h, args, &args[3]);
    let result =
        callbacks::with_program(h, &shared, || shared.db.create_function(&name, count, deterministic, id, kind));
    Ok(Value::bool(result.is_ok()))
}

fn create_collation(h: &mut Held, args: Args<'_>) -> R {
    let (shared, name) = (shared(h, args)?, name_of(h, &args[1])?);
    let id = callbacks::keep(h, args, &args[2]);
    let result = callbacks::with_program(h, &shared, || shared.db.create_collation(&name, id));
    result.map_err(|failure| raise(h, &failure))?;
    Ok(Value::NONE)
}

/// A value as SQLite keeps it; nothing if it keeps no such values.
pub(super) fn cell_of(h: &mut Held, value: &Value) -> R<Option<Cell>> {
    if value.is_none() {
        return Ok(Some(Cell::Null));
    }
    if let Some(number) = value.as_int() {
        return match number.to_i64() {
            Some(number) => Ok(Some(Cell::Int(number))),
            None => Err(h.overflow_error("Python int too large to convert to SQLite INTEGER")),
        };
    }
    if let Some(number) = value.as_float() {
        return Ok(Some(Cell::Float(number)));
    }
    if value.downcast::<Str>().is_some() {
        let encoded = h.encode_str(value, Some("utf-8"), None)?;
        return Ok(encoded.downcast::<Bytes>().map(|bytes| Cell::Text(bytes.data.to_vec())));
    }
    Ok(h.buffer_to_vec(value)?.map(Cell::Blob))
}

/// Whether a connection has functions of the program.
pub(super) fn calls_back(shared: &Shared) -> bool {
    shared.calls_back.load(Ordering::Relaxed)
}
