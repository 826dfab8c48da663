//! The Unicode 14 tables (CPython 3.11's version), as `tables/generate.py` wrote them.
//!
//! In: the little-endian files of `tables/`, read at compile time. Out: `record`, `special`, `numeric`. The one
//! invariant: every code point below 0x110000 has a record; anything above gets that of an unassigned one.

/// What is known of a code point. The four mappings are distances to the mapped code point; they are zero, and
/// `flag::SPECIAL_CASE` is set, where some mapping has several.
#[derive(Debug, Clone, Copy)]
pub struct Record {
    pub category: u8,
    pub bidirectional: u8,
    pub east_asian_width: u8,
    pub combining: u8,
    pub flags: u16,
    /// -1 when it is no decimal digit.
    pub decimal: i8,
    /// -1 when it is no digit.
    pub digit: i8,
    pub upper: i32,
    pub lower: i32,
    pub title: i32,
    pub fold: i32,
}

/// Bits of `Record::flags`, in the order in which the generator writes them.
pub mod flag {
    pub const ALPHA: u16 = 1;
    pub const DECIMAL: u16 = 1 << 1;
    pub const DIGIT: u16 = 1 << 2;
    pub const NUMERIC: u16 = 1 << 3;
    pub const LOWER: u16 = 1 << 4;
    pub const UPPER: u16 = 1 << 5;
    pub const SPACE: u16 = 1 << 6;
    pub const PRINTABLE: u16 = 1 << 7;
    pub const XID_START: u16 = 1 << 8;
    pub const XID_CONTINUE: u16 = 1 << 9;
    pub const CASED: u16 = 1 << 10;
    /// Looked through when a sigma asks whether it ends a word; holds only where `CASED` says nothing.
    pub const CASE_IGNORABLE: u16 = 1 << 11;
    pub const SPECIAL_CASE: u16 = 1 << 12;
    pub const MIRRORED: u16 = 1 << 13;
}

/// Rows of the special mappings.
pub const UPPER: usize = 0;
pub const LOWER: usize = 1;
pub const TITLE: usize = 2;
pub const FOLD: usize = 3;

/// One row of the special mappings: up to three code points each, ended by 0.
pub type Special = [[u32; 3]; 4];

#[inline]
pub fn record(c: u32) -> &'static Record {
    let c = if c < 0x110000 { c as usize } else { UNASSIGNED };
    let entry = (BLOCKS[c >> BLOCK_BITS] as usize) << BLOCK_BITS | (c & (BLOCK_LEN - 1));
    &RECORDS[ENTRIES[entry] as usize]
}

/// The mappings of a code point whose record has `flag::SPECIAL_CASE`.
pub fn special(c: u32) -> Option<&'static Special> {
    let i = SPECIALS.binary_search_by_key(&c, |row| row.0).ok()?;
    Some(&SPECIALS[i].1)
}

pub fn numeric(c: u32) -> Option<f64> {
    let i = NUMERICS.binary_search_by_key(&c, |row| row.0).ok()?;
    Some(NUMERICS[i].1)
}

const BLOCK_BITS: usize = 7;
const BLOCK_LEN: usize = 1 << BLOCK_BITS;
/// Stands for whatever is out of range.
const UNASSIGNED: usize = 0xe1000;

const BLOCK_BYTES: &[u8] = include_bytes!("../../tables/block.bin");
const ENTRY_BYTES: &[u8] = include_bytes!("../../tables/entry.bin");
const RECORD_BYTES: &[u8] = include_bytes!("../../tables/record.bin");
const SPECIAL_BYTES: &[u8] = include_bytes!("../../tables/special.bin");
const NUMERIC_BYTES: &[u8] = include_bytes!("../../tables/numeric.bin");

const RECORD_SIZE: usize = 24;
const SPECIAL_SIZE: usize = 52;
const NUMERIC_SIZE: usize = 12;

static BLOCKS: [u16; BLOCK_BYTES.len() / 2] = u16s(BLOCK_BYTES);
static ENTRIES: [u16; ENTRY_BYTES.len() / 2] = u16s(ENTRY_BYTES);
static RECORDS: [Record; RECORD_BYTES.len() / RECORD_SIZE] = records();
static SPECIALS: [(u32, Special); SPECIAL_BYTES.len() / SPECIAL_SIZE] = specials();
static NUMERICS: [(u32, f64); NUMERIC_BYTES.len() / NUMERIC_SIZE] = numerics();

const fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

const fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

const fn u16s<const N: usize>(bytes: &[u8]) -> [u16; N] {
    let mut all = [0; N];
    let mut i = 0;
    while i < N {
        all[i] = u16_at(bytes, i * 2);
        i += 1;
    }
    all
}

const fn record_at(at: usize) -> Record {
    let bytes = RECORD_BYTES;
    Record {
        category: bytes[at],
        bidirectional: bytes[at + 1],
        east_asian_width: bytes[at + 2],
        combining: bytes[at + 3],
        flags: u16_at(bytes, at + 4),
        decimal: bytes[at + 6] as i8,
        digit: bytes[at + 7] as i8,
        upper: u32_at(bytes, at + 8) as i32,
        lower: u32_at(bytes, at + 12) as i32,
        title: u32_at(bytes, at + 16) as i32,
        fold: u32_at(bytes, at + 20) as i32,
    }
}

const fn records<const N: usize>() -> [Record; N] {
    let mut all = [record_at(0); N];
    let mut i = 0;
    while i < N {
        all[i] = record_at(i * RECORD_SIZE);
        i += 1;
    }
    all
}

const fn specials<const N: usize>() -> [(u32, Special); N] {
    let mut all = [(0, [[0; 3]; 4]); N];
    let mut i = 0;
    while i < N * 12 {
        let (row, column) = (i / 12, i % 12);
        all[row].0 = u32_at(SPECIAL_BYTES, row * SPECIAL_SIZE);
        all[row].1[column / 3][column % 3] = u32_at(SPECIAL_BYTES, row * SPECIAL_SIZE + 4 + column * 4);
        i += 1;
    }
    all
}

const fn numerics<const N: usize>() -> [(u32, f64); N] {
    let mut all = [(0, 0.0); N];
    let mut i = 0;
    while i < N {
        let low = u32_at(NUMERIC_BYTES, i * NUMERIC_SIZE + 4) as u64;
        let high = u32_at(NUMERIC_BYTES, i * NUMERIC_SIZE + 8) as u64;
        all[i] = (u32_at(NUMERIC_BYTES, i * NUMERIC_SIZE), f64::from_bits(high << 32 | low));
        i += 1;
    }
    all
}
