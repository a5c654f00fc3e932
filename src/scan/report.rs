//! What a scan saw and what it could not understand.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::release::{Options, SourceKind};

/// Numbers and notes about one scan. Nothing that was skipped is missing from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScanReport {
    /// Modules bundled with Prosody.
    pub bundled: usize,
    /// Community modules that are not bundled, those with only a README included.
    pub community: usize,
    /// Community modules of which only a README is left.
    pub readme_only: usize,
    /// What the community modules were taken from, if that is known.
    pub community_kind: Option<SourceKind>,
    /// Which of the given trees of community modules each of them was taken from, by its number.
    pub layers: BTreeMap<String, usize>,
    /// The version that Prosody says it is, if that is known: a checkout has none.
    pub version: Option<String>,
    /// The features that Prosody says it has, if that is known.
    pub features: Option<Vec<String>>,
    /// The options that Prosody's core reads, if its files are there.
    pub core: Option<Options>,
    /// Everything not understood or skipped, sorted by path.
    pub notes: Vec<Note>,
}

/// One thing that was not understood.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The file or directory it is about.
    pub path: PathBuf,
    /// Why it was skipped, or what about it is unclear.
    pub reason: Reason,
}

/// Why something was skipped, or is unclear.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// Stands among the modules without being one.
    NotAModule,
    /// The file name is not UTF-8, or has characters no module name has.
    InvalidName,
    /// A `mod_X` directory with neither a `mod_X.lua` nor a README.
    EmptyFolder,
    /// A `mod_Y.lua` inside the directory of another module: Prosody does not find it there.
    MisplacedModule,
    /// The same module is in another tree, which was used.
    Duplicate {
        /// The file or directory that was taken instead.
        taken: PathBuf,
    },
    /// A README for a module that is not there.
    ReadmeWithoutModule,
    /// The operating system refused to read it.
    Unreadable {
        /// What it said.
        message: String,
    },
    /// Larger than any plugin is; not read.
    TooLarge {
        /// Its size in bytes.
        bytes: u64,
    },
    /// The Lua does not parse; the module is known by name only.
    DoesNotParse {
        /// Where.
        line: usize,
        /// What the parser said.
        message: String,
    },
    /// The parser failed on it; the module is known by name only.
    ParserFailed,
    /// Reading it panicked; the module is known by name only.
    ReadingFailed,
    /// Nested deeper than Lua itself allows; the module is known by name only.
    TooDeep {
        /// Where.
        line: usize,
    },
    /// A dependency whose name is computed.
    DependencyNotLiteral {
        /// Where.
        line: usize,
    },
    /// A library whose name is computed.
    LibraryNotLiteral {
        /// Where.
        line: usize,
    },
    /// A dependency declared on something other than the module itself.
    UnknownReceiver {
        /// Where.
        line: usize,
    },
    /// A string holds what looks like a dependency, perhaps code that the module generates.
    DependencyInString {
        /// Where the string starts.
        line: usize,
    },
    /// A library that is in none of the trees.
    LibraryNotFound {
        /// Its name as the module writes it.
        name: String,
        /// Where.
        line: usize,
    },
    /// The front matter of a README is broken, or not what it should be.
    BadFrontMatter {
        /// What is wrong.
        message: String,
    },
}

impl Reason {
    /// Whether it is about a dependency or a library of a module.
    pub(super) fn is_of_dependency(&self) -> bool {
        matches!(
            self,
            Self::DependencyInString { .. }
                | Self::DependencyNotLiteral { .. }
                | Self::LibraryNotLiteral { .. }
                | Self::UnknownReceiver { .. }
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAModule => write!(f, "not a module"),
            Self::InvalidName => write!(f, "not a valid module name"),
            Self::EmptyFolder => {
                write!(f, "a module directory with neither the module nor a README")
            }
            Self::MisplacedModule => write!(f, "a module in a place where Prosody does not search"),
            Self::Duplicate { taken } => write!(f, "already read from {}", taken.display()),
            Self::ReadmeWithoutModule => write!(f, "a README for a missing module"),
            Self::Unreadable { message } => write!(f, "cannot be read: {message}"),
            Self::TooLarge { bytes } => {
                write!(f, "too large for a module ({bytes} bytes), not read")
            }
            Self::DoesNotParse { line, message } => {
                write!(
                    f,
                    "line {line}: cannot be parsed, recorded by name only: {message}"
                )
            }
            Self::ParserFailed => write!(f, "cannot be parsed, recorded by name only"),
            Self::ReadingFailed => write!(
                f,
                "cannot be analysed because of a bug in prosody-stability, recorded by name only"
            ),
            Self::TooDeep { line } => {
                write!(f, "line {line}: nested too deeply, recorded by name only")
            }
            Self::DependencyNotLiteral { line } => {
                write!(f, "line {line}: a dependency whose name is computed")
            }
            Self::LibraryNotLiteral { line } => {
                write!(f, "line {line}: a library whose name is computed")
            }
            Self::UnknownReceiver { line } => {
                write!(
                    f,
                    "line {line}: a dependency declared on something other than the module"
                )
            }
            Self::DependencyInString { line } => {
                write!(
                    f,
                    "line {line}: a string that looks like a dependency, not counted"
                )
            }
            Self::LibraryNotFound { name, line } => {
                write!(f, "line {line}: library {name:?} not found")
            }
            Self::BadFrontMatter { message } => write!(f, "front matter: {message}"),
        }
    }
}
