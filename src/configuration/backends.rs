//! Modules that options choose: `authentication = "ldap"` loads `auth_ldap`.

use super::model::{Backend, Configuration, HostKind, Setting, Value};

/// The driver that is built in and loads no module.
const BUILT_IN: &str = "null";
/// What holds where no option chooses, by the start of the names.
const DEFAULTS: [(&str, &str); 3] = [
    ("auth_", "internal_hashed"),
    ("authz_", "internal"),
    ("storage_", "internal"),
];
/// The former way to write `authentication = "anonymous"`, which Prosody still reads first.
const FORMER: (&str, &str) = ("anonymous_login", "anonymous");

/// Works out which modules options choose on each host; for readers, when all options are there.
pub(super) fn choose(configuration: &mut Configuration) {
    let hosts = configuration.hosts.iter();
    let chosen: Vec<_> = hosts
        .map(|(name, host)| of_host(configuration, name, &host.kind))
        .collect();
    for (host, backends) in configuration.hosts.values_mut().zip(chosen) {
        host.backends = backends;
    }
}

/// Only virtual hosts have accounts. Prosody loads a storage driver when a store is opened first,
/// so those of single stores count.
fn of_host(configuration: &Configuration, host: &str, kind: &HostKind) -> Vec<Backend> {
    let setting = |option: &'static str| {
        let setting = configuration.setting(host, option)?;
        Some((option, setting))
    };
    let mut backends = Vec::new();
    if *kind == HostKind::Global {
        return backends;
    }
    if *kind == HostKind::VirtualHost {
        let (option, name) = FORMER;
        match setting(option).filter(|(_, setting)| is_true(setting)) {
            Some((option, setting)) => backends.push(backend("auth_", name, option, setting)),
            None => backends.extend(chosen("auth_", "authentication", setting("authentication"))),
        }
    }
    backends.extend(chosen("authz_", "authorization", setting("authorization")));
    let storage = setting("storage");
    let stores = storage
        .map(|(_, setting)| drivers(setting))
        .unwrap_or_default();
    if let Some((option, setting)) = storage {
        let stores = stores.iter().filter(|name| **name != BUILT_IN);
        backends.extend(stores.map(|name| backend("storage_", name, option, setting)));
    }
    // A driver for everything leaves nothing to the default.
    if !storage.is_some_and(|(_, setting)| setting.value.as_str().is_some()) {
        let default = chosen("storage_", "storage", setting("default_storage"));
        let is_new = |new: &Backend| backends.iter().all(|known| known.module != new.module);
        let default: Vec<_> = default.into_iter().filter(is_new).collect();
        backends.extend(default);
    }
    backends
}

/// The module that an option chooses, or the default one, for which `option` stands.
fn chosen(
    prefix: &'static str,
    option: &'static str,
    setting: Option<(&'static str, &Setting)>,
) -> Option<Backend> {
    let named =
        setting.and_then(|(option, setting)| Some((option, setting, setting.value.as_str()?)));
    match named {
        Some((_, _, BUILT_IN)) if prefix != "authz_" => None,
        Some((option, setting, name)) => Some(backend(prefix, name, option, setting)),
        None => {
            let (_, default) = DEFAULTS.iter().find(|(of, _)| *of == prefix)?;
            Some(Backend {
                module: format!("{prefix}{default}"),
                option,
                place: None,
            })
        }
    }
}

fn backend(prefix: &str, name: &str, option: &'static str, setting: &Setting) -> Backend {
    Backend {
        module: format!("{prefix}{name}"),
        option,
        place: Some(setting.place.clone()),
    }
}

/// The drivers that an option chooses: one for everything, or one for each store.
fn drivers(setting: &Setting) -> Vec<&str> {
    match &setting.value {
        Value::String(name) => vec![name],
        Value::Table(_, fields) => {
            let mut names: Vec<&str> = fields.values().filter_map(Value::as_str).collect();
            names.sort_unstable();
            names.dedup();
            names
        }
        _ => Vec::new(),
    }
}

/// Whether Lua takes a value for true.
fn is_true(setting: &Setting) -> bool {
    setting.value != Value::Boolean(false)
}
