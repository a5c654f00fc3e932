//! Modules that options choose: `authentication = "ldap"` loads `auth_ldap`.

use super::model::{Backend, Configuration, HostKind, Setting, Value};

/// What options choose modules: how the names of these start, the options in the order in which they
/// are asked, the default, and whether only virtual hosts have it.
const CHOICES: [(&str, &[&str], &str, bool); 3] = [
    ("auth_", &["authentication"], "internal_hashed", true),
    ("authz_", &["authorization"], "internal", false),
    ("storage_", &OF_STORAGE, "internal", false),
];

/// The options that choose where data is stored.
pub const OF_STORAGE: [&str; 2] = ["storage", "default_storage"];

/// Former options that win over these: the prefix, the option, and what it chooses when it is on.
const FORMER: [(&str, &str, &str); 1] = [("auth_", "anonymous_login", "anonymous")];

/// The driver that is built in and loads no module.
const BUILT_IN: &str = "null";

/// The options that choose modules.
pub fn options() -> impl Iterator<Item = &'static str> {
    let former = FORMER.iter().map(|(_, option, _)| *option);
    let choices = CHOICES.iter().flat_map(|(_, options, ..)| *options);
    choices.copied().chain(former)
}

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

/// Prosody loads a storage driver when a store is opened first, so those of single stores count.
fn of_host(configuration: &Configuration, host: &str, kind: &HostKind) -> Vec<Backend> {
    let mut backends = Vec::new();
    for (prefix, options, default, for_accounts) in CHOICES {
        let has_accounts = *kind == HostKind::VirtualHost;
        if *kind == HostKind::Global || (for_accounts && !has_accounts) {
            continue;
        }
        let former = FORMER.iter().filter(|(of, ..)| *of == prefix);
        let former = former.filter_map(|&(_, option, name)| {
            let setting = configuration.setting(host, option)?;
            let is_on = setting.value != Value::Boolean(false);
            is_on.then(|| (option, setting, vec![name]))
        });
        let settings = options.iter().filter_map(|&option| {
            let setting = configuration.setting(host, option)?;
            let names = drivers(setting);
            (!names.is_empty()).then_some((option, setting, names))
        });
        let mut is_decided = false;
        let mut add = |module: String, option, place| {
            if backends
                .iter()
                .all(|known: &Backend| known.module != module)
            {
                backends.push(Backend {
                    module,
                    option,
                    place,
                });
            }
        };
        for (option, setting, names) in former.chain(settings) {
            for name in names.into_iter().filter(|name| *name != BUILT_IN) {
                add(
                    format!("{prefix}{name}"),
                    option,
                    Some(setting.place.clone()),
                );
            }
            // A table leaves the stores that it does not name to what comes next.
            is_decided = !matches!(setting.value, Value::Table(..));
            if is_decided {
                break;
            }
        }
        if !is_decided {
            add(format!("{prefix}{default}"), options[0], None);
        }
    }
    backends
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
