//! Parentheses: groups, assertions, conditions, inline flags.
//! In: tokens behind the opening parenthesis. Out: at most one node, added to the items before it.
//! Invariant: a capturing group gets its number when it opens and its width when it closes.
use super::{Parser, Scope};
use crate::error::{Error, repr};
use crate::flag;
use crate::tokenizer::{GroupRef, Token};
use crate::tree::Node;
use crate::unicode::is_alpha;

const TYPE_FLAGS: u32 = flag::ASCII | flag::LOCALE | flag::UNICODE;
const GLOBAL_FLAGS: u32 = flag::DEBUG | flag::TEMPLATE;

impl Parser<'_> {
    /// `scope` changes if the parentheses are global flags, which `first` permits.
    pub(super) fn group(&mut self, items: &mut Vec<Node>, scope: &mut Scope, first: bool) -> Result<(), Error> {
        let start = self.tokens.tell() - 1;
        let inner = Scope { top: false, ..*scope };
        if !self.tokens.accept('?')? {
            items.push(self.capture(None, inner, start)?);
            return Ok(());
        }
        let token = self.extension_token()?;
        let node = match token.plain() {
            Some('P') => self.python_extension(inner, start)?,
            Some(':') => self.sub(inner, start)?,
            Some('>') => Node::Atomic(Box::new(self.body(inner, start)?)),
            Some('#') => return self.comment(start),
            Some('=' | '!') => self.look(false, token.is('!'), inner, start)?,
            Some('<') => self.lookbehind(inner, start)?,
            Some('(') => self.condition(inner, start)?,
            Some(c) if c == '-' || flag_of(token).is_some() => match self.inline_flags(token)? {
                None if !first || !items.is_empty() => {
                    let back = self.tokens.tell() - start;
                    return Err(self.tokens.error("global flags not at the start of the expression", back));
                }
                None => {
                    scope.flags = self.flags;
                    return Ok(());
                }
                Some((add, del)) => self.sub(inner.combine(add, del), start)?,
            },
            _ => {
                let msg = format!("unknown extension ?{}", token.text());
                return Err(self.tokens.error(&msg, token.len() + 1));
            }
        };
        items.push(node);
        Ok(())
    }

    fn extension_token(&mut self) -> Result<Token, Error> {
        match self.tokens.get()? {
            Some(token) => Ok(token),
            None => Err(self.tokens.error("unexpected end of pattern", 0)),
        }
    }

    fn sub(&mut self, scope: Scope, start: usize) -> Result<Node, Error> {
        Ok(Node::Sub { group: None, body: Box::new(self.body(scope, start)?) })
    }

    /// The inside of parentheses and the closing one.
    fn body(&mut self, scope: Scope, start: usize) -> Result<Node, Error> {
        let body = self.alternation(scope)?;
        self.close(start)?;
        Ok(body)
    }

    fn close(&mut self, start: usize) -> Result<(), Error> {
        if self.tokens.accept(')')? {
            return Ok(());
        }
        Err(self.tokens.error("missing ), unterminated subpattern", self.tokens.tell() - start))
    }

    fn capture(&mut self, name: Option<Vec<u32>>, scope: Scope, start: usize) -> Result<Node, Error> {
        let group = self.widths.len() as u32;
        if let Some(name) = name {
            if let Some((_, old)) = self.names.iter().find(|n| n.0 == name) {
                let msg = format!("redefinition of group name {} as group {group}; was group {old}", repr(&name));
                return Err(self.tokens.error(&msg, name.len() + 1));
            }
            self.names.push((name, group));
        }
        self.widths.push(None);
        let body = self.body(scope, start)?;
        self.widths[group as usize] = Some(body.width());
        Ok(Node::Sub { group: Some(group), body: Box::new(body) })
    }

    /// `(?P<name>...)` and `(?P=name)`.
    fn python_extension(&mut self, scope: Scope, start: usize) -> Result<Node, Error> {
        if self.tokens.accept('<')? {
            let name = self.tokens.until('>', "group name")?;
            self.tokens.check_group_name(&name, 1)?;
            return self.capture(Some(name), scope, start);
        }
        if self.tokens.accept('=')? {
            let name = self.tokens.until(')', "group name")?;
            self.tokens.check_group_name(&name, 1)?;
            let group = self.group_named(&name)?;
            return self.reference(group, name.len() + 1, scope);
        }
        let token = self.extension_token()?;
        let msg = format!("unknown extension ?P{}", token.text());
        Err(self.tokens.error(&msg, token.len() + 2))
    }

    fn group_named(&self, name: &[u32]) -> Result<u32, Error> {
        match self.names.iter().find(|n| n.0 == name) {
            Some(&(_, group)) => Ok(group),
            None => Err(self.tokens.error(&format!("unknown group name {}", repr(name)), name.len() + 1)),
        }
    }

    fn comment(&mut self, start: usize) -> Result<(), Error> {
        loop {
            if self.tokens.next.is_none() {
                let back = self.tokens.tell() - start;
                return Err(self.tokens.error("missing ), unterminated comment", back));
            }
            if self.tokens.get()?.is_some_and(|t| t.is(')')) {
                return Ok(());
            }
        }
    }

    fn lookbehind(&mut self, scope: Scope, start: usize) -> Result<Node, Error> {
        let token = self.extension_token()?;
        if !token.is('=') && !token.is('!') {
            let msg = format!("unknown extension ?<{}", token.text());
            return Err(self.tokens.error(&msg, token.len() + 2));
        }
        self.look(true, token.is('!'), scope, start)
    }

    fn look(&mut self, behind: bool, negate: bool, scope: Scope, start: usize) -> Result<Node, Error> {
        let outermost = behind && self.lookbehind_groups.is_none();
        if outermost {
            self.lookbehind_groups = Some(self.widths.len());
        }
        let body = self.alternation(scope)?;
        if outermost {
            self.lookbehind_groups = None;
        }
        self.close(start)?;
        Ok(Node::Look { behind, negate, body: Box::new(body) })
    }

    /// `(?(group)yes|no)`.
    fn condition(&mut self, scope: Scope, start: usize) -> Result<Node, Error> {
        let name = self.tokens.until(')', "group name")?;
        let len = name.len();
        let refs = &mut self.forward_refs;
        let reference = self.tokens.group_ref(name, |tokens, group| {
            if group == 0 {
                return Err(tokens.error("bad group number", len + 1));
            }
            if refs.iter().all(|r| r.0 != group) {
                refs.push((group, tokens.tell() - len - 1));
            }
            Ok(())
        })?;
        let group = match reference {
            GroupRef::Name(name) => self.group_named(&name)?,
            GroupRef::Number(group) => group,
        };
        self.check_lookbehind_group(group)?;
        let yes = Box::new(self.branch(scope)?);
        let mut no = None;
        if self.tokens.accept('|')? {
            no = Some(Box::new(self.branch(scope)?));
            if self.tokens.sees('|') {
                return Err(self.tokens.error("conditional backref with more than two branches", 0));
            }
        }
        self.close(start)?;
        Ok(Node::Cond { group, yes, no })
    }

    /// One branch of a condition.
    fn branch(&mut self, scope: Scope) -> Result<Node, Error> {
        self.deeper()?;
        let items = self.sequence(scope, false)?;
        self.depth -= 1;
        Ok(Node::cat(items))
    }

    /// The flags of `(?i)` and `(?i-s:`: None if they are global, else those to add and to take away.
    fn inline_flags(&mut self, mut token: Token) -> Result<Option<(u32, u32)>, Error> {
        let (mut add, mut del) = (0, 0);
        if !token.is('-') {
            token = self.flag_letters(token, &mut add, ")-:", "missing -, : or )", Self::check_added)?;
        }
        if token.is(')') {
            self.flags |= add;
            return Ok(None);
        }
        if add & GLOBAL_FLAGS != 0 {
            return Err(self.tokens.error("bad inline flags: cannot turn on global flag", 1));
        }
        if token.is('-') {
            token = match self.tokens.get()? {
                Some(token) => token,
                None => return Err(self.tokens.error("missing flag", 0)),
            };
            if flag_of(token).is_none() {
                return Err(self.unknown_flag(token, "missing flag"));
            }
            self.flag_letters(token, &mut del, ":", "missing :", Self::check_removed)?;
        }
        if del & GLOBAL_FLAGS != 0 {
            return Err(self.tokens.error("bad inline flags: cannot turn off global flag", 1));
        }
        if add & del != 0 {
            return Err(self.tokens.error("bad inline flags: flag turned on and off", 1));
        }
        Ok(Some((add, del)))
    }

    /// Collects flags up to one of `ends`, which it gives back.
    fn flag_letters(
        &mut self,
        mut token: Token,
        flags: &mut u32,
        ends: &str,
        missing: &str,
        check: fn(&Self, Token, u32, u32) -> Result<(), Error>,
    ) -> Result<Token, Error> {
        loop {
            let Some(flag) = flag_of(token) else {
                return Err(self.unknown_flag(token, missing));
            };
            *flags |= flag;
            check(self, token, flag, *flags)?;
            token = match self.tokens.get()? {
                Some(token) => token,
                None => return Err(self.tokens.error(missing, 0)),
            };
            if token.plain().is_some_and(|c| ends.contains(c)) {
                return Ok(token);
            }
        }
    }

    fn check_added(&self, token: Token, flag: u32, all: u32) -> Result<(), Error> {
        let refuse = |msg: &str| Err(self.tokens.error(&format!("bad inline flags: {msg}"), 0));
        if self.tokens.is_text && token.is('L') {
            return refuse("cannot use 'L' flag with a str pattern");
        }
        if !self.tokens.is_text && token.is('u') {
            return refuse("cannot use 'u' flag with a bytes pattern");
        }
        if flag & TYPE_FLAGS != 0 && all & TYPE_FLAGS != flag {
            return refuse("flags 'a', 'u' and 'L' are incompatible");
        }
        Ok(())
    }

    fn check_removed(&self, _: Token, flag: u32, _: u32) -> Result<(), Error> {
        if flag & TYPE_FLAGS != 0 {
            return Err(self.tokens.error("bad inline flags: cannot turn off flags 'a', 'u' and 'L'", 0));
        }
        Ok(())
    }

    fn unknown_flag(&self, token: Token, missing: &str) -> Error {
        let alpha = matches!(token, Token::Char(c) if is_alpha(c));
        self.tokens.error(if alpha { "unknown flag" } else { missing }, token.len())
    }
}

impl Scope {
    fn combine(self, add: u32, del: u32) -> Scope {
        let kept = if add & TYPE_FLAGS != 0 { self.flags & !TYPE_FLAGS } else { self.flags };
        Scope { flags: (kept | add) & !del, ..self }
    }
}

fn flag_of(token: Token) -> Option<u32> {
    Some(match token.plain()? {
        'i' => flag::IGNORECASE,
        'L' => flag::LOCALE,
        'm' => flag::MULTILINE,
        's' => flag::DOTALL,
        'x' => flag::VERBOSE,
        'a' => flag::ASCII,
        't' => flag::TEMPLATE,
        'u' => flag::UNICODE,
        _ => return None,
    })
}
