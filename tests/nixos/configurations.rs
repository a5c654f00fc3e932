//! Realistic configurations, after the shapes of public ones: what NixOS makes of each, what is read in the file
//! without evaluating it, and what `check` says.
//!
//! They stand in `configurations/`, each with what is expected of it in its first lines, written by hand:
//!
//! - `loads: +a -b`: what the global `modules_enabled` has more and less than the defaults of services.prosody
//! - `disabled: a`: the global `modules_disabled`
//! - `on HOST: a b`: a virtual host or component, with its own `modules_enabled`
//! - `fails: TEXT`: what Nix or an assertion says when the system is built
//! - `warns: TEXT`: what a warning says when it is built; without such a line there is none
//! - `check: EXIT CODE…`: the exit code of `check --fail-on error`, and its warnings and errors
//! - `evaluates: NAMES`: which part of the file a machine has
//!
//! Such a line may begin with `old:` or `new:`, for one of the two services.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use prosody_stability::configuration::prosody::{ReadOptions, read};
use prosody_stability::configuration::{Configuration, Dialect, nixos};
use prosody_stability::inventory::Inventory;
use prosody_stability::machine;
use prosody_stability::release::{Release, builtin};
use prosody_stability::resolve::Request;
use prosody_stability::source::Source;

use crate::support::command::{run, tool};
use crate::support::folder::{scratch, write};
use crate::support::json::{list, text};
use crate::support::{nix, root};

/// What the older services.prosody has on by itself.
const OLD: &str = "admin_adhoc blocklist bookmarks carbons cloud_notify csi dialback disco http_files mam pep ping \
    private proxy65 register roster saslauth smacks time tls uptime vcard_legacy version";
/// What the newer one has on by itself.
const NEW: &str = "admin_adhoc admin_shell blocklist bookmarks carbons cloud_notify csi dialback disco mam pep ping \
    private proxy65 register roster saslauth smacks time tls uptime vcard_legacy version";

type Names = BTreeSet<String>;

fn names(text: &str) -> Names {
    text.split_whitespace().map(str::to_owned).collect()
}

/// What is expected of one configuration on one of the services.
#[derive(Debug, Default)]
struct Expected {
    loads: Names,
    disabled: Names,
    on: BTreeMap<String, Names>,
    fails: Option<String>,
    warns: Vec<String>,
    exit: i32,
    codes: Names,
    evaluates: String,
}

struct Row {
    name: String,
    file: PathBuf,
    text: String,
}

impl Row {
    fn expected(&self, service: &str) -> Expected {
        let mut expected = Expected {
            loads: names(if service == "old" { OLD } else { NEW }),
            ..Expected::default()
        };
        let comment = self.text.lines().map_while(|line| line.strip_prefix('#'));
        for line in comment {
            let mut line = line.trim();
            if let Some((of, rest)) = line.split_once(": ")
                && ["old", "new"].contains(&of)
            {
                if of != service {
                    continue;
                }
                line = rest;
            }
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let value = value.trim();
            match key {
                "loads" => {
                    for name in value.split_whitespace() {
                        let is_change = match name.split_at(1) {
                            ("+", name) => expected.loads.insert(name.to_owned()),
                            ("-", name) => expected.loads.remove(name),
                            _ => false,
                        };
                        assert!(is_change, "{}: {name} changes nothing", self.name);
                    }
                }
                "disabled" => expected.disabled = names(value),
                "fails" => expected.fails = Some(value.to_owned()),
                "warns" => expected.warns.push(value.to_owned()),
                "evaluates" => expected.evaluates = format!(".{value}"),
                "check" => {
                    let (exit, codes) = value.split_once(' ').unwrap_or((value, ""));
                    expected.exit = exit.parse().unwrap();
                    expected.codes = names(codes);
                }
                _ => {
                    if let Some(host) = key.strip_prefix("on ") {
                        expected.on.insert(host.to_owned(), names(value));
                    }
                }
            }
        }
        expected
    }

    fn has_flags(&self) -> bool {
        self.text.contains("services.prosody-stability = {")
    }

    /// The machine as an expression, on one of the services.
    fn machine(&self, service: &str, expected: &Expected) -> String {
        let part = &expected.evaluates;
        let file = format!("(/. + {:?})", self.file);
        let module = match part.as_str() {
            "" => file,
            part => format!("(import {file}){part}"),
        };
        let ours = if self.has_flags() {
            "./nixos-module"
        } else {
            ""
        };
        let jitsi = self.text.contains("jitsi-meet");
        format!(
            "(import ./tests/support/machine.nix {{ upstream = {service:?}; jitsi = {jitsi}; \
             modules = [ {ELSEWHERE} {ours} {module} ]; }})"
        )
    }
}

/// What else these configurations set.
const ELSEWHERE: &str = "({ lib, ... }: let anything = lib.mkOption { type = lib.types.attrsOf lib.types.raw; default = { }; }; \
    in { options = { networking = anything; security = anything; containers = anything; nixpkgs = anything; \
    services.postgresql = anything; services.nginx = anything; }; })";

fn rows() -> Vec<Row> {
    let folder = root().join("tests/nixos/configurations");
    let mut rows: Vec<Row> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "nix"))
        .map(|file| Row {
            name: file.file_stem().unwrap().to_str().unwrap().to_owned(),
            text: fs::read_to_string(&file).unwrap(),
            file,
        })
        .collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(rows.len() >= 40, "{} configurations", rows.len());
    rows
}

fn release(service: &str) -> &'static Release {
    let version = if service == "old" { "0.12" } else { "13.0" };
    let mut releases = builtin::current().into_iter();
    releases.find(|release| release.version == version).unwrap()
}

/// The names that a list in a text of Lua has.
fn in_list(option: &str, text: &str) -> Names {
    let start = format!("{option} = {{");
    let Some((_, rest)) = text.split_once(&start) else {
        return Names::new();
    };
    let (body, _) = rest.split_once('}').expect("a list that ends");
    let lines = body.lines().map(|line| line.split("--").next().unwrap());
    let quoted = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
    quoted.map(str::to_owned).collect()
}

/// The sections of a text: the global one has no name.
fn sections(text: &str) -> Vec<(String, String)> {
    let mut sections = vec![(String::new(), String::new())];
    for line in text.lines() {
        let opens = ["VirtualHost \"", "Component \""]
            .iter()
            .find_map(|word| line.trim_start().strip_prefix(word));
        if let Some(rest) = opens {
            sections.push((rest.split('"').next().unwrap().to_owned(), String::new()));
        }
        let last = sections.last_mut().unwrap();
        last.1.push_str(line);
        last.1.push('\n');
    }
    sections
}

/// Which modules load on each active host.
fn loaded(configuration: &Configuration, release: &Release) -> BTreeMap<String, Names> {
    let inventory = Inventory::builtin();
    let hosts = configuration.active().map(|(name, _)| {
        let request = Request::of_host(&inventory, release, configuration, name).unwrap();
        let resolution = request.resolve(&inventory, release);
        let loaded = resolution.loaded().map(str::to_owned).collect();
        (name.to_owned(), loaded)
    });
    hosts.collect()
}

/// Both stand-ins, and the real service where `PROSODY_NIX` names one.
fn services() -> Vec<(&'static str, &'static str)> {
    let mut services = vec![("old", "old"), ("new", "new")];
    if crate::support::machine::upstreams().contains(&"real") {
        let is_new = nix::evaluate(
            "(import ./tests/support/machine.nix { upstream = \"real\"; modules = [ ]; }).options.services.prosody ? checkConfig",
        );
        services.push(("real", if is_new == true { "new" } else { "old" }));
    }
    services
}

#[test]
fn nix_makes_of_each_what_stands_there() {
    if !nix::is_here() {
        return;
    }
    let rows = rows();
    let folder = scratch();
    let apply = documented_apply();
    let mut wrong: Vec<String> = Vec::new();
    for (upstream, service) in services() {
        let mut asked = Vec::new();
        for row in &rows {
            let expected = row.expected(service);
            let machine = row.machine(upstream, &expected);
            // Of what cannot be read without evaluating it, nothing else is said here.
            let is_read = expected.exit != 2;
            match &expected.fails {
                // What fails ends an evaluation, so it has one of its own.
                Some(message) => {
                    let said = nix::try_evaluate(&format!(
                        "let m = {machine}; in if m.failures == [ ] then m.text else m.failures"
                    ));
                    let said = match said {
                        Ok(failures) => failures.to_string(),
                        Err(error) => error,
                    };
                    if !said.contains(message.as_str()) {
                        wrong.push(format!("{upstream} {}: no {message} in {said}", row.name));
                    }
                }
                None if is_read => asked.push((row, expected, machine)),
                None => {}
            }
        }
        let all: Vec<String> = asked
            .iter()
            .map(|(_, _, machine)| {
                format!(
                    "(let m = {machine}; in {{ inherit (m) text failures warnings; \
                     services = ({apply}) m.config.services; }})"
                )
            })
            .collect();
        let said = nix::evaluate(&format!("[ {} ]", all.join(" ")));
        for ((row, expected, _), said) in asked.iter().zip(list(&said)) {
            let place = format!("{upstream} {}", row.name);
            if said["failures"] != serde_json::json!([]) {
                wrong.push(format!("{place}: {}", said["failures"]));
                continue;
            }
            // Each warning is expected, and each expectation is met.
            let warnings: Vec<&str> = list(&said["warnings"]).iter().map(text).collect();
            let is_met = |part: &String| warnings.iter().any(|warning| warning.contains(part));
            let is_expected = |warning: &&str| {
                expected
                    .warns
                    .iter()
                    .any(|part| warning.contains(part.as_str()))
            };
            if !expected.warns.iter().all(is_met) || !warnings.iter().all(is_expected) {
                wrong.push(format!("{place}: {warnings:?}"));
            }
            let text = text(&said["text"]);
            let sections = sections(text);
            let mut enabled = in_list("modules_enabled", &sections[0].1);
            // The module that reports what loads is no choice of the configuration's.
            enabled.remove("stability_profile");
            let disabled = in_list("modules_disabled", &sections[0].1);
            wrong.extend(differing(&place, &enabled, &expected.loads));
            wrong.extend(differing(&place, &disabled, &expected.disabled));
            let mut hosts: BTreeMap<String, Names> = BTreeMap::new();
            for (host, text) in &sections[1..] {
                let names = hosts.entry(host.clone()).or_default();
                names.extend(in_list("modules_enabled", text));
            }
            if hosts != expected.on {
                wrong.push(format!("{place}: {hosts:?}, and not {:?}", expected.on));
            }
            // Of the text itself, `check` says what it says of the file.
            let written = write(folder.path(), "prosody.cfg.lua", text);
            let version = &release(service).version;
            let checked = run(&mut tool(&[
                "check",
                "--config",
                &written,
                "--release",
                version,
                "--format",
                "json",
            ]));
            let codes = of_report(&checked.json()).0;
            // It has no flags.
            let mut as_file = expected.codes.clone();
            as_file.remove("not-allowed");
            as_file.remove("http-port-open");
            if checked.code() != Some(expected.exit) || codes != as_file {
                wrong.push(format!(
                    "{place}, its text: {:?} {codes:?} {}",
                    checked.code(),
                    checked.stdout
                ));
            }
            // And the file alone says the same.
            let release = release(service);
            let dialect = Dialect::of(&release.version);
            // As the service fills it in when it starts.
            let filled_in = Source::new("p.cfg.lua", text.replace("$TURN_PORT", "3478"));
            let read_text = read(&filled_in, &ReadOptions::new(dialect)).unwrap();
            let read_file = of_file(&row.file, release);
            let of_text = loaded(&read_text, release);
            wrong.extend(on_hosts(
                &format!("{place}, read"),
                &loaded(&read_file, release),
                &of_text,
            ));
            // And so does what Nix prints, as the documentation asks for it.
            let printed = write(folder.path(), "machine.json", &said["services"].to_string());
            let printed = of_file(Path::new(&printed), release);
            assert!(
                printed.determined().is_ok(),
                "{place}: {:?}",
                printed.determined()
            );
            wrong.extend(on_hosts(
                &format!("{place}, printed"),
                &loaded(&printed, release),
                &of_text,
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What differs on each host.
fn on_hosts(
    place: &str,
    is: &BTreeMap<String, Names>,
    expected: &BTreeMap<String, Names>,
) -> Vec<String> {
    let nothing = Names::new();
    let hosts: BTreeSet<&String> = is.keys().chain(expected.keys()).collect();
    let differing = hosts.into_iter().filter_map(|host| {
        let [is, expected] = [is, expected].map(|of| of.get(host).unwrap_or(&nothing));
        differing(&format!("{place}, {host}"), is, expected)
    });
    differing.collect()
}

/// What docs/nixos.md gives to `nix eval --apply`.
fn documented_apply() -> String {
    let docs = fs::read_to_string(root().join("docs/nixos.md")).unwrap();
    let (_, rest) = docs.split_once("--apply '").unwrap();
    rest.split_once("}' >").unwrap().0.to_owned() + "}"
}

/// The codes of warnings and errors, and what they say.
fn of_report(report: &serde_json::Value) -> (Names, Vec<String>) {
    let findings = list(&report["findings"]).iter();
    let findings = findings.filter(|finding| finding["severity"] != "info");
    let said = findings.map(|finding| {
        let message = format!("{} {}", finding["message"], finding["reason"]);
        (text(&finding["code"]).to_owned(), message)
    });
    said.unzip()
}

/// What one set of names has more and less than another.
fn differing(place: &str, is: &Names, expected: &Names) -> Option<String> {
    let more: Vec<_> = is
        .difference(expected)
        .map(|name| format!("+{name}"))
        .collect();
    let less: Vec<_> = expected
        .difference(is)
        .map(|name| format!("-{name}"))
        .collect();
    let all = [more, less].concat();
    (!all.is_empty()).then(|| format!("{place}: {}", all.join(" ")))
}

/// The server that a file describes.
fn of_file(file: &Path, release: &Release) -> Configuration {
    let settings = nixos::read(file).unwrap();
    let read = |text: &Source, dialect| read(text, &ReadOptions::new(dialect));
    let inventory = Inventory::builtin();
    let machine = machine::of_settings(&settings, &inventory, release, read).unwrap();
    machine
        .unwrap_or_else(|| panic!("{} is no server", file.display()))
        .configuration
}

#[test]
fn check_says_of_each_what_stands_there() {
    let rows = rows();
    let check = |service: &str, row: &Row| {
        let expected = row.expected(service);
        let version = &release(service).version;
        let file = row.file.to_str().unwrap();
        let said = run(&mut tool(&[
            "check",
            "--config",
            file,
            "--release",
            version,
            "--fail-on",
            "error",
            "--format",
            "json",
        ]));
        let report = match said.stdout.as_str() {
            "" => serde_json::json!({ "findings": [] }),
            _ => said.json(),
        };
        let (codes, messages) = of_report(&report);
        // Whatever has a place has it in a file of the configuration.
        for finding in list(&report["findings"]) {
            let place = finding["place"]["file"].as_str();
            assert!(
                place.is_none_or(|file| file.ends_with(".nix") || file.ends_with(".lua")),
                "{finding}"
            );
        }
        let is_as_expected = said.code() == Some(expected.exit) && codes == expected.codes;
        (!is_as_expected).then(|| {
            let code = said.code();
            format!(
                "{service} {}: {code:?} {codes:?}: {messages:?} {}",
                row.name, said.stderr
            )
        })
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let threads = ["old", "new"].map(|service| {
            let (rows, check) = (&rows, &check);
            scope.spawn(move || {
                rows.iter()
                    .filter_map(|row| check(service, row))
                    .collect::<Vec<_>>()
            })
        });
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What each virtual host and each component of a text enables, and does not disable.
fn enabled(text: &str) -> BTreeMap<String, Names> {
    let sections = sections(text);
    let mut hosts: BTreeMap<String, Names> = BTreeMap::new();
    for (host, text) in &sections[1..] {
        let mut enabled = in_list("modules_enabled", text);
        if text.trim_start().starts_with("VirtualHost") {
            enabled.extend(in_list("modules_enabled", &sections[0].1));
            let disabled = in_list("modules_disabled", &sections[0].1);
            enabled.retain(|name| !disabled.contains(name));
        }
        enabled.remove("stability_profile");
        hosts.entry(host.clone()).or_default().extend(enabled);
    }
    hosts
}

#[test]
fn what_migrate_writes_changes_nothing_when_nix_evaluates_it() {
    if !nix::is_here() {
        return;
    }
    let rows = rows();
    let folder = scratch();
    let mut wrong: Vec<String> = Vec::new();
    for (upstream, service) in services() {
        let release = release(service);
        let mut asked = Vec::new();
        for row in rows.iter().filter(|row| !row.has_flags()) {
            let expected = row.expected(service);
            if expected.exit == 2 || expected.fails.is_some() {
                continue;
            }
            let file = row.file.to_str().unwrap();
            let said = run(&mut tool(&["migrate", file, "--release", &release.version])).success();
            let of_host =
                |line: &&str| line.starts_with("note: ") && line.ends_with("load before and after");
            assert!(
                said.stderr
                    .starts_with("note: nothing changes until you change a flag\n")
                    && said.stderr.lines().filter(of_host).count() > 0,
                "{}: {}",
                row.name,
                said.stderr
            );
            let name = format!("{service}-{}.nix", row.name);
            let settings = write(folder.path(), &name, &said.stdout);
            let before = row.machine(upstream, &expected);
            let after =
                before.replacen(" ];", &format!(" ./nixos-module (/. + {settings:?}) ];"), 1);
            asked.push((
                row,
                format!(
                    "(let before = {before}; after = {after}; in {{ before = before.text; \
                 after = after.text; inherit (after) failures; }})"
                ),
            ));
        }
        assert!(asked.len() >= 15, "{} machines", asked.len());
        let all: Vec<&str> = asked.iter().map(|(_, machine)| machine.as_str()).collect();
        let said = nix::evaluate(&format!("[ {} ]", all.join(" ")));
        for ((row, _), said) in asked.iter().zip(list(&said)) {
            let place = format!("{upstream} {}", row.name);
            assert_eq!(said["failures"], serde_json::json!([]), "{place}");
            let [before, after] = ["before", "after"].map(|side| enabled(text(&said[side])));
            wrong.extend(on_hosts(&place, &after, &before));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
