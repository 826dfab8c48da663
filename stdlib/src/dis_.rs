//! The module `_dis`: a code object's instructions as text.
//!
//! In: a code object. Out: what `toy dis` shows of it and of the functions inside. The one invariant: the text is of the code that the
//! same source compiles to now, which is the code that runs: compiling depends on nothing else.

use interpreter::builtins::add_functions;
use interpreter::compiler::bytecode::dis;
use interpreter::compiler::bytecode::proto::{Const, Proto, flags};
use interpreter::compiler::{self, Mode};
use interpreter::objects::code::Code;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::str::text_of;
use interpreter::runtime::config;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::syntax;

static FUNCTIONS: [Def; 1] = [def("text", "code, /", |h, args| {
    let Some(code) = args[0].downcast::<Code>() else { return Err(h.type_error("a code object is needed")) };
    match text(code) {
        Some(text) => Ok(h.new_str(&text)),
        None => Err(h.value_error("the code cannot be found in its source")),
    }
})];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_dis");
    add_functions(h, &module, &FUNCTIONS);
    Ok(module)
}

fn text(code: &Code) -> Option<String> {
    let source = code.source.clone();
    let optimize = config::flag("optimize") as u8;
    let (qualname, line) = (text_of(&code.qualname), code.firstlineno);
    let modes =
        if code.flags & flags::NAMESPACE != 0 { [Mode::Exec, Mode::Single] } else { [Mode::Module, Mode::Exec] };
    modes.into_iter().find_map(|mode| {
        let (module, _) = syntax::parse_module(&source).ok()?;
        let proto = compiler::compile_optimized(&module, source.clone(), mode, optimize).ok()?;
        find(&proto, &qualname, line, code.code.len()).map(dis::dis)
    })
}

/// The unit of that name and place, of as many words.
fn find<'a>(proto: &'a Proto, qualname: &str, line: u32, words: usize) -> Option<&'a Proto> {
    if &*proto.qualname == qualname && proto.firstlineno == line && proto.code.len() == words {
        return Some(proto);
    }
    proto.consts.iter().find_map(|constant| match constant {
        Const::Code(inner) => find(inner, qualname, line, words),
        _ => None,
    })
}
