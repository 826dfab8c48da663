//! The items of a view as values: packing and unpacking one of a native format.
//!
//! In: a format's letter and bytes, or a value. Out: the other. The one invariant: sizes and byte order are the machine's.

use crate::objects::bytes::{Bytes, MemoryView};
use crate::objects::exception::Exc;
use crate::objects::header::Obj;
use crate::objects::int::IntView;
use crate::objects::str::text_of;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::Held;
use num_traits::ToPrimitive;

/// The letter of a native format with a single item.
pub fn native(view: &MemoryView) -> Option<char> {
    letter(&text_of(&view.format))
}

/// As `native`, of a format's text.
pub fn letter(format: &str) -> Option<char> {
    let mut letters = format.strip_prefix('@').unwrap_or(format).chars();
    letters.next().filter(|&letter| letters.next().is_none() && size(letter).is_some())
}

/// Bytes an item.
pub fn size(letter: char) -> Option<usize> {
    Some(match letter {
        'c' | 'b' | 'B' | '?' => 1,
        'h' | 'H' => 2,
        'i' | 'I' | 'f' => 4,
        'l' | 'L' | 'q' | 'Q' | 'n' | 'N' | 'd' | 'P' => 8,
        _ => return None,
    })
}

/// The letter, or NotImplementedError.
pub fn check_format(h: &Held, view: &MemoryView) -> R<char> {
    native(view).ok_or_else(|| {
        let format = text_of(&view.format);
        h.error(Exc::NotImplementedError, format!("memoryview: format {format} not supported"))
    })
}

/// The item at a place of the first and only dimension; nothing behind the end.
pub fn nth(h: &mut Held, view: &Obj<MemoryView>, at: usize) -> R<Option<Value>> {
    if view.shape.first().is_none_or(|&len| at >= len) {
        return Ok(None);
    }
    let start = view.offset as isize + at as isize * view.strides[0];
    read(h, view, start as usize).map(Some)
}

/// The item that starts at a byte of the owner.
pub fn read(h: &mut Held, view: &Obj<MemoryView>, start: usize) -> R {
    let letter = check_format(h, view)?;
    let of = h.viewed(view)?;
    let mut raw = [0u8; 8];
    let size = view.itemsize.min(8);
    let found = h.with_bytes_like(&of, |bytes| {
        bytes.get(start..start + size).map(|item| raw[..size].copy_from_slice(item)).is_some()
    })?;
    if found { Ok(unpack(h, letter, raw)) } else { Err(h.index_error("memoryview: the object became shorter")) }
}

fn unpack(h: &Held, letter: char, raw: [u8; 8]) -> Value {
    let unsigned = u64::from_ne_bytes(raw);
    match letter {
        'c' => h.new_bytes(&raw[..1]),
        'b' => h.new_int(raw[0] as i8 as i64),
        '?' => Value::bool(raw[0] != 0),
        'h' => h.new_int(unsigned as u16 as i16 as i64),
        'i' => h.new_int(unsigned as u32 as i32 as i64),
        'l' | 'q' | 'n' => h.new_int(unsigned as i64),
        'f' => h.new_float(f32::from_bits(unsigned as u32).into()),
        'd' => h.new_float(f64::from_bits(unsigned)),
        _ => h.new_uint(unsigned),
    }
}

/// Writes a value over the item that starts at a byte of the owner.
pub fn write(h: &mut Held, view: &Obj<MemoryView>, start: usize, value: &Value) -> R<()> {
    let letter = check_format(h, view)?;
    let raw = pack(h, letter, value)?;
    let of = h.viewed(view)?;
    let size = view.itemsize.min(8);
    let done = h.with_buffer_mut(&of, |bytes| {
        bytes.get_mut(start..start + size).map(|item| item.copy_from_slice(&raw[..size])).is_some()
    })?;
    if done == Some(true) { Ok(()) } else { Err(h.index_error("memoryview: the object became shorter")) }
}

fn pack(h: &mut Held, letter: char, value: &Value) -> R<[u8; 8]> {
    match letter {
        'c' => match value.downcast::<Bytes>().map(|bytes| &*bytes.data) {
            Some([byte]) => Ok(u64::from(*byte).to_ne_bytes()),
            Some(_) => Err(invalid_value(h, letter)),
            None => Err(invalid_type(h, letter)),
        },
        '?' => Ok(u64::from(h.truth(value)?).to_ne_bytes()),
        'f' | 'd' => {
            let x = h.to_f64(value).map_err(|raised| mapped(h, raised, letter))?;
            Ok(if letter == 'f' { u64::from((x as f32).to_bits()) } else { x.to_bits() }.to_ne_bytes())
        }
        _ => pack_int(h, letter, value),
    }
}

fn pack_int(h: &mut Held, letter: char, value: &Value) -> R<[u8; 8]> {
    let index = h.index(value).map_err(|raised| mapped(h, raised, letter))?;
    let wide = match index.as_int() {
        Some(IntView::Small(i)) => Some(i128::from(i)),
        Some(IntView::Big(big)) => big.to_i128(),
        None => None,
    };
    let bits = size(letter).unwrap_or(8) as u32 * 8;
    let (low, high) = match letter {
        'b' | 'h' | 'i' | 'l' | 'q' | 'n' => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
        _ => (0, (1i128 << bits) - 1),
    };
    match wide.filter(|wide| (low..=high).contains(wide)) {
        Some(wide) => Ok((wide as u64).to_ne_bytes()),
        None => Err(invalid_value(h, letter)),
    }
}

fn mapped(h: &Held, raised: Raised, letter: char) -> Raised {
    if raised.is(Exc::TypeError) {
        invalid_type(h, letter)
    } else if raised.is(Exc::OverflowError) || raised.is(Exc::ValueError) {
        invalid_value(h, letter)
    } else {
        raised
    }
}

#[cold]
fn invalid_type(h: &Held, letter: char) -> Raised {
    h.type_error(format!("memoryview: invalid type for format '{letter}'"))
}

#[cold]
fn invalid_value(h: &Held, letter: char) -> Raised {
    h.value_error(format!("memoryview: invalid value for format '{letter}'"))
}

/// `view.tolist()`: lists in lists, a level for each dimension.
pub fn to_list(h: &mut Held, view: &Obj<MemoryView>) -> R {
    h.viewed(view)?;
    check_format(h, view)?;
    let mut items = Vec::with_capacity(view.count());
    for place in view.places() {
        items.push(read(h, view, place)?);
    }
    for len in view.shape.iter().skip(1).rev() {
        items = items.chunks(*len).map(|row| h.new_list(row.to_vec())).collect();
    }
    match view.shape.len() {
        0 => Ok(items.pop().unwrap_or(Value::NONE)),
        _ => Ok(h.new_list(items)),
    }
}
