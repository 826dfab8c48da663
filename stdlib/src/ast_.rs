//! The module `_ast`: syntax trees as objects.
//!
//! In: program text and the namespace with the classes of nodes. Out: a tree of instances of these classes. The one invariant: the
//! tree is what the machine itself compiles; the module only copies it.

use interpreter::builtins::add_functions;
use interpreter::compiler::literal;
use interpreter::objects::bytes::{ByteArray, Bytes};
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::module::Module;
use interpreter::objects::str::{Str, text_of};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::syntax::tree::{self, Doc};
use interpreter::syntax::{self, Source, Span, SyntaxError};
use std::collections::HashMap;

static FUNCTIONS: [Def; 1] = [def("parse", "source, filename, mode, classes, /", parse)];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_ast");
    add_functions(h, &module, &FUNCTIONS);
    Ok(module)
}

fn parse(h: &mut Held, args: Args<'_>) -> R {
    let filename = text_of(&args[1]);
    let text = source_text(h, &args[0], &filename)?;
    let Some(classes) = args[3].downcast::<Dict>() else { return Err(h.type_error("classes must be a dict")) };
    let mode = text_of(&args[2]);
    let text = if mode == "eval" { text.trim_start_matches([' ', '\t']) } else { &text };
    let source = Source::new(&filename, text);
    let tree = match doc(&mode, &source) {
        Some(Ok(tree)) => tree,
        Some(Err(error)) => return Err(h.syntax_error(&error, &filename)),
        None => return Err(h.value_error("compile() mode must be 'exec', 'eval', 'single' or 'func_type'")),
    };
    Builder { source: &source, classes, leaves: HashMap::new() }.value(h, &tree)
}

fn source_text(h: &mut Held, source: &Value, filename: &str) -> R<String> {
    if let Some(text) = source.downcast::<Str>() {
        return Ok(text.text());
    }
    let bytes = match (source.downcast::<Bytes>(), source.downcast::<ByteArray>()) {
        (Some(bytes), _) => bytes.data.to_vec(),
        (_, Some(bytes)) => bytes.data.read(h, |data| data.to_vec()),
        _ => return Err(h.type_error("compile() arg 1 must be a string, bytes or AST object")),
    };
    h.decode_source(&bytes, filename)
}

/// The tree in the mode; nothing if there is no such mode.
fn doc(mode: &str, source: &Source) -> Option<Result<Doc, SyntaxError>> {
    Some(match mode {
        "exec" => syntax::parse_module(source).map(|(module, _)| tree::module("Module", &module, source)),
        "single" => syntax::parse_interactive(source).map(|parsed| tree::module("Interactive", &parsed.module, source)),
        "eval" => syntax::parse_expression(source).map(|(expr, _)| tree::expression(&expr, source)),
        _ => return None,
    })
}

struct Builder<'a> {
    source: &'a Source,
    classes: &'a Obj<Dict>,
    /// Nodes without fields and places (operators, contexts): one of each.
    leaves: HashMap<&'static str, Value>,
}

impl Builder<'_> {
    fn value(&mut self, h: &mut Held, doc: &Doc) -> R {
        Ok(match doc {
            Doc::None => Value::NONE,
            Doc::Number(number) => h.new_int(*number),
            Doc::Text(text) => h.new_str(text),
            Doc::Constant(value) => h.constant_of(&literal(value)),
            Doc::List(items) => {
                let items = items.iter().map(|item| self.value(h, item)).collect::<R<Vec<Value>>>()?;
                h.new_list(items)
            }
            Doc::Node { name, fields, span } => match self.leaves.get(name) {
                Some(leaf) => leaf.clone(),
                None => self.node(h, name, fields, *span)?,
            },
        })
    }

    fn node(&mut self, h: &mut Held, name: &'static str, fields: &[(&'static str, Doc)], span: Option<Span>) -> R {
        h.check_native_stack(" during ast construction")?;
        let class = h.intern(name);
        let Some(class) = self.classes.get_str(h, &class) else {
            return Err(h.runtime_error(format!("there is no class for {name} nodes")));
        };
        let node = h.call(&class, &[])?;
        for (field, doc) in fields {
            let value = self.value(h, doc)?;
            let field = h.intern(field);
            h.set_attr(&node, &field, value)?;
        }
        match span {
            Some(span) => self.place(h, &node, span)?,
            None if fields.is_empty() => drop(self.leaves.insert(name, node.clone())),
            None => (),
        }
        Ok(node)
    }

    /// Lines from 1, columns in bytes.
    fn place(&self, h: &mut Held, node: &Value, span: Span) -> R<()> {
        let (line, end_line) = (self.source.line(span.start), self.source.line(span.end));
        let column = |at: u32, line: u32| (at - self.source.line_span(line).start) as i64;
        let places = [
            ("lineno", line as i64),
            ("col_offset", column(span.start, line)),
            ("end_lineno", end_line as i64),
            ("end_col_offset", column(span.end, end_line)),
        ];
        for (name, number) in places {
            let (name, number) = (h.intern(name), h.new_int(number));
            h.set_attr(node, &name, number)?;
        }
        Ok(())
    }
}
