//! Prints any serializable value as Nix text that nixfmt (RFC 166) leaves unchanged.
//!
//! One pass over the value, straight into the text: a list is written open, one element per
//! line, and folded back onto one line when it turns out to hold a single short element.

use std::fmt::Display;

use serde::ser::{self, Impossible, Serialize};

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

impl<'a> ser::Serializer for &'a mut Printer {
    type Ok = ();
    type Error = PrintError;
    type SerializeSeq = Open<'a>;
    type SerializeTuple = Impossible<(), PrintError>;
    type SerializeTupleStruct = Impossible<(), PrintError>;
    type SerializeTupleVariant = Impossible<(), PrintError>;
    type SerializeMap = Open<'a>;
    type SerializeStruct = Open<'a>;
    type SerializeStructVariant = Impossible<(), PrintError>;

    fn serialize_bool(self, value: bool) -> Result<(), PrintError> {
        self.atom(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i64(self, value: i64) -> Result<(), PrintError> {
        if value < 0 {
            self.negative(value);
        } else {
            self.atom(&value.to_string());
        }
        Ok(())
    }

    fn serialize_u64(self, value: u64) -> Result<(), PrintError> {
        // Nix integers are signed and 64 bits wide.
        let value = i64::try_from(value)
            .map_err(|_| PrintError(format!("{value} is too large for a Nix integer")))?;
        self.serialize_i64(value)
    }

    fn serialize_i8(self, value: i8) -> Result<(), PrintError> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), PrintError> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), PrintError> {
        self.serialize_i64(value.into())
    }

    fn serialize_u8(self, value: u8) -> Result<(), PrintError> {
        self.serialize_i64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), PrintError> {
        self.serialize_i64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), PrintError> {
        self.serialize_i64(value.into())
    }

    fn serialize_str(self, value: &str) -> Result<(), PrintError> {
        match self.place {
            Place::Key if is_bare(value) => {
                self.text.push_str(value);
                Ok(())
            }
            Place::Binding { quoted: true, .. } => {
                let mut text = String::with_capacity(value.len() + 2);
                quote(&mut text, value)?;
                self.lead(text.chars().count() + 1, false);
                self.text.push_str(&text);
                Ok(())
            }
            Place::Top | Place::Element | Place::Key | Place::Binding { .. } => {
                self.lead(0, false);
                quote(&mut self.text, value)
            }
        }
    }

    fn serialize_char(self, value: char) -> Result<(), PrintError> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_none(self) -> Result<(), PrintError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), PrintError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), PrintError> {
        self.atom("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), PrintError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), PrintError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), PrintError> {
        value.serialize(self)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Open<'a>, PrintError> {
        Ok(Open::new(self, '[', len))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Open<'a>, PrintError> {
        Ok(Open::new(self, '{', len))
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Open<'a>, PrintError> {
        Ok(Open::new(self, '{', Some(len)))
    }

    fn serialize_f32(self, value: f32) -> Result<(), PrintError> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), PrintError> {
        Err(PrintError(format!(
            "{value}: fractions have no place in the attribute set"
        )))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), PrintError> {
        Err(PrintError("bytes have no Nix text".into()))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), PrintError> {
        Err(with_data(name))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, PrintError> {
        Err(with_data("tuple"))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, PrintError> {
        Err(with_data(name))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, PrintError> {
        Err(with_data(name))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, PrintError> {
        Err(with_data(name))
    }
}

fn with_data(name: &str) -> PrintError {
    PrintError(format!("{name} has no form in the attribute set"))
}

impl ser::SerializeSeq for Open<'_> {
    type Ok = ();
    type Error = PrintError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), PrintError> {
        self.element(value)
    }

    fn end(self) -> Result<(), PrintError> {
        self.close("[ ]", ']');
        Ok(())
    }
}

impl ser::SerializeMap for Open<'_> {
    type Ok = ();
    type Error = PrintError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), PrintError> {
        self.key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), PrintError> {
        self.binding(value)
    }

    fn end(self) -> Result<(), PrintError> {
        self.close("{ }", '}');
        Ok(())
    }
}

impl ser::SerializeStruct for Open<'_> {
    type Ok = ();
    type Error = PrintError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), PrintError> {
        self.key(name)?;
        self.binding(value)
    }

    fn end(self) -> Result<(), PrintError> {
        self.close("{ }", '}');
        Ok(())
    }
}
