//! Signatures of native functions, and how arguments are bound to them.
//!
//! In: a text such as `"iterable, /, *, key=None, reverse=False"`, as CPython writes `__text_signature__`, and the arguments of a call. Out:
//! one register a parameter (a tuple for `*args`, a dict for `**kwargs`, nothing for what was left out), or CPython's
//! TypeError. The one invariant: after binding, every parameter without a default has a value.

use crate::objects::function::{Args, NativeFn};
use crate::objects::value::{Reg, Value};
use crate::runtime::error::{R, Raised};
use crate::sync::Held;
use smallvec::SmallVec;
use std::sync::OnceLock;

/// The definition of a native function: a static in the file that implements it.
pub struct Def {
    pub name: &'static str,
    /// Parameters without `self`.
    pub text: &'static str,
    pub function: NativeFn,
    pub doc: &'static str,
    words: Words,
    /// What messages call it, if not by its name and parentheses.
    title: &'static str,
    /// `**kwargs` arrives as `None` if no keywords are given.
    lazy: bool,
    /// What a call without keywords calls, its arguments as they are.
    positional: Option<NativeFn>,
    parsed: OnceLock<Signature>,
}

/// How errors about the number of arguments are worded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    /// As CPython words it for functions whose arguments its Argument Clinic reads.
    Clinic,
    /// "find() takes at least 1 argument (0 given)".
    Counting,
}

/// A definition; the first parameter of a method, its receiver, is not in the text.
pub const fn def(name: &'static str, text: &'static str, function: NativeFn) -> Def {
    Def {
        name,
        text,
        function,
        doc: "",
        words: Words::Clinic,
        title: "",
        lazy: false,
        positional: None,
        parsed: OnceLock::new(),
    }
}

impl Def {
    /// Adds a docstring.
    pub const fn doc(mut self, doc: &'static str) -> Def {
        self.doc = doc;
        self
    }

    /// Has `**kwargs` arrive as `None` if no keywords are given: spares a dict for what is called often without.
    pub const fn lazy_keywords(mut self) -> Def {
        self.lazy = true;
        self
    }

    /// Words errors about the number of arguments as CPython's functions without a text signature do.
    pub const fn counting(mut self) -> Def {
        self.words = Words::Counting;
        self
    }

    /// Has a call without keywords call another function, which finds the arguments as they are (`Args::from`): spares the tuple of
    /// `*args`, which must be all that the signature takes by position.
    pub const fn positional(mut self, function: NativeFn) -> Def {
        self.positional = Some(function);
        self
    }

    /// What messages call it: `function` if they do not name it.
    pub const fn titled(mut self, title: &'static str) -> Def {
        self.title = title;
        self
    }

    #[inline]
    pub fn signature(&self) -> &Signature {
        self.parsed.get_or_init(|| Signature::parse(self.text))
    }
}

/// A parsed signature.
#[derive(Debug)]
pub struct Signature {
    names: Vec<&'static str>,
    /// How many can be given by position (receiver left out).
    positional: usize,
    /// How many of these only so.
    positional_only: usize,
    /// How many of these must be given.
    required: usize,
    /// Keyword-only parameters that must be given, as a bit set over all parameters.
    required_keywords: u64,
    varargs: bool,
    varkw: bool,
    /// Exactly so many positional arguments need no binding; -1 if none do.
    pub exact: i32,
    /// So few and so many positional arguments need no binding: what is left out at the end reads as nothing.
    fewest: usize,
    most: usize,
    /// The text is `...`: any arguments, given to the function as they are.
    raw: bool,
}

impl Signature {
    /// Whether so many positional arguments need no binding.
    #[inline(always)]
    pub(crate) fn takes_as_they_are(&self, count: usize) -> bool {
        self.fewest <= count && count <= self.most
    }

    fn parse(text: &'static str) -> Signature {
        let mut s = Signature {
            names: Vec::new(),
            positional: 0,
            positional_only: 0,
            required: 0,
            required_keywords: 0,
            varargs: false,
            varkw: false,
            exact: -1,
            fewest: 1,
            most: 0,
            raw: text == "...",
        };
        if s.raw {
            return s;
        }
        let mut keyword_only = false;
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part {
                "/" => s.positional_only = s.positional,
                "*" => keyword_only = true,
                _ if part.starts_with("**") => s.varkw = true,
                _ if part.starts_with('*') => (s.varargs, keyword_only) = (true, true),
                _ => s.parameter(part, keyword_only),
            }
        }
        if !s.varargs && !s.varkw && s.names.len() == s.positional {
            s.exact = s.positional as i32;
        }
        if !s.varargs && !s.varkw && s.required_keywords == 0 {
            (s.fewest, s.most) = (s.required, s.positional);
        }
        s
    }

    fn parameter(&mut self, part: &'static str, keyword_only: bool) {
        let (name, optional) = match part.split_once('=') {
            Some((name, _)) => (name.trim(), true),
            None => (part, false),
        };
        match (keyword_only, optional) {
            (true, false) => self.required_keywords |= 1 << self.names.len(),
            (true, true) => (),
            (false, false) => self.required = self.positional + 1,
            (false, true) => (),
        }
        self.positional += !keyword_only as usize;
        self.names.push(name);
    }

    /// The parameter that a keyword means.
    fn place_of(&self, keyword: &str) -> Option<usize> {
        let named = self.names.iter().skip(self.positional_only);
        named.into_iter().position(|name| *name == keyword).map(|at| at + self.positional_only)
    }

    fn takes_no_keywords(&self) -> bool {
        !self.varkw && self.names.len() == self.positional_only
    }

    /// Whether CPython's parser counts positional-only arguments before it looks at keywords.
    fn counts_positional(&self) -> bool {
        self.positional_only > 0 && self.names.len() > self.positional_only && !self.varargs && !self.varkw
    }
}

/// Arguments as a call has them: positional ones, then values for the names in `keywords`.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    pub args: &'a [Reg],
    pub keywords: &'a [Value],
}

impl Held {
    /// Calls a native function. `receiver` stands in front of the arguments if there is one, and is included in `given.args`.
    #[inline]
    pub(crate) fn call_def(&mut self, def: &'static Def, given: Given<'_>, receivers: usize, owner: &Value) -> R {
        let signature = def.signature();
        let own = given.args.len() - receivers;
        if given.keywords.is_empty() && signature.takes_as_they_are(own) {
            return (def.function)(self, Args(given.args));
        }
        if signature.raw {
            return (def.function)(self, Args(given.args));
        }
        if let Some(function) = def.positional.filter(|_| given.keywords.is_empty()) {
            return function(self, Args(given.args));
        }
        let given = match given.keywords.len() {
            0 => given,
            names if self.keywords_are_for_the_other(def, signature, given, owner) => {
                Given { args: &given.args[..given.args.len() - names], keywords: &[] }
            }
            _ => given,
        };
        let bound = self.bind(def, signature, given, receivers, owner)?;
        (def.function)(self, Args(&bound))
    }

    /// `__new__` without keywords lets them pass if a subclass has an `__init__` of its own, and the other way round.
    #[cold]
    fn keywords_are_for_the_other(
        &mut self,
        def: &Def,
        signature: &Signature,
        given: Given<'_>,
        owner: &Value,
    ) -> bool {
        use crate::objects::class::Class;
        use crate::objects::names::n;
        let takes_none = signature.names.len() == signature.positional_only && !signature.varkw;
        let Some(owner) = owner.downcast::<Class>().filter(|_| takes_none) else { return false };
        let Some(first) = given.args.first().and_then(Option::as_ref) else { return false };
        let (class, other) = match def.name {
            "__new__" => (first.downcast::<Class>().map(|class| class.to_ref()), n::__init__),
            // A set refuses them all the same.
            "__init__" if std::ptr::eq(owner, &*crate::objects::core().set) => return false,
            "__init__" => (Some(first.class().to_ref()), n::__new__),
            _ => return false,
        };
        let Some(class) = class.filter(|class| !std::ptr::eq(&**class, owner)) else { return false };
        match (class.lookup(self, other.value()), owner.lookup(self, other.value())) {
            (Some(own), Some(base)) => !own.is(&base),
            _ => false,
        }
    }

    #[inline(never)]
    fn bind(
        &mut self,
        def: &Def,
        signature: &Signature,
        given: Given<'_>,
        receivers: usize,
        owner: &Value,
    ) -> R<SmallVec<[Reg; 8]>> {
        let positional = given.args.len() - given.keywords.len();
        let own = positional - receivers;
        self.check_counts(def, signature, own, given.keywords.len(), owner)?;
        let mut bound: SmallVec<[Reg; 8]> = given.args[..receivers].iter().cloned().collect();
        let taken = own.min(signature.positional);
        bound.extend(given.args[receivers..receivers + taken].iter().cloned());
        bound.resize_with(receivers + signature.names.len(), || None);
        if signature.varargs {
            let rest = given.args[receivers + taken..positional].iter().flatten().cloned();
            bound.push(Some(self.tuple_from_iter(own - taken, rest)));
        }
        let none = signature.varkw && def.lazy && given.keywords.is_empty();
        let extra = (signature.varkw && !none).then(|| self.new_dict());
        let mut misfit = None;
        for (name, value) in given.keywords.iter().zip(&given.args[positional..]) {
            let text = crate::objects::str::text_of(name);
            match (signature.place_of(&text), &extra) {
                (Some(at), _) if bound[receivers + at].is_none() => bound[receivers + at] = value.clone(),
                (None, Some(extra)) => {
                    extra.set_str(self, name, value.clone().unwrap_or(Value::NONE));
                }
                (at, _) => misfit = misfit.max_by_place(at, text),
            }
        }
        if let Some(extra) = extra {
            bound.push(Some(extra.into_value()));
        } else if none {
            bound.push(Some(Value::NONE));
        }
        self.check_missing(def, signature, &bound, receivers, own, owner)?;
        match misfit {
            Some(misfit) => Err(self.misfit(def, signature, misfit, owner)),
            None => Ok(bound),
        }
    }

    /// The errors that CPython finds by counting, before it looks at names.
    fn check_counts(&self, def: &Def, signature: &Signature, own: usize, keywords: usize, owner: &Value) -> R<()> {
        if keywords > 0 && signature.takes_no_keywords() {
            let name = qualified(def, owner);
            return Err(self.type_error(match wrapped(def, owner) {
                true => format!("wrapper {}() takes no keyword arguments", def.name),
                false => format!("{name}() takes no keyword arguments"),
            }));
        }
        let (all, names) = (own + keywords, signature.names.len());
        if !signature.varkw && !signature.varargs && !signature.takes_no_keywords() && all > names {
            let (kind, s, title) = (if own == 0 { "keyword " } else { "" }, plural(names), called(def, owner));
            return Err(self.type_error(format!("{title} takes at most {names} {kind}argument{s} ({all} given)")));
        }
        if own > signature.positional && !signature.varargs {
            return Err(self.too_many(def, signature, own, owner));
        }
        match signature.counts_positional() && own < signature.required.min(signature.positional_only) {
            true => Err(self.too_few(def, signature, own, owner)),
            false => Ok(()),
        }
    }

    fn check_missing(
        &mut self,
        def: &Def,
        signature: &Signature,
        bound: &[Reg],
        receivers: usize,
        given: usize,
        owner: &Value,
    ) -> R<()> {
        let missing = |i: usize| bound[receivers + i].is_none();
        if let Some(first) = (0..signature.required).find(|&i| missing(i)) {
            if first < signature.positional_only {
                return Err(self.too_few(def, signature, given, owner));
            }
            let (name, position) = (signature.names[first], first + 1);
            return Err(
                self.type_error(format!("{} missing required argument '{name}' (pos {position})", called(def, owner)))
            );
        }
        let keyword = (0..signature.names.len()).find(|&i| signature.required_keywords >> i & 1 == 1 && missing(i));
        if let Some(i) = keyword {
            let name = signature.names[i];
            return Err(
                self.type_error(format!("{}() missing required keyword-only argument: '{name}'", title(def, owner)))
            );
        }
        Ok(())
    }

    /// A keyword that found no parameter, or only one that is taken.
    #[cold]
    fn misfit(&self, def: &Def, signature: &Signature, misfit: Misfit, owner: &Value) -> Raised {
        let title = called(def, owner);
        let this = if title.ends_with(')') { "" } else { "this " };
        self.type_error(match misfit.place {
            Some(at) => {
                format!("argument for {title} given by name ('{}') and position ({})", signature.names[at], at + 1)
            }
            None => format!("'{}' is an invalid keyword argument for {this}{title}", misfit.name),
        })
    }

    #[cold]
    fn too_few(&self, def: &Def, signature: &Signature, given: usize, owner: &Value) -> Raised {
        let (name, wanted, title) = (qualified(def, owner), signature.required, title(def, owner));
        let fixed = wanted == signature.positional && !signature.varargs;
        if wrapped(def, owner) {
            return self.miscounted_by_wrapper(signature, given);
        }
        if def.words == Words::Counting {
            return self.miscounted(def, owner, if fixed { "exactly" } else { "at least" }, wanted, given);
        }
        if signature.exact == 1 && wanted == 1 && !is_constructor(def) {
            return self.type_error(format!("{name}() takes exactly one argument ({given} given)"));
        }
        if signature.counts_positional() {
            let least = wanted.min(signature.positional_only);
            let bound = if least < signature.positional { "at least" } else { "exactly" };
            let s = plural(least);
            return self.type_error(format!("{title}() takes {bound} {least} positional argument{s} ({given} given)"));
        }
        let bound = if fixed { "" } else { "at least " };
        self.type_error(format!("{title} expected {bound}{wanted} argument{}, got {given}", plural(wanted)))
    }

    #[cold]
    fn too_many(&self, def: &Def, signature: &Signature, given: usize, owner: &Value) -> Raised {
        let (name, wanted, title) = (qualified(def, owner), signature.positional, title(def, owner));
        let fixed = signature.required == wanted;
        if wrapped(def, owner) {
            return self.miscounted_by_wrapper(signature, given);
        }
        if def.words == Words::Counting {
            return self.miscounted(def, owner, if fixed { "exactly" } else { "at most" }, wanted, given);
        }
        if signature.names.is_empty() && !signature.varkw {
            return self.type_error(format!("{name}() takes no arguments ({given} given)"));
        }
        if wanted == 0 {
            return self.type_error(format!("{title}() takes no positional arguments"));
        }
        if signature.exact == 1 && wanted == 1 && fixed && signature.positional_only == 1 && !is_constructor(def) {
            return self.type_error(format!("{name}() takes exactly one argument ({given} given)"));
        }
        let s = plural(wanted);
        if signature.names.len() == signature.positional_only {
            let bound = if fixed { "" } else { "at most " };
            return self.type_error(format!("{title} expected {bound}{wanted} argument{s}, got {given}"));
        }
        let (bound, title) = (if fixed { "exactly" } else { "at most" }, called(def, owner));
        self.type_error(format!("{title} takes {bound} {wanted} positional argument{s} ({given} given)"))
    }

    /// CPython unpacks several arguments under an empty name, so that a blank comes first.
    #[cold]
    fn miscounted_by_wrapper(&self, signature: &Signature, given: usize) -> Raised {
        let (least, most) = (signature.required, signature.positional);
        let blank = if most > 1 { " " } else { "" };
        let (bound, wanted) = match given < least {
            _ if least == most => ("", most),
            true => ("at least ", least),
            false => ("at most ", most),
        };
        self.type_error(format!("{blank}expected {bound}{wanted} argument{}, got {given}", plural(wanted)))
    }

    #[cold]
    fn miscounted(&self, def: &Def, owner: &Value, bound: &str, wanted: usize, given: usize) -> Raised {
        self.type_error(format!(
            "{}() takes {bound} {wanted} argument{} ({given} given)",
            title(def, owner),
            plural(wanted)
        ))
    }
}

/// The keyword that an error is about: rather one that is given twice, in the order of parameters, than an unknown one.
struct Misfit {
    place: Option<usize>,
    name: String,
}

trait Misfits {
    fn max_by_place(self, place: Option<usize>, name: String) -> Self;
}

impl Misfits for Option<Misfit> {
    fn max_by_place(self, place: Option<usize>, name: String) -> Self {
        match (self, place) {
            (Some(known), None) => Some(known),
            (Some(Misfit { place: Some(at), name }), Some(place)) if at <= place => {
                Some(Misfit { place: Some(at), name })
            }
            _ => Some(Misfit { place, name }),
        }
    }
}

/// Whether errors use the words of slot wrappers.
fn wrapped(def: &Def, owner: &Value) -> bool {
    let owner = owner.downcast::<crate::objects::class::Class>();
    !is_constructor(def) && def.name != "__call__" && owner.is_some_and(|owner| is_slot_wrapper(def.name, owner))
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// What errors call it: a constructor has the name of its class.
fn title(def: &Def, owner: &Value) -> String {
    match owner.downcast::<crate::objects::class::Class>() {
        Some(class) if is_constructor(def) => class.name_text(),
        _ => def.name.to_owned(),
    }
}

/// The same as errors about calls have it: with parentheses, or `function`.
fn called(def: &Def, owner: &Value) -> String {
    if def.title.is_empty() { format!("{}()", title(def, owner)) } else { def.title.to_owned() }
}

/// `list.append` for a method, `len` for a builtin function, `math.sqrt` for that of another module.
fn qualified(def: &Def, owner: &Value) -> String {
    match owner.downcast::<crate::objects::class::Class>() {
        Some(class) if is_constructor(def) => return class.name_text(),
        Some(class) => return format!("{}.{}", class.name_text(), def.name),
        None => (),
    }
    match crate::objects::str::text_of(owner).as_str() {
        "" | "builtins" => def.name.to_owned(),
        module => format!("{module}.{}", def.name),
    }
}

fn is_constructor(def: &Def) -> bool {
    matches!(def.name, "__new__" | "__init__")
}

/// Whether CPython has a method as a wrapper around a slot of the type, whose errors have words of their own.
pub(crate) fn is_slot_wrapper(name: &str, owner: &crate::objects::class::Class) -> bool {
    if !name.starts_with("__") {
        return false;
    }
    let core = crate::objects::core();
    let methods = [
        ("__getitem__", &core.list),
        ("__getitem__", &core.dict),
        ("__contains__", &core.dict),
        ("__contains__", &core.set),
        ("__contains__", &core.frozenset),
    ];
    if methods.iter().any(|(method, class)| *method == name && std::ptr::eq(&****class, owner)) {
        return false;
    }
    is_slot(name)
}

/// The methods that CPython's types have as slots.
fn is_slot(name: &str) -> bool {
    matches!(
        name,
        "__init__"
            | "__del__"
            | "__repr__"
            | "__str__"
            | "__hash__"
            | "__call__"
            | "__getattribute__"
            | "__setattr__"
            | "__delattr__"
            | "__lt__"
            | "__le__"
            | "__gt__"
            | "__ge__"
            | "__eq__"
            | "__ne__"
            | "__iter__"
            | "__next__"
            | "__get__"
            | "__set__"
            | "__delete__"
            | "__len__"
            | "__getitem__"
            | "__setitem__"
            | "__delitem__"
            | "__contains__"
            | "__add__"
            | "__radd__"
            | "__sub__"
            | "__rsub__"
            | "__mul__"
            | "__rmul__"
            | "__matmul__"
            | "__rmatmul__"
            | "__truediv__"
            | "__rtruediv__"
            | "__floordiv__"
            | "__rfloordiv__"
            | "__mod__"
            | "__rmod__"
            | "__divmod__"
            | "__rdivmod__"
            | "__pow__"
            | "__rpow__"
            | "__lshift__"
            | "__rlshift__"
            | "__rshift__"
            | "__rrshift__"
            | "__and__"
            | "__rand__"
            | "__or__"
            | "__ror__"
            | "__xor__"
            | "__rxor__"
            | "__iadd__"
            | "__isub__"
            | "__imul__"
            | "__imatmul__"
            | "__itruediv__"
            | "__ifloordiv__"
            | "__imod__"
            | "__ipow__"
            | "__ilshift__"
            | "__irshift__"
            | "__iand__"
            | "__ior__"
            | "__ixor__"
            | "__neg__"
            | "__pos__"
            | "__abs__"
            | "__invert__"
            | "__bool__"
            | "__int__"
            | "__float__"
            | "__index__"
            | "__await__"
            | "__aiter__"
            | "__anext__"
    )
}
