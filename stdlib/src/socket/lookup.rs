//! Names of hosts, services and protocols, and addresses as text.
//!
//! In: names or numbers. Out: the other, or `gaierror`, `herror`, OSError. The one invariant: the resolver is asked without the GIL.

use super::address::{c_string, host_bytes, host_value, look_up, of_value, to_value};
use super::error::{gai_error, host_error};
use crate::io::{args, path};
use crate::syscall::sockets::{self, Address};
use crate::syscall::system::uname;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::str::Str;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;
use std::net::{Ipv4Addr, Ipv6Addr};

pub static FUNCTIONS: [Def; 15] = [
    def("getaddrinfo", "host, port, family=0, type=0, proto=0, flags=0", get_addresses),
    def("getnameinfo", "sockaddr, flags, /", get_name),
    def("gethostname", "", |h, _| {
        let [_, node, ..] = crate::io::raise::system(h, uname)?;
        Ok(h.new_str(&node))
    }),
    def("gethostbyname", "hostname, /", |h, args| {
        let name = host_bytes(h, &args[0])?;
        let address = look_up(h, &name, libc::AF_INET)?;
        Ok(host_value(h, &address))
    }),
    def("gethostbyname_ex", "hostname, /", host_by_name),
    def("gethostbyaddr", "host, /", host_by_address),
    def("getservbyname", "servicename, protocolname=None, /", service_by_name),
    def("getservbyport", "port, protocolname=None, /", service_by_port),
    def("getprotobyname", "name, /", |h, args| {
        let name = path::bytes_of(h, &args[0])?;
        match sockets::protocol_of(&name) {
            Some(number) => Ok(h.new_int(number.into())),
            None => Err(h.error(Exc::OSError, "protocol not found")),
        }
    }),
    def("inet_aton", "ip_addr, /", |h, args| {
        let text = text_of(h, &args[0], "inet_aton")?;
        match old_address(&text) {
            Some(address) => Ok(h.new_bytes(&address.octets())),
            None => Err(h.error(Exc::OSError, "illegal IP address string passed to inet_aton")),
        }
    }),
    def("inet_ntoa", "packed_ip, /", |h, args| {
        let bytes = args::bytes(h, &args[0])?;
        match <[u8; 4]>::try_from(bytes) {
            Ok(octets) => Ok(h.new_str(&Ipv4Addr::from(octets).to_string())),
            Err(_) => Err(h.error(Exc::OSError, "packed IP wrong length for inet_ntoa")),
        }
    }),
    def("inet_pton", "address_family, ip_string, /", to_packed),
    def("inet_ntop", "address_family, packed_ip, /", from_packed),
    def("if_nametoindex", "if_name, /", |h, args| {
        let name = path::bytes_of(h, &args[0])?;
        match sockets::interfaces().into_iter().find(|(_, known)| known == name.as_bytes()) {
            Some((number, _)) => Ok(h.new_int(number.into())),
            None => Err(h.error(Exc::OSError, "no interface with this name")),
        }
    }),
    def("if_indextoname", "if_index, /", |h, args| {
        let number = args::offset(h, &args[0])?;
        match sockets::interfaces().into_iter().find(|(known, _)| i64::from(*known) == number) {
            Some((_, name)) => Ok(path::decode(h, &name)),
            None => Err(h.os_error(std::io::Error::from_raw_os_error(libc::ENXIO), None)),
        }
    }),
];

fn text_of(h: &Held, value: &Value, function: &str) -> R<String> {
    match value.downcast::<Str>() {
        Some(text) => Ok(text.text()),
        None => {
            let got = value.class_name();
            Err(h.type_error(format!("{function}() argument 1 must be str, not {got}")))
        }
    }
}

/// One to four numbers, each decimal, octal or hexadecimal; the last fills what is left.
fn old_address(text: &str) -> Option<Ipv4Addr> {
    let text = text.split([' ', '\t', '\n']).next()?;
    let number = |part: &str| match part {
        _ if part.starts_with("0x") || part.starts_with("0X") => u32::from_str_radix(&part[2..], 16).ok(),
        _ if part.len() > 1 && part.starts_with('0') => u32::from_str_radix(&part[1..], 8).ok(),
        _ if part.bytes().all(|byte| byte.is_ascii_digit()) => part.parse().ok(),
        _ => None,
    };
    let parts: Vec<u32> = text.split('.').map(number).collect::<Option<_>>()?;
    let (last, front) = parts.split_last()?;
    if front.len() > 3 || front.iter().any(|&part| part > 255) || u64::from(*last) >= 1u64 << (32 - 8 * front.len()) {
        return None;
    }
    let high = front.iter().enumerate().map(|(i, part)| part << (24 - 8 * i)).sum::<u32>();
    Some(Ipv4Addr::from(high | last))
}

fn to_packed(h: &mut Held, args: Args<'_>) -> R {
    let family = args::int(h, &args[0])?;
    let Some(text) = args[1].downcast::<Str>() else {
        let got = args[1].class_name();
        return Err(h.type_error(format!("inet_pton() argument 2 must be str, not {got}")));
    };
    let text = text.text();
    let bytes = match family {
        libc::AF_INET => text.parse::<Ipv4Addr>().ok().map(|address| address.octets().to_vec()),
        libc::AF_INET6 => text.parse::<Ipv6Addr>().ok().map(|address| address.octets().to_vec()),
        _ => return Err(h.os_error(std::io::Error::from_raw_os_error(libc::EAFNOSUPPORT), None)),
    };
    match bytes {
        Some(bytes) => Ok(h.new_bytes(&bytes)),
        None => Err(h.error(Exc::OSError, "illegal IP address string passed to inet_pton")),
    }
}

fn from_packed(h: &mut Held, args: Args<'_>) -> R {
    let (family, bytes) = (args::int(h, &args[0])?, args::bytes(h, &args[1])?);
    let text = match family {
        libc::AF_INET => <[u8; 4]>::try_from(bytes).ok().map(|octets| Ipv4Addr::from(octets).to_string()),
        libc::AF_INET6 => <[u8; 16]>::try_from(bytes).ok().map(|octets| Ipv6Addr::from(octets).to_string()),
        _ => return Err(h.value_error(format!("unknown address family {family}"))),
    };
    match text {
        Some(text) => Ok(h.new_str(&text)),
        None => Err(h.value_error("invalid length of packed IP address string")),
    }
}

fn get_addresses(h: &mut Held, args: Args<'_>) -> R {
    let host = match &args[0] {
        host if host.is_none() => None,
        host if host.downcast::<Str>().is_some() || h.is_buffer(host) => {
            let host = host_bytes(h, host)?;
            Some(c_string(h, &host)?)
        }
        _ => return Err(h.type_error("getaddrinfo() argument 1 must be string or None")),
    };
    let service = match &args[1] {
        service if service.is_none() => None,
        service if service.as_int().is_some() => {
            let number = h.str_text(service)?;
            Some(c_string(h, number.as_bytes())?)
        }
        service if service.downcast::<Str>().is_some() || h.is_buffer(service) => Some(path::bytes_of(h, service)?),
        _ => return Err(h.error(Exc::OSError, "Int or String expected")),
    };
    let mut hints = [0; 4];
    for (i, hint) in hints.iter_mut().enumerate() {
        *hint = args.opt(2 + i).map_or(Ok(0), |value| args::int(h, value))?;
    }
    let found = match h.detach_for(Reason::Network, || sockets::getaddrinfo(host.as_deref(), service.as_deref(), hints))
    {
        Ok(found) => found,
        Err(error) => return Err(gai_error(h, error)),
    };
    let mut all = Vec::new();
    for one in found {
        let numbers = [one.family, one.kind, one.protocol].map(|number| h.new_int(number.into()));
        let [family, kind, protocol] = numbers;
        let entry = [family, kind, protocol, path::decode(h, &one.canonical), to_value(h, &one.address)];
        all.push(h.tuple_of(&entry));
    }
    Ok(h.new_list(all))
}

fn get_name(h: &mut Held, args: Args<'_>) -> R {
    let flags = args::int(h, &args[1])?;
    let Some(given) = args[0].downcast::<Tuple>() else {
        return Err(h.type_error("getnameinfo() argument 1 must be a tuple"));
    };
    let items = given.items();
    if !(2..=4).contains(&items.len()) || items[0].downcast::<Str>().is_none() {
        return Err(h.type_error("getnameinfo(): illegal sockaddr argument"));
    }
    let host = host_bytes(h, &items[0])?;
    let host = c_string(h, &host)?;
    let hints = [libc::AF_UNSPEC, libc::SOCK_DGRAM, 0, libc::AI_NUMERICHOST];
    let family = match h.detach_for(Reason::Network, || sockets::getaddrinfo(Some(&host), Some(c"0"), hints)) {
        Ok(found) => found.first().map_or(libc::AF_INET, |first| first.family),
        Err(error) => return Err(gai_error(h, error)),
    };
    if family == libc::AF_INET && items.len() != 2 {
        return Err(h.error(Exc::OSError, "IPv4 sockaddr must be 2 tuple"));
    }
    let address = of_value(h, family, &args[0], "getnameinfo")?;
    match h.detach_for(Reason::Network, || sockets::getnameinfo(&address, flags)) {
        Ok([host, service]) => {
            let pair = [path::decode(h, &host), path::decode(h, &service)];
            Ok(h.tuple_of(&pair))
        }
        Err(error) => Err(gai_error(h, error)),
    }
}

fn host_by_name(h: &mut Held, args: Args<'_>) -> R {
    let name = host_bytes(h, &args[0])?;
    let host = c_string(h, &name)?;
    let hints = [libc::AF_INET, libc::SOCK_STREAM, 0, libc::AI_CANONNAME];
    match h.detach_for(Reason::Network, || sockets::getaddrinfo(Some(&host), None, hints)) {
        Ok(found) => {
            let canonical = found.first().map_or(Vec::new(), |first| first.canonical.clone());
            let addresses: Vec<Address> = found.into_iter().map(|one| one.address).collect();
            Ok(host_entry(h, &canonical, &addresses))
        }
        Err(error) => Err(gai_error(h, error)),
    }
}

/// (name, other names, addresses)
fn host_entry(h: &mut Held, name: &[u8], addresses: &[Address]) -> Value {
    let addresses = addresses.iter().map(|address| host_value(h, address)).collect();
    let entry = [path::decode(h, name), h.new_list(Vec::new()), h.new_list(addresses)];
    h.tuple_of(&entry)
}

fn host_by_address(h: &mut Held, args: Args<'_>) -> R {
    let name = host_bytes(h, &args[0])?;
    let host = c_string(h, &name)?;
    let hints = [libc::AF_UNSPEC, libc::SOCK_STREAM, 0, 0];
    let found = match h.detach_for(Reason::Network, || sockets::getaddrinfo(Some(&host), None, hints)) {
        Ok(found) => found,
        Err(error) => return Err(gai_error(h, error)),
    };
    let Some(address) = found.first().map(|first| first.address) else {
        return Err(h.error(Exc::OSError, "getaddrinfo returns an empty list"));
    };
    match h.detach_for(Reason::Network, || sockets::getnameinfo(&address, libc::NI_NAMEREQD)) {
        Ok([host, _]) => Ok(host_entry(h, &host, &[address])),
        Err(error) => Err(host_error(h, error)),
    }
}

fn service_by_name(h: &mut Held, args: Args<'_>) -> R {
    let service = path::bytes_of(h, &args[0])?;
    let protocol = args.opt_some(1).map(|name| path::bytes_of(h, name)).transpose()?;
    match sockets::port_of(&service, protocol.as_deref()) {
        Some(port) => Ok(h.new_int(port.into())),
        None => Err(h.error(Exc::OSError, "service/proto not found")),
    }
}

fn service_by_port(h: &mut Held, args: Args<'_>) -> R {
    let port = args::int(h, &args[0])?;
    let protocol = args.opt_some(1).map(|name| path::bytes_of(h, name)).transpose()?;
    let Ok(port) = u16::try_from(port) else {
        return Err(h.overflow_error("getservbyport: port must be 0-65535."));
    };
    match sockets::service_of(port, protocol.as_deref()) {
        Some(name) => Ok(path::decode(h, &name)),
        None => Err(h.error(Exc::OSError, "port/proto not found")),
    }
}
