//! `compile`, `eval`, `exec`, `globals`, `locals` and `__import__`.
//!
//! In: source text or code, and namespaces. Out: code, or what running it gives. The one invariant: without namespaces, code
//! runs in those of the function that called.

use crate::objects::bytes::Bytes;
use crate::objects::code::Code;
use crate::objects::dict::Dict;
use crate::objects::exception::Exc;
use crate::objects::function::{Args, SharedCell};
use crate::objects::header::{Obj, Ref};
use crate::objects::names::n;
use crate::objects::str::{Str, text_of};
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::config;
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::vm::Mode;
use toy_syntax::{ErrorKind, Source, SyntaxError, decode, newlines, parse_expression, parse_interactive};

pub(super) static FUNCTIONS: [Def; 6] = [
    def("__import__", "name, globals=None, locals=None, fromlist=(), level=0", import),
    def("compile", "source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1", compile),
    def("eval", "source, globals=None, locals=None, /", eval),
    def("exec", "source, globals=None, locals=None, /, *, closure=None", exec),
    def("globals", "", |h, _| match h.running_globals() {
        Some(globals) => Ok(globals.into_value()),
        None => Err(h.error(Exc::SystemError, "globals() needs a running function")),
    }),
    def("locals", "", |h, _| h.running_locals()),
];

/// The bits of CPython's `PyCF_*` that concern the compiler; those of `__future__` change nothing any more.
const KNOWN_FLAGS: isize = 0x1fe_7610;
const DONT_IMPLY_DEDENT: isize = 0x200;
const ALLOW_INCOMPLETE_INPUT: isize = 0x4000;
const ONLY_AST: isize = 0x400;

fn compile(h: &mut Held, args: Args<'_>) -> R {
    let filename = filename(h, &args[1])?;
    let mode = mode(h, &args[2])?;
    let flags = match args.opt(3) {
        Some(flags) => h.to_isize(flags)?,
        None => 0,
    };
    if flags & !KNOWN_FLAGS != 0 {
        return Err(h.value_error("compile(): unrecognised flags"));
    }
    if flags & ONLY_AST != 0 {
        return call_ast(h, "_parse", &[args[0].clone(), args[1].clone(), args[2].clone()]);
    }
    let optimize = match args.opt(5) {
        Some(optimize) => h.to_isize(optimize)?,
        None => -1,
    };
    let optimize = match optimize {
        -1 => config::flag("optimize") as u8,
        0..=2 => optimize as u8,
        _ => return Err(h.value_error("compile(): invalid optimize value")),
    };
    match source(h, &args[0], &filename)? {
        Some(source) => {
            if mode == Mode::Single {
                check_statement(h, &source, &filename, flags)?;
            }
            compile_source(h, &source, &filename, (mode, optimize)).map(Ref::into_value)
        }
        None if is_tree(h, &args[0])? => {
            let text = call_ast(h, "_text_to_compile", &[args[0].clone(), args[2].clone()])?;
            compile_source(h, &text_of(&text), &filename, (mode, optimize)).map(Ref::into_value)
        }
        None => Err(h.type_error("compile() arg 1 must be a string, bytes or AST object")),
    }
}

/// What the module `ast` does with a text or a tree.
fn call_ast(h: &mut Held, function: &str, args: &[Value]) -> R {
    let ast = h.import_module("ast")?;
    let function = h.intern(function);
    h.call_method_named(&ast, &function, args)
}

/// Whether it is a node of a syntax tree.
fn is_tree(h: &mut Held, value: &Value) -> R<bool> {
    let name = h.intern("ast");
    let Some(ast) = h.modules().get_str(h, &name).filter(|ast| !ast.is_none()) else { return Ok(false) };
    let name = h.intern("AST");
    let class = h.get_attr(&ast, &name)?;
    h.is_instance(value, &class)
}

/// What `compile()` refuses of a statement beyond what the REPL does: none at all and, if the flags say so, one that another
/// line may complete.
fn check_statement(h: &mut Held, text: &str, filename: &str, flags: isize) -> R<()> {
    let source = Source::new(filename, text);
    let refused = match parse_interactive(&source) {
        Ok(parsed) if parsed.module.body.is_empty() => parse_expression(&source).err(),
        Ok(parsed) if parsed.open_block && flags & DONT_IMPLY_DEDENT != 0 => Some(after_the_end(&source)),
        Err(error) if error.incomplete && flags & ALLOW_INCOMPLETE_INPUT != 0 => Some(error),
        _ => None,
    };
    let Some(mut error) = refused else { return Ok(()) };
    if error.incomplete && flags & ALLOW_INCOMPLETE_INPUT != 0 {
        error.message = "incomplete input".to_owned();
    }
    crate::runtime::compile::end_line_with_newline(&mut error, text);
    if text.is_empty() {
        (error.line, error.end_line) = (0, 0);
    }
    Err(h.syntax_error(&error, filename))
}

/// The error of a block that is not closed.
fn after_the_end(source: &Source) -> SyntaxError {
    let end = u32::try_from(source.text.len()).unwrap_or(u32::MAX);
    let error = SyntaxError::point(ErrorKind::Syntax, "invalid syntax", end, source);
    SyntaxError { incomplete: true, ..error }
}

fn filename(h: &mut Held, value: &Value) -> R<String> {
    let path = match value.downcast::<Str>().is_some() || value.downcast::<Bytes>().is_some() {
        true => value.clone(),
        false => match h.call_special(value, n::__fspath__, &[])? {
            Some(path) => path,
            None => {
                let got = value.class_name();
                return Err(h.type_error(format!("expected str, bytes or os.PathLike object, not {got}")));
            }
        },
    };
    match path.downcast::<Bytes>() {
        Some(bytes) => Ok(String::from_utf8_lossy(&bytes.data).into_owned()),
        None => Ok(text_of(&path)),
    }
}

fn mode(h: &mut Held, value: &Value) -> R<Mode> {
    let Some(mode) = value.downcast::<Str>() else {
        let got = value.class_name();
        return Err(h.type_error(format!("compile() argument 'mode' must be str, not {got}")));
    };
    match mode.text().as_str() {
        "exec" => Ok(Mode::Exec),
        "eval" => Ok(Mode::Eval),
        "single" => Ok(Mode::Single),
        _ => Err(h.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    }
}

/// Source text, or what a bytes-like object says in its declared encoding; `None` for other objects.
fn source(h: &mut Held, value: &Value, filename: &str) -> R<Option<String>> {
    let text = if let Some(text) = value.downcast::<Str>() {
        newlines(text.text())
    } else if let Some(bytes) = h.buffer_to_vec(value)? {
        if bytes.contains(&0) {
            return Err(null_bytes(h));
        }
        decode(&bytes).map_err(|error| h.syntax_error(&error, filename))?
    } else {
        return Ok(None);
    };
    if text.contains('\0') {
        return Err(null_bytes(h));
    }
    Ok(Some(text))
}

fn null_bytes(h: &mut Held) -> Raised {
    h.error(Exc::SyntaxError, "source code string cannot contain null bytes")
}

fn compile_source(h: &mut Held, text: &str, filename: &str, (mode, optimize): (Mode, u8)) -> R<Ref<Code>> {
    let text = if mode == Mode::Eval { text.trim_start_matches([' ', '\t']) } else { text };
    h.compile_optimized(text, filename, mode, optimize)
}

/// `compile_source` for `eval` and `exec`, with the command line's `-O`.
fn compile_string(h: &mut Held, text: &str, mode: Mode) -> R<Ref<Code>> {
    compile_source(h, text, "<string>", (mode, config::flag("optimize") as u8))
}

fn eval(h: &mut Held, args: Args<'_>) -> R {
    let (globals, locals) = (args.opt_some(1), args.opt_some(2));
    if let Some(locals) = locals
        && !is_mapping(h, locals)
    {
        return Err(h.type_error("locals must be a mapping"));
    }
    if let Some(globals) = globals
        && globals.downcast::<Dict>().is_none()
    {
        return Err(h.type_error(match is_mapping(h, globals) {
            true => "globals must be a real dict; try eval(expr, {}, mapping)",
            false => "globals must be a dict",
        }));
    }
    let (globals, locals) = namespaces(h, globals, locals)?;
    let code = match args[0].downcast::<Code>() {
        Some(code) => code.to_ref(),
        None => match source(h, &args[0], "<string>")? {
            Some(source) => compile_string(h, &source, Mode::Eval)?,
            None => return Err(h.type_error("eval() arg 1 must be a string, bytes or code object")),
        },
    };
    if !code.freevars.is_empty() {
        return Err(h.type_error("code object passed to eval() may not contain free variables"));
    }
    h.run_code(code, globals, Some(locals))
}

fn exec(h: &mut Held, args: Args<'_>) -> R {
    let (globals, locals) = (args.opt_some(1), args.opt_some(2));
    if let Some(globals) = globals
        && globals.downcast::<Dict>().is_none()
    {
        return Err(h.type_error(format!("exec() globals must be a dict, not {}", globals.class_name())));
    }
    if let Some(locals) = locals
        && !is_mapping(h, locals)
    {
        return Err(h.type_error(format!("locals must be a mapping or None, not {}", locals.class_name())));
    }
    let (globals, locals) = namespaces(h, globals, locals)?;
    let closure = args.opt_some(3);
    let Some(code) = args[0].downcast::<Code>() else {
        if closure.is_some() {
            return Err(h.type_error("closure can only be used when source is a code object"));
        }
        let Some(source) = source(h, &args[0], "<string>")? else {
            return Err(h.type_error("exec() arg 1 must be a string, bytes or code object"));
        };
        let code = compile_string(h, &source, Mode::Exec)?;
        h.run_code(code, globals, Some(locals))?;
        return Ok(Value::NONE);
    };
    match (code.freevars.len(), closure) {
        (0, Some(_)) => return Err(h.type_error("cannot use a closure with this code object")),
        (0, None) => h.run_code(code.to_ref(), globals, Some(locals))?,
        (wanted, closure) => exec_closure(h, code, globals, wanted, closure)?,
    };
    Ok(Value::NONE)
}

/// Runs a function's code with the cells that it needs.
fn exec_closure(h: &mut Held, code: &Obj<Code>, globals: Ref<Dict>, wanted: usize, closure: Option<&Value>) -> R {
    let cells = closure.and_then(|closure| closure.exactly::<Tuple>()).map(|closure| closure.items());
    let fits =
        cells.is_some_and(|cells| cells.len() == wanted && cells.iter().all(|c| c.downcast::<SharedCell>().is_some()));
    let Some(closure) = closure.filter(|_| fits) else {
        return Err(h.type_error(format!("code object requires a closure of exactly length {wanted}")));
    };
    let function = h.new_function(code.to_ref(), globals, closure.clone());
    h.call(function.value(), &[])
}

fn is_mapping(h: &Held, value: &Value) -> bool {
    h.special(value, n::__getitem__).is_some()
}

/// The namespaces to run in; the builtins are entered in the globals if they are not there.
fn namespaces(h: &mut Held, globals: Option<&Value>, locals: Option<&Value>) -> R<(Ref<Dict>, Value)> {
    let (globals, default_locals) = match globals.and_then(|globals| globals.downcast::<Dict>()) {
        Some(globals) => (globals.to_ref(), None),
        None => match h.running_globals() {
            Some(running) => (running, Some(h.running_locals()?)),
            None => return Err(h.error(Exc::SystemError, "globals and locals cannot be NULL")),
        },
    };
    if globals.get_str(h, n::__builtins__.value()).is_none() {
        let builtins = h.builtins().into_value();
        globals.set_str(h, n::__builtins__.value(), builtins);
    }
    let locals = locals.cloned().or(default_locals).unwrap_or_else(|| globals.value().clone());
    Ok((globals, locals))
}

fn import(h: &mut Held, args: Args<'_>) -> R {
    if args[0].downcast::<Str>().is_none() {
        return Err(h.type_error("module name must be a string"));
    }
    let level = match args.opt(4) {
        Some(level) => h.to_isize(level)?,
        None => 0,
    };
    let Ok(level) = usize::try_from(level) else { return Err(h.value_error("level must be >= 0")) };
    let globals = args.opt(1).cloned().unwrap_or(Value::NONE);
    let fromlist = args.opt(3).cloned().unwrap_or(Value::NONE);
    if level == 0
        && fromlist.is_none()
        && let Some(module) = h.already_imported(&args[0])?
    {
        return Ok(module);
    }
    h.import_statement(&text_of(&args[0]), &globals, &fromlist, level)
}
