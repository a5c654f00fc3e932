//! What one Lua file of a plugin declares, as data.

use super::report::Reason;
use crate::release::ReleaseOption;

/// How surely something happens when the module is loaded, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// It happens whatever is configured.
    Always,
    /// It happens on a server whose options are not set: inside `module.load` or
    /// `module.add_host`, or in a branch that the defaults of options take.
    ByDefault,
    /// The same in a protected call: it happens if the other module is there.
    Tried,
    /// It depends on something that cannot be determined: a branch, a loop, a function, what is
    /// after a possible early return.
    Conditional,
    /// `module:depends(name, true)`: it happens unless the user disables the other module.
    Soft,
}

impl Certainty {
    /// How surely something happens that is this sure within something else.
    pub(super) fn within(self, outer: Self) -> Self {
        match (self, outer) {
            (Self::Soft, _) => Self::Soft,
            (_, Self::Soft) => Self::Conditional,
            (inner, outer) => inner.max(outer),
        }
    }
}

/// A name in a file: a dependency, or a library pulled in by `module:require`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The literal name.
    pub name: String,
    /// How surely it happens.
    pub certainty: Certainty,
    /// The line it is on.
    pub line: usize,
}

/// Stands in the name of an option for the name of the module that the code runs in.
pub const OWN_NAME: char = '\u{0}';

/// Where the value of an option is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// On the module's own host: the global section if the module is a global one.
    Own,
    /// On a host, and in the global section if it is not set there.
    Host,
    /// In the global section only.
    Global,
}

/// One place that reads an option.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionRead {
    /// The option's name, with [`OWN_NAME`] for the module's and `*` for what is computed.
    pub name: String,
    /// Where its value is looked up.
    pub scope: Scope,
    /// How it is read.
    pub option: ReleaseOption,
}

/// The header comments of a file, each list sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    /// Features of Prosody with which the module is not loaded (`--% conflicts:`).
    pub conflicts: Vec<String>,
    /// Features of Prosody without which the module is not loaded (`--% requires:`).
    pub requires: Vec<String>,
    /// Modules that a component made of it inherits from the global section
    /// (`--% inherit_modules:`, read by Prosody 13.0.6 and later).
    pub inherit_modules: Vec<String>,
}

/// What one file declares.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Declarations {
    /// Modules it depends on.
    pub depends: Vec<Use>,
    /// Libraries that run in the module's context, so that their dependencies are the module's.
    pub libraries: Vec<Use>,
    /// Some names of modules or libraries are computed, so that `depends` is not all.
    pub computed: bool,
    /// The options that it reads, in the order of the text.
    pub options: Vec<OptionRead>,
    /// It makes itself a global module, whose own host is the global section.
    pub is_global: bool,
    /// What it passes to `require`: Prosody's own libraries and those of others.
    pub lua_libraries: Vec<Use>,
    /// What its header comments say.
    pub headers: Headers,
    /// What was not understood.
    pub unclear: Vec<Reason>,
}
