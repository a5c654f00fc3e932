//! JSON as text: the only place that writes it.
//!
//! ```
//! // What could control a terminal is escaped.
//! assert_eq!(prosody_stability::json::to_string("\u{1b}[31m")?, "\"\\u001b[31m\"\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use crate::terminal::{is_control, workflow_command};

/// A value as JSON with line breaks and a final one.
///
/// What could control a terminal or a GitHub workflow is escaped, so that the text is as harmless
/// in a log as it is in a file. Whoever parses it gets the same values.
pub fn to_string(value: &(impl Serialize + ?Sized)) -> serde_json::Result<String> {
    let mut text = Vec::new();
    to_writer(&mut text, value)?;
    String::from_utf8(text).map_err(|error| serde_json::Error::io(io::Error::other(error)))
}

/// Writes what [`to_string`] returns.
pub fn to_writer(out: &mut dyn Write, value: &(impl Serialize + ?Sized)) -> serde_json::Result<()> {
    let mut out = Escaping(out);
    serde_json::to_writer_pretty(&mut out, value)?;
    out.0.write_all(b"\n").map_err(serde_json::Error::io)
}

/// Gets each piece of a string in one call, and nothing else that needs an escape.
struct Escaping<'a>(&'a mut dyn Write);

impl Write for Escaping<'_> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        // Without a branch per byte it is quickly seen that most pieces need nothing.
        let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n') & (byte != b'[');
        let is_plain = piece.iter().fold(true, |all, byte| all & plain(*byte));
        if is_plain {
            self.0.write_all(piece)?;
            return Ok(piece.len());
        }
        match std::str::from_utf8(piece) {
            Ok(text) => self.0.write_all(escape(text).as_bytes())?,
            Err(_) => self.0.write_all(piece)?,
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn escape(text: &str) -> Cow<'_, str> {
    // Line breaks are those of the layout: inside of strings they are escaped already.
    let is_special = |c: char| is_control(c) && c != '\n';
    let command = workflow_command(text);
    if command.is_none() && !text.contains(is_special) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_special(c) || c == '[' && out.ends_with("##") {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out.into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_back_is_the_same() {
        let text = "a\u{1b}[31m \u{7f}\u{9b}\u{202e}\u{2028} ##[error] \n é";
        let json = to_string(&[text]).unwrap();
        assert_eq!(
            json,
            "[\n  \"a\\u001b[31m \\u007f\\u009b\\u202e\\u2028 ##\\u005berror] \\n é\"\n]\n"
        );
        assert_eq!(serde_json::from_str::<[String; 1]>(&json).unwrap(), [text]);
    }
}
