//! `replace`: copies with other fields.
//!
//! In: an object and fields. Out: an object of the same class, which is not called for it. The one invariant: what is left out stays.

use super::arguments::{fold, int_or};
use super::ask::check_zone;
use super::calendar::Day;
use super::clock::{Clock, Moment};
use super::date::Date;
use super::time_class::Time;
use interpreter::objects::function::Args;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// `date.replace`.
pub fn day(h: &mut Held, args: Args<'_>) -> R {
    let Day { year, month, day } = args.this::<Date>().day();
    let (year, month) = (int_or(h, args, 1, year.into())?, int_or(h, args, 2, month.into())?);
    let day = int_or(h, args, 3, day.into())?;
    match Day::new(year, month, day) {
        Ok(day) => Ok(h.new_object(args[0].class(), Date::of_day(day)).into_value()),
        Err(message) => Err(h.value_error(message)),
    }
}

/// `datetime.replace`.
pub fn moment(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Date>();
    let mut fields = this.moment.fields();
    for (i, field) in fields.iter_mut().enumerate() {
        *field = int_or(h, args, i + 1, *field)?;
    }
    let tz = args.opt(8).unwrap_or(&this.tz);
    let fold = fold(h, args.opt(9), this.fold)?;
    let moment = match Moment::new(fields) {
        Ok(moment) => moment,
        Err(message) => return Err(h.value_error(message)),
    };
    check_zone(h, tz)?;
    Ok(h.new_object(args[0].class(), Date::of_moment(moment, tz.clone(), fold)).into_value())
}

/// `time.replace`.
pub fn clock(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Time>();
    let Clock { hour, minute, second, us } = this.clock;
    let (hour, minute) = (int_or(h, args, 1, hour.into())?, int_or(h, args, 2, minute.into())?);
    let (second, us) = (int_or(h, args, 3, second.into())?, int_or(h, args, 4, us as i32)?);
    let tz = args.opt(5).unwrap_or(&this.tz);
    let fold = fold(h, args.opt(6), this.fold)?;
    let clock = match Clock::new(hour, minute, second, us) {
        Ok(clock) => clock,
        Err(message) => return Err(h.value_error(message)),
    };
    check_zone(h, tz)?;
    Ok(h.new_object(args[0].class(), Time::new(clock, tz.clone(), fold)).into_value())
}
