//! Times as text, and text as times.
//!
//! In: broken-down times and formats. Out: text; `strptime` is `_strptime`'s. The one invariant: the C library is given only
//! times that a calendar has.

use super::calendar::{check, from_tuple, local};
use crate::clib::{self, Calendar};
use interpreter::objects::function::Args;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use std::ffi::CString;
use toy_text::CharsBuf;

pub(super) static FUNCTIONS: [Def; 4] = [
    def("asctime", "time_tuple=None, /", |h, args| {
        let calendar = given_or_now(h, args.opt(0), "asctime")?;
        Ok(as_text(h, &calendar))
    }),
    def("ctime", "seconds=None, /", |h, args| {
        let calendar = local(h, args.opt_some(0))?;
        Ok(as_text(h, &calendar))
    }),
    def("strftime", "*args", strftime),
    def("strptime", "*args", strptime),
];

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn given_or_now(h: &mut Held, tuple: Option<&Value>, function: &str) -> R<Calendar> {
    let Some(tuple) = tuple else { return local(h, None) };
    let mut calendar = from_tuple(h, tuple, function)?;
    check(h, &mut calendar)?;
    Ok(calendar)
}

fn as_text(h: &mut Held, calendar: &Calendar) -> Value {
    let name = |names: &[&'static str], at: i32| names.get(at as usize).copied().unwrap_or("???");
    let (day, month) = (name(&DAYS, calendar.weekday), name(&MONTHS, calendar.month));
    let Calendar { year, day: of_month, hour, minute, second, .. } = calendar;
    let year = i64::from(*year) + 1900;
    h.new_str(&format!("{day} {month}{of_month:3} {hour:02}:{minute:02}:{second:02} {year}"))
}

fn strftime(h: &mut Held, args: Args<'_>) -> R {
    let given = args.rest(0);
    let Some(format) = given.first() else {
        return Err(h.type_error("strftime() takes at least 1 argument (0 given)"));
    };
    if given.len() > 2 {
        return Err(h.type_error(format!("strftime() takes at most 2 arguments ({} given)", given.len())));
    }
    let Some(format) = format.downcast::<Str>() else {
        let got = format.given_name();
        return Err(h.type_error(format!("strftime() argument 1 must be str, not {got}")));
    };
    let mut calendar = given_or_now(h, given.get(1), "strftime")?;
    calendar.is_dst = calendar.is_dst.clamp(-1, 1);
    if format.chars().iter().any(|c| c == 0) {
        return Err(h.value_error("embedded null character"));
    }
    let mut out = CharsBuf::new();
    let mut part = String::new();
    for c in format.chars().iter() {
        match char::from_u32(c) {
            Some(c) => part.push(c),
            // A lone surrogate is no text for the library; it stays what it is.
            None => {
                out.push_str(&formatted(&std::mem::take(&mut part), &calendar));
                out.push(c);
            }
        }
    }
    out.push_str(&formatted(&part, &calendar));
    Ok(h.str_from_owned(&out.finish()))
}

fn formatted(format: &str, calendar: &Calendar) -> String {
    let Ok(text) = CString::new(format) else { return String::new() };
    let most = 256 * format.len();
    let mut room = 256;
    // No text may mean too little room, or that there is none to write.
    while !format.is_empty() && room <= most.max(1024) {
        if let Some(bytes) = clib::format_time(&text, calendar, room) {
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        room *= 2;
    }
    String::new()
}

fn strptime(h: &mut Held, args: Args<'_>) -> R {
    let module = h.import_module("_strptime")?;
    let name = h.intern("_strptime_time");
    let function = h.get_attr(&module, &name)?;
    h.call(&function, args.rest(0))
}
