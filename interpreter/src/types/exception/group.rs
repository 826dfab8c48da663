//! BaseExceptionGroup and ExceptionGroup: making, splitting, deriving.
//!
//! In: a message and exceptions. Out: groups, and the parts of groups that match a condition. The one invariant: the fields
//! `message` and `exceptions` (a tuple, never empty, of exceptions only) do not change.

use super::{no_keywords, store_args};
use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::descriptor::{Attr, getset};
use crate::objects::exception::{Exc, Exception};
use crate::objects::function::{Args, Function};
use crate::objects::header::Ref;
use crate::objects::make_class::ClassSpec;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "*args, **kwargs", new);
    static CLASS_METHODS: [Def; 1] =
        [def("__class_getitem__", "object, /", |h, args| Ok(h.new_generic_alias(args[0].clone(), args[1].clone())))
            .doc("See PEP 585")];
    ClassSpec::of(Exc::BaseExceptionGroup.class())
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .class_methods(h, &CLASS_METHODS)
        .attrs(h, &ATTRS)
        .build(h);
}

static METHODS: [Def; 5] = [
    def("__init__", "*args, **kwargs", init_group),
    def("__str__", "", str),
    def("derive", "excs, /", |h, args| {
        let message = args.this::<Exception>().field(h, 0).unwrap_or(Value::NONE);
        h.call(Exc::BaseExceptionGroup.class().value(), &[message, args[1].clone()])
    }),
    def("split", "matcher_value, /", |h, args| {
        let matcher = matcher(h, &args[1])?;
        let parts = split(h, &args[0], &matcher, true)?;
        Ok(h.new_tuple(vec![parts.matched.unwrap_or(Value::NONE), parts.rest.unwrap_or(Value::NONE)]))
    }),
    def("subgroup", "matcher_value, /", |h, args| {
        let matcher = matcher(h, &args[1])?;
        Ok(split(h, &args[0], &matcher, false)?.matched.unwrap_or(Value::NONE))
    }),
];

static ATTRS: [Attr; 2] =
    [getset("message", super::fields::get::<0>, read_only), getset("exceptions", super::fields::get::<1>, read_only)];

fn read_only(h: &mut Held, _: &Value, _: Option<&Value>) -> R<()> {
    Err(h.error(Exc::AttributeError, "readonly attribute"))
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
    let given = args.rest(1);
    let [message, exceptions] = given else {
        let got = given.len();
        return Err(h.type_error(format!("BaseExceptionGroup.__new__() takes exactly 2 arguments ({got} given)")));
    };
    if message.downcast::<Str>().is_none() {
        let got = message.given_name();
        return Err(h.type_error(format!("BaseExceptionGroup.__new__() argument 1 must be str, not {got}")));
    }
    if !is_sequence(h, exceptions) {
        return Err(h.type_error("second argument (exceptions) must be a sequence"));
    }
    let members = h.collect(exceptions)?;
    let class = class_for(h, class.to_ref(), &members)?;
    let group = h.new_exception(&class, args[1].clone());
    let members = h.new_tuple(members);
    group.set_field(h, 0, Some(message.clone()));
    group.set_field(h, 1, Some(members));
    Ok(group.into_value())
}

/// What CPython takes for a sequence: it has `__getitem__` and is no dict.
fn is_sequence(h: &Held, value: &Value) -> bool {
    let is_dict = value.downcast::<crate::objects::dict::Dict>().is_some();
    !is_dict && h.special(value, crate::objects::names::n::__getitem__).is_some()
}

/// Checks the members. `BaseExceptionGroup` of exceptions only becomes `ExceptionGroup`.
fn class_for(h: &mut Held, class: Ref<Class>, members: &[Value]) -> R<Ref<Class>> {
    if members.is_empty() {
        return Err(h.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    if let Some(i) = members.iter().position(|member| member.downcast::<Exception>().is_none()) {
        let message = format!("Item {i} of second argument (exceptions) is not an exception");
        return Err(h.value_error(message));
    }
    let nested_base = members.iter().any(|member| !member.class().is_subclass_of(Exc::Exception.class()));
    let is = |exc: Exc| class.value().is(exc.class().value());
    if is(Exc::BaseExceptionGroup) && !nested_base {
        return Ok(Exc::ExceptionGroup.class().clone());
    }
    if is(Exc::ExceptionGroup) && nested_base {
        return Err(h.type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
    }
    if nested_base && class.is_subclass_of(Exc::Exception.class()) {
        return Err(h.type_error(format!("Cannot nest BaseExceptions in '{}'", class.name_text())));
    }
    Ok(class)
}

fn init_group(h: &mut Held, args: Args<'_>) -> R {
    no_keywords(h, &args[0].class_name(), &args[2])?;
    store_args(h, args.this(), args[1].clone());
    Ok(Value::NONE)
}

fn str(h: &mut Held, args: Args<'_>) -> R {
    let group = args.this::<Exception>();
    let message = group.field(h, 0).unwrap_or_else(|| core().empty_str.clone());
    let count = h.group_members(group).len();
    let plural = if count == 1 { "" } else { "s" };
    let text = format!("{} ({count} sub-exception{plural})", h.str_text(&message)?);
    Ok(h.new_str(&text))
}

/// The condition of `split` and `subgroup`.
enum Matcher {
    Class(Value),
    Predicate(Value),
}

fn matcher(h: &mut Held, value: &Value) -> R<Matcher> {
    let is_class =
        |value: &Value| value.downcast::<Class>().is_some_and(|class| class.is_subclass_of(Exc::BaseException.class()));
    if value.downcast::<Function>().is_some() {
        return Ok(Matcher::Predicate(value.clone()));
    }
    let classes = value.exactly::<Tuple>();
    if is_class(value) || classes.is_some_and(|classes| classes.items().iter().all(is_class)) {
        return Ok(Matcher::Class(value.clone()));
    }
    Err(h.type_error("expected a function, exception type or tuple of exception types"))
}

impl Matcher {
    fn matches(&self, h: &mut Held, exception: &Value) -> R<bool> {
        match self {
            Matcher::Class(class) => h.exception_matches(exception, class),
            Matcher::Predicate(function) => {
                let answer = h.call(function, std::slice::from_ref(exception))?;
                h.truth(&answer)
            }
        }
    }
}

/// The two parts of a group, as far as they are wanted and not empty.
struct Parts {
    matched: Option<Value>,
    rest: Option<Value>,
}

fn split(h: &mut Held, exception: &Value, matcher: &Matcher, with_rest: bool) -> R<Parts> {
    h.check_native_stack(" in exceptiongroup_split_recursive")?;
    if matcher.matches(h, exception)? {
        return Ok(Parts { matched: Some(exception.clone()), rest: None });
    }
    let group =
        exception.downcast::<Exception>().filter(|_| exception.class().is_subclass_of(Exc::BaseExceptionGroup.class()));
    let Some(group) = group else {
        return Ok(Parts { matched: None, rest: with_rest.then(|| exception.clone()) });
    };
    let (mut matched, mut rest) = (Vec::new(), Vec::new());
    for member in h.group_members(group) {
        let parts = split(h, &member, matcher, with_rest)?;
        matched.extend(parts.matched);
        rest.extend(parts.rest);
    }
    let matched = subset(h, exception, matched)?;
    let rest = if with_rest { subset(h, exception, rest)? } else { None };
    Ok(Parts { matched, rest })
}

/// A group like `group` with these members only.
fn subset(h: &mut Held, group: &Value, members: Vec<Value>) -> R<Option<Value>> {
    if members.is_empty() {
        return Ok(None);
    }
    h.derive_group(group, members).map(Some)
}
