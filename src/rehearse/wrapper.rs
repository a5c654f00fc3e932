//! The configuration that a rehearsed server reads: the user's own, unchanged and at its own path,
//! between what watches it and what keeps the server in its private directory.

use std::fmt::Write;
use std::path::Path;

use crate::configuration::backends::OF_STORAGE;
use crate::configuration::deciding::SET_BY_PROSODY;
use crate::lua;

/// What runs in the server.
pub const OBSERVER: &str = include_str!("observer.lua");
/// A certificate for every host that has none here, and its key. They protect nothing.
pub const CERTIFICATE: &str = include_str!("certificate.pem");
/// The key.
pub const KEY: &str = include_str!("key.pem");

/// Names of files in the private directory.
pub const WRAPPER: &str = "wrapper.cfg.lua";
/// The settings of the observer.
pub const SETTINGS: &str = "settings.lua";
/// The observer.
pub const OBSERVER_FILE: &str = "observer.lua";
/// The placeholder of a secret file that is missing here.
pub const PLACEHOLDER: &str = "placeholder";

/// The options that a rehearsal sets itself, with their values; `DIRECTORY` is the private one.
///
/// `unbound` keeps the resolver from reading files that a sandbox does not have.
const OWN_OPTIONS: [(&str, &str); 8] = [
    ("data_path", "\"DIRECTORY/data\""),
    ("pidfile", "nil"),
    ("daemonize", "false"),
    ("log", "{}"),
    ("run_as_root", "true"),
    ("prosody_user", "nil"),
    ("admin_socket", "\"DIRECTORY/data/socket\""),
    ("unbound", "{ resolvconf = false, hoststxt = false }"),
];

/// What the observer has to know.
pub struct Settings<'a> {
    /// The private directory.
    pub directory: &'a Path,
    /// The directory of the user's file.
    pub configuration: &'a Path,
    /// Whether the server runs as the user that it runs as in service.
    pub is_service_user: bool,
    /// Whether the configuration is for another machine, so that files which it includes may be there.
    pub is_for_other_machine: bool,
    /// How long a started server is left alone before it is looked at, in seconds.
    pub settle: f64,
    /// On how many hosts to make an account.
    pub accounts: usize,
    /// Its name and password.
    pub account: (&'a str, &'a str),
}

/// The main file.
pub fn wrapper(directory: &Path, configuration: &Path) -> String {
    let inside = |name: &str| lua::quote(&directory.join(name).to_string_lossy());
    let mut out = String::new();
    let _ = writeln!(out, "RunScript {}", inside(SETTINGS));
    let _ = writeln!(out, "RunScript {}", inside(OBSERVER_FILE));
    let file = lua::quote(&configuration.to_string_lossy());
    let _ = writeln!(out, "Include {file}");
    // After an Include this file is in the global section again, wherever the other one ended.
    for (name, value) in OWN_OPTIONS {
        let value = value.replace("DIRECTORY", &directory.to_string_lossy());
        let _ = writeln!(out, "{name} = {value}");
    }
    out
}

impl Settings<'_> {
    /// As Lua.
    pub fn lua(&self) -> String {
        let inside = |name: &str| lua::quote(&self.directory.join(name).to_string_lossy());
        let list = |names: &mut dyn Iterator<Item = &str>| {
            let names: Vec<_> = names.map(lua::quote).collect();
            format!("{{ {} }}", names.join(", "))
        };
        let (user, password) = self.account;
        let rows = [
            ("events", inside(super::job::EVENTS)),
            ("wrapper", inside(WRAPPER)),
            (
                "directory",
                lua::quote(&self.configuration.to_string_lossy()),
            ),
            ("certificate", inside("certificate.pem")),
            ("key", inside("key.pem")),
            ("placeholder", inside(PLACEHOLDER)),
            ("service_user", self.is_service_user.to_string()),
            ("for_other_machine", self.is_for_other_machine.to_string()),
            ("settle", self.settle.to_string()),
            ("accounts", self.accounts.to_string()),
            ("user", lua::quote(user)),
            ("password", lua::quote(password)),
            (
                "own_options",
                list(
                    &mut OWN_OPTIONS
                        .map(|(name, _)| name)
                        .into_iter()
                        .chain(SET_BY_PROSODY),
                ),
            ),
            ("storage_options", list(&mut OF_STORAGE.into_iter())),
        ];
        let mut out = String::from("REHEARSAL = {\n");
        for (name, value) in rows {
            let _ = writeln!(out, "\t{name} = {value},");
        }
        out.push_str("}\n");
        out
    }
}
