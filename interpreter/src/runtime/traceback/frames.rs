//! The frames of a traceback, outermost first, with their source lines.
//!
//! In: a traceback object. Out: lines. The one invariant: a line of source is shown only if the file can be read now.

use super::carets::carets;
use crate::objects::code::Code;
use crate::objects::exception::Traceback;
use crate::objects::header::{Obj, Ref};
use crate::objects::str::text_of;
use crate::objects::value::Value;
use crate::sync::Held;
use std::collections::HashMap;
use std::path::Path;

/// The same frame is shown so often before it is counted.
const REPEATS: usize = 3;
const DEFAULT_LIMIT: i64 = 1000;

/// Where lines go, and what stands in front of each.
pub(super) struct Lines<'a> {
    out: &'a mut String,
    margin: String,
    files: HashMap<String, Option<Vec<String>>>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(out: &'a mut String, margin: String) -> Lines<'a> {
        Lines { out, margin, files: HashMap::new() }
    }

    fn line(&mut self, text: &str) {
        *self.out += &self.margin;
        *self.out += text;
        self.out.push('\n');
    }

    /// A line of a file, read once a report.
    fn source_line(&mut self, filename: &str, line: i64) -> Option<String> {
        let read = |filename: &str| {
            let bytes = std::fs::read(Path::new(filename)).ok()?;
            let text = toy_syntax::decode_file(&bytes, filename).ok()?;
            Some(text.split('\n').map(|line| line.trim_end_matches('\r').to_owned()).collect::<Vec<String>>())
        };
        let known = self.files.entry(filename.to_owned()).or_insert_with(|| read(filename));
        known.as_ref()?.get(usize::try_from(line).ok()?.checked_sub(1)?).cloned()
    }
}

/// What tells frames apart for counting.
type Place = (u64, i64, u64);

/// Writes all frames; false if the limit allows none.
pub(super) fn format(h: &mut Held, traceback: &Value, lines: &mut Lines<'_>) -> bool {
    let entries = entries(h, traceback);
    let limit = limit(h);
    if limit <= 0 {
        return false;
    }
    let skipped = entries.len().saturating_sub(limit as usize);
    let mut last: Option<Place> = None;
    let mut count = 0;
    for entry in &entries[skipped..] {
        let line = entry.line();
        let place = (entry.code.filename.bits(), line, entry.code.name.bits());
        if last != Some(place) {
            repeated(count, lines);
            (last, count) = (Some(place), 0);
        }
        count += 1;
        if count <= REPEATS {
            frame(&entry.code, entry.at, line, lines);
        }
    }
    repeated(count, lines);
    true
}

fn entries(h: &Held, traceback: &Value) -> Vec<Ref<Traceback>> {
    let mut all = Vec::new();
    let mut at = Some(traceback.clone());
    while let Some(entry) = at.and_then(|value| value.into_ref::<Traceback>().ok()) {
        at = entry.next.read(h, Clone::clone);
        all.push(entry);
    }
    all
}

/// `sys.tracebacklimit`.
fn limit(h: &mut Held) -> i64 {
    let sys = h.intern("sys");
    let Some(sys) = h.modules().get_str(h, &sys) else { return DEFAULT_LIMIT };
    let name = h.intern("tracebacklimit");
    match h.find_attr(&sys, &name) {
        Ok(Some(limit)) => limit.as_int().map_or(DEFAULT_LIMIT, |limit| limit.to_i64().unwrap_or(i64::MAX)),
        _ => DEFAULT_LIMIT,
    }
}

fn repeated(count: usize, lines: &mut Lines<'_>) {
    if count > REPEATS {
        let more = count - REPEATS;
        let plural = if more == 1 { "" } else { "s" };
        lines.line(&format!("  [Previous line repeated {more} more time{plural}]"));
    }
}

fn frame(code: &Obj<Code>, at: usize, line: i64, lines: &mut Lines<'_>) {
    let (filename, name) = (text_of(&code.filename), text_of(&code.name));
    lines.line(&format!("  File \"{filename}\", line {line}, in {name}"));
    let Some(source) = lines.source_line(&filename, line) else { return };
    let shown = source.trim_start_matches([' ', '\t', '\x0c']);
    lines.line(&format!("    {shown}"));
    let (start, end) = code.places(at);
    if start.line as i64 != line {
        return;
    }
    if let Some(marks) = carets(&source, start, end) {
        lines.line(&format!("    {marks}"));
    }
}
