//! The options of one module, read when they are used.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::options::Options;

/// The options of one module, kept as the text of the release file until they are used:
/// they are most of a file, and most commands need those of few modules or of none.
pub struct ModuleOptions {
    text: Option<Box<RawValue>>,
    read: OnceLock<Options>,
}

impl ModuleOptions {
    /// Whether nothing is read.
    pub fn is_empty(&self) -> bool {
        self.text.is_none() && Options::is_empty(self)
    }
}

impl Deref for ModuleOptions {
    type Target = Options;

    fn deref(&self) -> &Options {
        self.read.get_or_init(|| {
            let text = self.text.as_ref();
            // Whoever reads a file looks for errors first: `Release::read`.
            text.and_then(|text| serde_json::from_str(text.get()).ok())
                .unwrap_or_default()
        })
    }
}

impl From<Options> for ModuleOptions {
    fn from(options: Options) -> Self {
        Self {
            text: None,
            read: OnceLock::from(options),
        }
    }
}

impl Default for ModuleOptions {
    fn default() -> Self {
        Options::default().into()
    }
}

impl Clone for ModuleOptions {
    fn clone(&self) -> Self {
        match &self.text {
            Some(text) => Self {
                text: Some(text.clone()),
                read: OnceLock::new(),
            },
            None => Options::clone(self).into(),
        }
    }
}

impl PartialEq for ModuleOptions {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for ModuleOptions {}

impl fmt::Debug for ModuleOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Options::fmt(self, f)
    }
}

impl Serialize for ModuleOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Options::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for ModuleOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self {
            text: Some(Box::deserialize(deserializer)?),
            read: OnceLock::new(),
        })
    }
}
