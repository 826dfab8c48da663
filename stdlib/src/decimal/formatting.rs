//! Decimals as text.
//!
//! In: decimals and format specifications. Out: text. The one invariant: without a specification the text reads back as the same
//! number.

use super::context::settings;
use super::current::{current, given};
use super::number::Decimal;
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use toy_decimal::{Locale, Number, parse_spec};

pub(super) static METHODS: [Def; 4] = [
    def("__str__", "", |h, args| {
        let text = scientific(h, args)?;
        Ok(h.new_str(&text))
    }),
    def("__repr__", "", |h, args| {
        let text = scientific(h, args)?;
        Ok(h.new_str(&format!("Decimal('{text}')")))
    }),
    def("to_eng_string", "context=None", |h, args| {
        let context = given(h, args.opt(1))?;
        Ok(h.new_str(&this(args).to_eng(settings(&context).capitals)))
    }),
    def("__format__", "fmtarg, override=None, /", format),
];

fn this<'a>(args: Args<'a>) -> &'a Number {
    &args.this::<Decimal>().0
}

fn scientific(h: &mut Held, args: Args<'_>) -> R<String> {
    let number = this(args);
    // Numbers without an exponent look the same in every context.
    let capitals = if number.is_finite() && number.exponent != 0 { settings(&current(h)?).capitals } else { true };
    Ok(number.to_sci(capitals))
}

fn format(h: &mut Held, args: Args<'_>) -> R {
    let Some(text) = args[1].downcast::<Str>() else { return Err(h.type_error("format arg must be str")) };
    let context = settings(&current(h)?);
    let Some(spec) = parse_spec(&text.text(), context.capitals) else {
        return Err(h.value_error("invalid format string"));
    };
    let locale = match args.opt(2) {
        Some(given) => Some(locale_of(h, given)?),
        None if spec.local => {
            let module = h.import_module("locale")?;
            let name = h.intern("localeconv");
            let conventions = h.call_method_named(&module, &name, &[])?;
            Some(locale_of(h, &conventions)?)
        }
        None => None,
    };
    match this(args).format(&spec, locale.as_ref(), &context) {
        Some(text) => Ok(h.new_str(&text)),
        None => Err(h.memory_error()),
    }
}

/// What a dict as `locale.localeconv` gives it says; sizes of groups may be a list or the characters of C.
fn locale_of(h: &mut Held, value: &Value) -> R<Locale> {
    let Some(dict) = value.downcast::<Dict>() else {
        return Err(h.type_error("optional argument must be a dict"));
    };
    let text = |h: &mut Held, name: &str| {
        let name = h.intern(name);
        let found = dict.get_str(h, &name);
        found.and_then(|found| found.downcast::<Str>().map(|found| found.text()))
    };
    let point = text(h, "decimal_point").unwrap_or_else(|| ".".into());
    let separator = text(h, "thousands_sep").unwrap_or_default();
    let sizes: Vec<i64> = match text(h, "grouping") {
        Some(sizes) => sizes.chars().map(|size| size as i64).collect(),
        None => {
            let name = h.intern("grouping");
            let given = dict.get_str(h, &name);
            let items = given.map_or(Ok(Vec::new()), |given| h.collect(&given))?;
            items.iter().filter_map(|size| size.as_int()?.to_i64()).collect()
        }
    };
    if point.len() > 4 || separator.len() > 4 || sizes.iter().any(|size| *size > 127) {
        return Err(h.value_error("invalid override dict"));
    }
    let size = |size: i64| if size == 127 { None } else { usize::try_from(size).ok() };
    Ok(Locale { point, separator, grouping: sizes.into_iter().map(size).collect() })
}
