//! From text to code objects, and running them.
//!
//! In: source text, its name and a mode. Out: code, or a SyntaxError with CPython's fields. The one invariant: warnings of
//! the front end reach the program's `warnings` filters.

use crate::objects::code::Code;
use crate::objects::dict::Dict;
use crate::objects::exception::Exc;
use crate::objects::header::{Obj, Ref};
use crate::objects::names::n;
use crate::objects::value::{Reg, Value};
use crate::runtime::config;
use crate::runtime::error::{R, Raised};
use crate::sync::Held;
use crate::vm::eval;
use crate::vm::frame::FrameKind;
use crate::vm::ops::call::Place;
use std::sync::Arc;
use toy_compiler::Mode;
use toy_compiler::bytecode::proto::flags;
use toy_syntax::ast::{Module, Stmt, StmtKind};
use toy_syntax::{ErrorKind, Source, SyntaxError, Warning};

impl Held {
    /// Compiles text that is already decoded, as far optimized as the command line says.
    pub fn compile(&mut self, text: &str, filename: &str, mode: Mode) -> R<Ref<Code>> {
        self.compile_optimized(text, filename, mode, config::flag("optimize") as u8)
    }

    /// The same, where `optimize` says how often `-O` counts.
    pub fn compile_optimized(&mut self, text: &str, filename: &str, mode: Mode, optimize: u8) -> R<Ref<Code>> {
        let text = &*toy_syntax::newlines(text.to_owned());
        let source = Arc::new(Source::new(filename, text));
        let parsed = match mode {
            Mode::Eval => toy_syntax::parse_expression(&source).map(|(expr, warnings)| (expression(expr), warnings)),
            Mode::Single => match toy_syntax::parse_interactive(&source) {
                Ok(parsed) => Ok((parsed.module, parsed.warnings)),
                Err(error) => Err(error),
            },
            _ => toy_syntax::parse_module(&source),
        };
        let (module, warnings) = parsed.map_err(|mut error| {
            if mode == Mode::Eval && text.trim().is_empty() {
                error.line = 0;
            }
            end_line_with_newline(&mut error, text);
            self.syntax_error(&error, filename)
        })?;
        self.front_end_warnings(&warnings, &source)?;
        let proto = toy_compiler::compile_optimized(&module, source, mode, optimize)
            .map_err(|error| self.syntax_error(&error, filename))?;
        Ok(self.new_code(&proto))
    }

    /// Compiles the bytes of the program's file: encoding cookies and byte order marks count.
    pub fn compile_bytes(&mut self, bytes: &[u8], filename: &str, mode: Mode) -> R<Ref<Code>> {
        let text = toy_syntax::decode_file(bytes, filename).map_err(|error| match error.line {
            0 => self.error(Exc::SyntaxError, &error.message),
            _ => self.syntax_error(&error, filename),
        })?;
        self.compile(&text, filename, mode)
    }

    /// The text of bytes that are to be compiled, as `compile` and imports take them.
    pub fn decode_source(&mut self, bytes: &[u8], filename: &str) -> R<String> {
        toy_syntax::decode(bytes).map_err(|error| match error.kind {
            ErrorKind::Value => self.error(Exc::SyntaxError, &error.message),
            _ => self.syntax_error(&error, filename),
        })
    }

    fn front_end_warnings(&mut self, warnings: &[Warning], source: &Source) -> R<()> {
        for warning in warnings {
            crate::runtime::report::front_end_warning(self, warning, source)?;
        }
        Ok(())
    }

    /// The exception for what the front end found.
    pub fn syntax_error(&mut self, error: &SyntaxError, filename: &str) -> Raised {
        let exc = match error.kind {
            ErrorKind::Syntax => Exc::SyntaxError,
            ErrorKind::Indentation => Exc::IndentationError,
            ErrorKind::Tab => Exc::TabError,
            ErrorKind::Value => Exc::ValueError,
            ErrorKind::Recursion => Exc::RecursionError,
            ErrorKind::Memory => Exc::MemoryError,
            ErrorKind::UnicodeDecode => Exc::SyntaxError,
        };
        if !error.kind.is_syntax() && error.kind != ErrorKind::UnicodeDecode {
            return self.error(exc, &error.message);
        }
        let text = match &error.text {
            Some(text) => self.new_str(text),
            None => Value::NONE,
        };
        if error.line == 0 && error.text.is_none() {
            return self.syntax_error_without_place(error, filename);
        }
        let details = [
            self.new_str(filename),
            self.new_int(error.line as i64),
            self.new_int(error.offset as i64),
            text,
            self.new_int(error.end_line as i64),
            self.new_int(error.end_offset as i64),
        ];
        self.syntax_error_with(exc, error, &details)
    }

    /// The text was never read as lines.
    fn syntax_error_without_place(&mut self, error: &SyntaxError, filename: &str) -> Raised {
        let details = [self.new_str(filename), self.new_int(0), self.new_int(-1), Value::NONE];
        self.syntax_error_with(Exc::SyntaxError, error, &details)
    }

    fn syntax_error_with(&mut self, exc: Exc, error: &SyntaxError, details: &[Value]) -> Raised {
        let message = self.new_str(&error.message);
        let details_tuple = self.tuple_of(details);
        let raised = self.error_with(exc, self.tuple_of(&[message.clone(), details_tuple]));
        let exception = raised.exception();
        for (i, value) in std::iter::once(&message).chain(details).enumerate() {
            exception.set_field(self, i, Some(value.clone()));
        }
        raised
    }

    /// Runs code as a module's body: `globals` are also its namespace unless `locals` is given.
    pub fn run_code(&mut self, code: Ref<Code>, globals: Ref<Dict>, locals: Option<Value>) -> R {
        self.check_native_stack("")?;
        let namespace = code.flags & flags::NAMESPACE != 0;
        let function = self.new_function(code, globals.clone(), Value::NONE);
        let base = self.top();
        let mut result: Reg = None;
        let place = Place { base, ret: &mut result };
        let bound = namespace as usize;
        // SAFETY: above the running frame's window nothing is alive; one register is inside the region's reserve, and
        // `push` checks the end for the rest.
        unsafe {
            if namespace {
                let locals = locals.unwrap_or_else(|| globals.into_value());
                base.cast::<u64>().write(locals.into_bits());
            }
            let keep = Some(function.value().clone());
            let pushed = crate::vm::ops::call::push(self, &function, place, bound, keep, FrameKind::Entry);
            if let Err(raised) = pushed {
                drop((*base).take());
                return Err(raised);
            }
        }
        eval::execute(self)
    }

    /// The builtins that code with these globals sees.
    pub(crate) fn builtins_of(&mut self, globals: &Obj<Dict>) -> Ref<Dict> {
        let own = globals.get_str(self, n::__builtins__.value());
        match own {
            Some(value) => match value.downcast::<crate::objects::module::Module>() {
                Some(module) => module.dict.clone(),
                None => value.into_ref::<Dict>().unwrap_or_else(|_| self.builtins()),
            },
            None => self.builtins(),
        }
    }
}

/// An expression as a module, for the compiler's `Mode::Eval`.
fn expression(expr: toy_syntax::ast::Expr) -> Module {
    let span = expr.span;
    Module { body: vec![Stmt { kind: StmtKind::Expr(expr), span }] }
}

/// CPython's text of the faulty line has its newline, if the source has.
pub(crate) fn end_line_with_newline(error: &mut SyntaxError, source: &str) {
    if let Some(line) = error.text.as_mut().filter(|line| source.contains(&format!("{line}\n"))) {
        line.push('\n');
    }
}
