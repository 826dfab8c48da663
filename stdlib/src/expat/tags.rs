//! Elements: what their tags say, with namespaces.
//!
//! In: the spans of a tag. Out: events. The one invariant: what is bound in a tag is unbound at its element's end.

use super::event::Event;
use super::failure::Code;
use super::names::{Expanded, Name};
use super::parser::{Open, Parser, Phase, Step, collapse, text_of};
use super::scan::{Attribute, Scan, Span};

impl Parser {
    pub(super) fn start(&mut self, scan: &Scan<'_>, start: usize, tag: Span, given: &[Attribute], empty: bool) -> Step {
        let raw = self.names.number(text_of(scan, &tag));
        let (mut attributes, mut specified) = self.attributes_of(scan, raw, given)?;
        let bindings = self.names.depth();
        let mut name = raw;
        if let Some(form) = self.wishes.namespaces.clone() {
            self.bind(&mut attributes, &mut specified)?;
            let wish = (&form, self.wishes.triplets);
            name = self.names.expand(raw, true, wish.0, wish.1).map_err(Code::here)?;
            self.names.begin_tag();
            for (attribute, _) in &mut attributes {
                *attribute = self.names.expand(*attribute, false, wish.0, wish.1).map_err(Code::here)?;
                if self.names.seen(*attribute) {
                    return Err(Code::DuplicateAttribute.here().into());
                }
            }
        }
        self.tell(Event::Start { name, attributes, specified }, scan, start);
        if empty {
            self.tell_end(name, bindings, String::new());
        } else {
            self.open.push(Open { raw, name, bindings });
        }
        Ok(())
    }

    fn attributes_of(
        &mut self,
        scan: &Scan<'_>,
        element: Name,
        given: &[Attribute],
    ) -> Step<(Vec<(Name, String)>, usize)> {
        let mut attributes = Vec::with_capacity(given.len());
        self.names.begin_tag();
        for one in given {
            let name = self.names.number(text_of(scan, &one.name));
            if self.names.seen(name) {
                return Err(Code::DuplicateAttribute.at(one.name.start).into());
            }
            let mut value = match one.plain {
                true => text_of(scan, &one.value).to_owned(),
                false => self.attribute_value(scan, one.value.clone())?,
            };
            if self.dtd.is_tokenized(element, name) {
                value = collapse(&value);
            }
            attributes.push((name, value));
        }
        let specified = attributes.len();
        for (name, value) in self.dtd.defaults(element) {
            if !self.names.seen(name) {
                attributes.push((name, value));
            }
        }
        Ok((attributes, specified))
    }

    /// What stands between namespace and name, unless a namespace may hold it.
    fn separator(&self) -> Option<char> {
        match self.wishes.namespaces {
            Some(Expanded::Clark) => Some('}'),
            Some(Expanded::Separated(by)) => {
                by.filter(|&by| !(by.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(by)))
            }
            None => None,
        }
    }

    /// Takes the declarations of namespaces out of the attributes.
    fn bind(&mut self, attributes: &mut Vec<(Name, String)>, specified: &mut usize) -> Step {
        let mut kept = Vec::with_capacity(attributes.len());
        let given = *specified;
        for (index, (name, value)) in std::mem::take(attributes).into_iter().enumerate() {
            match self.names.declared(name) {
                None => kept.push((name, value)),
                // What parts a namespace from a name may not be in the namespace.
                Some(_) if self.separator().is_some_and(|by| value.contains(by)) => {
                    return Err(Code::Syntax.here().into());
                }
                Some(prefix) => {
                    self.names.bind(prefix, &value).map_err(Code::here)?;
                    self.flush();
                    self.tell_rest(Event::StartNamespace { prefix, uri: value });
                    *specified -= usize::from(index < given);
                }
            }
        }
        *attributes = kept;
        Ok(())
    }

    pub(super) fn end(&mut self, scan: &Scan<'_>, start: usize, name: Span) -> Step {
        if self.inputs.last().is_some_and(|input| input.level == self.open.len()) {
            return Err(Code::AsyncEntity.here().into());
        }
        let matches = self.open.last().is_some_and(|open| self.names.text(open.raw) == text_of(scan, &name));
        let Some(open) = self.open.pop_if(|_| matches) else { return Err(Code::TagMismatch.at(name.start).into()) };
        self.flush();
        let raw = if self.wishes.raw { text_of(scan, &(start..scan.at)).to_owned() } else { String::new() };
        self.tell_end(open.name, open.bindings, raw);
        Ok(())
    }

    fn tell_end(&mut self, name: Name, bindings: usize, raw: String) {
        self.tell_written(Event::End(name), raw);
        while self.names.depth() > bindings {
            let prefix = self.names.unbind();
            self.tell_rest(Event::EndNamespace(prefix));
        }
        if self.open.is_empty() && self.inputs.is_empty() {
            self.phase = Phase::Epilog;
        }
    }
}
