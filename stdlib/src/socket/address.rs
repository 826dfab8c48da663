//! Addresses as programs write them, and as the system wants them.
//!
//! In: tuples, paths; or the system's bytes. Out: the other. The one invariant: what `to_value` gives, `of_value` takes back.

use super::error::gai_error;
use crate::io::{args, path};
use crate::syscall::sockets::{Address, getaddrinfo};
use interpreter::objects::bytes::{ByteArray, Bytes};
use interpreter::objects::str::Str;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;
use std::ffi::CString;
use std::net::{Ipv4Addr, Ipv6Addr};

/// How long the path of a Unix socket may be.
const PATH_MOST: usize = 108;

fn with_family(family: i32, rest: &[&[u8]]) -> Address {
    let family = (family as u16).to_ne_bytes();
    Address::from_bytes(&[&[&family[..]], rest].concat().concat())
}

/// The address that a program gave to `function`.
pub fn of_value(h: &mut Held, family: i32, value: &Value, function: &str) -> R<Address> {
    match family {
        libc::AF_UNIX => unix_address(h, value),
        libc::AF_INET => inet(h, value, function),
        libc::AF_INET6 => inet6(h, value, function),
        _ => Err(h.error(interpreter::objects::exception::Exc::OSError, format!("{function}(): bad family"))),
    }
}

fn unix_address(h: &mut Held, value: &Value) -> R<Address> {
    let path = if value.downcast::<Str>().is_some() { path_bytes(h, value)? } else { args::bytes(h, value)? };
    let is_abstract = path.first() == Some(&0);
    if path.len() > PATH_MOST - usize::from(!is_abstract) {
        return Err(h.error(interpreter::objects::exception::Exc::OSError, "AF_UNIX path too long"));
    }
    let end: &[u8] = if is_abstract { &[] } else { &[0] };
    Ok(with_family(libc::AF_UNIX, &[&path, end]))
}

/// A path's bytes, which may begin with a null.
fn path_bytes(h: &mut Held, value: &Value) -> R<Vec<u8>> {
    match value.downcast::<Str>() {
        Some(text) => path::encode(h, value, text.chars()),
        None => args::bytes(h, value),
    }
}

/// The items of an address tuple.
fn items<'a>(h: &Held, value: &'a Value, function: &str, family: &str) -> R<&'a [Value]> {
    match value.downcast::<Tuple>() {
        Some(tuple) => Ok(tuple.items()),
        None => {
            let got = value.class_name();
            Err(h.type_error(format!("{function}(): {family} address must be tuple, not {got}")))
        }
    }
}

fn port(h: &mut Held, value: &Value, function: &str) -> R<u16> {
    let port = h.to_isize_clamped(value)?;
    match u16::try_from(port) {
        Ok(port) => Ok(port),
        Err(_) => Err(h.overflow_error(format!("{function}(): port must be 0-65535."))),
    }
}

fn inet(h: &mut Held, value: &Value, function: &str) -> R<Address> {
    let [host, port_value] = items(h, value, function, "AF_INET")? else {
        return Err(h.type_error("AF_INET address must be a pair (host, port)"));
    };
    let host = host_bytes(h, host)?;
    let port = port(h, port_value, function)?;
    let found = look_up(h, &host, libc::AF_INET)?;
    let bytes = found.bytes().get(4..8).unwrap_or(&[0; 4]).to_vec();
    Ok(with_family(libc::AF_INET, &[&port.to_be_bytes(), &bytes, &[0; 8]]))
}

fn inet6(h: &mut Held, value: &Value, function: &str) -> R<Address> {
    let given = items(h, value, function, "AF_INET6")?;
    if !(2..=4).contains(&given.len()) {
        return Err(h.type_error("AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])"));
    }
    let host = host_bytes(h, &given[0])?;
    let port = port(h, &given[1], function)?;
    let flow = given.get(2).map_or(Ok(0), |flow| args::offset(h, flow))?;
    let scope = given.get(3).map_or(Ok(0), |scope| args::offset(h, scope))?;
    if !(0..=0xfffff).contains(&flow) {
        return Err(h.overflow_error(format!("{function}(): flowinfo must be 0-1048575.")));
    }
    let found = look_up(h, &host, libc::AF_INET6)?;
    let bytes = found.bytes().get(8..24).unwrap_or(&[0; 16]).to_vec();
    let flow = (flow as u32).to_be_bytes();
    Ok(with_family(libc::AF_INET6, &[&port.to_be_bytes(), &flow, &bytes, &(scope as u32).to_ne_bytes()]))
}

/// A host name: text that is not ASCII is encoded as the rules for domain names say.
pub fn host_bytes(h: &mut Held, value: &Value) -> R<Vec<u8>> {
    if let Some(text) = value.downcast::<Str>() {
        let text = text.text();
        if text.is_ascii() {
            return Ok(text.into_bytes());
        }
        let (name, codec) = (h.intern("encode"), h.new_str("idna"));
        let encode = h.get_attr(value, &name)?;
        let encoded = h.call(&encode, &[codec])?;
        return args::bytes(h, &encoded);
    }
    if value.downcast::<Bytes>().is_some() || value.downcast::<ByteArray>().is_some() {
        return args::bytes(h, value);
    }
    let got = value.class_name();
    Err(h.type_error(format!("str, bytes or bytearray expected, not {got}")))
}

/// The first address of a host; numbers are not looked up.
pub fn look_up(h: &mut Held, host: &[u8], family: i32) -> R<Address> {
    if let Some(address) = without_look_up(host, family) {
        return Ok(address);
    }
    let (name, service, flags) = match host {
        b"" => (None, Some(c"0".to_owned()), libc::AI_PASSIVE),
        _ => (Some(c_string(h, host)?), None, 0),
    };
    let hints = [family, libc::SOCK_DGRAM, 0, flags];
    let found = h.detach_for(Reason::Network, || getaddrinfo(name.as_deref(), service.as_deref(), hints));
    match found {
        Ok(found) => match found.first() {
            Some(first) => Ok(first.address),
            None => Err(h.error(interpreter::objects::exception::Exc::OSError, "getaddrinfo returns an empty list")),
        },
        Err(error) => Err(gai_error(h, error)),
    }
}

fn without_look_up(host: &[u8], family: i32) -> Option<Address> {
    let text = std::str::from_utf8(host).ok()?;
    match family {
        libc::AF_INET => {
            let address = match text {
                "<broadcast>" | "255.255.255.255" => Ipv4Addr::BROADCAST,
                "" => Ipv4Addr::UNSPECIFIED,
                _ => text.parse().ok()?,
            };
            Some(with_family(family, &[&[0; 2], &address.octets(), &[0; 8]]))
        }
        libc::AF_INET6 => {
            let address: Ipv6Addr = text.parse().ok()?;
            Some(with_family(family, &[&[0; 6], &address.octets(), &[0; 4]]))
        }
        _ => None,
    }
}

pub fn c_string(h: &Held, bytes: &[u8]) -> R<CString> {
    CString::new(bytes).map_err(|_| h.type_error("embedded null character"))
}

/// The address as a program sees it.
pub fn to_value(h: &mut Held, address: &Address) -> Value {
    let bytes = address.bytes();
    match address.family() {
        libc::AF_INET if bytes.len() >= 8 => {
            let pair = [host_value(h, address), h.new_int(port_at(bytes))];
            h.tuple_of(&pair)
        }
        libc::AF_INET6 if bytes.len() >= 28 => {
            let number = |at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
            let flow = u32::from_be_bytes(number(4));
            let scope = u32::from_ne_bytes(number(24));
            let all =
                [host_value(h, address), h.new_int(port_at(bytes)), h.new_int(flow.into()), h.new_int(scope.into())];
            h.tuple_of(&all)
        }
        libc::AF_UNIX => unix_value(h, bytes.get(2..).unwrap_or_default()),
        _ if bytes.is_empty() => Value::NONE,
        family => {
            let (family, data) = (h.new_int(family.into()), h.new_bytes(bytes.get(2..).unwrap_or_default()));
            h.tuple_of(&[family, data])
        }
    }
}

fn port_at(bytes: &[u8]) -> i64 {
    u16::from_be_bytes([bytes[2], bytes[3]]).into()
}

/// An abstract name is bytes; a path is text.
fn unix_value(h: &mut Held, path: &[u8]) -> Value {
    if path.first() == Some(&0) && path.len() > 1 {
        return h.new_bytes(path);
    }
    let end = path.iter().position(|&byte| byte == 0).unwrap_or(path.len());
    path::decode(h, &path[..end])
}

/// The number of an Internet address as text.
pub fn host_value(h: &Held, address: &Address) -> Value {
    let bytes = address.bytes();
    let text = match (address.family(), bytes.get(4..8), bytes.get(8..24)) {
        (libc::AF_INET, Some(&[a, b, c, d]), _) => Ipv4Addr::new(a, b, c, d).to_string(),
        (libc::AF_INET6, _, Some(octets)) => {
            let octets: [u8; 16] = octets.try_into().unwrap_or_default();
            Ipv6Addr::from(octets).to_string()
        }
        _ => String::new(),
    };
    h.new_str(&text)
}
