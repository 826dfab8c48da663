//! The operations of pickles that are known here.
//!
//! In: nothing. Out: their bytes, under CPython's names. The one invariant: each is the same in every protocol.

macro_rules! opcodes {
    ($($name:ident = $byte:expr;)*) => { $(pub const $name: u8 = $byte;)* };
}

opcodes! {
    MARK = b'('; STOP = b'.'; POP = b'0'; POP_MARK = b'1'; DUP = b'2';
    NONE = b'N'; NEWTRUE = 0x88; NEWFALSE = 0x89;
    BININT = b'J'; BININT1 = b'K'; BININT2 = b'M'; LONG1 = 0x8a; LONG4 = 0x8b; BINFLOAT = b'G';
    BINUNICODE = b'X'; SHORT_BINUNICODE = 0x8c; BINUNICODE8 = 0x8d;
    BINBYTES = b'B'; SHORT_BINBYTES = b'C'; BINBYTES8 = 0x8e; BYTEARRAY8 = 0x96;
    EMPTY_TUPLE = b')'; TUPLE = b't'; TUPLE1 = 0x85; TUPLE2 = 0x86; TUPLE3 = 0x87;
    EMPTY_LIST = b']'; APPEND = b'a'; APPENDS = b'e';
    EMPTY_DICT = b'}'; SETITEM = b's'; SETITEMS = b'u';
    EMPTY_SET = 0x8f; ADDITEMS = 0x90; FROZENSET = 0x91;
    GLOBAL = b'c'; STACK_GLOBAL = 0x93; REDUCE = b'R'; NEWOBJ = 0x81; NEWOBJ_EX = 0x92; BUILD = b'b';
    MEMOIZE = 0x94; BINPUT = b'q'; LONG_BINPUT = b'r'; BINGET = b'h'; LONG_BINGET = b'j';
    PROTO = 0x80; FRAME = 0x95;
}
