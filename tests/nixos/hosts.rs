//! Hosts with settings of their own: what the NixOS module makes of them is what `resolve` says, and what Prosody would
//! read from the text that comes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use prosody_stability::configuration::prosody::{self, ReadOptions};
use prosody_stability::configuration::{Configuration, Dialect};
use prosody_stability::inventory::{Flag, Inventory, Placement, Rollout};
use prosody_stability::release::{Release, builtin};
use prosody_stability::resolve::{Request, Resolution, resolve};
use prosody_stability::selection::{Origin, Selection};
use prosody_stability::source::Source;
use serde_json::{Map, Value, json};

use crate::support::json::{list, names, text};
use crate::support::machine::{ask, assert_one_failure, assert_one_warning, ours};
use crate::support::random::Random;
use crate::support::{PROFILES, machine, nix};

/// How many selections are tried; the seed of one is its number.
const SELECTIONS: u64 = 100;

/// The hosts of the machine in hosts.nix: the option, the name there, and the address.
const HOSTS: [(&str, &str, &str); 3] = [
    ("virtualHosts", "one", "one.example"),
    ("virtualHosts", "two", "two.example"),
    ("components", "rooms.example", "rooms.example"),
];

/// A machine with the hosts of hosts.nix.
const SERVER: &str = "{ services.prosody = { \
    virtualHosts.one = { enabled = true; domain = \"one.example\"; }; \
    muc = [ { domain = \"rooms.example\"; } ]; }; }";

type Settings = Map<String, Value>;

/// Flags, and sometimes a profile and single modules. On a host most of it stays as it is on the server.
fn settings(random: &mut Random, modules: &[&str], is_host: bool) -> Settings {
    let mut settings = Settings::new();
    let chance = |random: &mut Random| !is_host || random.below(3) == 0;
    if random.below(3) == 0 {
        settings.insert("profile".to_owned(), json!(PROFILES[random.below(4)]));
    }
    for flag in Flag::ALL {
        if chance(random) {
            let value = match flag {
                Flag::Beta | Flag::Alpha => random.rollout(),
                _ => random.coin().into(),
            };
            settings.insert(flag.name().to_owned(), json!(value));
        }
    }
    let named: Map<String, Value> = (0..random.below(4))
        .map(|_| {
            let name = modules[random.below(modules.len())];
            (name.to_owned(), json!(random.coin()))
        })
        .collect();
    settings.insert("modules".to_owned(), Value::Object(named));
    settings
}

/// Sets in a selection what stands in the settings of the server or of a host.
fn apply(selection: &mut Selection, inventory: &Inventory, settings: &Settings) {
    if let Some(profile) = settings.get("profile") {
        selection.set_profile(inventory, text(profile)).unwrap();
    }
    for flag in Flag::ALL {
        if let Some(value) = settings.get(flag.name()) {
            let value: Rollout = serde_json::from_value(value.clone()).unwrap();
            selection
                .set_flag(flag, value, Origin::CommandLine)
                .unwrap();
        }
    }
    for (name, on) in settings["modules"].as_object().unwrap() {
        selection.override_module(name, on.as_bool().unwrap());
    }
}

/// The selections, each as the module's settings and as the command's selection.
fn selections(inventory: &Inventory) -> Vec<(Settings, Selection)> {
    // What the release cannot load fails the evaluation when it is named, and a component of its own is no module of
    // a host. The shell is always on in a new services.prosody.
    let lacking = [
        "push",
        "compliance_policy",
        "http_upload",
        "http_file_share",
    ];
    let apart = ["admin_shell", "pubsub_serverinfo", "statistics"];
    let modules: Vec<&str> = inventory
        .modules
        .keys()
        .map(|name| name.as_str())
        .filter(|name| !lacking.contains(name) && !apart.contains(name))
        .collect();
    (0..SELECTIONS)
        .map(|seed| {
            let mut random = Random(seed);
            let mut all = settings(&mut random, &modules, false);
            let mut selection = Selection::defaults(inventory);
            apply(&mut selection, inventory, &all);
            for (option, name, _) in HOSTS {
                let of_host = settings(&mut random, &modules, true);
                let component = (option == "components").then_some("muc");
                apply(selection.host(name, component), inventory, &of_host);
                let hosts = all.entry(option).or_insert_with(|| json!({}));
                hosts[name] = Value::Object(of_host);
            }
            (all, selection)
        })
        .collect()
}

fn configuration(text: &str, release: &Release) -> Configuration {
    let source = Source::new("prosody.cfg.lua", text.to_owned());
    let options = ReadOptions::new(Dialect::of(&release.version));
    prosody::read(&source, &options).unwrap()
}

/// What differs between the module's word on a host and the command's.
fn compare_words(nix: &Value, expected: &Resolution, hard_coded: &[&str]) -> Vec<String> {
    let mut differences = Vec::new();
    let resolution = nix["resolution"].as_object().unwrap();
    for module in expected.modules.iter().filter(|m| m.module.is_some()) {
        if hard_coded.contains(&module.name) {
            continue;
        }
        let rust = json!({
            "name": module.real_name(),
            "stability": module.stability.unwrap().name(),
            "state": module.state.name(),
            "reason": module.reason.to_string().replace("(command line)", "(set)"),
        });
        if resolution[module.name] != rust {
            differences.push(format!(
                "{}: Nix {}, Rust {rust}",
                module.name, resolution[module.name]
            ));
        }
    }
    let line = text(&nix["profileLine"]);
    let mut counts = expected.profile_line;
    for name in hard_coded {
        let module = expected.modules.iter().find(|m| m.name == *name).unwrap();
        if !module.state.loads() {
            counts.count(module.module.unwrap());
        }
    }
    if line != counts.to_string() {
        differences.push(format!("Nix {line}, Rust {counts}"));
    }
    differences
}

/// The modules of the inventory that a host loads when Prosody reads the text, by their names there.
fn loaded(
    inventory: &Inventory,
    release: &Release,
    configuration: &Configuration,
    host: &str,
) -> BTreeSet<String> {
    let request = Request::of_host(inventory, release, configuration, host).unwrap();
    let resolution = request.resolve(inventory, release);
    let loaded = resolution.loaded().map(str::to_owned);
    loaded
        .filter(|name| inventory.by_real_name(name).is_some())
        .collect()
}

#[test]
fn hosts_load_what_resolve_says() {
    if !nix::is_here() {
        return;
    }
    let inventory = Inventory::builtin();
    let selections = selections(&inventory);
    let all: Vec<&Settings> = selections.iter().map(|(settings, _)| settings).collect();
    let all = serde_json::to_string(&all).unwrap();
    let mut mismatches = String::new();
    for upstream in machine::upstreams() {
        let results = nix::evaluate(&format!(
            "import ./tests/nixos/hosts.nix {{ upstream = {upstream:?}; selections = ''{all}''; }}"
        ));
        for (seed, ((_, selection), result)) in selections.iter().zip(list(&results)).enumerate() {
            assert_eq!(result["failures"], json!([]), "{upstream} {seed}");
            let (release, _) = builtin::find(text(&result["release"]), false).unwrap();
            let mut selection = selection.clone();
            machine::add_enabled(
                &mut selection,
                &inventory,
                &release,
                &result["enabledModules"],
            );
            let resolutions = resolve(&inventory, &release, &selection, true).hosts;
            let hard_coded = names(&result["hardCoded"]);
            let read = configuration(text(&result["text"]), &release);
            for ((_, name, address), expected) in HOSTS.into_iter().zip(&resolutions) {
                let mut differences = compare_words(&result["hosts"][name], expected, &hard_coded);
                let planned: BTreeSet<String> = expected
                    .loaded()
                    .filter(|name| {
                        let module = inventory.by_real_name(name);
                        module.is_some_and(|(_, module)| module.placement == Placement::Host)
                    })
                    .chain(hard_coded.iter().copied())
                    .map(str::to_owned)
                    .collect();
                let loaded = loaded(&inventory, &release, &read, address);
                if planned != loaded {
                    let more: Vec<_> = loaded.difference(&planned).collect();
                    let less: Vec<_> = planned.difference(&loaded).collect();
                    differences.push(format!("the text loads {more:?} more, and not {less:?}"));
                }
                for difference in differences {
                    writeln!(mismatches, "{upstream} {seed} {name}: {difference}").unwrap();
                }
            }
        }
    }
    assert!(mismatches.is_empty(), "\n{mismatches}");
}

#[test]
fn modules_for_rooms_go_to_the_rooms() {
    if !nix::is_here() {
        return;
    }
    for upstream in machine::upstreams() {
        let settings = ours(
            "profile = \"enterprise\"; components.\"rooms.example\".modules = { \
               muc_moderation = true; muc_mam = false; };",
        );
        let machine = machine::on(upstream, &format!("{SERVER} {settings}"));
        let said = ask(
            &machine,
            "inherit (m) failures enabledModules text; inherit (m.cfg) communityModules effectiveModules; \
             release = m.cfg.computed.release.version;",
        );
        assert_eq!(said["failures"], json!([]), "{upstream}");
        let (release, _) = builtin::find(text(&said["release"]), false).unwrap();
        let read = configuration(text(&said["text"]), &release);
        let modules_of = |host: &str| {
            let setting = read.host(host).unwrap().options.get("modules_enabled");
            setting.map(|setting| setting.strings()).unwrap_or_default()
        };
        assert!(
            modules_of("rooms.example").contains(&"muc_moderation"),
            "{upstream}"
        );
        assert!(
            !modules_of("rooms.example").contains(&"muc_mam"),
            "{upstream}"
        );
        assert!(!names(&said["enabledModules"]).contains(&"muc_moderation"));
        assert!(names(&said["communityModules"]).contains(&"muc_moderation"));
        assert!(names(&said["effectiveModules"]).contains(&"muc_moderation"));
    }
}

/// The old services.prosody enables whatever the package brings on every host, and nothing of it on rooms. Only the
/// newest revision of the new one has modules for rooms there.
#[test]
fn the_section_of_rooms_repeats_what_its_services_prosody_writes() {
    if !nix::is_here() {
        return;
    }
    let package = "({ pkgs, ... }: { services.prosody.package = pkgs.prosody.override { \
        withCommunityModules = [ \"muc_notifications\" ]; }; })";
    let settings = ours("components.\"rooms.example\".modules.muc_moderation = true;");
    for (upstream, expected) in [
        ("old", &["muc_mam", "muc_moderation", "vcard_muc"][..]),
        ("new", &["muc_mam", "muc_moderation", "muc_notifications"]),
    ] {
        let machine = machine::on(upstream, &format!("{SERVER} {package} {settings}"));
        let said = ask(
            &machine,
            "inherit (m) text; release = m.cfg.computed.release.version;",
        );
        let (release, _) = builtin::find(text(&said["release"]), false).unwrap();
        let read = configuration(text(&said["text"]), &release);
        let list = &read.host("rooms.example").unwrap().options["modules_enabled"];
        let mut enabled = list.strings();
        enabled.sort_unstable();
        assert_eq!(enabled, expected, "{upstream}");
    }
}

/// Each mistake by itself, with what the message must name.
#[test]
fn mistakes_about_hosts_are_refused_with_what_to_do() {
    if !nix::is_here() {
        return;
    }
    let texts = "{ services.prosody.virtualHosts.one.extraConfig = \"modules_disabled = { \\\"ping\\\" }\"; }";
    for (more, settings, expected) in [
        (
            "",
            "virtualHosts.\"one.exmaple\".beta = false;",
            &[
                "services.prosody-stability.virtualHosts.\"one.exmaple\"",
                "no such host",
                "one",
            ][..],
        ),
        (
            "",
            "components.\"room.example\".beta = false;",
            &[
                "components.\"room.example\"",
                "Did you mean `rooms.example`?",
            ],
        ),
        (
            "",
            "virtualHosts.one.modules.fierwall = true;",
            &[
                "virtualHosts.one.modules.fierwall",
                "Did you mean `firewall`?",
            ],
        ),
        (
            "",
            "virtualHosts.one.modules.push = true;",
            &[
                "cannot load push on one.example",
                "virtualHosts.one.modules.push",
            ],
        ),
        (
            texts,
            "virtualHosts.one.modules.mam = false;",
            &[
                "one.example",
                "assigns modules_disabled",
                "services.prosody-stability.virtualHosts.one.modules",
            ],
        ),
    ] {
        let settings = ours(&format!("profile = \"enterprise\"; {settings}"));
        assert_one_failure(
            &machine::on("new", &format!("{SERVER} {more} {settings}")),
            expected,
        );
    }
    let settings = ours("profile = \"enterprise\"; virtualHosts.one.modules.roster = false;");
    assert_one_warning(
        &machine::on("new", &format!("{SERVER} {settings}")),
        &[
            "one.example",
            "roster",
            "services.prosody-stability.virtualHosts.one.modules.roster",
        ],
    );
}

/// What is off on a host need not load on every one, and what is on there loads on some.
#[test]
fn the_plugin_expects_of_each_host_what_it_loads() {
    if !nix::is_here() {
        return;
    }
    let settings = ours(
        "profile = \"enterprise\"; virtualHosts.one.modules = { mam = false; cloud_notify = true; };",
    );
    let machine = machine::on("new", &format!("{SERVER} {settings}"));
    let said = ask(&machine, "inherit (m) text;");
    let (_, plan) = text(&said["text"])
        .split_once("stability_profile = {")
        .unwrap();
    let names_of = |list: &str| -> BTreeMap<String, bool> {
        let (_, rest) = plan.split_once(&format!("{list} = {{")).unwrap();
        let (names, _) = rest.split_once('}').unwrap();
        let names = names
            .split(',')
            .map(|name| name.trim().trim_matches('"').to_owned());
        names.map(|name| (name, true)).collect()
    };
    let (every, some) = (names_of("on_every_host"), names_of("on_some_host"));
    assert!(!every.contains_key("mam") && some.contains_key("mam"));
    assert!(!every.contains_key("cloud_notify") && some.contains_key("cloud_notify"));
    assert!(every.contains_key("carbons"));
}
