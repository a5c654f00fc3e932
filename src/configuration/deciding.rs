//! The options of Prosody that decide which hosts there are, and what loads on them.

use super::backends;

/// The option that lists what loads.
pub const MODULES_ENABLED: &str = "modules_enabled";
/// The option that lists what does not load.
pub const MODULES_DISABLED: &str = "modules_disabled";
/// The options that list modules.
pub const LISTS: [&str; 2] = [MODULES_ENABLED, MODULES_DISABLED];

/// The option that Prosody sets on each virtual host.
pub const DEFINED: &str = "defined";
/// The option that holds what a component is made of.
pub const COMPONENT_MODULE: &str = "component_module";
/// The option that Prosody sets on each component, and never reads.
pub const LOAD_GLOBAL_MODULES: &str = "load_global_modules";
/// What Prosody itself sets when it reads the start of a section.
pub const SET_BY_PROSODY: [&str; 3] = [COMPONENT_MODULE, DEFINED, LOAD_GLOBAL_MODULES];

/// Whether an option says what a section is. Prosody's core reads it wherever it stands.
pub fn is_of_section(option: &str) -> bool {
    option == "enabled" || SET_BY_PROSODY.contains(&option)
}

/// Whether an option decides what loads: where its value is unknown, so is that.
pub fn decides(option: &str) -> bool {
    LISTS.contains(&option)
        || is_of_section(option)
        || backends::options().any(|name| name == option)
}
