//! `sub` and `subn`: the text with all matches replaced; and templates, which `Match.expand` fills in as well.
//!
//! In: a template or a function. Out: a text. The one invariant: a template is read once and kept with its pattern; a function
//! is called while nothing is borrowed.

use super::error;
use super::matched;
use super::pattern::Pattern;
use super::run::{give_back, step, take_scanner};
use super::subject::{Subject, text};
use interpreter::objects::bytes::Bytes;
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use std::sync::Arc;
use toy_regex::{Mode, Part, Scanner, Text};
use toy_text::{Chars, CharsBuf, CharsOwned, MAX_LEN};

/// A template ready to be filled in.
pub struct Template {
    parts: Vec<Piece>,
}

enum Piece {
    Literal(CharsOwned),
    Group(usize),
}

impl Template {
    /// Appends the template, filled in with what `group` gives.
    pub fn fill(&self, subject: &Subject<'_>, group: impl Fn(usize) -> Option<(usize, usize)>, out: &mut CharsBuf) {
        for part in &self.parts {
            match part {
                Piece::Literal(text) => out.push_chars(text.as_chars()),
                Piece::Group(number) => {
                    if let Some(span) = group(*number) {
                        subject.push(span, out);
                    }
                }
            }
        }
    }
}

pub fn sub(h: &mut Held, args: Args<'_>) -> R {
    Ok(replaced(h, args)?.0)
}

pub fn subn(h: &mut Held, args: Args<'_>) -> R {
    let (text, count) = replaced(h, args)?;
    Ok(h.tuple_of(&[text, h.new_int(count as i64)]))
}

fn replaced(h: &mut Held, args: Args<'_>) -> R<(Value, usize)> {
    let pattern = args.this::<Pattern>();
    let most = match args.opt(3) {
        Some(most) => h.to_isize(most)?,
        None => 0,
    };
    let most = if most == 0 { usize::MAX } else { most.max(0) as usize };
    let template = if h.is_callable(&args[1]) { None } else { Some(template(h, pattern, &args[1])?) };
    let subject = Subject::new(h, args.at(2), pattern.program.is_bytes())?;
    let mut scanner = take_scanner(h, pattern, (0, subject.len()));
    let result = match &template {
        Some(template) => by_template(h, args, &subject, template, most, &mut scanner),
        None => by_function(h, args, &subject, most, &mut scanner),
    };
    give_back(h, pattern, scanner);
    result
}

fn by_template(
    h: &mut Held,
    args: Args<'_>,
    subject: &Subject<'_>,
    template: &Template,
    most: usize,
    scanner: &mut Scanner,
) -> R<(Value, usize)> {
    let pattern = args.this::<Pattern>();
    let mut out = CharsBuf::new();
    let (mut done, mut count) = (0, 0);
    while count < most && step(h, pattern, scanner, subject, Mode::Search)? {
        let (start, end) = scanner.span();
        if count == 0 {
            check_kind(h, pattern, &args[1], start)?;
        }
        subject.push((done, start), &mut out);
        let group = |i| if i == 0 { Some((start, end)) } else { scanner.group(i) };
        template.fill(subject, group, &mut out);
        if out.len() > MAX_LEN {
            return Err(h.memory_error());
        }
        (done, count) = (end, count + 1);
    }
    if count == 0 {
        return Ok((subject.slice(h, (0, subject.len())), 0));
    }
    subject.push((done, subject.len()), &mut out);
    Ok((subject.built(h, out), count))
}

/// TypeError if the replacement cannot stand in the text, in the words of the `join` that CPython ends with.
pub fn check_kind(h: &Held, pattern: &Pattern, template: &Value, start: usize) -> R<()> {
    let is_str = template.downcast::<Str>().is_some();
    if is_str != pattern.program.is_bytes() {
        return Ok(());
    }
    let (place, got) = ((start > 0) as usize, template.class_name());
    let wanted = if is_str { "a bytes-like object" } else { "str instance" };
    Err(h.type_error(format!("sequence item {place}: expected {wanted}, {got} found")))
}

fn by_function(
    h: &mut Held,
    args: Args<'_>,
    subject: &Subject<'_>,
    most: usize,
    scanner: &mut Scanner,
) -> R<(Value, usize)> {
    let pattern = args.this::<Pattern>();
    let mut pieces = Vec::new();
    let (mut done, mut count) = (0, 0);
    while count < most && step(h, pattern, scanner, subject, Mode::Search)? {
        let (start, end) = scanner.span();
        if done < start {
            pieces.push(subject.slice(h, (done, start)));
        }
        let found = matched::make(h, &args[0], &args[2], (0, subject.len()), scanner);
        let piece = h.call(&args[1], &[found])?;
        if !piece.is_none() {
            pieces.push(piece);
        }
        (done, count) = (end, count + 1);
    }
    if count == 0 {
        return Ok((subject.slice(h, (0, subject.len())), 0));
    }
    if done < subject.len() {
        pieces.push(subject.slice(h, (done, subject.len())));
    }
    let empty = if pattern.program.is_bytes() { h.new_bytes(b"") } else { h.new_str("") };
    let (join, pieces) = (h.intern("join"), h.new_list(pieces));
    Ok((h.call_method_named(&empty, &join, &[pieces])?, count))
}

/// A replacement as a template of a pattern.
pub fn template(h: &mut Held, pattern: &Obj<Pattern>, source: &Value) -> R<Arc<Template>> {
    let known = pattern.template.read(h, |known| {
        known.as_ref().filter(|(known, _)| is_same(known, source)).map(|(_, template)| template.clone())
    });
    if let Some(known) = known {
        return Ok(known);
    }
    let template = Arc::new(read(h, pattern, source)?);
    if source.exactly::<Str>().is_some() || source.exactly::<Bytes>().is_some() {
        let entry = Some((source.clone(), template.clone()));
        let old = pattern.template.write(h, |known| std::mem::replace(known, entry));
        drop(old);
    }
    Ok(template)
}

fn is_same(known: &Value, source: &Value) -> bool {
    known.is(source)
        || match (known.downcast::<Str>(), source.downcast::<Str>()) {
            (Some(known), Some(source)) => known.chars() == source.chars(),
            _ => false,
        }
}

fn read(h: &mut Held, pattern: &Obj<Pattern>, source: &Value) -> R<Template> {
    if let Some(string) = source.downcast::<Str>() {
        let chars = string.chars();
        if !toy_text::string::find::contains(chars, Chars::One(b"\\")) {
            return Ok(Template { parts: vec![Piece::Literal(chars.to_owned())] });
        }
        return parse(h, pattern, source, text(chars), false);
    }
    let Some(bytes) = h.buffer_to_vec(source)? else {
        let got = source.class_name();
        return Err(h.type_error(format!("decoding to str: need a bytes-like object, {got} found")));
    };
    if !bytes.contains(&b'\\') {
        return Ok(Template { parts: vec![Piece::Literal(CharsOwned::One(bytes))] });
    }
    parse(h, pattern, source, Text::One(&bytes), true)
}

fn parse(h: &mut Held, pattern: &Obj<Pattern>, source: &Value, text: Text<'_>, is_bytes: bool) -> R<Template> {
    let template = match toy_regex::Template::new(text, is_bytes, &pattern.program) {
        Ok(template) => template,
        Err(error) => return Err(error::raise(h, &error, source)),
    };
    error::warn(h, &template.warnings)?;
    let piece = |part: Part| match part {
        Part::Group(number) => Piece::Group(number as usize),
        Part::Literal(codes) => {
            let mut buf = CharsBuf::new();
            buf.extend(codes);
            Piece::Literal(buf.finish())
        }
    };
    Ok(Template { parts: template.parts.into_iter().map(piece).collect() })
}
