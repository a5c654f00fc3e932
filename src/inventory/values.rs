//! Values for the six flags: plain booleans, and for beta and alpha also a list of categories.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::module::Module;
use super::rule::{Category, Flag};

/// A value for each of the six flags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlagValues {
    /// Stable security modules.
    pub security: bool,
    /// Stable modern XMPP modules.
    pub modern: bool,
    /// Beta modules, all or of some categories.
    pub beta: Rollout,
    /// Alpha modules, all or of some categories.
    pub alpha: Rollout,
    /// HTTP services.
    pub http: bool,
    /// Administration modules.
    pub admin: bool,
}

impl FlagValues {
    /// One of the 64 combinations of plain booleans: bit n is the nth flag of [`Flag::ALL`].
    pub fn from_bits(bits: u8) -> Self {
        let on = |flag: Flag| bits & (1 << flag as u8) != 0;
        Self {
            security: on(Flag::Security),
            modern: on(Flag::Modern),
            beta: on(Flag::Beta).into(),
            alpha: on(Flag::Alpha).into(),
            http: on(Flag::Http),
            admin: on(Flag::Admin),
        }
    }

    /// The value of one flag.
    pub fn get(&self, flag: Flag) -> Rollout {
        match flag {
            Flag::Security => self.security.into(),
            Flag::Modern => self.modern.into(),
            Flag::Beta => self.beta.clone(),
            Flag::Alpha => self.alpha.clone(),
            Flag::Http => self.http.into(),
            Flag::Admin => self.admin.into(),
        }
    }

    /// Sets one flag; `None` when the flag is a plain boolean and the value a list of categories.
    pub fn set(&mut self, flag: Flag, value: Rollout) -> Option<()> {
        match flag {
            Flag::Security => self.security = value.as_bool()?,
            Flag::Modern => self.modern = value.as_bool()?,
            Flag::Beta => self.beta = value,
            Flag::Alpha => self.alpha = value,
            Flag::Http => self.http = value.as_bool()?,
            Flag::Admin => self.admin = value.as_bool()?,
        }
        Some(())
    }

    /// Whether all flags that a module needs are on for it.
    pub fn ask_for(&self, module: &Module) -> bool {
        let mut needed = module.flags().iter();
        needed.all(|&flag| self.allows(flag, module.category()))
    }

    /// Whether a flag is on for modules of a category.
    pub fn allows(&self, flag: Flag, category: Category) -> bool {
        match flag {
            Flag::Security => self.security,
            Flag::Modern => self.modern,
            Flag::Beta => self.beta.covers(category),
            Flag::Alpha => self.alpha.covers(category),
            Flag::Http => self.http,
            Flag::Admin => self.admin,
        }
    }
}

/// How far a level is rolled out: to all categories, to none, or to one at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rollout {
    /// For every category, or for none.
    All(bool),
    /// For these categories only.
    Only(Vec<Category>),
}

impl Rollout {
    /// Whether modules of the category are covered.
    pub fn covers(&self, category: Category) -> bool {
        match self {
            Self::All(on) => *on,
            Self::Only(categories) => categories.contains(&category),
        }
    }

    /// Whether it covers anything.
    pub fn is_on(&self) -> bool {
        match self {
            Self::All(on) => *on,
            Self::Only(categories) => !categories.is_empty(),
        }
    }

    fn as_bool(&self) -> Option<bool> {
        match self {
            Self::All(on) => Some(*on),
            Self::Only(_) => None,
        }
    }
}

impl From<bool> for Rollout {
    fn from(on: bool) -> Self {
        Self::All(on)
    }
}

impl fmt::Display for Rollout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(true) => f.pad("on"),
            Self::All(false) => f.pad("off"),
            Self::Only(categories) => {
                let names: Vec<_> = categories.iter().map(|c| c.name()).collect();
                f.pad(&format!("only {}", names.join(", ")))
            }
        }
    }
}

impl Serialize for Rollout {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All(on) => on.serialize(serializer),
            Self::Only(categories) => categories.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Rollout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RolloutVisitor)
    }
}

struct RolloutVisitor;

impl<'de> Visitor<'de> for RolloutVisitor {
    type Value = Rollout;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false or a list of categories")
    }

    fn visit_bool<E: de::Error>(self, on: bool) -> Result<Rollout, E> {
        Ok(Rollout::All(on))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Rollout, A::Error> {
        let mut categories = Vec::new();
        while let Some(category) = items.next_element()? {
            categories.push(category);
        }
        Ok(Rollout::Only(categories))
    }
}

impl JsonSchema for Rollout {
    fn schema_name() -> Cow<'static, str> {
        "Rollout".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let category = generator.subschema_for::<Category>();
        json_schema!({
            "description": "true, false, or the categories to enable",
            "anyOf": [
                { "type": "boolean" },
                { "type": "array", "items": category }
            ]
        })
    }
}
