//! Configured servers: what a real Prosody loads on each host is what the configuration asks for.
//!
//! `configurations/` has one file per rule. Modules of `configurations/plugins/` are installed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use prosody_stability::configuration::prosody::{self, ReadOptions};
use prosody_stability::configuration::{Configuration, Dialect};
use prosody_stability::inventory::Inventory;
use prosody_stability::plan::Plan;
use prosody_stability::release::Release;
use prosody_stability::report::Severity;
use prosody_stability::resolve::{Request, State};
use prosody_stability::scan;
use prosody_stability::source::Source;
use prosody_stability::status::listing::Listing;
use prosody_stability::status::status_of_configuration;

use crate::setup;
use crate::support::command::{run, tool};
use crate::support::folder::write;
use crate::support::prosody::answer::GLOBAL;
use crate::support::prosody::{Installation, Server};
use crate::support::root;

/// How many servers run side by side.
const SERVERS: usize = 3;

/// The configurations that only Prosody 13.0 reads.
pub const NEWER: [&str; 1] = ["appended.cfg.lua"];

pub fn folder() -> PathBuf {
    root().join("tests/servers/configurations")
}

/// The configurations, by the names of their files.
pub fn configurations() -> Vec<String> {
    let names = fs::read_dir(folder()).unwrap().map(|entry| {
        let entry = entry.unwrap();
        entry.file_name().into_string().unwrap()
    });
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".cfg.lua")).collect();
    names.sort();
    names
}

/// What an installation ships, with the modules that the tests install besides.
pub fn snapshot(installation: &Installation) -> Release {
    let root = installation.root();
    let community = [root.clone(), folder().join("plugins")];
    let (modules, report) = scan::scan(&[root], &community, &|_, _| {}).unwrap();
    Release {
        modules,
        end_of_life: None,
        features: report.features,
        ..setup::snapshot(installation)
    }
}

/// A configuration beside what it includes, with the modules that the tests install.
pub fn install(into: &Path, name: &str) -> String {
    let includes = into.join("includes.d");
    fs::create_dir_all(&includes).unwrap();
    for entry in fs::read_dir(folder().join("includes.d")).unwrap() {
        let file = entry.unwrap();
        fs::copy(file.path(), includes.join(file.file_name())).unwrap();
    }
    let text = fs::read_to_string(folder().join(name)).unwrap();
    let plugins = folder().join("plugins");
    format!("plugin_paths = {{ {plugins:?} }}\n{text}")
}

fn configuration(server: &Server) -> Configuration {
    let source = Source::read(&server.config_file()).unwrap();
    let dialect = Dialect::of(&server.installation().full_version);
    prosody::read(&source, &ReadOptions::new(dialect)).unwrap_or_else(|error| {
        panic!("{}", error.render(false));
    })
}

/// How the modules of a running server differ from those that its configuration asks for.
fn differences(inventory: &Inventory, release: &Release, server: &Server) -> Vec<String> {
    let configuration = configuration(server);
    let listed = server.modules();
    let works =
        |remark: &Option<String>| !remark.as_deref().is_some_and(|r| r.starts_with("error"));
    let mut differences = Vec::new();
    let mut plans = Vec::new();
    let hosts: BTreeSet<&str> = configuration.active().map(|(name, _)| name).collect();
    let running = listed
        .keys()
        .map(String::as_str)
        .filter(|name| *name != GLOBAL);
    let running: BTreeSet<&str> = running.collect();
    if hosts != running {
        differences.push(format!("hosts {running:?} instead of {hosts:?}"));
    }
    for host in &hosts {
        let request = Request::of_host(inventory, release, &configuration, host).unwrap();
        let resolution = request.resolve(inventory, release);
        let plan = Plan::of_host(release, &resolution);
        let Some(modules) = listed.get(*host) else {
            continue;
        };
        for name in &plan.on_every_host {
            let remark = modules.get(name).or_else(|| listed[GLOBAL].get(name));
            if !remark.is_some_and(works) {
                differences.push(format!("{host} lacks {name}"));
            }
        }
        for (name, _) in modules.iter().filter(|(_, remark)| works(remark)) {
            if !plan.allows(name) {
                differences.push(format!("{host} has {name}"));
            }
        }
        plans.push(plan);
    }
    differences.extend(said_by_status(inventory, release, server, &configuration));
    let plan = plans.into_iter().reduce(Plan::and).unwrap_or_default();
    for (name, _) in listed[GLOBAL].iter().filter(|(_, remark)| works(remark)) {
        if !plan.allows(name) {
            differences.push(format!("{name} is loaded globally"));
        }
    }
    differences
}

/// What `status` finds although the server runs what its configuration asks for: only what the
/// configuration asks for and nobody can load is no surprise.
fn said_by_status(
    inventory: &Inventory,
    release: &Release,
    server: &Server,
    configuration: &Configuration,
) -> Vec<String> {
    let listing = server.shell(&["module", "list"]).stdout;
    let listing = Listing::parse(&Source::new("listing", listing)).unwrap();
    let report = status_of_configuration(
        ("built-in", inventory),
        release,
        configuration,
        &listing,
        &[],
    );
    let of_findings = report.findings.iter().filter(|finding| {
        let is_unloadable = || {
            let host = finding.host.as_deref().unwrap_or_default();
            let request = Request::of_host(inventory, release, configuration, host);
            let resolution = request.map(|request| request.resolve(inventory, release));
            resolution.is_some_and(|resolution| {
                let mut modules = resolution.modules.iter();
                modules.any(|module| {
                    module.state == State::Unavailable
                        && Some(module.real_name()) == finding.subject.as_deref()
                })
            })
        };
        finding.severity >= Severity::Warning && !is_unloadable()
    });
    of_findings
        .map(|finding| format!("status says of {:?}: {}", finding.host, finding.message))
        .collect()
}

#[test]
fn each_host_loads_what_its_configuration_asks_for() {
    let inventory = Inventory::builtin();
    let names = configurations();
    assert!(names.len() >= 14, "only {names:?}");
    let mut failed = Vec::new();
    for installation in Installation::all() {
        let release = snapshot(&installation);
        let dialect = Dialect::of(&installation.full_version);
        let left = Mutex::new(names.iter());
        let found = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..SERVERS {
                scope.spawn(|| {
                    loop {
                        let Some(name) = left.lock().unwrap().next() else {
                            break;
                        };
                        if dialect == Dialect::V0_12 && NEWER.contains(&name.as_str()) {
                            continue;
                        }
                        let server =
                            Server::start(&installation, |setup| install(setup.folder, name));
                        let differences = differences(&inventory, &release, &server);
                        let version = &installation.full_version;
                        let lines = differences
                            .iter()
                            .map(|what| format!("{version} {name}: {what}"));
                        found.lock().unwrap().extend(lines);
                    }
                });
            }
        });
        failed.extend(found.into_inner().unwrap());
    }
    failed.sort();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn status_compares_a_server_with_its_own_configuration() {
    for installation in Installation::all() {
        let server = Server::start(&installation, |setup| {
            install(setup.folder, "own-lists.cfg.lua")
        });
        let status = || {
            let config = server.config_file();
            let program = installation.prosodyctl();
            let mut command = tool(&["status", "--format", "json", "--prosodyctl"]);
            run(command.arg(program).arg("--config").arg(config))
        };
        let fine = status();
        assert_eq!(fine.code(), Some(0), "{}{}", fine.stdout, fine.stderr);

        let host = server
            .modules()
            .keys()
            .find(|name| *name != GLOBAL)
            .unwrap()
            .clone();
        let unload = format!("module:unload(\"disco\", \"{host}\")");
        assert!(server.shell(&[&unload]).status.success());
        let report = status();
        assert_eq!(report.code(), Some(1), "{}", report.stdout);
        let missing = report.json();
        let missing = missing["findings"].as_array().unwrap().iter();
        let missing: Vec<_> = missing
            .filter(|finding| finding["code"] == "missing")
            .collect();
        assert_eq!(missing.len(), 1, "{missing:?}");
        assert_eq!(
            (&missing[0]["subject"], &missing[0]["host"]),
            (&"disco".into(), &host.into())
        );

        let text = fs::read_to_string(server.config_file()).unwrap();
        let more = format!(
            "{text}\nVirtualHost \"new.localhost\"\n\tmodules_enabled = {{ \"nor_this\" }}\n"
        );
        fs::write(server.config_file(), more).unwrap();
        assert_eq!(status().code(), Some(1));
        let report = status().json();
        let of_code = |code: &str, field: &str| -> Vec<String> {
            let findings = report["findings"].as_array().unwrap().iter();
            let findings = findings.filter(|finding| finding["code"] == code);
            findings.map(|f| f[field].to_string()).collect()
        };
        assert_eq!(of_code("host-missing", "host"), ["\"new.localhost\""]);

        // The same from a listing that was saved; its release has to be named.
        let listing = server.shell(&["module", "list"]).stdout;
        let listing = write(server.folder(), "listing", &listing);
        let config = server.config_file().display().to_string();
        let saved = ["status", "--format", "json", "--listing", &listing];
        let more = ["--config", &config, "--release", installation.version];
        let saved = run(&mut tool(&[&saved[..], &more].concat()));
        assert_eq!(saved.code(), Some(1), "{saved:?}");
        assert_eq!(saved.json()["findings"], report["findings"]);
    }
}

#[test]
fn status_names_what_the_file_asks_for_and_nobody_has_with_its_line() {
    for installation in Installation::all() {
        let server = Server::start(&installation, |setup| {
            install(setup.folder, "own-lists.cfg.lua").replacen("\"mam\"", "\"nor_this\"", 1)
        });
        let config = server.config_file().display().to_string();
        let program = installation.prosodyctl().display().to_string();
        let status = ["status", "--format", "json", "--prosodyctl", &program];
        let said = run(&mut tool(&[&status[..], &["--config", &config]].concat()));
        assert_eq!(said.code(), Some(1), "{said:?}");
        let report = said.json();
        let findings = report["findings"].as_array().unwrap().iter();
        let worst: Vec<_> = findings.filter(|f| f["severity"] == "error").collect();
        assert_eq!(worst.len(), 1, "{worst:?}");
        assert_eq!(worst[0]["subject"], "nor_this");
        assert_eq!(worst[0]["host"], "one.localhost");
        let text = fs::read_to_string(&config).unwrap();
        let line = text.lines().position(|line| line.contains("nor_this"));
        assert_eq!(worst[0]["place"]["line"], line.unwrap() + 1);
    }
}
