//! Sending and receiving.
//!
//! In: bytes, or room for them. Out: bytes, or how many were carried. The one invariant: bytes are copied out of objects before a call
//! waits, unless they belong to a `bytes`, which does not change.

use super::address::{of_value, to_value};
use super::call::{For, Patience, call};
use super::class::Socket;
use super::control;
use crate::io::args;
use crate::syscall::sockets;
use interpreter::objects::bytes::Bytes;
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub static METHODS: [Def; 10] = [
    def("recv", "buffersize, flags=0, /", receive),
    def("recv_into", "buffer, nbytes=0, flags=0", |h, args| receive_into(h, args, false)),
    def("recvfrom", "buffersize, flags=0, /", receive_from),
    def("recvfrom_into", "buffer, nbytes=0, flags=0", |h, args| receive_into(h, args, true)),
    def("recvmsg", "bufsize, ancbufsize=0, flags=0, /", receive_message),
    def("recvmsg_into", "buffers, ancbufsize=0, flags=0, /", receive_message_into),
    def("send", "data, flags=0, /", |h, args| send(h, args, false)),
    def("sendall", "data, flags=0, /", |h, args| send(h, args, true)),
    def("sendto", "data, flags_or_address, address=None, /", send_to),
    def("sendmsg", "buffers, ancdata=(), flags=0, address=None, /", send_message),
];

/// A C `int` that may be left out.
fn flags(h: &mut Held, value: Option<&Value>) -> R<i32> {
    value.map_or(Ok(0), |value| args::int(h, value))
}

/// How many bytes to receive at most.
fn length(h: &mut Held, value: &Value, function: &str) -> R<usize> {
    match usize::try_from(h.to_isize(value)?) {
        Ok(len) => Ok(len),
        Err(_) => Err(h.value_error(format!("negative buffersize in {function}"))),
    }
}

fn room(h: &Held, len: usize) -> R<Vec<u8>> {
    let mut data = Vec::new();
    match data.try_reserve(len) {
        Ok(()) if len <= 1 << 40 => Ok(data),
        _ => Err(h.memory_error()),
    }
}

fn receive(h: &mut Held, args: Args<'_>) -> R {
    let socket: &Obj<Socket> = args.this();
    let (len, flags) = (length(h, &args[1], "recv")?, flags(h, args.opt(2))?);
    let mut data = room(h, len)?;
    call(h, socket, For::Reading, Patience::of(socket), |fd| sockets::receive(fd, &mut data, len, flags))?;
    Ok(h.new_bytes(&data))
}

fn receive_from(h: &mut Held, args: Args<'_>) -> R {
    let socket: &Obj<Socket> = args.this();
    let (len, flags) = (length(h, &args[1], "recvfrom")?, flags(h, args.opt(2))?);
    let mut data = room(h, len)?;
    let patience = Patience::of(socket);
    let (_, from) = call(h, socket, For::Reading, patience, |fd| sockets::receive_from(fd, &mut data, len, flags))?;
    let pair = [h.new_bytes(&data), to_value(h, &from)];
    Ok(h.tuple_of(&pair))
}

/// Into the start of an object, with or without the sender.
fn receive_into(h: &mut Held, args: Args<'_>, with_sender: bool) -> R {
    let socket: &Obj<Socket> = args.this();
    let function = if with_sender { "recvfrom_into" } else { "recv_into" };
    let there = args::room(h, function, &args[1])?;
    let wanted = args.opt(2).map_or(Ok(0), |len| length(h, len, function))?;
    let flags = flags(h, args.opt(3))?;
    if wanted > there {
        let message = match with_sender {
            true => "nbytes is greater than the length of the buffer",
            false => "buffer too small for requested bytes",
        };
        return Err(h.value_error(message));
    }
    let len = if wanted == 0 { there } else { wanted };
    let mut data = room(h, len)?;
    let patience = Patience::of(socket);
    if !with_sender {
        call(h, socket, For::Reading, patience, |fd| sockets::receive(fd, &mut data, len, flags))?;
        args::fill(h, &args[1], &data)?;
        return Ok(h.new_int(data.len() as i64));
    }
    let (_, from) = call(h, socket, For::Reading, patience, |fd| sockets::receive_from(fd, &mut data, len, flags))?;
    args::fill(h, &args[1], &data)?;
    let pair = [h.new_int(data.len() as i64), to_value(h, &from)];
    Ok(h.tuple_of(&pair))
}

/// The bytes of a `bytes` as they are, a copy of others'.
enum Data<'a> {
    Own(&'a [u8]),
    Copy(Vec<u8>),
}

impl Data<'_> {
    fn of<'a>(h: &mut Held, value: &'a Value) -> R<Data<'a>> {
        match value.downcast::<Bytes>() {
            Some(bytes) => Ok(Data::Own(&bytes.data)),
            None => args::bytes(h, value).map(Data::Copy),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Data::Own(bytes) => bytes,
            Data::Copy(bytes) => bytes,
        }
    }
}

fn send(h: &mut Held, args: Args<'_>, all: bool) -> R {
    let socket: &Obj<Socket> = args.this();
    let data = Data::of(h, &args[1])?;
    let flags = flags(h, args.opt(2))?;
    let patience = Patience::of(socket);
    let mut rest = data.bytes();
    loop {
        let n = call(h, socket, For::Writing, patience, |fd| sockets::send(fd, rest, flags))?;
        if !all {
            return Ok(h.new_int(n as i64));
        }
        rest = &rest[n.min(rest.len())..];
        if rest.is_empty() {
            return Ok(Value::NONE);
        }
        h.check_signals()?;
    }
}

fn send_to(h: &mut Held, args: Args<'_>) -> R {
    let socket: &Obj<Socket> = args.this();
    let data = Data::of(h, &args[1])?;
    let (flags, to) = match args.opt(3) {
        Some(to) => (args::int(h, &args[2])?, to),
        None => (0, &args[2]),
    };
    let to = of_value(h, socket.family.get(), to, "sendto")?;
    let n = call(h, socket, For::Writing, Patience::of(socket), |fd| sockets::send_to(fd, data.bytes(), flags, &to))?;
    Ok(h.new_int(n as i64))
}

fn send_message(h: &mut Held, args: Args<'_>) -> R {
    let socket: &Obj<Socket> = args.this();
    let mut data = Vec::new();
    let Ok(buffers) = h.collect(&args[1]) else {
        return Err(h.type_error("sendmsg() argument 1 must be iterable"));
    };
    for buffer in buffers {
        data.extend(args::bytes(h, &buffer)?);
    }
    let control = match args.opt(2) {
        Some(items) => control::of_value(h, items)?,
        None => Vec::new(),
    };
    let flags = flags(h, args.opt(3))?;
    let to = match args.opt_some(4) {
        Some(to) => Some(of_value(h, socket.family.get(), to, "sendmsg")?),
        None => None,
    };
    let n = call(h, socket, For::Writing, Patience::of(socket), |fd| {
        sockets::send_message(fd, &data, &control, flags, to.as_ref())
    })?;
    Ok(h.new_int(n as i64))
}

fn received(h: &mut Held, args: Args<'_>, len: usize, function: &str) -> R<(Vec<u8>, [Value; 3])> {
    let socket: &Obj<Socket> = args.this();
    let control = args.opt(2).map_or(Ok(0), |len| h.to_isize(len))?;
    if !(0..=1 << 20).contains(&control) {
        return Err(h.value_error(format!("invalid ancillary data buffer length in {function}()")));
    }
    drop(room(h, len)?);
    let flags = flags(h, args.opt(3))?;
    let got = call(h, socket, For::Reading, Patience::of(socket), |fd| {
        sockets::receive_message(fd, len, control as usize, flags)
    })?;
    let from = to_value(h, &got.from);
    let rest = [control::to_value(h, &got.control), h.new_int(got.flags.into()), from];
    Ok((got.data, rest))
}

fn receive_message(h: &mut Held, args: Args<'_>) -> R {
    let Ok(len) = usize::try_from(h.to_isize(&args[1])?) else {
        return Err(h.value_error("negative buffer size in recvmsg()"));
    };
    let (data, [control, flags, from]) = received(h, args, len, "recvmsg")?;
    let all = [h.new_bytes(&data), control, flags, from];
    Ok(h.tuple_of(&all))
}

fn receive_message_into(h: &mut Held, args: Args<'_>) -> R {
    let Ok(buffers) = h.collect(&args[1]) else {
        return Err(h.type_error("recvmsg_into() argument 1 must be an iterable"));
    };
    let mut sizes = Vec::new();
    for buffer in &buffers {
        sizes.push(args::room(h, "recvmsg_into", buffer)?);
    }
    let (data, [control, flags, from]) = received(h, args, sizes.iter().sum(), "recvmsg_into")?;
    let mut rest = &data[..];
    for (buffer, size) in buffers.iter().zip(sizes) {
        let (piece, after) = rest.split_at(size.min(rest.len()));
        args::fill(h, buffer, piece)?;
        rest = after;
    }
    let all = [h.new_int(data.len() as i64), control, flags, from];
    Ok(h.tuple_of(&all))
}
