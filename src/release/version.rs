//! Versions of Prosody as numbers.

/// The numbers of a version: `13.0.1` is 13, 0, 1.
pub(super) fn numbers(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|part| part.parse().ok()).collect()
}
