//! `breakpoint`; `exit`, `quit`, `help`, `copyright` and its like, which CPython's `site` adds for people at a prompt.
//!
//! In: a call or a look at the name. Out: the end of the program, or a text. The one invariant: programs get the same
//! objects that a prompt would.

use crate::objects::class::Class;
use crate::objects::dict::Dict;
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::header::{Obj, Ref};
use crate::objects::make_class::ClassSpec;
use crate::objects::module::Module;
use crate::objects::names::n;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

/// An object that says something when it is looked at.
struct Speaker {
    text: &'static str,
}

crate::object!(Speaker, "Speaker");

pub(super) fn init(h: &mut Held, module: &Module) {
    let quitter = ClassSpec::new::<Speaker>(h, "_sitebuiltins", "Quitter").methods(h, &QUITTER).build(h);
    let helper = ClassSpec::new::<Speaker>(h, "_sitebuiltins", "_Helper").methods(h, &HELPER).build(h);
    let printer = ClassSpec::new::<Speaker>(h, "_sitebuiltins", "_Printer").methods(h, &PRINTER).build(h);
    let speakers: [(&str, &Ref<Class>, &'static str); 6] = [
        ("exit", &quitter, "Use exit() or Ctrl-D (i.e. EOF) to exit"),
        ("quit", &quitter, "Use quit() or Ctrl-D (i.e. EOF) to exit"),
        ("help", &helper, "Type help() for interactive help, or help(object) for help about object."),
        ("copyright", &printer, "Copyright (c) the authors of toy."),
        (
            "credits",
            &printer,
            "Thanks to the authors of CPython, whose language this is, and of the crates that toy is made of.",
        ),
        ("license", &printer, "MIT or Apache-2.0, at your choice."),
    ];
    for (name, class, text) in speakers {
        let speaker = h.new_object(class, Speaker { text }).into_value();
        let name = h.intern(name);
        module.dict.set_str(h, &name, speaker);
    }
}

pub(super) static FUNCTIONS: [Def; 1] = [def("breakpoint", "*args, **kws", breakpoint)];

/// An attribute of `sys`, if the module is there and has it.
fn of_sys(h: &mut Held, name: &str) -> Option<Value> {
    let name = h.intern(name);
    h.modules().get_str(h, n::sys.value())?.downcast::<Module>()?.dict.get_str(h, &name)
}

fn breakpoint(h: &mut Held, args: Args<'_>) -> R {
    let Some(hook) = of_sys(h, "breakpointhook") else { return Err(h.runtime_error("lost sys.breakpointhook")) };
    match args[1].downcast::<Dict>() {
        Some(keywords) => h.call_with_dict(&hook, args.rest(0), keywords),
        None => h.call(&hook, args.rest(0)),
    }
}

static QUITTER: [Def; 2] = [def("__repr__", "", repr), def("__call__", "code=None", quit)];
static HELPER: [Def; 2] = [
    def("__repr__", "", repr),
    def("__call__", "*args, **kwds", |h, args| {
        let pydoc = h.import_module("pydoc")?;
        let name = h.intern("help");
        let help = h.get_attr(&pydoc, &name)?;
        match args[2].downcast::<Dict>() {
            Some(keywords) => h.call_with_dict(&help, args.rest(1), keywords),
            None => h.call(&help, args.rest(1)),
        }
    }),
];
static PRINTER: [Def; 2] = [
    def("__repr__", "", repr),
    def("__call__", "", |h, args| {
        let print = h.intern("print");
        let print = h.builtins().get_str(h, &print).unwrap_or(Value::NONE);
        h.call(&print, &[args[0].clone()])
    }),
];

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let speaker: &Obj<Speaker> = args.this::<Speaker>();
    Ok(h.new_str(speaker.text))
}

/// Closes stdin, as CPython does for the sake of its own prompts, and raises SystemExit.
fn quit(h: &mut Held, args: Args<'_>) -> R {
    if let Some(stdin) = of_sys(h, "stdin")
        && let Err(raised) = h.call_method(&stdin, n::close, &[])
    {
        drop(raised);
    }
    let code = args.opt(1).cloned().unwrap_or(Value::NONE);
    let exception = h.call(Exc::SystemExit.class().value(), &[code])?;
    Err(Raised::new(exception))
}
