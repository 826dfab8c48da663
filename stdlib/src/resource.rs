//! `resource`: what the process uses, and its limits.
//!
//! In: numbers of resources. Out: figures. The one invariant: no limit is -1 in programs and the largest number in the system.

use crate::syscall::limits::{configuration, limits, usage};
use interpreter::builtins::add_functions;
use interpreter::objects::class::Class;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

/// The fields of `struct_rusage`, which `os.wait4` gives too.
pub const FIELDS: [&str; 16] = [
    "ru_utime",
    "ru_stime",
    "ru_maxrss",
    "ru_ixrss",
    "ru_idrss",
    "ru_isrss",
    "ru_minflt",
    "ru_majflt",
    "ru_nswap",
    "ru_inblock",
    "ru_oublock",
    "ru_msgsnd",
    "ru_msgrcv",
    "ru_nsignals",
    "ru_nvcsw",
    "ru_nivcsw",
];

const CONSTANTS: [(&str, i64); 20] = [
    ("RLIMIT_CPU", 0),
    ("RLIMIT_FSIZE", 1),
    ("RLIMIT_DATA", 2),
    ("RLIMIT_STACK", 3),
    ("RLIMIT_CORE", 4),
    ("RLIMIT_RSS", 5),
    ("RLIMIT_NPROC", 6),
    ("RLIMIT_NOFILE", 7),
    ("RLIMIT_OFILE", 7),
    ("RLIMIT_MEMLOCK", 8),
    ("RLIMIT_AS", 9),
    ("RLIMIT_SIGPENDING", 11),
    ("RLIMIT_MSGQUEUE", 12),
    ("RLIMIT_NICE", 13),
    ("RLIMIT_RTPRIO", 14),
    ("RLIMIT_RTTIME", 15),
    ("RLIM_INFINITY", -1),
    ("RUSAGE_SELF", 0),
    ("RUSAGE_CHILDREN", -1),
    ("RUSAGE_THREAD", 1),
];

/// How many kinds of limits there are.
const KINDS: isize = 16;

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

static FUNCTIONS: [Def; 6] = [
    def("getrusage", "who, /", get_usage),
    def("getrlimit", "resource, /", |h, args| {
        let resource = resource(h, &args[0])?;
        change(h, 0, resource, None)
    }),
    def("setrlimit", "resource, limits, /", |h, args| {
        let resource = resource(h, &args[0])?;
        let new = pair(h, &args[1])?;
        change(h, 0, resource, Some(new))?;
        Ok(Value::NONE)
    }),
    def("prlimit", "pid, resource, limits=None, /", |h, args| {
        let pid = h.to_isize(&args[0])? as i32;
        let resource = resource(h, &args[1])?;
        let new = args.opt_some(2).filter(|new| !new.is_none()).map(|new| pair(h, new)).transpose()?;
        change(h, pid, resource, new)
    }),
    def("getpagesize", "", |h, _| Ok(h.new_int(4096))),
    def("_confstr", "name, /", |h, args| {
        let name = h.to_isize(&args[0])? as i32;
        Ok(configuration(name).map_or(Value::NONE, |text| h.new_str(&String::from_utf8_lossy(&text))))
    }),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("resource");
    add_functions(h, &module, &FUNCTIONS);
    for (name, number) in CONSTANTS {
        let (name, number) = (h.intern(name), h.new_int(number));
        module.dict.set_str(h, &name, number);
    }
    let class = h.new_struct_class("resource", "struct_rusage", &FIELDS, FIELDS.len());
    let name = h.intern("struct_rusage");
    module.dict.set_str(h, &name, class.value().clone());
    CLASS.write(h, |own| *own = Some(class));
    let name = h.intern("error");
    let error = Exc::OSError.class().value().clone();
    module.dict.set_str(h, &name, error);
    Ok(module)
}

fn get_usage(h: &mut Held, args: Args<'_>) -> R {
    let who = h.to_isize(&args[0])?;
    if !(-1..=1).contains(&who) {
        return Err(h.value_error("invalid who parameter"));
    }
    let usage = usage(who as i32).map_err(|error| h.os_error(error, None))?;
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    let mut values = vec![h.new_float(seconds(usage.ru_utime)), h.new_float(seconds(usage.ru_stime))];
    let counts = [
        usage.ru_maxrss,
        usage.ru_ixrss,
        usage.ru_idrss,
        usage.ru_isrss,
        usage.ru_minflt,
        usage.ru_majflt,
        usage.ru_nswap,
        usage.ru_inblock,
        usage.ru_oublock,
        usage.ru_msgsnd,
        usage.ru_msgrcv,
        usage.ru_nsignals,
        usage.ru_nvcsw,
        usage.ru_nivcsw,
    ];
    values.extend(counts.map(|count| h.new_int(count)));
    match CLASS.read(h, Clone::clone) {
        Some(class) => Ok(h.new_struct(&class, &values)),
        None => Ok(h.new_tuple(values)),
    }
}

fn resource(h: &mut Held, value: &Value) -> R<u32> {
    let number = h.to_isize(value)?;
    match (0..KINDS).contains(&number) {
        true => Ok(number as u32),
        false => Err(h.value_error("invalid resource specified")),
    }
}

/// Two limits; -1 means none.
fn pair(h: &mut Held, value: &Value) -> R<(u64, u64)> {
    let items = h.collect(value)?;
    let [soft, hard] = items.as_slice() else { return Err(h.value_error("expected a tuple of 2 integers")) };
    Ok((h.to_isize(soft)? as i64 as u64, h.to_isize(hard)? as i64 as u64))
}

fn change(h: &mut Held, pid: i32, resource: u32, new: Option<(u64, u64)>) -> R {
    if new.is_some_and(|(soft, hard)| soft > hard) {
        return Err(h.value_error("current limit exceeds maximum limit"));
    }
    match limits(pid, resource, new) {
        Ok((soft, hard)) => Ok(h.tuple_of(&[h.new_int(soft as i64), h.new_int(hard as i64)])),
        Err(error) if error.raw_os_error() == Some(libc::EPERM) => {
            Err(h.value_error("not allowed to raise maximum limit"))
        }
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {
            Err(h.value_error("current limit exceeds maximum limit"))
        }
        Err(error) => Err(h.os_error(error, None)),
    }
}
