//! Events as calls of handlers.
//!
//! In: an event and the list of handlers, by the numbers below. Out: whether the parser may go on. The one invariant: a handler is
//! looked up when its event comes, for an earlier one may have changed it.

use super::Reader;
use super::event::{Event, Model};
use super::names::Name;
use interpreter::objects::list::List;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// Places in the list of handlers; `xml.parsers.expat` has the same order.
mod place {
    pub const START: usize = 0;
    pub const END: usize = 1;
    pub const TEXT: usize = 2;
    pub const COMMENT: usize = 3;
    pub const INSTRUCTION: usize = 4;
    pub const START_CDATA: usize = 5;
    pub const END_CDATA: usize = 6;
    pub const XML_DECL: usize = 7;
    pub const START_DOCTYPE: usize = 8;
    pub const END_DOCTYPE: usize = 9;
    pub const ENTITY: usize = 10;
    pub const NOTATION: usize = 11;
    pub const ELEMENT: usize = 12;
    pub const ATTLIST: usize = 13;
    pub const START_NAMESPACE: usize = 14;
    pub const END_NAMESPACE: usize = 15;
    pub const SKIPPED: usize = 16;
    pub const EXTERNAL: usize = 17;
    pub const UNPARSED: usize = 18;
    pub const DEFAULT: usize = 19;
    /// Not handlers, but whether attributes come as a list, and only those that the document has.
    pub const ORDERED: usize = 20;
    pub const SPECIFIED: usize = 21;
}

fn entry(h: &Held, handlers: &List, place: usize) -> Option<Value> {
    handlers.get(h, place).filter(|handler| !handler.is_none())
}

/// Calls the handler of an event; false if it refused.
pub fn handle(h: &mut Held, reader: &Reader, handlers: &List, event: Event, raw: &str) -> R<bool> {
    let place = place_of(&event);
    let Some(handler) = place.and_then(|place| entry(h, handlers, place)) else {
        if !raw.is_empty()
            && let Some(handler) = entry(h, handlers, place::DEFAULT)
        {
            let raw = h.new_str(raw);
            h.call(&handler, &[raw])?;
        }
        return Ok(true);
    };
    let args = arguments(h, reader, handlers, event)?;
    let result = h.call(&handler, &args)?;
    if place == Some(place::EXTERNAL) {
        return Ok(h.to_isize(&result)? != 0);
    }
    Ok(true)
}

fn place_of(event: &Event) -> Option<usize> {
    Some(match event {
        Event::Start { .. } => place::START,
        Event::End(_) => place::END,
        Event::Text(_) => place::TEXT,
        Event::Comment(_) => place::COMMENT,
        Event::Instruction(..) => place::INSTRUCTION,
        Event::StartCdata => place::START_CDATA,
        Event::EndCdata => place::END_CDATA,
        Event::XmlDecl { .. } => place::XML_DECL,
        Event::StartDoctype { .. } => place::START_DOCTYPE,
        Event::EndDoctype => place::END_DOCTYPE,
        Event::Entity(decl) if decl.notation.is_some() => place::UNPARSED,
        Event::Entity(_) => place::ENTITY,
        Event::Notation { .. } => place::NOTATION,
        Event::Element { .. } => place::ELEMENT,
        Event::Attlist { .. } => place::ATTLIST,
        Event::StartNamespace { .. } => place::START_NAMESPACE,
        Event::EndNamespace(_) => place::END_NAMESPACE,
        Event::Skipped { .. } => place::SKIPPED,
        Event::External { .. } => place::EXTERNAL,
        Event::Encoding(_) | Event::Other => return None,
    })
}

fn arguments(h: &mut Held, reader: &Reader, handlers: &List, event: Event) -> R<Vec<Value>> {
    Ok(match event {
        Event::Start { name, attributes, specified } => {
            let name = named(h, reader, name);
            vec![name, attributes_of(h, reader, handlers, attributes, specified)?]
        }
        Event::End(name) => vec![named(h, reader, name)],
        Event::Text(text) | Event::Comment(text) => vec![h.new_str(&text)],
        Event::Instruction(target, data) => vec![h.new_str(&target), h.new_str(&data)],
        Event::XmlDecl { version, encoding, standalone } => {
            vec![optional(h, version), optional(h, encoding), h.new_int(standalone)]
        }
        Event::StartDoctype { name, system, public, internal } => {
            vec![h.new_str(&name), optional(h, system), optional(h, public), h.new_int(internal.into())]
        }
        Event::Entity(decl) => {
            let (name, base) = (h.new_str(&decl.name), Value::NONE);
            let (system, public) = (optional(h, decl.system), optional(h, decl.public));
            let notation = optional(h, decl.notation);
            if !notation.is_none() {
                return Ok(vec![name, base, system, public, notation]);
            }
            let (parameter, value) = (h.new_int(decl.parameter.into()), optional(h, decl.value));
            vec![name, parameter, value, base, system, public, notation]
        }
        Event::Notation { name, system, public } => {
            vec![h.new_str(&name), Value::NONE, optional(h, system), optional(h, public)]
        }
        Event::Element { name, model } => vec![h.new_str(&name), show_model(h, model)],
        Event::Attlist { element, name, kind, default, required } => {
            let texts = [element, name, kind].map(|text| h.new_str(&text));
            let mut args = Vec::from(texts);
            args.extend([optional(h, default), h.new_int(required.into())]);
            args
        }
        Event::StartNamespace { prefix, uri } => {
            let uri = Some(uri).filter(|uri| !uri.is_empty());
            vec![prefix.map_or(Value::NONE, |prefix| named(h, reader, prefix)), optional(h, uri)]
        }
        Event::EndNamespace(prefix) => vec![prefix.map_or(Value::NONE, |prefix| named(h, reader, prefix))],
        Event::Skipped { name, parameter } => vec![h.new_str(&name), h.new_int(parameter.into())],
        Event::External { context, system, public } => {
            vec![optional(h, context), Value::NONE, optional(h, system), optional(h, public)]
        }
        Event::StartCdata | Event::EndCdata | Event::EndDoctype | Event::Encoding(_) | Event::Other => Vec::new(),
    })
}

fn optional(h: &mut Held, text: Option<String>) -> Value {
    text.map_or(Value::NONE, |text| h.new_str(&text))
}

/// A name as a value, the same one each time.
fn named(h: &mut Held, reader: &Reader, name: Name) -> Value {
    let at = name.0 as usize;
    if let Some(known) = reader.names.read(h, |names| names.get(at).cloned().flatten()) {
        return known;
    }
    let text = reader.parser.read(h, |parser| parser.names.text(name).to_owned());
    let value = h.intern(&text);
    let made = value.clone();
    reader.names.write(h, |names| {
        if names.len() <= at {
            names.resize(at + 1, None);
        }
        names[at] = Some(made);
    });
    value
}

fn attributes_of(
    h: &mut Held,
    reader: &Reader,
    handlers: &List,
    mut attributes: Vec<(Name, String)>,
    specified: usize,
) -> R {
    if entry(h, handlers, place::SPECIFIED).is_some() {
        attributes.truncate(specified);
    }
    if entry(h, handlers, place::ORDERED).is_some() {
        let mut items = Vec::with_capacity(attributes.len() * 2);
        for (name, text) in attributes {
            items.extend([named(h, reader, name), h.new_str(&text)]);
        }
        return Ok(h.new_list(items));
    }
    let dict = h.new_dict();
    for (name, text) in attributes {
        let (name, text) = (named(h, reader, name), h.new_str(&text));
        dict.set(h, name, text)?;
    }
    Ok(dict.into_value())
}

/// `(type, quantifier, name, children)`; the parser bounds how deep they go.
fn show_model(h: &mut Held, model: Model) -> Value {
    let children = model.children.into_iter().map(|child| show_model(h, child)).collect();
    let items = [h.new_int(model.kind), h.new_int(model.quantity), optional(h, model.name), h.new_tuple(children)];
    h.tuple_of(&items)
}
