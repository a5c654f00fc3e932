//! What a NixOS configuration sets an option to, as plain data: nothing is merged or evaluated yet.

use std::ops::Range;

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// The number of the file.
    pub file: usize,
    /// The bytes.
    pub span: Range<usize>,
}

/// A value with its place.
#[derive(Clone, Debug)]
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// Where it stands.
    pub at: At,
}

/// The kinds of values.
#[derive(Clone, Debug)]
pub enum ValueKind {
    /// `true` or `false`
    Bool(bool),
    /// `null`
    Null,
    /// A whole number, as it is written.
    Number(String),
    /// A string, line by line.
    Text(Vec<Line>),
    /// A list; of what nothing is known, the items are [`ValueKind::Unknown`].
    List(Vec<Value>),
    /// An attribute set; a name may be there more than once, as `a.b` and `a.c` are.
    Set(Vec<(String, Value)>),
    /// A package of Prosody.
    Package(Package),
    /// `mkMerge`, and `mkIf` with a condition that is false.
    Several(Vec<Value>),
    /// `mkOverride` and its relatives.
    Priority(i64, Box<Value>),
    /// `mkOrder` and its relatives.
    Order(i64, Box<Value>),
    /// What counts under a condition that nothing here can decide.
    Conditional(&'static str, Box<Value>),
    /// What only an evaluation can tell, in words.
    Unknown(String),
}

/// A line of a string.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its text, with [`UNKNOWN`] in place of what is not known.
    pub text: String,
    /// Where it stands.
    pub at: At,
    /// What is not known of it, in words.
    pub unknown: Option<String>,
}

/// What can be seen of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// Community modules that it enables.
    pub enabled: Vec<(String, At)>,
    /// Community modules that are installed and not enabled.
    pub installed: Vec<String>,
}

/// Stands in texts for what is not known. In Lua it is a variable.
pub const UNKNOWN: &str = "nix_text_unknown";

/// Begins the names of sets that are computed, and so not known; their text follows.
pub const COMPUTED: char = '\0';

impl Line {
    /// Whether nothing of it is known: it may be any number of lines.
    pub fn is_unknown(&self) -> bool {
        self.unknown.is_some() && self.text.trim() == UNKNOWN
    }
}

/// The text of some lines.
pub fn joined(lines: &[Line]) -> String {
    let lines: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    lines.join("\n")
}

/// Why a part of some lines is not known.
pub fn unknown(lines: &[Line]) -> Option<&str> {
    lines.iter().find_map(|line| line.unknown.as_deref())
}

/// One option of services.prosody that is set.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The option below services.prosody: its first name.
    pub option: String,
    /// What it is set to.
    pub value: Value,
    /// 100, unless what stands around it says otherwise.
    pub priority: i64,
    /// The number of the machine.
    pub machine: usize,
    /// The module that sets it, in the order in which they are read.
    pub module: usize,
}
