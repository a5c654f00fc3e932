//! The two generations of NixOS' services.prosody.

use crate::configuration::model::Dialect;

/// Which services.prosody it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// With Prosody 0.12.
    Old,
    /// With Prosody 13.0.
    New,
}

impl Generation {
    /// The generation that brings a Prosody of this kind.
    pub fn of(dialect: Dialect) -> Self {
        match dialect {
            Dialect::V0_12 => Self::Old,
            Dialect::V13 => Self::New,
        }
    }

    /// How its Prosody reads a configuration.
    pub fn dialect(self) -> Dialect {
        match self {
            Self::Old => Dialect::V0_12,
            Self::New => Dialect::V13,
        }
    }

    /// What it is called in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Old => "services.prosody with Prosody 0.12",
            Self::New => "services.prosody with Prosody 13.0",
        }
    }
}
