//! What the grammar cannot say.

use crate::ast::{Expr, Module};
use crate::error::{SyntaxError, Warning};
use crate::source::Source;

pub fn module(_module: &Module, _source: &Source) -> Result<Vec<Warning>, SyntaxError> {
    Ok(Vec::new())
}

pub fn expression(_expr: &Expr, _source: &Source) -> Result<Vec<Warning>, SyntaxError> {
    Ok(Vec::new())
}
