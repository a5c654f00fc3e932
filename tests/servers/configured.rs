//! Servers as they are configured: what loads on each host is what the resolution of this host says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use prosody_stability::configuration::prosody::{ReadOptions, read};
use prosody_stability::configuration::{Configuration, Dialect};
use prosody_stability::inventory::Inventory;
use prosody_stability::release::Release;
use prosody_stability::resolve::{Request, Resolution};
use prosody_stability::source::Source;

use crate::setup::snapshot_with;
use crate::support::folder::write;
use crate::support::prosody::answer::GLOBAL;
use crate::support::prosody::{Installation, Server};
use crate::support::root;

/// How many servers run side by side.
const SERVERS: usize = 3;

/// Configurations that one version of Prosody cannot read.
const NEEDS: [(&str, &str); 1] = [("appended", "13.0")];

/// Where a server differs from the resolution, and why no file that is read shows it: the
/// configuration, the version or none for every one, the host, the module, the cause.
type Row = (
    &'static str,
    Option<&'static str>,
    &'static str,
    &'static str,
    &'static str,
);
const ROWS: &[Row] = &[];

/// The configurations, by name.
pub fn configurations() -> Vec<String> {
    let files = fs::read_dir(folder()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names
        .filter_map(|name| Some(name.strip_suffix(".cfg.lua")?.to_owned()))
        .collect();
    names.sort();
    names
}

fn folder() -> PathBuf {
    root().join("tests/servers/configurations")
}

/// Whether a version of Prosody can read a configuration.
fn fits(name: &str, installation: &Installation) -> bool {
    let needs = NEEDS.iter().find(|(of, _)| *of == name);
    needs.is_none_or(|(_, version)| *version == installation.version)
}

/// A server that runs a configuration, with everything that this includes beside it.
pub fn start(installation: &Installation, name: &str) -> Server {
    let text = fs::read_to_string(folder().join(format!("{name}.cfg.lua"))).unwrap();
    Server::start(installation, |setup| {
        copy(
            &folder().join("includes.d"),
            &setup.folder.join("includes.d"),
        );
        format!("plugin_paths = {{ {:?} }}\n{text}", plugins())
    })
}

/// Modules that are not in any package.
fn plugins() -> PathBuf {
    folder().join("plugins")
}

/// The release that an installation with these modules really is.
pub fn release_of(installation: &Installation) -> Release {
    snapshot_with(installation, &[plugins()])
}

fn copy(from: &Path, to: &Path) {
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        write(to, &name, &fs::read_to_string(file.path()).unwrap());
    }
}

fn read_as(installation: &Installation, file: &Path) -> Configuration {
    let source = Source::read(file).unwrap();
    let options = ReadOptions::new(Dialect::of(&installation.full_version));
    read(&source, &options).unwrap_or_else(|error| panic!("{error}"))
}

/// What conditional dependencies may load beside what loads, and what a module that cannot load may
/// leave behind.
fn may_load(release: &Release, resolution: &Resolution) -> BTreeSet<String> {
    let failing = resolution.modules.iter();
    let failing = failing.filter(|m| m.state.is_wanted() && !m.state.loads());
    let failing: Vec<&str> = failing.map(|module| module.real_name()).collect();
    let mut queue: Vec<&str> = resolution.loaded().chain(failing.iter().copied()).collect();
    let mut reached = BTreeSet::new();
    while let Some(name) = queue.pop() {
        if reached.insert(name.to_owned())
            && let Some(module) = release.modules.get(name)
        {
            let depends = &module.depends;
            queue.extend(depends.loading());
            queue.extend(depends.conditional.iter().map(String::as_str));
        }
    }
    failing.iter().for_each(|name| {
        reached.remove(*name);
    });
    reached
}

/// Every difference of a running server from its configuration, as host and module.
fn differences(
    server: &Server,
    inventory: &Inventory,
    release: &Release,
    configuration: &Configuration,
) -> BTreeMap<(String, String), &'static str> {
    let mut found = BTreeMap::new();
    let mut add = |host: &str, module: &str, what| {
        found.insert((host.to_owned(), module.to_owned()), what);
    };
    let mut modules = server.modules_at_start();
    // What Prosody says to have failed is listed with the others; a warning is no failure.
    let fails = |remark: &Option<String>| remark.as_ref().is_some_and(|r| r.starts_with("error"));
    for listed in modules.values_mut() {
        listed.retain(|_, remark| !fails(remark));
    }
    let global = &modules[GLOBAL];
    let active: Vec<&str> = configuration.active().map(|(name, _)| name).collect();
    let mut anywhere: BTreeSet<String> = BTreeSet::new();
    for host in &active {
        let request = Request::of_host(inventory, release, configuration, host).unwrap();
        let resolution = request.resolve(inventory, release);
        let loaded: BTreeSet<&str> = resolution.loaded().collect();
        let Some(listed) = modules.get(*host) else {
            add(host, "", "is no host of the server");
            continue;
        };
        for name in &loaded {
            if !listed.contains_key(*name) && !global.contains_key(*name) {
                add(host, name, "does not load");
            }
        }
        let may = may_load(release, &resolution);
        for name in listed.keys() {
            if !loaded.contains(name.as_str()) && !may.contains(name) {
                add(host, name, "loads");
            }
        }
        anywhere.extend(may);
        anywhere.extend(loaded.into_iter().map(str::to_owned));
    }
    for name in global.keys().filter(|name| !anywhere.contains(*name)) {
        add(GLOBAL, name, "loads");
    }
    for host in modules.keys().filter(|host| *host != GLOBAL) {
        if !active.contains(&host.as_str()) {
            add(host, "", "is a host of the server");
        }
    }
    found
}

#[test]
fn hosts_load_what_their_resolution_says() {
    let inventory = Inventory::builtin();
    let names = configurations();
    let installations = Installation::all();
    let releases: Vec<_> = installations.iter().map(release_of).collect();
    let cases: Vec<_> = installations
        .iter()
        .zip(&releases)
        .flat_map(|(installation, release)| {
            let fitting = names.iter().filter(|name| fits(name, installation));
            fitting.map(move |name| (installation, release, name.as_str()))
        })
        .collect();
    let queue = Mutex::new(cases.iter());
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..SERVERS {
            scope.spawn(|| {
                loop {
                    let Some((installation, release, name)) = queue.lock().unwrap().next() else {
                        break;
                    };
                    let server = start(installation, name);
                    let configuration = read_as(installation, &server.config_file());
                    let mut found = differences(&server, &inventory, release, &configuration);
                    let version = installation.version;
                    let rows = ROWS.iter().filter(|(of, only, ..)| {
                        of == name && only.is_none_or(|only| only == version)
                    });
                    let mut wrong = wrong.lock().unwrap();
                    for (_, _, host, module, cause) in rows {
                        if found
                            .remove(&(host.to_string(), module.to_string()))
                            .is_none()
                        {
                            wrong.push(format!("{name}, {version}: no row for {cause}"));
                        }
                    }
                    for ((host, module), what) in found {
                        wrong.push(format!("{name}, {version}: {host} {module} {what}"));
                    }
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!("{} servers of {} configurations", cases.len(), names.len());
}
