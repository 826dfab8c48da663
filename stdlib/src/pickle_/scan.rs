//! A look at a pickle before it is loaded.
//!
//! In: bytes. Out: whether `load` knows all of its operations, and no argument is cut off. The one invariant: nothing is made.

use super::opcode::*;

/// Whether a pickle of protocol 3, 4 or 5 can be loaded here, up to its end.
pub fn is_plain(data: &[u8]) -> bool {
    let mut scan = Scan { data, at: 0 };
    if scan.byte() != Some(PROTO) || !scan.byte().is_some_and(|protocol| (3..=5).contains(&protocol)) {
        return false;
    }
    loop {
        match scan.byte() {
            Some(STOP) => return true,
            Some(code) if scan.skip_argument(code).is_some() => {}
            _ => return false,
        }
    }
}

struct Scan<'a> {
    data: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = self.data.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn skip(&mut self, len: usize) -> Option<()> {
        self.at = self.at.checked_add(len).filter(|&at| at <= self.data.len())?;
        Some(())
    }

    /// A number of so many bytes, and as many bytes as it says.
    fn skip_sized(&mut self, width: usize) -> Option<()> {
        let field = self.data.get(self.at..self.at.checked_add(width)?)?;
        let len = field.iter().rev().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
        self.at += width;
        self.skip(usize::try_from(len).ok()?)
    }

    fn skip_line(&mut self) -> Option<()> {
        self.skip(memchr::memchr(b'\n', self.data.get(self.at..)?)? + 1)
    }

    fn skip_argument(&mut self, code: u8) -> Option<()> {
        match code {
            MARK | POP | POP_MARK | DUP | NONE | NEWTRUE | NEWFALSE | EMPTY_TUPLE | TUPLE | TUPLE1 | TUPLE2
            | TUPLE3 | EMPTY_LIST | APPEND | APPENDS | EMPTY_DICT | SETITEM | SETITEMS | EMPTY_SET | ADDITEMS
            | FROZENSET | STACK_GLOBAL | REDUCE | NEWOBJ | NEWOBJ_EX | BUILD | MEMOIZE => Some(()),
            BININT1 | BINPUT | BINGET => self.skip(1),
            BININT2 => self.skip(2),
            BININT | LONG_BINPUT | LONG_BINGET => self.skip(4),
            BINFLOAT => self.skip(8),
            LONG1 | SHORT_BINUNICODE | SHORT_BINBYTES => self.skip_sized(1),
            LONG4 | BINUNICODE | BINBYTES => self.skip_sized(4),
            BINUNICODE8 | BINBYTES8 | BYTEARRAY8 => self.skip_sized(8),
            GLOBAL => self.skip_line().and_then(|()| self.skip_line()),
            FRAME => self.frame(),
            _ => None,
        }
    }

    /// A frame is inside the data; that nothing crosses its end is not looked at.
    fn frame(&mut self) -> Option<()> {
        let start = self.at.checked_add(8)?;
        self.skip_sized(8)?;
        self.at = start;
        Some(())
    }
}
