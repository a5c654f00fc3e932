//! The directives that Prosody defines in a configuration.

/// Directives that begin a virtual host.
pub const VIRTUAL_HOST_DIRECTIVES: [&str; 3] = ["VirtualHost", "Host", "host"];
/// Directives that begin a component.
pub const COMPONENT_DIRECTIVES: [&str; 2] = ["Component", "component"];
/// Directives that read another file as a part of the configuration.
pub(super) const INCLUDE_DIRECTIVES: [&str; 2] = ["Include", "include"];
/// Directives that return what a file holds.
pub(super) const FILE_DIRECTIVES: [&str; 4] =
    ["FileContents", "FileLine", "FileLines", "Credential"];

/// Whether only Prosody 13.0 and later know a directive.
pub(super) fn is_new(directive: &str) -> bool {
    FILE_DIRECTIVES.contains(&directive)
}
