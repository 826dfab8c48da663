//! Processes: ids, fork, exec, wait, signals to others, priorities.
//!
//! In: numbers and words. Out: the same, or OSError. The one invariant: after `fork` the child has one thread, which holds
//! the GIL.

use super::classes::{self, Kind};
use super::names::{done, id};
use super::target::{Also, Target, target};
use crate::io::args;
use crate::io::raise::{system, system_for};
use crate::syscall::{self, process};
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::list::List;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signals;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;
use std::ffi::CString;

/// What `register_at_fork` was given: before, in the parent, in the child.
static AT_FORK: Global<[Vec<Value>; 3]> = Global::new([Vec::new(), Vec::new(), Vec::new()]);

/// A function without arguments that gives a number.
macro_rules! ids {
    ($($name:ident)*) => { [$(def(stringify!($name), "", |h, _| Ok(h.new_int(process::$name()))),)*] };
}

pub static IDS: [Def; 7] = ids! { getpid getppid getuid geteuid getgid getegid getpgrp };

pub static FUNCTIONS: [Def; 31] = [
    def("fork", "", fork),
    def("register_at_fork", "*, before=None, after_in_child=None, after_in_parent=None", register_at_fork),
    def("_exit", "status", |h, args| {
        let status = args::int(h, &args[0])?;
        syscall::exit_now(status)
    }),
    def("abort", "", |_, _| process::abort()),
    def("execv", "path, argv, /", |h, args| exec(h, args, "execv")),
    def("execve", "path, argv, env", |h, args| exec(h, args, "execve")),
    def("kill", "pid, signal, /", |h, args| {
        let (pid, signal) = (args::int(h, &args[0])?, args::int(h, &args[1])?);
        done(h, || process::kill(pid, signal).map(drop))?;
        h.check_signals()?;
        Ok(Value::NONE)
    }),
    def("killpg", "pgid, signal, /", |h, args| {
        let (group, signal) = (args::int(h, &args[0])?, args::int(h, &args[1])?);
        done(h, || process::killpg(group, signal).map(drop))?;
        h.check_signals()?;
        Ok(Value::NONE)
    }),
    def("wait", "", |h, _| wait(h, -1, 0, false)),
    def("waitpid", "pid, options, /", |h, args| {
        let (pid, options) = (args::int(h, &args[0])?, args::int(h, &args[1])?);
        wait(h, pid, options, false)
    }),
    def("wait3", "options", |h, args| {
        let options = args::int(h, &args[0])?;
        wait(h, -1, options, true)
    }),
    def("wait4", "pid, options", |h, args| {
        let (pid, options) = (args::int(h, &args[0])?, args::int(h, &args[1])?);
        wait(h, pid, options, true)
    }),
    def("waitstatus_to_exitcode", "status", exit_code),
    def("system", "command", |h, args| {
        let command = target(h, &args[0], "system", "command", Also::Nothing)?;
        let status = system_for(h, Reason::Child, || process::system(&command.path))?;
        Ok(h.new_int(status.into()))
    }),
    def("getpgid", "pid", |h, args| number(h, args, process::getpgid)),
    def("getsid", "pid, /", |h, args| number(h, args, process::getsid)),
    def("setsid", "", |h, _| done(h, || process::setsid().map(drop))),
    def("setpgid", "pid, pgrp, /", |h, args| {
        let (pid, group) = (args::int(h, &args[0])?, args::int(h, &args[1])?);
        done(h, || process::setpgid(pid, group).map(drop))
    }),
    def("setpgrp", "", |h, _| done(h, || process::setpgid(0, 0).map(drop))),
    def("setuid", "uid, /", |h, args| set_id(h, args, process::setuid)),
    def("seteuid", "euid, /", |h, args| set_id(h, args, process::seteuid)),
    def("setgid", "gid, /", |h, args| set_id(h, args, process::setgid)),
    def("setegid", "egid, /", |h, args| set_id(h, args, process::setegid)),
    def("getgroups", "", |h, _| {
        let groups = system(h, process::getgroups)?;
        let groups = groups.iter().map(|&group| h.new_int(group.into())).collect();
        Ok(h.new_list(groups))
    }),
    def("umask", "mask, /", |h, args| {
        let old = process::umask(args::int(h, &args[0])? as u32);
        Ok(h.new_int(old.into()))
    }),
    def("nice", "increment, /", |h, args| number(h, args, process::nice)),
    def("getpriority", "which, who", |h, args| {
        let (which, who) = (args::int(h, &args[0])?, args::int(h, &args[1])? as u32);
        let priority = system(h, || process::getpriority(which, who))?;
        Ok(h.new_int(priority.into()))
    }),
    def("setpriority", "which, who, priority", |h, args| {
        let (which, who) = (args::int(h, &args[0])?, args::int(h, &args[1])? as u32);
        let priority = args::int(h, &args[2])?;
        done(h, || process::setpriority(which, who, priority).map(drop))
    }),
    def("sched_yield", "", |h, _| done(h, || process::sched_yield().map(drop))),
    def("sched_getaffinity", "pid, /", |h, args| {
        let pid = args::int(h, &args[0])?;
        let cpus = system(h, || process::get_affinity(pid))?;
        let cpus = cpus.into_iter().map(|cpu| h.new_int(cpu as i64)).collect();
        h.new_set(cpus)
    }),
    def("sched_setaffinity", "pid, mask, /", |h, args| {
        let pid = args::int(h, &args[0])?;
        let mut cpus = Vec::new();
        for cpu in h.collect(&args[1])? {
            let Ok(cpu) = usize::try_from(h.to_isize(&cpu)?) else { return Err(h.value_error("negative CPU number")) };
            cpus.push(cpu);
        }
        done(h, || process::set_affinity(pid, &cpus))
    }),
];

/// The functions that take a status apart.
pub static STATUS: [Def; 8] = [
    def("WIFEXITED", "status", |h, args| ask(h, args, |status| Value::bool(libc::WIFEXITED(status)))),
    def("WIFSIGNALED", "status", |h, args| ask(h, args, |status| Value::bool(libc::WIFSIGNALED(status)))),
    def("WIFSTOPPED", "status", |h, args| ask(h, args, |status| Value::bool(libc::WIFSTOPPED(status)))),
    def("WIFCONTINUED", "status", |h, args| ask(h, args, |status| Value::bool(libc::WIFCONTINUED(status)))),
    def("WCOREDUMP", "status, /", |h, args| ask(h, args, |status| Value::bool(libc::WCOREDUMP(status)))),
    def("WEXITSTATUS", "status", |h, args| part(h, args, |status| libc::WEXITSTATUS(status))),
    def("WTERMSIG", "status", |h, args| part(h, args, |status| libc::WTERMSIG(status))),
    def("WSTOPSIG", "status", |h, args| part(h, args, |status| libc::WSTOPSIG(status))),
];

fn ask(h: &mut Held, args: Args<'_>, question: fn(i32) -> Value) -> R {
    Ok(question(args::int(h, &args[0])?))
}

fn part(h: &mut Held, args: Args<'_>, part: fn(i32) -> i32) -> R {
    let status = args::int(h, &args[0])?;
    Ok(h.new_int(part(status).into()))
}

fn number(h: &mut Held, args: Args<'_>, call: fn(i32) -> std::io::Result<i32>) -> R {
    let argument = args::int(h, &args[0])?;
    let result = system(h, || call(argument))?;
    Ok(h.new_int(result.into()))
}

fn set_id(h: &mut Held, args: Args<'_>, call: fn(u32) -> std::io::Result<i32>) -> R {
    let id = id(h, &args[0])?;
    done(h, || call(id).map(drop))
}

fn exit_code(h: &mut Held, args: Args<'_>) -> R {
    let status = args::int(h, &args[0])?;
    if libc::WIFEXITED(status) {
        return Ok(h.new_int(libc::WEXITSTATUS(status).into()));
    }
    if libc::WIFSIGNALED(status) {
        return Ok(h.new_int(-i64::from(libc::WTERMSIG(status))));
    }
    if libc::WIFSTOPPED(status) {
        let signal = libc::WSTOPSIG(status);
        return Err(h.value_error(format!("process stopped by delivery of signal {signal}")));
    }
    Err(h.value_error(format!("invalid wait status: {status}")))
}

fn wait(h: &mut Held, pid: i32, options: i32, with_usage: bool) -> R {
    let (pid, status, usage) = system_for(h, Reason::Child, || process::wait4(pid, options))?;
    let mut items = vec![h.new_int(pid.into()), h.new_int(status.into())];
    if with_usage {
        let class = classes::get(h, Kind::Rusage)?;
        let mut values: Vec<Value> = usage.0.iter().map(|&seconds| h.new_float(seconds)).collect();
        values.extend(usage.1.iter().map(|&count| h.new_int(count)));
        items.push(h.new_struct(&class, &values));
    }
    Ok(h.new_tuple(items))
}

fn register_at_fork(h: &mut Held, args: Args<'_>) -> R {
    let given = [args.opt_some(0), args.opt_some(2), args.opt_some(1)];
    if given.iter().all(Option::is_none) {
        return Err(h.type_error("At least one argument is required."));
    }
    for (i, function) in given.into_iter().enumerate() {
        AT_FORK.write(h, |all| all[i].extend(function.cloned()));
    }
    Ok(Value::NONE)
}

/// Calls what was registered, the last first before the fork; errors are only shown.
fn run_at_fork(h: &mut Held, which: usize) {
    let mut functions = AT_FORK.read(h, |all| all[which].clone());
    if which == 0 {
        functions.reverse();
    }
    for function in functions {
        if let Err(raised) = h.call(&function, &[]) {
            h.unraisable(raised, "Exception ignored in", &function);
        }
    }
}

/// Forks as programs do: with what was registered to be called, and with the child as a machine of one thread.
pub fn fork_machine(h: &mut Held) -> std::io::Result<i32> {
    run_at_fork(h, 0);
    let main = signals::is_main_thread();
    let pid = h.fork(process::fork);
    if matches!(pid, Ok(0)) {
        crate::thread_::fork::in_child(h, main);
    }
    run_at_fork(h, if matches!(pid, Ok(0)) { 2 } else { 1 });
    pid
}

fn fork(h: &mut Held, _: Args<'_>) -> R {
    let pid = fork_machine(h);
    match pid {
        Ok(pid) => Ok(h.new_int(pid.into())),
        Err(error) => Err(h.os_error(error, None)),
    }
}

/// The words of an argument list.
fn words(h: &mut Held, list: &Value, function: &str) -> R<Vec<CString>> {
    if list.downcast::<List>().is_none() && list.downcast::<Tuple>().is_none() {
        return Err(h.type_error(format!("{function}() arg 2 must be a tuple or list")));
    }
    let mut words = Vec::new();
    for word in h.collect(list)? {
        words.push(crate::io::path::bytes_of(h, &word)?);
    }
    match words.first() {
        None => Err(h.value_error(format!("{function}() arg 2 must not be empty"))),
        Some(first) if first.is_empty() => {
            Err(h.value_error(format!("{function}() arg 2 first element cannot be empty")))
        }
        Some(_) => Ok(words),
    }
}

fn exec(h: &mut Held, args: Args<'_>, function: &str) -> R {
    let program: Target = target(h, &args[0], function, "path", Also::Nothing)?;
    let words = words(h, &args[1], function)?;
    let environment = match args.opt(2) {
        Some(environment) => Some(environment_of(h, environment)?),
        None => None,
    };
    let error = process::exec(&program.path, &words, environment.as_deref());
    Err(h.os_error(error, None))
}

/// A mapping as `NAME=value` words.
fn environment_of(h: &mut Held, mapping: &Value) -> R<Vec<CString>> {
    let name = h.intern("items");
    let Some(items) = h.find_attr(mapping, &name)? else {
        return Err(h.type_error("execve: environment must be a mapping object"));
    };
    let items = h.call(&items, &[])?;
    let mut words = Vec::new();
    for item in h.collect(&items)? {
        let pair = h.collect(&item)?;
        let [name, value] = pair.as_slice() else { return Err(h.type_error("env.items() must give pairs")) };
        let (name, value) = (crate::io::path::bytes_of(h, name)?, crate::io::path::bytes_of(h, value)?);
        if name.as_bytes().is_empty() || name.as_bytes().contains(&b'=') {
            return Err(h.value_error("illegal environment variable name"));
        }
        let word = [name.as_bytes(), b"=", value.as_bytes()].concat();
        words.extend(CString::new(word));
    }
    Ok(words)
}
