//! Quoted-printable and uuencoded text.
//!
//! In: bytes. Out: bytes. The one invariant: no line of quoted text is longer than 76 characters.

/// How long a line may be, with the `=` of a soft break.
const LINE: usize = 76;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// What a caller asks of quoted text.
#[derive(Clone, Copy)]
pub struct Quoting {
    pub tabs: bool,
    pub text: bool,
    pub header: bool,
}

pub fn quote(data: &[u8], how: Quoting) -> Vec<u8> {
    let newline = memchr::memchr(b'\n', data);
    let end: &[u8] = if newline.is_some_and(|at| at > 0 && data[at - 1] == b'\r') { b"\r\n" } else { b"\n" };
    let (mut out, mut line, mut at) = (Vec::with_capacity(data.len()), 0, 0);
    while let Some(&byte) = data.get(at) {
        if must_be_quoted(data, at, line, how) {
            if line + 3 >= LINE {
                soft_break(&mut out, &mut line, end);
            }
            push_quoted(&mut out, byte);
            line += 3;
            at += 1;
        } else if how.text && (byte == b'\n' || data[at..].starts_with(b"\r\n")) {
            // Space at the end of a line would be lost.
            if let Some(space) = out.pop_if(|last| matches!(*last, b' ' | b'\t')) {
                push_quoted(&mut out, space);
            }
            out.extend_from_slice(end);
            line = 0;
            at += if byte == b'\r' { 2 } else { 1 };
        } else {
            if data.get(at + 1).is_some_and(|&next| next != b'\n') && line + 1 >= LINE {
                soft_break(&mut out, &mut line, end);
            }
            line += 1;
            out.push(if how.header && byte == b' ' { b'_' } else { byte });
            at += 1;
        }
    }
    out
}

fn must_be_quoted(data: &[u8], at: usize, line: usize, how: Quoting) -> bool {
    let next = data.get(at + 1);
    match data[at] {
        127.. | b'=' => true,
        b'_' => how.header,
        b'.' => line == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0)),
        b'\r' | b'\n' => !how.text,
        b' ' | b'\t' => next.is_none() || how.tabs,
        byte => byte < 33,
    }
}

fn soft_break(out: &mut Vec<u8>, line: &mut usize, end: &[u8]) {
    out.push(b'=');
    out.extend_from_slice(end);
    *line = 0;
}

fn push_quoted(out: &mut Vec<u8>, byte: u8) {
    out.extend_from_slice(&[b'=', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
}

pub fn unquote(data: &[u8], header: bool) -> Vec<u8> {
    let (mut out, mut at) = (Vec::with_capacity(data.len()), 0);
    let digit = |at: usize| data.get(at).and_then(|&byte| (byte as char).to_digit(16));
    while let Some(&byte) = data.get(at) {
        at += 1;
        match byte {
            b'=' => match (data.get(at), digit(at), digit(at + 1)) {
                (None, ..) => break,
                (Some(b'\n' | b'\r'), ..) => {
                    at = memchr::memchr(b'\n', &data[at..]).map_or(data.len(), |more| at + more + 1);
                }
                (Some(b'='), ..) => {
                    out.push(b'=');
                    at += 1;
                }
                (_, Some(high), Some(low)) => {
                    out.push((high * 16 + low) as u8);
                    at += 2;
                }
                _ => out.push(b'='),
            },
            b'_' if header => out.push(b' '),
            byte => out.push(byte),
        }
    }
    out
}

/// A line of at most 45 bytes.
pub fn uuencode(data: &[u8], backtick: bool) -> Vec<u8> {
    let sign = |bits: u32| if bits == 0 && backtick { b'`' } else { (bits & 63) as u8 + b' ' };
    let mut out = vec![sign(data.len() as u32)];
    for group in data.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.extend([18, 12, 6, 0].map(|shift| sign(bits >> shift & 63)));
    }
    out.push(b'\n');
    out
}

/// The bytes of a line; what is missing at its end is zeros.
pub fn uudecode(line: &[u8]) -> Result<Vec<u8>, &'static str> {
    let length = usize::from(line.first().copied().unwrap_or(0).wrapping_sub(b' ') & 63);
    let (mut out, mut bits, mut count, mut at) = (Vec::with_capacity(length), 0_u32, 0, 1);
    while out.len() < length {
        let sign = match line.get(at) {
            None | Some(b'\n' | b'\r') => 0,
            Some(&byte @ b' '..=b'`') => u32::from(byte - b' ') & 63,
            Some(_) => return Err("Illegal char"),
        };
        at += 1;
        bits = (bits << 6 | sign) & 0xFFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    let rest = line.get(at..).unwrap_or_default();
    match rest.iter().all(|byte| matches!(byte, b' ' | b'`' | b'\n' | b'\r')) {
        true => Ok(out),
        false => Err("Trailing garbage"),
    }
}
