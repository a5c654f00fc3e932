//! Every module of an installation, one at a time: what loads is what the snapshot of it predicts,
//! and the options that are read are those that it knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use prosody_stability::release::{Options, Release};

use crate::setup::snapshot;
use crate::support::prosody::{Installation, Namespace, Server};

/// How many servers run side by side.
const SERVERS: usize = 4;

/// What modules do not load without; it stands in the global section, whichever module is tried.
const SETTINGS: &str = r#"
component_secret = "secret"
dnsbls = { "dnsbl.example" }
external_services = { { type = "stun", transport = "udp", host = "stun.example", port = 3478 } }
forgejo_secret = "secret"
http_external_url = "https://localhost/"
http_files_dir = "."
http_upload_external_base_url = "https://localhost/"
http_upload_external_secret = "secret"
insecure_open_authentication = "Yes please, I know what I'm doing!"
ldap_base = "ou=people,dc=example"
muc_rtbl_jid = "rtbl.example"
oauth_client_id = "localhost"
oauth_client_secret = "secret"
oauth_url = "https://localhost/"
pubsub_serverinfo_service = "pubsub.localhost"
turn_external_secret = "secret"
"#;

/// Conditional dependencies that happen with `SETTINGS`: the module, and what it loads then.
const SET_UP: [(&str, &str); 3] = [
    ("dnsbl", "flags"),
    ("pubsub_serverinfo", "server_info"),
    ("turn_external", "external_services"),
];

/// Where a module is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    VirtualHost,
    Component,
}

/// A module that does not load what the snapshot predicts, where, and why: only the code tells.
type Row = (&'static str, &'static [Place], &'static str);

const BOTH: &[Place] = &[Place::VirtualHost, Place::Component];
const ON_COMPONENT: &[Place] = &[Place::Component];
const ON_VIRTUAL_HOST: &[Place] = &[Place::VirtualHost];

/// By version of Prosody, at most ten.
const ROWS: [(&str, &[Row]); 2] = [
    (
        "0.12",
        &[
            ("auth_dovecot", BOTH, "connects to Dovecot when it loads"),
            ("carbons_adhoc", BOTH, "names no permission for its command"),
            (
                "client_certs",
                BOTH,
                "names a permission that has another name now",
            ),
            ("component", ON_VIRTUAL_HOST, "refuses virtual hosts"),
            (
                "csi_simple",
                ON_COMPONENT,
                "looks for the users of its host",
            ),
            ("muc", ON_VIRTUAL_HOST, "refuses virtual hosts"),
            ("pastebin", ON_COMPONENT, "loads muc on components"),
            ("ping_muc", ON_COMPONENT, "stops early on components"),
            ("register_json", BOTH, "uses a global that is gone"),
        ],
    ),
    (
        "13.0",
        &[
            ("auth_dovecot", BOTH, "connects to Dovecot when it loads"),
            ("carbons_adhoc", BOTH, "names no permission for its command"),
            ("component", ON_VIRTUAL_HOST, "refuses virtual hosts"),
            (
                "csi_simple",
                ON_COMPONENT,
                "looks for the users of its host",
            ),
            ("muc", ON_VIRTUAL_HOST, "refuses virtual hosts"),
            ("pastebin", ON_COMPONENT, "loads muc on components"),
            ("ping_muc", ON_COMPONENT, "stops early on components"),
            (
                "proctitle",
                BOTH,
                "Debian has no package of its Lua library",
            ),
            ("register_json", BOTH, "uses a global that is gone"),
        ],
    ),
];

impl Place {
    fn config(self, module: &str) -> String {
        let (enabled, component) = match self {
            Self::VirtualHost => (format!("{module:?}"), String::new()),
            Self::Component => (
                String::new(),
                format!("Component \"alone.localhost\" {module:?}\n"),
            ),
        };
        format!(
            "{SETTINGS}modules_enabled = {{ {enabled} }}\nVirtualHost \"localhost\"\n{component}"
        )
    }
}

/// The rows of a version that hold in a place.
fn rows_in(version: &str, place: Place) -> impl Iterator<Item = &'static str> {
    let rows = ROWS.iter().find(|(of, _)| *of == version).unwrap().1;
    let here = rows
        .iter()
        .filter(move |(_, places, _)| places.contains(&place));
    here.map(|(module, ..)| *module)
}

/// The modules of a version that load nowhere, whatever is set.
pub fn load_nowhere(version: &str) -> impl Iterator<Item = &'static str> {
    let rows = ROWS.iter().find(|(of, _)| *of == version).unwrap().1;
    let nowhere = rows
        .iter()
        .filter(|(_, places, why)| *places == BOTH && !why.starts_with("loads"));
    nowhere.map(|(module, ..)| *module)
}

/// What a snapshot predicts of a module.
struct Prediction<'a> {
    loads: bool,
    /// The module, and all that it depends on.
    closure: BTreeSet<&'a str>,
}

/// Follows the dependencies that always or by default happen, and what `SETTINGS` makes of conditional ones. What
/// requires a module that cannot load does not load either.
fn predicted<'a>(
    release: &'a Release,
    module: &'a str,
    cannot_load: &BTreeSet<&str>,
) -> Prediction<'a> {
    let mut queue = vec![(module, true)];
    let mut closure = BTreeSet::new();
    let mut loads = true;
    while let Some((name, is_required)) = queue.pop() {
        let facts = release.modules.get(name).filter(|facts| !facts.readme_only);
        let Some(facts) = facts.filter(|_| name == module || !cannot_load.contains(name)) else {
            loads &= !is_required;
            continue;
        };
        if closure.insert(name) {
            let depends = &facts.depends;
            queue.extend(depends.loading().map(|name| (name, is_required)));
            queue.extend(depends.soft.iter().map(|name| (name.as_str(), false)));
            let set_up = SET_UP.iter().filter(|(module, _)| *module == name);
            let set_up = set_up.map(|(_, name)| *name);
            let set_up =
                set_up.filter(|name| depends.conditional.iter().any(|other| other == name));
            queue.extend(set_up.map(|name| (name, is_required)));
        }
    }
    Prediction { loads, closure }
}

/// What there is to try modules with.
struct Trial<'a> {
    installation: &'a Installation,
    namespace: Namespace,
    release: Release,
    /// What the servers asked for, as `record_options.lua` writes it down.
    asked: Mutex<BTreeSet<String>>,
}

impl Trial<'_> {
    /// How what loads differs from what is predicted, if it does.
    fn difference(&self, module: &str, place: Place) -> Option<String> {
        let server =
            Server::start_after(&record_options(), self.namespace, self.installation, |_| {
                place.config(module)
            });
        let modules = server.modules_at_start();
        // What Prosody says to have failed is listed with the others; a warning is no failure.
        let fails =
            |remark: &Option<String>| remark.as_ref().is_some_and(|r| r.starts_with("error"));
        let loaded: BTreeSet<&str> = modules
            .values()
            .flatten()
            .filter(|(_, remark)| !fails(remark))
            .map(|(name, _)| name.as_str())
            .collect();
        let cannot_load = rows_in(self.installation.version, place).collect();
        let predict = |module| predicted(&self.release, module, &cannot_load);
        let mut expected = self.installation.always_loaded();
        expected.extend(predict("admin_shell").closure);
        let Prediction { loads, closure } = predict(module);
        let holds = if loads {
            expected.extend(closure);
            loaded == expected
        } else {
            // What it asks for before it stops stays loaded.
            expected.extend(closure);
            !loaded.contains(module) && loaded.is_subset(&expected)
        };
        let more: Vec<_> = loaded.difference(&expected).collect();
        let less: Vec<_> = expected.difference(&loaded).collect();
        let asked = fs::read_to_string(server.folder().join("options-read")).unwrap();
        let mut all = self.asked.lock().unwrap();
        all.extend(asked.lines().map(str::to_owned));
        drop(all);
        let log = server.log();
        let error = log.lines().find(|line| line.contains("\terror\t"));
        (!holds).then(|| format!("besides {more:?}, not {less:?}, {error:?}"))
    }

    /// The lines of options that were asked for, and that the snapshot does not know.
    fn unknown_options(&self) -> Vec<String> {
        let core = self.release.core.as_ref().unwrap();
        let asked = self.asked.lock().unwrap();
        let unknown = asked.iter().filter(|line| {
            let parts: Vec<&str> = line.split('\t').collect();
            let (option, module, file) = (parts[0], parts[1], Path::new(parts[2]));
            let readers = [module, module_of(file).unwrap_or("?")];
            let read_by = |options: &Options| {
                options.named.contains_key(option) || options.may_compute(option)
            };
            let modules = readers
                .iter()
                .filter_map(|name| self.release.modules.get(*name));
            let mut modules = modules.flat_map(|module| {
                let copy = module.community_copy.as_ref().map(|copy| &*copy.options);
                std::iter::once(&*module.options).chain(copy)
            });
            // The module API reads an option or two of its own, in a module's name.
            let of_core = core.named.contains_key(option)
                || module_of(file).is_none() && core.may_compute(option);
            !(of_core || modules.any(read_by))
        });
        unknown.cloned().collect()
    }
}

fn record_options() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/record_options.lua")
}

/// The module that a file belongs to: the one after the last `mod_` of its path.
pub fn module_of(file: &Path) -> Option<&str> {
    let parts = file.iter().rev().filter_map(|part| part.to_str());
    let mut modules = parts.filter_map(|part| part.strip_prefix("mod_"));
    modules.next().map(|name| name.trim_end_matches(".lua"))
}

fn assert_every_module_loads_as_predicted(version: &str) {
    let (Some(installation), Some(namespace)) = (Installation::find(version), Namespace::find())
    else {
        return;
    };
    let trial = Trial {
        installation: &installation,
        namespace,
        release: snapshot(&installation),
        asked: Mutex::default(),
    };
    let modules = trial.release.modules.iter();
    let modules: Vec<_> = modules
        .filter(|(_, facts)| !facts.readme_only)
        .map(|(name, _)| name.as_str())
        .collect();
    let cases = modules
        .iter()
        .flat_map(|name| BOTH.iter().map(move |place| (*name, *place)));
    let cases: Vec<_> = cases.collect();
    let queue = Mutex::new(cases.iter());
    let differences = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..SERVERS {
            scope.spawn(|| {
                loop {
                    let Some((module, place)) = queue.lock().unwrap().next() else {
                        break;
                    };
                    if let Some(text) = trial.difference(module, *place) {
                        differences.lock().unwrap().insert((*module, *place), text);
                    }
                }
            });
        }
    });
    let mut differences = differences.into_inner().unwrap();
    let unknown = trial.unknown_options();
    println!(
        "{} reads of options observed",
        trial.asked.lock().unwrap().len()
    );
    assert!(unknown.is_empty(), "{unknown:#?}");
    println!(
        "Prosody {}: {} modules, as predicted in {} of {} placements",
        installation.full_version,
        modules.len(),
        cases.len() - differences.len(),
        cases.len()
    );
    for place in BOTH {
        for module in rows_in(version, *place) {
            let found = differences.remove(&(module, *place));
            assert!(
                found.is_some(),
                "{module} loads as predicted as {place:?}: take its row away"
            );
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn every_module_of_the_old_prosody_alone_loads_what_the_snapshot_predicts() {
    assert_every_module_loads_as_predicted("0.12");
}

#[test]
fn every_module_of_the_new_prosody_alone_loads_what_the_snapshot_predicts() {
    assert_every_module_loads_as_predicted("13.0");
}

#[test]
fn at_most_ten_modules_have_a_row() {
    for (version, rows) in ROWS {
        assert!(rows.len() <= 10, "{version}");
    }
}
