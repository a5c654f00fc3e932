//! The devices that the server sees: those that every program may use, and no terminal, disk or
//! message queue of this system.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::mount::{MountFlags, mount, mount_bind, mount_move};

const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];
/// Other names of what a process has open.
const LINKS: [(&str, &str); 4] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
];

/// Puts them in the place of `directory`; `place` is covered on the way there.
pub fn replace(directory: &Path, place: &Path) -> Result<(), String> {
    fill(place)
        .and_then(|()| Ok(mount_move(place, directory)?))
        .map_err(|error| format!("cannot replace {}: {error}", directory.display()))
}

fn fill(place: &Path) -> io::Result<()> {
    let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
    mount("tmpfs", place, "tmpfs", flags, c"size=64k,mode=0755")?;
    for name in DEVICES {
        let here = Path::new("/dev").join(name);
        if here.exists() {
            File::create(place.join(name))?;
            mount_bind(&here, place.join(name))?;
        }
    }
    for (name, target) in LINKS {
        symlink(target, place.join(name))?;
    }
    // For the private directory, and for programs that look whether it is there.
    fs::create_dir(place.join("shm"))
}
