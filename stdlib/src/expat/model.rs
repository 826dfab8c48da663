//! What an element may hold: the part of `<!ELEMENT name ...>` behind the name.
//!
//! In: tokens. Out: a model. The one invariant: groups in groups are bounded.

use super::dtd::Tokens;
use super::event::{Model, kind};
use super::failure::Code;
use super::parser::Step;
use super::prolog::Prolog;

/// How many groups may stand in groups.
const DEPTH: usize = 500;

pub(super) fn read(tokens: &mut Tokens<'_, '_>) -> Step<Model> {
    match tokens.next()? {
        Prolog::Name(word, None) => {
            let kind = match tokens.text(&word) {
                "EMPTY" => kind::EMPTY,
                "ANY" => kind::ANY,
                _ => return tokens.refuse(),
            };
            Ok(model(kind, None, None))
        }
        Prolog::Sign(b'(') => group(tokens),
        _ => tokens.refuse(),
    }
}

fn model(kind: i64, quantity: Option<u8>, name: Option<String>) -> Model {
    let quantity = match quantity {
        Some(b'?') => 1,
        Some(b'*') => 2,
        Some(b'+') => 3,
        _ => 0,
    };
    Model { kind, quantity, name, children: Vec::new() }
}

/// A group, of which the parenthesis is passed, with the groups in it.
fn group(tokens: &mut Tokens<'_, '_>) -> Step<Model> {
    let mut open = vec![model(kind::SEQUENCE, None, None)];
    let mut separator = vec![None];
    loop {
        let Some(group) = open.last_mut() else { return tokens.refuse() };
        match tokens.next()? {
            Prolog::Pound(word)
                if tokens.text(&word) == "PCDATA" && group.children.is_empty() && separator.len() == 1 =>
            {
                group.kind = kind::MIXED;
            }
            Prolog::Name(word, times) => {
                let name = match times {
                    Some(_) => word.start..word.end,
                    None => word,
                };
                let name = tokens.text(&name).to_owned();
                group.children.push(model(kind::NAME, times, Some(name)));
            }
            Prolog::Sign(b'(') if open.len() < DEPTH => {
                open.push(model(kind::SEQUENCE, None, None));
                separator.push(None);
                continue;
            }
            Prolog::Sign(b'(') => return Err(Code::NoMemory.here().into()),
            _ => return tokens.refuse(),
        }
        loop {
            let (Some(group), Some(known)) = (open.last_mut(), separator.last_mut()) else { return tokens.refuse() };
            match tokens.next()? {
                Prolog::Sign(sign @ (b',' | b'|')) if known.is_none_or(|known| known == sign) => {
                    *known = Some(sign);
                    if sign == b'|' && group.kind != kind::MIXED {
                        group.kind = kind::CHOICE;
                    }
                    break;
                }
                Prolog::Close(times) => {
                    group.quantity = model(0, times, None).quantity;
                    separator.pop();
                    let Some(done) = open.pop() else { return tokens.refuse() };
                    match open.last_mut() {
                        Some(outer) => outer.children.push(done),
                        None => return Ok(done),
                    }
                }
                _ => return tokens.refuse(),
            }
        }
    }
}
