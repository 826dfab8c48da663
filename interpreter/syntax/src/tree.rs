//! The tree as CPython's `ast` module shows it, and as `ast.dump(tree, indent=2)` prints it.
//!
//! In: a tree, and its source for the `u` that a string may begin with. Out: nodes by name with their fields, or text. The one
//! invariant: field names and their order are those of CPython's `Python.asdl`; the tree has no contexts, so they are computed
//! on the way down.

use crate::ast::*;
use crate::repr;
use crate::source::{Source, Span};

pub fn dump(tree: &Module, source: &Source) -> String {
    let mut out = String::new();
    module("Module", tree, source).write(0, &mut out);
    out
}

/// A module, or (`Interactive`) the statements of a conversation.
pub fn module(name: &'static str, module: &Module, source: &Source) -> Doc {
    let body = ("body", Printer { source }.stmts(&module.body));
    let ignores = (name == "Module").then(|| ("type_ignores", Doc::List(vec![])));
    node(name, std::iter::once(body).chain(ignores).collect())
}

/// An expression that stands alone.
pub fn expression(e: &Expr, source: &Source) -> Doc {
    node("Expression", vec![("body", Printer { source }.load(e))])
}

/// A node, or what stands in one.
pub enum Doc {
    None,
    Number(i64),
    Text(String),
    Constant(Constant),
    Node {
        name: &'static str,
        fields: Vec<(&'static str, Doc)>,
        /// Of nodes that have a place in CPython.
        span: Option<Span>,
    },
    List(Vec<Doc>),
}

fn node(name: &'static str, fields: Vec<(&'static str, Doc)>) -> Doc {
    Doc::Node { name, fields, span: None }
}

fn leaf(name: &'static str) -> Doc {
    node(name, vec![])
}

fn text(value: &str) -> Doc {
    Doc::Text(value.to_owned())
}

fn number(value: impl Into<i64>) -> Doc {
    Doc::Number(value.into())
}

fn none() -> Doc {
    Doc::None
}

/// Leaves out the fields that have no value.
fn fields<const N: usize>(all: [(&'static str, Option<Doc>); N]) -> Vec<(&'static str, Doc)> {
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

impl Doc {
    /// The same node at a place.
    fn at(mut self, place: Span) -> Doc {
        if let Doc::Node { span, .. } = &mut self {
            *span = Some(place);
        }
        self
    }

    /// Fits in its parent's line: a value, an empty list or a node without fields.
    fn is_simple(&self) -> bool {
        match self {
            Doc::Node { fields, .. } => fields.is_empty(),
            Doc::List(items) => items.is_empty(),
            _ => true,
        }
    }

    fn write(&self, level: usize, out: &mut String) {
        match self {
            Doc::None => out.push_str("None"),
            Doc::Number(number) => out.push_str(&number.to_string()),
            Doc::Text(text) => out.push_str(&repr::string(text)),
            Doc::Constant(value) => out.push_str(&repr::constant(value)),
            Doc::List(items) if items.is_empty() => out.push_str("[]"),
            Doc::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    new_line(i, level + 1, out);
                    item.write(level + 1, out);
                }
                out.push(']');
            }
            Doc::Node { name, fields, .. } => {
                out.push_str(name);
                out.push('(');
                let inline = fields.len() <= 3 && fields.iter().all(|(_, value)| value.is_simple());
                for (i, (field, value)) in fields.iter().enumerate() {
                    if !inline {
                        new_line(i, level + 1, out);
                    } else if i > 0 {
                        out.push_str(", ");
                    }
                    out.push_str(field);
                    out.push('=');
                    value.write(level + 1, out);
                }
                out.push(')');
            }
        }
    }
}

fn new_line(i: usize, level: usize, out: &mut String) {
    out.push_str(if i > 0 { ",\n" } else { "\n" });
    out.push_str(&"  ".repeat(level));
}

/// CPython's `expr_context`.
#[derive(Clone, Copy)]
enum Context {
    Load,
    Store,
    Del,
}

impl Context {
    fn doc(self) -> Doc {
        leaf(match self {
            Context::Load => "Load",
            Context::Store => "Store",
            Context::Del => "Del",
        })
    }
}

struct Printer<'s> {
    source: &'s Source,
}

impl Printer<'_> {
    fn stmts(&self, stmts: &[Stmt]) -> Doc {
        Doc::List(stmts.iter().map(|stmt| self.stmt(stmt)).collect())
    }

    fn stmt(&self, stmt: &Stmt) -> Doc {
        self.stmt_without_place(stmt).at(stmt.span)
    }

    fn stmt_without_place(&self, stmt: &Stmt) -> Doc {
        use StmtKind::*;
        match &stmt.kind {
            FunctionDef(function) => self.function(function),
            ClassDef(class) => self.class(class),
            Return(value) => node("Return", fields([("value", self.maybe(value))])),
            Delete(targets) => node("Delete", vec![("targets", self.list(targets, Context::Del))]),
            Assign { targets, value } => {
                node("Assign", vec![("targets", self.list(targets, Context::Store)), ("value", self.load(value))])
            }
            AugAssign { target, op, value } => {
                let op = leaf(binary(*op));
                node(
                    "AugAssign",
                    vec![("target", self.expr(target, Context::Store)), ("op", op), ("value", self.load(value))],
                )
            }
            AnnAssign { target, annotation, value, simple } => {
                let target = Some(self.expr(target, Context::Store));
                let simple = Some(number(*simple as u32));
                let annotation = Some(self.load(annotation));
                node(
                    "AnnAssign",
                    fields([
                        ("target", target),
                        ("annotation", annotation),
                        ("value", self.maybe(value)),
                        ("simple", simple),
                    ]),
                )
            }
            For { target, iter, body, orelse, is_async } => node(
                if *is_async { "AsyncFor" } else { "For" },
                vec![
                    ("target", self.expr(target, Context::Store)),
                    ("iter", self.load(iter)),
                    ("body", self.stmts(body)),
                    ("orelse", self.stmts(orelse)),
                ],
            ),
            While { test, body, orelse } => self.conditional("While", test, body, orelse),
            If { test, body, orelse } => self.conditional("If", test, body, orelse),
            With { items, body, is_async } => {
                let items = items.iter().map(|item| self.with_item(item)).collect();
                node(
                    if *is_async { "AsyncWith" } else { "With" },
                    vec![("items", Doc::List(items)), ("body", self.stmts(body))],
                )
            }
            Match { subject, cases } => {
                let cases = cases.iter().map(|case| self.case(case)).collect();
                node("Match", vec![("subject", self.load(subject)), ("cases", Doc::List(cases))])
            }
            Raise { exc, cause } => node("Raise", fields([("exc", self.maybe(exc)), ("cause", self.maybe(cause))])),
            Try { body, handlers, orelse, finalbody, is_star } => node(
                if *is_star { "TryStar" } else { "Try" },
                vec![
                    ("body", self.stmts(body)),
                    ("handlers", Doc::List(handlers.iter().map(|handler| self.handler(handler)).collect())),
                    ("orelse", self.stmts(orelse)),
                    ("finalbody", self.stmts(finalbody)),
                ],
            ),
            Assert { test, msg } => node("Assert", fields([("test", Some(self.load(test))), ("msg", self.maybe(msg))])),
            Import(names) => node("Import", vec![("names", aliases(names))]),
            ImportFrom { module, names, level } => {
                let module = module.as_deref().map(text);
                node(
                    "ImportFrom",
                    fields([("module", module), ("names", Some(aliases(names))), ("level", Some(number(*level)))]),
                )
            }
            Global(names) => node("Global", vec![("names", texts(names))]),
            Nonlocal(names) => node("Nonlocal", vec![("names", texts(names))]),
            Expr(value) => node("Expr", vec![("value", self.load(value))]),
            Pass => leaf("Pass"),
            Break => leaf("Break"),
            Continue => leaf("Continue"),
        }
    }

    fn function(&self, function: &FunctionDef) -> Doc {
        let fields = fields([
            ("name", Some(text(&function.name))),
            ("args", Some(self.arguments(&function.args))),
            ("body", Some(self.stmts(&function.body))),
            ("decorator_list", Some(self.list(&function.decorators, Context::Load))),
            ("returns", self.maybe(&function.returns)),
        ]);
        node(if function.is_async { "AsyncFunctionDef" } else { "FunctionDef" }, fields)
    }

    fn class(&self, class: &ClassDef) -> Doc {
        let fields = vec![
            ("name", text(&class.name)),
            ("bases", self.list(&class.bases, Context::Load)),
            ("keywords", self.keywords(&class.keywords)),
            ("body", self.stmts(&class.body)),
            ("decorator_list", self.list(&class.decorators, Context::Load)),
        ];
        node("ClassDef", fields)
    }

    fn conditional(&self, name: &'static str, test: &Expr, body: &[Stmt], orelse: &[Stmt]) -> Doc {
        node(name, vec![("test", self.load(test)), ("body", self.stmts(body)), ("orelse", self.stmts(orelse))])
    }

    fn with_item(&self, item: &WithItem) -> Doc {
        let target = item.target.as_ref().map(|target| self.expr(target, Context::Store));
        node("withitem", fields([("context_expr", Some(self.load(&item.context))), ("optional_vars", target)]))
    }

    fn handler(&self, handler: &ExceptHandler) -> Doc {
        let (ty, name) = (self.maybe(&handler.ty), handler.name.as_deref().map(text));
        node("ExceptHandler", fields([("type", ty), ("name", name), ("body", Some(self.stmts(&handler.body)))]))
            .at(handler.span)
    }

    fn case(&self, case: &MatchCase) -> Doc {
        let (pattern, guard) = (Some(self.pattern(&case.pattern)), self.maybe(&case.guard));
        node("match_case", fields([("pattern", pattern), ("guard", guard), ("body", Some(self.stmts(&case.body)))]))
    }

    fn patterns(&self, patterns: &[Pattern]) -> Doc {
        Doc::List(patterns.iter().map(|pattern| self.pattern(pattern)).collect())
    }

    fn pattern(&self, pattern: &Pattern) -> Doc {
        self.pattern_without_place(pattern).at(pattern.span)
    }

    fn pattern_without_place(&self, pattern: &Pattern) -> Doc {
        use PatternKind::*;
        match &pattern.kind {
            Value(e) => node("MatchValue", vec![("value", self.load(e))]),
            Singleton(value) => node("MatchSingleton", vec![("value", Doc::Constant(value.clone()))]),
            Sequence(patterns) => node("MatchSequence", vec![("patterns", self.patterns(patterns))]),
            Mapping { keys, patterns, rest } => {
                let (keys, patterns) = (self.list(keys, Context::Load), self.patterns(patterns));
                node(
                    "MatchMapping",
                    fields([("keys", Some(keys)), ("patterns", Some(patterns)), ("rest", rest.as_deref().map(text))]),
                )
            }
            Class { cls, patterns, kwd_attrs, kwd_patterns } => node(
                "MatchClass",
                vec![
                    ("cls", self.load(cls)),
                    ("patterns", self.patterns(patterns)),
                    ("kwd_attrs", texts(kwd_attrs)),
                    ("kwd_patterns", self.patterns(kwd_patterns)),
                ],
            ),
            Star(name) => node("MatchStar", fields([("name", name.as_deref().map(text))])),
            As { pattern, name } => {
                let pattern = pattern.as_ref().map(|pattern| self.pattern(pattern));
                node("MatchAs", fields([("pattern", pattern), ("name", name.as_deref().map(text))]))
            }
            Or(patterns) => node("MatchOr", vec![("patterns", self.patterns(patterns))]),
        }
    }

    fn list(&self, exprs: &[Expr], context: Context) -> Doc {
        Doc::List(exprs.iter().map(|e| self.expr(e, context)).collect())
    }

    fn load(&self, e: &Expr) -> Doc {
        self.expr(e, Context::Load)
    }

    fn maybe(&self, e: &Option<Expr>) -> Option<Doc> {
        e.as_ref().map(|e| self.load(e))
    }

    fn boxed(&self, e: &Option<Box<Expr>>) -> Option<Doc> {
        e.as_ref().map(|e| self.load(e))
    }

    fn expr(&self, e: &Expr, context: Context) -> Doc {
        self.expr_without_place(e, context).at(e.span)
    }

    fn expr_without_place(&self, e: &Expr, context: Context) -> Doc {
        use ExprKind::*;
        match &e.kind {
            BoolOp { op, values } => {
                let op = leaf(if *op == crate::ast::BoolOp::And { "And" } else { "Or" });
                node("BoolOp", vec![("op", op), ("values", self.list(values, context))])
            }
            NamedExpr { target, value } => {
                node("NamedExpr", vec![("target", self.expr(target, Context::Store)), ("value", self.load(value))])
            }
            BinOp { left, op, right } => {
                node("BinOp", vec![("left", self.load(left)), ("op", leaf(binary(*op))), ("right", self.load(right))])
            }
            UnaryOp { op, operand } => node("UnaryOp", vec![("op", leaf(unary(*op))), ("operand", self.load(operand))]),
            Lambda { args, body } => node("Lambda", vec![("args", self.arguments(args)), ("body", self.load(body))]),
            IfExp { test, body, orelse } => {
                node("IfExp", vec![("test", self.load(test)), ("body", self.load(body)), ("orelse", self.load(orelse))])
            }
            Dict { keys, values } => {
                let keys = keys.iter().map(|key| self.maybe(key).unwrap_or_else(none)).collect();
                node("Dict", vec![("keys", Doc::List(keys)), ("values", self.list(values, context))])
            }
            Set(elts) => node("Set", vec![("elts", self.list(elts, context))]),
            ListComp { elt, generators } => self.comprehension("ListComp", elt, generators),
            SetComp { elt, generators } => self.comprehension("SetComp", elt, generators),
            GeneratorExp { elt, generators } => self.comprehension("GeneratorExp", elt, generators),
            DictComp { key, value, generators } => {
                let generators = self.generators(generators);
                node("DictComp", vec![("key", self.load(key)), ("value", self.load(value)), ("generators", generators)])
            }
            Await(value) => node("Await", vec![("value", self.load(value))]),
            Yield(value) => node("Yield", fields([("value", self.boxed(value))])),
            YieldFrom(value) => node("YieldFrom", vec![("value", self.load(value))]),
            Compare { left, ops, comparators } => {
                let ops = Doc::List(ops.iter().map(|op| leaf(comparison(*op))).collect());
                node(
                    "Compare",
                    vec![("left", self.load(left)), ("ops", ops), ("comparators", self.list(comparators, context))],
                )
            }
            Call { func, args, keywords } => node(
                "Call",
                vec![
                    ("func", self.load(func)),
                    ("args", self.list(args, Context::Load)),
                    ("keywords", self.keywords(keywords)),
                ],
            ),
            FormattedValue { value, conversion, format_spec } => {
                let conversion = Some(number(conversion.map_or(-1, |c| c as i32)));
                let value = Some(self.load(value));
                node(
                    "FormattedValue",
                    fields([("value", value), ("conversion", conversion), ("format_spec", self.boxed(format_spec))]),
                )
            }
            JoinedStr(values) => node("JoinedStr", vec![("values", self.list(values, context))]),
            Constant(value) => {
                let u = matches!(value, crate::ast::Constant::Str(_) | crate::ast::Constant::Surrogates(_))
                    && self.source.text[e.span.start as usize..].starts_with('u');
                let kind = u.then(|| text("u"));
                node("Constant", fields([("value", Some(Doc::Constant(value.clone()))), ("kind", kind)]))
            }
            Attribute { value, attr, .. } => {
                node("Attribute", vec![("value", self.load(value)), ("attr", text(attr)), ("ctx", context.doc())])
            }
            Subscript { value, slice } => node(
                "Subscript",
                vec![("value", self.load(value)), ("slice", self.load(slice)), ("ctx", context.doc())],
            ),
            Starred(value) => node("Starred", vec![("value", self.expr(value, context)), ("ctx", context.doc())]),
            Name(id) => node("Name", vec![("id", text(id)), ("ctx", context.doc())]),
            List(elts) => node("List", vec![("elts", self.list(elts, context)), ("ctx", context.doc())]),
            Tuple(elts) => node("Tuple", vec![("elts", self.list(elts, context)), ("ctx", context.doc())]),
            Slice { lower, upper, step } => node(
                "Slice",
                fields([("lower", self.boxed(lower)), ("upper", self.boxed(upper)), ("step", self.boxed(step))]),
            ),
        }
    }

    fn comprehension(&self, name: &'static str, elt: &Expr, generators: &[Comprehension]) -> Doc {
        node(name, vec![("elt", self.load(elt)), ("generators", self.generators(generators))])
    }

    fn generators(&self, generators: &[Comprehension]) -> Doc {
        let one = |g: &Comprehension| {
            let fields = vec![
                ("target", self.expr(&g.target, Context::Store)),
                ("iter", self.load(&g.iter)),
                ("ifs", self.list(&g.ifs, Context::Load)),
                ("is_async", number(g.is_async as u32)),
            ];
            node("comprehension", fields)
        };
        Doc::List(generators.iter().map(one).collect())
    }

    fn keywords(&self, keywords: &[Keyword]) -> Doc {
        let one = |keyword: &Keyword| {
            node(
                "keyword",
                fields([("arg", keyword.arg.as_deref().map(text)), ("value", Some(self.load(&keyword.value)))]),
            )
            .at(keyword.span)
        };
        Doc::List(keywords.iter().map(one).collect())
    }

    fn arguments(&self, args: &Arguments) -> Doc {
        let list = |args: &[Arg]| Some(Doc::List(args.iter().map(|arg| self.arg(arg)).collect()));
        let one = |arg: &Option<Arg>| arg.as_ref().map(|arg| self.arg(arg));
        let kw_defaults = args.kw_defaults.iter().map(|e| self.maybe(e).unwrap_or_else(none)).collect();
        let fields = fields([
            ("posonlyargs", list(&args.posonly)),
            ("args", list(&args.args)),
            ("vararg", one(&args.vararg)),
            ("kwonlyargs", list(&args.kwonly)),
            ("kw_defaults", Some(Doc::List(kw_defaults))),
            ("kwarg", one(&args.kwarg)),
            ("defaults", Some(self.list(&args.defaults, Context::Load))),
        ]);
        node("arguments", fields)
    }

    fn arg(&self, arg: &Arg) -> Doc {
        node("arg", fields([("arg", Some(text(&arg.name))), ("annotation", self.maybe(&arg.annotation))])).at(arg.span)
    }
}

fn aliases(names: &[Alias]) -> Doc {
    let one = |alias: &Alias| {
        node("alias", fields([("name", Some(text(&alias.name))), ("asname", alias.asname.as_deref().map(text))]))
            .at(alias.span)
    };
    Doc::List(names.iter().map(one).collect())
}

fn texts(names: &[Ident]) -> Doc {
    Doc::List(names.iter().map(|name| text(name)).collect())
}

fn binary(op: BinOp) -> &'static str {
    match op {
        BinOp::Add => "Add",
        BinOp::Sub => "Sub",
        BinOp::Mult => "Mult",
        BinOp::MatMult => "MatMult",
        BinOp::Div => "Div",
        BinOp::Mod => "Mod",
        BinOp::Pow => "Pow",
        BinOp::LShift => "LShift",
        BinOp::RShift => "RShift",
        BinOp::BitOr => "BitOr",
        BinOp::BitXor => "BitXor",
        BinOp::BitAnd => "BitAnd",
        BinOp::FloorDiv => "FloorDiv",
    }
}

fn unary(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Invert => "Invert",
        UnaryOp::Not => "Not",
        UnaryOp::UAdd => "UAdd",
        UnaryOp::USub => "USub",
    }
}

fn comparison(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => "Eq",
        CmpOp::NotEq => "NotEq",
        CmpOp::Lt => "Lt",
        CmpOp::LtE => "LtE",
        CmpOp::Gt => "Gt",
        CmpOp::GtE => "GtE",
        CmpOp::Is => "Is",
        CmpOp::IsNot => "IsNot",
        CmpOp::In => "In",
        CmpOp::NotIn => "NotIn",
    }
}
