//! Maps whose keys are names: in the order they were written, each name once, and none that Nix reserves.

use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;

use indexmap::IndexMap;
use indexmap::map::Entry;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

/// Names that no entry can have: Nix takes a set with one of them for a text, in JSON as well.
const RESERVED: [&str; 2] = ["__toString", "outPath"];

/// Why an entry cannot have a name, if it cannot.
pub fn refused(name: &str) -> Option<String> {
    RESERVED
        .contains(&name)
        .then(|| format!("invalid name `{name}`: Nix reads a set that contains it as a string"))
}

/// Reads a map and refuses a name that occurs twice, or that Nix reserves.
pub fn unique<'de, D, K, V>(deserializer: D) -> Result<IndexMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Hash + Eq + fmt::Display + Borrow<str>,
    V: Deserialize<'de>,
{
    deserializer.deserialize_map(Unique(PhantomData))
}

struct Unique<K, V>(PhantomData<(K, V)>);

impl<'de, K, V> Visitor<'de> for Unique<K, V>
where
    K: Deserialize<'de> + Hash + Eq + fmt::Display + Borrow<str>,
    V: Deserialize<'de>,
{
    type Value = IndexMap<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from names to values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut read = IndexMap::new();
        while let Some(key) = map.next_key::<K>()? {
            if let Some(reason) = refused(key.borrow()) {
                return Err(de::Error::custom(reason));
            }
            match read.entry(key) {
                Entry::Occupied(entry) => {
                    return Err(de::Error::custom(format!(
                        "`{}` is listed twice",
                        entry.key()
                    )));
                }
                Entry::Vacant(entry) => entry.insert(map.next_value()?),
            };
        }
        Ok(read)
    }
}
