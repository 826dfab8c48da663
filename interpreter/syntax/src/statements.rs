//! Statements made of their parts, each with the span from its first word to its body's end.
//!
//! In: what the grammar's actions hand over. Out: `Stmt`s, boxed so that the parser's stack stays narrow. The one invariant: a
//! block's end is that of its last statement, not of the NEWLINE or DEDENT behind it.

use crate::arguments::CallArg;
use crate::ast::*;
use crate::builder::Builder;
use crate::source::Span;

/// A condition and its block, with the offset of the word `elif`.
type Elif = (u32, Expr, Vec<Stmt>);

impl Builder<'_> {
    pub fn stmt(&mut self, l: u32, r: u32, kind: StmtKind) -> Box<Stmt> {
        Box::new(Stmt { kind, span: Span { start: l, end: r } })
    }

    /// The last of `targets` is the value.
    pub fn assign(&mut self, first: Expr, mut rest: Vec<Expr>) -> StmtKind {
        let value = rest.pop().expect("one value at least");
        let mut targets = vec![first];
        targets.append(&mut rest);
        for (i, target) in targets.iter().enumerate() {
            self.assign_target(target, i + 1 == targets.len() && i == 0, &value);
        }
        StmtKind::Assign { targets, value }
    }

    pub fn aug_assign(&mut self, target: Expr, op: BinOp, value: Expr) -> StmtKind {
        self.single_target(&target);
        StmtKind::AugAssign { target, op, value }
    }

    pub fn ann_assign(&mut self, l: u32, target: Expr, annotation: Expr, value: Option<Expr>) -> StmtKind {
        self.annotated_target(&target);
        let simple = self.is_bare_name(l, &target);
        StmtKind::AnnAssign { target, annotation, value, simple }
    }

    pub fn delete(&mut self, targets: Vec<Expr>) -> StmtKind {
        targets.iter().for_each(|target| self.del_target(target));
        StmtKind::Delete(targets)
    }

    pub fn import_from(&mut self, level: u32, module: Option<Ident>, names: Vec<Alias>) -> StmtKind {
        StmtKind::ImportFrom { module, names, level }
    }

    /// Folds the `elif`s, last first, into nested `if`s.
    pub fn if_stmt(
        &mut self,
        l: u32,
        test: Expr,
        body: Vec<Stmt>,
        elifs: Vec<Elif>,
        orelse: Option<Vec<Stmt>>,
    ) -> Box<Stmt> {
        let mut orelse = orelse.unwrap_or_default();
        for (start, test, body) in elifs.into_iter().rev() {
            let end = end_of(&[&orelse, &body]);
            orelse = vec![Stmt { kind: StmtKind::If { test, body, orelse }, span: Span { start, end } }];
        }
        let end = end_of(&[&orelse, &body]);
        self.stmt(l, end, StmtKind::If { test, body, orelse })
    }

    pub fn while_stmt(&mut self, l: u32, test: Expr, body: Vec<Stmt>, orelse: Option<Vec<Stmt>>) -> Box<Stmt> {
        let orelse = orelse.unwrap_or_default();
        let end = end_of(&[&orelse, &body]);
        self.stmt(l, end, StmtKind::While { test, body, orelse })
    }

    pub fn for_stmt(
        &mut self,
        l: u32,
        is_async: bool,
        target: Expr,
        iter: Expr,
        body: Vec<Stmt>,
        orelse: Option<Vec<Stmt>>,
    ) -> Box<Stmt> {
        let orelse = orelse.unwrap_or_default();
        let end = end_of(&[&orelse, &body]);
        self.stmt(l, end, StmtKind::For { target, iter, body, orelse, is_async })
    }

    pub fn with(&mut self, l: u32, is_async: bool, items: Vec<WithItem>, body: Vec<Stmt>) -> Box<Stmt> {
        let end = end_of(&[&body]);
        self.stmt(l, end, StmtKind::With { items, body, is_async })
    }

    pub fn with_target(&mut self, context: Expr, target: Expr) -> WithItem {
        self.assignable(&target);
        WithItem { context, target: Some(target) }
    }

    pub fn handler(
        &mut self,
        l: u32,
        star: bool,
        ty: Option<Expr>,
        name: Option<Ident>,
        body: Vec<Stmt>,
    ) -> (ExceptHandler, bool) {
        let span = Span { start: l, end: end_of(&[&body]) };
        (ExceptHandler { ty, name, body, span }, star)
    }

    pub fn try_stmt(
        &mut self,
        l: u32,
        body: Vec<Stmt>,
        handlers: Vec<(ExceptHandler, bool)>,
        orelse: Option<Vec<Stmt>>,
        finalbody: Option<Vec<Stmt>>,
    ) -> Box<Stmt> {
        let is_star = handlers.first().is_some_and(|(_, star)| *star);
        if let Some((other, _)) = handlers.iter().find(|(_, star)| *star != is_star) {
            self.mixed_handlers(other.span, !is_star);
        }
        let handlers: Vec<ExceptHandler> = handlers.into_iter().map(|(handler, _)| handler).collect();
        let (orelse, finalbody) = (orelse.unwrap_or_default(), finalbody.unwrap_or_default());
        let last_handler = handlers.last().map_or(0, |handler| handler.span.end);
        let end = end_of(&[&finalbody, &orelse]).max(last_handler);
        self.stmt(l, end, StmtKind::Try { body, handlers, orelse, finalbody, is_star })
    }

    /// `at` covers the handler; CPython points at its first word, and at the star if it has one.
    #[cold]
    fn mixed_handlers(&mut self, at: Span, star: bool) {
        let behind = if star { self.text(at).find('*').map_or(0, |star| star + 1) } else { "except".len() };
        let end = at.start + behind as u32;
        self.fail("cannot have both 'except' and 'except*' on the same 'try'", Span { start: at.start, end });
    }

    pub fn match_stmt(&mut self, l: u32, subject: Expr, cases: Vec<MatchCase>) -> Box<Stmt> {
        let end = cases.last().map_or(l, |case| end_of(&[&case.body]));
        self.stmt(l, end, StmtKind::Match { subject, cases })
    }

    pub fn function(
        &mut self,
        l: u32,
        is_async: bool,
        name: Ident,
        args: Box<Arguments>,
        returns: Option<Expr>,
        body: Vec<Stmt>,
    ) -> Box<Stmt> {
        let def_span = Span { start: l, end: end_of(&[&body]) };
        let function = FunctionDef { name, args: *args, body, decorators: Vec::new(), returns, is_async, def_span };
        self.stmt(l, def_span.end, StmtKind::FunctionDef(Box::new(function)))
    }

    pub fn class(&mut self, l: u32, name: Ident, args: Vec<CallArg>, body: Vec<Stmt>) -> Box<Stmt> {
        let end = end_of(&[&body]);
        if let [CallArg::Generator(_, elt, _)] = args.as_slice() {
            self.fail_after("invalid syntax", elt.span.end);
        }
        let (bases, keywords) = self.split_args(args);
        let class = ClassDef { name, bases, keywords, body, decorators: Vec::new() };
        self.stmt(l, end, StmtKind::ClassDef(Box::new(class)))
    }

    pub fn decorated(&mut self, decorators: Vec<Expr>, mut stmt: Box<Stmt>) -> Box<Stmt> {
        match &mut stmt.kind {
            StmtKind::FunctionDef(function) => function.decorators = decorators,
            StmtKind::ClassDef(class) => class.decorators = decorators,
            _ => {}
        }
        stmt
    }
}

/// The end of the first block that is not empty.
fn end_of(blocks: &[&Vec<Stmt>]) -> u32 {
    blocks.iter().find_map(|block| block.last()).map_or(0, |stmt| stmt.span.end)
}
