//! What runs around the eval loop: errors, signatures of native functions, finalizers, the collector, imports, signals,
//! and the reports of uncaught exceptions.

pub mod clear;
pub mod codecs;
pub mod compile;
pub mod config;
pub mod error;
pub mod exit;
pub mod finalize;
pub mod gc;
pub mod groups;
pub mod import;
mod import_claims;
mod import_time;
pub mod plain_lock;
pub mod report;
pub mod signals;
pub mod signature;
pub mod start;
pub mod thread;
pub mod traceback;
