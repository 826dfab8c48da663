//! The module `_posixsubprocess`: a child that becomes another program, for `subprocess`.
//!
//! In: words, descriptors and what else the child is to be. Out: its id, or OSError. The one invariant: what the child needs is
//! made before it exists (see `syscall::spawn`).

use crate::io::{args, path};
use crate::posix;
use crate::syscall::spawn::{Spawn, become_program, fork_exec};
use interpreter::builtins::add_functions;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::list::List;
use interpreter::objects::module::Module;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use std::ffi::CString;

static FUNCTIONS: [Def; 1] = [def(
    "fork_exec",
    "args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, \
     errpipe_read, errpipe_write, restore_signals, start_new_session, process_group, gid, extra_groups, uid, umask, \
     preexec_fn, allow_vfork, /",
    run,
)];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_posixsubprocess");
    add_functions(h, &module, &FUNCTIONS);
    Ok(module)
}

fn run(h: &mut Held, args: Args<'_>) -> R {
    let spawn = read(h, args)?;
    if spawn.close_others && spawn.report < 3 {
        return Err(h.value_error("errpipe_write must be >= 3"));
    }
    let prepare = &args[21];
    let pid = if prepare.is_none() { fork_exec(&spawn) } else { with_function(h, &spawn, prepare) };
    match pid {
        Ok(pid) => Ok(h.new_int(pid.into())),
        Err(error) => Err(h.os_error(error, None)),
    }
}

/// The function is called in the child, which is a whole machine of one thread until then.
fn with_function(h: &mut Held, spawn: &Spawn, prepare: &Value) -> std::io::Result<i32> {
    match posix::fork_machine(h)? {
        0 => become_program(spawn, Some(&mut || h.call(prepare, &[]).is_ok())),
        pid => Ok(pid),
    }
}

fn read(h: &mut Held, args: Args<'_>) -> R<Spawn> {
    let words_of = words(h, &args[0])?;
    let programs = words(h, &args[1])?;
    let keep = descriptors(h, &args[3])?;
    let directory = if args[4].is_none() { None } else { Some(path::bytes_of(h, &args[4])?) };
    let environment = if args[5].is_none() { None } else { Some(words(h, &args[5])?) };
    let mut fds = [0; 8];
    for (i, fd) in fds.iter_mut().enumerate() {
        *fd = args::int(h, &args[6 + i])?;
    }
    let group = args::int(h, &args[16])?;
    let umask = args::int(h, &args[20])?;
    Ok(Spawn {
        programs,
        args: words_of,
        environment,
        directory,
        standard: [fds[0], fds[3], fds[5]],
        parent_ends: [fds[1], fds[2], fds[4]],
        report_parent: fds[6],
        report: fds[7],
        close_others: h.truth(&args[2])?,
        keep,
        restore_signals: h.truth(&args[14])?,
        new_session: h.truth(&args[15])?,
        group: (group >= 0).then_some(group),
        groups: groups(h, &args[18])?,
        gid: posix::optional_id(h, &args[17])?,
        uid: posix::optional_id(h, &args[19])?,
        umask: u32::try_from(umask).ok(),
    })
}

fn words(h: &mut Held, list: &Value) -> R<Vec<CString>> {
    let mut words = Vec::new();
    for word in h.collect(list)? {
        words.push(path::bytes_of(h, &word)?);
    }
    Ok(words)
}

/// A sorted tuple of descriptors.
fn descriptors(h: &mut Held, value: &Value) -> R<Vec<i32>> {
    let Some(tuple) = value.downcast::<Tuple>() else {
        let got = value.class_name();
        return Err(h.type_error(format!("fork_exec() argument 4 must be tuple, not {got}")));
    };
    let mut keep = Vec::new();
    for fd in tuple.items() {
        keep.push(args::int(h, fd)?);
    }
    if keep.iter().any(|&fd| fd < 0) || !keep.is_sorted() {
        return Err(h.value_error("bad value(s) in fds_to_keep"));
    }
    Ok(keep)
}

fn groups(h: &mut Held, value: &Value) -> R<Option<Vec<u32>>> {
    if value.is_none() {
        return Ok(None);
    }
    if value.downcast::<List>().is_none() {
        return Err(h.type_error("setgroups argument must be a sequence"));
    }
    let mut groups = Vec::new();
    for group in h.collect(value)? {
        groups.extend(posix::optional_id(h, &group)?);
    }
    Ok(Some(groups))
}
