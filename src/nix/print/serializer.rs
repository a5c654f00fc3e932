//! How serde's kinds of values come to the printer.

use serde::ser::{self, Impossible, Serialize};

use super::{Compound, Place, PrintError, Printer, quote};

impl<'a, 'w> ser::Serializer for &'a mut Printer<'w> {
    type Ok = ();
    type Error = PrintError;
    type SerializeSeq = Compound<'a, 'w>;
    type SerializeTuple = Impossible<(), PrintError>;
    type SerializeTupleStruct = Impossible<(), PrintError>;
    type SerializeTupleVariant = Impossible<(), PrintError>;
    type SerializeMap = Compound<'a, 'w>;
    type SerializeStruct = Compound<'a, 'w>;
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
            .map_err(|_| PrintError::new(format!("{value} is too large for a Nix integer")))?;
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
            Place::Key => self.name(value),
            Place::Binding { quoted: true, .. } => {
                let mut text = String::with_capacity(value.len() + 2);
                quote(&mut text, value)?;
                self.separate(text.chars().count() + 1, false);
                self.text.push_str(&text);
                Ok(())
            }
            Place::Top | Place::Element | Place::Binding { .. } => {
                self.separate(0, false);
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

    fn serialize_seq(self, len: Option<usize>) -> Result<Compound<'a, 'w>, PrintError> {
        Ok(Compound::new(self, '[', len))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Compound<'a, 'w>, PrintError> {
        Ok(Compound::new(self, '{', len))
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Compound<'a, 'w>, PrintError> {
        Ok(Compound::new(self, '{', Some(len)))
    }

    fn serialize_f32(self, value: f32) -> Result<(), PrintError> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), PrintError> {
        Err(PrintError::new(format!(
            "{value}: the attribute set cannot contain fractions"
        )))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), PrintError> {
        Err(PrintError::new("bytes cannot be written as Nix"))
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
    PrintError::new(format!("{name} cannot be written to the attribute set"))
}

impl ser::SerializeSeq for Compound<'_, '_> {
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

impl ser::SerializeMap for Compound<'_, '_> {
    type Ok = ();
    type Error = PrintError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), PrintError> {
        self.key(|printer| {
            printer.place = Place::Key;
            key.serialize(printer)
        })
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), PrintError> {
        self.binding(value)
    }

    fn end(self) -> Result<(), PrintError> {
        self.close("{ }", '}');
        Ok(())
    }
}

impl ser::SerializeStruct for Compound<'_, '_> {
    type Ok = ();
    type Error = PrintError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), PrintError> {
        self.key(|printer| printer.name(name))?;
        self.binding(value)
    }

    fn end(self) -> Result<(), PrintError> {
        self.close("{ }", '}');
        Ok(())
    }
}
