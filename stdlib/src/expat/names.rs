//! The names of a document, and what their prefixes are bound to.
//!
//! In: names as they are written. Out: a number for each, and for a name with a prefix the number of its expanded form. The one
//! invariant: a number stands for one text as long as the parser lives.

use super::failure::Code;
use rustc_hash::FxHashMap;
use std::sync::Arc;

pub const XML_URI: &str = "http://www.w3.org/XML/1998/namespace";
pub const XMLNS_URI: &str = "http://www.w3.org/2000/xmlns/";

/// A name's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name(pub u32);

/// How an expanded name is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Expanded {
    /// Namespace, separator, name (and prefix, where wanted).
    Separated(Option<char>),
    /// `{namespace}name`
    Clark,
}

struct Entry {
    text: Arc<str>,
    /// What stands before the colon, and where the rest begins.
    prefix: Option<(Name, usize)>,
    /// The tag in which the name was seen last.
    seen: u64,
}

#[derive(Default)]
pub struct Names {
    numbers: FxHashMap<Arc<str>, Name>,
    entries: Vec<Entry>,
    expanded: FxHashMap<(Name, Name), Name>,
    /// Prefix (none: the default namespace) and namespace, the inner ones last.
    bindings: Vec<(Option<Name>, Option<Name>)>,
    tags: u64,
}

impl Names {
    pub fn number(&mut self, text: &str) -> Name {
        if let Some(name) = self.numbers.get(text) {
            return *name;
        }
        let prefix = match text.split_once(':') {
            Some((prefix, _)) if !prefix.is_empty() => Some((self.number(prefix), prefix.len() + 1)),
            _ => None,
        };
        self.add(text, prefix)
    }

    /// A name that has no prefix, whatever it looks like.
    fn add(&mut self, text: &str, prefix: Option<(Name, usize)>) -> Name {
        let text: Arc<str> = text.into();
        let name = Name(self.entries.len() as u32);
        self.entries.push(Entry { text: text.clone(), prefix, seen: 0 });
        self.numbers.insert(text, name);
        name
    }

    fn uri(&mut self, text: &str) -> Name {
        match self.numbers.get(text) {
            Some(name) => *name,
            None => self.add(text, None),
        }
    }

    pub fn text(&self, name: Name) -> &str {
        self.entries.get(name.0 as usize).map_or("", |entry| &entry.text)
    }

    /// Begins a set of names of which none may come twice.
    pub fn begin_tag(&mut self) {
        self.tags += 1;
    }

    /// Whether the set had the name already.
    pub fn seen(&mut self, name: Name) -> bool {
        match self.entries.get_mut(name.0 as usize) {
            Some(entry) => std::mem::replace(&mut entry.seen, self.tags) == self.tags,
            None => false,
        }
    }

    /// Whether an attribute declares a namespace, and for which prefix.
    pub fn declares(&self, name: Name) -> Option<Option<Name>> {
        let entry = self.entries.get(name.0 as usize)?;
        match entry.prefix {
            None if &*entry.text == "xmlns" => Some(None),
            Some((prefix, local)) if self.text(prefix) == "xmlns" => {
                Some(self.numbers.get(&entry.text[local..]).copied())
            }
            _ => None,
        }
    }

    /// Makes sure that what an attribute declares has a number.
    pub fn declared(&mut self, name: Name) -> Option<Option<Name>> {
        if let Some(local) = self.text(name).strip_prefix("xmlns:").map(str::to_owned) {
            self.uri(&local);
        }
        self.declares(name)
    }

    pub fn depth(&self) -> usize {
        self.bindings.len()
    }

    pub fn bind(&mut self, prefix: Option<Name>, uri: &str) -> Result<(), Code> {
        let reserved = uri == XML_URI || uri == XMLNS_URI;
        match prefix.map(|prefix| self.text(prefix)) {
            Some("xml") if uri != XML_URI => return Err(Code::ReservedPrefixXml),
            Some("xml") => (),
            Some("xmlns") => return Err(Code::ReservedPrefixXmlns),
            _ if reserved => return Err(Code::ReservedNamespaceUri),
            Some(_) if uri.is_empty() => return Err(Code::UndeclaringPrefix),
            _ => (),
        }
        let uri = (!uri.is_empty()).then(|| self.uri(uri));
        self.bindings.push((prefix, uri));
        Ok(())
    }

    /// Forgets the innermost binding and gives its prefix.
    pub fn unbind(&mut self) -> Option<Name> {
        self.bindings.pop().and_then(|(prefix, _)| prefix)
    }

    fn lookup(&mut self, prefix: Option<Name>) -> Option<Option<Name>> {
        if let Some((_, uri)) = self.bindings.iter().rev().find(|(bound, _)| *bound == prefix) {
            return Some(*uri);
        }
        match prefix {
            None => Some(None),
            Some(prefix) if self.text(prefix) == "xml" => Some(Some(self.uri(XML_URI))),
            Some(_) => None,
        }
    }

    /// A name with its namespace; the default one is for elements only.
    pub fn expand(&mut self, name: Name, element: bool, form: &Expanded, triplets: bool) -> Result<Name, Code> {
        let prefix = self.entries.get(name.0 as usize).and_then(|entry| entry.prefix);
        if prefix.is_none() && (!element || self.bindings.is_empty()) {
            return Ok(name);
        }
        let bound = self.lookup(prefix.map(|(prefix, _)| prefix)).ok_or(Code::UnboundPrefix)?;
        let Some(uri) = bound else { return Ok(name) };
        if let Some(known) = self.expanded.get(&(name, uri)) {
            return Ok(*known);
        }
        let (local, space) = (&self.text(name)[prefix.map_or(0, |(_, at)| at)..], self.text(uri));
        let text = match (form, prefix) {
            (Expanded::Clark, _) => format!("{{{space}}}{local}"),
            (Expanded::Separated(Some(by)), Some((prefix, _))) if triplets => {
                format!("{space}{by}{local}{by}{}", self.text(prefix))
            }
            (Expanded::Separated(Some(by)), _) => format!("{space}{by}{local}"),
            (Expanded::Separated(None), _) => format!("{space}{local}"),
        };
        let expanded = self.uri(&text);
        self.expanded.insert((name, uri), expanded);
        Ok(expanded)
    }
}
