//! Network interfaces that nobody but the machine itself reaches. `emit` writes them for the NixOS module as well.

/// Their names.
pub const NAMES: [&str; 2] = ["::1", "localhost"];
/// How their other names start.
pub const START: &str = "127.";

/// Whether an interface is one of them.
pub fn is_loopback(interface: &str) -> bool {
    NAMES.contains(&interface) || interface.starts_with(START)
}
