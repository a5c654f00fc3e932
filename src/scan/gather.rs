//! Puts together what one module, or core, reads in several places.

use std::collections::BTreeMap;

use super::declaration::{Certainty, OWN_NAME, OptionRead, Scope};
use super::option::keep_first;
use crate::release::{Libraries, OptionType, Options, ReleaseOption};

/// The options of a module of this name; `is_global` says that its own host is the global section.
pub(super) fn options(module: &str, is_global: bool, reads: Vec<OptionRead>) -> Options {
    let mut named: BTreeMap<String, ReleaseOption> = BTreeMap::new();
    // Each with whether all that compute it read the global section only.
    let mut computed: BTreeMap<String, bool> = BTreeMap::new();
    for read in reads {
        let name = read.name.replace(OWN_NAME, module);
        let global_only = match read.scope {
            Scope::Global => true,
            Scope::Own => is_global,
            Scope::Host => false,
        };
        if name.contains('*') {
            *computed.entry(name).or_insert(true) &= global_only;
            continue;
        }
        let mut option = read.option;
        option.global_only = global_only;
        match named.get_mut(&name) {
            Some(known) => join(known, option),
            None => {
                named.insert(name, option);
            }
        }
    }
    for option in named.values_mut() {
        keep_first(&mut option.values);
    }
    let (global, other): (Vec<_>, Vec<_>) = computed.into_iter().partition(|(_, global)| *global);
    let names =
        |patterns: Vec<(String, bool)>| patterns.into_iter().map(|(name, _)| name).collect();
    Options {
        named: named.into_iter().collect(),
        computed: names(other),
        computed_global: names(global),
    }
}

/// What holds of an option that is read in two ways.
fn join(option: &mut ReleaseOption, other: ReleaseOption) {
    if option.option_type != other.option_type {
        option.option_type = OptionType::Any;
    }
    let both_list = !option.values.is_empty() && !other.values.is_empty();
    option.values.extend(other.values);
    if option.option_type == OptionType::Enum && !both_list {
        option.values.clear();
    }
    // Read without a default in one place and with one in another: that one holds.
    let one_of = |value: &mut Option<serde_json::Value>, other: Option<serde_json::Value>| match (
        &value, other,
    ) {
        (None, other) => *value = other,
        (Some(is), Some(other)) if *is != other => *value = None,
        (Some(_), _) => {}
    };
    one_of(&mut option.default, other.default);
    if option.min != other.min {
        option.min = None;
    }
    if option.max != other.max {
        option.max = None;
    }
    option.global_only &= other.global_only;
    option.required |= other.required;
}

/// The Lua libraries among `required` that neither Prosody nor Lua brings.
pub(super) fn libraries(required: Vec<(String, Certainty)>) -> Libraries {
    let mut surest: BTreeMap<String, Certainty> = BTreeMap::new();
    for (name, certainty) in required {
        if is_prosodys_own(&name) {
            continue;
        }
        let current = surest.entry(name).or_insert(certainty);
        *current = certainty.min(*current);
    }
    let (required, optional) = surest
        .into_iter()
        .partition::<Vec<_>, _>(|(_, certainty)| *certainty <= Certainty::ByDefault);
    let names = |used: Vec<(String, Certainty)>| used.into_iter().map(|(name, _)| name).collect();
    Libraries {
        required: names(required),
        optional: names(optional),
    }
}

/// Whether Prosody brings a library, cannot run without it, or Lua itself has it.
/// Source: `util/dependencies.lua`, and Lua's manual.
fn is_prosodys_own(library: &str) -> bool {
    const FOLDERS: [&str; 6] = ["core", "modules", "net", "plugins", "prosody", "util"];
    // `ltn12` and `mime` are part of LuaSocket.
    const NEEDED: [&str; 8] = [
        "bit", "bit32", "lfs", "ltn12", "lxp", "mime", "socket", "ssl",
    ];
    const LUA: [&str; 9] = [
        "coroutine",
        "debug",
        "io",
        "math",
        "os",
        "package",
        "string",
        "table",
        "utf8",
    ];
    let first = library.split('.').next().unwrap_or_default();
    FOLDERS.contains(&first) && library.contains('.')
        || NEEDED.contains(&first)
        || LUA.contains(&library)
}
