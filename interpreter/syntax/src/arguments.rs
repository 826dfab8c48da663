//! Parameters of functions and arguments of calls.
//!
//! In: the items between the parentheses, in their order. Out: `Arguments`, a call, or the bases and keywords of a class.
//! The one invariant: the order that CPython's grammar demands is checked here, item by item.

use crate::ast::*;
use crate::builder::Builder;
use crate::source::Span;

pub struct Param {
    pub kind: ParamKind,
    pub span: Span,
}

pub enum ParamKind {
    Plain(Arg, Option<Expr>),
    Slash,
    Star(Option<Arg>),
    DoubleStar(Arg),
}

pub enum CallArg {
    Positional(Span, Expr),
    Generator(Span, Expr, Vec<Comprehension>),
    Keyword(Span, Ident, Expr),
    Unpacking(Span, Expr),
}

impl CallArg {
    fn is_positional(&self) -> bool {
        match self {
            CallArg::Positional(_, e) => !matches!(e.kind, ExprKind::Starred(_)),
            CallArg::Generator(..) => true,
            _ => false,
        }
    }
}

/// How far a list of parameters has come.
#[derive(Default)]
struct Progress {
    slash: bool,
    /// No default stands before the slash: CPython's rule for defaults in wrong places does not look beyond it.
    plain_slash: bool,
    star: Option<Span>,
    /// The star stood alone and awaits a keyword parameter.
    bare: bool,
    default: bool,
    /// A comma stands behind the parameter.
    followed: bool,
    lambda: Option<u32>,
}

impl Builder<'_> {
    /// `comma`: one stands behind the last. `lambda`: where the colon of a `lambda` stands, whose errors CPython places a
    /// little differently.
    pub fn arguments(&mut self, params: Vec<Param>, comma: bool, lambda: Option<u32>) -> Box<Arguments> {
        let mut arguments = Box::<Arguments>::default();
        let mut progress = Progress { lambda, ..Progress::default() };
        let count = params.len();
        for (i, param) in params.into_iter().enumerate() {
            if arguments.kwarg.is_some() {
                self.fail("arguments cannot follow var-keyword argument", param.start());
            }
            progress.followed = comma || i + 1 < count;
            self.param(&mut arguments, &mut progress, param);
        }
        if let (true, Some(star)) = (progress.bare, progress.star) {
            self.bare_star(star, lambda.map(|colon| Span { start: colon, end: colon + 1 }));
        }
        arguments
    }

    fn bare_star(&mut self, star: Span, next: Option<Span>) {
        self.fail("named arguments must follow bare *", next.unwrap_or(star));
    }

    fn param(&mut self, arguments: &mut Arguments, progress: &mut Progress, param: Param) {
        let at = param.start();
        match param.kind {
            ParamKind::Plain(arg, default) if progress.star.is_some() => {
                progress.bare = false;
                arguments.kwonly.push(arg);
                arguments.kw_defaults.push(default);
            }
            ParamKind::Plain(arg, default) => self.plain_param(arguments, progress, arg, default),
            ParamKind::Slash => self.slash(arguments, progress, at),
            ParamKind::Star(vararg) => self.star(arguments, progress, vararg, at),
            ParamKind::DoubleStar(arg) => {
                if let (true, Some(star)) = (progress.bare, progress.star) {
                    self.bare_star(star, progress.lambda.map(|_| at));
                }
                arguments.kwarg = Some(arg);
            }
        }
    }

    fn plain_param(&mut self, arguments: &mut Arguments, progress: &mut Progress, arg: Arg, default: Option<Expr>) {
        if default.is_none() && progress.default {
            match progress.plain_slash {
                true => self.fail_after("invalid syntax", arg.span.end),
                false => self.fail("non-default argument follows default argument", arg.span),
            }
        }
        progress.default |= default.is_some();
        arguments.args.push(arg);
        arguments.defaults.extend(default);
    }

    fn slash(&mut self, arguments: &mut Arguments, progress: &mut Progress, at: Span) {
        if progress.slash {
            self.fail("/ may appear only once", at);
        } else if progress.star.is_some() {
            self.fail("/ must be ahead of *", at);
        } else if arguments.args.is_empty() {
            self.fail(if progress.followed { "at least one argument must precede /" } else { "invalid syntax" }, at);
        }
        progress.slash = true;
        progress.plain_slash = !progress.default;
        arguments.posonly = std::mem::take(&mut arguments.args);
    }

    fn star(&mut self, arguments: &mut Arguments, progress: &mut Progress, vararg: Option<Arg>, at: Span) {
        if progress.star.is_some() {
            let lonely = vararg.is_none() && !progress.followed;
            self.fail(if lonely { "invalid syntax" } else { "* argument may appear only once" }, at);
        }
        progress.star = Some(at);
        progress.bare = vararg.is_none();
        arguments.vararg = vararg;
    }

    /// Checks a call's arguments as they stand before the parenthesis at `end`.
    pub fn call_args(&mut self, args: Vec<CallArg>, comma: bool, end: u32) -> Vec<CallArg> {
        let (mut keyword, mut unpacking) = (false, false);
        for arg in &args {
            match arg {
                CallArg::Keyword(..) => keyword = true,
                CallArg::Unpacking(..) => unpacking = true,
                CallArg::Positional(span, _) if unpacking && !arg.is_positional() => self.late_star(span.start),
                arg if arg.is_positional() && (keyword || unpacking) => {
                    self.lone_generators(&args, comma);
                    self.late_positional(unpacking, end);
                }
                _ => {}
            }
        }
        self.lone_generators(&args, comma);
        args
    }

    /// CPython points at the closing parenthesis.
    #[cold]
    fn late_positional(&mut self, unpacking: bool, end: u32) {
        let follows = if unpacking { "keyword argument unpacking" } else { "keyword argument" };
        self.fail_after(format!("positional argument follows {follows}"), end);
    }

    #[cold]
    fn late_star(&mut self, star: u32) {
        self.fail(
            "iterable argument unpacking follows keyword argument unpacking",
            Span { start: star, end: star + 1 },
        );
    }

    /// A generator without parentheses must be the only argument.
    fn lone_generators(&mut self, args: &[CallArg], comma: bool) {
        if args.len() == 1 && !comma {
            return;
        }
        if let Some(CallArg::Generator(span, ..)) = args.iter().find(|arg| matches!(arg, CallArg::Generator(..))) {
            self.fail("Generator expression must be parenthesized", *span);
        }
    }

    /// `name=value`; anything else before the `=`, which stands at `equal`, is a comparison gone wrong.
    pub fn keyword(&mut self, l: u32, r: u32, name: Expr, equal: u32, value: Expr) -> CallArg {
        let span = Span { start: l, end: r };
        let bare = self.is_bare_name(l, &name);
        match name.kind {
            ExprKind::Name(arg) if bare => return CallArg::Keyword(span, arg, value),
            ExprKind::Constant(Constant::None | Constant::True | Constant::False) => {
                let message = format!("cannot assign to {}", self.text(name.span));
                self.fail(message, Span { start: l, end: equal + 1 });
            }
            _ => {
                let span = Span { start: name.span.start, end: equal + 1 };
                self.fail("expression cannot contain assignment, perhaps you meant \"==\"?", span);
            }
        }
        CallArg::Positional(span, value)
    }

    /// `paren` is where the arguments open: a lone generator's span takes the parentheses in.
    pub fn call(&mut self, l: u32, r: u32, func: Expr, paren: u32, mut args: Vec<CallArg>) -> Expr {
        if let [CallArg::Generator(span, ..)] = args.as_mut_slice() {
            *span = Span { start: paren, end: r };
        }
        let (args, keywords) = self.split_args(args);
        self.expr(l, r, ExprKind::Call { func: Box::new(func), args, keywords })
    }

    pub fn split_args(&mut self, all: Vec<CallArg>) -> (Vec<Expr>, Vec<Keyword>) {
        let (mut args, mut keywords) = (Vec::new(), Vec::new());
        for arg in all {
            match arg {
                CallArg::Positional(_, e) => args.push(e),
                CallArg::Generator(span, elt, generators) => {
                    args.push(self.generator(span.start, span.end, elt, generators))
                }
                CallArg::Keyword(span, name, value) => keywords.push(Keyword { arg: Some(name), value, span }),
                CallArg::Unpacking(span, value) => keywords.push(Keyword { arg: None, value, span }),
            }
        }
        (args, keywords)
    }
}

impl Param {
    /// The word or sign it begins with.
    fn start(&self) -> Span {
        let length = match &self.kind {
            ParamKind::Plain(arg, _) => arg.name.len() as u32,
            ParamKind::DoubleStar(_) => 2,
            _ => 1,
        };
        Span { start: self.span.start, end: self.span.start + length }
    }
}
