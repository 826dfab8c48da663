//! The document type: what `<!DOCTYPE ...>` declares.
//!
//! In: its tokens. Out: events, entities, attributes' defaults. The one invariant: nothing outside of the document is read.

use super::event::{EntityDecl, Event};
use super::failure::{Code, Failure};
use super::names::Name;
use super::parser::{Halt, Parser, Phase, Step, collapse, lines, text_of};
use super::prolog::Prolog;
use super::scan::{Content, Scan, Span, Stop};
use rustc_hash::FxHashMap;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub enum Entity {
    Internal(Arc<[u8]>),
    External { system: Option<String>, public: Option<String> },
    Unparsed,
}

#[derive(Clone)]
struct AttributeType {
    name: Name,
    tokenized: bool,
    default: Option<String>,
}

/// What is declared.
#[derive(Default)]
pub struct Dtd {
    pub seen: bool,
    pub entities: FxHashMap<String, Entity>,
    parameters: FxHashMap<String, Entity>,
    attributes: FxHashMap<Name, Vec<AttributeType>>,
    /// Whether something may be declared where the parser does not look.
    pub elsewhere: bool,
    pub standalone: bool,
    /// Whether a parameter entity was not read: what is declared behind it does not count.
    stopped: bool,
}

impl Dtd {
    /// Whether an entity that is not there does not exist.
    pub fn is_complete(&self) -> bool {
        !self.elsewhere || self.standalone
    }

    pub fn is_tokenized(&self, element: Name, name: Name) -> bool {
        let known = self.attributes.get(&element);
        known.is_some_and(|known| known.iter().any(|one| one.name == name && one.tokenized))
    }

    pub fn defaults(&self, element: Name) -> Vec<(Name, String)> {
        let known = self.attributes.get(&element).into_iter().flatten();
        known.filter_map(|one| Some((one.name, one.default.clone()?))).collect()
    }
}

/// The tokens of a declaration, without the spaces.
pub(super) struct Tokens<'s, 't> {
    pub scan: &'s mut Scan<'t>,
    pub start: usize,
}

impl<'t> Tokens<'_, 't> {
    pub(super) fn next(&mut self) -> Step<Prolog> {
        loop {
            self.start = self.scan.at;
            match self.scan.prolog().map_err(|stop| self.unfinished(stop))? {
                Prolog::Space => (),
                Prolog::ParameterRef(_) => return Err(Code::ParamEntityRef.at(self.start).into()),
                token => return Ok(token),
            }
        }
    }

    /// Where nothing follows, what is unfinished is the token, not the declaration.
    fn unfinished(&self, stop: Stop) -> Halt {
        match stop {
            Stop::Partial if self.scan.last && self.start == self.scan.text.len() => {
                Code::NoElements.at(self.start).into()
            }
            Stop::Partial if self.scan.last => Code::UnclosedToken.at(self.start).into(),
            Stop::PartialChar if self.scan.last => Code::PartialChar.at(self.start).into(),
            stop => stop.into(),
        }
    }

    pub(super) fn refuse<T>(&self) -> Step<T> {
        Err(Code::Syntax.at(self.start).into())
    }

    pub(super) fn text(&self, span: &Span) -> &'t str {
        text_of(self.scan, span)
    }

    pub(super) fn name(&mut self) -> Step<String> {
        match self.next()? {
            Prolog::Name(span, None) => Ok(self.text(&span).to_owned()),
            _ => self.refuse(),
        }
    }

    fn literal(&mut self) -> Step<Span> {
        match self.next()? {
            Prolog::Literal(span) => Ok(span),
            _ => self.refuse(),
        }
    }

    fn close(&mut self) -> Step {
        match self.next()? {
            Prolog::Sign(b'>') => Ok(()),
            _ => self.refuse(),
        }
    }

    fn public(&mut self) -> Step<String> {
        let span = self.literal()?;
        let text = self.text(&span);
        match text.find(|c: char| !(c.is_ascii_alphanumeric() || " \r\n-'()+,./:=?;!*#@$_%".contains(c))) {
            Some(_) => Err(Code::Publicid.at(self.start).into()),
            None => Ok(text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")),
        }
    }

    /// System and public identifier, if that is what the word announces.
    fn external(&mut self, word: &str) -> Step<Option<(Option<String>, Option<String>)>> {
        let public = match word {
            "SYSTEM" => None,
            "PUBLIC" => Some(self.public()?),
            _ => return Ok(None),
        };
        let system = self.literal()?;
        Ok(Some((Some(self.text(&system).to_owned()), public)))
    }
}

impl Parser {
    /// `<!DOCTYPE`, up to `[` or `>`.
    pub(super) fn doctype(&mut self, scan: &mut Scan<'_>, start: usize) -> Step {
        let mut tokens = Tokens { scan, start };
        let name = tokens.name()?;
        let (mut system, mut public) = (None, None);
        let mut next = tokens.next()?;
        if let Prolog::Name(word, None) = &next {
            let word = tokens.text(word);
            match tokens.external(word)? {
                Some(found) => (system, public) = found,
                None => return tokens.refuse(),
            }
            next = tokens.next()?;
        }
        let internal = match next {
            Prolog::Sign(b'[') => true,
            Prolog::Sign(b'>') => false,
            _ => return tokens.refuse(),
        };
        self.dtd.seen = true;
        self.dtd.elsewhere |= system.is_some() || self.wishes.foreign_dtd;
        self.tell(Event::StartDoctype { name, system, public, internal }, scan, start);
        match internal {
            true => self.phase = Phase::Subset,
            false => self.tell(Event::EndDoctype, scan, scan.at),
        }
        Ok(())
    }

    /// A declaration in the internal subset, or what stands between them.
    pub(super) fn subset(&mut self, scan: &mut Scan<'_>) -> Step<bool> {
        let start = scan.at;
        if start == scan.text.len() {
            return if scan.last { Err(Code::NoElements.here().into()) } else { Ok(false) };
        }
        match scan.prolog()? {
            Prolog::Space => self.tell(Event::Other, scan, start),
            Prolog::Comment(span) => self.comment(scan, start, span),
            Prolog::Instruction(target, data) => self.instruction(scan, start, target, data),
            Prolog::XmlDecl => return Err(Code::MisplacedXmlPi.here().into()),
            Prolog::ParameterRef(name) => self.parameter_reference(scan, start, name)?,
            Prolog::Sign(b']') => {
                Tokens { scan, start }.close()?;
                self.phase = Phase::Prolog;
                self.tell(Event::EndDoctype, scan, start);
            }
            Prolog::Declaration(word) => match text_of(scan, &word) {
                "ENTITY" => self.entity_declaration(scan, start)?,
                "NOTATION" => self.notation(scan, start)?,
                "ELEMENT" => self.element(scan, start)?,
                "ATTLIST" => self.attlist(scan, start)?,
                _ => return Err(Code::Syntax.here().into()),
            },
            _ => return Err(Code::Syntax.here().into()),
        }
        Ok(true)
    }

    fn parameter_reference(&mut self, scan: &Scan<'_>, start: usize, name: Span) -> Step {
        let name = text_of(scan, &name).to_owned();
        self.dtd.elsewhere = true;
        if self.dtd.standalone && !self.dtd.parameters.contains_key(&name) {
            return Err(Code::UndefinedEntity.here().into());
        }
        self.dtd.stopped = !self.dtd.standalone;
        self.tell(Event::Other, scan, start);
        Ok(())
    }

    fn entity_declaration(&mut self, scan: &mut Scan<'_>, start: usize) -> Step {
        let mut tokens = Tokens { scan, start };
        let mut decl = EntityDecl::default();
        decl.name = match tokens.next()? {
            Prolog::Sign(b'%') => {
                decl.parameter = true;
                tokens.name()?
            }
            Prolog::Name(span, None) => tokens.text(&span).to_owned(),
            _ => return tokens.refuse(),
        };
        let entity = match tokens.next()? {
            Prolog::Literal(span) => {
                let value = entity_value(tokens.scan, span)?;
                decl.value = Some(value.clone());
                tokens.close()?;
                Entity::Internal(value.into_bytes().into())
            }
            Prolog::Name(word, None) => {
                let word = tokens.text(&word);
                let Some(found) = tokens.external(word)? else { return tokens.refuse() };
                (decl.system, decl.public) = found;
                decl.notation = unparsed(&mut tokens, decl.parameter)?;
                match decl.notation {
                    Some(_) => Entity::Unparsed,
                    None => Entity::External { system: decl.system.clone(), public: decl.public.clone() },
                }
            }
            _ => return tokens.refuse(),
        };
        if !self.dtd.stopped {
            let known = if decl.parameter { &mut self.dtd.parameters } else { &mut self.dtd.entities };
            if !known.contains_key(&decl.name) && (decl.parameter || super::parser::predefined(&decl.name).is_none()) {
                known.insert(decl.name.clone(), entity);
                self.tell(Event::Entity(Box::new(decl)), scan, start);
            }
        }
        Ok(())
    }

    fn notation(&mut self, scan: &mut Scan<'_>, start: usize) -> Step {
        let mut tokens = Tokens { scan, start };
        let name = tokens.name()?;
        let word = tokens.name()?;
        let (mut system, mut public) = (None, None);
        match word.as_str() {
            "SYSTEM" => system = Some(tokens.literal()?),
            "PUBLIC" => public = Some(tokens.public()?),
            _ => return tokens.refuse(),
        }
        match tokens.next()? {
            Prolog::Sign(b'>') => (),
            Prolog::Literal(span) if public.is_some() => {
                system = Some(span);
                tokens.close()?;
            }
            _ => return tokens.refuse(),
        }
        let system = system.map(|span| text_of(scan, &span).to_owned());
        self.tell(Event::Notation { name, system, public }, scan, start);
        Ok(())
    }

    fn element(&mut self, scan: &mut Scan<'_>, start: usize) -> Step {
        let mut tokens = Tokens { scan, start };
        let name = tokens.name()?;
        let model = super::model::read(&mut tokens)?;
        tokens.close()?;
        self.tell(Event::Element { name, model }, scan, start);
        Ok(())
    }

    fn attlist(&mut self, scan: &mut Scan<'_>, start: usize) -> Step {
        let mut tokens = Tokens { scan, start };
        let element = tokens.name()?;
        let mut found = Vec::new();
        let result = attributes(&mut tokens, &mut found);
        if matches!(result, Err(Halt::Stop(Stop::Partial | Stop::PartialChar))) {
            return result;
        }
        // What stands before something wrong is told of.
        for one in found {
            let mut default = None;
            if let Some(span) = one.value {
                let value = self.attribute_value(scan, span)?;
                default = Some(if one.kind == "CDATA" { value } else { collapse(&value) });
            }
            self.declare_attribute(&element, &one.name, one.kind != "CDATA", default.clone());
            let (name, kind, required) = (one.name, one.kind, one.required);
            self.tell(Event::Attlist { element: element.clone(), name, kind, default, required }, scan, start);
        }
        result
    }

    fn declare_attribute(&mut self, element: &str, name: &str, tokenized: bool, default: Option<String>) {
        let (element, name) = (self.names.number(element), self.names.number(name));
        let known = self.dtd.attributes.entry(element).or_default();
        if !self.dtd.stopped && !known.iter().any(|one| one.name == name) {
            known.push(AttributeType { name, tokenized, default });
        }
    }

    /// The value of an attribute, with what it refers to.
    pub(super) fn attribute_value(&mut self, scan: &Scan<'_>, span: Span) -> Step<String> {
        let mut value = String::new();
        // Entities in entities: each with its name and how far it is read.
        let mut inside: Vec<(String, Arc<[u8]>, usize)> = Vec::new();
        let mut outer = Scan { text: &scan.text[..span.end], at: span.start, ..*scan };
        loop {
            let (text, at) = match inside.last() {
                Some((_, text, at)) => (Some(text.clone()), *at),
                None => (None, outer.at),
            };
            let mut here = Scan { text: text.as_deref().unwrap_or(outer.text), at, ..outer };
            let start = here.at;
            if start == here.text.len() {
                if inside.pop().is_none() {
                    return Ok(value);
                }
                continue;
            }
            let name = attribute_piece(&mut here, &mut value).map_err(|halt| placed(halt, inside.is_empty(), start))?;
            match inside.last_mut() {
                Some((_, _, at)) => *at = here.at,
                None => outer.at = here.at,
            }
            let Some(name) = name else { continue };
            let known = match inside.iter().any(|(open, ..)| *open == name) {
                true => Err(Code::RecursiveEntityRef.here().into()),
                false => self.entity_text(&name),
            };
            if let Some(text) = known.map_err(|halt| placed(halt, inside.is_empty(), start))? {
                inside.push((name, text, 0));
            }
        }
    }

    /// The text of an entity that an attribute refers to: none if it may be declared elsewhere.
    fn entity_text(&mut self, name: &str) -> Step<Option<Arc<[u8]>>> {
        match self.dtd.entities.get(name).cloned() {
            Some(Entity::Internal(text)) => {
                self.amplified(text.len())?;
                Ok(Some(text))
            }
            Some(Entity::External { .. }) => Err(Code::AttributeExternalEntityRef.here().into()),
            Some(Entity::Unparsed) => Err(Code::BinaryEntityRef.here().into()),
            // This is said of the tag.
            None if self.dtd.is_complete() => Err(Code::UndefinedEntity.at(self.event).into()),
            None => Ok(None),
        }
    }
}

/// An attribute as it is declared.
struct Declared {
    name: String,
    kind: String,
    value: Option<Span>,
    required: bool,
}

/// The attributes of an `ATTLIST`, up to its end.
fn attributes(tokens: &mut Tokens<'_, '_>, found: &mut Vec<Declared>) -> Step {
    loop {
        let name = match tokens.next()? {
            Prolog::Sign(b'>') => return Ok(()),
            Prolog::Name(span, None) => tokens.text(&span).to_owned(),
            _ => return tokens.refuse(),
        };
        let kind = attribute_type(tokens)?;
        let (mut required, mut value) = (false, None);
        match tokens.next()? {
            Prolog::Literal(span) => value = Some(span),
            Prolog::Pound(word) => match tokens.text(&word) {
                "IMPLIED" => (),
                "REQUIRED" => required = true,
                "FIXED" => (required, value) = (true, Some(tokens.literal()?)),
                _ => return tokens.refuse(),
            },
            _ => return tokens.refuse(),
        }
        found.push(Declared { name, kind, value, required });
    }
}

/// What is wrong in a value is so at a reference of the document, not within an entity.
fn placed(halt: Halt, outside: bool, start: usize) -> Halt {
    match halt {
        Halt::Failure(Failure { code, at: None }) if outside => code.at(start).into(),
        Halt::Stop(Stop::Invalid(_)) if !outside => Code::InvalidToken.here().into(),
        Halt::Stop(_) if !outside => Code::InvalidToken.here().into(),
        halt => halt,
    }
}

/// Adds a piece of a value; the name of an entity if it is that.
fn attribute_piece(scan: &mut Scan<'_>, value: &mut String) -> Step<Option<String>> {
    let c = scan.peek()?;
    scan.at += c.len_utf8();
    match c {
        '&' => match scan.reference()? {
            Content::CharRef(c) => value.push(c.ok_or(Code::BadCharRef.here())?),
            Content::EntityRef(name) => {
                let name = text_of(scan, &name);
                match super::parser::predefined(name) {
                    Some(c) => value.push_str(c),
                    None => return Ok(Some(name.to_owned())),
                }
            }
            _ => (),
        },
        '<' => return Err(Code::InvalidToken.here().into()),
        '\r' => {
            scan.at += usize::from(scan.text.get(scan.at) == Some(&b'\n'));
            value.push(' ');
        }
        '\t' | '\n' => value.push(' '),
        c => value.push(c),
    }
    Ok(None)
}

/// The text of an entity: its numbers of characters stand for them, other references stay.
fn entity_value(scan: &Scan<'_>, span: Span) -> Step<String> {
    let mut scan = Scan { text: &scan.text[..span.end], at: span.start, ..*scan };
    let mut value = String::new();
    while scan.at < scan.text.len() {
        let start = scan.at;
        let c = scan.peek()?;
        scan.at += c.len_utf8();
        match c {
            '%' => return Err(Code::ParamEntityRef.at(start).into()),
            '&' => match scan.reference() {
                Ok(Content::CharRef(c)) => value.push(c.ok_or(Code::BadCharRef.at(start))?),
                Ok(_) => value.push_str(text_of(&scan, &(start..scan.at))),
                Err(Stop::Invalid(at)) => return Err(Code::InvalidToken.at(at).into()),
                Err(_) => return Err(Code::InvalidToken.at(start).into()),
            },
            c => value.push(c),
        }
    }
    Ok(lines(&value))
}

/// The notation of an entity that is no XML.
fn unparsed(tokens: &mut Tokens<'_, '_>, parameter: bool) -> Step<Option<String>> {
    match tokens.next()? {
        Prolog::Sign(b'>') => return Ok(None),
        Prolog::Name(word, None) if tokens.text(&word) == "NDATA" && !parameter => (),
        _ => return tokens.refuse(),
    }
    let notation = tokens.name()?;
    tokens.close()?;
    Ok(Some(notation))
}

/// The type of an attribute as expat writes it.
fn attribute_type(tokens: &mut Tokens<'_, '_>) -> Step<String> {
    let mut kind = String::new();
    match tokens.next()? {
        Prolog::Name(word, None) => {
            let word = tokens.text(&word);
            match word {
                "CDATA" | "ID" | "IDREF" | "IDREFS" | "ENTITY" | "ENTITIES" | "NMTOKEN" | "NMTOKENS" => {
                    return Ok(word.to_owned());
                }
                "NOTATION" if tokens.next()? == Prolog::Sign(b'(') => kind.push_str("NOTATION"),
                _ => return tokens.refuse(),
            }
        }
        Prolog::Sign(b'(') => (),
        _ => return tokens.refuse(),
    }
    kind.push('(');
    loop {
        match tokens.next()? {
            Prolog::Name(_, None) | Prolog::NmToken => (),
            _ => return tokens.refuse(),
        }
        kind.push_str(tokens.text(&(tokens.start..tokens.scan.at)).trim());
        match tokens.next()? {
            Prolog::Sign(b'|') => kind.push('|'),
            Prolog::Close(None) => break,
            _ => return tokens.refuse(),
        }
    }
    kind.push(')');
    Ok(kind)
}
