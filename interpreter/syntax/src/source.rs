//! Source text and places in it.
//!
//! In: a file's name and text. Out: `Span`s (byte ranges) turned into the lines and columns that errors and tracebacks
//! show. The one invariant: a span's ends are byte offsets into `text` on character boundaries.

/// A byte range of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A line (from 1) and a column (from 0, in characters).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

/// One compiled text and its line starts.
#[derive(Debug)]
pub struct Source {
    pub filename: String,
    pub text: String,
    line_starts: Vec<u32>,
}

impl Source {
    /// `text` has its newlines already normalized to `\n` and no byte order mark.
    pub fn new(filename: impl Into<String>, text: impl Into<String>) -> Source {
        let text = text.into();
        let after_newline = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1);
        let line_starts = std::iter::once(0).chain(after_newline).collect();
        Source { filename: filename.into(), line_starts, text }
    }

    /// The line number (from 1) of a byte offset.
    pub fn line(&self, offset: u32) -> u32 {
        self.line_starts.partition_point(|&start| start <= offset) as u32
    }

    /// Line and column of a byte offset.
    pub fn place(&self, offset: u32) -> Place {
        let line = self.line(offset);
        let start = self.line_starts[line as usize - 1] as usize;
        let end = (offset as usize).min(self.text.len());
        Place { line, column: self.text[start..end].chars().count() as u32 }
    }

    /// The byte range of a line (from 1) with its newline.
    pub fn line_span(&self, line: u32) -> Span {
        let end = self.line_starts.get(line as usize).copied().unwrap_or(self.text.len() as u32);
        Span { start: self.line_starts[line as usize - 1], end }
    }

    /// The text of a line (from 1) without its newline, or `None` past the end.
    pub fn line_text(&self, line: u32) -> Option<&str> {
        let start = *self.line_starts.get((line as usize).checked_sub(1)?)? as usize;
        let end = self.line_starts.get(line as usize).map_or(self.text.len(), |&next| next as usize);
        Some(self.text[start..end].trim_end_matches('\n'))
    }
}
