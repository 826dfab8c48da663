//! SQLite's C interface: connections, statements and what SQLite calls back.
//!
//! In: SQL and cells. Out: cells, or an error code with its message. The one invariant: SQLite is built in its serialized mode, so a
//! connection may be used by one thread after the other and by two at once; a statement is kept to one at a time by its owner.
//!
//! The safe bindings of rusqlite tie a statement to a borrow of its connection, and neither may pass to another thread. A cursor
//! keeps its statement for as long as the program likes and runs it with the GIL given up, so this file stands on the C interface that
//! rusqlite stands on. A statement keeps its connection alive.

use interpreter::sync::Held;
use libsqlite3_sys as ffi;
use std::cell::Cell as Place;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::null_mut;
use std::sync::{Arc, Mutex, PoisonError};

/// A value as SQLite keeps it.
#[derive(Clone, Debug)]
pub enum Cell {
    Null,
    Int(i64),
    Float(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

/// An error: SQLite's extended code and its message.
#[derive(Debug)]
pub struct Failure {
    pub code: c_int,
    pub message: String,
}

/// A connection.
pub struct Db {
    raw: *mut ffi::sqlite3,
    /// Statements that were dropped while another thread was in a call.
    dropped: Mutex<Vec<*mut ffi::sqlite3_stmt>>,
}

// SAFETY: SQLite is built in its serialized mode: each call takes the connection's own lock.
unsafe impl Send for Db {}
// SAFETY: as above.
unsafe impl Sync for Db {}

impl Drop for Db {
    fn drop(&mut self) {
        self.finalize_dropped();
        // SAFETY: the connection was opened and is closed once, when no statement is left: each keeps it alive.
        unsafe { ffi::sqlite3_close(self.raw) };
    }
}

/// The message of a code.
pub fn message_of(code: c_int) -> String {
    // SAFETY: SQLite gives a static string for any number.
    unsafe { CStr::from_ptr(ffi::sqlite3_errstr(code)) }.to_string_lossy().into_owned()
}

impl Db {
    pub fn open(path: &CStr, uri: bool) -> Result<Db, Failure> {
        let flags = ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE | if uri { ffi::SQLITE_OPEN_URI } else { 0 };
        let mut raw = null_mut();
        // SAFETY: the path ends with a zero byte; the connection is written even on failure and is closed by `Db`.
        let code = unsafe { ffi::sqlite3_open_v2(path.as_ptr(), &mut raw, flags, std::ptr::null()) };
        let db = Db { raw, dropped: Mutex::default() };
        if code != ffi::SQLITE_OK {
            return Err(if raw.is_null() { Failure { code, message: message_of(code) } } else { db.failure(code) });
        }
        // SAFETY: the connection is open.
        unsafe { ffi::sqlite3_extended_result_codes(raw, 1) };
        Ok(db)
    }

    /// What the last call on this connection complained about.
    fn failure(&self, code: c_int) -> Failure {
        // SAFETY: the connection is open; the message is copied at once.
        let message = unsafe { CStr::from_ptr(ffi::sqlite3_errmsg(self.raw)) }.to_string_lossy().into_owned();
        Failure { code, message }
    }

    fn check(&self, code: c_int) -> Result<(), Failure> {
        if code == ffi::SQLITE_OK { Ok(()) } else { Err(self.failure(code)) }
    }

    fn finalize_dropped(&self) {
        let dropped = std::mem::take(&mut *self.dropped.lock().unwrap_or_else(PoisonError::into_inner));
        for statement in dropped {
            // SAFETY: its owner is gone; it is finalized once.
            unsafe { ffi::sqlite3_finalize(statement) };
        }
    }

    /// The first statement of the text, if it has one, and how many bytes it takes.
    pub fn prepare(self: &Arc<Db>, sql: &[u8]) -> Result<(Option<Statement>, usize), Failure> {
        self.finalize_dropped();
        let (mut raw, mut tail) = (null_mut(), std::ptr::null());
        let start = sql.as_ptr().cast::<c_char>();
        let size = c_int::try_from(sql.len()).unwrap_or(c_int::MAX);
        // SAFETY: the text is as long as is said; `tail` points into it.
        let code = unsafe { ffi::sqlite3_prepare_v2(self.raw, start, size, &mut raw, &mut tail) };
        self.check(code)?;
        let used = if tail.is_null() { sql.len() } else { (tail as usize).saturating_sub(start as usize) };
        let statement = (!raw.is_null()).then(|| Statement { raw, db: self.clone() });
        Ok((statement, used))
    }

    pub fn busy_timeout(&self, milliseconds: c_int) {
        // SAFETY: the connection is open.
        unsafe { ffi::sqlite3_busy_timeout(self.raw, milliseconds) };
    }

    pub fn in_transaction(&self) -> bool {
        // SAFETY: as above.
        unsafe { ffi::sqlite3_get_autocommit(self.raw) == 0 }
    }

    pub fn changes(&self) -> i64 {
        // SAFETY: as above.
        unsafe { ffi::sqlite3_changes(self.raw) }.into()
    }

    pub fn total_changes(&self) -> i64 {
        // SAFETY: as above.
        unsafe { ffi::sqlite3_total_changes(self.raw) }.into()
    }

    pub fn last_row(&self) -> i64 {
        // SAFETY: as above.
        unsafe { ffi::sqlite3_last_insert_rowid(self.raw) }
    }

    pub fn interrupt(&self) {
        // SAFETY: as above; any thread may call it.
        unsafe { ffi::sqlite3_interrupt(self.raw) };
    }

    /// Reads a limit, and sets it unless the new value is negative.
    pub fn limit(&self, category: c_int, value: c_int) -> c_int {
        // SAFETY: as above; categories that do not exist give -1.
        unsafe { ffi::sqlite3_limit(self.raw, category, value) }
    }

    /// Waits until no other thread is in a call on this connection, and keeps others out until the guard goes.
    pub fn enter(self: &Arc<Db>) -> Inside {
        // SAFETY: the connection is open and has a lock in serialized mode.
        unsafe { ffi::sqlite3_mutex_enter(ffi::sqlite3_db_mutex(self.raw)) };
        Inside(self.clone())
    }

    /// Copies up to so many pages of one database to another; the rest and the total are told.
    pub fn backup(
        &self,
        to: &Db,
        names: (&CStr, &CStr),
        pages: c_int,
        mut step: impl FnMut(c_int, c_int, c_int) -> bool,
    ) -> Result<(), Failure> {
        // SAFETY: both connections are open; the names end with a zero byte.
        let raw = unsafe { ffi::sqlite3_backup_init(to.raw, names.1.as_ptr(), self.raw, names.0.as_ptr()) };
        if raw.is_null() {
            // SAFETY: as above.
            let code = unsafe { ffi::sqlite3_extended_errcode(to.raw) };
            return Err(to.failure(code));
        }
        let mut code;
        loop {
            // SAFETY: the backup lives until it is finished below.
            code = unsafe { ffi::sqlite3_backup_step(raw, pages) };
            // SAFETY: as above.
            let (left, total) = unsafe { (ffi::sqlite3_backup_remaining(raw), ffi::sqlite3_backup_pagecount(raw)) };
            if !step(code, left, total) {
                break;
            }
            match code & 0xff {
                ffi::SQLITE_OK => (),
                ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => std::thread::sleep(std::time::Duration::from_millis(50)),
                _ => break,
            }
        }
        // SAFETY: the backup is finished once.
        let end = unsafe { ffi::sqlite3_backup_finish(raw) };
        if end == ffi::SQLITE_OK { Ok(()) } else { Err(Failure { code: end, message: message_of(end) }) }
    }

    /// The database as the bytes that its file would have.
    pub fn serialize(&self, name: &CStr) -> Option<Vec<u8>> {
        let mut size = 0;
        // SAFETY: the connection is open; the copy belongs to the caller.
        let data = unsafe { ffi::sqlite3_serialize(self.raw, name.as_ptr(), &mut size, 0) };
        if data.is_null() {
            return None;
        }
        // SAFETY: SQLite gave so many bytes, which are freed after they were copied.
        unsafe {
            let bytes = std::slice::from_raw_parts(data, size as usize).to_vec();
            ffi::sqlite3_free(data.cast());
            Some(bytes)
        }
    }

    pub fn deserialize(&self, name: &CStr, bytes: &[u8]) -> Result<(), Failure> {
        let size = bytes.len();
        // SAFETY: SQLite takes over memory of its own allocator, into which the bytes are copied first.
        let code = unsafe {
            let data = ffi::sqlite3_malloc64(size as u64).cast::<u8>();
            if data.is_null() {
                return Err(Failure { code: ffi::SQLITE_NOMEM, message: message_of(ffi::SQLITE_NOMEM) });
            }
            data.copy_from_nonoverlapping(bytes.as_ptr(), size);
            let flags = ffi::SQLITE_DESERIALIZE_FREEONCLOSE | ffi::SQLITE_DESERIALIZE_RESIZEABLE;
            ffi::sqlite3_deserialize(self.raw, name.as_ptr(), data, size as i64, size as i64, flags)
        };
        self.check(code)
    }
}

/// Whether the text ends after a complete statement.
pub fn is_complete(sql: &CStr) -> bool {
    // SAFETY: the text ends with a zero byte.
    unsafe { ffi::sqlite3_complete(sql.as_ptr()) != 0 }
}

pub fn version() -> String {
    // SAFETY: a static string.
    unsafe { CStr::from_ptr(ffi::sqlite3_libversion()) }.to_string_lossy().into_owned()
}

/// Keeps other threads out of a connection.
pub struct Inside(Arc<Db>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.finalize_dropped();
        // SAFETY: this thread entered.
        unsafe { ffi::sqlite3_mutex_leave(ffi::sqlite3_db_mutex(self.0.raw)) };
    }
}

/// A compiled statement.
pub struct Statement {
    raw: *mut ffi::sqlite3_stmt,
    db: Arc<Db>,
}

// SAFETY: as for `Db`; the owner keeps two threads from using one statement at once.
unsafe impl Send for Statement {}

impl Drop for Statement {
    /// Never waits: whoever drops it has the GIL, which a thread that is in a call on this connection may want.
    fn drop(&mut self) {
        // SAFETY: the connection is open; the statement is finalized once, here or when it is found among the dropped ones.
        unsafe {
            let lock = ffi::sqlite3_db_mutex(self.db.raw);
            if ffi::sqlite3_mutex_try(lock) == ffi::SQLITE_OK {
                ffi::sqlite3_finalize(self.raw);
                ffi::sqlite3_mutex_leave(lock);
            } else {
                self.db.dropped.lock().unwrap_or_else(PoisonError::into_inner).push(self.raw);
            }
        }
    }
}

impl Statement {
    pub fn is_read_only(&self) -> bool {
        // SAFETY: the statement is alive; so below.
        unsafe { ffi::sqlite3_stmt_readonly(self.raw) != 0 }
    }

    pub fn is_running(&self) -> bool {
        // SAFETY: as above.
        unsafe { ffi::sqlite3_stmt_busy(self.raw) != 0 }
    }

    pub fn parameter_count(&self) -> usize {
        // SAFETY: as above.
        unsafe { ffi::sqlite3_bind_parameter_count(self.raw) as usize }
    }

    /// The name of a parameter, counted from 1, with its sign; none if it is a question mark.
    pub fn parameter_name(&self, at: usize) -> Option<Vec<u8>> {
        // SAFETY: as above; the name is copied at once.
        unsafe { bytes_of(ffi::sqlite3_bind_parameter_name(self.raw, at as c_int)) }
    }

    pub fn column_count(&self) -> usize {
        // SAFETY: as above.
        unsafe { ffi::sqlite3_column_count(self.raw) as usize }
    }

    pub fn column_name(&self, at: usize) -> Option<Vec<u8>> {
        // SAFETY: as above.
        unsafe { bytes_of(ffi::sqlite3_column_name(self.raw, at as c_int)) }
    }

    pub fn declared_type(&self, at: usize) -> Option<Vec<u8>> {
        // SAFETY: as above.
        unsafe { bytes_of(ffi::sqlite3_column_decltype(self.raw, at as c_int)) }
    }

    /// Gives a parameter, counted from 1, its value.
    pub fn bind(&self, at: usize, cell: &Cell) -> Result<(), Failure> {
        let at = at as c_int;
        // SAFETY: SQLite copies texts and blobs before the call returns.
        let code = unsafe {
            match cell {
                Cell::Null => ffi::sqlite3_bind_null(self.raw, at),
                Cell::Int(number) => ffi::sqlite3_bind_int64(self.raw, at, *number),
                Cell::Float(number) => ffi::sqlite3_bind_double(self.raw, at, *number),
                Cell::Text(text) => {
                    let start = text.as_ptr().cast();
                    ffi::sqlite3_bind_text(self.raw, at, start, text.len() as c_int, ffi::SQLITE_TRANSIENT())
                }
                Cell::Blob(blob) if blob.is_empty() => ffi::sqlite3_bind_zeroblob(self.raw, at, 0),
                Cell::Blob(blob) => {
                    let start = blob.as_ptr().cast();
                    ffi::sqlite3_bind_blob(self.raw, at, start, blob.len() as c_int, ffi::SQLITE_TRANSIENT())
                }
            }
        };
        self.db.check(code)
    }

    /// The next row, or nothing at the end.
    pub fn step(&self) -> Result<Option<Vec<Cell>>, Failure> {
        // SAFETY: the statement is alive.
        match unsafe { ffi::sqlite3_step(self.raw) } {
            ffi::SQLITE_ROW => Ok(Some(self.row())),
            ffi::SQLITE_DONE => Ok(None),
            code => Err(self.db.failure(code)),
        }
    }

    fn row(&self) -> Vec<Cell> {
        // SAFETY: a row is there; the columns are in range.
        let count = unsafe { ffi::sqlite3_data_count(self.raw) };
        // SAFETY: as above; what the pointers give is copied before the next call.
        (0..count).map(|at| unsafe { cell_of(ffi::sqlite3_column_value(self.raw, at)) }).collect()
    }

    pub fn reset(&self) {
        // SAFETY: the statement is alive; the error of the last step is told again and was seen.
        unsafe { ffi::sqlite3_reset(self.raw) };
    }

    pub fn clear(&self) {
        // SAFETY: as above.
        unsafe { ffi::sqlite3_clear_bindings(self.raw) };
    }
}

/// A copy of a C string.
///
/// # Safety
/// The pointer is null or leads to a string that ends with a zero byte.
unsafe fn bytes_of(text: *const c_char) -> Option<Vec<u8>> {
    // SAFETY: as the caller says.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_bytes().to_vec())
}

/// A copy of a value.
///
/// # Safety
/// The value is alive.
unsafe fn cell_of(value: *mut ffi::sqlite3_value) -> Cell {
    // SAFETY: the value is alive; size and start are asked in the order that SQLite wants.
    unsafe {
        let bytes = |start: *const u8| match ffi::sqlite3_value_bytes(value) {
            size if size > 0 && !start.is_null() => std::slice::from_raw_parts(start, size as usize).to_vec(),
            _ => Vec::new(),
        };
        match ffi::sqlite3_value_type(value) {
            ffi::SQLITE_INTEGER => Cell::Int(ffi::sqlite3_value_int64(value)),
            ffi::SQLITE_FLOAT => Cell::Float(ffi::sqlite3_value_double(value)),
            ffi::SQLITE_TEXT => Cell::Text(bytes(ffi::sqlite3_value_text(value))),
            ffi::SQLITE_BLOB => Cell::Blob(bytes(ffi::sqlite3_value_blob(value).cast())),
            _ => Cell::Null,
        }
    }
}

/// What SQLite may ask the program for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Ask {
    Function,
    /// A row for an aggregate; the number tells the group.
    Step(usize),
    /// The end of a group.
    Finish(usize),
    /// What a window holds now; a row that leaves it.
    Value(usize),
    Inverse(usize),
    Compare,
    Progress,
    Trace,
    Authorize,
}

/// Answers what is asked of the program's object with this number. An error is a message.
pub type Answer = fn(h: &mut Held, id: u64, ask: Ask, args: Vec<Cell>) -> Result<Cell, String>;

thread_local! {
    /// Who answers on this thread, and with what.
    static ANSWERING: Place<Option<(*mut Held, Answer)>> = const { Place::new(None) };
}

/// Runs a call on a connection while `answer` is there for what SQLite asks. The thread keeps the GIL.
pub fn answering<T>(h: &mut Held, answer: Answer, call: impl FnOnce() -> T) -> T {
    let before = ANSWERING.replace(Some((h, answer)));
    let result = call();
    ANSWERING.set(before);
    result
}

fn ask(data: *mut c_void, ask: Ask, args: Vec<Cell>) -> Result<Cell, String> {
    let Some((held, answer)) = ANSWERING.take() else { return Err("nobody answers".to_owned()) };
    // SAFETY: `answering` was given the only reference and waits; while this one is used nobody finds it again.
    let result = answer(unsafe { &mut *held }, data as u64, ask, args);
    ANSWERING.set(Some((held, answer)));
    result
}

impl Db {
    /// Makes a function of SQL known; `aggregate` and `window` say which calls it gets. Without an id it is taken away.
    pub fn create_function(
        &self,
        name: &CStr,
        count: c_int,
        deterministic: bool,
        id: Option<u64>,
        kind: Kind,
    ) -> Result<(), Failure> {
        let flags = ffi::SQLITE_UTF8 | if deterministic { ffi::SQLITE_DETERMINISTIC } else { 0 };
        let data = id.unwrap_or(0) as *mut c_void;
        let known = id.is_some();
        let scalar = (known && kind == Kind::Scalar).then_some(on_function as Call);
        let step = (known && kind != Kind::Scalar).then_some(on_step as Call);
        let finish = (known && kind != Kind::Scalar).then_some(on_finish as End);
        let value = (known && kind == Kind::Window).then_some(on_value as End);
        let inverse = (known && kind == Kind::Window).then_some(on_inverse as Call);
        // SAFETY: the functions live for ever; the data is a number.
        let code = unsafe {
            match kind {
                Kind::Window => ffi::sqlite3_create_window_function(
                    self.raw,
                    name.as_ptr(),
                    count,
                    flags,
                    data,
                    step,
                    finish,
                    value,
                    inverse,
                    None,
                ),
                _ => ffi::sqlite3_create_function_v2(
                    self.raw,
                    name.as_ptr(),
                    count,
                    flags,
                    data,
                    scalar,
                    step,
                    finish,
                    None,
                ),
            }
        };
        self.check(code)
    }

    pub fn create_collation(&self, name: &CStr, id: Option<u64>) -> Result<(), Failure> {
        let data = id.unwrap_or(0) as *mut c_void;
        let compare = id.map(|_| on_compare as Compare);
        // SAFETY: as above.
        let code =
            unsafe { ffi::sqlite3_create_collation_v2(self.raw, name.as_ptr(), ffi::SQLITE_UTF8, data, compare, None) };
        self.check(code)
    }

    /// Asks every `n` instructions whether to go on.
    pub fn set_progress(&self, id: Option<u64>, n: c_int) {
        let data = id.unwrap_or(0) as *mut c_void;
        // SAFETY: as above.
        unsafe { ffi::sqlite3_progress_handler(self.raw, n, id.map(|_| on_progress as Progress), data) };
    }

    /// Tells each statement that runs.
    pub fn set_trace(&self, id: Option<u64>) {
        let data = id.unwrap_or(0) as *mut c_void;
        let mask = if id.is_some() { ffi::SQLITE_TRACE_STMT } else { 0 };
        // SAFETY: as above.
        unsafe { ffi::sqlite3_trace_v2(self.raw, mask, id.map(|_| on_trace as Trace), data) };
    }

    /// Asks for each thing that a statement wants to do.
    pub fn set_authorizer(&self, id: Option<u64>) -> Result<(), Failure> {
        let data = id.unwrap_or(0) as *mut c_void;
        // SAFETY: as above.
        let code = unsafe { ffi::sqlite3_set_authorizer(self.raw, id.map(|_| on_authorize as Authorize), data) };
        self.check(code)
    }
}

/// The kinds of functions.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Scalar,
    Aggregate,
    Window,
}

type Call = unsafe extern "C" fn(*mut ffi::sqlite3_context, c_int, *mut *mut ffi::sqlite3_value);
type End = unsafe extern "C" fn(*mut ffi::sqlite3_context);
type Compare = unsafe extern "C" fn(*mut c_void, c_int, *const c_void, c_int, *const c_void) -> c_int;
type Progress = unsafe extern "C" fn(*mut c_void) -> c_int;
type Trace = unsafe extern "C" fn(u32, *mut c_void, *mut c_void, *mut c_void) -> c_int;
type Authorize =
    unsafe extern "C" fn(*mut c_void, c_int, *const c_char, *const c_char, *const c_char, *const c_char) -> c_int;

/// # Safety
/// SQLite calls it with as many values as it says.
unsafe fn answer(context: *mut ffi::sqlite3_context, what: Ask, count: c_int, values: *mut *mut ffi::sqlite3_value) {
    // SAFETY: as SQLite says; results are copied by it.
    unsafe {
        let args = (0..count as usize).map(|at| cell_of(*values.add(at))).collect();
        let result = ask(ffi::sqlite3_user_data(context), what, args);
        if matches!(what, Ask::Step(_) | Ask::Inverse(_)) && result.is_ok() {
            return;
        }
        match result {
            Ok(Cell::Null) => ffi::sqlite3_result_null(context),
            Ok(Cell::Int(number)) => ffi::sqlite3_result_int64(context, number),
            Ok(Cell::Float(number)) => ffi::sqlite3_result_double(context, number),
            Ok(Cell::Text(text)) => {
                let start = text.as_ptr().cast();
                ffi::sqlite3_result_text(context, start, text.len() as c_int, ffi::SQLITE_TRANSIENT());
            }
            Ok(Cell::Blob(blob)) => {
                let start = blob.as_ptr().cast();
                ffi::sqlite3_result_blob(context, start, blob.len() as c_int, ffi::SQLITE_TRANSIENT());
            }
            Err(message) if message == "string or blob too big" => ffi::sqlite3_result_error_toobig(context),
            Err(message) if message == "out of memory" => ffi::sqlite3_result_error_nomem(context),
            Err(message) => {
                ffi::sqlite3_result_error(context, message.as_ptr().cast(), message.len() as c_int);
            }
        }
    }
}

/// The number of a group: the address of the memory that SQLite keeps for it.
///
/// # Safety
/// The context is an aggregate's.
unsafe fn group(context: *mut ffi::sqlite3_context) -> usize {
    // SAFETY: as the caller says.
    unsafe { ffi::sqlite3_aggregate_context(context, 8) as usize }
}

unsafe extern "C" fn on_function(context: *mut ffi::sqlite3_context, n: c_int, values: *mut *mut ffi::sqlite3_value) {
    // SAFETY: called by SQLite.
    unsafe { answer(context, Ask::Function, n, values) }
}

unsafe extern "C" fn on_step(context: *mut ffi::sqlite3_context, n: c_int, values: *mut *mut ffi::sqlite3_value) {
    // SAFETY: called by SQLite.
    unsafe { answer(context, Ask::Step(group(context)), n, values) }
}

unsafe extern "C" fn on_inverse(context: *mut ffi::sqlite3_context, n: c_int, values: *mut *mut ffi::sqlite3_value) {
    // SAFETY: called by SQLite.
    unsafe { answer(context, Ask::Inverse(group(context)), n, values) }
}

unsafe extern "C" fn on_value(context: *mut ffi::sqlite3_context) {
    // SAFETY: called by SQLite.
    unsafe { answer(context, Ask::Value(group(context)), 0, null_mut()) }
}

unsafe extern "C" fn on_finish(context: *mut ffi::sqlite3_context) {
    // SAFETY: called by SQLite.
    unsafe { answer(context, Ask::Finish(group(context)), 0, null_mut()) }
}

unsafe extern "C" fn on_compare(
    data: *mut c_void,
    a_size: c_int,
    a: *const c_void,
    b_size: c_int,
    b: *const c_void,
) -> c_int {
    // SAFETY: SQLite gives two texts with their sizes.
    let text = |start: *const c_void, size: c_int| unsafe {
        let bytes: &[u8] = if start.is_null() { &[] } else { std::slice::from_raw_parts(start.cast(), size as usize) };
        Cell::Text(bytes.to_vec())
    };
    match ask(data, Ask::Compare, vec![text(a, a_size), text(b, b_size)]) {
        Ok(Cell::Int(order)) => order.signum() as c_int,
        _ => 0,
    }
}

unsafe extern "C" fn on_progress(data: *mut c_void) -> c_int {
    !matches!(ask(data, Ask::Progress, Vec::new()), Ok(Cell::Int(0))) as c_int
}

unsafe extern "C" fn on_trace(_: u32, data: *mut c_void, statement: *mut c_void, sql: *mut c_void) -> c_int {
    // SAFETY: for this event SQLite gives the statement, and its text or a comment that stands for a trigger.
    unsafe {
        let expanded = ffi::sqlite3_expanded_sql(statement.cast());
        let comment = bytes_of(sql.cast::<c_char>().cast_const()).filter(|text| text.starts_with(b"--"));
        if let Some(text) = comment.or_else(|| bytes_of(expanded)) {
            let _ = ask(data, Ask::Trace, vec![Cell::Text(text)]);
        }
        ffi::sqlite3_free(expanded.cast());
    }
    0
}

unsafe extern "C" fn on_authorize(
    data: *mut c_void,
    action: c_int,
    a: *const c_char,
    b: *const c_char,
    c: *const c_char,
    d: *const c_char,
) -> c_int {
    // SAFETY: SQLite gives null or strings.
    let text = |text| unsafe { bytes_of(text) }.map_or(Cell::Null, Cell::Text);
    let args = vec![Cell::Int(action.into()), text(a), text(b), text(c), text(d)];
    match ask(data, Ask::Authorize, args) {
        Ok(Cell::Int(verdict)) => verdict as c_int,
        _ => ffi::SQLITE_DENY,
    }
}

/// A text for C; none if it has a zero byte.
pub fn c_text(text: &[u8]) -> Option<CString> {
    CString::new(text).ok()
}
