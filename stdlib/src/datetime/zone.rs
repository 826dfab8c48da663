//! `tzinfo`, the base of time zones, and `timezone`, those of a fixed offset.
//!
//! In: spans and names; moments to be asked about. Out: offsets, names, local times. The one invariant: an offset is less than a day, to either side.

use super::ask;
use super::date::{Date, as_moment};
use super::delta::{self, Delta};
use super::moment_operators::moved;
use super::span::Span;
use super::text::signed_offset;
use super::{made, object, object_class};
use crate::native::class_of;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::core;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::instance::Instance;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

/// The data of a `timezone`.
pub struct Zone {
    pub span: Span,
    /// The same as an object.
    pub offset: Value,
    /// A string or `None`.
    name: Value,
}

interpreter::object!(Zone, "datetime.timezone", traced [offset, name]);

static TZINFO_NEW: Def = def("__new__", "*args, **kwargs", |h, args| Ok(h.new_instance(class_of(args)).into_value()));

static TZINFO: [Def; 5] = [
    def("tzname", "dt, /", |h, _| Err(h.error(NOT, "a tzinfo subclass must implement tzname()")))
        .doc("datetime -> string name of time zone."),
    def("utcoffset", "dt, /", |h, _| Err(h.error(NOT, "a tzinfo subclass must implement utcoffset()")))
        .doc("datetime -> timedelta showing offset from UTC, negative values indicating West of UTC"),
    def("dst", "dt, /", |h, _| Err(h.error(NOT, "a tzinfo subclass must implement dst()")))
        .doc("datetime -> DST offset as timedelta positive east of UTC."),
    def("fromutc", "dt, /", from_utc).doc("datetime in UTC -> datetime in local time."),
    def("__reduce__", "", |h, args| {
        let name = h.intern("__getinitargs__");
        let given = match h.find_attr(&args[0], &name)? {
            Some(find) => h.call(&find, &[])?,
            None => h.tuple_of(&[]),
        };
        let state = h.call_method(&args[0], n::__getstate__, &[])?;
        Ok(h.tuple_of(&[args[0].class().to_value(), given, state]))
    })
    .doc("-> (cls, state)"),
];

const NOT: interpreter::objects::exception::Exc = interpreter::objects::exception::Exc::NotImplementedError;

static NEW: Def = def("__new__", "offset, name=None", construct);

static METHODS: [Def; 10] = [
    def("tzname", "dt, /", |h, args| {
        check(h, "tzname", &args[1])?;
        Ok(text(h, args.this::<Zone>()))
    })
    .doc("If name is specified when timezone is created, returns the name.  Otherwise returns offset as 'UTC(+|-)HH:MM'."),
    def("utcoffset", "dt, /", |h, args| {
        check(h, "utcoffset", &args[1])?;
        Ok(args.this::<Zone>().offset.clone())
    })
    .doc("Return fixed offset."),
    def("dst", "dt, /", |h, args| check(h, "dst", &args[1]).map(|()| Value::NONE)).doc("Return None."),
    def("fromutc", "dt, /", |h, args| {
        let span = args.this::<Zone>().span;
        let date = own_moment(h, &args[0], &args[1])?;
        moved(h, date, args[1].class().to_value(), date.moment.plus(span))
    })
    .doc("datetime in UTC -> datetime in local time."),
    def("__getinitargs__", "", |h, args| Ok(arguments(h, args.this::<Zone>()))).doc("pickle support"),
    def("__reduce__", "", |h, args| {
        let given = arguments(h, args.this::<Zone>());
        Ok(h.tuple_of(&[args[0].class().to_value(), given, Value::NONE]))
    })
    .doc("-> (cls, state)"),
    def("__repr__", "", repr),
    def("__str__", "", |h, args| Ok(text(h, args.this::<Zone>()))),
    def("__hash__", "", |h, args| Ok(h.new_int(delta::hash(args.this::<Zone>().span)))),
    def("__eq__", "value, /", |_, args| {
        let other = args[1].downcast::<Zone>();
        Ok(other.map_or(Value::NOT_IMPLEMENTED, |other| Value::bool(args.this::<Zone>().span == other.span)))
    }),
];

pub fn make_tzinfo(h: &mut Held) -> Ref<Class> {
    let spec = ClassSpec::with_base::<Instance>(h, "datetime", "tzinfo", &core().object).constructor(h, &TZINFO_NEW);
    spec.doc(h, "Abstract base class for time zone info objects.").methods(h, &TZINFO).build(h)
}

pub fn make(h: &mut Held, tzinfo: &Ref<Class>) -> Ref<Class> {
    let spec = ClassSpec::with_base::<Zone>(h, "datetime", "timezone", tzinfo).constructor(h, &NEW);
    let spec = spec.doc(h, "Fixed offset from UTC implementation of tzinfo.").flags(class_flag::FINAL);
    spec.methods(h, &METHODS).build(h)
}

/// Enters the zones that `timezone` has as attributes; `utc` is given back.
pub fn make_limits(h: &mut Held) -> Value {
    let minutes = 23 * 60 + 59;
    let all = [("utc", 0), ("min", -minutes), ("max", minutes)]
        .map(|(name, minutes)| (name, new(h, Span::within_limits(0, minutes * 60_000_000), Value::NONE)));
    let utc = all[0].1.clone();
    if let Some(class) = object_class(h, |made| &made.timezone) {
        all.into_iter().fold(ClassSpec::of(&class), |spec, (name, zone)| spec.value(h, name, zone)).build(h);
    }
    utc
}

/// A new zone; `name` is a string or `None`.
pub fn new(h: &Held, span: Span, name: Value) -> Value {
    let offset = delta::new(h, span);
    object(h, |made| &made.timezone, Zone { span, offset, name })
}

/// The zone of an offset, which is `utc` for none; ValueError for an offset of a day or more.
pub fn of_offset(h: &mut Held, span: Span) -> R {
    if span.is_zero() {
        return Ok(made(h, |made| &made.utc));
    }
    let offset = delta::new(h, span);
    check_offset(h, &offset, span)?;
    Ok(new(h, span, Value::NONE))
}

fn construct(h: &mut Held, args: Args<'_>) -> R {
    let Some(offset) = args[1].downcast::<Delta>() else {
        let got = args[1].given_name();
        return Err(h.type_error(format!("timezone() argument 1 must be datetime.timedelta, not {got}")));
    };
    let span = offset.span;
    let name = args.opt(2).cloned();
    if let Some(name) = &name {
        super::arguments::expect_str(h, name, "timezone", 2)?;
    } else if span.is_zero() {
        return Ok(made(h, |made| &made.utc));
    }
    check_offset(h, &args[1], span)?;
    let zone = Zone { span, offset: args[1].clone(), name: name.unwrap_or(Value::NONE) };
    Ok(h.new_object(class_of(args), zone).into_value())
}

fn check_offset(h: &mut Held, offset: &Value, span: Span) -> R<()> {
    if span.is_offset() {
        return Ok(());
    }
    let shown = h.repr_text(offset)?;
    let message = "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24)";
    Err(h.value_error(format!("{message}, not {shown}.")))
}

fn check(h: &Held, method: &str, about: &Value) -> R<()> {
    match about.is_none() || as_moment(about).is_some() {
        true => Ok(()),
        false => {
            let got = about.class_name();
            Err(h.type_error(format!("{method}(dt) argument must be a datetime instance or None, not {got}")))
        }
    }
}

/// The name, or UTC and the offset.
fn text(h: &Held, zone: &Zone) -> Value {
    if !zone.name.is_none() {
        return zone.name.clone();
    }
    let mut text = "UTC".to_owned();
    if !zone.span.is_zero() {
        signed_offset(&mut text, Some(zone.span), ":");
    }
    h.new_str(&text)
}

fn arguments(h: &Held, zone: &Zone) -> Value {
    match zone.name.downcast::<Str>() {
        Some(_) => h.tuple_of(&[zone.offset.clone(), zone.name.clone()]),
        None => h.tuple_of(std::slice::from_ref(&zone.offset)),
    }
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    if made(h, |made| &made.utc).is(&args[0]) {
        return Ok(h.new_str("datetime.timezone.utc"));
    }
    let zone = args.this::<Zone>();
    let offset = h.repr_text(&zone.offset)?;
    let name = match zone.name.is_none() {
        true => String::new(),
        false => format!(", {}", h.repr_text(&zone.name)?),
    };
    Ok(h.new_str(&format!("{}({offset}{name})", args[0].class_name())))
}

/// A moment of a time zone's own, which its `fromutc` is given.
fn own_moment<'a>(h: &Held, zone: &Value, value: &'a Value) -> R<&'a Date> {
    let Some(date) = as_moment(value) else {
        return Err(h.type_error("fromutc: argument must be a datetime"));
    };
    match date.tz.is(zone) {
        true => Ok(date),
        false => Err(h.value_error("fromutc: dt.tzinfo is not self")),
    }
}

/// `tzinfo.fromutc`: by what the zone says of offsets and savings.
fn from_utc(h: &mut Held, args: Args<'_>) -> R {
    let date = own_moment(h, &args[0], &args[1])?;
    let Some(offset) = ask::offset(h, &args[0], &args[1])? else {
        return Err(h.value_error("fromutc: non-None utcoffset() result required"));
    };
    let Some(saving) = ask::saving(h, &args[0], &args[1])? else {
        return Err(h.value_error("fromutc: non-None dst() result required"));
    };
    let standard = offset.minus(saving).unwrap_or_default();
    let class = args[1].class().to_value();
    let result = moved(h, date, class.clone(), date.moment.plus(standard))?;
    let Some(later) = as_moment(&result) else { return Ok(result) };
    let tz = later.tz.clone();
    let Some(saving) = ask::saving(h, &tz, &result)? else {
        return Err(h.value_error("fromutc: tz.dst() gave inconsistent results; cannot convert"));
    };
    match saving.is_zero() {
        true => Ok(result),
        false => moved(h, later, result.class().to_value(), later.moment.plus(saving)),
    }
}
