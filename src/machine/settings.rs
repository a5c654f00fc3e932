//! What services.prosody-stability is set to, for a machine.

use crate::configuration::services_prosody::value::At;
use crate::selection::Selection;

/// What services.prosody-stability is set to.
pub struct StabilitySettings<'a> {
    /// Flags and modules.
    pub selection: &'a Selection,
    /// Whether it keeps out optional dependencies whose flags are off.
    pub enforces: bool,
    /// More names for `modules_disabled`.
    pub disabled: Vec<String>,
    /// Where it is set.
    pub at: Option<At>,
}
