//! Tells a release from an inventory by the first keys of its JSON.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

/// Whether the top of a JSON text has the keys of a release; reads no further than it must.
pub(super) fn is_release(text: &str) -> bool {
    let mut answer = None;
    let mut json = serde_json::Deserializer::from_str(text);
    // An error is either a text that breaks off, which its reader explains, or a scan that had seen
    // enough.
    let _ = Probe(&mut answer).deserialize(&mut json);
    answer.unwrap_or(false)
}

struct Probe<'a>(&'a mut Option<bool>);

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
                "version" | "revision" => Some(true),
                "flags" | "stabilities" | "categories" | "profiles" => Some(false),
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
