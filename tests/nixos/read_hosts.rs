//! A file with flags, for the server and for single hosts: what is read in it without evaluating it loads what Nix makes
//! of it, host by host.

use std::collections::{BTreeMap, BTreeSet};

use prosody_stability::configuration::prosody::{ReadOptions, read};
use prosody_stability::configuration::{Configuration, Dialect, nixos};
use prosody_stability::inventory::{Flag, Inventory, Placement};
use prosody_stability::machine::of_settings;
use prosody_stability::nix::print;
use prosody_stability::release::{Release, builtin};
use prosody_stability::resolve::Request;
use prosody_stability::source::Source;
use serde_json::{Map, Value, json};

use crate::support::json::{list, text};
use crate::support::random::Random;
use crate::support::{PROFILES, machine, nix};

/// How many selections are tried; the seed of one is its number.
const SELECTIONS: u64 = 60;

/// What the machine of hosts.nix has.
const PROSODY: &str = "{ enable = true; xmppComplianceSuite = false; modules.http_files = false; \
    virtualHosts = { one = { enabled = true; domain = \"one.example\"; }; \
    two = { enabled = true; domain = \"two.example\"; }; }; muc = [ { domain = \"rooms.example\"; } ]; }";

fn settings(random: &mut Random, modules: &[&str], is_host: bool) -> Map<String, Value> {
    let mut settings = Map::new();
    if random.below(3) == 0 {
        settings.insert("profile".to_owned(), json!(PROFILES[random.below(4)]));
    }
    for flag in Flag::ALL {
        if is_host && random.below(3) > 0 {
            continue;
        }
        let value = match flag {
            Flag::Beta | Flag::Alpha => json!(random.rollout()),
            _ => json!(random.coin()),
        };
        settings.insert(flag.name().to_owned(), value);
    }
    let named = (0..random.below(4)).map(|_| {
        let name = modules[random.below(modules.len())];
        (name.to_owned(), json!(random.coin()))
    });
    settings.insert("modules".to_owned(), Value::Object(named.collect()));
    settings
}

fn loaded(configuration: &Configuration, release: &Release) -> BTreeMap<String, BTreeSet<String>> {
    let inventory = Inventory::builtin();
    let hosts = configuration.active().map(|(name, _)| {
        let request = Request::of_host(&inventory, release, configuration, name).unwrap();
        let resolution = request.resolve(&inventory, release);
        let loaded = resolution.loaded().map(str::to_owned).collect();
        (name.to_owned(), loaded)
    });
    hosts.collect()
}

#[test]
fn a_file_alone_says_what_loads_on_each_host() {
    if !nix::is_here() {
        return;
    }
    let inventory = Inventory::builtin();
    let releases = builtin::current();
    for upstream in machine::upstreams() {
        let selections: Vec<Value> = (0..SELECTIONS)
            .map(|seed| {
                let mut random = Random(seed);
                // Of modules that no release lacks, so that NixOS refuses none.
                let modules: Vec<&str> = inventory
                    .modules
                    .iter()
                    .filter(|(_, module)| {
                        module.placement == Placement::Host && module.setup.is_none()
                    })
                    .map(|(name, _)| name.as_str())
                    .filter(|name| releases.iter().all(|release| release.usable(name).is_ok()))
                    .collect();
                let mut server = settings(&mut random, &modules, false);
                if random.below(4) > 0 {
                    let host = settings(&mut random, &modules, true);
                    server.insert("virtualHosts".to_owned(), json!({ "one": host }));
                    let mut rooms = settings(&mut random, &modules, true);
                    // What services.prosody enables there by itself.
                    if random.coin() {
                        rooms["modules"]["muc_mam"] = json!(random.coin());
                    }
                    server.insert("components".to_owned(), json!({ "rooms.example": rooms }));
                }
                if random.below(4) == 0 {
                    server.insert("enforce".to_owned(), json!(false));
                }
                Value::Object(server)
            })
            .collect();
        let said = nix::evaluate(&format!(
            "import ./tests/nixos/hosts.nix {{ upstream = {upstream:?}; selections = {}; }}",
            nix_string(&json!(selections).to_string())
        ));
        let mut wrong = Vec::new();
        let mut compared = 0;
        for (seed, (said, selection)) in list(&said).iter().zip(&selections).enumerate() {
            let version = text(&said["release"]);
            let release = releases.iter().find(|r| r.version == version).unwrap();
            let options = ReadOptions::new(Dialect::of(version));
            let by_nix = read(&Source::new("p.cfg.lua", text(&said["text"])), &options).unwrap();
            let settings = print::to_string(selection).unwrap();
            let file = format!(
                "{{ lib, ... }}: {{ services.prosody = {PROSODY}; \
                 services.prosody-stability = lib.mkMerge [ {settings} {{ enable = true; }} ]; }}"
            );
            let settings = nixos::read_source(Source::new("configuration.nix", file)).unwrap();
            let read = |text: &Source, dialect| read(text, &ReadOptions::new(dialect));
            let of_file = of_settings(&settings, &inventory, release, read)
                .unwrap()
                .unwrap();
            let (by_nix, of_file) = (
                loaded(&by_nix, release),
                loaded(&of_file.configuration, release),
            );
            compared += by_nix.len();
            for host in by_nix.keys().chain(of_file.keys()) {
                let nothing = BTreeSet::new();
                let [nix, file] = [&by_nix, &of_file].map(|of| of.get(host).unwrap_or(&nothing));
                let more: Vec<_> = file.difference(nix).collect();
                let less: Vec<_> = nix.difference(file).collect();
                if !(more.is_empty() && less.is_empty()) {
                    wrong.push(format!("{upstream} {seed} {host}: +{more:?} -{less:?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(compared as u64 >= 3 * SELECTIONS, "{compared} hosts");
    }
}

fn nix_string(text: &str) -> String {
    format!("''{}''", text.replace("''", "'''").replace("${", "''${"))
}
