//! The network of a rehearsal: loopback, and nothing else.

use std::io;

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with,
};

/// Brings loopback up; a new network has nothing else. A message instead of `ip`, which small
/// systems do not have.
pub fn loopback_only() -> Result<(), String> {
    raise_loopback().map_err(|error| format!("cannot bring up loopback: {error}"))
}

/// `RTM_NEWLINK` for device 1, which is loopback in every namespace, with `IFF_UP`.
fn raise_loopback() -> io::Result<()> {
    const RTM_NEWLINK: u16 = 16;
    const NLM_F_REQUEST_ACK: u16 = 1 | 4;
    const LOOPBACK: u32 = 1;
    const IFF_UP: u32 = 1;
    let mut message = Vec::with_capacity(32);
    // The header: length, type, flags, sequence, port.
    message.extend(32_u32.to_ne_bytes());
    message.extend(RTM_NEWLINK.to_ne_bytes());
    message.extend(NLM_F_REQUEST_ACK.to_ne_bytes());
    message.extend([0; 8]);
    // The device: family, padding and type, index, flags, and which of the flags to change.
    message.extend([0; 4]);
    message.extend(LOOPBACK.to_ne_bytes());
    message.extend(IFF_UP.to_ne_bytes());
    message.extend(IFF_UP.to_ne_bytes());
    let kernel = socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        // The protocol 0 is that of routes and devices.
        None,
    )?;
    send(&kernel, &message, SendFlags::empty())?;
    let mut answer = [0; 4096];
    let (_, length) = recv(&kernel, &mut answer[..], RecvFlags::empty())?;
    // After the header of 16 bytes comes the error number, negative; 0 when it is done.
    let number = answer.get(16..20).filter(|_| length >= 20);
    match number
        .and_then(|bytes| bytes.try_into().ok())
        .map(i32::from_ne_bytes)
    {
        Some(0) => Ok(()),
        Some(number) => Err(io::Error::from_raw_os_error(-number)),
        None => Err(io::Error::other("the kernel's answer is too short")),
    }
}
