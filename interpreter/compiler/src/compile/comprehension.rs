//! Comprehensions and generator expressions: functions of one parameter.
//!
//! In: the elements and the `for` clauses. Out: a function `<listcomp>` or the like, and its call. The one invariant: the first
//! iterable is evaluated, and its iterator made, outside; inside, the parameter `.0` is that iterator.

use super::Compiler;
use super::symtable::Node;
use super::unit::Reg;
use crate::bytecode::op::Op;
use crate::bytecode::proto::Const;
use toy_syntax::ast::*;
use toy_syntax::source::Span;

/// What becomes of each element.
#[derive(Clone, Copy)]
enum Element<'a> {
    Append(&'a Expr),
    Add(&'a Expr),
    Map(&'a Expr, &'a Expr),
    Yield(&'a Expr),
}

impl<'a> Compiler<'a> {
    pub fn comprehension(&mut self, e: &'a Expr, dst: Option<Reg>) -> Reg {
        let (name, element, generators) = match &e.kind {
            ExprKind::ListComp { elt, generators } => ("<listcomp>", Element::Append(elt), generators),
            ExprKind::SetComp { elt, generators } => ("<setcomp>", Element::Add(elt), generators),
            ExprKind::DictComp { key, value, generators } => ("<dictcomp>", Element::Map(key, value), generators),
            ExprKind::GeneratorExp { elt, generators } => ("<genexpr>", Element::Yield(elt), generators),
            _ => return self.value(e, dst),
        };
        let span = e.span;
        let window = self.u.top;
        let node = Node::expr(e);
        let proto = self.inner(node, &name.into(), span.start, |c| c.comprehension_body(generators, element, span));
        self.make_function(proto, window, 0, span);
        let first = &generators[0];
        let iterable = if first.is_async { self.operand(&first.iter, &[]) } else { self.items(&first.iter) };
        self.u.top = window + 1;
        let it = self.u.alloc();
        let get = if first.is_async { Op::GetAiter } else { Op::GetIter };
        self.u.emit(get, it, iterable, 0, span);
        self.u.emit(Op::Call, window as u8, 1, 0, span);
        let awaited = self.symbols.scopes[self.symbols.id(node)].awaits && !matches!(element, Element::Yield(_));
        if awaited {
            self.delegate(Op::GetAwaitable, window, window as u8, 0, span)
        }
        self.moved(window as u8, dst, span)
    }

    fn comprehension_body(&mut self, generators: &'a [Comprehension], element: Element<'a>, span: Span) {
        let iter = self.u.register(0, &".0".into(), false);
        self.set_bound(iter);
        self.u.counts = [1, 0, 0];
        self.u.flags |= super::generator_flags(matches!(element, Element::Yield(_)), self.scope().awaits);
        self.prologue(span);
        let result = self.u.top as u8;
        match element {
            Element::Append(_) => self.build(Op::BuildList, result, 0, span),
            Element::Add(_) => self.build(Op::BuildSet, result, 0, span),
            Element::Map(..) => self.build(Op::BuildMap, result, 0, span),
            Element::Yield(_) => {}
        }
        self.clauses(generators, iter, element, result, span);
        match element {
            Element::Yield(_) => self.return_const(Const::None, span),
            _ => self.u.emit_end(Op::Return, result, 0, 0, span),
        }
    }

    /// The `for` clauses, each inside of the one before.
    fn clauses(&mut self, generators: &'a [Comprehension], it: Reg, element: Element<'a>, result: Reg, span: Span) {
        let [generator, rest @ ..] = generators else { return self.element(element, result, span) };
        let body = |c: &mut Self, next| {
            let mut span = span;
            for condition in &generator.ifs {
                c.jump_if(condition, false, next, &mut span)
            }
            if !c.u.reachable() {
                return;
            }
            let base = c.u.top;
            match rest {
                [] => c.element(element, result, span),
                [inner, ..] => {
                    let it = c.inner_iterator(inner, span);
                    c.clauses(rest, it, element, result, span)
                }
            }
            c.u.top = base
        };
        if generator.is_async {
            self.async_for_loop(it, &generator.target, span, body)
        } else {
            self.for_loop(it, &generator.target, span, body)
        }
    }

    fn inner_iterator(&mut self, generator: &'a Comprehension, span: Span) -> Reg {
        let base = self.u.top;
        let iterable =
            if generator.is_async { self.operand(&generator.iter, &[]) } else { self.items(&generator.iter) };
        self.u.top = base;
        let it = self.u.alloc();
        let get = if generator.is_async { Op::GetAiter } else { Op::GetIter };
        self.u.emit(get, it, iterable, 0, span);
        it
    }

    fn element(&mut self, element: Element<'a>, result: Reg, span: Span) {
        let base = self.u.top;
        match element {
            Element::Append(e) | Element::Add(e) => {
                let v = self.operand(e, &[]);
                let op = if let Element::Append(_) = element { Op::ListAppend } else { Op::SetAdd };
                self.u.emit(op, result, v, 0, span)
            }
            Element::Map(key, value) => {
                let k = self.operand(key, &[value]);
                let v = self.operand(value, &[]);
                self.u.emit(Op::MapAdd, result, k, v, span)
            }
            Element::Yield(e) => {
                let v = self.operand(e, &[]);
                self.u.top = base;
                let sent = self.u.alloc();
                self.u.emit(Op::Yield, sent, v, 0, span);
                self.drop_temp(sent, span)
            }
        }
        self.u.top = base
    }
}
