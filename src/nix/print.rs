//! Prints any serializable value as Nix text that nixfmt (RFC 166) leaves unchanged.
//!
//! One pass over the value, straight into the text: a list is written open, one element per
//! line, and folded back onto one line when it turns out to hold a single short element. What
//! nothing can change any more goes out in chunks, so that memory holds only a part of the text.

mod serializer;

use std::fmt::Display;
use std::io::{self, Write};

use serde::ser::{self, Serialize};

use super::{KEYWORDS, LONGEST_KEYWORD};

/// The widest line nixfmt keeps, in code points, without its indentation.
const WIDTH: usize = 100;

/// How much text is kept before it goes out, in bytes.
const CHUNK: usize = 64 * 1024;

/// Why a value was not printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// It has no Nix text: NUL in a string, a float, an enum with data.
    #[error("{0}")]
    Value(String),
    /// The text cannot be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}

impl PrintError {
    fn new(message: impl Into<String>) -> Self {
        Self::Value(message.into())
    }
}

impl From<PrintError> for io::Error {
    fn from(error: PrintError) -> Self {
        match error {
            PrintError::Value(message) => Self::other(message),
            PrintError::Write(error) => error,
        }
    }
}

impl ser::Error for PrintError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}

/// The value as a Nix expression with a final newline.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, PrintError> {
    let mut text = Vec::new();
    to_writer(&mut text, value)?;
    String::from_utf8(text).map_err(ser::Error::custom)
}

/// Writes the value as a Nix expression with a final newline.
pub fn to_writer<T: Serialize + ?Sized>(out: &mut dyn Write, value: &T) -> Result<(), PrintError> {
    let mut printer = Printer {
        out,
        text: String::new(),
        indent: 0,
        place: Place::Top,
        depth: 0,
        settled: 0,
    };
    value.serialize(&mut printer)?;
    printer.text.push('\n');
    printer.send()
}

/// Where the value being printed stands, which decides how it may break.
#[derive(Clone, Copy)]
enum Place {
    Top,
    Element,
    /// Where an attribute name stands.
    Key,
    /// After `key =`: the offset where the key starts, and whether the key is quoted.
    Binding {
        key: usize,
        quoted: bool,
    },
}

struct Printer<'w> {
    out: &'w mut dyn Write,
    /// What has not gone out yet.
    text: String,
    indent: usize,
    place: Place,
    /// How many attribute sets and lists are under way, each within the one before.
    depth: usize,
    /// How many of them, from the outermost, are on several lines for certain. Unless that is all of
    /// them, what stands before may change.
    settled: usize,
}

impl Printer<'_> {
    /// Sends off a chunk of the text, where nothing refers to what stands in it.
    fn send_chunk(&mut self) -> Result<(), PrintError> {
        if self.settled == self.depth && self.text.len() >= CHUNK {
            self.send()?;
        }
        Ok(())
    }

    fn send(&mut self) -> Result<(), PrintError> {
        self.out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    fn new_line(&mut self) {
        // In one piece as far as anybody nests.
        const LINE: &str = "\n                                                                ";
        let mut left = 2 * self.indent;
        let now = left.min(LINE.len() - 1);
        self.text.push_str(&LINE[..=now]);
        left -= now;
        if left > 0 {
            self.text.push_str(&" ".repeat(left));
        }
    }

    /// The width that the line of the current binding takes with `more` after its key.
    fn binding_width(&self, key: usize, more: usize) -> usize {
        let bytes = self.text.len() - key + more;
        // Counting code points is only worth it when the bytes do not fit.
        if bytes <= WIDTH {
            bytes
        } else {
            self.text[key..].chars().count() + more
        }
    }

    /// Writes what stands between a key and its value, whose first line takes `width` code points,
    /// and says whether that moved the value to a line of its own, one deeper.
    ///
    /// After a plain key only atoms move: strings and what opens with a bracket stay.
    fn separate(&mut self, width: usize, is_atom: bool) -> bool {
        let Place::Binding { key, quoted } = self.place else {
            return false;
        };
        let breaks = (quoted || is_atom) && self.binding_width(key, " = ".len() + width) > WIDTH;
        if breaks {
            self.text.push_str(" =");
            self.indent += 1;
            self.new_line();
            self.indent -= 1;
        } else {
            self.text.push_str(" = ");
        }
        breaks
    }

    /// Writes an attribute name, with quotes where it needs them.
    fn name(&mut self, name: &str) -> Result<(), PrintError> {
        if is_bare(name) {
            self.text.push_str(name);
            return Ok(());
        }
        quote(&mut self.text, name)
    }

    /// Writes what never breaks: a number, a word, an empty set or list.
    fn atom(&mut self, atom: &str) {
        self.separate(atom.len() + 1, true);
        self.text.push_str(atom);
    }

    fn negative(&mut self, number: i64) {
        match self.place {
            Place::Element => self.text.push_str(&format!("({number})")),
            _ => self.atom(&number.to_string()),
        }
    }
}

/// Appends `value` as a double-quoted Nix string.
fn quote(text: &mut String, value: &str) -> Result<(), PrintError> {
    text.push('"');
    // Most texts have nothing to escape. Without a branch per byte, that is quickly seen.
    let plain = |byte: u8| byte >= b' ' && !matches!(byte, b'"' | b'\\' | b'$' | b'[');
    if value.bytes().fold(true, |all, byte| all & plain(byte)) {
        text.push_str(value);
        text.push('"');
        return Ok(());
    }
    let mut done = 0;
    for (at, byte) in value.bytes().enumerate() {
        let escaped = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            b'$' if value.as_bytes().get(at + 1) == Some(&b'{') => "\\$",
            // GitHub's runner obeys `##[error]` anywhere in a log.
            b'[' if value.as_bytes()[..at].ends_with(b"##") => "\\[",
            0 => {
                return Err(PrintError::new(
                    "a Nix string cannot contain a NUL character",
                ));
            }
            _ => continue,
        };
        text.push_str(&value[done..at]);
        text.push_str(escaped);
        done = at + 1;
    }
    text.push_str(&value[done..]);
    text.push('"');
    Ok(())
}

/// Whether a name may stand without quotes in an attribute set.
fn is_bare(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'\'' | b'-'))
        && !is_keyword(name)
}

fn is_keyword(name: &str) -> bool {
    // Few names begin as a keyword does, and only those are compared as a whole.
    let begins = |keyword: &str| keyword.as_bytes().first() == name.as_bytes().first();
    name.len() <= LONGEST_KEYWORD && KEYWORDS.iter().any(|word| begins(word) && *word == name)
}

/// An attribute set or a list under way.
struct Compound<'a, 'w> {
    printer: &'a mut Printer<'w>,
    /// Offset of what separates it from the key.
    before: usize,
    /// Whether that is a line break, so that everything in it stands one deeper.
    broken: bool,
    /// Offset of the opening bracket.
    start: usize,
    /// Offset of the first element or binding.
    first: usize,
    count: usize,
    is_list: bool,
    place: Place,
}

impl<'a, 'w> Compound<'a, 'w> {
    fn new(printer: &'a mut Printer<'w>, bracket: char, count: Option<usize>) -> Self {
        let place = printer.place;
        let before = printer.text.len();
        // An empty one is an atom and breaks like one; a full one needs room for its bracket only.
        let broken = count != Some(0) && printer.separate(1, false);
        let start = printer.text.len();
        if count != Some(0) {
            printer.text.push(bracket);
        }
        printer.indent += 1 + usize::from(broken);
        printer.depth += 1;
        Self {
            printer,
            before,
            broken,
            start,
            first: 0,
            count: 0,
            is_list: bracket == '[',
            place,
        }
    }

    /// Begins the line of the next element or binding.
    fn item(&mut self) -> Result<(), PrintError> {
        // Only a list of a single element, with nothing on several lines in it, may fold.
        if !self.is_list || self.count == 1 {
            self.printer.settled = self.printer.depth;
        }
        self.printer.send_chunk()?;
        self.printer.new_line();
        if self.count == 0 {
            self.first = self.printer.text.len();
        }
        self.count += 1;
        Ok(())
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), PrintError> {
        self.item()?;
        self.printer.place = Place::Element;
        value.serialize(&mut *self.printer)
    }

    /// Writes the value behind `name =`, and the semicolon.
    fn binding<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), PrintError> {
        value.serialize(&mut *self.printer)?;
        self.printer.text.push(';');
        Ok(())
    }

    /// Begins a binding with what writes its name; its value comes next.
    fn key(
        &mut self,
        name: impl FnOnce(&mut Printer<'w>) -> Result<(), PrintError>,
    ) -> Result<(), PrintError> {
        self.item()?;
        let key = self.printer.text.len();
        name(self.printer)?;
        let quoted = self.printer.text[key..].starts_with('"');
        self.printer.place = Place::Binding { key, quoted };
        Ok(())
    }

    fn close(self, empty: &str, bracket: char) {
        let is_settled = self.printer.settled == self.printer.depth;
        let folds = !is_settled && self.count == 1 && self.fits_on_one_line();
        let Self {
            printer,
            before,
            broken,
            start,
            first,
            count,
            place,
            is_list: _,
        } = self;
        printer.depth -= 1;
        printer.settled = printer.settled.min(printer.depth);
        printer.indent -= 1;
        if count == 0 {
            // The bracket may stand already when the length was not known in advance.
            printer.text.truncate(before);
            printer.indent -= usize::from(broken);
            printer.place = place;
            printer.atom(empty);
            return;
        }
        if folds {
            printer.text.replace_range(start + 1..first, " ");
            printer.text.push(' ');
        } else {
            printer.new_line();
        }
        printer.text.push(bracket);
        printer.indent -= usize::from(broken);
    }

    /// Whether a list of one element fits as `[ x ]`.
    fn fits_on_one_line(&self) -> bool {
        let text = &self.printer.text;
        let element = &text[self.first..];
        if element.contains('\n') || element.ends_with('}') && element != "{ }" {
            return false;
        }
        let (before, semicolon) = match self.place {
            Place::Binding { .. } if self.broken => ("", 1),
            Place::Binding { key, .. } => (&text[key..self.start], 1),
            Place::Top | Place::Element | Place::Key => ("", 0),
        };
        // As for a binding, few have to be counted.
        before.len() + 4 + element.len() + semicolon <= WIDTH
            || before.chars().count() + 4 + element.chars().count() + semicolon <= WIDTH
    }
}
