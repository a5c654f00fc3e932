//! Becoming the server: its file system, its user, no rights, and then its program.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use rustix::process::{Resource, Rlimit, chroot, setrlimit};
use rustix::thread::{
    CapabilitySet, CapabilitySets, remove_capability_from_bounding_set, set_capabilities,
    set_no_new_privs, set_thread_gid, set_thread_groups, set_thread_uid,
};
use rustix::{fs::Gid, fs::Uid};

use crate::rehearse::job::Start;

/// The most memory that the server can allocate, in bytes: a configuration that needs more ends
/// itself and not the machine.
const MEMORY: u64 = 4 * 1024 * 1024 * 1024;

/// Closes whatever the caller of this program has open. A file can be written through it, although
/// its file system is read-only here.
fn close_inherited() -> io::Result<()> {
    let numbers = std::fs::read_dir("/proc/self/fd")?.filter_map(|entry| {
        let name = entry.ok()?.file_name();
        name.to_str()?.parse::<i32>().ok()
    });
    let numbers: Vec<_> = numbers.filter(|number| *number > 2).collect();
    for number in numbers {
        // The one through which they were listed is closed already.
        let _ = nix::unistd::close(number);
    }
    Ok(())
}

/// Becomes the server that standard input describes; returns only when that fails.
pub fn start() -> io::Error {
    match serde_json::from_reader(io::stdin()) {
        Ok(start) => become_server(&start).unwrap_or_else(|error| error),
        Err(error) => error.into(),
    }
}

fn become_server(start: &Start) -> io::Result<io::Error> {
    close_inherited()?;
    // Without a terminal: what the server writes to one would be shown to the user.
    rustix::process::setsid()?;
    if let Some(root) = &start.root {
        chroot(root)?;
    }
    std::env::set_current_dir(&start.directory)?;
    let limit = |most| Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    setrlimit(Resource::As, limit(MEMORY))?;
    setrlimit(Resource::Core, limit(0))?;
    if start.drop_rights {
        for number in 0..u64::BITS {
            let capability = CapabilitySet::from_bits_retain(1 << number);
            // The kernel knows about 40 of them, and refuses the next.
            if remove_capability_from_bounding_set(capability).is_err() {
                break;
            }
        }
    }
    if let Some(user) = &start.user {
        let mut groups = vec![Gid::from_raw(user.gid)];
        groups.extend(user.groups.iter().copied().map(Gid::from_raw));
        set_thread_groups(&groups)?;
        set_thread_gid(Gid::from_raw(user.gid))?;
        set_thread_uid(Uid::from_raw(user.uid))?;
    }
    if start.drop_rights {
        let none = CapabilitySet::empty();
        set_capabilities(
            None,
            CapabilitySets {
                effective: none,
                permitted: none,
                inheritable: none,
            },
        )?;
        set_no_new_privs(true)?;
    }
    let mut command = start.command.iter();
    let Some(program) = command.next() else {
        return Err(io::Error::other("no program"));
    };
    Ok(Command::new(program)
        .args(command)
        .stdin(Stdio::null())
        .env_clear()
        .envs(&start.environment)
        .exec())
}
