//! Format strings: what stands where.
//!
//! In: the bytes of a format. Out: a `Layout`, or why not. The one invariant: no size or offset overflows an `isize`.

/// Repeated values of one format character.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub code: u8,
    pub offset: usize,
    /// Of one value; of the whole for `s` and `p`.
    pub size: usize,
    /// How many values; none for `x`.
    pub count: usize,
    /// `@`: the machine's sizes and alignment.
    pub native: bool,
    pub big_endian: bool,
}

/// A parsed format.
#[derive(Debug, Default)]
pub struct Layout {
    pub fields: Vec<Field>,
    pub size: usize,
    /// How many values are packed.
    pub values: usize,
    pub text: String,
}

const TOO_LONG: &str = "total struct size too long";

/// Parses a format. The error is the message of `struct.error`.
pub fn parse(format: &[u8]) -> Result<Layout, &'static str> {
    if format.contains(&0) {
        return Err("embedded null character");
    }
    let (native, big_endian, codes) = match format {
        [b'@', codes @ ..] => (true, false, codes),
        [b'=' | b'<', codes @ ..] => (false, false, codes),
        [b'>' | b'!', codes @ ..] => (false, true, codes),
        codes => (true, false, codes),
    };
    let mut layout = Layout { text: String::from_utf8_lossy(format).into_owned(), ..Layout::default() };
    let mut rest = codes.iter().copied().peekable();
    while let Some(c) = rest.next() {
        if is_space(c) {
            continue;
        }
        let mut code = c;
        let mut count = 1usize;
        if c.is_ascii_digit() {
            count = usize::from(c - b'0');
            while let Some(digit) = rest.next_if(u8::is_ascii_digit) {
                let more = count.checked_mul(10).and_then(|count| count.checked_add(usize::from(digit - b'0')));
                count = more.filter(|&count| count <= isize::MAX as usize).ok_or(TOO_LONG)?;
            }
            code = rest.next().ok_or("repeat count given without format specifier")?;
        }
        layout.add(code, count, native, big_endian)?;
    }
    Ok(layout)
}

fn is_space(c: u8) -> bool {
    c.is_ascii_whitespace() || c == 0x0b
}

impl Layout {
    fn add(&mut self, code: u8, count: usize, native: bool, big_endian: bool) -> Result<(), &'static str> {
        let (size, alignment) = size_of_code(code, native).ok_or("bad char in struct format")?;
        let offset = self.size.checked_next_multiple_of(alignment).ok_or(TOO_LONG)?;
        let all = size.checked_mul(count).and_then(|all| all.checked_add(offset));
        self.size = all.filter(|&all| all <= isize::MAX as usize).ok_or(TOO_LONG)?;
        let (size, count) = match code {
            b'x' => return Ok(()),
            b's' | b'p' => (count, 1),
            _ => (size, count),
        };
        if count > 0 {
            self.values += count;
            self.fields.push(Field { code, offset, size, count, native, big_endian });
        }
        Ok(())
    }
}

/// Size and alignment.
fn size_of_code(code: u8, native: bool) -> Option<(usize, usize)> {
    let size = match code {
        b'x' | b'c' | b'b' | b'B' | b'?' | b's' | b'p' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' => {
            if native {
                8
            } else {
                4
            }
        }
        b'q' | b'Q' | b'd' => 8,
        b'n' | b'N' | b'P' if native => 8,
        _ => return None,
    };
    Some((size, if native { size } else { 1 }))
}
