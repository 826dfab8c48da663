//! Calls about sockets.
//!
//! In: descriptors, addresses as the system's bytes (`Address`), buffers. Out: results, or the system's error. The one invariant: that
//! of `syscall`; an address never claims more bytes than it has.

use super::{check, check_int};
use std::ffi::CStr;
use std::io::Result;

/// A `sockaddr` of any family.
#[derive(Clone, Copy)]
pub struct Address {
    storage: libc::sockaddr_storage,
    len: usize,
}

impl Address {
    pub const MOST: usize = size_of::<libc::sockaddr_storage>();

    fn empty() -> Address {
        // SAFETY: all zeros is a valid `sockaddr_storage`.
        Address { storage: unsafe { std::mem::zeroed() }, len: Self::MOST }
    }

    /// At most `MOST` bytes, which begin with the family.
    pub fn from_bytes(bytes: &[u8]) -> Address {
        let mut address = Self::empty();
        address.len = bytes.len().min(Self::MOST);
        // SAFETY: both have at least `len` bytes.
        unsafe {
            let to = (&mut address.storage as *mut libc::sockaddr_storage).cast::<u8>();
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, address.len);
        }
        address
    }

    /// # Safety
    /// So many bytes can be read there.
    unsafe fn copy(from: *const libc::sockaddr, len: usize) -> Address {
        // SAFETY: by the caller.
        Self::from_bytes(unsafe { std::slice::from_raw_parts(from.cast(), len.min(Self::MOST)) })
    }

    pub fn bytes(&self) -> &[u8] {
        let from = (&self.storage as *const libc::sockaddr_storage).cast();
        // SAFETY: the storage has at least `len` bytes, all of them initialized.
        unsafe { std::slice::from_raw_parts(from, self.len.min(Self::MOST)) }
    }

    pub fn family(&self) -> i32 {
        i32::from(self.storage.ss_family)
    }

    fn pointer(&self) -> *const libc::sockaddr {
        (&self.storage as *const libc::sockaddr_storage).cast()
    }

    fn pointer_mut(&mut self) -> *mut libc::sockaddr {
        (&mut self.storage as *mut libc::sockaddr_storage).cast()
    }
}

pub fn socket(family: i32, kind: i32, protocol: i32) -> Result<i32> {
    // SAFETY: numbers are given.
    check_int(unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, protocol) })
}

pub fn pair(family: i32, kind: i32, protocol: i32) -> Result<[i32; 2]> {
    let mut ends = [0; 2];
    // SAFETY: there is room for two numbers.
    check_int(unsafe { libc::socketpair(family, kind | libc::SOCK_CLOEXEC, protocol, ends.as_mut_ptr()) })?;
    Ok(ends)
}

pub fn bind(fd: i32, to: &Address) -> Result<()> {
    // SAFETY: the address is valid for its length.
    check_int(unsafe { libc::bind(fd, to.pointer(), to.len as libc::socklen_t) }).map(drop)
}

pub fn connect(fd: i32, to: &Address) -> Result<()> {
    // SAFETY: the address is valid for its length.
    check_int(unsafe { libc::connect(fd, to.pointer(), to.len as libc::socklen_t) }).map(drop)
}

pub fn listen(fd: i32, backlog: i32) -> Result<()> {
    // SAFETY: numbers are given.
    check_int(unsafe { libc::listen(fd, backlog) }).map(drop)
}

pub fn shutdown(fd: i32, how: i32) -> Result<()> {
    // SAFETY: numbers are given.
    check_int(unsafe { libc::shutdown(fd, how) }).map(drop)
}

/// Runs a call that fills an address.
fn filled<T>(call: impl FnOnce(*mut libc::sockaddr, *mut libc::socklen_t) -> Result<T>) -> Result<(T, Address)> {
    let mut address = Address::empty();
    let mut len = Address::MOST as libc::socklen_t;
    let result = call(address.pointer_mut(), &mut len)?;
    address.len = (len as usize).min(Address::MOST);
    Ok((result, address))
}

pub fn accept(fd: i32) -> Result<(i32, Address)> {
    // SAFETY: the places are valid for the call.
    filled(|address, len| check_int(unsafe { libc::accept4(fd, address, len, libc::SOCK_CLOEXEC) }))
}

pub fn own_name(fd: i32) -> Result<Address> {
    // SAFETY: the places are valid for the call.
    filled(|address, len| check_int(unsafe { libc::getsockname(fd, address, len) })).map(|(_, address)| address)
}

pub fn peer_name(fd: i32) -> Result<Address> {
    // SAFETY: the places are valid for the call.
    filled(|address, len| check_int(unsafe { libc::getpeername(fd, address, len) })).map(|(_, address)| address)
}

/// Receives at most `most` bytes behind what `to` holds.
pub fn receive(fd: i32, to: &mut Vec<u8>, most: usize, flags: i32) -> Result<usize> {
    to.reserve(most);
    // SAFETY: the reserved room is written by the system, and only what was written becomes part of the vector.
    unsafe {
        let n = check(libc::recv(fd, to.as_mut_ptr().add(to.len()).cast(), most, flags))?.min(most);
        to.set_len(to.len() + n);
        Ok(n)
    }
}

/// As `receive`, with the sender.
pub fn receive_from(fd: i32, to: &mut Vec<u8>, most: usize, flags: i32) -> Result<(usize, Address)> {
    to.reserve(most);
    // SAFETY: as in `receive`.
    filled(|address, len| unsafe {
        let n = check(libc::recvfrom(fd, to.as_mut_ptr().add(to.len()).cast(), most, flags, address, len))?.min(most);
        to.set_len(to.len() + n);
        Ok(n)
    })
}

pub fn send(fd: i32, from: &[u8], flags: i32) -> Result<usize> {
    // SAFETY: the buffer is valid for its length.
    check(unsafe { libc::send(fd, from.as_ptr().cast(), from.len(), flags) })
}

pub fn send_to(fd: i32, from: &[u8], flags: i32, to: &Address) -> Result<usize> {
    let len = to.len as libc::socklen_t;
    // SAFETY: buffer and address are valid for their lengths.
    check(unsafe { libc::sendto(fd, from.as_ptr().cast(), from.len(), flags, to.pointer(), len) })
}

/// A message with control data, which stands as the system wants it.
pub fn send_message(fd: i32, data: &[u8], control: &[u8], flags: i32, to: Option<&Address>) -> Result<usize> {
    let mut part = libc::iovec { iov_base: data.as_ptr().cast_mut().cast(), iov_len: data.len() };
    // SAFETY: the parts outlive the call, which only reads them; a zeroed header is valid.
    unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = &mut part;
        message.msg_iovlen = 1;
        if !control.is_empty() {
            message.msg_control = control.as_ptr().cast_mut().cast();
            message.msg_controllen = control.len() as _;
        }
        if let Some(to) = to {
            message.msg_name = to.pointer().cast_mut().cast();
            message.msg_namelen = to.len as libc::socklen_t;
        }
        check(libc::sendmsg(fd, &message, flags))
    }
}

/// What `recvmsg` gives.
pub struct Received {
    pub data: Vec<u8>,
    pub control: Vec<u8>,
    pub flags: i32,
    pub from: Address,
}

pub fn receive_message(fd: i32, most: usize, most_control: usize, flags: i32) -> Result<Received> {
    let (mut data, mut control) = (vec![0u8; most], vec![0u8; most_control]);
    let mut from = Address::empty();
    let mut part = libc::iovec { iov_base: data.as_mut_ptr().cast(), iov_len: most };
    // SAFETY: the parts are valid for their lengths and outlive the call; a zeroed header is valid.
    unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = &mut part;
        message.msg_iovlen = 1;
        message.msg_name = from.pointer_mut().cast();
        message.msg_namelen = Address::MOST as libc::socklen_t;
        if most_control > 0 {
            message.msg_control = control.as_mut_ptr().cast();
            message.msg_controllen = most_control as _;
        }
        let n = check(libc::recvmsg(fd, &mut message, flags | libc::MSG_CMSG_CLOEXEC))?;
        data.truncate(n);
        control.truncate(message.msg_controllen as usize);
        from.len = (message.msg_namelen as usize).min(Address::MOST);
        Ok(Received { data, control, flags: message.msg_flags & !libc::MSG_CMSG_CLOEXEC, from })
    }
}

pub fn set_option(fd: i32, level: i32, name: i32, value: &[u8]) -> Result<()> {
    // SAFETY: the buffer is valid for its length.
    check_int(unsafe { libc::setsockopt(fd, level, name, value.as_ptr().cast(), value.len() as libc::socklen_t) })
        .map(drop)
}

/// An option without data, of a length that the protocol understands.
pub fn set_option_length(fd: i32, level: i32, name: i32, len: u32) -> Result<()> {
    // SAFETY: a null pointer is what this option wants.
    check_int(unsafe { libc::setsockopt(fd, level, name, std::ptr::null(), len) }).map(drop)
}

pub fn get_option(fd: i32, level: i32, name: i32, value: &mut [u8]) -> Result<usize> {
    let mut len = value.len() as libc::socklen_t;
    // SAFETY: the buffer is valid for its length.
    check_int(unsafe { libc::getsockopt(fd, level, name, value.as_mut_ptr().cast(), &mut len) })?;
    Ok((len as usize).min(value.len()))
}

/// An option that is a number.
pub fn get_number(fd: i32, level: i32, name: i32) -> Result<i32> {
    let mut value = [0; 4];
    get_option(fd, level, name, &mut value)?;
    Ok(i32::from_ne_bytes(value))
}

/// One of the addresses of a name.
pub struct Found {
    pub family: i32,
    pub kind: i32,
    pub protocol: i32,
    pub canonical: Vec<u8>,
    pub address: Address,
}

/// A failed look-up: `EAI_*`, or the system's error if that is `EAI_SYSTEM`.
#[derive(Debug, Clone, Copy)]
pub struct LookupError {
    pub code: i32,
    pub errno: i32,
}

impl LookupError {
    fn of(code: i32) -> LookupError {
        LookupError { code, errno: std::io::Error::last_os_error().raw_os_error().unwrap_or(0) }
    }

    pub fn text(self) -> String {
        // SAFETY: the library gives a text that lives as long as the program.
        unsafe { CStr::from_ptr(libc::gai_strerror(self.code)) }.to_string_lossy().into_owned()
    }
}

/// What is asked for: family, kind, protocol, flags.
pub type Hints = [i32; 4];

pub fn getaddrinfo(
    host: Option<&CStr>,
    service: Option<&CStr>,
    [family, kind, protocol, flags]: Hints,
) -> std::result::Result<Vec<Found>, LookupError> {
    let text = |text: Option<&CStr>| text.map_or(std::ptr::null(), CStr::as_ptr);
    let mut found = Vec::new();
    // SAFETY: the words end with a null; the library's list is copied, then freed once.
    unsafe {
        let mut hints: libc::addrinfo = std::mem::zeroed();
        (hints.ai_family, hints.ai_socktype, hints.ai_protocol, hints.ai_flags) = (family, kind, protocol, flags);
        let mut list = std::ptr::null_mut();
        match libc::getaddrinfo(text(host), text(service), &hints, &mut list) {
            0 => {}
            code => return Err(LookupError::of(code)),
        }
        let mut next = list;
        while let Some(entry) = next.as_ref() {
            let canonical = entry.ai_canonname;
            found.push(Found {
                family: entry.ai_family,
                kind: entry.ai_socktype,
                protocol: entry.ai_protocol,
                canonical: if canonical.is_null() { Vec::new() } else { CStr::from_ptr(canonical).to_bytes().to_vec() },
                address: Address::copy(entry.ai_addr, entry.ai_addrlen as usize),
            });
            next = entry.ai_next;
        }
        libc::freeaddrinfo(list);
    }
    Ok(found)
}

/// The names of an address and of its port.
pub fn getnameinfo(of: &Address, flags: i32) -> std::result::Result<[Vec<u8>; 2], LookupError> {
    let (mut host, mut service) = ([0u8; 1025], [0u8; 64]);
    // SAFETY: address and buffers are valid for their lengths.
    let code = unsafe {
        libc::getnameinfo(
            of.pointer(),
            of.len as libc::socklen_t,
            host.as_mut_ptr().cast(),
            host.len() as libc::socklen_t,
            service.as_mut_ptr().cast(),
            service.len() as libc::socklen_t,
            flags,
        )
    };
    let text = |buffer: &[u8]| CStr::from_bytes_until_nul(buffer).unwrap_or_default().to_bytes().to_vec();
    if code == 0 { Ok([text(&host), text(&service)]) } else { Err(LookupError::of(code)) }
}

/// The port of a service, and the reverse; callers hold the GIL, because the library has one place for its result.
pub fn port_of(service: &CStr, protocol: Option<&CStr>) -> Option<u16> {
    // SAFETY: the words end with a null; the result is copied at once.
    unsafe {
        let entry = libc::getservbyname(service.as_ptr(), protocol.map_or(std::ptr::null(), CStr::as_ptr));
        entry.as_ref().map(|entry| u16::from_be(entry.s_port as u16))
    }
}

pub fn service_of(port: u16, protocol: Option<&CStr>) -> Option<Vec<u8>> {
    // SAFETY: as in `port_of`.
    unsafe {
        let port = i32::from(port.to_be());
        let entry = libc::getservbyport(port, protocol.map_or(std::ptr::null(), CStr::as_ptr));
        entry.as_ref().map(|entry| CStr::from_ptr(entry.s_name).to_bytes().to_vec())
    }
}

pub fn protocol_of(name: &CStr) -> Option<i32> {
    // SAFETY: as in `port_of`.
    unsafe { libc::getprotobyname(name.as_ptr()).as_ref().map(|entry| entry.p_proto) }
}

/// The machine's network interfaces: number and name.
pub fn interfaces() -> Vec<(u32, Vec<u8>)> {
    let mut all = Vec::new();
    // SAFETY: the library's list ends with an entry of zeros; it is copied, then freed once.
    unsafe {
        let list = libc::if_nameindex();
        let mut next = list;
        while !next.is_null() && (*next).if_index != 0 {
            all.push(((*next).if_index, CStr::from_ptr((*next).if_name).to_bytes().to_vec()));
            next = next.add(1);
        }
        if !list.is_null() {
            libc::if_freenameindex(list);
        }
    }
    all
}
