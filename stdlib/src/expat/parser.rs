//! Documents, piece by piece, as events.
//!
//! In: bytes. Out: events, one at a time, and at last the failure, if there is one. The one invariant: `event` is the byte of the
//! document that is spoken of, also while an entity's text is read.

use super::dtd::{Dtd, Entity};
use super::encoding::{self, Decoder, Encoding};
use super::event::Event;
use super::failure::{Code, Failure};
use super::names::{Expanded, Name, Names};
use super::prolog::Prolog;
use super::scan::{Attribute, Content, Scan, Span, Stop};
use std::collections::VecDeque;
use std::sync::Arc;

/// What is read now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phase {
    /// Nothing was read: an XML declaration may come.
    Begin,
    Prolog,
    Subset,
    Content,
    Cdata,
    Epilog,
}

/// Why a step did not take a token.
pub enum Halt {
    Stop(Stop),
    Failure(Failure),
}

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Halt {
        Halt::Stop(stop)
    }
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Halt {
        Halt::Failure(failure)
    }
}

pub type Step<T = ()> = Result<T, Halt>;

/// An entity whose text is read.
pub struct Input {
    pub text: Arc<[u8]>,
    pub at: usize,
    pub entity: String,
    /// How many elements were open before.
    pub level: usize,
}

/// An element that is open.
pub struct Open {
    pub raw: Name,
    pub name: Name,
    /// How many namespaces were bound around it.
    pub bindings: usize,
}

#[derive(Default)]
struct Place {
    at: usize,
    line: u64,
    column: u64,
}

/// What a program asks of a parser.
pub struct Wishes {
    pub namespaces: Option<Expanded>,
    pub triplets: bool,
    /// Texts that meet are one, up to this size.
    pub merge: Option<usize>,
    /// What no handler takes is wanted as it is written.
    pub raw: bool,
    /// Entities are not expanded, but passed on as they are written.
    pub keep_entities: bool,
    pub foreign_dtd: bool,
}

pub struct Parser {
    buffer: Vec<u8>,
    at: usize,
    pub event: usize,
    place: Place,
    before: usize,
    last: bool,
    pub phase: Phase,
    pub wishes: Wishes,
    pub names: Names,
    pub(super) open: Vec<Open>,
    pub dtd: Dtd,
    pub inputs: Vec<Input>,
    queue: VecDeque<(Event, String)>,
    text: String,
    attributes: Vec<Attribute>,
    pub failed: Option<Code>,
    decoder: Decoder,
    /// The encoding that the declaration names, to be looked at when its token is passed.
    named: Option<(String, usize)>,
    /// Bytes that entities stood for.
    expanded: usize,
}

/// From how many bytes on it is looked at how much larger entities make a document, and how much they may.
const AMPLIFICATION: (usize, usize) = (8 << 20, 100);

impl Parser {
    pub fn new(namespaces: Option<Expanded>) -> Parser {
        let wishes =
            Wishes { namespaces, triplets: false, merge: None, raw: false, keep_entities: false, foreign_dtd: false };
        Parser {
            buffer: Vec::new(),
            at: 0,
            event: 0,
            place: Place { at: 0, line: 1, column: 0 },
            before: 0,
            last: false,
            phase: Phase::Begin,
            wishes,
            names: Names::default(),
            open: Vec::new(),
            dtd: Dtd::default(),
            inputs: Vec::new(),
            queue: VecDeque::new(),
            text: String::new(),
            attributes: Vec::new(),
            failed: None,
            decoder: Decoder::new(),
            named: None,
            expanded: 0,
        }
    }

    /// Says what the bytes are, whatever the document says.
    pub fn told(&mut self, encoding: Encoding) {
        self.decoder.told = true;
        // A mark of UTF-8 is passed over in any case.
        if !matches!(encoding, Encoding::Utf8) {
            self.decoder.encoding = encoding;
        }
    }

    /// Says that the bytes are a text's, if nobody said anything else.
    pub fn told_text(&mut self) {
        if !self.has_begun() && !self.decoder.told {
            self.told(Encoding::Utf8);
        }
    }

    pub fn feed(&mut self, bytes: &[u8], last: bool) {
        self.count(self.event);
        let gone = self.event.min(self.at);
        self.buffer.drain(..gone);
        (self.at, self.event, self.place.at) = (self.at - gone, self.event - gone, self.place.at - gone);
        self.before += gone;
        self.decoder.feed(bytes, last, &mut self.buffer);
        self.last = last;
    }

    /// Whether anything was fed after which settings are fixed.
    pub fn has_begun(&self) -> bool {
        self.before + self.buffer.len() > 0
    }

    pub fn has_ended(&self) -> bool {
        self.last
    }

    fn count(&mut self, to: usize) {
        let Some(passed) = self.buffer.get(self.place.at..to) else { return };
        let mut rest = passed;
        while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
            let width = if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
            self.place.line += 1;
            self.place.column = 0;
            rest = &rest[end + width..];
        }
        self.place.column += rest.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() as u64;
        self.place.at = to;
    }

    /// Line, column and byte of what was told last.
    pub fn position(&mut self) -> (u64, u64, usize) {
        self.count(self.event);
        (self.place.line, self.place.column, self.before + self.event)
    }

    /// The next event and, if wanted, how it is written; nothing if more must be fed first.
    pub fn next(&mut self) -> Result<Option<(Event, String)>, Code> {
        loop {
            if let Some(next) = self.queue.pop_front() {
                return Ok(Some(next));
            }
            if let Some(code) = self.failed {
                return Err(code);
            }
            match self.step() {
                Ok(true) => (),
                Ok(false) => {
                    self.flush();
                    if self.queue.is_empty() {
                        return Ok(None);
                    }
                }
                Err(code) => {
                    // Text that is collected is not told of when what follows is wrong.
                    self.text.clear();
                    self.failed = Some(code);
                }
            }
        }
    }

    /// Takes a token; false if there is none.
    fn step(&mut self) -> Result<bool, Code> {
        let depth = self.inputs.len();
        let namespaces = self.wishes.namespaces.is_some();
        let result = match self.inputs.last() {
            Some(input) => {
                let (text, at) = (input.text.clone(), input.at);
                let mut scan = Scan { text: &text, at, namespaces, last: true };
                let result = self.token(&mut scan);
                let at = scan.at;
                if let (Ok(true), Some(input)) = (&result, self.inputs.get_mut(depth - 1)) {
                    input.at = at;
                }
                result
            }
            None => {
                let text = std::mem::take(&mut self.buffer);
                let mut scan = Scan { text: &text, at: self.at, namespaces, last: self.last };
                self.event = self.at;
                let result = self.token(&mut scan);
                if matches!(result, Ok(true)) {
                    self.at = scan.at;
                }
                self.buffer = text;
                result
            }
        };
        let result = self.settle(result, depth > 0);
        match self.named.take() {
            Some((name, at)) if result.is_ok() => self.switch(&name, at).map(|()| true),
            _ => result,
        }
    }

    fn settle(&mut self, result: Step<bool>, inside: bool) -> Result<bool, Code> {
        let failure = match result {
            Ok(more) => return Ok(more),
            Err(Halt::Failure(failure)) => failure,
            Err(Halt::Stop(Stop::Invalid(at))) => Code::InvalidToken.at(at),
            Err(Halt::Stop(_)) if !inside && !self.last => return Ok(false),
            Err(Halt::Stop(_)) if self.phase == Phase::Cdata => Code::UnclosedCdataSection.here(),
            Err(Halt::Stop(Stop::PartialChar)) => Code::PartialChar.here(),
            Err(Halt::Stop(Stop::Partial)) => Code::UnclosedToken.here(),
        };
        if let (Some(at), false) = (failure.at, inside) {
            self.event = at;
        }
        Err(failure.code)
    }

    fn token(&mut self, scan: &mut Scan<'_>) -> Step<bool> {
        match self.phase {
            Phase::Content => self.content(scan),
            Phase::Cdata => self.cdata(scan),
            Phase::Subset => self.subset(scan),
            Phase::Begin | Phase::Prolog | Phase::Epilog => self.around(scan),
        }
    }

    /// Tells of something.
    pub fn tell(&mut self, event: Event, scan: &Scan<'_>, start: usize) {
        self.flush();
        let raw = if self.wishes.raw { text_of(scan, &(start..scan.at)).to_owned() } else { String::new() };
        self.queue.push_back((event, raw));
    }

    pub(super) fn tell_written(&mut self, event: Event, raw: String) {
        self.queue.push_back((event, raw));
    }

    pub(super) fn tell_rest(&mut self, event: Event) {
        self.queue.push_back((event, String::new()));
    }

    pub(super) fn flush(&mut self) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.queue.push_back((Event::Text(text), String::new()));
        }
    }

    fn tell_text(&mut self, text: &str, scan: &Scan<'_>, start: usize) {
        match self.wishes.merge {
            Some(most) => {
                if !self.text.is_empty() && self.text.len() + text.len() > most {
                    self.flush();
                }
                self.text.push_str(text);
            }
            None => self.tell(Event::Text(text.to_owned()), scan, start),
        }
    }

    /// What stands before and behind the root element.
    fn around(&mut self, scan: &mut Scan<'_>) -> Step<bool> {
        let start = scan.at;
        if start == scan.text.len() {
            return match (self.last, self.phase) {
                (true, Phase::Epilog) | (false, _) => Ok(false),
                (true, _) => Err(Code::NoElements.here().into()),
            };
        }
        let first = self.phase == Phase::Begin;
        let token = match scan.prolog() {
            Err(Stop::Partial) if self.phase != Phase::Epilog && scan.last => {
                let unfinished = matches!(scan.text[start], b'<' | b'"' | b'\'');
                return Err(if unfinished { Code::UnclosedToken } else { Code::Syntax }.here().into());
            }
            token => token?,
        };
        if first {
            self.phase = Phase::Prolog;
        }
        match token {
            Prolog::Space => self.tell(Event::Other, scan, start),
            Prolog::Comment(span) => self.comment(scan, start, span),
            Prolog::Instruction(target, data) => self.instruction(scan, start, target, data),
            Prolog::XmlDecl if first => self.xml_declaration(scan, start)?,
            _ if self.phase == Phase::Epilog => return Err(Code::JunkAfterDocElement.here().into()),
            Prolog::XmlDecl => return Err(Code::MisplacedXmlPi.here().into()),
            Prolog::Declaration(name) if text_of(scan, &name) == "DOCTYPE" && !self.dtd.seen => {
                self.doctype(scan, start)?;
            }
            Prolog::InstanceStart => {
                scan.at = start;
                self.phase = Phase::Content;
            }
            _ => return Err(Code::Syntax.here().into()),
        }
        Ok(true)
    }

    pub fn comment(&mut self, scan: &Scan<'_>, start: usize, span: Span) {
        let text = lines(text_of(scan, &span));
        self.tell(Event::Comment(text), scan, start);
    }

    pub fn instruction(&mut self, scan: &Scan<'_>, start: usize, target: Span, data: Span) {
        let (target, data) = (text_of(scan, &target).to_owned(), lines(text_of(scan, &data)));
        self.tell(Event::Instruction(target, data), scan, start);
    }

    fn xml_declaration(&mut self, scan: &Scan<'_>, start: usize) -> Step {
        let found = super::declaration::read(scan, start)?;
        self.dtd.standalone = found.standalone == 1;
        if let Some((name, at)) = &found.encoding {
            self.named = Some((name.clone(), *at));
        }
        let encoding = found.encoding.map(|(name, _)| name);
        let event = Event::XmlDecl { version: found.version, encoding, standalone: found.standalone };
        self.tell(event, scan, start);
        Ok(())
    }

    /// The document named its encoding.
    fn switch(&mut self, name: &str, at: usize) -> Result<(), Code> {
        if self.decoder.told {
            return Ok(());
        }
        match encoding::known(name) {
            Some(Encoding::Utf16 { .. }) if matches!(self.decoder.encoding, Encoding::Utf16 { .. }) => Ok(()),
            Some(Encoding::Utf8) if matches!(self.decoder.encoding, Encoding::Utf8) => Ok(()),
            Some(table @ Encoding::Table(_)) if matches!(self.decoder.encoding, Encoding::Utf8) => {
                self.recode(table);
                Ok(())
            }
            Some(_) => {
                self.event = at;
                Err(Code::IncorrectEncoding)
            }
            None => {
                // The parser goes on when it is told what the encoding is.
                self.event = at;
                self.tell_rest(Event::Encoding(name.to_owned()));
                Ok(())
            }
        }
    }

    /// What follows is in another encoding than it was taken for.
    pub fn recode(&mut self, encoding: Encoding) {
        let rest = self.buffer.split_off(self.at);
        self.decoder.encoding = encoding;
        self.decoder.feed(&rest, self.last, &mut self.buffer);
    }

    fn content(&mut self, scan: &mut Scan<'_>) -> Step<bool> {
        let start = scan.at;
        if start == scan.text.len() {
            return self.content_end();
        }
        let mut attributes = std::mem::take(&mut self.attributes);
        let token = scan.content(&mut attributes);
        let result = token.map_err(Halt::from).and_then(|token| self.take(scan, start, token, &attributes));
        self.attributes = attributes;
        result
    }

    fn content_end(&mut self) -> Step<bool> {
        match self.inputs.last() {
            Some(input) if input.level != self.open.len() => Err(Code::AsyncEntity.here().into()),
            Some(_) => {
                self.inputs.pop();
                Ok(true)
            }
            None if self.last => Err(Code::NoElements.here().into()),
            None => Ok(false),
        }
    }

    fn take(&mut self, scan: &mut Scan<'_>, start: usize, token: Content, attributes: &[Attribute]) -> Step<bool> {
        match token {
            Content::Text => self.tell_text(text_of(scan, &(start..scan.at)), scan, start),
            Content::Newline => self.tell_text("\n", scan, start),
            Content::TrailingNewline | Content::TrailingBracket if !scan.last => return Ok(false),
            Content::TrailingNewline => self.tell_text("\n", scan, start),
            Content::TrailingBracket => self.tell_text(text_of(scan, &(start..scan.at)), scan, start),
            Content::Start { name, empty } => self.start(scan, start, name, attributes, empty)?,
            Content::End(name) => self.end(scan, start, name)?,
            Content::CharRef(c) => {
                let c = c.ok_or(Code::BadCharRef.here())?;
                self.tell_text(c.encode_utf8(&mut [0; 4]), scan, start);
            }
            Content::EntityRef(name) => self.entity(scan, start, name)?,
            Content::Comment(span) => self.comment(scan, start, span),
            Content::Instruction(target, data) => self.instruction(scan, start, target, data),
            Content::XmlDecl => return Err(Code::MisplacedXmlPi.here().into()),
            Content::CdataOpen => {
                self.tell(Event::StartCdata, scan, start);
                self.phase = Phase::Cdata;
            }
        }
        Ok(true)
    }

    fn cdata(&mut self, scan: &mut Scan<'_>) -> Step<bool> {
        let start = scan.at;
        match scan.cdata()? {
            Some(Content::Newline) => self.tell_text("\n", scan, start),
            Some(_) => self.tell_text(text_of(scan, &(start..scan.at)), scan, start),
            None => {
                self.tell(Event::EndCdata, scan, start);
                self.phase = Phase::Content;
            }
        }
        Ok(true)
    }

    fn entity(&mut self, scan: &Scan<'_>, start: usize, name: Span) -> Step {
        let name = text_of(scan, &name);
        if let Some(c) = predefined(name) {
            self.tell_text(c, scan, start);
            return Ok(());
        }
        let Some(entity) = self.dtd.entities.get(name).cloned() else {
            if self.dtd.is_complete() {
                return Err(Code::UndefinedEntity.here().into());
            }
            self.tell(Event::Skipped { name: name.to_owned(), parameter: false }, scan, start);
            return Ok(());
        };
        match entity {
            _ if self.inputs.iter().any(|input| input.entity == name) => Err(Code::RecursiveEntityRef.here().into()),
            Entity::Unparsed => Err(Code::BinaryEntityRef.here().into()),
            Entity::Internal(_) if self.wishes.keep_entities => {
                self.tell(Event::Skipped { name: name.to_owned(), parameter: false }, scan, start);
                Ok(())
            }
            Entity::Internal(text) => {
                self.amplified(text.len())?;
                let level = self.open.len();
                self.inputs.push(Input { text, at: 0, entity: name.to_owned(), level });
                Ok(())
            }
            Entity::External { system, public } => {
                self.tell(Event::External { context: Some(name.to_owned()), system, public }, scan, start);
                Ok(())
            }
        }
    }

    /// Counts what entities stand for.
    pub fn amplified(&mut self, more: usize) -> Step {
        self.expanded += more;
        let direct = self.before + self.event + 1;
        let (threshold, factor) = AMPLIFICATION;
        if self.expanded + direct > threshold && (self.expanded + direct) / direct > factor {
            return Err(Code::AmplificationLimitBreach.here().into());
        }
        Ok(())
    }
}

/// A range of the bytes as text.
pub fn text_of<'a>(scan: &Scan<'a>, span: &Span) -> &'a str {
    std::str::from_utf8(&scan.text[span.clone()]).unwrap_or_default()
}

/// Line ends as XML has them.
pub fn lines(text: &str) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() }
}

/// A value of words.
pub fn collapse(value: &str) -> String {
    value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

pub fn predefined(name: &str) -> Option<&'static str> {
    Some(match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    })
}
