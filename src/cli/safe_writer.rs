//! Texts for machines go out as they are. What could control a terminal or a workflow, and what the
//! format has no escape for, does not go out at all.

use std::io::{self, Write};

/// Passes on what is harmless, and fails on the rest.
pub struct SafeWriter<W> {
    out: W,
    /// Whether lines may be workflow commands, as annotations are.
    has_annotations: bool,
    /// The two bytes before.
    before: [u8; 2],
    line: Line,
}

/// What there is of the current line.
#[derive(Clone, Copy, PartialEq)]
enum Line {
    /// Blanks at most.
    Start,
    /// Blanks and a colon.
    Colon,
    /// More.
    Inside,
}

impl<W: Write> SafeWriter<W> {
    /// For files and other results.
    pub fn new(out: W) -> Self {
        Self {
            out,
            has_annotations: false,
            before: [b'\n'; 2],
            line: Line::Start,
        }
    }

    /// For annotations of a GitHub workflow.
    pub fn annotations(out: W) -> Self {
        Self {
            has_annotations: true,
            ..Self::new(out)
        }
    }

    /// Goes on behind a plain text.
    fn skip(&mut self, text: &[u8]) {
        for &byte in &text[text.len().saturating_sub(2)..] {
            self.before = [self.before[1], byte];
        }
        let last = text.iter().rposition(|byte| *byte == b'\n');
        if last.is_none() && self.line == Line::Inside {
            return;
        }
        let line = last.map_or(text, |at| &text[at + 1..]);
        self.line = match line.trim_ascii_start() {
            [] => Line::Start,
            [b':'] => Line::Colon,
            _ => Line::Inside,
        };
    }

    fn check(&mut self, byte: u8) -> Result<(), String> {
        match (self.before, byte) {
            // Tabs indent Lua.
            (_, b'\n' | b'\t' | b' '..=b'~') => {}
            (_, ..=b'\x1f' | b'\x7f') => return Err(control(u32::from(byte))),
            ([_, 0xc2], 0x80..=0x9f) => return Err(control(u32::from(byte))),
            ([0xe2, 0x80], 0xaa..=0xae) => return Err(control(0x2000 + u32::from(byte & 0x3f))),
            ([0xe2, 0x81], 0xa6..=0xa9) => return Err(control(0x2040 + u32::from(byte & 0x3f))),
            _ => {}
        }
        let is_command = self.line == Line::Colon && byte == b':' && !self.has_annotations;
        if is_command || self.before == *b"##" && byte == b'[' {
            let command = if is_command { "::" } else { "##[" };
            return Err(format!(
                "a line contains `{command}`, which a GitHub workflow would run as a command"
            ));
        }
        self.line = match (self.line, byte) {
            (_, b'\n') => Line::Start,
            (Line::Start, b' ' | b'\t' | 0x80..) => Line::Start,
            (Line::Start, b':') => Line::Colon,
            _ => Line::Inside,
        };
        self.before = [self.before[1], byte];
        Ok(())
    }
}

fn control(code: u32) -> String {
    format!(
        "it contains the control character U+{code:04X}, which only --format json escapes: remove \
        it from the input"
    )
}

/// Whether nothing of a text has to be looked at byte by byte: it is ASCII without control characters,
/// and no two colons or hashes are adjacent.
fn is_plain(text: &[u8]) -> bool {
    // Without a branch per byte, that is quickly seen.
    let is_shown = |byte: u8| (b' '..=b'~').contains(&byte) | (byte == b'\n') | (byte == b'\t');
    let may_begin = |a: u8, b: u8| (a == b) & ((a == b':') | (a == b'#'));
    let pairs = text.iter().zip(text.iter().skip(1));
    text.iter().fold(true, |all, byte| all & is_shown(*byte))
        && !pairs.fold(false, |any, (a, b)| any | may_begin(*a, *b))
}

impl<W: Write> Write for SafeWriter<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let begins_nothing = self.line != Line::Colon && self.before[1] != b'#';
        if begins_nothing && is_plain(text) {
            self.skip(text);
        } else {
            for &byte in text {
                let refused = |why| io::Error::new(io::ErrorKind::InvalidData, why);
                self.check(byte).map_err(refused)?;
            }
        }
        self.out.write_all(text)?;
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn write(text: &str) -> Result<String, String> {
        let mut out = Vec::new();
        let mut checked = SafeWriter::new(&mut out);
        // In pieces, as texts come.
        let in_pieces = text.bytes().try_for_each(|byte| checked.write_all(&[byte]));
        let mut whole = SafeWriter::new(Vec::new());
        let at_once = whole.write_all(text.as_bytes());
        assert_eq!(in_pieces.is_ok(), at_once.is_ok(), "{text:?}");
        in_pieces.map_err(|error| error.to_string())?;
        assert_eq!(out, whole.out);
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn passes_on_what_is_harmless() {
        for text in ["", "a::b\n\t# #[x] é \u{ad}\u{2030}\n", "\u{200f}"] {
            assert_eq!(write(text).unwrap(), text);
        }
    }

    #[test]
    fn it_makes_no_difference_where_a_text_is_divided() {
        let harmless = ["x\n  y: :z\n", "# #\n[", "\n : :", "a\n b::c"];
        let refused = ["x\n  ::y\n", "::", "\n\t::z", "a ##[b", "a\n###[", "é\n::"];
        let texts = harmless.map(|text| (text, true));
        for (text, is_ok) in texts.into_iter().chain(refused.map(|text| (text, false))) {
            for at in 0..=text.len() {
                let (first, second) = text.as_bytes().split_at(at);
                let mut checked = SafeWriter::new(io::sink());
                let written = checked
                    .write_all(first)
                    .and_then(|()| checked.write_all(second));
                assert_eq!(written.is_ok(), is_ok, "{text:?} at {at}");
            }
        }
    }

    #[test]
    fn refuses_the_rest_by_name() {
        for (text, name) in [
            ("\u{1b}[m", "U+001B"),
            ("a\rb", "U+000D"),
            ("\u{7f}", "U+007F"),
            ("\u{9b}", "U+009B"),
            ("\u{202e}", "U+202E"),
            ("\u{2069}", "U+2069"),
            ("x ##[error]", "`##[`"),
            ("x ###[", "`##[`"),
            ("é\u{202e}", "U+202E"),
            ("x\n ::error::", "`::`"),
        ] {
            let refused = write(text).unwrap_err();
            assert!(refused.contains(name), "{refused}");
        }
        let mut annotations = SafeWriter::annotations(io::sink());
        annotations.write_all(b"::error::x\n").unwrap();
        annotations.write_all(b"##[error]\n").unwrap_err();
    }
}
