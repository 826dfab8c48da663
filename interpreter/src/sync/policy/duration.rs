//! Times as policies write them: `5ms`, `100us`, `0.5s`.
//!
//! In: a text. Out: a duration above zero, and back. The one invariant: what `show_duration` writes, `parse_duration` reads as the
//! same duration.

use std::time::Duration;

/// Units by name, in nanoseconds; longer names come before their endings.
const UNITS: [(&str, f64); 4] = [("us", 1e3), ("ms", 1e6), ("ns", 1.0), ("s", 1e9)];

/// A time above zero and below a day.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let (number, unit) = UNITS.iter().find_map(|(name, size)| Some((text.strip_suffix(name)?, size)))?;
    if !number.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let nanoseconds = (number.parse::<f64>().ok()? * unit).round();
    (1.0..86_400e9).contains(&nanoseconds).then(|| Duration::from_nanos(nanoseconds as u64))
}

/// The shortest way to write it.
pub fn show_duration(time: Duration) -> String {
    let nanoseconds = time.as_nanos();
    let fitting = [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000)];
    match fitting.iter().find(|(_, size)| nanoseconds.is_multiple_of(*size)) {
        Some((unit, size)) => format!("{}{unit}", nanoseconds / size),
        None => format!("{nanoseconds}ns"),
    }
}
