//! Prints any serializable value as Nix text that nixfmt (RFC 166) leaves unchanged.
//!
//! One pass over the value, straight into the text: a list is written open, one element per
//! line, and folded back onto one line when it turns out to hold a single short element.

mod serializer;

use std::fmt::Display;

use serde::ser::{self, Serialize};

use super::KEYWORDS;

/// The widest line nixfmt keeps, in code points, without its indentation.
const WIDTH: usize = 100;

/// Why a value has no Nix text: NUL in a string, a float, an enum with data.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PrintError(String);

impl ser::Error for PrintError {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// The value as a Nix expression with a final newline.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, PrintError> {
    let mut text = String::new();
    append(&mut text, value)?;
    Ok(text)
}

/// Appends the value as a Nix expression with a final newline to `text`, which must end in a newline.
pub fn append<T: Serialize + ?Sized>(text: &mut String, value: &T) -> Result<(), PrintError> {
    let mut printer = Printer {
        text: std::mem::take(text),
        indent: 0,
        place: Place::Top,
    };
    let printed = value.serialize(&mut printer);
    *text = printer.text;
    printed?;
    text.push('\n');
    Ok(())
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

struct Printer {
    text: String,
    indent: usize,
    place: Place,
}

impl Printer {
    fn new_line(&mut self) {
        const SPACES: &str = "                                                                ";
        self.text.push('\n');
        let mut left = 2 * self.indent;
        while left > 0 {
            let now = left.min(SPACES.len());
            self.text.push_str(&SPACES[..now]);
            left -= now;
        }
    }

    /// The width that the line of the current binding takes with `more` after `key =`.
    fn binding_width(&self, key: usize, more: usize) -> usize {
        let bytes = self.text.len() - key + more;
        // Counting code points is only worth it when the bytes do not fit.
        if bytes <= WIDTH {
            bytes
        } else {
            self.text[key..].chars().count() + more
        }
    }

    /// Writes the separator in front of a value whose first line takes `width` code points, and
    /// says whether that moved the value to a line of its own, one deeper.
    ///
    /// After a plain key only atoms move: strings and what opens with a bracket stay.
    fn lead(&mut self, width: usize, is_atom: bool) -> bool {
        let Place::Binding { key, quoted } = self.place else {
            return false;
        };
        let breaks = (quoted || is_atom) && self.binding_width(key, 1 + width) > WIDTH;
        if breaks {
            self.indent += 1;
            self.new_line();
            self.indent -= 1;
        } else {
            self.text.push(' ');
        }
        breaks
    }

    fn atom(&mut self, atom: &str) {
        self.lead(atom.len() + 1, true);
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
    let plain = |byte: u8| byte >= b' ' && !matches!(byte, b'"' | b'\\' | b'$');
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
            0 => {
                return Err(PrintError(
                    "a NUL character cannot stand in a Nix string".into(),
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
        && !KEYWORDS.contains(&name)
}

/// An attribute set or a list under way.
struct Open<'a> {
    printer: &'a mut Printer,
    /// Offset of what separates it from the key.
    lead: usize,
    /// Whether that is a line break, so that everything in it stands one deeper.
    broken: bool,
    /// Offset of the opening bracket.
    start: usize,
    /// Offset of the first element or binding.
    first: usize,
    count: usize,
    place: Place,
}

impl<'a> Open<'a> {
    fn new(printer: &'a mut Printer, bracket: char, count: Option<usize>) -> Self {
        let place = printer.place;
        let lead = printer.text.len();
        // An empty one is an atom and breaks like one; a full one needs room for its bracket only.
        let broken = count != Some(0) && printer.lead(1, false);
        let start = printer.text.len();
        if count != Some(0) {
            printer.text.push(bracket);
        }
        printer.indent += 1 + usize::from(broken);
        Self {
            printer,
            lead,
            broken,
            start,
            first: 0,
            count: 0,
            place,
        }
    }

    fn item(&mut self) {
        self.printer.new_line();
        if self.count == 0 {
            self.first = self.printer.text.len();
        }
        self.count += 1;
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), PrintError> {
        self.item();
        self.printer.place = Place::Element;
        value.serialize(&mut *self.printer)
    }

    fn binding<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), PrintError> {
        value.serialize(&mut *self.printer)?;
        self.printer.text.push(';');
        Ok(())
    }

    fn key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), PrintError> {
        self.item();
        let key = self.printer.text.len();
        self.printer.place = Place::Key;
        name.serialize(&mut *self.printer)?;
        let quoted = self.printer.text[key..].starts_with('"');
        self.printer.text.push_str(" =");
        self.printer.place = Place::Binding { key, quoted };
        Ok(())
    }

    fn close(self, empty: &str, bracket: char) {
        let folds = bracket == ']' && self.count == 1 && self.fits_on_one_line();
        let Self {
            printer,
            lead,
            broken,
            start,
            first,
            count,
            place,
        } = self;
        printer.indent -= 1;
        if count == 0 {
            // The bracket may stand already when the length was not known in advance.
            printer.text.truncate(lead);
            printer.indent -= usize::from(broken);
            printer.place = place;
            printer.atom(empty);
            return;
        }
        if folds {
            let element = printer.text.split_off(first);
            printer.text.truncate(start + 1);
            printer.text.push(' ');
            printer.text.push_str(&element);
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
        before.chars().count() + 4 + element.chars().count() + semicolon <= WIDTH
    }
}
