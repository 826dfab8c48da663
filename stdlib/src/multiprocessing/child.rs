//! `_multiprocessing.fork`: a process object's child, from the fork to its end.
//!
//! In: what the object runs, and a plan of what becomes of this package's state in the child. Out: the child's id and the
//! descriptors that tell of its end; in the child nothing comes out. The one invariant: every page that the child writes to is
//! copied first, which is dearer than what is written, so the plain way through a child touches as few objects as it can; what is
//! not plain goes to `_bootstrap`, which is written in toy.

use crate::io::file::FileIo;
use crate::io::print::{sys_dict, sys_value};
use crate::io::text::{self, TextIo};
use crate::posix::fork_machine;
use crate::syscall::{self, files};
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::runtime::thread;
use interpreter::sync::Held;

pub static FORK: Def = def("fork", "run, bootstrap, others, plan, /", fork);

/// What a plain child does to the state that it got from its parent.
struct Plan {
    /// The globals of `multiprocessing.process`, and those of them that become others.
    globals: Value,
    renewed: Vec<(Value, Value)>,
    /// What `sys.stdin` is to be, and the file at its bottom.
    stdin: Option<(Value, Value)>,
    /// Containers: while all of them are empty there is nothing to be done at the end.
    duties: Vec<Value>,
    /// What is to be called at the beginning: nothing, unless another thread of the parent has just asked for it.
    after_fork: Value,
    /// The globals of `multiprocessing.util`, and the name of its logger there.
    util: Value,
    logger: Value,
}

/// The two pipes.
struct Ends {
    parent: [i32; 2],
    child: [i32; 2],
}

/// Forks. The parent gets the child's id, the end of a pipe that tells of the child's end, and the one by which it tells of its own.
fn fork(h: &mut Held, args: Args<'_>) -> R {
    let ends = Ends::make().map_err(|error| h.os_error(error, None))?;
    let forked = match Plan::read(h, &args[3], &ends) {
        Ok(plan) => fork_machine(h).map(|pid| (pid, plan)).map_err(|error| h.os_error(error, None)),
        Err(raised) => Err(raised),
    };
    match forked {
        Err(raised) => {
            ends.parent.iter().chain(&ends.child).for_each(|&fd| drop(syscall::close(fd)));
            Err(raised)
        }
        Ok((0, plan)) => {
            ends.parent.iter().for_each(|&fd| drop(syscall::close(fd)));
            let closed = close_all(h, &args[2]);
            syscall::exit_now(closed.map_or(1, |()| live(h, &args[0], &args[1], &ends, plan)))
        }
        Ok((pid, _)) => {
            ends.child.iter().for_each(|&fd| drop(syscall::close(fd)));
            let numbers = [pid, ends.parent[0], ends.parent[1]].map(|number| h.new_int(number.into()));
            Ok(h.new_tuple(numbers.into()))
        }
    }
}

impl Ends {
    fn make() -> std::io::Result<Ends> {
        let up = files::pipe(libc::O_CLOEXEC)?;
        let down = files::pipe(libc::O_CLOEXEC).inspect_err(|_| up.iter().for_each(|&fd| drop(syscall::close(fd))))?;
        Ok(Ends { parent: [up[0], down[1]], child: [up[1], down[0]] })
    }

    /// What tells the child that its parent has ended.
    fn sentinel(&self) -> i32 {
        self.child[1]
    }
}

impl Plan {
    /// From `(globals, {name: value}, (parent's name, its id), stdin, raw, (container, ...), after_fork, util)`, or None.
    fn read(h: &mut Held, plan: &Value, ends: &Ends) -> R<Option<Plan>> {
        if plan.is_none() {
            return Ok(None);
        }
        let parts = h.collect(plan)?;
        let [globals, renewed, family, stdin, raw, duties, after_fork, util] =
            <[Value; 8]>::try_from(parts).map_err(|_| h.type_error("fork() needs a plan of eight parts"))?;
        let mut family = h.collect(&family)?;
        family.push(h.new_int(ends.sentinel().into()));
        let mut renewed = renewed.downcast::<Dict>().map_or(Vec::new(), |renewed| renewed.items(h));
        renewed.push((h.intern("_parent_process"), h.new_tuple(family)));
        let stdin = (!stdin.is_none()).then_some((stdin, raw));
        let (duties, logger) = (h.collect(&duties)?, h.intern("_logger"));
        Ok(Some(Plan { globals, renewed, stdin, duties, after_fork, util, logger }))
    }

    /// Whether nothing has come that only `_bootstrap` does.
    fn holds(&self, h: &mut Held) -> R<bool> {
        Ok(h.len(&self.after_fork)? == 0 && self.has_no_duties(h)?)
    }

    fn has_no_duties(&self, h: &mut Held) -> R<bool> {
        for container in &self.duties {
            if h.len(container)? > 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Makes the child's state its own. What was there is the parent's: to count it down would be to copy its page.
    fn follow(&mut self, h: &mut Held) -> R<()> {
        let Some(globals) = self.globals.downcast::<Dict>() else { return Err(h.type_error("globals are a dict")) };
        for (name, value) in std::mem::take(&mut self.renewed) {
            std::mem::forget(globals.set_str(h, &name, value));
            std::mem::forget(name);
        }
        match self.stdin.take() {
            Some((stdin, raw)) => read_nothing(h, stdin, &raw),
            None => Ok(()),
        }
    }

    /// Whether a child that has run without an exception can end at once.
    fn is_done(&self, h: &mut Held) -> R<bool> {
        let logger = self.util.downcast::<Dict>().and_then(|util| util.get_str(h, &self.logger));
        Ok(thread::count() == 0
            && self.has_no_duties(h)?
            && logger.is_none_or(|logger| logger.is_none())
            && is_flushed(h)?)
    }
}

/// Closes the descriptors in a set, which is the child's alone, and has none then.
fn close_all(h: &mut Held, fds: &Value) -> R<()> {
    if h.len(fds)? == 0 {
        return Ok(());
    }
    for fd in h.collect(fds)? {
        drop(syscall::close(crate::io::args::int(h, &fd)?));
    }
    let clear = h.intern("clear");
    h.call_method_named(fds, &clear, &[]).map(drop)
}

/// The child's life: its status.
fn live(h: &mut Held, run: &Value, bootstrap: &Value, ends: &Ends, plan: Option<Plan>) -> i32 {
    let plan = plan.filter(|plan| plan.holds(h).unwrap_or(false));
    let ran = match plan {
        None => Value::NONE,
        Some(plan) => match run_plainly(h, run, plan) {
            Ok(true) => return 0,
            Ok(false) => Value::TRUE,
            Err(raised) => raised.into_value(),
        },
    };
    let sentinel = h.new_int(ends.sentinel().into());
    let ended = match ran.is_none() {
        true => {
            let name = h.intern("parent_sentinel");
            h.call_with_names(bootstrap, &[sentinel], &[name])
        }
        false => h.call(bootstrap, &[sentinel, ran]),
    };
    match ended {
        Ok(status) => status.as_int().and_then(|status| status.to_i64()).map_or(1, |status| status as i32),
        Err(_) => 1,
    }
}

/// Runs; false if there is more to be done at the end.
fn run_plainly(h: &mut Held, run: &Value, mut plan: Plan) -> R<bool> {
    plan.follow(h)?;
    h.call(run, &[])?;
    let done = plan.is_done(h);
    // Nothing of it is freed: the process ends.
    std::mem::forget(plan);
    done
}

/// Has `sys.stdin` read nothing: the terminal is the parent's.
fn read_nothing(h: &mut Held, stdin: Value, raw: &Value) -> R<()> {
    let Ok(null) = syscall::c_string(b"/dev/null") else { return Ok(()) };
    let Ok(fd) = syscall::open(&null, libc::O_RDONLY | libc::O_CLOEXEC, 0) else { return Ok(()) };
    if let Some(raw) = raw.downcast::<FileIo>() {
        raw.lend(fd);
    }
    let sys = sys_dict(h)?;
    std::mem::forget(sys.set_str(h, n::stdin.value(), stdin));
    std::mem::forget(sys);
    Ok(())
}

/// Whether nothing waits to be written to the standard files, as far as that can be seen from here.
fn is_flushed(h: &mut Held) -> R<bool> {
    for name in [n::stdout, n::stderr] {
        let Some(file) = sys_value(h, name)? else { continue };
        let flushed = file.is_none() || file.exactly::<TextIo>().is_some_and(|file| text::is_flushed(h, file));
        std::mem::forget(file);
        if !flushed {
            return Ok(false);
        }
    }
    Ok(true)
}
