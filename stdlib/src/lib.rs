//! The modules that toy programs import.
//!
//! In: the public interface of `interpreter`. Out: native modules, one a file, and the modules written in toy, carried as
//! text. The one invariant: nothing here touches the inside of the machine.

mod abc_;
mod array;
mod ast_;
mod asyncio_;
pub mod atexit_;
mod base64_;
mod binascii;
mod bisect;
mod bz2_;
pub mod cli;
mod clib;
mod codecs_;
mod collections;
mod contextvars_;
mod csv_;
mod datetime;
mod decimal;
mod dis_;
mod errno;
mod expat;
mod faulthandler;
mod fcntl;
mod functools;
mod gc_;
pub mod gil;
mod hashlib;
mod heapq;
mod html;
pub mod io;
mod itertools;
mod json_;
mod math;
mod mmap_;
mod multiprocessing;
mod native;
mod operator;
mod pickle_;
mod posix;
mod posixshmem;
mod posixsubprocess;
mod pwd;
mod queue_;
mod random;
mod re_;
mod resource;
mod select_;
mod signal_;
mod socket;
#[cfg(feature = "sqlite")]
mod sqlite3_;
mod string_;
mod struct_;
mod sys_;
mod syscall;
mod thread_;
mod time;
mod types_;
mod unicodedata;
mod warnings_;
mod weakref_;
mod zlib;

use interpreter::runtime::import::{self, Frozen, InitFn};

include!(concat!(env!("OUT_DIR"), "/frozen.rs"));

/// The native modules.
static NATIVE: &[(&str, InitFn)] = &[
    ("_codecs", codecs_::init),
    ("_abc", abc_::init),
    ("_ast", ast_::init),
    ("_asyncio", asyncio_::init),
    ("_base64", base64_::init),
    ("_bisect", bisect::init),
    ("_bz2", bz2_::init),
    ("_collections", collections::init),
    ("_contextvars", contextvars_::init),
    ("_dis", dis_::init),
    ("_expat", expat::init),
    ("_csv", csv_::init),
    ("_functools", functools::init),
    ("_hashlib", hashlib::init),
    ("_heapq", heapq::init),
    ("gil", gil::init),
    ("_html", html::init),
    ("_io", io::init),
    ("_posixsubprocess", posixsubprocess::init),
    ("_queue", queue_::init),
    ("_multiprocessing", multiprocessing::init),
    ("_operator", operator::init_native),
    ("_pickling", pickle_::init),
    ("_posixshmem", posixshmem::init),
    ("_json", json_::init),
    ("_random", random::init),
    ("_re", re_::init),
    ("_signal", signal_::init),
    ("_socket", socket::init),
    #[cfg(feature = "sqlite")]
    ("_sqlite3", sqlite3_::init),
    ("_string", string_::init),
    ("_struct", struct_::init),
    ("array", array::init),
    ("_thread", thread_::init),
    ("_types", types_::init),
    ("binascii", binascii::init),
    ("datetime", datetime::init),
    ("decimal", decimal::init),
    ("errno", errno::init),
    ("faulthandler", faulthandler::init),
    ("_warnings", warnings_::init),
    ("fcntl", fcntl::init),
    ("_weakref", weakref_::init),
    ("atexit", atexit_::init),
    ("gc", gc_::init),
    ("itertools", itertools::init),
    ("math", math::init),
    ("mmap", mmap_::init),
    ("operator", operator::init),
    ("posix", posix::init),
    ("pwd", pwd::init),
    ("select", select_::init),
    ("resource", resource::init),
    ("sys", sys_::init),
    ("time", time::init),
    ("unicodedata", unicodedata::init),
    ("zlib", zlib::init),
];

/// Makes all modules known to imports.
pub fn install() {
    import::add_native(NATIVE);
    import::add_frozen(FROZEN);
}
