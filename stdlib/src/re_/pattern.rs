//! `re.Pattern`: a compiled pattern as an object.
//!
//! In: a pattern's source and flags. Out: its methods and attributes. The one invariant: a pattern never changes; what it
//! keeps for the next call (memory, a template) is nothing that programs see.

use super::run::Spare;
use super::{error, replace, run, scanner, subject};
use interpreter::objects::bytes::Bytes;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::dict::Dict;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};
use std::sync::Arc;
use toy_regex::{Program, Text, flag};
use toy_text::unicode::names;

/// The data of a pattern.
pub struct Pattern {
    pub program: Arc<Program>,
    pub source: Value,
    /// As they were given, without those that the pattern itself sets.
    pub given_flags: isize,
    pub names: Ref<Dict>,
    pub spare: ObjCell<Spare>,
    /// The replacement parsed last.
    pub template: ObjCell<Option<(Value, Arc<replace::Template>)>>,
}

interpreter::object!(Pattern, "Pattern", traced [source, names, template]);

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

const TEXT: &str = "string, pos=0, endpos=sys.maxsize";

static METHODS: [Def; 17] = [
    def("match", TEXT, |h, args| run::one(h, args, toy_regex::Mode::Match)),
    def("fullmatch", TEXT, |h, args| run::one(h, args, toy_regex::Mode::Fullmatch)),
    def("search", TEXT, |h, args| run::one(h, args, toy_regex::Mode::Search)),
    def("findall", TEXT, run::findall),
    def("finditer", TEXT, scanner::finditer),
    def("scanner", TEXT, scanner::scanner),
    def("split", "string, maxsplit=0", run::split),
    def("sub", "repl, string, count=0", replace::sub),
    def("subn", "repl, string, count=0", replace::subn),
    def("__repr__", "", repr),
    def("__hash__", "", hash),
    def("__eq__", "value, /", |h, args| equal(h, args, true)),
    def("__ne__", "value, /", |h, args| equal(h, args, false)),
    def("__copy__", "", |_, args| Ok(args[0].clone())),
    def("__deepcopy__", "memo, /", |_, args| Ok(args[0].clone())),
    def("__reduce__", "", reduce),
    def("__reduce_ex__", "protocol, /", reduce),
];

static CLASS_METHODS: [Def; 1] =
    [def("__class_getitem__", "item, /", |h, args| Ok(h.new_generic_alias(args[0].clone(), args[1].clone())))];

static ATTRS: [Attr; 4] = [
    getter("pattern", |_, this| Ok(of(this).source.clone())),
    getter("flags", |h, this| Ok(h.new_int(shown_flags(of(this))))),
    getter("groups", |h, this| Ok(h.new_int(of(this).program.groups() as i64))),
    getter("groupindex", |h, this| Ok(h.new_mapping_proxy(of(this).names.value().clone()))),
];

pub fn init(h: &mut Held) -> Ref<Class> {
    let class = ClassSpec::new::<Pattern>(h, "re", "Pattern")
        .flags(class_flag::FINAL | class_flag::NO_NEW | class_flag::WEAKREFS)
        .methods(h, &METHODS)
        .class_methods(h, &CLASS_METHODS)
        .attrs(h, &ATTRS)
        .build(h);
    CLASS.write(h, |own| *own = Some(class.clone()));
    class
}

fn of(this: &Value) -> &Obj<Pattern> {
    match this.downcast::<Pattern>() {
        Some(pattern) => pattern,
        None => panic!("an attribute is asked of an instance of its class"),
    }
}

/// Compiles a string or bytes.
pub fn compile(h: &mut Held, source: &Value, flags: isize) -> R {
    let (text, is_bytes) = match (source.downcast::<Str>(), source.downcast::<Bytes>()) {
        (Some(string), _) => (subject::text(string.chars()), false),
        (_, Some(bytes)) => (Text::One(&bytes.data), true),
        _ => return Err(h.type_error("first argument must be string or compiled pattern")),
    };
    if flags & flag::DEBUG as isize != 0 {
        return Err(h.error(Exc::NotImplementedError, "re.DEBUG is not supported"));
    }
    let names = |name: &str| names::lookup(name);
    let program = match Program::with_names(text, flags as u32, is_bytes, &names) {
        Ok(program) => program,
        Err(error) => return Err(error::raise(h, &error, source)),
    };
    error::warn(h, program.warnings())?;
    let names = h.new_dict();
    for (name, group) in program.groupindex() {
        let (name, group) = (h.intern(name), h.new_int(i64::from(*group)));
        names.set_str(h, &name, group);
    }
    let pattern = Pattern {
        program: Arc::new(program),
        source: source.clone(),
        given_flags: flags,
        names,
        spare: ObjCell::new(Spare::default()),
        template: ObjCell::new(None),
    };
    let Some(class) = CLASS.read(h, Clone::clone) else { return Ok(Value::NONE) };
    Ok(h.new_object(&class, pattern).into_value())
}

/// Flags that mean nothing are kept.
fn shown_flags(pattern: &Pattern) -> i64 {
    i64::from(pattern.program.flags()) | pattern.given_flags as i64
}

/// The flags by name, in the order that `repr` shows them in.
const FLAGS: [(u32, &str); 9] = [
    (flag::TEMPLATE, "re.TEMPLATE"),
    (flag::IGNORECASE, "re.IGNORECASE"),
    (flag::LOCALE, "re.LOCALE"),
    (flag::MULTILINE, "re.MULTILINE"),
    (flag::DOTALL, "re.DOTALL"),
    (flag::UNICODE, "re.UNICODE"),
    (flag::VERBOSE, "re.VERBOSE"),
    (flag::DEBUG, "re.DEBUG"),
    (flag::ASCII, "re.ASCII"),
];

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let pattern = args.this::<Pattern>();
    let mut left = shown_flags(pattern);
    if !pattern.program.is_bytes() && left as u32 & (flag::LOCALE | flag::UNICODE | flag::ASCII) == flag::UNICODE {
        left &= !i64::from(flag::UNICODE);
    }
    let mut names = Vec::new();
    for (bit, name) in FLAGS {
        if left & i64::from(bit) != 0 {
            names.push(name.to_owned());
            left &= !i64::from(bit);
        }
    }
    if left != 0 {
        names.push(format!("{left:#x}"));
    }
    let source = h.repr_text(&pattern.source)?;
    let shown: String = source.chars().take(200).collect();
    let separator = if names.is_empty() { "" } else { ", " };
    Ok(h.new_str(&format!("re.compile({shown}{separator}{})", names.join("|"))))
}

fn hash(h: &mut Held, args: Args<'_>) -> R {
    let pattern = args.this::<Pattern>();
    let hash = h.hash(&pattern.source)? ^ shown_flags(pattern) << 20;
    Ok(h.new_int(if hash == -1 { -2 } else { hash }))
}

fn equal(h: &mut Held, args: Args<'_>, wanted: bool) -> R {
    let this = args.this::<Pattern>();
    let Some(other) = args[1].downcast::<Pattern>() else { return Ok(Value::NOT_IMPLEMENTED) };
    let same = this.program.is_bytes() == other.program.is_bytes()
        && shown_flags(this) == shown_flags(other)
        && h.eq(&this.source, &other.source)?;
    Ok(Value::bool(same == wanted))
}

fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let pattern = args.this::<Pattern>();
    let re = h.import_module("_re")?;
    let name = h.intern("_compile");
    let compile = h.get_attr(&re, &name)?;
    let flags = h.new_int(shown_flags(pattern));
    Ok(h.tuple_of(&[compile, h.tuple_of(&[pattern.source.clone(), flags])]))
}

/// The names of groups and their numbers are the same for all matches of a pattern.
pub fn group_number(h: &mut Held, pattern: &Obj<Pattern>, name: &Value) -> R<Option<usize>> {
    let number = match name.as_int() {
        Some(number) => number.to_i64(),
        None if h.special(name, interpreter::objects::names::n::__index__).is_some() => {
            Some(h.to_isize_clamped(name)? as i64)
        }
        None => match pattern.names.get(h, name) {
            Ok(number) => number.and_then(|number| number.as_small_int()),
            Err(raised) if raised.is(Exc::TypeError) => None,
            Err(raised) => return Err(raised),
        },
    };
    Ok(number.and_then(|number| usize::try_from(number).ok()).filter(|&number| number <= pattern.program.groups()))
}
