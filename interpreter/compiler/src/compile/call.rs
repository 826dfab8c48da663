//! Calls.
//!
//! In: the callee and the arguments. Out: the result in `dst` or a new temp. The one invariant: the callee is looked up before
//! the first argument is evaluated; the fused instructions, which look it up afterwards, stand only where no one can tell.

use super::Compiler;
use super::display::{PIECE, is_starred};
use super::unit::{Ins, Reg, Variable};
use crate::bytecode::op::Op;
use crate::bytecode::proto::Const;
use std::rc::Rc;
use toy_syntax::ast::*;
use toy_syntax::source::Span;

/// As long as a statement holds fewer temps, method calls have windows of their own; what LOAD_METHOD leaves in them
/// cannot be put aside.
const SHALLOW: usize = 24;

impl<'a> Compiler<'a> {
    pub fn call(
        &mut self,
        func: &'a Expr,
        args: &'a [Expr],
        keywords: &'a [Keyword],
        dst: Option<Reg>,
        span: Span,
    ) -> Reg {
        let plain = !args.iter().any(is_starred) && keywords.iter().all(|k| k.arg.is_some());
        // what CPython compiles as a method call
        let method = plain && args.len() + keywords.len() + (!keywords.is_empty() as usize) < PIECE;
        if let (ExprKind::Attribute { value, attr, attr_span }, true) = (&func.kind, method) {
            if self.u.top.saturating_sub(self.u.statement) < SHALLOW {
                let lookup = self.attribute_span(func);
                let span = self.from_attribute_line(span, *attr_span);
                return self.method_call(value, attr, args, keywords, dst, lookup, span);
            }
        }
        let simple = plain && keywords.is_empty() && args.len() <= PIECE && args.iter().all(|e| self.is_simple(e));
        if let (ExprKind::Name(name), true) = (&func.kind, simple) {
            let name = self.mangled(name);
            if &*name != "__debug__" && self.variable(&name) == Variable::Global {
                return self.global_call(name, func.span, args, dst, span);
            }
        }
        let base = self.push(func);
        let span = match &func.kind {
            ExprKind::Attribute { attr_span, .. } if method => self.from_attribute_line(span, *attr_span),
            _ => span,
        };
        self.call_window(base, 0, args, keywords, span);
        self.moved(base, dst, span)
    }

    fn global_call(&mut self, name: Rc<str>, lookup: Span, args: &'a [Expr], dst: Option<Reg>, span: Span) -> Reg {
        let base = self.u.alloc();
        self.pass(lookup);
        self.push_all(args);
        self.emit_fused(Op::CallGlobal, base, args.len(), name, lookup, span);
        self.moved(base, dst, span)
    }

    #[allow(clippy::too_many_arguments)]
    fn method_call(
        &mut self,
        object: &'a Expr,
        attr: &Ident,
        args: &'a [Expr],
        keywords: &'a [Keyword],
        dst: Option<Reg>,
        lookup: Span,
        span: Span,
    ) -> Reg {
        let base = self.u.top as u8;
        let name = self.mangled(attr);
        let floor = self.u.floor;
        let simple = keywords.is_empty() && args.iter().all(|e| self.is_simple(e));
        // a chain of calls would climb up the window by a register a call
        if simple && !matches!(object.kind, ExprKind::Call { .. } | ExprKind::Await(_)) {
            self.u.alloc();
            self.u.floor = self.u.top;
            self.push(object);
            self.pass(lookup);
            self.push_all(args);
            self.emit_fused(Op::CallMethod, base, args.len(), name, lookup, span);
        } else {
            let object = self.operand(object, &[]);
            self.u.top = base as usize;
            self.u.alloc_window(2);
            self.u.emit_site(Op::LoadMethod, base, object, 0, name, lookup);
            self.u.floor = self.u.top;
            self.push_all(args);
            match keywords {
                [] => self.u.emit(Op::CallLoaded, base, args.len() as u8, 0, span),
                _ => self.call_keywords(base, args.len(), keywords, true, span),
            }
        }
        self.u.floor = floor;
        self.moved(base, dst, span)
    }

    /// An instruction that looks a name up and calls what it finds; the lookup has a span of its own.
    fn emit_fused(&mut self, op: Op, base: Reg, count: usize, name: Rc<str>, lookup: Span, span: Span) {
        if self.u.reachable() {
            let (extra, handler) = (self.u.site(name), self.u.handler);
            self.u.push(Ins { op, a: base, b: count as u8, c: 0, extra, span, lookup, handler })
        }
    }

    fn push_all(&mut self, args: &'a [Expr]) {
        args.iter().for_each(|e| {
            self.push(e);
        })
    }

    /// Calls R[base] with the `pushed` temps after it and more arguments; the result replaces it.
    pub fn call_window(&mut self, base: Reg, pushed: usize, args: &'a [Expr], keywords: &'a [Keyword], span: Span) {
        let unpacks = args.iter().any(is_starred) || keywords.iter().any(|k| k.arg.is_none());
        if unpacks || args.len() + keywords.len() * 2 > PIECE {
            return self.call_unpacked(base, pushed, args, keywords, span);
        }
        self.push_all(args);
        match keywords {
            [] => self.u.emit(Op::Call, base, (pushed + args.len()) as u8, 0, span),
            _ => self.call_keywords(base, pushed + args.len(), keywords, false, span),
        }
        self.u.top = base as usize + 1
    }

    fn call_keywords(&mut self, base: Reg, positional: usize, keywords: &'a [Keyword], is_method: bool, span: Span) {
        keywords.iter().for_each(|k| {
            self.push(&k.value);
        });
        let names = keywords.iter().flat_map(|k| &k.arg).map(|name| Const::Str(name.clone())).collect();
        let names = self.u.consts.index(Const::Tuple(names));
        let count = (positional + keywords.len()) as u8;
        self.u.emit_extra(Op::CallKw, base, count, is_method as u8, names, span);
    }

    /// `f(*args, **kwargs)`, and calls with very many arguments.
    fn call_unpacked(&mut self, base: Reg, pushed: usize, args: &'a [Expr], keywords: &'a [Keyword], span: Span) {
        match args {
            [Expr { kind: ExprKind::Starred(value), .. }] if pushed == 0 => self.push(value),
            _ => self.arguments_tuple(args, pushed, span),
        };
        if !keywords.is_empty() {
            self.keyword_dict(base, keywords, span)
        }
        self.u.emit(Op::CallEx, base, !keywords.is_empty() as u8, 0, span);
        self.u.top = base as usize + 1
    }

    /// The dict of keyword arguments, in a new temp.
    fn keyword_dict(&mut self, callee: Reg, keywords: &'a [Keyword], span: Span) {
        let dict = self.u.top as u8;
        let mut have_dict = false;
        for run in keywords.chunk_by(|a, b| a.arg.is_some() && b.arg.is_some()) {
            let top = self.u.top;
            if run[0].arg.is_none() {
                if !have_dict {
                    self.build(Op::BuildMap, dict, 0, span)
                }
                let v = self.operand(&run[0].value, &[]);
                self.u.emit(Op::DictMerge, dict, v, callee, span);
                self.u.top = dict as usize + 1
            } else {
                self.keyword_run(run, span);
                if have_dict {
                    self.u.emit(Op::DictMerge, dict, top as u8, callee, span);
                    self.u.top = top
                }
            }
            have_dict = true
        }
    }

    /// A dict of named keyword arguments, in a new temp.
    fn keyword_run(&mut self, run: &'a [Keyword], span: Span) {
        let dict = self.u.top as u8;
        let many = run.len() * 2 > PIECE;
        if many {
            self.build(Op::BuildMap, dict, 0, span)
        }
        for keyword in run {
            let top = self.u.top;
            let k = self.load_str(keyword.arg.as_deref().unwrap_or_default(), span);
            if many {
                let v = self.operand(&keyword.value, &[]);
                self.u.emit(Op::MapAdd, dict, k, v, span);
                self.u.top = top
            } else {
                self.push(&keyword.value);
            }
        }
        if !many {
            self.build(Op::BuildMap, dict, run.len(), span)
        }
    }
}
