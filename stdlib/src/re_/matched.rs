//! `re.Match`: one match as an object.
//!
//! In: a pattern, a text and the places of the groups. Out: the groups' texts. The one invariant: texts are cut out when they
//! are asked for.

use super::pattern::{Pattern, group_number};
use super::replace;
use super::subject::Subject;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use smallvec::SmallVec;
use toy_regex::Scanner;
use toy_text::CharsBuf;

type Span = Option<(usize, usize)>;

/// The data of a match.
pub struct Match {
    pattern: Value,
    string: Value,
    pos: usize,
    endpos: usize,
    spans: SmallVec<[Span; 2]>,
    last_index: Option<u32>,
}

interpreter::object!(Match, "Match", traced [pattern, string]);

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

static METHODS: [Def; 11] = [
    def("group", "*args", group),
    def("__getitem__", "key, /", |h, args| group_by(h, args.this(), &args[1])),
    def("groups", "default=None", groups),
    def("groupdict", "default=None", groupdict),
    def("start", "group=0, /", |h, args| place(h, args, |span| span.0)),
    def("end", "group=0, /", |h, args| place(h, args, |span| span.1)),
    def("span", "group=0, /", |h, args| {
        let span = span_of(h, args)?;
        Ok(pair(h, span))
    }),
    def("expand", "template", expand),
    def("__repr__", "", repr),
    def("__copy__", "", |_, args| Ok(args[0].clone())),
    def("__deepcopy__", "memo, /", |_, args| Ok(args[0].clone())),
];

static CLASS_METHODS: [Def; 1] =
    [def("__class_getitem__", "item, /", |h, args| Ok(h.new_generic_alias(args[0].clone(), args[1].clone())))];

static ATTRS: [Attr; 7] = [
    getter("string", |_, this| Ok(of(this).string.clone())),
    getter("re", |_, this| Ok(of(this).pattern.clone())),
    getter("pos", |h, this| Ok(h.new_int(of(this).pos as i64))),
    getter("endpos", |h, this| Ok(h.new_int(of(this).endpos as i64))),
    getter("lastindex", |h, this| Ok(of(this).last_index.map_or(Value::NONE, |index| h.new_int(index.into())))),
    getter("lastgroup", lastgroup),
    getter("regs", |h, this| Ok(h.new_tuple(of(this).spans.iter().map(|span| pair(h, *span)).collect()))),
];

pub fn init(h: &mut Held) -> Ref<Class> {
    let class = ClassSpec::new::<Match>(h, "re", "Match")
        .flags(class_flag::FINAL | class_flag::NO_NEW)
        .methods(h, &METHODS)
        .class_methods(h, &CLASS_METHODS)
        .attrs(h, &ATTRS)
        .build(h);
    CLASS.write(h, |own| *own = Some(class.clone()));
    class
}

fn of(this: &Value) -> &Obj<Match> {
    match this.downcast::<Match>() {
        Some(found) => found,
        None => panic!("an attribute is asked of an instance of its class"),
    }
}

/// The match that a scanner found last.
pub fn make(h: &Held, pattern: &Value, string: &Value, (pos, endpos): (usize, usize), scanner: &Scanner) -> Value {
    let groups = pattern.downcast::<Pattern>().map_or(0, |pattern| pattern.program.groups());
    let spans = std::iter::once(Some(scanner.span())).chain((1..=groups).map(|i| scanner.group(i))).collect();
    let (pattern, string, last_index) = (pattern.clone(), string.clone(), scanner.last_index());
    let found = Match { pattern, string, pos, endpos, spans, last_index };
    CLASS.read(h, |class| class.as_ref().map_or(Value::NONE, |class| h.new_object(class, found).into_value()))
}

impl Match {
    fn pattern(&self) -> &Obj<Pattern> {
        match self.pattern.downcast::<Pattern>() {
            Some(pattern) => pattern,
            None => panic!("a match is made with its pattern"),
        }
    }
}

fn pair(h: &Held, span: Span) -> Value {
    let (start, end) = span.map_or((-1, -1), |(start, end)| (start as i64, end as i64));
    h.tuple_of(&[h.new_int(start), h.new_int(end)])
}

/// The text of a span; the text may have become shorter if it is a `bytearray`.
fn cut(h: &Held, found: &Match, span: Span, default: &Value) -> R {
    let Some((start, end)) = span else { return Ok(default.clone()) };
    let subject = Subject::of(h, &found.string)?;
    let end = end.min(subject.len());
    Ok(subject.slice(h, (start.min(end), end)))
}

fn number(h: &mut Held, found: &Obj<Match>, group: &Value) -> R<usize> {
    match group_number(h, found.pattern(), group)? {
        Some(number) => Ok(number),
        None => Err(h.index_error("no such group")),
    }
}

fn group_by(h: &mut Held, found: &Obj<Match>, group: &Value) -> R {
    let number = number(h, found, group)?;
    cut(h, found, found.spans[number], &Value::NONE)
}

fn group(h: &mut Held, args: Args<'_>) -> R {
    let found = args.this::<Match>();
    match args.rest(1) {
        [] => cut(h, found, found.spans[0], &Value::NONE),
        [group] => group_by(h, found, group),
        groups => {
            let texts = groups.iter().map(|group| group_by(h, found, group)).collect::<R<Vec<_>>>()?;
            Ok(h.new_tuple(texts))
        }
    }
}

fn groups(h: &mut Held, args: Args<'_>) -> R {
    let found = args.this::<Match>();
    let none = Value::NONE;
    let default = args.opt(1).unwrap_or(&none);
    let texts = found.spans[1..].iter().map(|span| cut(h, found, *span, default)).collect::<R<Vec<_>>>()?;
    Ok(h.new_tuple(texts))
}

fn groupdict(h: &mut Held, args: Args<'_>) -> R {
    let found = args.this::<Match>();
    let none = Value::NONE;
    let default = args.opt(1).unwrap_or(&none);
    let dict = h.new_dict();
    for (name, number) in found.pattern().names.items(h) {
        let span = number.as_small_int().and_then(|number| found.spans.get(number as usize).copied()).flatten();
        let text = cut(h, found, span, default)?;
        dict.set_str(h, &name, text);
    }
    Ok(dict.into_value())
}

fn span_of(h: &mut Held, args: Args<'_>) -> R<Span> {
    let found = args.this::<Match>();
    let number = match args.opt(1) {
        Some(group) => number(h, found, group)?,
        None => 0,
    };
    Ok(found.spans[number])
}

fn place(h: &mut Held, args: Args<'_>, which: fn((usize, usize)) -> usize) -> R {
    let span = span_of(h, args)?;
    Ok(h.new_int(span.map_or(-1, |span| which(span) as i64)))
}

fn lastgroup(h: &mut Held, this: &Value) -> R {
    let found = of(this);
    let Some(last) = found.last_index else { return Ok(Value::NONE) };
    let named =
        found.pattern().names.items(h).into_iter().find(|(_, number)| number.as_small_int() == Some(last.into()));
    Ok(named.map_or(Value::NONE, |(name, _)| name))
}

fn expand(h: &mut Held, args: Args<'_>) -> R {
    let found = args.this::<Match>();
    let template = replace::template(h, found.pattern(), &args[1])?;
    replace::check_kind(h, found.pattern(), &args[1], 0)?;
    let subject = Subject::of(h, &found.string)?;
    let mut out = CharsBuf::new();
    template.fill(&subject, |group| found.spans[group].filter(|span| span.1 <= subject.len()), &mut out);
    Ok(subject.built(h, out))
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let found = args.this::<Match>();
    let text = cut(h, found, found.spans[0], &Value::NONE)?;
    let text = h.repr_text(&text)?;
    let shown: String = text.chars().take(50).collect();
    let (start, end) = found.spans[0].unwrap_or_default();
    Ok(h.new_str(&format!("<re.Match object; span=({start}, {end}), match={shown}>")))
}
