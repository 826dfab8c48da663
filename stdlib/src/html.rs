//! The module `_html`: what `html` and `bs4` need of HTML.
//!
//! In: HTML as text. Out: the names of characters; the tree that a browser would make, as a list of its parts. The one invariant: a text
//! is parsed without the GIL.

#[cfg(feature = "html5")]
mod tree;

use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_html");
    let names = h.new_dict();
    for entity in entities::ENTITIES.iter() {
        let name = h.new_str(entity.entity.trim_start_matches('&'));
        let text = h.new_str(entity.characters);
        names.set(h, name, text)?;
    }
    let name = h.intern("html5");
    module.dict.set_str(h, &name, names.into_value());
    #[cfg(feature = "html5")]
    interpreter::builtins::add_functions(h, &module, &parser::FUNCTIONS);
    Ok(module)
}

#[cfg(feature = "html5")]
mod parser {
    use super::tree::{self, Part};
    use interpreter::objects::function::Args;
    use interpreter::objects::str::Str;
    use interpreter::objects::value::Value;
    use interpreter::runtime::error::R;
    use interpreter::runtime::signature::{Def, def};
    use interpreter::sync::Held;

    pub static FUNCTIONS: [Def; 1] = [def("parse", "text, /", parse)];

    /// `("start", name, attributes)`, `("end",)`, `("text", text)`, `("comment", text)`, `("doctype", name, public, system)`.
    fn parse(h: &mut Held, args: Args<'_>) -> R {
        let Some(text) = args[0].downcast::<Str>() else {
            let got = args[0].class_name();
            return Err(h.type_error(format!("parse() argument must be str, not {got}")));
        };
        let text = text.text();
        let parts = h.detach_for(interpreter::sync::reason::Reason::Native, || tree::parse(&text));
        let parts = parts.iter().map(|part| show(h, part)).collect();
        Ok(h.new_list(parts))
    }

    fn show(h: &mut Held, part: &Part) -> Value {
        let strings = |h: &mut Held, all: &[&str]| -> Value {
            let all = all.iter().map(|text| h.new_str(text)).collect();
            h.new_tuple(all)
        };
        match part {
            Part::End => strings(h, &["end"]),
            Part::Text(text) => strings(h, &["text", text]),
            Part::Comment(text) => strings(h, &["comment", text]),
            Part::Doctype(name, public, system) => strings(h, &["doctype", name, public, system]),
            Part::Start(name, attributes) => {
                let pairs = attributes.iter().map(|(key, value)| strings(h, &[key, value])).collect();
                let items = [h.new_str("start"), h.new_str(name), h.new_list(pairs)];
                h.tuple_of(&items)
            }
        }
    }
}
