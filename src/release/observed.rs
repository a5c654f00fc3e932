//! What was observed when a module was tried alone on a real server, with `snapshot --rehearse`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened when a module was tried alone: with no option set, and no other module enabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Observed {
    /// It loaded, on a host of this kind. A virtual host is tried first.
    LoadsOn(TriedOn),
    /// It did not load on any.
    Fails(Failure),
}

/// Where a module was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TriedOn {
    /// A virtual host that enables the module.
    VirtualHost,
    /// A component that is made of the module.
    Component,
}

/// Why a module did not load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Failure {
    /// The kind of reason.
    pub cause: FailureCause,
    /// The library, the option, or the module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the server said, without paths, names and numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

/// The kinds of reasons why a module does not load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FailureCause {
    /// A Lua library is missing.
    Library,
    /// An option has to be set.
    Option,
    /// It requires a module that did not load.
    Dependency,
    /// The server found no file for it.
    NotFound,
    /// It is not for this kind of host, or for another Prosody or Lua.
    Unfit,
    /// Its code is no Lua that this server reads.
    Syntax,
    /// It raised an error.
    Raised,
    /// It loaded, and says that it does not work.
    Complains,
    /// The server ended, or was not up in time.
    NoServer,
    /// The log did not tell.
    Silent,
}

impl Failure {
    /// Whether it failed for want of this Lua library.
    pub fn lacks(&self, library: &str) -> bool {
        self.cause == FailureCause::Library && self.name.as_deref() == Some(library)
    }
}

/// As the end of a sentence about the module.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_deref().unwrap_or("?");
        let start = match self.cause {
            FailureCause::Library => return write!(f, "the Lua library {name} is missing"),
            FailureCause::Option => return write!(f, "the option {name} is not set"),
            FailureCause::Dependency => {
                return write!(f, "it requires {name}, which does not load");
            }
            FailureCause::NotFound => "the server has no such file",
            FailureCause::Unfit => "it does not support this server",
            FailureCause::Syntax => "the server cannot read its code",
            FailureCause::Raised => "it raises an error",
            FailureCause::Complains => "it reports that it does not work",
            FailureCause::NoServer => "the server does not start with it",
            FailureCause::Silent => "the log gives no reason",
        };
        match &self.words {
            Some(words) => write!(f, "{start}: {words}"),
            None => f.write_str(start),
        }
    }
}
