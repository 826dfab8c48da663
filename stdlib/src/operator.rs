//! `_operator`: the operators as functions.
//!
//! In: operands. Out: what the operator gives. The one invariant: each function is the machine's own operation, so it raises
//! what the operator raises.

mod getters;

use interpreter::builtins::add_functions;
use interpreter::objects::bytes::{ByteArray, Bytes};
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::str::{Str, text_of};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::vm::{BinOp, CmpOp};

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_operator");
    add_functions(h, &module, &COMPARING);
    add_functions(h, &module, &NUMBERS);
    add_functions(h, &module, &IN_PLACE);
    add_functions(h, &module, &CONTAINERS);
    getters::add(h, &module);
    Ok(module)
}

/// The module `operator`: the same functions, also under the names of the special methods.
pub fn init_operator(h: &mut Held) -> R<Ref<Module>> {
    let native = h.import_module("_operator")?;
    let module = h.new_module("operator");
    let Some(native) = native.downcast::<Module>() else { return Ok(module) };
    for name in native.dict.keys(h) {
        let text = text_of(&name);
        let Some(value) = native.dict.get_str(h, &name).filter(|_| !text.starts_with("__")) else { continue };
        module.dict.set_str(h, &name, value.clone());
        if !WITHOUT_SPECIAL.contains(&text.as_str()) {
            let special = h.intern(&format!("__{}__", text.trim_end_matches('_')));
            module.dict.set_str(h, &special, value);
        }
    }
    let mut public = Vec::new();
    for name in native.dict.keys(h) {
        let text = text_of(&name);
        if !text.starts_with('_') {
            public.push(text);
        }
    }
    public.sort();
    let all = public.iter().map(|name| h.new_str(name)).collect();
    let all = h.new_list(all);
    module.dict.set_str(h, n::__all__.value(), all);
    Ok(module)
}

/// Functions whose name between underscores is no special method.
const WITHOUT_SPECIAL: &[&str] = &[
    "attrgetter", "countOf", "indexOf", "is_", "is_not", "itemgetter", "length_hint", "methodcaller", "truth",
    "_compare_digest",
];

macro_rules! comparing {
    ($op:ident) => {
        |h, args| h.rich_compare(&args[0], &args[1], CmpOp::$op)
    };
}

static COMPARING: [Def; 10] = [
    def("eq", "a, b, /", comparing!(Eq)),
    def("ge", "a, b, /", comparing!(GtE)),
    def("gt", "a, b, /", comparing!(Gt)),
    def("le", "a, b, /", comparing!(LtE)),
    def("lt", "a, b, /", comparing!(Lt)),
    def("ne", "a, b, /", comparing!(NotEq)),
    def("is_", "a, b, /", |_, args| Ok(Value::bool(args[0].is(&args[1])))),
    def("is_not", "a, b, /", |_, args| Ok(Value::bool(!args[0].is(&args[1])))),
    def("not_", "a, /", |h, args| Ok(Value::bool(!h.truth(&args[0])?))),
    def("truth", "a, /", |h, args| Ok(Value::bool(h.truth(&args[0])?))),
];

macro_rules! number {
    ($op:ident) => {
        |h, args| h.binary(BinOp::$op, &args[0], &args[1])
    };
}

static NUMBERS: [Def; 20] = [
    def("abs", "a, /", |h, args| match h.call_special(&args[0], n::__abs__, &[])? {
        Some(result) => Ok(result),
        None => Err(h.type_error(format!("bad operand type for abs(): '{}'", args[0].class_name()))),
    }),
    def("add", "a, b, /", number!(Add)),
    def("and_", "a, b, /", number!(BitAnd)),
    def("call", "*args, **kwargs", call),
    def("floordiv", "a, b, /", number!(FloorDiv)),
    def("index", "a, /", |h, args| h.index(&args[0])),
    def("inv", "a, /", |h, args| h.invert(&args[0])),
    def("invert", "a, /", |h, args| h.invert(&args[0])),
    def("lshift", "a, b, /", number!(LShift)),
    def("matmul", "a, b, /", number!(MatMult)),
    def("mod", "a, b, /", number!(Mod)),
    def("mul", "a, b, /", number!(Mult)),
    def("neg", "a, /", |h, args| h.negative(&args[0])),
    def("or_", "a, b, /", number!(BitOr)),
    def("pos", "a, /", |h, args| h.positive(&args[0])),
    def("pow", "a, b, /", number!(Pow)),
    def("rshift", "a, b, /", number!(RShift)),
    def("sub", "a, b, /", number!(Sub)),
    def("truediv", "a, b, /", number!(Div)),
    def("xor", "a, b, /", number!(BitXor)),
];

macro_rules! in_place {
    ($op:ident) => {
        |h, args| h.inplace(BinOp::$op, &args[0], &args[1])
    };
}

static IN_PLACE: [Def; 14] = [
    def("iadd", "a, b, /", in_place!(Add)),
    def("iand", "a, b, /", in_place!(BitAnd)),
    def("iconcat", "a, b, /", |h, args| {
        check_sequence(h, &args[0])?;
        h.inplace(BinOp::Add, &args[0], &args[1])
    }),
    def("ifloordiv", "a, b, /", in_place!(FloorDiv)),
    def("ilshift", "a, b, /", in_place!(LShift)),
    def("imatmul", "a, b, /", in_place!(MatMult)),
    def("imod", "a, b, /", in_place!(Mod)),
    def("imul", "a, b, /", in_place!(Mult)),
    def("ior", "a, b, /", in_place!(BitOr)),
    def("ipow", "a, b, /", in_place!(Pow)),
    def("irshift", "a, b, /", in_place!(RShift)),
    def("isub", "a, b, /", in_place!(Sub)),
    def("itruediv", "a, b, /", in_place!(Div)),
    def("ixor", "a, b, /", in_place!(BitXor)),
];

static CONTAINERS: [Def; 9] = [
    def("concat", "a, b, /", |h, args| {
        check_sequence(h, &args[0])?;
        h.add(&args[0], &args[1])
    }),
    def("contains", "a, b, /", |h, args| Ok(Value::bool(h.contains(&args[0], &args[1])?))),
    def("countOf", "a, b, /", count_of),
    def("delitem", "a, b, /", |h, args| {
        h.delete_item(&args[0], &args[1])?;
        Ok(Value::NONE)
    }),
    def("getitem", "a, b, /", |h, args| h.get_item(&args[0], &args[1])),
    def("indexOf", "a, b, /", index_of),
    def("length_hint", "obj, default=0, /", length_hint),
    def("setitem", "a, b, c, /", |h, args| {
        h.set_item(&args[0], &args[1], args[2].clone())?;
        Ok(Value::NONE)
    }),
    def("_compare_digest", "a, b, /", compare_digest),
];

/// TypeError unless a value has items.
fn check_sequence(h: &Held, value: &Value) -> R<()> {
    if h.special(value, n::__getitem__).is_some() && value.downcast::<Dict>().is_none() {
        return Ok(());
    }
    Err(h.type_error(format!("'{}' object can't be concatenated", value.class_name())))
}

/// Equality of secrets, in a time that depends on their lengths only.
fn compare_digest(h: &mut Held, args: Args<'_>) -> R {
    let (a, b) = (&args[0], &args[1]);
    let texts = a.downcast::<Str>().zip(b.downcast::<Str>());
    if let Some((a, b)) = texts {
        let Some((a, b)) = a.as_ascii().zip(b.as_ascii()) else {
            return Err(h.type_error("comparing strings with non-ASCII characters is not supported"));
        };
        return Ok(Value::bool(same_bytes(a.as_bytes(), b.as_bytes())));
    }
    match bytes_of(h, a).zip(bytes_of(h, b)) {
        Some((a, b)) => Ok(Value::bool(same_bytes(&a, &b))),
        None => {
            let (a, b) = (a.class_name(), b.class_name());
            Err(h.type_error(format!("unsupported operand types(s) or combination of types: '{a}' and '{b}'")))
        }
    }
}

fn bytes_of(h: &Held, value: &Value) -> Option<Vec<u8>> {
    match value.downcast::<Bytes>() {
        Some(bytes) => Some(bytes.data.to_vec()),
        None => value.downcast::<ByteArray>().map(|bytes| bytes.data.read(h, |data| data.to_vec())),
    }
}

fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

fn call(h: &mut Held, args: Args<'_>) -> R {
    let Some((callable, rest)) = args.rest(0).split_first() else {
        return Err(h.type_error("call expected at least 1 argument, got 0"));
    };
    match args[1].downcast::<Dict>() {
        Some(keywords) => h.call_with_dict(callable, rest, keywords),
        None => h.call(callable, rest),
    }
}

fn count_of(h: &mut Held, args: Args<'_>) -> R {
    let mut found = 0;
    h.for_each(&args[0], |h, item| {
        found += h.eq(&item, &args[1])? as i64;
        Ok(())
    })?;
    Ok(h.new_int(found))
}

fn index_of(h: &mut Held, args: Args<'_>) -> R {
    let iterator = h.iter(&args[0])?;
    let mut at = 0;
    while let Some(item) = h.next(&iterator)? {
        if h.eq(&item, &args[1])? {
            return Ok(h.new_int(at));
        }
        at += 1;
    }
    Err(h.value_error("sequence.index(x): x not in sequence"))
}

fn length_hint(h: &mut Held, args: Args<'_>) -> R {
    if let Some(default) = args.opt(1)
        && default.as_int().is_none()
    {
        let got = default.class_name();
        return Err(h.type_error(format!("'{got}' object cannot be interpreted as an integer")));
    }
    let known = h.special(&args[0], n::__len__).is_some() || h.special(&args[0], n::__length_hint__).is_some();
    if !known {
        return Ok(args.opt(1).cloned().unwrap_or_else(|| h.new_int(0)));
    }
    let hint = h.length_hint(&args[0])?;
    Ok(h.new_int(hint as i64))
}
