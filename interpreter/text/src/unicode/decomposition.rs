//! Decompositions of code points, one step of them: `unicodedata.decomposition`.
//!
//! In: a code point. Out: the text of Unicode's own table (`<compat> 0020 0301`), empty if there is none. The one invariant:
//! the lines of `tables/decomposition.txt` are in the order of their code points.

use std::sync::OnceLock;

pub fn decomposition(c: u32) -> &'static str {
    static LINES: OnceLock<Vec<(u32, &str)>> = OnceLock::new();
    let lines = LINES.get_or_init(|| include_str!("../../tables/decomposition.txt").lines().filter_map(read).collect());
    lines.binary_search_by_key(&c, |(of, _)| *of).map_or("", |at| lines[at].1)
}

fn read(line: &'static str) -> Option<(u32, &'static str)> {
    let (c, text) = line.split_once(';')?;
    Some((u32::from_str_radix(c, 16).ok()?, text))
}
