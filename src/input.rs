//! Reads inputs: files and standard input, up to a limit, as text that other places can rely on.
//!
//! ```
//! use prosody_stability::source::Source;
//!
//! let source = Source::from_bytes("mine.env".to_owned(), b"PROSODY_ENABLE_BETA=false\n".to_vec())?;
//! assert_eq!(source.text().lines().count(), 1);
//! assert!(Source::from_bytes("program".to_owned(), vec![0xff, 0]).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::diagnostic::{Diagnostic, Result};
use crate::source::Source;

const MIB: usize = 1024 * 1024;

/// The most that is read of any input, in MiB: an inventory of more than 100,000 modules.
const LIMIT: usize = 64;

/// The most that is read of a text that users write line by line, in MiB.
pub const WRITTEN_BY_HAND: usize = 16;

impl Source {
    /// Reads a file, or standard input for `-`.
    ///
    /// A leading byte order mark is dropped. Bytes that are not UTF-8 and NUL characters are
    /// errors: no text this tool reads or writes can hold them.
    pub fn read(path: &Path) -> Result<Self> {
        let stdin = path.as_os_str() == "-";
        let name = if stdin {
            "<stdin>".to_owned()
        } else {
            path.display().to_string()
        };
        let bytes = if stdin {
            read_to_limit(std::io::stdin().lock(), 0)
        } else {
            File::open(path).and_then(|file| {
                let length = file.metadata()?.len();
                read_to_limit(file, length)
            })
        };
        let bytes = bytes.map_err(|error| {
            Box::new(
                Diagnostic::error(format!("cannot read {name}: {error}"))
                    .maybe_help(path.is_dir().then_some("expected a file, not a directory")),
            )
        })?;
        Self::from_bytes(name, bytes)
    }

    /// Reads what a command prints.
    pub fn from_command(name: String, output: impl Read) -> Result<Self> {
        let bytes = read_to_limit(output, 0)
            .map_err(|error| Box::new(Diagnostic::error(format!("cannot read {name}: {error}"))))?;
        Self::from_bytes(name, bytes)
    }

    /// An error when the text has more than so many MiB.
    pub fn at_most(&self, limit: usize) -> Result<()> {
        if self.text().len() <= limit * MIB {
            return Ok(());
        }
        Err(too_long(self.name(), limit))
    }

    /// The same for bytes that were read elsewhere.
    pub fn from_bytes(name: String, bytes: Vec<u8>) -> Result<Self> {
        if bytes.len() > LIMIT * MIB {
            return Err(too_long(&name, LIMIT));
        }
        let mut text = String::from_utf8(bytes).map_err(|error| not_utf8(&name, &error))?;
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let source = Self::new(name, text);
        match memchr::memchr(0, source.text().as_bytes()) {
            Some(at) => Err(Box::new(
                Diagnostic::error(format!("{} contains a NUL character", source.name())).at(
                    &source,
                    at..at + 1,
                    "NUL",
                ),
            )),
            None => Ok(source),
        }
    }
}

fn too_long(name: &str, limit: usize) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(format!(
        "cannot read {name}: larger than {limit} MiB"
    )))
}

/// The bytes of an input of about this length, and no more of an endless one than shows that it is
/// too long.
fn read_to_limit(input: impl Read, length: u64) -> std::io::Result<Vec<u8>> {
    let limit = (LIMIT * MIB) as u64 + 1;
    let mut bytes = Vec::with_capacity(usize::try_from(length.min(limit)).unwrap_or_default() + 1);
    input.take(limit).read_to_end(&mut bytes).map(|_| bytes)
}

fn not_utf8(name: &str, error: &std::string::FromUtf8Error) -> Box<Diagnostic> {
    let valid = error.utf8_error().valid_up_to();
    let before = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
    let source = Source::new(name, format!("{before}\u{fffd}"));
    Box::new(
        Diagnostic::error(format!("{name} is not UTF-8 text"))
            .at(
                &source,
                valid..valid + '\u{fffd}'.len_utf8(),
                "this byte does not belong to any character",
            )
            .help("save the file as UTF-8"),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn drops_a_byte_order_mark() {
        let source = Source::from_bytes("f".into(), b"\xef\xbb\xbf{}".to_vec()).unwrap();
        assert_eq!(source.text(), "{}");
    }

    #[test]
    fn says_where_bytes_are_no_text() {
        let error = Source::from_bytes("f".into(), b"ab\ncd\xff".to_vec()).unwrap_err();
        assert_eq!(error.position(), Some((2, 3)));
        let error = Source::from_bytes("f".into(), b"a\n\0".to_vec()).unwrap_err();
        assert_eq!(error.position(), Some((2, 1)));
    }
}
