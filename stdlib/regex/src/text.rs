//! The subject: code points in units of one, two or four bytes.
//! In: slices from a str or bytes object. Out: units as code points, and fast searches for one.
//! Invariant: the same matcher runs on every width; only `find` and `rfind` differ.

/// A subject or a pattern; text in bytes is Latin-1, or a bytes object.
#[derive(Clone, Copy, Debug)]
pub enum Text<'a> {
    One(&'a [u8]),
    Two(&'a [u16]),
    Four(&'a [u32]),
}

impl Text<'_> {
    pub fn len(&self) -> usize {
        match self {
            Text::One(s) => s.len(),
            Text::Two(s) => s.len(),
            Text::Four(s) => s.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn codes(&self) -> Vec<u32> {
        match self {
            Text::One(s) => s.iter().map(|&c| c as u32).collect(),
            Text::Two(s) => s.iter().map(|&c| c as u32).collect(),
            Text::Four(s) => s.to_vec(),
        }
    }
}

pub(crate) trait Unit: Copy + 'static {
    fn code(self) -> u32;

    /// The first place of a code point.
    fn find(text: &[Self], c: u32) -> Option<usize> {
        const CHUNK: usize = 16;
        for (i, chunk) in text.chunks_exact(CHUNK).enumerate() {
            if chunk.iter().fold(false, |found, u| found | (u.code() == c)) {
                return chunk.iter().position(|u| u.code() == c).map(|at| i * CHUNK + at);
            }
        }
        let rest = text.len() - text.len() % CHUNK;
        text[rest..].iter().position(|u| u.code() == c).map(|at| rest + at)
    }

    /// The last place of a code point.
    fn rfind(text: &[Self], c: u32) -> Option<usize> {
        text.iter().rposition(|u| u.code() == c)
    }

    /// The text, if its units are bytes.
    fn as_bytes(_: &[Self]) -> Option<&[u8]> {
        None
    }
}

impl Unit for u8 {
    #[inline(always)]
    fn code(self) -> u32 {
        self as u32
    }

    #[inline(always)]
    fn find(text: &[u8], c: u32) -> Option<usize> {
        memchr::memchr(u8::try_from(c).ok()?, text)
    }

    fn rfind(text: &[u8], c: u32) -> Option<usize> {
        memchr::memrchr(u8::try_from(c).ok()?, text)
    }

    #[inline(always)]
    fn as_bytes(text: &[u8]) -> Option<&[u8]> {
        Some(text)
    }
}

impl Unit for u16 {
    #[inline(always)]
    fn code(self) -> u32 {
        self as u32
    }
}

impl Unit for u32 {
    #[inline(always)]
    fn code(self) -> u32 {
        self
    }
}
