//! Control data of messages: descriptors that go from one process to another, and the like.
//!
//! In: (level, type, data) tuples; or the system's bytes. Out: the other. The one invariant: an entry is a header of three numbers and
//! data, both padded to the size of a word.

use crate::io::args;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

const WORD: usize = size_of::<usize>();
/// Length, level, type.
const HEADER: usize = (size_of::<usize>() + 8).next_multiple_of(WORD);

/// An entry without the padding at its end.
pub const fn entry_length(data: usize) -> usize {
    HEADER + data
}

pub const fn entry_space(data: usize) -> usize {
    HEADER + data.next_multiple_of(WORD)
}

pub fn of_value(h: &mut Held, items: &Value) -> R<Vec<u8>> {
    let mut all = Vec::new();
    for item in h.collect(items)? {
        let parts = h.collect(&item)?;
        let [level, kind, data] = parts.as_slice() else {
            return Err(h.type_error("[sendmsg() ancillary data items must be 3-tuples]"));
        };
        let (level, kind, data) = (args::int(h, level)?, args::int(h, kind)?, args::bytes(h, data)?);
        all.extend(entry_length(data.len()).to_ne_bytes());
        all.extend(level.to_ne_bytes());
        all.extend(kind.to_ne_bytes());
        all.extend(&data);
        all.resize(all.len().next_multiple_of(WORD), 0);
    }
    Ok(all)
}

pub fn to_value(h: &mut Held, mut control: &[u8]) -> Value {
    let mut items = Vec::new();
    while let Some((header, _)) = control.split_first_chunk::<HEADER>() {
        let word: [u8; WORD] = header[..WORD].try_into().unwrap_or_default();
        let number = |at: usize| i32::from_ne_bytes(header[at..at + 4].try_into().unwrap_or_default());
        let len = usize::from_ne_bytes(word);
        if len < HEADER {
            break;
        }
        let data = &control[HEADER..len.min(control.len())];
        let item = [h.new_int(number(WORD).into()), h.new_int(number(WORD + 4).into()), h.new_bytes(data)];
        items.push(h.tuple_of(&item));
        control = control.get(len.next_multiple_of(WORD)..).unwrap_or_default();
    }
    h.new_list(items)
}
