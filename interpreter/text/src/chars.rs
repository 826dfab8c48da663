//! `Chars`: the code points of a str, borrowed, in one, two or four bytes each; `CharsBuf`: a str being built.
//!
//! In: a str's storage, or pieces of text. Out: code points by index, and owned storage in the narrowest width. The one
//! invariant: what `CharsBuf` finishes is in the narrowest width that holds its widest code point; a borrowed slice
//! (`"\u0394x"[1:]` before it is copied) need not be.

/// Borrowed code points. Lone surrogates are allowed, values above 0x10ffff are not.
#[derive(Debug, Clone, Copy)]
pub enum Chars<'a> {
    One(&'a [u8]),
    Two(&'a [u16]),
    Four(&'a [u32]),
}

/// No text gets longer than this: what would be is refused before memory runs out.
pub const MAX_LEN: usize = u32::MAX as usize;

/// MemoryError: the result would be longer than `MAX_LEN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

/// `len`, if a text may be that long.
pub(crate) fn check_len(len: usize) -> Result<usize, TooLong> {
    if len <= MAX_LEN { Ok(len) } else { Err(TooLong) }
}

/// Owned code points, narrowest width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CharsOwned {
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
}

/// A str being built: starts narrow, widens when a code point asks for it.
#[derive(Debug, Clone)]
pub struct CharsBuf {
    units: CharsOwned,
}

/// A storage unit of a str. What a search or a loop over one width needs.
pub trait Unit: Copy + Eq + Into<u32> + 'static {
    /// `c` in this width, if it fits.
    fn narrow(c: u32) -> Option<Self>;
    /// The code point.
    fn wide(self) -> u32 {
        self.into()
    }
}

impl Unit for u8 {
    fn narrow(c: u32) -> Option<u8> {
        u8::try_from(c).ok()
    }
}

impl Unit for u16 {
    fn narrow(c: u32) -> Option<u16> {
        u16::try_from(c).ok()
    }
}

impl Unit for u32 {
    fn narrow(c: u32) -> Option<u32> {
        Some(c)
    }
}

/// Runs one body for whichever width `$chars` has; `$units` is the slice.
macro_rules! each_width {
    ($chars:expr, $units:ident => $body:expr) => {
        match $chars {
            $crate::chars::Chars::One($units) => $body,
            $crate::chars::Chars::Two($units) => $body,
            $crate::chars::Chars::Four($units) => $body,
        }
    };
}
pub(crate) use each_width;

impl<'a> Chars<'a> {
    /// ASCII text, borrowed as it is; `None` when it is not ASCII.
    pub fn from_ascii(text: &'a str) -> Option<Chars<'a>> {
        text.is_ascii().then_some(Chars::One(text.as_bytes()))
    }

    pub fn len(self) -> usize {
        each_width!(self, units => units.len())
    }

    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The code point at `i`, which is below `len`.
    #[inline]
    pub fn get(self, i: usize) -> u32 {
        each_width!(self, units => units[i].wide())
    }

    /// The code point at `i`, if there is one.
    pub fn try_get(self, i: usize) -> Option<u32> {
        (i < self.len()).then(|| self.get(i))
    }

    /// `self[start:end]`; both are at most `len`, in order.
    pub fn slice(self, start: usize, end: usize) -> Chars<'a> {
        match self {
            Chars::One(units) => Chars::One(&units[start..end]),
            Chars::Two(units) => Chars::Two(&units[start..end]),
            Chars::Four(units) => Chars::Four(&units[start..end]),
        }
    }

    pub fn from(self, start: usize) -> Chars<'a> {
        self.slice(start, self.len())
    }

    pub fn iter(self) -> CharsIter<'a> {
        match self {
            Chars::One(units) => CharsIter::One(units.iter()),
            Chars::Two(units) => CharsIter::Two(units.iter()),
            Chars::Four(units) => CharsIter::Four(units.iter()),
        }
    }

    /// As Rust text; a lone surrogate becomes U+FFFD.
    pub fn to_string_lossy(self) -> String {
        match self {
            Chars::One(bytes) if bytes.is_ascii() => String::from_utf8_lossy(bytes).into_owned(),
            _ => self.iter().map(|c| char::from_u32(c).unwrap_or('\u{fffd}')).collect(),
        }
    }

    pub fn is_ascii(self) -> bool {
        match self {
            Chars::One(bytes) => bytes.is_ascii(),
            Chars::Two(units) => units.iter().all(|&u| u < 128),
            Chars::Four(units) => units.iter().all(|&u| u < 128),
        }
    }

    /// The widest code point; 0 of nothing.
    pub fn max(self) -> u32 {
        each_width!(self, units => units.iter().copied().max().map_or(0, Unit::wide))
    }

    /// A copy in the narrowest width.
    pub fn to_owned(self) -> CharsOwned {
        if let Chars::One(bytes) = self {
            return CharsOwned::One(bytes.to_vec());
        }
        let mut buf = CharsBuf::new();
        buf.push_chars(self);
        buf.finish()
    }
}

/// Same code points, whatever the widths.
impl PartialEq for Chars<'_> {
    fn eq(&self, other: &Chars<'_>) -> bool {
        match (self, other) {
            (Chars::One(a), Chars::One(b)) => a == b,
            (Chars::Two(a), Chars::Two(b)) => a == b,
            (Chars::Four(a), Chars::Four(b)) => a == b,
            _ => self.len() == other.len() && self.iter().eq(other.iter()),
        }
    }
}

impl Eq for Chars<'_> {}

/// By code points, as str compares.
impl Ord for Chars<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Chars::One(a), Chars::One(b)) => a.cmp(b),
            (Chars::Two(a), Chars::Two(b)) => a.cmp(b),
            (Chars::Four(a), Chars::Four(b)) => a.cmp(b),
            _ => self.iter().cmp(other.iter()),
        }
    }
}

impl PartialOrd for Chars<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The code points of a `Chars`, from either end.
#[derive(Debug, Clone)]
pub enum CharsIter<'a> {
    One(std::slice::Iter<'a, u8>),
    Two(std::slice::Iter<'a, u16>),
    Four(std::slice::Iter<'a, u32>),
}

impl Iterator for CharsIter<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        match self {
            CharsIter::One(units) => units.next().map(|&u| u.into()),
            CharsIter::Two(units) => units.next().map(|&u| u.into()),
            CharsIter::Four(units) => units.next().copied(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            CharsIter::One(units) => units.size_hint(),
            CharsIter::Two(units) => units.size_hint(),
            CharsIter::Four(units) => units.size_hint(),
        }
    }
}

impl DoubleEndedIterator for CharsIter<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<u32> {
        match self {
            CharsIter::One(units) => units.next_back().map(|&u| u.into()),
            CharsIter::Two(units) => units.next_back().map(|&u| u.into()),
            CharsIter::Four(units) => units.next_back().copied(),
        }
    }
}

impl ExactSizeIterator for CharsIter<'_> {}

impl CharsOwned {
    pub fn as_chars(&self) -> Chars<'_> {
        match self {
            CharsOwned::One(units) => Chars::One(units),
            CharsOwned::Two(units) => Chars::Two(units),
            CharsOwned::Four(units) => Chars::Four(units),
        }
    }
}

impl From<&str> for CharsOwned {
    fn from(text: &str) -> CharsOwned {
        let mut buf = CharsBuf::new();
        buf.push_str(text);
        buf.finish()
    }
}

impl From<String> for CharsOwned {
    fn from(text: String) -> CharsOwned {
        if text.is_ascii() { CharsOwned::One(text.into_bytes()) } else { text.as_str().into() }
    }
}

impl Default for Chars<'_> {
    fn default() -> Self {
        Chars::One(&[])
    }
}

impl Default for CharsBuf {
    fn default() -> CharsBuf {
        CharsBuf::new()
    }
}

impl CharsBuf {
    pub fn new() -> CharsBuf {
        CharsBuf::with_capacity(0)
    }

    /// Room for `capacity` narrow code points.
    pub fn with_capacity(capacity: usize) -> CharsBuf {
        CharsBuf { units: CharsOwned::One(Vec::with_capacity(capacity)) }
    }

    pub fn len(&self) -> usize {
        self.as_chars().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn as_chars(&self) -> Chars<'_> {
        self.units.as_chars()
    }

    #[inline]
    pub fn push(&mut self, c: u32) {
        match &mut self.units {
            CharsOwned::One(units) if c < 0x100 => units.push(c as u8),
            CharsOwned::Two(units) if c < 0x10000 => units.push(c as u16),
            CharsOwned::Four(units) => units.push(c),
            _ => {
                self.widen(c);
                self.push(c);
            }
        }
    }

    pub fn push_n(&mut self, c: u32, n: usize) {
        self.widen(c);
        match &mut self.units {
            CharsOwned::One(units) => units.resize(units.len() + n, c as u8),
            CharsOwned::Two(units) => units.resize(units.len() + n, c as u16),
            CharsOwned::Four(units) => units.resize(units.len() + n, c),
        }
    }

    pub fn push_str(&mut self, text: &str) {
        if text.is_ascii() {
            return self.push_chars(Chars::One(text.as_bytes()));
        }
        // The largest byte starts the widest character.
        self.widen(match text.bytes().max() {
            Some(0xf0..) => 0x10000,
            Some(0xc4..) => 0x100,
            _ => 0x80,
        });
        match &mut self.units {
            CharsOwned::One(units) => units.extend(text.chars().map(|c| c as u8)),
            CharsOwned::Two(units) => units.extend(text.chars().map(|c| c as u16)),
            CharsOwned::Four(units) => units.extend(text.chars().map(u32::from)),
        }
    }

    pub fn push_chars(&mut self, chars: Chars<'_>) {
        match (&mut self.units, chars) {
            (CharsOwned::One(units), Chars::One(more)) => units.extend_from_slice(more),
            (CharsOwned::Two(units), Chars::Two(more)) => units.extend_from_slice(more),
            (CharsOwned::Four(units), Chars::Four(more)) => units.extend_from_slice(more),
            (CharsOwned::Two(units), Chars::One(more)) => units.extend(more.iter().map(|&u| u16::from(u))),
            (CharsOwned::Four(units), Chars::One(more)) => units.extend(more.iter().map(|&u| u32::from(u))),
            (CharsOwned::Four(units), Chars::Two(more)) => units.extend(more.iter().map(|&u| u32::from(u))),
            _ => self.push_wide(chars),
        }
    }

    /// The text so far, without spare room.
    pub fn finish(self) -> CharsOwned {
        let mut units = self.units;
        match &mut units {
            CharsOwned::One(units) => units.shrink_to_fit(),
            CharsOwned::Two(units) => units.shrink_to_fit(),
            CharsOwned::Four(units) => units.shrink_to_fit(),
        }
        units
    }

    /// Wide units into a narrower buffer: widen only as far as they need.
    fn push_wide(&mut self, chars: Chars<'_>) {
        self.widen(chars.max());
        match &mut self.units {
            CharsOwned::One(units) => units.extend(chars.iter().map(|c| c as u8)),
            CharsOwned::Two(units) => units.extend(chars.iter().map(|c| c as u16)),
            CharsOwned::Four(units) => units.extend(chars.iter()),
        }
    }

    /// Makes room for code points up to `widest`.
    fn widen(&mut self, widest: u32) {
        match &self.units {
            CharsOwned::One(units) if (0x100..0x10000).contains(&widest) => {
                self.units = CharsOwned::Two(units.iter().map(|&u| u.into()).collect());
            }
            CharsOwned::One(units) if widest >= 0x10000 => {
                self.units = CharsOwned::Four(units.iter().map(|&u| u.into()).collect());
            }
            CharsOwned::Two(units) if widest >= 0x10000 => {
                self.units = CharsOwned::Four(units.iter().map(|&u| u.into()).collect());
            }
            _ => {}
        }
    }
}

impl Extend<u32> for CharsBuf {
    fn extend<I: IntoIterator<Item = u32>>(&mut self, chars: I) {
        chars.into_iter().for_each(|c| self.push(c));
    }
}
