//! `str.encode`.
//!
//! In: a string, the names of an encoding and of an error handler. Out: bytes. The one invariant: the work is
//! `runtime::codecs`'s, which `bytes.decode` and the module `codecs` share.

use crate::objects::function::Args;
use crate::objects::str::text_of;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) static METHODS: [Def; 1] = [def("encode", "encoding='utf-8', errors='strict'", encode)];

fn encode(h: &mut Held, args: Args<'_>) -> R {
    let encoding = name(h, args.opt(1), "encoding")?;
    let errors = name(h, args.opt(2), "errors")?;
    h.encode_str(&args[0], encoding.as_deref(), errors.as_deref())
}

fn name(h: &Held, value: Option<&Value>, parameter: &str) -> R<Option<String>> {
    let Some(value) = value else { return Ok(None) };
    super::text_argument(h, value, &format!("encode() argument '{parameter}'"))?;
    Ok(Some(text_of(value)))
}
