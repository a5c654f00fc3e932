//! What the server sees of the file system: everything read-only, but for a private directory that
//! exists in memory and in no other process.

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use rustix::io::Errno;
use rustix::mount::{
    MountFlags, MountPropagationFlags, mount, mount_bind, mount_bind_recursive, mount_change,
    mount_remount,
};

use super::{Job, devices};

/// The most that the server can write, as `tmpfs` reads it.
const SIZE: &std::ffi::CStr = c"size=256m,mode=0755";

/// Seals the file system; `place` becomes the private directory.
pub fn isolate(job: &Job, place: &Path) -> Result<(), String> {
    // What is mounted here is not mounted outside.
    mount_change(
        "/",
        MountPropagationFlags::PRIVATE | MountPropagationFlags::REC,
    )
    .map_err(|error| format!("cannot separate the mounts: {error}"))?;
    let root = job.root.as_deref();
    if let Some(root) = root {
        enter(root, job.shared_directory.as_deref())?;
    }
    let devices = root.unwrap_or(Path::new("/")).join("dev");
    if devices.is_dir() {
        devices::replace(&devices, place)?;
    }
    for socket in &job.sockets {
        cover(socket)?;
    }
    mount(
        "tmpfs",
        place,
        "tmpfs",
        MountFlags::NOSUID | MountFlags::NODEV,
        SIZE,
    )
    .map_err(|error| {
        format!(
            "cannot mount a private directory at {}: {error}",
            place.display()
        )
    })?;
    read_only(place)
}

/// Makes a file system ready to become the root: it needs `/proc`, and later `/dev`.
fn enter(root: &Path, shared_directory: Option<&Path>) -> Result<(), String> {
    let problem = |path: &Path, error: Errno| format!("cannot mount {}: {error}", path.display());
    mount_bind_recursive(root, root).map_err(|error| problem(root, error))?;
    let processes = root.join("proc");
    if processes.is_dir() {
        mount_bind_recursive("/proc", &processes).map_err(|error| problem(&processes, error))?;
    }
    if let Some(directory) = shared_directory {
        let here = root.join(directory.strip_prefix("/").unwrap_or(directory));
        mount_bind_recursive(directory, &here).map_err(|error| problem(&here, error))?;
    }
    Ok(())
}

/// Hides a socket of another service: a connection would leave the rehearsal.
fn cover(socket: &Path) -> Result<(), String> {
    let is_socket = fs::symlink_metadata(socket).is_ok_and(|it| it.file_type().is_socket());
    // What cannot be seen from here cannot be talked to either.
    if !is_socket {
        return Ok(());
    }
    match mount_bind("/dev/null", socket) {
        // Its service has ended meanwhile.
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(format!(
            "cannot hide the socket {}: {error}",
            socket.display()
        )),
    }
}

/// One line of `/proc/self/mountinfo`.
struct Mount {
    point: PathBuf,
    options: String,
    kind: String,
}

/// Makes every mount read-only but that of the private directory, and looks whether they are.
fn read_only(place: &Path) -> Result<(), String> {
    let mut hidden = Vec::new();
    for mount in mounts()?.iter().filter(|mount| !is_left(mount, place)) {
        let flags = flags(&mount.options) | MountFlags::BIND | MountFlags::RDONLY;
        match mount_remount(&mount.point, flags, c"") {
            Ok(()) => (),
            // Another mount hides it, so nobody gets there.
            Err(Errno::INVAL | Errno::NOENT | Errno::ACCESS | Errno::NOTDIR) => {
                hidden.push(mount.point.clone());
            }
            Err(error) => {
                let point = mount.point.display();
                return Err(format!("cannot make {point} read-only: {error}"));
            }
        }
    }
    let is_writable = |mount: &Mount| {
        let is_read_only = mount.options.split(',').any(|option| option == "ro");
        !is_read_only && !is_left(mount, place) && !hidden.contains(&mount.point)
    };
    match mounts()?.into_iter().find(is_writable) {
        Some(mount) => Err(format!("{} is still writable", mount.point.display())),
        None => Ok(()),
    }
}

/// The private directory stays as it is, and so does what mounts another file system when it is
/// touched: that happens outside.
fn is_left(mount: &Mount, place: &Path) -> bool {
    mount.point == place || mount.kind == "autofs"
}

fn mounts() -> Result<Vec<Mount>, String> {
    let text = fs::read_to_string("/proc/self/mountinfo")
        .map_err(|error| format!("cannot list the mounts: {error}"))?;
    // ID, parent, device, root, mount point, options, optional fields, -, type, …
    let lines = text.lines().filter_map(|line| {
        let (fields, rest) = line.split_once(" - ")?;
        let mut fields = fields.split(' ').skip(4);
        Some(Mount {
            point: PathBuf::from(unescaped(fields.next()?)),
            options: fields.next()?.to_owned(),
            kind: rest.split(' ').next()?.to_owned(),
        })
    });
    // Of several at one point only the last can be seen.
    let last: IndexMap<PathBuf, Mount> = lines.map(|mount| (mount.point.clone(), mount)).collect();
    Ok(last.into_values().collect())
}

/// The flags of a mount, which an ordinary user has to keep.
fn flags(options: &str) -> MountFlags {
    let flag = |option| match option {
        "nosuid" => MountFlags::NOSUID,
        "nodev" => MountFlags::NODEV,
        "noexec" => MountFlags::NOEXEC,
        "noatime" => MountFlags::NOATIME,
        "nodiratime" => MountFlags::NODIRATIME,
        "relatime" => MountFlags::RELATIME,
        _ => MountFlags::empty(),
    };
    options.split(',').map(flag).collect()
}

/// The kernel writes blanks, tabs, line ends and backslashes as three octal digits.
fn unescaped(text: &str) -> std::ffi::OsString {
    use std::os::unix::ffi::OsStringExt;
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        let digits = bytes.get(index + 1..index + 4);
        let number = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match number.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(escaped) if byte == b'\\' => {
                out.push(escaped);
                index += 4;
            }
            _ => {
                out.push(byte);
                index += 1;
            }
        }
    }
    std::ffi::OsString::from_vec(out)
}
