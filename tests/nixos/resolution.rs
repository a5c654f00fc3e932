//! One meaning in two places: what the NixOS module loads is what `resolve` says.

use std::collections::BTreeSet;
use std::fmt::Write;

use prosody_stability::check;
use prosody_stability::emit;
use prosody_stability::inventory::{Category, Flag, FlagValues, Inventory, Rollout};
use prosody_stability::release::builtin;
use prosody_stability::report::Severity;
use prosody_stability::resolve::{Resolution, State, resolve};
use prosody_stability::selection::{self, Selection};
use serde_json::{Map, Value, json};

use crate::support::command::{run, tool};
use crate::support::folder::{scratch, write};
use crate::support::json::{list, names};
use crate::support::{machine, nix, selection_of};

/// What stands in services.prosody-stability, beside `enable`.
type Settings = Map<String, Value>;

fn settings(value: Value) -> Settings {
    match value {
        Value::Object(settings) => settings,
        other => panic!("{other} is no set"),
    }
}

/// Nix's `inherit`: the settings as the command line's selection.
fn selection(inventory: &Inventory, settings: &Settings) -> Selection {
    let mut selection = Selection::defaults(inventory);
    if let Some(profile) = settings.get("profile") {
        selection
            .set_profile(inventory, profile.as_str().unwrap())
            .unwrap();
    }
    for flag in Flag::ALL {
        if let Some(value) = settings.get(flag.name()) {
            let value: Rollout = serde_json::from_value(value.clone()).unwrap();
            selection
                .set_flag(flag, value, selection::Origin::CommandLine)
                .unwrap();
        }
    }
    let modules = settings.get("modules").and_then(Value::as_object);
    for (name, on) in modules.into_iter().flatten() {
        selection
            .set_module(inventory, name, on.as_bool().unwrap())
            .unwrap();
    }
    selection
}

fn owned(value: &Value) -> Vec<String> {
    names(value).into_iter().map(str::to_owned).collect()
}

/// Evaluates all settings at once, and adds a line for everything that differs.
fn compare(upstream: &str, all: &[Settings], mismatches: &mut String) {
    let inventory = Inventory::builtin();
    let text = serde_json::to_string(all).unwrap();
    let expression = format!(
        "import ./tests/nixos/selections.nix {{ upstream = {upstream:?}; selections = ''{text}''; }}"
    );
    let results = nix::evaluate(&expression);
    let results = list(&results);
    assert_eq!(results.len(), all.len());
    for (settings, result) in all.iter().zip(results) {
        assert_eq!(result["selection"], Value::Object(settings.clone()));
        let version = result["release"].as_str().unwrap();
        match upstream {
            "old" => assert_eq!(version, "0.12"),
            "new" => assert_eq!(version, "13.0"),
            _ => {}
        }
        let (release, _) = builtin::find(version, false).unwrap();
        let mut selection = selection(&inventory, settings);
        machine::add_enabled(
            &mut selection,
            &inventory,
            &release,
            &result["enabledModules"],
        );
        let enforce = settings.get("enforce") != Some(&json!(false));
        let mut expected = resolve(&inventory, &release, &selection, enforce);
        let hard_coded = names(&result["hardCoded"]);
        for name in &hard_coded {
            enable(&mut expected, name);
        }
        let case = format!("{upstream} {}", Value::Object(settings.clone()));
        let mut differ = |what: &str, nix: &dyn std::fmt::Debug, rust: &dyn std::fmt::Debug| {
            writeln!(mismatches, "{case}: {what}: Nix {nix:?}, Rust {rust:?}").unwrap();
        };
        compare_lists(&inventory, &expected, result, &mut differ);
        compare_modules(&expected, &hard_coded, result, &mut differ);
        compare_findings(&inventory, &expected, result, &mut differ);
    }
}

/// What services.prosody enables, whatever anybody sets.
fn enable(resolution: &mut Resolution, name: &str) {
    let mut modules = resolution.modules.iter_mut();
    let module = modules.find(|module| module.name == name).unwrap();
    if module.state == State::Off {
        module.state = State::Load;
        resolution.profile_line.count(module.module.unwrap());
    }
}

type Differ<'a> = dyn FnMut(&str, &dyn std::fmt::Debug, &dyn std::fmt::Debug) + 'a;

fn compare_lists(
    inventory: &Inventory,
    expected: &Resolution,
    result: &Value,
    differ: &mut Differ<'_>,
) {
    let mut compare = |what: &str, nix: Vec<String>, rust: Vec<String>| {
        if nix != rust {
            differ(what, &nix, &rust);
        }
    };
    // Upstream has modules on that the inventory does not know: they are none of our business.
    let in_inventory: BTreeSet<&str> = inventory
        .modules
        .iter()
        .flat_map(|(name, module)| [Some(name.as_str()), module.real_name()])
        .flatten()
        .collect();
    let mut told: BTreeSet<String> = owned(&result["enabledModules"]).into_iter().collect();
    told.extend(owned(&result["hardCoded"]));
    let told = told.into_iter();
    let loads = expected
        .modules
        .iter()
        .filter(|module| module.state == State::Load && module.module.is_some());
    let loads: BTreeSet<_> = loads.map(|m| m.real_name().to_owned()).collect();
    compare(
        "modules that load",
        told.filter(|name| in_inventory.contains(name.as_str()))
            .collect(),
        loads.into_iter().collect(),
    );
    let text = result["text"].as_str().unwrap();
    compare(
        "modules_disabled",
        machine::names_in("modules_disabled", text),
        if expected.enforced {
            strings(&expected.modules_disabled).into_iter().collect()
        } else {
            Vec::new()
        },
    );
    let community = strings(&expected.community);
    for name in ["communityModules", "installed"] {
        compare(
            name,
            owned(&result[name]),
            community.iter().cloned().collect(),
        );
    }
    compare(
        "profile line",
        vec![result["profileLine"].as_str().unwrap().to_owned()],
        vec![expected.profile_line.to_string()],
    );
}

fn strings(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn compare_modules(
    expected: &Resolution,
    hard_coded: &[&str],
    result: &Value,
    differ: &mut Differ<'_>,
) {
    let resolution = result["resolution"].as_object().unwrap();
    let of_inventory = || expected.modules.iter().filter(|m| m.module.is_some());
    if resolution.len() != of_inventory().count() {
        differ("modules", &resolution.len(), &of_inventory().count());
    }
    for module in of_inventory() {
        let nix = &resolution[module.name];
        // Which file sets an option is nothing that NixOS tells.
        let mut reason = module.reason.to_string().replace("(command line)", "(set)");
        let is_unwanted = reason.contains(" is off ") || reason == "disabled explicitly";
        if hard_coded.contains(&module.name) && is_unwanted {
            reason = format!("services.prosody enables it although {reason}");
        }
        let rust = json!({
            "name": module.real_name(),
            "stability": module.stability.unwrap().name(),
            "state": module.state.name(),
            "reason": reason,
        });
        for (field, value) in rust.as_object().unwrap() {
            if nix[field] != *value {
                differ(&format!("{} {field}", module.name), &nix[field], value);
            }
        }
    }
}

/// Findings that are no mere remarks are the same, by code and module and with the same reason: what cannot work is an
/// assertion, the rest are warnings.
fn compare_findings(
    inventory: &Inventory,
    expected: &Resolution,
    result: &Value,
    differ: &mut Differ<'_>,
) {
    // Of a module that exists nowhere NixOS says nothing, unless somebody names it.
    let exists = |name: &str| {
        let real = inventory.modules[name].real_name();
        let mut releases = builtin::current().into_iter();
        releases.any(|release| {
            let has = |name: &str| release.modules.contains_key(name);
            has(name) || real.is_some_and(has)
        })
    };
    let failures = names(&result["failures"]).join("\n");
    let mut rust = BTreeSet::new();
    let nix: BTreeSet<(&str, &str)> = list(&result["findings"])
        .iter()
        .flat_map(|finding| {
            let about = match names(&finding["modules"]) {
                none if none.is_empty() => vec![""],
                some => some,
            };
            let code = finding["code"].as_str().unwrap();
            about.into_iter().map(move |name| (code, name))
        })
        // The command knows of no services.prosody that would do otherwise.
        .filter(|(code, name)| {
            *code != "contradiction" || !names(&result["hardCoded"]).contains(name)
        })
        .collect();
    let texts: String = list(&result["findings"])
        .iter()
        .map(|finding| finding["text"].as_str().unwrap())
        .collect();
    let findings = check::selection::findings(inventory, expected);
    for finding in findings.iter().filter(|f| f.severity > Severity::Info) {
        let code = finding.code.row().code;
        let name = match &finding.subject {
            Some(name) if inventory.modules.contains_key(name.as_str()) => name.as_str(),
            _ => "",
        };
        let reason = finding
            .reason
            .as_ref()
            .map(|reason| reason.replace("(command line)", "(set)"));
        let said = reason.as_deref().unwrap_or(match name {
            "" => finding.message.as_str(),
            name => name,
        });
        if finding.severity == Severity::Error {
            if !failures.contains(said) {
                differ(code, &failures, &said);
            }
        } else if code != "unavailable" || exists(name) {
            rust.insert((code, name));
            if !texts.contains(said) {
                differ(code, &texts, &said);
            }
        }
    }
    if nix != rust {
        differ("findings", &nix, &rust);
    }
}

fn flags(values: &FlagValues) -> Settings {
    settings(serde_json::to_value(values).unwrap())
}

fn with(mut settings: Settings, name: &str, value: impl Into<Value>) -> Settings {
    settings.insert(name.to_owned(), value.into());
    settings
}

fn assert_agreement(all: &[Settings]) {
    if !nix::is_here() {
        return;
    }
    let mut mismatches = String::new();
    for upstream in machine::upstreams() {
        compare(upstream, all, &mut mismatches);
    }
    assert!(mismatches.is_empty(), "\n{mismatches}");
}

#[test]
fn every_combination_of_flags_loads_what_resolve_says() {
    let inventory = Inventory::builtin();
    let combinations = || (0..64).map(|bits| flags(&FlagValues::from_bits(bits)));
    let mut all: Vec<_> = combinations().collect();
    for profile in inventory.profiles.keys() {
        let beside = combinations().map(|flags| with(flags, "profile", profile.as_str()));
        all.extend(beside);
    }
    assert_eq!(all.len(), 64 * 5);
    assert_agreement(&all);
}

#[test]
fn a_profile_alone_with_single_flags_and_with_all_loads_what_resolve_says() {
    let inventory = Inventory::builtin();
    let mut all = vec![Settings::new()];
    for profile in inventory.profiles.keys() {
        let profile = with(Settings::new(), "profile", profile.as_str());
        for flag in Flag::ALL {
            for on in [true, false] {
                all.push(with(profile.clone(), flag.name(), on));
            }
        }
        for bits in [0, 63] {
            let mut explicit = profile.clone();
            explicit.extend(flags(&FlagValues::from_bits(bits)));
            all.push(explicit);
        }
        all.push(with(profile.clone(), "enforce", false));
        all.push(profile);
    }
    assert_agreement(&all);
}

#[test]
fn a_rollout_by_category_loads_what_resolve_says() {
    let mut all = Vec::new();
    for flag in [Flag::Beta, Flag::Alpha] {
        all.push(with(Settings::new(), flag.name(), json!([])));
        for category in Category::ALL {
            let everything = flags(&FlagValues::from_bits(63));
            all.push(with(everything, flag.name(), json!([category.name()])));
        }
        all.push(with(
            Settings::new(),
            flag.name(),
            json!(["security", "modern"]),
        ));
    }
    assert_agreement(&all);
}

#[test]
fn a_module_switched_by_name_loads_what_resolve_says() {
    let inventory = Inventory::builtin();
    let mut all = Vec::new();
    for name in inventory.modules.keys() {
        for (on, bits) in [(true, 0), (false, 63)] {
            let combination = flags(&FlagValues::from_bits(bits));
            all.push(with(combination, "modules", json!({ name.as_str(): on })));
        }
    }
    assert_agreement(&all);
}

/// `emit` leaves out lists that are empty.
#[test]
fn an_inventory_whose_modules_all_exist_is_resolved() {
    if !nix::is_here() {
        return;
    }
    let mut inventory = Inventory::builtin();
    inventory
        .modules
        .retain(|name, _| name == "roster" || name == "carbons");
    let folder = scratch();
    let emitted = emit::nix(&inventory, &builtin::current()).unwrap();
    let file = write(folder.path(), "inventory.nix", &emitted);
    let resolution = nix::evaluate(&format!(
        "let inventory = import {file}; in builtins.attrNames \
         ((import ./nixos-module/resolution.nix inventory).resolve {{ version = \"13.0\"; \
           selection.flags = inventory.profiles.community.flags; }}).hostModules"
    ));
    let loads: BTreeSet<_> = names(&resolution).into_iter().collect();
    assert!(
        loads.contains("roster") && loads.contains("carbons"),
        "{loads:?}"
    );
}

/// The file of pure functions, with nothing of nixpkgs around.
#[test]
fn the_resolution_alone_needs_no_nixpkgs() {
    if !nix::is_here() {
        return;
    }
    let inventory = Inventory::builtin();
    for release in builtin::current() {
        for profile in inventory.profiles.keys() {
            let expression = format!(
                "let inventory = import ./nixos-module/inventory.nix; in \
                 (import ./nixos-module/resolution.nix inventory).resolve {{ \
                   version = {:?}; selection.flags = inventory.profiles.{profile}.flags; }}",
                release.version
            );
            let result = nix::evaluate(&format!(
                "let r = {expression}; in {{ hostModules = builtins.attrNames r.hostModules; inherit (r) communityModules modulesDisabled profileLine; }}"
            ));
            let selection = selection_of(&inventory, profile);
            let expected = resolve(&inventory, release, &selection, true);
            let loads = expected
                .modules
                .iter()
                .filter(|module| module.state == State::Load);
            let loads: BTreeSet<_> = loads.map(|m| m.real_name()).collect();
            let nix: BTreeSet<_> = names(&result["hostModules"]).into_iter().collect();
            assert_eq!(nix, loads, "{profile}");
            assert_eq!(names(&result["communityModules"]), expected.community);
            assert_eq!(names(&result["modulesDisabled"]), expected.modules_disabled);
            assert_eq!(result["profileLine"], expected.profile_line.to_string());
        }
    }
}

/// The versions of Prosody and the releases whose facts hold for them, by hand.
#[test]
fn a_version_is_taken_as_its_branch_and_a_newer_one_as_the_newest() {
    if !nix::is_here() {
        return;
    }
    for (version, status, release) in [
        ("0.12", "known", "0.12"),
        ("0.12.4", "known", "0.12"),
        ("13.0.7", "known", "13.0"),
        ("13.0.7-unstable-2026", "known", "13.0"),
        ("13.1.0", "newer", "13.0"),
        ("14.0", "newer", "13.0"),
        ("0.11.12", "unknown", "13.0"),
        ("0.120.1", "unknown", "13.0"),
    ] {
        let found = nix::evaluate(&format!(
            "(import ./nixos-module/resolution.nix (import ./nixos-module/inventory.nix)).find {version:?}"
        ));
        assert_eq!(
            found,
            json!({ "status": status, "version": release }),
            "{version}"
        );
    }
}

#[test]
fn the_generated_inventory_is_in_step() {
    let arguments = ["emit", "--output", "nixos-module/inventory.nix", "--check"];
    run(&mut tool(&arguments)).success();
}

#[test]
fn the_http_server_is_told_with_what_is_asked_for_and_loads_it_through_others() {
    if !nix::is_here() {
        return;
    }
    // Carbons loads it through bosh, which is off.
    let expression = r#"
        let
          inventory = import ./nixos-module/inventory.nix;
          release = inventory.releases."13.0";
          with' = carbons: inventory // {
            releases."13.0" = release // { bundled = release.bundled // { inherit carbons; }; };
          };
          off = name: { inherit name; value = false; };
          openers = carbons: ((import ./nixos-module/resolution.nix (with' carbons)).resolve {
            version = "13.0";
            selection = {
              inherit (inventory.profiles.personal) flags;
              modules = builtins.listToAttrs (map off [ "http_altconnect" "invites_register_web" "password_reset" ]);
            };
          }).needHttp;
        in
        { through = openers [ "bosh" "http" ]; none = openers [ ]; }"#;
    let result = nix::evaluate(expression);
    assert_eq!(result["through"], serde_json::json!(["carbons"]));
    assert_eq!(result["none"], serde_json::json!([]));
}
