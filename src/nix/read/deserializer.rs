//! How the reader hands what it reads to serde.

use std::ops::Range;

use rnix::SyntaxKind::*;
use serde::de::value::{BorrowedStrDeserializer, StringDeserializer};
use serde::de::{self, Deserialize, DeserializeSeed, Visitor};

use super::super::ignored::Ignored;
use super::{ReadError, Reader, Text};

pub(super) struct Items<'r, 'a> {
    pub(super) reader: &'r mut Reader<'a>,
    pub(super) done: bool,
}

impl<'a> de::SeqAccess<'a> for Items<'_, 'a> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'a>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        if self.done {
            return Ok(None);
        }
        match self.reader.peek_kind() {
            Some(TOKEN_R_BRACK) => {
                self.reader.next();
                self.done = true;
                Ok(None)
            }
            None => Err(self.reader.ended("`]`")),
            Some(_) => {
                let here = self.reader.here();
                seed.deserialize(&mut *self.reader)
                    .map(Some)
                    .map_err(|e| e.or_at(here))
            }
        }
    }
}

pub(super) struct Bindings<'r, 'a> {
    pub(super) reader: &'r mut Reader<'a>,
    pub(super) name: String,
    pub(super) opening: Range<usize>,
}

impl<'a> de::MapAccess<'a> for Bindings<'_, 'a> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'a>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        let expected = "an attribute name or `}`";
        let Some(token) = self.reader.next() else {
            return Err(self.reader.ended(expected));
        };
        let text = match token.kind {
            TOKEN_R_BRACE => {
                self.reader.at = self.opening.clone();
                return Ok(None);
            }
            TOKEN_IDENT => Text::Plain(token.text),
            TOKEN_STRING_START => self.reader.string(&token)?,
            _ => return Err(self.reader.unexpected(&token, expected)),
        };
        self.reader.at = token.start..self.reader.here().start.max(token.start);
        self.name.clear();
        self.name.push_str(text.as_str());
        if token.kind == TOKEN_IDENT {
            self.reader.at = token.span();
        }
        let key = match text {
            Text::Plain(text) => seed.deserialize(BorrowedStrDeserializer::<ReadError>::new(text)),
            Text::Unescaped(text) => seed.deserialize(StringDeserializer::<ReadError>::new(text)),
        };
        key.map(Some).map_err(|e| e.or_at(self.reader.at.clone()))
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        match self.reader.next() {
            Some(token) if token.kind == TOKEN_ASSIGN => {}
            Some(token) if token.kind == TOKEN_DOT => {
                return Err(ReadError::new("a dotted attribute path", token.span())
                    .help("write nested sets: `a = { b = …; };`"));
            }
            Some(token) => return Err(self.reader.unexpected(&token, "`=`")),
            None => return Err(self.reader.ended("`=`")),
        }
        let here = self.reader.here();
        let value = seed.deserialize(&mut *self.reader).map_err(|error| {
            let mut error = error.or_at(here);
            error.path.insert(0, self.name.clone());
            error
        })?;
        self.reader.expect(TOKEN_SEMICOLON, "`;`")?;
        Ok(value)
    }
}

impl<'de> de::Deserializer<'de> for &mut Reader<'de> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let expected = "a set, a list, a string, an integer, true or false";
        match self.peek_kind() {
            Some(TOKEN_L_BRACE) => return self.set(visitor),
            Some(TOKEN_L_BRACK) => return self.list(visitor),
            None => return Err(self.ended(expected)),
            Some(_) => {}
        }
        let Some(token) = self.next() else {
            return Err(self.ended(expected));
        };
        let value = match (token.kind, token.text) {
            (TOKEN_IDENT, "true") => visitor.visit_bool(true),
            (TOKEN_IDENT, "false") => visitor.visit_bool(false),
            (TOKEN_IDENT, "null") => visitor.visit_none(),
            (TOKEN_INTEGER, digits) => match digits.parse::<i64>() {
                Ok(number) => visitor.visit_i64(number),
                Err(_) => Err(ReadError::new("this integer is too large", token.span())),
            },
            (TOKEN_STRING_START, _) => match self.string(&token)? {
                Text::Plain(text) => visitor.visit_borrowed_str(text),
                Text::Unescaped(text) => visitor.visit_string(text),
            },
            _ => Err(self.unexpected(&token, expected)),
        };
        value.map_err(|e: ReadError| e.or_at(token.span()))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.tokens.peek() {
            Some(token) if token.kind == TOKEN_IDENT && token.text == "null" => {
                self.next();
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let token = self.expect(TOKEN_STRING_START, "a string")?;
        let text = self.string(&token)?;
        visitor
            .visit_enum(BorrowedOrOwned(text))
            .map_err(|e: ReadError| e.or_at(token.span()))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        Ignored::deserialize(self)?;
        visitor.visit_unit()
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.set(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier
    }
}

struct BorrowedOrOwned<'a>(Text<'a>);

impl<'a> de::EnumAccess<'a> for BorrowedOrOwned<'a> {
    type Error = ReadError;
    type Variant = NoData;

    fn variant_seed<V: DeserializeSeed<'a>>(
        self,
        seed: V,
    ) -> Result<(V::Value, NoData), ReadError> {
        let deserializer = de::value::StrDeserializer::<ReadError>::new(self.0.as_str());
        seed.deserialize(deserializer).map(|value| (value, NoData))
    }
}

/// Enum variants in an emitted file are plain words.
struct NoData;

impl<'a> de::VariantAccess<'a> for NoData {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, _: T) -> Result<T::Value, ReadError> {
        Err(de::Error::custom("a plain word is expected"))
    }

    fn tuple_variant<V: Visitor<'a>>(self, _: usize, _: V) -> Result<V::Value, ReadError> {
        Err(de::Error::custom("a plain word is expected"))
    }

    fn struct_variant<V: Visitor<'a>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, ReadError> {
        Err(de::Error::custom("a plain word is expected"))
    }
}
