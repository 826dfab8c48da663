//! The module `_socket`: the network, for `socket`.
//!
//! In: addresses, bytes, options. Out: the same, or OSError and its children. The one invariant: a call that may wait gives up the GIL
//! and holds nothing of the machine meanwhile.
//!
//! - `class`: the socket; `transfer`: its data, `control`: what goes beside it; `call`: waiting
//! - `address`: addresses; `lookup`: names of hosts and services; `constants`; `error`

mod address;
mod call;
mod class;
mod constants;
mod control;
mod error;
mod lookup;
mod transfer;

use crate::io::args;
use crate::io::raise::system;
use crate::syscall::{self, files, sockets};
use interpreter::builtins::add_functions;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use std::sync::atomic::Ordering;

static FUNCTIONS: [Def; 12] = [
    def("socketpair", "family=AF_UNIX, type=SOCK_STREAM, proto=0, /", pair),
    def("dup", "fd, /", |h, args| {
        let fd = args::int(h, &args[0])?;
        let new = system(h, || files::dup(fd))?;
        Ok(h.new_int(new.into()))
    }),
    def("close", "fd, /", |h, args| {
        let fd = args::int(h, &args[0])?;
        match h.detach(|| syscall::close(fd)) {
            Err(error) if error.raw_os_error() != Some(libc::ECONNRESET) => Err(h.os_error(error, None)),
            _ => Ok(Value::NONE),
        }
    }),
    def("getdefaulttimeout", "", |h, _| Ok(class::show_timeout(h, class::DEFAULT_TIMEOUT.load(Ordering::Relaxed)))),
    def("setdefaulttimeout", "timeout, /", |h, args| {
        let timeout = class::timeout_of(h, &args[0])?;
        class::DEFAULT_TIMEOUT.store(timeout, Ordering::Relaxed);
        Ok(Value::NONE)
    }),
    def("ntohs", "x, /", |h, args| short(h, args, "ntohs")),
    def("htons", "x, /", |h, args| short(h, args, "htons")),
    def("ntohl", "x, /", long),
    def("htonl", "x, /", long),
    def("CMSG_LEN", "length, /", |h, args| space(h, args, control::entry_length, "CMSG_LEN")),
    def("CMSG_SPACE", "length, /", |h, args| space(h, args, control::entry_space, "CMSG_SPACE")),
    def("if_nameindex", "", |h, _| {
        let all = sockets::interfaces().into_iter().map(|(number, name)| {
            let pair = [h.new_int(number.into()), crate::io::path::decode(h, &name)];
            h.tuple_of(&pair)
        });
        let all = all.collect();
        Ok(h.new_list(all))
    }),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_socket");
    add_functions(h, &module, &FUNCTIONS);
    add_functions(h, &module, &lookup::FUNCTIONS);
    class::make(h, &module);
    error::init(h, &module)?;
    constants::init(h, &module);
    Ok(module)
}

fn pair(h: &mut Held, args: Args<'_>) -> R {
    let family = args.opt(0).map_or(Ok(libc::AF_UNIX), |family| args::int(h, family))?;
    let kind = args.opt(1).map_or(Ok(libc::SOCK_STREAM), |kind| args::int(h, kind))?;
    let protocol = args.opt(2).map_or(Ok(0), |protocol| args::int(h, protocol))?;
    let ends = system(h, || sockets::pair(family, kind, protocol))?;
    let module = h.import_module("_socket")?;
    let class = h.intern("socket");
    let class = h.get_attr(&module, &class)?;
    let numbers = [family, kind, protocol].map(|number| h.new_int(number.into()));
    let mut made = Vec::new();
    for fd in ends {
        let [family, kind, protocol] = numbers.clone();
        let fd = h.new_int(fd.into());
        made.push(h.call(&class, &[family, kind, protocol, fd])?);
    }
    Ok(h.new_tuple(made))
}

/// The order of the net is "big end first".
fn short(h: &mut Held, args: Args<'_>, function: &str) -> R {
    let x = args::int(h, &args[0])?;
    match u16::try_from(x) {
        Ok(x) => Ok(h.new_int(x.to_be().into())),
        Err(_) if x < 0 => {
            Err(h.overflow_error(format!("{function}: can't convert negative Python int to C 16-bit unsigned integer")))
        }
        Err(_) => {
            Err(h.overflow_error(format!("{function}: Python int too large to convert to C 16-bit unsigned integer")))
        }
    }
}

fn long(h: &mut Held, args: Args<'_>) -> R {
    if args[0].as_int().is_none() {
        let got = args[0].class_name();
        return Err(h.type_error(format!("expected int, {got} found")));
    }
    let index = h.index(&args[0])?;
    match index.as_int().and_then(|x| x.to_i64()) {
        Some(x) if x < 0 => Err(h.overflow_error("can't convert negative value to unsigned int")),
        Some(x) => match u32::try_from(x) {
            Ok(x) => Ok(h.new_int(x.to_be().into())),
            Err(_) => Err(h.overflow_error("int larger than 32 bits")),
        },
        None => Err(h.overflow_error("Python int too large to convert to C unsigned long")),
    }
}

fn space(h: &mut Held, args: Args<'_>, size: fn(usize) -> usize, function: &str) -> R {
    match u32::try_from(h.to_isize_clamped(&args[0])?).map(|len| size(len as usize)) {
        Ok(size) if size <= i32::MAX as usize => Ok(h.new_int(size as i64)),
        _ => Err(h.overflow_error(format!("{function}() argument out of range"))),
    }
}
