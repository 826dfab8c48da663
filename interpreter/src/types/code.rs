//! `code`: the attributes.
//!
//! In: code objects. Out: their names, constants, places. The one invariant: `co_positions()` has an entry for each
//! word of the code, and `tb_lasti // 2` is an index into it.

use crate::objects::code::{Code, Site};
use crate::objects::core;
use crate::objects::descriptor::{Attr, field, getter};
use crate::objects::function::Args;
use crate::objects::header::{Obj, allocate};
use crate::objects::make_class::ClassSpec;
use crate::objects::str::{Str, text_of};
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use toy_compiler::bytecode::proto::flags;

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "*args, **kwargs", |h, _| {
        Err(h.type_error("code objects are not made from parts in toy: use compile() or code.replace()"))
    });
    ClassSpec::of(&core().code).constructor(h, &NEW).methods(h, &METHODS).attrs(h, &ATTRS).build(h);
}

/// Equal code does the same at the same lines; the file does not count, as in CPython.
fn same(h: &mut Held, a: &Code, b: &Code) -> R<bool> {
    let numbers = |c: &Code| {
        [c.argcount, c.posonlyargcount, c.kwonlyargcount, c.flags, c.firstlineno, c.nlocals, c.consts.len() as u32]
    };
    let names = |c: &Code| -> Vec<String> {
        let parts = [&c.varnames, &c.freevars, &c.wide];
        let own = [&c.name, &c.qualname].into_iter().map(text_of);
        let sites = c.sites.iter().map(|site| text_of(&site.name));
        own.chain(parts.into_iter().flat_map(|part| part.iter().map(text_of))).chain(sites).collect()
    };
    if numbers(a) != numbers(b) || a.code != b.code || a.spans != b.spans || a.cells != b.cells || names(a) != names(b)
    {
        return Ok(false);
    }
    for (x, y) in a.consts.iter().zip(&b.consts) {
        if !same_constant(h, x, y)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Constants of one type that cannot be told apart: 0 is not False, and 0.0 not -0.0.
fn same_constant(h: &mut Held, x: &Value, y: &Value) -> R<bool> {
    h.check_native_stack(" in comparison")?;
    if x.is(y) {
        return Ok(true);
    }
    if !std::ptr::eq(x.class(), y.class()) {
        return Ok(false);
    }
    if let (Some(x), Some(y)) = (x.as_float(), y.as_float()) {
        return Ok(x.to_bits() == y.to_bits());
    }
    if let (Some(x), Some(y)) = (x.downcast::<Code>(), y.downcast::<Code>()) {
        return same(h, x, y);
    }
    if let (Some(x), Some(y)) = (x.downcast::<Tuple>(), y.downcast::<Tuple>()) {
        let (x, y) = (x.items(), y.items());
        let mut alike = x.len() == y.len();
        for (x, y) in x.iter().zip(y) {
            alike = alike && same_constant(h, x, y)?;
        }
        return Ok(alike);
    }
    h.eq(x, y)
}

static METHODS: [Def; 6] = [
    def("__eq__", "value, /", |h, args| match args[1].downcast::<Code>() {
        Some(other) => same(h, args.this::<Code>(), other).map(Value::bool),
        None => Ok(Value::NOT_IMPLEMENTED),
    }),
    def("__hash__", "", |h, args| {
        let code = args.this::<Code>();
        let name = h.hash(&code.name)?;
        let rest = (code.code.len() as i64) << 32 ^ (code.firstlineno as i64) << 8 ^ code.argcount as i64;
        Ok(h.new_int((name ^ rest) >> 3))
    }),
    def("__repr__", "", |h, args| {
        let code = args.this::<Code>();
        let (name, file) = (text_of(&code.name), text_of(&code.filename));
        let text = format!("<code object {name} at {:#x}, file \"{file}\", line {}>", args[0].bits(), code.firstlineno);
        Ok(h.new_str(&text))
    }),
    def("co_positions", "", positions),
    def("co_lines", "", lines),
    def(
        "replace",
        "*, co_argcount=0, co_posonlyargcount=0, co_kwonlyargcount=0, co_flags=0, co_firstlineno=0, co_consts=None, \
         co_varnames=None, co_filename=None, co_name=None, co_qualname=None",
        replace,
    ),
];

static ATTRS: [Attr; 17] = [
    field("co_name", |_, c| Ok(code(c).name.clone())),
    field("co_qualname", |_, c| Ok(code(c).qualname.clone())),
    field("co_filename", |_, c| Ok(code(c).filename.clone())),
    field("co_firstlineno", |h, c| Ok(h.new_int(code(c).firstlineno as i64))),
    field("co_argcount", |h, c| Ok(h.new_int(code(c).argcount as i64))),
    field("co_posonlyargcount", |h, c| Ok(h.new_int(code(c).posonlyargcount as i64))),
    field("co_kwonlyargcount", |h, c| Ok(h.new_int(code(c).kwonlyargcount as i64))),
    field("co_nlocals", |h, c| Ok(h.new_int(local_names(code(c)).len() as i64))),
    getter("co_varnames", |h, c| {
        let names = local_names(code(c));
        Ok(h.new_tuple(names))
    }),
    getter("co_freevars", |h, c| Ok(h.tuple_of(&code(c).freevars))),
    getter("co_cellvars", |h, c| {
        let code = code(c);
        let names = code.cells.iter().filter_map(|&at| code.varnames.get(at as usize).cloned());
        let names = names.chain(code.wide.iter().cloned()).collect();
        Ok(h.new_tuple(names))
    }),
    field("co_names", |h, c| {
        let mut names: Vec<Value> = Vec::new();
        for site in &code(c).sites {
            if !names.iter().any(|known| known.is(&site.name)) {
                names.push(site.name.clone());
            }
        }
        Ok(h.new_tuple(names))
    }),
    field("co_consts", |h, c| {
        let code = code(c);
        let consts = std::iter::once(code.doc.clone()).chain(code.consts.iter().cloned()).collect();
        Ok(h.new_tuple(consts))
    }),
    field("co_flags", |h, c| Ok(h.new_int((code(c).flags & (flags::NAMESPACE - 1)) as i64))),
    field("co_stacksize", |h, c| Ok(h.new_int((code(c).nregs - code(c).nlocals) as i64))),
    getter("co_code", |h, c| {
        let bytes: Vec<u8> = code(c).code.iter().flat_map(|word| word.to_le_bytes()).collect();
        Ok(h.new_bytes(&bytes))
    }),
    getter("co_lnotab", |h, _| Ok(h.new_bytes(&[]))),
];

fn code(value: &Value) -> &Obj<Code> {
    match value.downcast::<Code>() {
        Some(code) => code,
        None => panic!("a descriptor of code is asked with a code object"),
    }
}

/// The locals that are not only cells, as `co_varnames` lists them: parameters are among them in any case.
fn local_names(code: &Obj<Code>) -> Vec<Value> {
    let parameters = code.parameters();
    let names = code.parameter_names();
    let of_register = code.varnames.iter().enumerate().skip(parameters.min(code.varnames.len()));
    let others = of_register.filter(|(at, name)| {
        !code.cells.contains(&(*at as u8)) && !text_of(name).is_empty() && !text_of(name).starts_with('.')
    });
    names.iter().take(parameters).cloned().chain(others.map(|(_, name)| name.clone())).collect()
}

/// A column as CPython counts it: in bytes of UTF-8.
fn byte_column(code: &Code, offset: u32) -> i64 {
    let line = code.source.line(offset);
    (offset - code.source.line_span(line).start) as i64
}

fn positions(h: &mut Held, args: Args<'_>) -> R {
    let code = args.this::<Code>();
    let mut all = Vec::with_capacity(code.code.len());
    for span in &code.spans {
        let entry = [
            code.source.line(span.start) as i64,
            code.source.line(span.end) as i64,
            byte_column(code, span.start),
            byte_column(code, span.end),
        ];
        let entry = entry.map(|number| h.new_int(number));
        all.push(h.tuple_of(&entry));
    }
    let all = h.new_list(all);
    h.iter(&all)
}

/// Runs of words on the same line: (start, end, line), counted as `tb_lasti` is.
fn lines(h: &mut Held, args: Args<'_>) -> R {
    let code = args.this::<Code>();
    let mut runs: Vec<(usize, usize, u32)> = Vec::new();
    for at in 0..code.code.len() {
        let line = code.line(at);
        match runs.last_mut() {
            Some(run) if run.2 == line => run.1 = at + 1,
            _ => runs.push((at, at + 1, line)),
        }
    }
    let mut all = Vec::with_capacity(runs.len());
    for (start, end, line) in runs {
        let run = [h.new_int(start as i64 * 2), h.new_int(end as i64 * 2), h.new_int(line as i64)];
        all.push(h.tuple_of(&run));
    }
    let all = h.new_list(all);
    h.iter(&all)
}

/// CO_NESTED, CO_NOFREE, CO_ITERABLE_COROUTINE and the bits of `__future__`: the instructions do not depend on them.
const REPLACEABLE: u32 = 0x10 | 0x40 | 0x100 | 0xff_0000 | 0x100_0000;

/// A copy with other names, place or flags. What the instructions depend on cannot be replaced.
fn replace(h: &mut Held, args: Args<'_>) -> R {
    let own = args.this::<Code>();
    for (at, name) in
        [(1, "co_argcount"), (2, "co_posonlyargcount"), (3, "co_kwonlyargcount"), (6, "co_consts"), (7, "co_varnames")]
    {
        if args.opt(at).is_some() {
            return Err(h.type_error(format!("toy cannot replace {name} of a code object")));
        }
    }
    let number = |h: &mut Held, at: usize, old: u32| -> R<u32> {
        match args.opt(at) {
            Some(value) => Ok(h.to_isize(value)? as u32),
            None => Ok(old),
        }
    };
    let asked = number(h, 4, own.flags)?;
    let new_flags = asked & REPLACEABLE | own.flags & !REPLACEABLE;
    if (asked ^ own.flags) & (flags::NAMESPACE - 1) & !REPLACEABLE != 0 {
        return Err(h.type_error("toy cannot replace co_flags of a code object by those of another kind of code"));
    }
    for (at, name) in [(8, "co_filename"), (9, "co_name"), (10, "co_qualname")] {
        if let Some(text) = args.opt(at).filter(|text| text.downcast::<Str>().is_none()) {
            let got = text.given_name();
            return Err(h.type_error(format!("replace() argument '{name}' must be str, not {got}")));
        }
    }
    let firstlineno = number(h, 5, own.firstlineno)?;
    let text = |at: usize, old: &Value| args.opt(at).unwrap_or(old).clone();
    let code = Code {
        code: own.code.clone(),
        consts: own.consts.to_vec().into(),
        sites: own.sites.iter().map(|site| Site { name: site.name.clone(), cache: Default::default() }).collect(),
        handlers: own.handlers.clone(),
        passings: own.passings.clone(),
        nlocals: own.nlocals,
        nregs: own.nregs,
        argcount: own.argcount,
        posonlyargcount: own.posonlyargcount,
        kwonlyargcount: own.kwonlyargcount,
        flags: new_flags,
        name: text(9, &own.name),
        qualname: text(10, &own.qualname),
        varnames: own.varnames.to_vec().into(),
        freevars: own.freevars.to_vec().into(),
        cells: own.cells.clone(),
        wide: own.wide.to_vec().into(),
        doc: own.doc.clone(),
        firstlineno,
        spans: own.spans.clone(),
        source: own.source.clone(),
        filename: text(8, &own.filename),
    };
    Ok(allocate(&core().code, code, 0).into_value())
}
