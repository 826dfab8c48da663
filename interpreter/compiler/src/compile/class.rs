//! Classes.
//!
//! In: a class definition. Out: the body as a function that fills a namespace, and the call of `__build_class__`. The one
//! invariant: R[0] of the body is the namespace; if a method uses `__class__` or `super()`, the local after it is the cell, which
//! the body leaves in `__classcell__` and returns.

use super::Compiler;
use super::function::after_docstring;
use super::symtable::Node;
use super::unit::Reg;
use crate::bytecode::op::Op;
use crate::bytecode::proto::Const;
use toy_syntax::ast::*;
use toy_syntax::source::Span;

/// The register of the `__class__` cell.
pub const CLASS_CELL: Reg = 1;

impl<'a> Compiler<'a> {
    pub fn class_def(&mut self, def: &'a ClassDef, span: Span) {
        let base = self.u.top;
        def.decorators.iter().for_each(|decorator| {
            self.push(decorator);
        });
        let window = self.u.alloc();
        self.u.emit(Op::LoadBuildClass, window, 0, 0, span);
        let first = def.decorators.first().map_or(span.start, |decorator| decorator.span.start);
        let proto =
            self.inner(Node::class(def), &def.name, first, |c| c.class_body(def, Span { start: first, ..span }));
        let function = self.u.top;
        self.make_function(proto, function, 0, span);
        self.load_str(&def.name, span);
        self.call_window(window, 2, &def.bases, &def.keywords, span);
        self.decorate(&def.decorators);
        self.store_name(&def.name, base as u8, span);
        self.u.top = base
    }

    fn class_body(&mut self, def: &'a ClassDef, span: Span) {
        let has_cell = self.scope().class_cell;
        self.u.private = Some(def.name.clone());
        self.namespace_locals(has_cell);
        if has_cell {
            self.u.cells.push(CLASS_CELL);
            self.u.emit(Op::MakeCell, CLASS_CELL, 0, 0, span)
        }
        let module = self.load(&"__name__".into(), None, span);
        self.store_temp("__module__", module, span);
        let qualname = self.u.qualname.clone();
        let qualname = self.load_str(&qualname, span);
        self.store_temp("__qualname__", qualname, span);
        self.namespace_body(&def.body);
        self.class_result(has_cell)
    }

    /// The locals of a unit with a namespace.
    pub fn namespace_locals(&mut self, has_cell: bool) {
        self.u.varnames = vec!["".into()];
        if has_cell {
            self.u.varnames.push("__class__".into())
        }
        self.u.set_locals(self.u.varnames.len())
    }

    /// The body of a class or module, with its docstring and annotations. What a REPL displays is no docstring.
    pub fn namespace_body(&mut self, body: &'a [Stmt]) {
        let span = body.first().map_or(Span::default(), |s| s.span);
        if self.scope().annotates {
            self.u.emit(Op::SetupAnnotations, 0, 0, 0, span)
        }
        if self.displays() {
            return self.body(body);
        }
        self.docstring(body);
        if let Some(doc) = self.u.doc.clone() {
            let doc = self.load_const(doc, None, span);
            self.store_temp("__doc__", doc, span)
        }
        self.body(after_docstring(body))
    }

    fn store_temp(&mut self, name: &str, v: Reg, span: Span) {
        self.store_name(&name.into(), v, span);
        self.u.top = v as usize
    }

    fn class_result(&mut self, has_cell: bool) {
        let span = Span::default();
        if !has_cell {
            return self.return_const(Const::None, span);
        }
        let cell = self.u.alloc();
        self.u.emit(Op::Copy, cell, CLASS_CELL, 0, span);
        let copy = self.u.alloc();
        self.u.emit(Op::Copy, copy, cell, 0, span);
        self.store_temp("__classcell__", copy, span);
        self.u.emit_end(Op::Return, cell, 0, 0, span);
        self.u.top = cell as usize
    }
}
