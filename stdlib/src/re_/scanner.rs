//! Matches one at a time: `finditer` and `scanner`.
//!
//! In: a pattern and a text. Out: matches. The one invariant: after the last match there is none for ever.

use super::matched;
use super::pattern::Pattern;
use super::run::{bounds, step};
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
use interpreter::sync::{Held, ObjCell};
use toy_regex::{Mode, Scanner};

/// A pattern on its way through a text.
struct Walk {
    pattern: Value,
    string: Value,
    bounds: (usize, usize),
    scanner: ObjCell<Option<Scanner>>,
}

/// The data of an iterator of matches.
pub struct FindIter {
    walk: Walk,
}

/// The data of a scanner.
pub struct ScannerObject {
    walk: Walk,
}

impl interpreter::objects::header::Trace for Walk {
    fn trace(&self, visit: &mut interpreter::objects::header::Visitor<'_>) {
        visit(&self.pattern);
        visit(&self.string);
    }
}

interpreter::object!(FindIter, "callable_iterator", traced[walk]);
interpreter::object!(ScannerObject, "SRE_Scanner", traced[walk]);

static ITERATOR: Global<Option<Ref<Class>>> = Global::new(None);
static SCANNER: Global<Option<Ref<Class>>> = Global::new(None);

static METHODS: [Def; 2] = [
    def("match", "", |h, args| walk_on(h, &args.this::<ScannerObject>().walk, Mode::Match).map(found_or_none)),
    def("search", "", |h, args| walk_on(h, &args.this::<ScannerObject>().walk, Mode::Search).map(found_or_none)),
];

static ATTRS: [Attr; 1] = [getter("pattern", |_, this| {
    Ok(this.downcast::<ScannerObject>().map_or(Value::NONE, |scanner| scanner.walk.pattern.clone()))
})];

pub fn init(h: &mut Held) {
    let flags = class_flag::FINAL | class_flag::NO_NEW;
    let next = |h: &mut Held, this: &Value| match this.downcast::<FindIter>() {
        Some(iter) => walk_on(h, &iter.walk, Mode::Search),
        None => Ok(None),
    };
    let iterator =
        ClassSpec::new::<FindIter>(h, "builtins", "callable_iterator").flags(flags).iterator(h, next).build(h);
    let scanner = ClassSpec::new::<ScannerObject>(h, "_sre", "SRE_Scanner")
        .flags(flags)
        .methods(h, &METHODS)
        .attrs(h, &ATTRS)
        .build(h);
    ITERATOR.write(h, |own| *own = Some(iterator));
    SCANNER.write(h, |own| *own = Some(scanner));
}

fn found_or_none(found: Option<Value>) -> Value {
    found.unwrap_or(Value::NONE)
}

/// `finditer(string, pos, endpos)`.
pub fn finditer(h: &mut Held, args: Args<'_>) -> R {
    let walk = start(h, args)?;
    Ok(ITERATOR.read(h, |class| {
        class.as_ref().map_or(Value::NONE, |class| h.new_object(class, FindIter { walk }).into_value())
    }))
}

/// `scanner(string, pos, endpos)`.
pub fn scanner(h: &mut Held, args: Args<'_>) -> R {
    let walk = start(h, args)?;
    Ok(SCANNER.read(h, |class| {
        class.as_ref().map_or(Value::NONE, |class| h.new_object(class, ScannerObject { walk }).into_value())
    }))
}

fn start(h: &mut Held, args: Args<'_>) -> R<Walk> {
    let pattern: &Obj<Pattern> = args.this();
    let len = Subject::new(h, args.at(1), pattern.program.is_bytes())?.len();
    let bounds = bounds(h, args, len)?;
    let scanner = (bounds.0 <= bounds.1).then(|| Scanner::new(bounds.0, bounds.1));
    Ok(Walk { pattern: args[0].clone(), string: args[1].clone(), bounds, scanner: ObjCell::new(scanner) })
}

/// The next match. While it is looked for, the scanner is away: who asks meanwhile finds the end.
fn walk_on(h: &mut Held, walk: &Walk, mode: Mode) -> R<Option<Value>> {
    let Some(mut scanner) = walk.scanner.arrange(h, Option::take) else { return Ok(None) };
    let Some(pattern) = walk.pattern.downcast::<Pattern>() else { return Ok(None) };
    let subject = Subject::new(h, &walk.string, pattern.program.is_bytes())?;
    let result = step(h, pattern, &mut scanner, &subject, mode);
    let found = match result {
        Ok(true) => Ok(Some(matched::make(h, &walk.pattern, &walk.string, walk.bounds, &scanner))),
        Ok(false) => Ok(None),
        Err(raised) => Err(raised),
    };
    walk.scanner.arrange(h, |own| *own = Some(scanner));
    found
}
