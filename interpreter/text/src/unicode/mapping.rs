//! Case mappings of one code point: full ones, to up to three code points.
//!
//! In: a code point. Out: `Mapped`, an iterator. The one invariant: no mapping is empty. What depends on the
//! neighbours (the final sigma) is in `str::case`.

use super::tables::{self, FOLD, LOWER, TITLE, UPPER, flag, record};

/// One to three code points.
#[derive(Debug, Clone)]
pub struct Mapped {
    chars: [u32; 3],
    next: usize,
}

impl Iterator for Mapped {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let c = *self.chars.get(self.next)?;
        // A padding zero ends it; U+0000 itself is the first of its mapping.
        if c == 0 && self.next > 0 {
            return None;
        }
        self.next += 1;
        Some(c)
    }
}

pub fn upper(c: u32) -> Mapped {
    mapped(c, record(c).upper, UPPER)
}

pub fn lower(c: u32) -> Mapped {
    mapped(c, record(c).lower, LOWER)
}

pub fn title(c: u32) -> Mapped {
    mapped(c, record(c).title, TITLE)
}

/// `str.casefold` of one code point.
pub fn fold(c: u32) -> Mapped {
    mapped(c, record(c).fold, FOLD)
}

fn mapped(c: u32, distance: i32, row: usize) -> Mapped {
    let special = if record(c).flags & flag::SPECIAL_CASE != 0 { tables::special(c) } else { None };
    let chars = special.map_or([c.wrapping_add_signed(distance), 0, 0], |special| special[row]);
    Mapped { chars, next: 0 }
}
