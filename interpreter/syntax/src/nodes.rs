//! What can be asked of a node.
//!
//! In: the tree of `ast.rs`. Out: depths, kinds, and the walk over an expression's children that several passes share. The one
//! invariant: `each_child` visits every expression that a node holds itself, in the order of the source (CPython's order of
//! fields where that differs).

use crate::ast::*;

impl ExprKind {
    /// The depth of the deepest child; 0 for a leaf.
    pub fn deepest_child(&self) -> u32 {
        let mut deepest = 0;
        self.each_child(&mut |child| deepest = deepest.max(child.depth));
        deepest
    }

    pub fn each_child<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        use ExprKind::*;
        match self {
            Name(_) | Constant(_) | Yield(None) => {}
            NamedExpr { target: a, value: b } | BinOp { left: a, right: b, .. } | Subscript { value: a, slice: b } => {
                visit(a);
                visit(b);
            }
            UnaryOp { operand: e, .. }
            | Await(e)
            | Yield(Some(e))
            | YieldFrom(e)
            | Attribute { value: e, .. }
            | Starred(e) => visit(e),
            BoolOp { values, .. } | JoinedStr(values) | List(values) | Tuple(values) | Set(values) => {
                values.iter().for_each(visit)
            }
            Lambda { args, body } => {
                args.each_expr(visit);
                visit(body);
            }
            IfExp { test, body, orelse } => [test, body, orelse].into_iter().for_each(|e| visit(e)),
            Dict { keys, values } => keys.iter().zip(values).for_each(|(key, value)| {
                key.iter().for_each(&mut *visit);
                visit(value);
            }),
            ListComp { elt, generators } | SetComp { elt, generators } | GeneratorExp { elt, generators } => {
                visit(elt);
                generators.iter().for_each(|g| g.each_expr(visit));
            }
            DictComp { key, value, generators } => {
                visit(key);
                visit(value);
                generators.iter().for_each(|g| g.each_expr(visit));
            }
            Compare { left, comparators, .. } => {
                visit(left);
                comparators.iter().for_each(visit);
            }
            Call { func, args, keywords } => {
                visit(func);
                args.iter().for_each(&mut *visit);
                keywords.iter().for_each(|keyword| visit(&keyword.value));
            }
            FormattedValue { value, format_spec, .. } => {
                visit(value);
                format_spec.iter().for_each(|spec| visit(spec));
            }
            Slice { lower, upper, step } => [lower, upper, step].into_iter().flatten().for_each(|e| visit(e)),
        }
    }
}

impl Comprehension {
    pub fn each_expr<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(&self.target);
        visit(&self.iter);
        self.ifs.iter().for_each(visit);
    }
}

impl Arguments {
    /// All parameters, in the order of their places in a frame.
    pub fn all(&self) -> impl Iterator<Item = &Arg> {
        self.posonly.iter().chain(&self.args).chain(&self.kwonly).chain(&self.vararg).chain(&self.kwarg)
    }

    /// Defaults and annotations.
    pub fn each_expr<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        self.each_default(visit);
        self.all_annotations().for_each(visit);
    }

    pub fn each_default<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        self.defaults.iter().for_each(&mut *visit);
        self.kw_defaults.iter().flatten().for_each(visit);
    }

    pub fn all_annotations(&self) -> impl Iterator<Item = &Expr> {
        self.all().filter_map(|arg| arg.annotation.as_ref())
    }
}

impl Stmt {
    pub fn is_compound(&self) -> bool {
        use StmtKind::*;
        matches!(
            self.kind,
            FunctionDef(_)
                | ClassDef(_)
                | For { .. }
                | While { .. }
                | If { .. }
                | With { .. }
                | Match { .. }
                | Try { .. }
        )
    }
}

impl Stmt {
    /// The statements within, block by block.
    pub fn blocks(&self) -> Vec<&[Stmt]> {
        match &self.kind {
            StmtKind::FunctionDef(function) => vec![&function.body],
            StmtKind::ClassDef(class) => vec![&class.body],
            StmtKind::For { body, orelse, .. }
            | StmtKind::While { body, orelse, .. }
            | StmtKind::If { body, orelse, .. } => {
                vec![body, orelse]
            }
            StmtKind::With { body, .. } => vec![body],
            StmtKind::Match { cases, .. } => cases.iter().map(|case| &case.body[..]).collect(),
            StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
                let handlers = handlers.iter().map(|handler| &handler.body[..]);
                std::iter::once(&body[..]).chain(handlers).chain([&orelse[..], finalbody]).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What the statement assigns to or deletes.
    pub fn targets(&self) -> Vec<&Expr> {
        match &self.kind {
            StmtKind::Assign { targets, .. } | StmtKind::Delete(targets) => targets.iter().collect(),
            StmtKind::AugAssign { target, .. } | StmtKind::AnnAssign { target, .. } | StmtKind::For { target, .. } => {
                vec![target]
            }
            StmtKind::With { items, .. } => items.iter().filter_map(|item| item.target.as_ref()).collect(),
            _ => Vec::new(),
        }
    }

    /// The expressions that belong to the statement itself and are not targets; those of patterns are left out.
    pub fn each_value<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        use StmtKind::*;
        match &self.kind {
            FunctionDef(function) => {
                function.decorators.iter().for_each(&mut *visit);
                function.args.each_expr(visit);
                function.returns.iter().for_each(visit);
            }
            ClassDef(class) => {
                class.decorators.iter().chain(&class.bases).for_each(&mut *visit);
                class.keywords.iter().for_each(|keyword| visit(&keyword.value));
            }
            Return(value) => value.iter().for_each(visit),
            Assign { value, .. } | AugAssign { value, .. } => visit(value),
            AnnAssign { annotation, value, .. } => std::iter::once(annotation).chain(value).for_each(visit),
            For { iter, .. } => visit(iter),
            While { test, .. } | If { test, .. } => visit(test),
            With { items, .. } => items.iter().for_each(|item| visit(&item.context)),
            Match { subject, cases } => {
                visit(subject);
                cases.iter().filter_map(|case| case.guard.as_ref()).for_each(visit);
            }
            Raise { exc, cause } => exc.iter().chain(cause).for_each(visit),
            Assert { test, msg } => std::iter::once(test).chain(msg).for_each(visit),
            Expr(value) => visit(value),
            Try { handlers, .. } => handlers.iter().filter_map(|handler| handler.ty.as_ref()).for_each(visit),
            Delete(_) | Import(_) | ImportFrom { .. } | Global(_) | Nonlocal(_) | Pass | Break | Continue => {}
        }
    }
}
