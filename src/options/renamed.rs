//! Options that have another name in later releases, by hand.

/// An option that another one took the place of, with the same meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenamedOption {
    /// The former name.
    pub from: String,
    /// The name now.
    pub to: String,
    /// What else is to know, in a sentence without its final period.
    pub note: Option<String>,
}

/// Those that the project knows.
pub fn known() -> Vec<RenamedOption> {
    Vec::new()
}
