//! Calls with keyword arguments that all name parameters of a simple function.
//!
//! In: arguments as they stand in the window, the last ones named. Out: the same registers in the order of the parameters. The one invariant:
//! where anything is unusual nothing is touched, and `ops::function` binds with all its errors.

use crate::objects::code::Code;
use crate::objects::function::Function;
use crate::objects::header::Obj;
use crate::objects::tuple::Tuple;
use crate::objects::value::{Reg, Value};
use crate::vm::regs::share;

/// More keywords, or parameters, are bound the long way.
const MOST_KEYWORDS: usize = 8;
const MOST_PARAMETERS: usize = 64;

/// Brings `count` arguments at `base`, the last ones for `keywords`, into the order of the parameters and fills in the defaults. False if
/// nothing was done.
///
/// # Safety
/// So many registers stand there, with room for all parameters.
pub(super) unsafe fn bind_quickly(
    f: &Obj<Function>,
    code: &Obj<Code>,
    base: *mut Reg,
    count: usize,
    keywords: &[Value],
) -> bool {
    let (total, positional) = (code.argcount as usize, count - keywords.len());
    let is_simple = f.simple_args.get() == total as i32 && total <= MOST_PARAMETERS;
    if !is_simple || positional > total || keywords.len() > MOST_KEYWORDS {
        return false;
    }
    let Some((places, named)) = places(code, positional, keywords) else { return false };
    // SAFETY: the function's defaults stay while nothing else runs; the caller's promise for the registers.
    unsafe {
        let defaults = (*f.defaults.raw()).exactly::<Tuple>().map_or(&[][..], |defaults| defaults.items());
        let Some(first) = total.checked_sub(defaults.len()) else { return false };
        let is_left = |at: &usize| named >> at & 1 == 0;
        if (positional..first).any(|at| is_left(&at)) {
            return false;
        }
        let words: [u64; MOST_KEYWORDS] = std::array::from_fn(|i| match i < keywords.len() {
            true => base.add(positional + i).cast::<u64>().read(),
            false => 0,
        });
        for at in (positional.max(first)..total).filter(is_left) {
            base.add(at).cast::<u64>().write(share(defaults[at - first].bits()));
        }
        for (word, at) in words.iter().zip(places).take(keywords.len()) {
            base.add(at as usize).cast::<u64>().write(*word);
        }
    }
    true
}

/// The parameter of each keyword, and all of them as bits; nothing if one is unknown, or given already.
fn places(code: &Obj<Code>, positional: usize, keywords: &[Value]) -> Option<([u8; MOST_KEYWORDS], u64)> {
    let names = &code.parameter_names()[..code.argcount as usize];
    let (mut places, mut named) = ([0; MOST_KEYWORDS], 0u64);
    let fewest = positional.max(code.posonlyargcount as usize);
    for (i, keyword) in keywords.iter().enumerate() {
        let expected = names.get(positional + i).filter(|name| name.is(keyword) && positional + i >= fewest);
        let at = match expected {
            Some(_) => positional + i,
            None => fewest + names.get(fewest..)?.iter().position(|name| name.is(keyword))?,
        };
        if named >> at & 1 != 0 {
            return None;
        }
        named |= 1 << at;
        places[i] = at as u8;
    }
    Some((places, named))
}
