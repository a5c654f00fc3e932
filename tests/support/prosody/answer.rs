//! Reading what Prosody's admin shell prints.

use std::collections::{BTreeMap, BTreeSet};

/// Prosody's name for what belongs to no host.
pub const GLOBAL: &str = "*";

/// Per host, and for `GLOBAL`: the modules, with the complaint Prosody makes about one that does not work.
pub type Modules = BTreeMap<String, BTreeMap<String, Option<String>>>;

/// The modules on any host.
pub fn names(modules: &Modules) -> BTreeSet<&str> {
    let hosts = modules.values();
    hosts
        .flat_map(|modules| modules.keys().map(String::as_str))
        .collect()
}

/// What `module:info` says of one module on one host.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ModuleInfo {
    pub path: String,
    /// As `[core] Loaded`.
    pub status: String,
    /// What it depends on, without `mod_`: only what did happen.
    pub dependencies: BTreeSet<String>,
}

/// Reads the answer to `module list`.
pub fn parse_modules(answer: &str) -> Modules {
    let mut hosts = Modules::new();
    let mut host = None;
    for line in answer.lines() {
        if let Some(module) = line.strip_prefix("    ") {
            let host = host
                .as_ref()
                .unwrap_or_else(|| panic!("a module before any host:\n{answer}"));
            let (name, complaint) = match module.split_once(" (") {
                Some((name, complaint)) => (
                    name,
                    Some(complaint.strip_suffix(')').unwrap_or(complaint).to_owned()),
                ),
                None => (module, None),
            };
            hosts
                .entry(String::clone(host))
                .or_default()
                .insert(name.to_owned(), complaint);
        } else if let Some(name) = line.strip_suffix(':') {
            let name = if name == "Global" { GLOBAL } else { name }.to_owned();
            hosts.entry(name.clone()).or_default();
            host = Some(name);
        }
    }
    hosts
}

/// Reads the answer to `module:info("x")`.
pub fn parse_module_info(answer: &str) -> BTreeMap<String, ModuleInfo> {
    let mut hosts = BTreeMap::<String, ModuleInfo>::new();
    let mut host = None;
    let mut section = "";
    for line in answer.lines() {
        if let Some(context) = context(line) {
            hosts.entry(context.to_owned()).or_default();
            host = Some(context);
            section = "";
            continue;
        }
        let Some(info) = host.and_then(|host| hosts.get_mut(host)) else {
            continue;
        };
        let Some(line) = line.strip_prefix("  ") else {
            continue;
        };
        if let Some(path) = line.strip_prefix("path: ") {
            info.path = path.to_owned();
        } else if let Some(status) = line.strip_prefix("status: ") {
            info.status = status.to_owned();
        } else if let Some(module) = line
            .strip_prefix("- mod_")
            .filter(|_| section == "dependencies")
        {
            info.dependencies.insert(module.to_owned());
        } else if let Some(name) = line
            .strip_suffix(':')
            .filter(|name| !name.starts_with([' ', '-']))
        {
            section = name;
        }
    }
    hosts
}

/// The host of a line as `on VirtualHost "localhost"`, `on Component "x" "muc"` or `in global context`.
fn context(line: &str) -> Option<&str> {
    if line == "in global context" {
        return Some(GLOBAL);
    }
    line.strip_prefix("on ")?.split('"').nth(1)
}
