//! `str`: code points in one, two or four bytes each, standing right behind the header.
//!
//! In: text. Out: immutable strings with a cached hash, and interned ones for names. The one invariant: the width is the
//! narrowest that holds every code point, so equal strings have equal bytes. A string grows in place only for `s += t`
//! when the register holds the sole reference to it.

use super::class::Class;
use super::dict::Dict;
use super::header::{Obj, Ref, allocate, flag};
use super::value::Value;
use crate::sync::Held;
use crate::sync::Word;
use std::sync::OnceLock;
use toy_text::{Chars, CharsOwned};

/// The data in front of the code points.
pub struct Str {
    len: Word<usize>,
    /// -1 until it is asked for.
    hash: Word<i64>,
    /// Bytes of room behind this, and bytes a code point.
    room: Word<usize>,
    width: u8,
}

crate::object!(Str = super::header::Kind::STR, "str");

impl Obj<Str> {
    /// How many code points.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn start(&self) -> *mut u8 {
        // SAFETY: the code points stand behind the data, in the same allocation.
        unsafe { (self as *const Obj<Str>).add(1) as *mut u8 }
    }

    /// The code points.
    #[inline]
    pub fn chars(&self) -> Chars<'_> {
        let (start, len) = (self.start(), self.len());
        // SAFETY: `len` units of the width were written there and are not changed while a borrow exists: growing in
        // place needs the only reference.
        unsafe {
            match self.width {
                1 => Chars::One(std::slice::from_raw_parts(start, len)),
                2 => Chars::Two(std::slice::from_raw_parts(start.cast(), len)),
                _ => Chars::Four(std::slice::from_raw_parts(start.cast(), len)),
            }
        }
    }

    /// Whether the other has the same code points.
    #[inline]
    pub fn same(&self, other: &Obj<Str>) -> bool {
        if std::ptr::eq(self, other) {
            return true;
        }
        let bytes = |string: &Obj<Str>| {
            // SAFETY: as in `chars`; the units are read as bytes.
            unsafe { std::slice::from_raw_parts(string.start(), string.len() * string.width as usize) }
        };
        let alike = self.len() == other.len() && self.width == other.width;
        alike && bytes(self).first() == bytes(other).first() && bytes(self) == bytes(other)
    }

    /// As Rust text; lone surrogates become U+FFFD.
    pub fn text(&self) -> String {
        self.chars().to_string_lossy()
    }

    /// The text itself if it is ASCII.
    pub fn as_ascii(&self) -> Option<&str> {
        match self.chars() {
            // SAFETY: ASCII is UTF-8.
            Chars::One(bytes) if bytes.is_ascii() => Some(unsafe { std::str::from_utf8_unchecked(bytes) }),
            _ => None,
        }
    }

    #[inline]
    pub fn hash(&self) -> i64 {
        let known = self.hash.get();
        if known != -1 {
            return known;
        }
        let hash = hash_chars(self.chars());
        self.hash.set(hash);
        hash
    }

    pub fn is_interned(&self) -> bool {
        self.header().has(flag::INTERNED)
    }

    /// Appends in place, if nobody else has this string, it is not a name and there is room.
    ///
    /// The caller owns the only reference.
    pub(crate) fn grow(&self, more: Chars<'_>) -> bool {
        let unit = self.width as usize;
        let fits = width(more) <= unit && (self.len() + more.len()) * unit <= self.room.get();
        if !fits || !self.header().count.is_sole() || self.header().has(flag::INTERNED | flag::SUBCLASS) {
            return false;
        }
        // SAFETY: there is room for the units; nobody else can see the string.
        unsafe { write_widened(self.start().add(self.len() * unit), more, unit) };
        self.len.set(self.len() + more.len());
        self.hash.set(-1);
        true
    }
}

fn hash_chars(chars: Chars<'_>) -> i64 {
    match crate::objects::hash::str_hash(chars) {
        -1 => -2,
        hash => hash,
    }
}

/// The hash of a `Value` that is a string.
#[inline]
pub(crate) fn hash_of(name: &Value) -> i64 {
    name.downcast::<Str>().map_or(0, Obj::hash)
}

/// The text of a `Value` that is a string; the empty string otherwise.
pub fn text_of(value: &Value) -> String {
    value.downcast::<Str>().map(Obj::text).unwrap_or_default()
}

unsafe fn write_units(to: *mut u8, chars: Chars<'_>) {
    // SAFETY: the caller has room for all units at `to`, which is aligned for their width.
    unsafe {
        match chars {
            Chars::One(units) => to.copy_from_nonoverlapping(units.as_ptr(), units.len()),
            Chars::Two(units) => to.cast::<u16>().copy_from_nonoverlapping(units.as_ptr(), units.len()),
            Chars::Four(units) => to.cast::<u32>().copy_from_nonoverlapping(units.as_ptr(), units.len()),
        }
    }
}

/// Writes code points in units of `unit` bytes, at least their own; the place behind them.
unsafe fn write_widened(to: *mut u8, chars: Chars<'_>, unit: usize) -> *mut u8 {
    // SAFETY: the caller has room for all units at `to`, which is aligned for their width.
    unsafe {
        match (unit, chars) {
            (2, Chars::One(units)) => {
                units.iter().enumerate().for_each(|(i, c)| to.cast::<u16>().add(i).write(*c as u16))
            }
            (4, Chars::One(units)) => {
                units.iter().enumerate().for_each(|(i, c)| to.cast::<u32>().add(i).write(*c as u32))
            }
            (4, Chars::Two(units)) => {
                units.iter().enumerate().for_each(|(i, c)| to.cast::<u32>().add(i).write(*c as u32))
            }
            _ => write_units(to, chars),
        }
        to.add(chars.len() * unit)
    }
}

fn width(chars: Chars<'_>) -> usize {
    match chars {
        Chars::One(_) => 1,
        Chars::Two(_) => 2,
        Chars::Four(_) => 4,
    }
}

/// A string of a class with some room to grow. `chars` has the narrowest width.
fn make(class: &Obj<Class>, chars: Chars<'_>, room: usize) -> Ref<Str> {
    let data =
        Str { len: Word::new(chars.len()), hash: Word::new(-1), room: Word::new(room), width: width(chars) as u8 };
    let string = allocate(class, data, room);
    // SAFETY: the allocation has `room` bytes behind the data, at least what `chars` takes.
    unsafe { write_units(string.start(), chars) };
    string
}

impl Held {
    /// A string of the given text.
    pub fn new_str(&self, text: &str) -> Value {
        if text.is_ascii() {
            return self.str_from_chars(Chars::One(text.as_bytes()));
        }
        self.str_from_owned(&CharsOwned::from(text))
    }

    /// A string of code points in their narrowest width.
    pub fn str_from_owned(&self, chars: &CharsOwned) -> Value {
        self.str_from_chars(chars.as_chars())
    }

    /// A string of code points in their narrowest width (a slice of a wide string may need `str_from_slice`).
    #[inline]
    pub fn str_from_chars(&self, chars: Chars<'_>) -> Value {
        match chars {
            Chars::One([]) => super::core().empty_str.clone(),
            Chars::One([unit]) => super::core().latin1[*unit as usize].clone(),
            chars => make(&super::core().str, chars, chars.len() * width(chars)).into_value(),
        }
    }

    /// A string of code points that may all be narrower than they stand.
    pub fn str_from_slice(&self, chars: Chars<'_>) -> Value {
        match chars {
            Chars::One(_) => self.str_from_chars(chars),
            wide => self.str_from_owned(&wide.to_owned()),
        }
    }

    /// A string object of a subclass of `str`.
    pub fn str_of_class(&self, class: &Obj<Class>, chars: Chars<'_>) -> Value {
        make(class, chars, chars.len() * width(chars)).into_value()
    }

    /// A string of `len` narrow code points, which `fill` writes over zeros.
    pub fn str_filled(&self, len: usize, fill: impl FnOnce(&mut [u8])) -> Value {
        if len == 0 {
            return super::core().empty_str.clone();
        }
        let data = Str { len: Word::new(len), hash: Word::new(-1), room: Word::new(len), width: 1 };
        let string = allocate(&super::core().str, data, len);
        // SAFETY: the allocation has `len` bytes behind the data; nobody else has the string yet.
        fill(unsafe {
            string.start().write_bytes(0, len);
            std::slice::from_raw_parts_mut(string.start(), len)
        });
        string.into_value()
    }

    /// The string of one code point.
    pub fn str_from_char(&self, c: u32) -> Value {
        match c {
            0..=0xff => super::core().latin1[c as usize].clone(),
            0x100..=0xffff => self.str_from_chars(Chars::Two(&[c as u16])),
            _ => self.str_from_chars(Chars::Four(&[c])),
        }
    }

    /// The concatenation of strings, with `between` between them.
    pub(crate) fn join_strs<'a>(&self, parts: impl Iterator<Item = &'a Obj<Str>> + Clone, between: Chars<'_>) -> Value {
        let (mut len, mut unit, mut count) = (0, 1, 0usize);
        for part in parts.clone() {
            len += part.len();
            unit = unit.max(part.width as usize);
            count += 1;
        }
        len += between.len() * count.saturating_sub(1);
        if count > 1 {
            unit = unit.max(width(between));
        }
        if len <= 1 {
            return parts
                .map(Obj::to_value)
                .find(|part| part.downcast::<Str>().is_some_and(|part| !part.is_empty()))
                .unwrap_or_else(|| self.str_from_chars(if count > 1 { between } else { Chars::One(&[]) }));
        }
        let data = Str { len: Word::new(len), hash: Word::new(-1), room: Word::new(len * unit), width: unit as u8 };
        let string = allocate(&super::core().str, data, len * unit);
        let mut to = string.start();
        for (i, part) in parts.enumerate() {
            // SAFETY: the allocation has room for all parts and what stands between them, in the widest unit.
            unsafe {
                if i > 0 {
                    to = write_widened(to, between, unit);
                }
                to = write_widened(to, part.chars(), unit);
            }
        }
        string.into_value()
    }

    /// `a + b`, with room to grow if `growing`.
    pub(crate) fn concat(&self, a: &Obj<Str>, b: &Obj<Str>, growing: bool) -> Value {
        let (left, right) = (a.chars(), b.chars());
        if left.is_empty() {
            return b.to_value();
        }
        let (unit, len) = (width(left).max(width(right)), left.len() + right.len());
        let room = if growing { len * unit + len * unit / 2 + 16 } else { len * unit };
        let data = Str { len: Word::new(len), hash: Word::new(-1), room: Word::new(room), width: unit as u8 };
        let string = allocate(&super::core().str, data, room);
        // SAFETY: the room holds both in the wider unit; the string is not shared yet.
        unsafe { write_widened(write_widened(string.start(), left, unit), right, unit) };
        string.into_value()
    }

    /// The one string with this text that names are compared by.
    pub fn intern(&mut self, text: &str) -> Value {
        let string = self.new_str(text);
        self.intern_value(&string)
    }

    /// The interned string equal to `name`, which is a string (perhaps of a subclass).
    pub fn intern_value(&mut self, name: &Value) -> Value {
        let Some(string) = name.downcast::<Str>() else { return name.clone() };
        if string.is_interned() {
            return name.clone();
        }
        let exact;
        let name = if string.header().has(flag::SUBCLASS) {
            exact = make(&super::core().str, string.chars(), string.chars().len() * width(string.chars())).into_value();
            &exact
        } else {
            name
        };
        let table = interned(self);
        if let Some(known) = table.get_str(self, name) {
            return known;
        }
        table.intern(self, name)
    }
}

struct Table(Ref<Dict>);

// SAFETY: the dict is used under the GIL only.
unsafe impl Sync for Table {}
// SAFETY: as above.
unsafe impl Send for Table {}

fn interned(held: &Held) -> &'static Obj<Dict> {
    static TABLE: OnceLock<Table> = OnceLock::new();
    &TABLE.get_or_init(|| Table(held.new_dict())).0
}

/// The empty string and the strings of one Latin-1 character, made once.
pub(super) fn make_shared(class: &Obj<Class>) -> (Value, Vec<Value>) {
    let latin1 = (0..=255u8).map(|unit| make(class, Chars::One(&[unit]), 1).into_value()).collect();
    (make(class, Chars::One(&[]), 0).into_value(), latin1)
}
