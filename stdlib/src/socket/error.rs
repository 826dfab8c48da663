//! What sockets raise besides OSError.
//!
//! In: failed look-ups. Out: `herror`, `gaierror`. The one invariant: the classes are made once, with the module.

use crate::syscall::sockets::LookupError;
use interpreter::objects::exception::Exc;
use interpreter::objects::global::Global;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::sync::Held;

static GAI: Global<Option<Value>> = Global::new(None);
static HOST: Global<Option<Value>> = Global::new(None);

pub fn init(h: &mut Held, module: &Module) -> R<()> {
    for (place, name) in [(&GAI, "gaierror"), (&HOST, "herror")] {
        let class = exception(h, name)?;
        place.write(h, |own| *own = Some(class.clone()));
        let name = h.intern(name);
        module.dict.set_str(h, &name, class);
    }
    for (name, class) in [("error", Exc::OSError), ("timeout", Exc::TimeoutError)] {
        let name = h.intern(name);
        module.dict.set_str(h, &name, class.class().value().clone());
    }
    Ok(())
}

fn exception(h: &mut Held, name: &str) -> R {
    let (name, module) = (h.new_str(name), h.new_str("socket"));
    let namespace = h.new_dict();
    namespace.set_str(h, n::__module__.value(), module);
    let bases = h.tuple_of(&[Exc::OSError.class().value().clone()]);
    h.call(interpreter::objects::core().type_.value(), &[name, bases, namespace.into_value()])
}

fn raise(h: &mut Held, place: &Global<Option<Value>>, code: i32, text: &str) -> Raised {
    let class = place.read(h, Clone::clone).unwrap_or(Value::NONE);
    let items = [h.new_int(code.into()), h.new_str(text)];
    h.call(&class, &items).map_or_else(|raised| raised, Raised::new)
}

#[cold]
pub fn gai_error(h: &mut Held, error: LookupError) -> Raised {
    if error.code == libc::EAI_SYSTEM {
        return h.os_error(std::io::Error::from_raw_os_error(error.errno), None);
    }
    raise(h, &GAI, error.code, &error.text())
}

/// The errors of the older functions for hosts.
#[cold]
pub fn host_error(h: &mut Held, error: LookupError) -> Raised {
    match error.code {
        libc::EAI_NONAME => raise(h, &HOST, 1, "Unknown host"),
        libc::EAI_AGAIN => raise(h, &HOST, 2, "Host name lookup failure"),
        _ => gai_error(h, error),
    }
}

#[cold]
pub fn timed_out(h: &Held) -> Raised {
    h.error(Exc::TimeoutError, "timed out")
}
