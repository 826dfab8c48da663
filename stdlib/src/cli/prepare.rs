//! What every program finds at its start.
//!
//! In: what the command line asks of the standard files. Out: these, and `open`, `print` and `input` among the builtins. The
//! one invariant: it is done before the program's first line.

use crate::io::print;
use crate::io::standard::{self, Wishes};
use interpreter::builtins::{add_functions, order};
use interpreter::objects::module::Module;
use interpreter::runtime::config;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

pub fn prepare(h: &mut Held, wishes: Wishes) -> R<()> {
    standard::install(h, wishes)?;
    let module = h.import_module("builtins")?;
    if let Some(builtins) = module.downcast::<Module>() {
        add_functions(h, builtins, &print::FUNCTIONS);
        let io = h.import_module("_io")?;
        let open = h.intern("open");
        let function = h.get_attr(&io, &open)?;
        builtins.dict.set_str(h, &open, function);
        order(h, builtins);
    }
    if !config::get().warnoptions.is_empty() {
        h.import_module("warnings")?;
    }
    if config::flag("dev_mode") > 0 || config::xoption("faulthandler") {
        let faulthandler = h.import_module("faulthandler")?;
        let enable = h.intern("enable");
        h.call_method_named(&faulthandler, &enable, &[])?;
    }
    interpreter::runtime::signals::on_quit(h, crate::faulthandler::show_on_quit);
    h.note_start();
    Ok(())
}
