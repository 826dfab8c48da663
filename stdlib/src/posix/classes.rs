//! The classes of results.
//!
//! In: nothing. Out: `stat_result`, `terminal_size` and the like. The one invariant: made once, when the module is.

use super::stat;
use interpreter::objects::class::Class;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// Which class.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Stat,
    StatVfs,
    TerminalSize,
    Times,
    Uname,
    Rusage,
}

static CLASSES: Global<Vec<Value>> = Global::new(Vec::new());

/// In the order of `Kind`, then others: module, name, fields, how many of them are items.
const ALL: [(&str, &str, &[&str], usize); 7] = [
    ("os", "stat_result", &stat::FIELDS, 10),
    (
        "os",
        "statvfs_result",
        &[
            "f_bsize",
            "f_frsize",
            "f_blocks",
            "f_bfree",
            "f_bavail",
            "f_files",
            "f_ffree",
            "f_favail",
            "f_flag",
            "f_namemax",
            "f_fsid",
        ],
        10,
    ),
    ("os", "terminal_size", &["columns", "lines"], 2),
    ("posix", "times_result", &["user", "system", "children_user", "children_system", "elapsed"], 5),
    ("posix", "uname_result", &["sysname", "nodename", "release", "version", "machine"], 5),
    ("resource", "struct_rusage", &crate::resource::FIELDS, 16),
    ("posix", "sched_param", &["sched_priority"], 1),
];

pub fn init(h: &mut Held, module: &Module) {
    for (i, (of, name, fields, visible)) in ALL.into_iter().enumerate() {
        let mut class = h.new_struct_class(of, name, fields, visible);
        if i == Kind::Stat as usize {
            class = ClassSpec::of(&class).attrs(h, &stat::TIMES).build(h);
        }
        if i != Kind::Rusage as usize {
            let name = h.intern(name);
            module.dict.set_str(h, &name, class.value().clone());
        }
        CLASSES.write(h, |classes| classes.push(class.into_value()));
    }
}

pub fn get(h: &mut Held, kind: Kind) -> R<Ref<Class>> {
    let class = CLASSES.read(h, |classes| classes.get(kind as usize).cloned());
    match class.and_then(|class| class.into_ref().ok()) {
        Some(class) => Ok(class),
        None => Err(h.runtime_error("posix is not made")),
    }
}
