//! The one way in which a file of a foreign tree is read: regular files only, and bounded.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use flate2::read::GzDecoder;

use super::report::Reason;

/// The first `limit` bytes of a file; those of its content if its name ends in `.gz`.
pub(super) fn read_start(path: &Path, limit: u64) -> Result<Vec<u8>, Reason> {
    let mut bytes = Vec::with_capacity(8 * 1024);
    let zipped = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("gz"));
    open(path)
        .and_then(|file| match zipped {
            true => GzDecoder::new(file).take(limit).read_to_end(&mut bytes),
            false => file.take(limit).read_to_end(&mut bytes),
        })
        .map_err(|error| unreadable(&error))?;
    Ok(bytes)
}

/// A whole file, unless it is larger than `limit`.
pub(super) fn read_whole(path: &Path, limit: u64) -> Result<Vec<u8>, Reason> {
    let bytes = read_start(path, limit + 1)?;
    if bytes.len() as u64 > limit {
        return Err(Reason::TooLarge {
            bytes: fs::metadata(path).map_or(limit, |metadata| metadata.len()),
        });
    }
    Ok(bytes)
}

/// The text of a file. Bytes that are not UTF-8 are replaced.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    // Nearly every file is UTF-8, and to see that takes a tenth of the time of replacing nothing.
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// The operating system's refusal as a note.
pub(super) fn unreadable(error: &io::Error) -> Reason {
    Reason::Unreadable {
        message: error.to_string(),
    }
}

/// Opening a pipe would wait for ever, and a device may have no end.
fn open(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() {
        File::open(path)
    } else {
        Err(io::Error::other("not a regular file"))
    }
}
