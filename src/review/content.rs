//! Tells what a JSON text is by its first keys.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

/// What a JSON text may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Inventory,
    Release,
    Plans,
}

/// What the keys at the top of a JSON text make of it; reads no further than it must.
pub(super) fn content(text: &str) -> Option<Content> {
    let mut answer = None;
    let mut json = serde_json::Deserializer::from_str(text);
    // An error is either a text that breaks off, which its reader explains, or a scan that had seen
    // enough.
    let _ = Probe(&mut answer).deserialize(&mut json);
    answer
}

struct Probe<'a>(&'a mut Option<Content>);

impl<'de> DeserializeSeed<'de> for Probe<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Probe<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            *self.0 = match key.as_str() {
                "version" | "revision" => Some(Content::Release),
                "flags" | "stabilities" | "categories" | "profiles" => Some(Content::Inventory),
                "kind" | "machines" => Some(Content::Plans),
                _ => None,
            };
            if self.0.is_some() {
                break;
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}
