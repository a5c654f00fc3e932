//! The words that Prosody defines in a configuration.

/// Words that begin a virtual host.
pub const OF_VIRTUAL_HOSTS: [&str; 3] = ["VirtualHost", "Host", "host"];
/// Words that begin a component.
pub const OF_COMPONENTS: [&str; 2] = ["Component", "component"];
/// Words that read another file as a part of the configuration.
pub(super) const OF_INCLUDES: [&str; 2] = ["Include", "include"];
/// Words that return what a file holds.
pub(super) const OF_FILES: [&str; 4] = ["FileContents", "FileLine", "FileLines", "Credential"];

/// Whether only Prosody 13.0 and later know a word.
pub(super) fn is_new(word: &str) -> bool {
    OF_FILES.contains(&word)
}
