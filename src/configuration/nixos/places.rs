//! Which places of a module matter: our options, those of services.prosody, and where other machines
//! are described.

use crate::configuration::services_prosody::OVERLAYS;

/// Where the settings are.
pub(super) const TARGET: [&str; 2] = ["services", "prosody-stability"];

/// Where NixOS' own settings of Prosody are.
pub(super) const SERVICE: [&str; 2] = ["services", "prosody"];

/// Other places that decide what NixOS makes of Prosody: the path, and what it is called.
const RELATED: [(&[&str], &str); 3] = [
    (&["services", "jitsi-meet", "enable"], "jitsi-meet"),
    (&["nixpkgs", "overlays"], OVERLAYS),
    (&["nixpkgs", "config", "packageOverrides"], OVERLAYS),
];

/// Settings that do not decide which modules load.
pub(super) const WITHOUT_EFFECT: [&str; 7] = [
    "release",
    "package",
    "startupLog",
    "reviewOnSwitch",
    "verifyPackage",
    "rehearse",
    "reviewSchedule",
];

/// Where a module describes another machine; `*` is its name.
const MACHINES: [&[&str]; 4] = [
    &["containers", "*", "config"],
    &["microvm", "vms", "*", "config"],
    &["specialisation", "*", "configuration"],
    &["nodes", "*"],
];

/// Whether the value at a path can set one of our options, here or on another machine.
pub(super) fn is_relevant(path: &[String]) -> bool {
    let decides = || {
        let option = path.get(TARGET.len());
        option.is_none_or(|name| !WITHOUT_EFFECT.contains(&name.as_str()))
    };
    (leads_to(path, &TARGET) && decides())
        || leads_to(path, &SERVICE)
        || RELATED.iter().any(|(to, _)| leads_to(path, to))
        || MACHINES.iter().any(|to| leads_to(path, to))
}

/// The option of services.prosody that a path names, or what else decides what becomes of it.
pub(super) fn option_of_service(path: &[String]) -> Option<String> {
    let related = RELATED.iter().find(|(to, _)| path == *to);
    if let Some((_, name)) = related {
        return Some((*name).to_owned());
    }
    match path {
        [_, _, option] if leads_to(path, &SERVICE) => Some(option.clone()),
        _ => None,
    }
}

/// Whether a path names an option, which has a value and no options below it.
pub(super) fn is_option(path: &[String]) -> bool {
    let below = path.get(TARGET.len()..).unwrap_or_default();
    leads_to(path, &TARGET)
        && match below {
            [] => false,
            [name] => !["modules", "virtualHosts", "components"].contains(&name.as_str()),
            [hosts, _] => hosts == "modules",
            [_, _, name] => name != "modules",
            _ => true,
        }
}

/// Whether a path leads to another one, or beyond it.
pub(super) fn leads_to(path: &[String], to: &[&str]) -> bool {
    path.iter().zip(to).all(|(a, b)| a == b || *b == "*")
}

/// The name of the machine that a path leads to, and how long its part of the path is.
pub(super) fn machine_at(path: &[String]) -> Option<(String, usize)> {
    let pattern = MACHINES
        .iter()
        .find(|pattern| pattern.len() <= path.len() && leads_to(path, pattern))?;
    let kind = pattern.first()?;
    let star = pattern.iter().position(|part| *part == "*")?;
    Some((format!("{kind}.{}", path[star]), pattern.len()))
}
