//! What each change says, and what the way back says: severity, code, subject, effect with cause, help, and whom
//! it concerns.

use serde_json::{Value, json};

use crate::support::command::{run, tool};
use crate::support::folder::{read, scratch, write};
use crate::support::json::list;
use crate::support::root;

type Changes = Vec<String>;

fn inventory(edit: impl FnOnce(&mut Value)) -> Value {
    edited("inventory/prosody.json", edit)
}

/// Release 13.0.
fn release(edit: impl FnOnce(&mut Value)) -> Value {
    edited("inventory/releases/13.0.json", edit)
}

fn edited(file: &str, edit: impl FnOnce(&mut Value)) -> Value {
    let mut value: Value = serde_json::from_str(&read(root(), file)).unwrap();
    edit(&mut value);
    value
}

/// One change in a line.
fn line(change: &Value) -> String {
    let text = |field: &str| change[field].as_str().unwrap_or_default();
    let mut line = format!("{} {}: {}", text("severity"), text("code"), text("message"));
    for (before, field) in [(": ", "reason"), (" → ", "help")] {
        if let Some(text) = change[field].as_str() {
            line.push_str(&format!("{before}{text}"));
        }
    }
    let selections = change["selections"].as_array().into_iter().flatten();
    let selections: Vec<_> = selections.filter_map(Value::as_str).collect();
    if !selections.is_empty() {
        line.push_str(&format!(" ({})", selections.join(", ")));
    }
    line
}

fn diff(old: &Value, new: &Value, more: &[&str]) -> Changes {
    changes(old, new, more).iter().map(line).collect()
}

/// All changes, those below an entry as well.
fn changes(old: &Value, new: &Value, more: &[&str]) -> Vec<Value> {
    let folder = scratch();
    let old = write(folder.path(), "old.json", &old.to_string());
    let new = write(folder.path(), "new.json", &new.to_string());
    let arguments = ["diff", &old, &new, "--all", "--format", "json"];
    let review = run(tool(&arguments).args(more)).success().json();
    let mut changes = Vec::new();
    for entry in list(&review["findings"]) {
        let facts = entry["facts"].as_array().into_iter().flatten();
        changes.extend(std::iter::once(entry).chain(facts).cloned());
    }
    changes
}

/// The review of a change, and of the way back.
fn both(old: &Value, new: &Value, more: &[&str]) -> [Changes; 2] {
    [diff(old, new, more), diff(new, old, more)]
}

fn of_release(edit: impl FnOnce(&mut Value), more: &[&str]) -> [Changes; 2] {
    both(&release(|_| ()), &release(edit), more)
}

fn of_inventory(edit: impl FnOnce(&mut Value), more: &[&str]) -> [Changes; 2] {
    both(&inventory(|_| ()), &inventory(edit), more)
}

const COMMUNITY: [&str; 2] = ["--profile", "community"];
const ENTERPRISE: [&str; 2] = ["--profile", "enterprise"];

#[test]
fn what_comes_along_with_a_module_that_requires_or_likes_it() {
    let needs = |kind: &'static str, other: &'static str| {
        move |release: &mut Value| {
            release["modules"]["blocklist"]["depends"] = json!({ kind: [other] });
        }
    };
    assert_eq!(
        of_release(needs("always", "audit"), &COMMUNITY),
        [
            vec![
                "warning pulled-in: audit will load although alpha is off: required by blocklist → disable blocklist explicitly to keep it out (community)",
                "info dependency-added: blocklist now depends on audit (always) (community)"
            ],
            vec![
                "info no-longer-pulled-in: audit will no longer load: no longer a dependency of blocklist → enable it explicitly if you rely on it (community)",
                "info dependency-removed: blocklist no longer depends on audit (always) (community)"
            ]
        ]
    );
    assert_eq!(
        of_release(needs("soft", "audit"), &COMMUNITY),
        [
            vec![
                "warning pulled-in: audit will load although alpha is off: optional dependency of blocklist → add audit to `modules_disabled` to keep it out (community)",
                "info dependency-added: blocklist now depends on audit (soft) (community)"
            ],
            vec![
                "info no-longer-pulled-in: audit will no longer load: no longer a dependency of blocklist → enable it explicitly if you rely on it (community)",
                "info dependency-removed: blocklist no longer depends on audit (soft) (community)"
            ]
        ]
    );
    // Outside of the inventory.
    assert_eq!(
        of_release(needs("always", "pubsub"), &COMMUNITY),
        [
            vec![
                "info dependency-starts: pubsub will load: required by blocklist (community)",
                "info dependency-added: blocklist now depends on pubsub (always) (community)"
            ],
            vec![
                "info dependency-stops: pubsub will no longer load: no module depends on it → enable it in your own configuration if you rely on it (community)",
                "info dependency-removed: blocklist no longer depends on pubsub (always) (community)"
            ]
        ]
    );
    // Each profile has a reason of its own.
    assert_eq!(
        of_release(needs("always", "statistics"), &[]),
        [
            vec![
                "warning pulled-in: statistics will load although admin is off: required by blocklist → disable blocklist explicitly to keep it out (personal)",
                "warning pulled-in: statistics will load although its upstream stage is broken: required by blocklist → disable blocklist explicitly to keep it out (community, development)",
                "warning pulled-in: statistics will load although beta is off: required by blocklist → disable blocklist explicitly to keep it out (enterprise)",
                "info dependency-added: blocklist now depends on statistics (always) (personal, community, enterprise, development)"
            ],
            vec![
                "info no-longer-pulled-in: statistics will no longer load: no longer a dependency of blocklist → enable it explicitly if you rely on it (personal, community, enterprise, development)",
                "info dependency-removed: blocklist no longer depends on statistics (always) (personal, community, enterprise, development)"
            ]
        ]
    );
}

#[test]
fn past_what_a_dependency_loads_although_no_flag_is_off() {
    let needs = |other: &'static str| {
        move |release: &mut Value| {
            release["modules"]["blocklist"]["depends"] = json!({ "always": [other] });
        }
    };
    let disabled = ["--profile", "community", "--disable", "smacks"];
    let first = |changes: [Changes; 2]| changes[0][0].clone();
    let said = first(of_release(needs("smacks"), &disabled));
    let expected = "warning pulled-in: smacks will load although it is disabled explicitly: ";
    assert!(said.starts_with(expected), "{said}");
    let said = first(of_release(needs("pubsub_serverinfo"), &COMMUNITY));
    let expected = "warning pulled-in: pubsub_serverinfo will load although pubsub_serverinfo_service is not set: ";
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn what_opens_the_http_ports_although_http_is_off() {
    let needs = |release: &mut Value| {
        release["modules"]["blocklist"]["depends"] = json!({ "always": ["http"] });
    };
    let personal = ["--profile", "personal"];
    // With any of these they are open already.
    let without = ["http_altconnect", "invites_register_web", "password_reset"];
    let without = without.iter().flat_map(|name| ["--disable", name]);
    let closed: Vec<&str> = personal.into_iter().chain(without).collect();
    let [there, back] = of_release(needs, &closed);
    assert!(
        there.contains(
            &"warning http-port-opens: the HTTP ports open although http is off: mod_http is \
              required by blocklist → bind `http_interfaces` and `https_interfaces` to loopback, or \
              disable these modules explicitly (personal)"
                .to_owned()
        ),
        "{there:#?}"
    );
    let closes = "info http-port-closes: no longer true: the HTTP ports open although http is off (personal)";
    assert!(back.contains(&closes.to_owned()), "{back:#?}");
    // Where they are open already, or the flag is on, nothing changes.
    for arguments in [personal, COMMUNITY] {
        let [there, _] = of_release(needs, &arguments);
        assert!(
            !there.iter().any(|line| line.contains("http-port-opens")),
            "{there:#?}"
        );
    }
}

#[test]
fn a_readme_without_code_comes_and_goes() {
    let stub = |release: &mut Value| {
        release["modules"]["zz"] = json!({ "origin": "community", "stub": true });
    };
    assert_eq!(
        of_release(stub, &COMMUNITY),
        [
            ["info stub-added: zz is new in prosody-modules, with only a README"],
            ["info stub-removed: zz no longer has a README in prosody-modules"]
        ]
    );
}

#[test]
fn what_the_release_can_no_longer_load() {
    let stub = |name: &'static str| {
        move |release: &mut Value| {
            let source = release["modules"][name]["source"].take();
            release["modules"][name] = json!({ "origin": "community", "stub": true });
            if !source.is_null() {
                release["modules"][name]["source"] = source;
            }
        }
    };
    assert_eq!(
        of_release(stub("firewall"), &COMMUNITY),
        [
            vec![
                "breaking breaks: firewall will not load: only its README remains in 13.0 → disable it explicitly, or stay on the old release (community)",
                "info withdrawn: firewall was withdrawn, only its README remains → use its replacement, or disable it (community)",
                "info stage-relabelled: firewall no longer has the upstream stage beta (community)",
                "info summary-changed: firewall: the summary was removed, it was \"A rule-based stanza filtering module\" (community)",
                "info dependency-removed: firewall no longer depends on pubsub_subscription (conditional) (community)"
            ],
            vec![
                "info mends: firewall will load: previously: only its README remains in 13.0 → check whether it needs configuration (community)",
                "info appeared: firewall has code again (community)",
                "info stage-relabelled: firewall now has the upstream stage beta (community)",
                "info summary-changed: firewall: the summary was set to \"A rule-based stanza filtering module\" (community)",
                "info dependency-added: firewall now depends on pubsub_subscription (conditional) (community)"
            ]
        ]
    );
    let broken = |release: &mut Value| {
        release["modules"]["firewall"]["stage"] = json!(["broken"]);
    };
    assert_eq!(
        of_release(broken, &COMMUNITY),
        [
            vec![
                "warning stops: firewall will not load: upstream stage broken in 13.0, so flags do not enable it → enable firewall explicitly if it works for you (community)",
                "info stage-lowered: firewall moved from beta to broken upstream → read its README, and decide whether you still need it (community)"
            ],
            vec![
                "warning starts: firewall will load: no longer broken upstream → disable it explicitly to keep it out (community)",
                "info stage-raised: firewall moved from broken to beta upstream (community)"
            ]
        ]
    );
    let with_code = release(|release| {
        release["modules"]["http_upload"] = json!({ "origin": "community" });
    });
    assert_eq!(
        both(&with_code, &release(|_| ()), &COMMUNITY),
        [
            vec![
                "breaking replaced: http_upload will be replaced by http_file_share: only its README remains in 13.0; withdrawn in 2025, and http_file_share is bundled since 0.12 → move its configuration to http_file_share and its data with migrate_http_upload, and disable http_upload explicitly (community)",
                "info withdrawn: http_upload was withdrawn, only its README remains → use its replacement, or disable it (community)",
                "info stage-lowered: http_upload now has the upstream stage obsolete → read its README, and decide whether you still need it (community)",
                "info dependency-missing: file_management cannot load: it requires http_upload: only its README remains in 13.0 → install the other module, or disable this one"
            ],
            vec![
                "info reinstated: http_upload will load instead of http_file_share: previously: only its README remains in 13.0; withdrawn in 2025, and http_file_share is bundled since 0.12 → check whether both are needed (community)",
                "info appeared: http_upload has code again (community)",
                "info stage-raised: http_upload no longer has the upstream stage obsolete (community)",
                "info dependency-supplied: file_management no longer requires a missing module: http_upload"
            ]
        ]
    );
    let without = |release: &mut Value| {
        release["modules"]
            .as_object_mut()
            .unwrap()
            .shift_remove("firewall");
    };
    assert_eq!(
        of_release(without, &COMMUNITY),
        [
            vec![
                "breaking breaks: firewall will not load: not in Prosody 13.0 or prosody-modules → disable it explicitly, or stay on the old release (community)",
                "info withdrawn: firewall is no longer in prosody-modules → use its replacement, or disable it (community)"
            ],
            vec![
                "info mends: firewall will load: previously: not in Prosody 13.0 or prosody-modules → check whether it needs configuration (community)",
                "info appeared: firewall is new in prosody-modules (community)"
            ]
        ]
    );
}

#[test]
fn what_the_inventory_lists_elsewhere() {
    let set = |field: &'static str, value: &'static str| {
        move |inventory: &mut Value| inventory["modules"]["carbons"][field] = value.into()
    };
    assert_eq!(
        of_inventory(set("stability", "beta"), &ENTERPRISE),
        [
            vec![
                "breaking stops: carbons will not load: it moved from modern stable, which requires modern to modern beta, which requires beta → enable it explicitly to keep it (enterprise)",
                "warning demoted: carbons moved from stable to beta → find out why, and decide whether you still need it (enterprise)"
            ],
            vec![
                "warning starts: carbons will load: it moved from modern beta, which requires beta to modern stable, which requires modern → disable it explicitly to keep it out (enterprise)",
                "info promoted: carbons moved from beta to stable (enterprise)"
            ]
        ]
    );
    assert_eq!(
        of_inventory(set("category", "http"), &["--profile", "personal"]),
        [
            vec![
                "breaking stops: carbons will not load: it moved from modern stable, which requires modern to http stable, which requires http → enable it explicitly to keep it (personal)",
                "info recategorised: carbons moved from category modern to http (personal)"
            ],
            vec![
                "warning starts: carbons will load: it moved from http stable, which requires http to modern stable, which requires modern → disable it explicitly to keep it out (personal)",
                "info recategorised: carbons moved from category http to modern (personal)"
            ]
        ]
    );
    assert_eq!(
        of_inventory(set("purpose", "Copies"), &COMMUNITY),
        [
            vec![
                "info text-changed: carbons: purpose changed from \"Message synchronization\" to \"Copies\" (community)"
            ],
            vec![
                "info text-changed: carbons: purpose changed from \"Copies\" to \"Message synchronization\" (community)"
            ]
        ]
    );
    let host = |inventory: &mut Value| {
        inventory["modules"]["http_file_share"]["placement"] = "host".into();
    };
    assert_eq!(
        of_inventory(host, &COMMUNITY),
        [
            vec![
                "warning placement-changed: http_file_share becomes a module of virtual hosts → add or remove its `Component` section (community)",
                "info text-changed: http_file_share: placement changed from \"component\" to \"host\" (community)"
            ],
            vec![
                "warning placement-changed: http_file_share becomes a component → add or remove its `Component` section (community)",
                "info text-changed: http_file_share: placement changed from \"host\" to \"component\" (community)"
            ]
        ]
    );
    let without = |inventory: &mut Value| {
        inventory["modules"]
            .as_object_mut()
            .unwrap()
            .shift_remove("carbons");
    };
    assert_eq!(
        of_inventory(without, &COMMUNITY),
        [
            vec![
                "breaking stops: carbons will not load: the inventory no longer has it → add it to the inventory, or load it in your own configuration (community)",
                "info module-removed: carbons (modern stable) is no longer in the inventory → remove it from your overrides (community)"
            ],
            vec![
                "warning starts: carbons will load: new in the inventory → disable it explicitly to keep it out (community)",
                "info module-added: carbons (modern stable) is new in the inventory (community)"
            ]
        ]
    );
    let another = |inventory: &mut Value| {
        inventory["modules"]["json_logs"]["upstream"]["name"] = "log_auth".into();
    };
    let development = ["--profile", "development"];
    assert_eq!(
        of_inventory(another, &development),
        [
            vec![
                "warning loads-as: json_logs will load log_auth instead of log_json → use the new name in your own configuration (development)",
                "info text-changed: json_logs: upstream changed from {\"name\":\"log_json\",\"note\":\"the guide swaps the words of the … to {\"name\":\"log_auth\",\"note\":\"the guide swaps the words of the … (development)"
            ],
            vec![
                "warning loads-as: json_logs will load log_json instead of log_auth → use the new name in your own configuration (development)",
                "info text-changed: json_logs: upstream changed from {\"name\":\"log_auth\",\"note\":\"the guide swaps the words of the … to {\"name\":\"log_json\",\"note\":\"the guide swaps the words of the … (development)"
            ]
        ]
    );
    let clash = |inventory: &mut Value| {
        inventory["modules"]["carbons"]["clashes"] =
            json!([{ "with": "smacks", "effect": "nothing arrives" }]);
    };
    assert_eq!(
        of_inventory(clash, &COMMUNITY),
        [
            vec![
                "breaking clashes: carbons and smacks load together: nothing arrives → load one of carbons and smacks, not both (community)",
                "info text-changed: carbons: clashes was set to [{\"with\":\"smacks\",\"effect\":\"nothing arrives\"}] (community)"
            ],
            vec![
                "info clash-ends: no longer true: carbons and smacks load together (community)",
                "info text-changed: carbons: clashes was removed, it was [{\"with\":\"smacks\",\"effect\":\"nothing arrives\"}] (community)"
            ]
        ]
    );
    let details = |old: &Value, new: &Value, code: &str| -> Vec<Value> {
        let changes = changes(old, new, &COMMUNITY).into_iter();
        let of_code = changes.filter(|change| change["code"] == code);
        of_code
            .map(|change| json!([change["field"], change["before"], change["after"]]))
            .collect()
    };
    let clashes = json!({ "state": "clashes", "with": "smacks" });
    let (plain, clashing) = (inventory(|_| ()), inventory(clash));
    assert_eq!(
        details(&plain, &clashing, "clashes"),
        [json!(["clashes/smacks", null, clashes])]
    );
    assert_eq!(
        details(&clashing, &plain, "clash-ends"),
        [json!(["clashes/smacks", clashes, null])]
    );
    let last = |inventory: &mut Value| {
        let modules = inventory["modules"].as_object_mut().unwrap();
        let first = modules.shift_remove("roster").unwrap();
        modules.insert("roster".to_owned(), first);
    };
    assert_eq!(
        of_inventory(last, &COMMUNITY),
        [
            vec!["info reordered: the order of modules in the inventory changed"],
            vec!["info reordered: the order of modules in the inventory changed"]
        ]
    );
}

#[test]
fn settings_are_compared_down_to_their_values() {
    let described = |inventory: &mut Value| {
        inventory["flags"]["beta"]["description"] = "Tried".into();
        inventory["profiles"]["community"]
            .as_object_mut()
            .unwrap()
            .shift_remove("users");
    };
    let fields: Vec<Value> = changes(&inventory(|_| ()), &inventory(described), &COMMUNITY)
        .iter()
        .map(|change| json!([line(change), change["field"]]))
        .collect();
    assert_eq!(
        fields,
        [
            json!([
                "info setting-changed: flags.beta.description changed from \"Beta modules of every category\" to \"Tried\"",
                "/flags/beta/description"
            ]),
            json!([
                "info setting-changed: profiles.community.users was removed, it was \"50-500\"",
                "/profiles/community/users"
            ]),
        ]
    );
}

#[test]
fn the_end_of_support_is_a_change_with_both_days() {
    let until = |day: &'static str| release(move |release| release["endOfLife"] = day.into());
    let without = release(|release| {
        release.as_object_mut().unwrap().shift_remove("endOfLife");
    });
    let of = |old: &Value, new: &Value| -> Vec<Value> {
        let changes = changes(old, new, &COMMUNITY);
        let brief = |change: &Value| json!([line(change), change["before"], change["after"]]);
        changes.iter().map(brief).collect()
    };
    assert_eq!(
        of(&without, &until("2026-01-01")),
        [json!([
            "info release-changed: the release is no longer supported since 2026-01-01",
            null,
            "2026-01-01"
        ])]
    );
    assert_eq!(
        of(&until("2026-01-01"), &without),
        [json!([
            "info release-changed: the release is supported",
            "2026-01-01",
            null
        ])]
    );
}

#[test]
fn what_a_server_did_with_a_module_alone_is_a_change_where_it_fails_on_one_side() {
    let smacks = |observed: Value| {
        release(move |release| {
            let smacks = release["modules"]["smacks"].as_object_mut().unwrap();
            smacks.shift_remove("observed");
            if !observed.is_null() {
                smacks.insert("observed".to_owned(), observed);
            }
        })
    };
    let loads = || json!({ "loadsOn": "virtualHost" });
    let fails = |name: &str| json!({ "fails": { "cause": "library", "name": name } });
    let of = |old: Value, new: Value| -> Vec<Value> {
        let changes = changes(&smacks(old), &smacks(new), &COMMUNITY);
        let brief = |change: &Value| {
            let side = |side: &str| change[side].pointer("/fails/name").cloned();
            json!([line(change), change["field"], side("before"), side("after")])
        };
        changes.iter().map(brief).collect()
    };
    let does_not_load = "warning fails-observed: smacks does not load alone: the Lua library lpeg is missing → rehearse your own configuration, or disable the module (community)";
    assert_eq!(
        of(loads(), fails("lpeg")),
        [json!([does_not_load, "observed", null, "lpeg"])]
    );
    assert_eq!(
        of(fails("lpeg"), loads()),
        [json!([
            "info loads-observed: smacks loads alone (community)",
            "observed",
            "lpeg",
            null
        ])]
    );
    let only_old = "info loads-observed: smacks was tried alone on the old server only, where it \
                    did not load (community)";
    assert_eq!(
        of(fails("lpeg"), Value::Null),
        [json!([only_old, "observed", "lpeg", null])]
    );
    // Whatever else differs says nothing of what works.
    let other = |old: Value, new: Value| {
        let changes = of(old, new);
        let lines = changes.iter().map(|change| change[0].clone());
        lines.collect::<Vec<_>>()
    };
    let line = "info release-changed";
    for (old, new) in [
        (loads(), Value::Null),
        (fails("lpeg"), fails("expat")),
        (loads(), json!({ "loadsOn": "component" })),
    ] {
        let lines = other(old, new);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].as_str().unwrap().starts_with(line), "{lines:?}");
    }
}

#[test]
fn what_upstream_says_of_a_module() {
    let set = |field: &'static str, value: Value| {
        move |release: &mut Value| release["modules"]["smacks"][field] = value.clone()
    };
    let more = &COMMUNITY;
    assert_eq!(
        of_release(set("summary", json!("Resumes")), more),
        [
            vec!["info summary-changed: smacks: the summary was set to \"Resumes\" (community)"],
            vec![
                "info summary-changed: smacks: the summary was removed, it was \"Resumes\" (community)"
            ]
        ]
    );
    let copy = json!({ "stage": ["stable"] });
    assert_eq!(
        of_release(set("communityCopy", copy.clone()), more),
        [
            vec![
                "warning shadowing-began: smacks is bundled, and prosody-modules has a copy that shadows it → do not install the community copy (community)"
            ],
            vec![
                "info shadowing-ended: smacks is no longer shadowed by a community copy (community)"
            ]
        ]
    );
    let [first, second] =
        [copy, json!({ "stage": ["beta"] })].map(|copy| release(set("communityCopy", copy)));
    assert_eq!(
        both(&first, &second, more),
        [
            vec![
                "info copy-changed: smacks: the description of the community copy changed (community)"
            ],
            vec![
                "info copy-changed: smacks: the description of the community copy changed (community)"
            ]
        ]
    );
    // What a copy reads and needs says nothing where the bundled module loads.
    let plain = release(set("communityCopy", json!({ "stage": ["stable"] })));
    let options = json!({ "named": { "smacks_new": { "type": "any" } } });
    let copy = json!({ "stage": ["stable"], "options": options });
    let needs = json!({ "stage": ["stable"], "libraries": { "required": ["lpeg"] } });
    for copy in [copy, needs] {
        let changed = release(set("communityCopy", copy));
        let none: Changes = Vec::new();
        assert_eq!(both(&plain, &changed, more), [none.clone(), none]);
    }
    assert_eq!(
        of_release(set("inheritModules", json!(["tls"])), more),
        [
            vec![
                "warning inheritance-changed: components made of smacks now inherit tls → disable them on the component if it does not need them (community)"
            ],
            vec![
                "warning inheritance-changed: components made of smacks no longer inherit tls → disable them on the component if it does not need them (community)"
            ]
        ]
    );
    assert_eq!(
        of_release(set("conflicts", json!(["x"])), more),
        [
            vec![
                "warning conflict-added: smacks now conflicts with x → check in the log whether it still loads (community)"
            ],
            vec!["info conflict-removed: smacks no longer conflicts with x (community)"]
        ]
    );
    assert_eq!(
        of_release(set("requires", json!(["x"])), more),
        [
            vec![
                "breaking breaks: smacks will not load: requires the feature x, which Prosody 13.0 does not have → disable it explicitly, or stay on the old release (community)",
                "warning requirement-added: smacks now requires x → check in the log whether it still loads (community)"
            ],
            vec![
                "info mends: smacks will load: previously: requires the feature x, which Prosody 13.0 does not have → check whether it needs configuration (community)",
                "info requirement-removed: smacks no longer requires x (community)"
            ]
        ]
    );
    assert_eq!(
        of_release(set("depends", json!({ "computed": true })), more),
        [
            vec![
                "info dependency-added: smacks now depends on modules whose names are unknown (community)"
            ],
            vec![
                "info dependency-removed: smacks no longer depends on modules whose names are unknown (community)"
            ]
        ]
    );
    let moved = |release: &mut Value| {
        let options = release["modules"]["smacks"]["options"].take();
        release["modules"]["smacks"] =
            json!({ "origin": "community", "stage": ["beta"], "options": options });
    };
    assert_eq!(
        of_release(moved, more),
        [
            vec![
                "warning unbundled: smacks moved from Prosody to prosody-modules → install it from prosody-modules (community)",
                "info stage-relabelled: smacks now has the upstream stage beta (community)",
                "info copy-changed: smacks: the description of the community copy changed (community)"
            ],
            vec![
                "warning bundled: smacks moved from prosody-modules into Prosody → stop installing the community copy (community)",
                "info stage-relabelled: smacks no longer has the upstream stage beta (community)",
                "info copy-changed: smacks: the description of the community copy changed (community)"
            ]
        ]
    );
    let revised = |release: &mut Value| {
        release["sources"]["prosody"]["revision"] = "another".into();
        release["features"] = json!(["x", "y"]);
    };
    let fields: Vec<Value> = changes(&release(|_| ()), &release(revised), more)
        .iter()
        .map(|change| {
            let revision = change.pointer("/after/prosody/revision");
            let after = revision.unwrap_or(&change["after"]);
            let before = change.pointer("/before/prosody/revision").is_some();
            json!([change["code"], change["field"], before, after])
        })
        .collect();
    assert_eq!(
        fields,
        [
            json!(["release-changed", "features", false, ["x", "y"]]),
            json!(["release-changed", "sources", true, "another"]),
        ]
    );
    let [there, back] = both(
        &release(|release| release["features"] = json!(["x", "z"])),
        &release(|release| release["features"] = json!(["x", "y"])),
        more,
    );
    assert_eq!(
        [there, back],
        [
            vec![
                "info release-changed: Prosody has new features y and no longer has the features z"
            ],
            vec![
                "info release-changed: Prosody has new features z and no longer has the features y"
            ]
        ]
    );
}

#[test]
fn the_same_change_of_many_modules_is_one_entry_that_names_eight() {
    let stubs = |count: usize| {
        move |release: &mut Value| {
            for index in 1..=count {
                release["modules"][format!("zz{index}")] =
                    json!({ "origin": "community", "stub": true });
            }
        }
    };
    let first = |count| of_release(stubs(count), &COMMUNITY)[0][0].clone();
    let said = "info stub-added: zz1, zz2, zz3, zz4, zz5, zz6, zz7, zz8";
    let what = ": is new in prosody-modules, with only a README";
    assert_eq!(first(8), format!("{said}{what}"));
    // Sorted as texts.
    let said = first(10);
    assert!(said.ends_with(&format!(" and 2 more{what}")), "{said}");
}
