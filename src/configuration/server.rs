//! A server, by the file that describes it.

use super::nixos::Settings;
use crate::source::Source;

/// What describes a server.
#[derive(Clone, Debug)]
pub enum Server {
    /// A prosody.cfg.lua, not yet read: how it is read depends on the release.
    Prosody(Source),
    /// Settings of the NixOS module, read.
    NixOs(Box<Settings>),
}

impl Server {
    /// The name of the file.
    pub fn name(&self) -> &str {
        match self {
            Self::Prosody(source) => source.name(),
            Self::NixOs(settings) => settings.name(),
        }
    }
}
