//! How the reader hands what it reads to serde.

use std::borrow::Cow;
use std::ops::Range;

use rnix::SyntaxKind::*;
use serde::de::value::{BorrowedStrDeserializer, CowStrDeserializer, StringDeserializer};
use serde::de::{self, Deserialize, DeserializeSeed, Visitor};

use super::super::ignored::Ignored;
use super::{ReadError, Reader};

impl<'a> Reader<'a> {
    fn list<V: Visitor<'a>>(&mut self, visitor: V) -> Result<V::Value, ReadError> {
        let opening = self.expect(TOKEN_L_BRACK, "a list")?;
        self.enter(&opening)?;
        let value = visitor.visit_seq(Items {
            reader: self,
            done: false,
        })?;
        self.depth -= 1;
        Ok(value)
    }

    fn set<V: Visitor<'a>>(&mut self, visitor: V) -> Result<V::Value, ReadError> {
        let opening = self.expect(TOKEN_L_BRACE, "an attribute set `{ … }`")?;
        self.enter(&opening)?;
        let value = visitor
            .visit_map(Bindings {
                reader: self,
                name: String::new(),
                opening: opening.span(),
            })
            .map_err(|e| e.or_at(self.last_name.clone()))?;
        self.depth -= 1;
        Ok(value)
    }
}

/// The elements of a list under way.
struct Items<'r, 'a> {
    reader: &'r mut Reader<'a>,
    done: bool,
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
            None => Err(self.reader.unexpected_end("`]`")),
            Some(_) => {
                let here = self.reader.next_span();
                seed.deserialize(&mut *self.reader)
                    .map(Some)
                    .map_err(|e| e.or_at(here))
            }
        }
    }
}

/// The bindings `name = value;` of an attribute set under way.
struct Bindings<'r, 'a> {
    reader: &'r mut Reader<'a>,
    /// The name of the binding that is read.
    name: String,
    /// The bracket that opens the set.
    opening: Range<usize>,
}

impl<'a> de::MapAccess<'a> for Bindings<'_, 'a> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'a>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        let expected = "an attribute name or `}`";
        let Some(token) = self.reader.next() else {
            return Err(self.reader.unexpected_end(expected));
        };
        let text = match token.kind {
            TOKEN_R_BRACE => {
                self.reader.last_name = self.opening.clone();
                return Ok(None);
            }
            TOKEN_IDENT => Cow::Borrowed(token.text),
            TOKEN_STRING_START => self.reader.string(&token)?,
            _ => return Err(self.reader.unexpected(&token, expected)),
        };
        self.reader.last_name = token.start..self.reader.next_span().start.max(token.start);
        self.name.clear();
        self.name.push_str(&text);
        if token.kind == TOKEN_IDENT {
            self.reader.last_name = token.span();
        }
        let key = match text {
            Cow::Borrowed(text) => {
                seed.deserialize(BorrowedStrDeserializer::<ReadError>::new(text))
            }
            Cow::Owned(text) => seed.deserialize(StringDeserializer::<ReadError>::new(text)),
        };
        key.map(Some)
            .map_err(|e| e.or_at(self.reader.last_name.clone()))
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        match self.reader.next() {
            Some(token) if token.kind == TOKEN_ASSIGN => {}
            Some(token) if token.kind == TOKEN_DOT => {
                return Err(ReadError::new("a dotted attribute path", token.span())
                    .help("write nested sets: `a = { b = …; };`"));
            }
            Some(token) => return Err(self.reader.unexpected(&token, "`=`")),
            None => return Err(self.reader.unexpected_end("`=`")),
        }
        let here = self.reader.next_span();
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
            None => return Err(self.unexpected_end(expected)),
            Some(_) => {}
        }
        let Some(token) = self.next() else {
            return Err(self.unexpected_end(expected));
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
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
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
            .visit_enum(CowStrDeserializer::new(text))
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
