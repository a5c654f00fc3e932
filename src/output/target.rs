//! What exists at the path to write to.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

use crate::diagnostic::{Diagnostic, Result};

/// How many symbolic links in a row are followed, as Linux does.
const LINKS: usize = 40;
/// The names of standard output among the files.
const STDOUT: [&str; 3] = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// What exists at a path, with all symbolic links resolved.
pub enum Target {
    /// Nothing; this is where a new file goes.
    Nothing(PathBuf),
    /// A regular file, open for reading.
    Regular(PathBuf, File, Metadata),
    /// A device or a pipe, open for writing: nothing to compare and nothing to replace.
    Stream(Box<dyn Write>),
}

impl Target {
    /// Looks at a path. Never waits, and never opens what could not be written to.
    pub fn find(path: &Path) -> Result<Self> {
        if STDOUT.iter().any(|name| path == Path::new(name)) {
            return Ok(Self::Stream(Box::new(io::stdout())));
        }
        let failed = |error: io::Error| Box::new(cannot("write", path, &error));
        let kind = match fs::metadata(path) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return follow(path).map(Self::Nothing).map_err(failed);
            }
            Err(error) => return Err(failed(error)),
        };
        if kind.is_char_device() || kind.is_fifo() {
            return stream(path).map(Self::Stream).map_err(|error| {
                let has_no_reader = kind.is_fifo() && error.raw_os_error() == Some(ENXIO);
                Box::new(
                    cannot("write", path, &error)
                        .maybe_help(has_no_reader.then_some("no process reads this pipe")),
                )
            });
        }
        if !kind.is_file() {
            return Err(refused(path, kind));
        }
        let (file, metadata) = open_regular(path)?;
        let target = path.canonicalize().map_err(failed)?;
        Ok(Self::Regular(target, file, metadata))
    }
}

const ENXIO: i32 = nix::errno::Errno::ENXIO as i32;

/// Refuses a path without a regular file that could be read and replaced.
pub fn regular(path: &Path) -> Result<()> {
    open_regular(path).map(|_| ())
}

/// Opens a regular file for reading. Opening a pipe would wait, and a device may have no end.
pub fn open_regular(path: &Path) -> Result<(File, Metadata)> {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(OFlag::O_NONBLOCK.bits());
    let opened = fs::metadata(path).and_then(|before| {
        if !before.is_file() {
            return Ok(Err(before.file_type()));
        }
        let file = options.open(path)?;
        let metadata = file.metadata()?;
        Ok(match metadata.is_file() {
            true => Ok((file, metadata)),
            false => Err(metadata.file_type()),
        })
    });
    match opened {
        Ok(Ok(file)) => Ok(file),
        Ok(Err(kind)) => Err(refused(path, kind)),
        Err(error) => Err(Box::new(cannot("read", path, &error))),
    }
}

fn refused(path: &Path, kind: fs::FileType) -> Box<Diagnostic> {
    let description = match kind {
        kind if kind.is_dir() => "a directory",
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        kind if kind.is_block_device() || kind.is_char_device() => "a device",
        _ => "not a regular file",
    };
    Box::new(
        Diagnostic::error(format!(
            "cannot write {}: it is {description}",
            path.display()
        ))
        .help("pass a regular file, or a new path"),
    )
}

/// The message that an operation on a file failed.
pub fn cannot(what: &str, path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::error(format!("cannot {what} {}: {error}", path.display()))
}

/// Opens a device, or a pipe that has a reader.
fn stream(path: &Path) -> io::Result<Box<dyn Write>> {
    let mut options = OpenOptions::new();
    options.write(true);
    // Fails where opening a pipe would wait for a reader.
    let probe = options
        .clone()
        .custom_flags(OFlag::O_NONBLOCK.bits() | OFlag::O_NOCTTY.bits())
        .open(path)?;
    let stream = options.custom_flags(OFlag::O_NOCTTY.bits()).open(path)?;
    drop(probe);
    Ok(Box::new(stream))
}

/// The path of a file that does not exist, behind the symbolic links that lead there.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => {
                let target = fs::read_link(&path)?;
                path.pop();
                path.push(target);
            }
            _ => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}
