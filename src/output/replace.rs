//! Files written in one step: a temporary file in the same directory, then a rename.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use tempfile::NamedTempFile;

use super::{Content, rights};
use crate::diagnostic::Diagnostic;

/// How the names of temporary files begin.
const PREFIX: &str = ".prosody-stability-";
/// How many temporary files are tried; each time another process took the last one for left over.
const TRIES: usize = 10;
/// Who may read a new file: the umask still applies.
const DEFAULT_MODE: u32 = 0o666;
/// Who may read what will replace a file, as long as it does not have that file's rights.
const PRIVATE_MODE: u32 = 0o600;

/// Writes a file that does not exist. One that has come up meanwhile is not touched.
pub fn create(path: &Path, content: &Content<'_>) -> io::Result<()> {
    let mut file = temporary_beside(path, DEFAULT_MODE)?;
    content(&mut file)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Err(error.error),
        // Not every file system can do that.
        Err(error) => Ok(error.file.persist(path).map(|_| ())?),
    }
}

/// Replaces a file, keeping its rights as [`rights::keep`] does. Where its directory takes no new file, it is written in place.
///
/// `messages` says what could not be kept.
pub fn replace(
    path: &Path,
    old: &File,
    content: &Content<'_>,
    messages: &mut Vec<Diagnostic>,
) -> io::Result<()> {
    let in_place = |error: io::Error, messages: &mut Vec<Diagnostic>| {
        write_in_place(path, content).map_err(|second| {
            io::Error::new(
                second.kind(),
                format!("{second} (and its directory is not writable: {error})"),
            )
        })?;
        messages.push(
            Diagnostic::warning(format!(
                "{} was written in place, not atomically: {error}",
                path.display()
            ))
            .help("make its directory writable"),
        );
        Ok(())
    };
    let names = old.metadata()?.nlink();
    let mut file = match temporary_beside(path, PRIVATE_MODE) {
        Ok(file) => file,
        Err(error) if takes_no_new_file(&error) => return in_place(error, messages),
        Err(error) => return Err(error),
    };
    content(&mut file)?;
    let mut rights_messages = rights::keep(path, file.as_file(), old)?;
    file.as_file().sync_all()?;
    match file.persist(path) {
        Ok(_) => messages.append(&mut rights_messages),
        // Mounted by itself, as in a container: it can be written to, but not replaced.
        Err(error) if error.error.kind() == ErrorKind::ResourceBusy => {
            return in_place(error.error, messages);
        }
        Err(error) => return Err(error.error),
    }
    if names > 1 {
        messages.push(Diagnostic::warning(format!(
            "{} had more than one name: the other hard links keep the old content",
            path.display()
        )));
    }
    Ok(())
}

fn takes_no_new_file(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
    )
}

fn write_in_place(path: &Path, content: &Content<'_>) -> io::Result<()> {
    // What fails to be made must not leave half of it.
    let mut text = Vec::new();
    content(&mut text)?;
    let mut file = OpenOptions::new()
        .write(true)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(path)?;
    file.write_all(&text)?;
    file.set_len(text.len() as u64)?;
    file.sync_all()
}

/// Writes a copy of a file next to it, under a name that nobody has.
pub fn keep(path: &Path, old: &File, text: &[u8]) -> io::Result<PathBuf> {
    let mut file = temporary_beside(path, PRIVATE_MODE)?;
    file.write_all(text)?;
    // What cannot be kept is said when the file itself is replaced.
    rights::keep(path, file.as_file(), old)?;
    file.as_file().sync_all()?;
    let mut number = 1;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(match number {
            1 => ".bak".to_owned(),
            number => format!(".bak{number}"),
        });
        let name = PathBuf::from(name);
        match file.persist_noclobber(&name) {
            Ok(_) => return Ok(name),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
                file = error.file;
                number += 1;
            }
            Err(error) => return Err(error.error),
        }
    }
}

/// A temporary file in the directory of `path`, after those were removed that nobody writes any more.
///
/// It is locked as long as it is open: so others can tell it from one that was left behind.
fn temporary_beside(path: &Path, mode: u32) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    remove_left_over(folder);
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    builder.permissions(Permissions::from_mode(mode));
    for _ in 0..TRIES {
        let file = builder.tempfile_in(folder)?;
        // Without locks nobody removes it either.
        let is_taken = matches!(file.as_file().try_lock(), Err(TryLockError::WouldBlock));
        if !is_taken && file.as_file().metadata()?.nlink() > 0 {
            return Ok(file);
        }
    }
    Err(io::Error::other("temporary files are removed at once"))
}

/// Removes the temporary files of writes that were killed. What cannot be removed stays.
fn remove_left_over(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| {
        let name = entry.file_name();
        let random = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        random.is_some_and(|random| {
            !random.is_empty() && random.bytes().all(|b| b.is_ascii_alphanumeric())
        })
    });
    for entry in ours {
        let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(flags.bits())
            .open(entry.path());
        let Ok(file) = opened else { continue };
        let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
        if is_file && file.try_lock().is_ok() {
            let _ = fs::remove_file(entry.path());
        }
    }
}
