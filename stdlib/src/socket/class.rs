//! `_socket.socket`: a descriptor with its family, kind, protocol and timeout.
//!
//! In: what the socket is to be, or a descriptor. Out: its methods but those that carry data (see `transfer`). The one invariant: `fd` is
//! -1 exactly when the socket is closed or detached; the descriptor blocks exactly if `timeout` is negative.

use super::address::{of_value, to_value};
use super::call::{For, Patience, call, connect};
use crate::io::args;
use crate::io::raise::system;
use crate::native::{made, this};
use crate::syscall::{self, files, sockets};
use interpreter::objects::bytes::Bytes;
use interpreter::objects::class::Class;
use interpreter::objects::descriptor::{Attr, field, getter};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::Word;
use std::io::Error;
use std::sync::atomic::{AtomicI64, Ordering};

/// The data of a socket.
pub struct Socket {
    pub fd: Word<i32>,
    pub family: Word<i32>,
    kind: Word<i32>,
    protocol: Word<i32>,
    /// Nanoseconds, or -1 for no limit.
    pub timeout: Word<i64>,
}

interpreter::object!(Socket, "socket");

impl Drop for Socket {
    fn drop(&mut self) {
        if self.fd.get() >= 0 {
            let _ = syscall::close(self.fd.get());
        }
    }
}

/// The timeout of new sockets.
pub static DEFAULT_TIMEOUT: AtomicI64 = AtomicI64::new(-1);

static NEW: Def = def("__new__", "*args, **kwargs", |h, args| {
    let data = Socket {
        fd: Word::new(-1),
        family: Word::new(0),
        kind: Word::new(0),
        protocol: Word::new(0),
        timeout: Word::new(-1),
    };
    made(h, args, data)
});

static METHODS: [Def; 20] = [
    def("__init__", "family=-1, type=-1, proto=-1, fileno=None", init),
    def("__repr__", "", repr),
    def("__del__", "", finalize),
    def("_accept", "", accept),
    def("bind", "address, /", |h, args| {
        let (socket, to) = target(h, args, "bind")?;
        let fd = socket.fd.get();
        system(h, || sockets::bind(fd, &to)).map(|()| Value::NONE)
    }),
    def("close", "", |h, args| close(h, args.this())),
    def("connect", "address, /", |h, args| {
        let (socket, to) = target(h, args, "connect")?;
        match connect(h, socket, &to)? {
            Ok(()) => Ok(Value::NONE),
            Err(error) => Err(h.os_error(error, None)),
        }
    }),
    def("connect_ex", "address, /", connect_ex),
    def("detach", "", |h, args| {
        let fd = args.this::<Socket>().fd.replace(-1);
        Ok(h.new_int(fd.into()))
    }),
    def("fileno", "", |h, args| {
        let fd = args.this::<Socket>().fd.get();
        Ok(h.new_int(fd.into()))
    }),
    def("getpeername", "", |h, args| name(h, args, sockets::peer_name)),
    def("getsockname", "", |h, args| name(h, args, sockets::own_name)),
    def("getsockopt", "level, optname, buflen=0, /", get_option),
    def("setsockopt", "level, optname, value, optlen=None, /", set_option),
    def("listen", "backlog=128, /", |h, args| {
        let backlog = args.opt(1).map_or(Ok(128), |backlog| args::int(h, backlog))?.max(0);
        let fd = args.this::<Socket>().fd.get();
        system(h, || sockets::listen(fd, backlog)).map(|()| Value::NONE)
    }),
    def("setblocking", "flag, /", |h, args| {
        let blocks = h.truth(&args[1])?;
        set_timeout(h, args.this(), if blocks { -1 } else { 0 })
    }),
    def("getblocking", "", |_, args| Ok(Value::bool(args.this::<Socket>().timeout.get() != 0))),
    def("settimeout", "timeout, /", |h, args| {
        let timeout = timeout_of(h, &args[1])?;
        set_timeout(h, args.this(), timeout)
    }),
    def("gettimeout", "", |h, args| Ok(show_timeout(h, args.this::<Socket>().timeout.get()))),
    def("shutdown", "how, /", |h, args| {
        let (fd, how) = (args.this::<Socket>().fd.get(), args::int(h, &args[1])?);
        system(h, || sockets::shutdown(fd, how)).map(|()| Value::NONE)
    }),
];

static ATTRS: [Attr; 4] = [
    field("family", |h, value| Ok(h.new_int(this::<Socket>(value).family.get().into()))),
    field("type", |h, value| Ok(h.new_int(this::<Socket>(value).kind.get().into()))),
    field("proto", |h, value| Ok(h.new_int(this::<Socket>(value).protocol.get().into()))),
    getter("timeout", |h, value| Ok(show_timeout(h, this::<Socket>(value).timeout.get()))),
];

pub fn make(h: &mut Held, module: &Module) -> Ref<Class> {
    let class = ClassSpec::new::<Socket>(h, "_socket", "socket").constructor(h, &NEW);
    let class = class.methods(h, &METHODS).methods(h, &super::transfer::METHODS).attrs(h, &ATTRS).build(h);
    crate::native::enter(h, module, &class);
    let name = h.intern("SocketType");
    module.dict.set_str(h, &name, class.value().clone());
    class
}

fn init(h: &mut Held, args: Args<'_>) -> R {
    let socket: &Obj<Socket> = args.this();
    let mut numbers = [-1; 3];
    for (i, number) in numbers.iter_mut().enumerate() {
        if let Some(value) = args.opt(i + 1) {
            *number = args::int(h, value)?;
        }
    }
    let [family, kind, protocol] = numbers;
    let fd = match args.opt_some(4) {
        Some(fd) => adopt(h, socket, fd, numbers)?,
        None => {
            let family = if family == -1 { libc::AF_INET } else { family };
            let kind = if kind == -1 { libc::SOCK_STREAM } else { kind };
            let protocol = protocol.max(0);
            let fd = system(h, || sockets::socket(family, kind, protocol))?;
            set_up(socket, [family, kind, protocol]);
            fd
        }
    };
    let old = socket.fd.replace(fd);
    if old >= 0 && old != fd {
        let _ = syscall::close(old);
    }
    if kind != -1 && kind & libc::SOCK_NONBLOCK != 0 {
        socket.timeout.set(0);
        return Ok(Value::NONE);
    }
    match DEFAULT_TIMEOUT.load(Ordering::Relaxed) {
        timeout if timeout >= 0 => set_timeout(h, socket, timeout),
        _ => Ok(Value::NONE),
    }
}

fn set_up(socket: &Socket, [family, kind, protocol]: [i32; 3]) {
    socket.family.set(family);
    socket.kind.set(kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC));
    socket.protocol.set(protocol);
    socket.timeout.set(-1);
}

/// Takes over a descriptor; what is not given (-1) the system tells.
fn adopt(h: &mut Held, socket: &Socket, fd: &Value, [family, kind, protocol]: [i32; 3]) -> R<i32> {
    if fd.as_float().is_some() {
        return Err(h.type_error("integer argument expected, got float"));
    }
    let fd = args::int(h, fd)?;
    if fd < 0 {
        return Err(h.value_error("negative file descriptor"));
    }
    let own = match sockets::own_name(fd) {
        Ok(address) => Some(address.family()),
        Err(error) if family == -1 || matches!(error.raw_os_error(), Some(libc::EBADF | libc::ENOTSOCK)) => {
            return Err(h.os_error(error, None));
        }
        Err(_) => None,
    };
    let family = if family == -1 { own.unwrap_or(libc::AF_UNSPEC) } else { family };
    let mut number = |given: i32, option: i32| match given {
        -1 => system(h, || sockets::get_number(fd, libc::SOL_SOCKET, option)),
        given => Ok(given),
    };
    let (kind, protocol) = (number(kind, libc::SO_TYPE)?, number(protocol, libc::SO_PROTOCOL)?);
    set_up(socket, [family, kind, protocol]);
    Ok(fd)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let socket: &Obj<Socket> = args.this();
    let (fd, family) = (socket.fd.get(), socket.family.get());
    let (kind, protocol) = (socket.kind.get(), socket.protocol.get());
    Ok(h.new_str(&format!("<socket object, fd={fd}, family={family}, type={kind}, proto={protocol}>")))
}

/// Closes a socket whose last reference went, with a warning.
fn finalize(h: &mut Held, args: Args<'_>) -> R {
    let socket: &Obj<Socket> = args.this();
    if socket.fd.get() >= 0 {
        crate::warnings_::unclosed(h, "unclosed", &args[0], &args[0]);
        close(h, socket)?;
    }
    Ok(Value::NONE)
}

fn close(h: &mut Held, socket: &Obj<Socket>) -> R {
    let fd = socket.fd.replace(-1);
    if fd >= 0 {
        match h.detach(|| syscall::close(fd)) {
            Err(error) if error.raw_os_error() != Some(libc::ECONNRESET) => return Err(h.os_error(error, None)),
            _ => {}
        }
    }
    Ok(Value::NONE)
}

fn accept(h: &mut Held, args: Args<'_>) -> R {
    let socket: &Obj<Socket> = args.this();
    let (fd, from) = call(h, socket, For::Reading, Patience::of(socket), sockets::accept)?;
    let pair = [h.new_int(fd.into()), to_value(h, &from)];
    Ok(h.tuple_of(&pair))
}

fn target<'a>(h: &mut Held, args: Args<'a>, function: &str) -> R<(&'a Obj<Socket>, sockets::Address)> {
    let socket: &Obj<Socket> = args.this();
    let to = of_value(h, socket.family.get(), &args[1], function)?;
    Ok((socket, to))
}

fn connect_ex(h: &mut Held, args: Args<'_>) -> R {
    let (socket, to) = target(h, args, "connect_ex")?;
    let errno = match connect(h, socket, &to) {
        Ok(Ok(())) => 0,
        Ok(Err(error)) => error.raw_os_error().unwrap_or(0),
        Err(raised) if raised.is(Exc::TimeoutError) => libc::EAGAIN,
        Err(raised) => return Err(raised),
    };
    Ok(h.new_int(errno.into()))
}

fn name(h: &mut Held, args: Args<'_>, ask: fn(i32) -> std::io::Result<sockets::Address>) -> R {
    let fd = args.this::<Socket>().fd.get();
    let address = system(h, || ask(fd))?;
    Ok(to_value(h, &address))
}

fn get_option(h: &mut Held, args: Args<'_>) -> R {
    let fd = args.this::<Socket>().fd.get();
    let (level, option) = (args::int(h, &args[1])?, args::int(h, &args[2])?);
    match args.opt(3).map_or(Ok(0), |len| args::int(h, len))? {
        0 => {
            let value = system(h, || sockets::get_number(fd, level, option))?;
            Ok(h.new_int(value.into()))
        }
        len if (1..=1024).contains(&len) => {
            let mut value = vec![0; len as usize];
            let n = system(h, || sockets::get_option(fd, level, option, &mut value))?;
            Ok(h.new_bytes(&value[..n]))
        }
        _ => Err(h.error(Exc::OSError, "getsockopt buflen out of range")),
    }
}

fn set_option(h: &mut Held, args: Args<'_>) -> R {
    let fd = args.this::<Socket>().fd.get();
    let (level, option, value) = (args::int(h, &args[1])?, args::int(h, &args[2])?, &args[3]);
    if let Some(len) = args.opt_some(4) {
        if !value.is_none() {
            return Err(h.type_error("socket option should be None when optlen is given"));
        }
        let len = args::offset(h, len)? as u32;
        return system(h, || sockets::set_option_length(fd, level, option, len)).map(|()| Value::NONE);
    }
    if value.is_none() {
        return Err(h.type_error("socket option should be integer, bytes-like object or None"));
    }
    let data = match value.downcast::<Bytes>().is_some() || h.is_buffer(value) {
        true => args::bytes(h, value)?,
        false => args::int(h, value)?.to_ne_bytes().to_vec(),
    };
    system(h, || sockets::set_option(fd, level, option, &data)).map(|()| Value::NONE)
}

/// Nanoseconds of a timeout, -1 for `None`.
pub fn timeout_of(h: &mut Held, value: &Value) -> R<i64> {
    if value.is_none() {
        return Ok(-1);
    }
    let nanoseconds = crate::time::to_nanoseconds(h, value, f64::ceil)?;
    if nanoseconds < 0 { Err(h.value_error("Timeout value out of range")) } else { Ok(nanoseconds) }
}

pub fn show_timeout(h: &Held, timeout: i64) -> Value {
    if timeout < 0 { Value::NONE } else { h.new_float(timeout as f64 / 1e9) }
}

fn set_timeout(h: &mut Held, socket: &Obj<Socket>, timeout: i64) -> R {
    let fd = socket.fd.get();
    system(h, || set_blocking(fd, timeout < 0))?;
    socket.timeout.set(timeout);
    Ok(Value::NONE)
}

fn set_blocking(fd: i32, blocking: bool) -> Result<(), Error> {
    let flags = files::get_flags(fd, libc::F_GETFL)?;
    let wanted = if blocking { flags & !libc::O_NONBLOCK } else { flags | libc::O_NONBLOCK };
    if wanted == flags { Ok(()) } else { files::set_flags(fd, libc::F_SETFL, wanted) }
}
