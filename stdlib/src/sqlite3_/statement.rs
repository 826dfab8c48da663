//! Statements: parameters in, rows out.
//!
//! In: SQL and parameters. Out: tuples. The one invariant: a statement is run by one thread at a time, which its lock sees to; the lock
//! is let go before the GIL is taken.

use super::{Connection, Shared, callbacks, calls_back, cell_of, raise, shared};
use crate::syscall::sqlite::{Cell, Failure, Statement};
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::reason::Reason;
use interpreter::sync::{Held, ObjCell};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The data of a statement.
pub struct Prepared {
    statement: Arc<Mutex<Statement>>,
    shared: Shared,
    /// What makes texts, and for each column what makes its values; None for the usual.
    text_factory: ObjCell<Value>,
    converters: ObjCell<Value>,
}

interpreter::object!(Prepared, "Statement", traced[text_factory, converters]);

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

static METHODS: [Def; 9] = [
    def("run", "parameters, /", run),
    def("step", "", |h, args| {
        let row = rows(h, args, None, 1)?.pop();
        Ok(row.unwrap_or(Value::NONE))
    }),
    def("rows", "count, /", |h, args| {
        let count = h.to_isize(&args[1])?;
        let rows = rows(h, args, None, usize::try_from(count).unwrap_or(usize::MAX))?;
        Ok(h.new_list(rows))
    }),
    def("reset", "", |h, args| {
        look(h, args.this(), Statement::reset);
        Ok(Value::NONE)
    }),
    def("configure", "text_factory, converters, /", |h, args| {
        let this = args.this::<Prepared>();
        crate::native::put(h, &this.text_factory, args[1].clone());
        crate::native::put(h, &this.converters, args[2].clone());
        Ok(Value::NONE)
    }),
    def("is_read_only", "", |h, args| Ok(Value::bool(look(h, args.this(), Statement::is_read_only)))),
    def("is_running", "", |h, args| Ok(Value::bool(look(h, args.this(), Statement::is_running)))),
    def("columns", "", |h, args| {
        let columns = look(h, args.this(), |statement| {
            let column = |at| [statement.column_name(at), statement.declared_type(at)];
            (0..statement.column_count()).map(column).collect::<Vec<_>>()
        });
        let columns = columns.into_iter().map(|column| {
            let column = column.map(|text| text_or_none(h, text));
            h.tuple_of(&column)
        });
        let columns = columns.collect();
        Ok(h.new_list(columns))
    }),
    def("parameters", "", |h, args| {
        let names = look(h, args.this(), |statement| {
            (1..=statement.parameter_count()).map(|at| statement.parameter_name(at)).collect::<Vec<_>>()
        });
        let names = names.into_iter().map(|name| text_or_none(h, name)).collect();
        Ok(h.new_list(names))
    }),
];

pub(super) fn enter(h: &mut Held, module: &Module) {
    let class = ClassSpec::new::<Prepared>(h, "sqlite3", "Statement").flags(class_flag::NO_NEW);
    let class = class.methods(h, &METHODS).build(h);
    CLASS.write(h, |own| *own = Some(class.clone()));
    crate::native::enter(h, module, &class);
}

fn lock(statement: &Mutex<Statement>) -> MutexGuard<'_, Statement> {
    statement.lock().unwrap_or_else(PoisonError::into_inner)
}

fn text_or_none(h: &Held, text: Option<Vec<u8>>) -> Value {
    text.map_or(Value::NONE, |text| h.new_str(&String::from_utf8_lossy(&text)))
}

/// Looks at a statement, which another thread may be running: whoever looks waits without the GIL.
fn look<T: Send>(h: &mut Held, this: &Prepared, at: impl FnOnce(&Statement) -> T + Send) -> T {
    let (statement, shared) = (this.statement.clone(), this.shared.clone());
    call(h, &shared, || at(&lock(&statement)))
}

/// Runs a call on a connection: without the GIL, or, if SQLite may call the program, with it and with other threads kept out.
fn call<T: Send>(h: &mut Held, shared: &Shared, work: impl FnOnce() -> T + Send) -> T {
    if !calls_back(shared) {
        return h.detach_for(Reason::Native, || {
            // First the connection, then the statement: all take the two locks in this order.
            let _inside = shared.db.enter();
            work()
        });
    }
    callbacks::with_program(h, shared, work)
}

/// The first statement of a text, or None, and how many bytes of it are used.
pub(super) fn prepare(h: &mut Held, args: Args<'_>) -> R {
    let sql = h.with_bytes_like(&args[1], <[u8]>::to_vec)?;
    let shared = shared(h, args)?;
    debug_assert!(args[0].downcast::<Connection>().is_some());
    let result = call(h, &shared, || shared.db.prepare(&sql));
    let (statement, used) = result.map_err(|failure| raise(h, &failure))?;
    let class = CLASS.read(h, Clone::clone);
    let made = match (statement, class) {
        (Some(statement), Some(class)) => {
            let statement = Arc::new(Mutex::new(statement));
            let [text_factory, converters] = [(); 2].map(|()| ObjCell::new(Value::NONE));
            h.new_object(&class, Prepared { statement, shared, text_factory, converters }).into_value()
        }
        _ => Value::NONE,
    };
    let used = h.new_int(used as i64);
    Ok(h.tuple_of(&[made, used]))
}

/// Starts again with these parameters: the first row, or None. A parameter of an impossible type is told by its place, an int.
fn run(h: &mut Held, args: Args<'_>) -> R {
    let mut cells = Vec::new();
    let parameters = args[1].downcast::<Tuple>().map(|tuple| tuple.items().to_vec()).unwrap_or_default();
    for (at, value) in parameters.iter().enumerate() {
        match cell_of(h, value)? {
            Some(cell) => cells.push(cell),
            None => return Ok(h.new_int(at as i64)),
        }
    }
    let row = rows(h, args, Some(cells), 1)?.pop();
    Ok(row.unwrap_or(Value::NONE))
}

/// Up to so many rows; at the end the statement is reset.
fn rows(h: &mut Held, args: Args<'_>, parameters: Option<Vec<Cell>>, count: usize) -> R<Vec<Value>> {
    let this = args.this::<Prepared>();
    let (statement, shared) = (this.statement.clone(), this.shared.clone());
    let found = call(h, &shared, || collect(&lock(&statement), parameters, count));
    let found = found.map_err(|failure| raise(h, &failure))?;
    let text_factory = this.text_factory.read(h, Clone::clone);
    let converters = this.converters.read(h, Clone::clone);
    let mut rows = Vec::with_capacity(found.len());
    for row in found {
        let mut values = Vec::with_capacity(row.len());
        for (at, cell) in row.into_iter().enumerate() {
            let converter = converters.downcast::<Tuple>().and_then(|converters| converters.items().get(at).cloned());
            values.push(value_of(h, this, at, cell, &text_factory, converter)?);
        }
        rows.push(h.new_tuple(values));
    }
    Ok(rows)
}

fn collect(statement: &Statement, parameters: Option<Vec<Cell>>, count: usize) -> Result<Vec<Vec<Cell>>, Failure> {
    if let Some(parameters) = parameters {
        statement.reset();
        statement.clear();
        for (at, cell) in parameters.iter().enumerate() {
            statement.bind(at + 1, cell)?;
        }
    }
    let mut rows = Vec::new();
    while rows.len() < count {
        match statement.step() {
            Ok(Some(row)) => rows.push(row),
            Ok(None) => {
                statement.reset();
                break;
            }
            Err(failure) => {
                statement.reset();
                return Err(failure);
            }
        }
    }
    Ok(rows)
}

fn value_of(h: &mut Held, this: &Prepared, at: usize, cell: Cell, text_factory: &Value, converter: Option<Value>) -> R {
    if let Some(converter) = converter.filter(|converter| !converter.is_none()) {
        let bytes = match cell {
            Cell::Null => return Ok(Value::NONE),
            Cell::Int(number) => number.to_string().into_bytes(),
            Cell::Float(number) => {
                let number = h.new_float(number);
                h.repr_text(&number)?.into_bytes()
            }
            Cell::Text(bytes) | Cell::Blob(bytes) => bytes,
        };
        let bytes = h.new_bytes(&bytes);
        return h.call(&converter, &[bytes]);
    }
    Ok(match cell {
        Cell::Null => Value::NONE,
        Cell::Int(number) => h.new_int(number),
        Cell::Float(number) => h.new_float(number),
        Cell::Blob(bytes) => h.new_bytes(&bytes),
        Cell::Text(bytes) if text_factory.is_none() => match std::str::from_utf8(&bytes) {
            Ok(text) => h.new_str(text),
            Err(_) => {
                let name = look(h, this, |statement| statement.column_name(at)).unwrap_or_default();
                let (name, text) = (String::from_utf8_lossy(&name), String::from_utf8_lossy(&bytes));
                let message = format!("Could not decode to UTF-8 column '{name}' with text '{text}'");
                return Err(raise(h, &Failure { code: -1, message }));
            }
        },
        Cell::Text(bytes) => {
            let bytes = h.new_bytes(&bytes);
            return h.call(text_factory, &[bytes]);
        }
    })
}
