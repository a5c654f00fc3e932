//! What `diff` says of options: hand-written releases, with and without a server.

use std::path::Path;

use prosody_stability::release::{ReleaseModule, builtin};
use serde_json::{Value, json};

use crate::support::command::{run, tool};
use crate::support::folder::{read, scratch, write};
use crate::support::json::{findings, list};

/// A release with these options of the core and of modules, beside what Prosody loads by default.
fn release(folder: &Path, name: &str, core: Value, modules: Value) -> String {
    let mut release = builtin::newest().clone();
    release.core = Some(serde_json::from_value(json!({ "named": core })).unwrap());
    let plain = release.modules["ping"].clone();
    let plain = ReleaseModule {
        options: Default::default(),
        ..plain
    };
    release.modules.clear();
    for name in ["auth_internal_hashed", "authz_internal", "storage_internal"] {
        release.modules.insert(name.to_owned(), plain.clone());
    }
    for (name, options) in modules.as_object().unwrap() {
        let module = ReleaseModule {
            options: serde_json::from_value(json!({ "named": options })).unwrap(),
            ..plain.clone()
        };
        release.modules.insert(name.clone(), module);
    }
    write(folder, name, &release.to_json().unwrap())
}

/// Every change about options: severity, code, sentence, whether it touches what loads, the line.
fn said(arguments: &[&str]) -> Vec<String> {
    let review = run(&mut tool(arguments)).success().json();
    let mut said = Vec::new();
    for entry in list(&review["findings"]) {
        let facts = entry["facts"].as_array().into_iter().flatten();
        for change in std::iter::once(entry).chain(facts) {
            let text = |field: &str| change[field].as_str().unwrap_or_default().to_owned();
            if !text("code").starts_with("option-") {
                continue;
            }
            let reason = text("reason");
            let reason = if reason.is_empty() {
                reason
            } else {
                format!(": {reason}")
            };
            let touches = if change["selections"].is_null() {
                " (other)"
            } else {
                ""
            };
            let line = change["place"]["line"].as_u64().unwrap_or(0);
            let (severity, code, message) = (text("severity"), text("code"), text("message"));
            said.push(format!(
                "{line} {severity} {code}: {message}{reason}{touches}"
            ));
        }
    }
    said.sort();
    said
}

/// Two releases that differ in every way that matters.
fn two(folder: &Path) -> String {
    let old = release(
        folder,
        "old.json",
        json!({ "kept": { "type": "any" }, "gone": { "type": "string" } }),
        json!({
            "a": {
                "a_gone": { "type": "string" },
                "a_moves": { "type": "string" },
                "a_limit": { "type": "number", "default": 300 },
                "a_same": { "type": "number", "default": 3600 },
                "a_switch": { "type": "boolean", "default": true },
                "a_key": { "type": "string" },
                "a_period": { "type": "number", "default": 1 },
                "a_part": { "type": "number" },
                "a_text": { "type": "string" },
                "a_turns": { "type": "period" },
                "a_whole": { "type": "number" },
            },
            "lost": { "lost_option": { "type": "any" } },
        }),
    );
    let new = release(
        folder,
        "new.json",
        json!({ "kept": { "type": "any" }, "a_moves": { "type": "string" } }),
        json!({
            "a": {
                "a_limit": { "type": "integer", "default": 500, "min": 1 },
                "a_new": { "type": "string" },
                "a_same": { "type": "period", "default": "1 hour" },
                "a_switch": { "type": "boolean", "default": false },
                "a_key": { "type": "string", "required": true },
                "a_period": { "type": "period", "default": 1 },
                "a_part": { "type": "integer" },
                "a_text": { "type": "number" },
                "a_turns": { "type": "number" },
                "a_whole": { "type": "integer" },
            },
        }),
    );
    format!("{old}..{new}")
}

#[test]
fn with_a_server_what_is_set_and_what_is_not_set_counts() {
    let folder = scratch();
    let releases = two(folder.path());
    let config = "kept = 1\ngone = 'x'\na_gone = 'x'\na_moves = 'x'\na_limit = 'many'\n\
                  a_period = '1m'\nlost_option = 1\nmodules_enabled = { 'a', 'lost' }\n\
                  a_whole = 5\na_part = 5.5\na_turns = 60\n                  a_text = '0x10'\nVirtualHost 'h'\n";
    let config = write(folder.path(), "prosody.cfg.lua", config);
    let arguments = ["diff", "--release", &releases, "--config", &config, "--all"];
    let at = |line: usize| format!("it is set at {config}:{line}, and nothing else reads it");
    let log =
        |option: &str, text: &str| format!("a logs the error \"Config option '{option}' {text}\"");
    let said = said(&[&arguments[..], &["--format", "json"]].concat());
    let mut expected = [
        "0 breaking option-required: a does not load without a_key".to_owned(),
        "0 info option-added: Prosody now reads a_moves (other)".to_owned(),
        "0 info option-added: a now reads a_new (other)".to_owned(),
        "0 info option-default-changed: a changed the default of a_limit from 300 to 500 (other)"
            .to_owned(),
        "0 info option-reads-changed: a now reads a_same as period instead of number (other)"
            .to_owned(),
        "0 info option-removed: a no longer reads a_moves: Prosody now reads it (other)".to_owned(),
        // These numbers stay what they are.
        "0 info option-reads-changed: a now reads a_whole as integer instead of number (other)"
            .to_owned(),
        "0 info option-reads-changed: a now reads a_turns as number instead of period (other)"
            .to_owned(),
        format!(
            "10 warning option-reads-changed: a now reads a_part as integer instead of number: {}",
            "a logs the warning \"Config option 'a_part' expected an integer, not a float (5.5)\""
        ),
        // Without a message, it is another value all the same.
        "12 warning option-reads-changed: a now reads a_text as number instead of string: the \
         value that is set is read as 16"
            .to_owned(),
        "0 warning option-default-changed: a changed the default of a_switch from true to false"
            .to_owned(),
        format!(
            "2 warning option-removed: Prosody no longer reads gone: {}",
            at(2)
        ),
        format!(
            "3 warning option-removed: a no longer reads a_gone: {}",
            at(3)
        ),
        // What was a message before is none to get used to: now the module fails.
        format!(
            "5 breaking option-reads-changed: a now reads a_limit as integer instead of number: {}",
            log("a_limit", "not understood, expecting a number")
        ),
        format!(
            "6 warning option-reads-changed: a now reads a_period as period instead of number: {}",
            log(
                "a_period",
                "is set to ambiguous period '1m' - use full syntax e.g. '1 months' or '1 minutes'"
            )
        ),
        format!(
            "7 info option-removed: lost no longer reads lost_option: {}",
            at(7)
        ),
    ];
    expected.sort();
    assert_eq!(said, expected);
}

#[test]
fn without_a_server_what_loads_counts() {
    let folder = scratch();
    let releases = two(folder.path());
    let arguments = ["diff", "--release", &releases, "--enable", "a", "--all"];
    let said = said(&[&arguments[..], &["--format", "json"]].concat());
    let touching: Vec<&String> = said
        .iter()
        .filter(|said| !said.contains("(other)"))
        .collect();
    assert_eq!(
        touching,
        [
            "0 info option-default-changed: a changed the default of a_limit from 300 to 500",
            "0 info option-removed: Prosody no longer reads gone",
            "0 info option-removed: a no longer reads a_gone",
            "0 warning option-default-changed: a changed the default of a_switch from true to false",
            "0 warning option-required: a does not load without a_key",
        ]
    );
}

#[test]
fn names_that_are_computed_are_reviewed_as_well() {
    let folder = scratch();
    let side = |name: &str, core: Value, module: Value| {
        let plain = release(folder.path(), name, json!({}), json!({ "a": {} }));
        let mut text: Value = serde_json::from_str(&read(Path::new("/"), &plain)).unwrap();
        text["core"] = core;
        text["modules"]["a"]["options"] = module;
        write(folder.path(), name, &text.to_string())
    };
    let old = side(
        "old.json",
        json!({ "computed": ["*_ssl"], "computedGlobal": ["*_ports"] }),
        json!({ "computed": ["a_*_size", "gone_*", "kept_*"] }),
    );
    let new = side(
        "new.json",
        json!({ "computedGlobal": ["*_ports", "*_ssl"] }),
        json!({ "computed": ["kept_*", "new_*"], "named": { "a_one_size": { "type": "any" } } }),
    );
    let releases = format!("{old}..{new}");
    let config = "a_one_size = 1\ngone_x = 1\nmodules_enabled = { 'a' }\nVirtualHost 'h'\n";
    let config = write(folder.path(), "prosody.cfg.lua", config);
    let diff = ["diff", "--release", &releases, "--all", "--format", "json"];
    let found = said(&[&diff[..], &["--config", &config]].concat());
    let mut expected = [
        "0 info option-added: a now reads a_one_size (other)".to_owned(),
        "0 info option-added: a now reads options named new_* (other)".to_owned(),
        "0 info option-reads-changed: Prosody reads options named *_ssl from the global section only (other)"
            .to_owned(),
        // What is set there is read by its own name.
        "0 info option-removed: a no longer reads options named a_*_size (other)".to_owned(),
        format!(
            "2 warning option-removed: a no longer reads options named gone_*: one is set at \
             {config}:2, and nothing else reads it"
        ),
    ];
    expected.sort();
    assert_eq!(found, expected);
    let back = format!("{new}..{old}");
    let back = said(&["diff", "--release", &back, "--all", "--format", "json"]);
    let expected =
        "0 info option-reads-changed: Prosody reads options named *_ssl from hosts also (other)";
    assert!(back.iter().any(|said| said == expected), "{back:#?}");
}

#[test]
fn an_accepted_change_stays_accepted_with_another_server() {
    let folder = scratch();
    let releases = two(folder.path());
    let fingerprint = |config: &str| {
        let config = write(folder.path(), "prosody.cfg.lua", config);
        let arguments = [
            "diff",
            "--release",
            &releases,
            "--config",
            &config,
            "--format",
            "json",
            "--all",
        ];
        let review = run(&mut tool(&arguments)).success().json();
        let found = list(&review["findings"]).iter().flat_map(|entry| {
            let facts = entry["facts"].as_array().into_iter().flatten();
            std::iter::once(entry).chain(facts)
        });
        let mut found = found.filter(|change| {
            let message = change["message"].as_str().unwrap_or_default();
            message == "a no longer reads a_gone"
        });
        found.next().unwrap()["fingerprint"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let plain = "modules_enabled = { 'a' } VirtualHost 'h'";
    let set = "a_gone = 1 modules_enabled = { 'a' } VirtualHost 'h' VirtualHost 'i'";
    assert_eq!(fingerprint(plain), fingerprint(set));
}

/// Every change of a review that has this code.
fn all_with(releases: &str, code: &str) -> Vec<Value> {
    let arguments = ["diff", "--release", releases, "--all", "--format", "json"];
    let review = run(&mut tool(&arguments)).success().json();
    let mut found = Vec::new();
    for entry in list(&review["findings"]) {
        let facts = entry["facts"].as_array().into_iter().flatten();
        let changes = std::iter::once(entry).chain(facts);
        found.extend(changes.filter(|change| change["code"] == code).cloned());
    }
    found
}

/// What was counted by hand in the sources of both versions.
#[test]
fn the_built_in_releases_show_what_0_12_to_13_0_changed() {
    let releases = "0.12..13.0";
    let messages = |changes: Vec<Value>| -> Vec<String> {
        let texts = changes
            .iter()
            .map(|change| change["message"].as_str().unwrap());
        texts.map(str::to_owned).collect()
    };
    let removed = messages(all_with(releases, "option-removed"));
    for gone in [
        "invites no longer reads invites_page_module",
        "invites_adhoc no longer reads allow_user_invites_by_roles",
        "invites_adhoc no longer reads deny_user_invites_by_roles",
        // prosodyctl goes on asking for it.
        "posix no longer reads daemonize",
    ] {
        assert!(
            removed.iter().any(|message| message == gone),
            "{removed:#?}"
        );
    }
    let changed = all_with(releases, "option-reads-changed");
    let types = |from: &str, to: &str| {
        let is_it =
            |change: &&Value| change["before"]["type"] == from && change["after"]["type"] == to;
        changed.iter().filter(is_it).count()
    };
    assert!(types("number", "integer") >= 44, "{changed:#?}");
    assert!(types("number", "period") >= 22, "{changed:#?}");
    assert!(types("string", "enum") > 0, "{changed:#?}");
    let defaults = messages(all_with(releases, "option-default-changed"));
    for change in [
        "muc changed the default of component_admins_as_room_owners from true to false",
        "blocklist changed the default of blocklist_cache_size from 64 to 256",
        "firewall changed the default of firewall_experimental_user_marks from false to true",
        "pubsub_feeds changed the default of use_pubsubhubub from true to false",
    ] {
        assert!(
            defaults.iter().any(|message| message == change),
            "{defaults:#?}"
        );
    }
}

#[test]
fn what_a_module_needs_in_order_to_load_is_reviewed_there_and_back() {
    let folder = scratch();
    let with = |name: &str, edit: &dyn Fn(&mut ReleaseModule)| {
        let mut release = builtin::newest().clone();
        let module = release.modules.get_mut("auth_ldap").unwrap();
        module.libraries = Default::default();
        module.options = Default::default();
        edit(module);
        write(folder.path(), name, &release.to_json().unwrap())
    };
    let plain = with("plain.json", &|module| {
        let options = json!({ "named": { "ldap_base": { "type": "string" } } });
        module.options = serde_json::from_value(options).unwrap();
    });
    let needy = with("needy.json", &|module| {
        module.libraries.required = vec!["lualdap".to_owned()];
        let options = json!({ "named": { "ldap_base": { "type": "string", "required": true } } });
        module.options = serde_json::from_value(options).unwrap();
    });
    let config = "authentication = 'ldap'\nldap_base = 'x'\nVirtualHost 'h'\n";
    let config = write(folder.path(), "prosody.cfg.lua", config);
    let codes = |releases: String| {
        let arguments = ["diff", "--release", &releases, "--config", &config];
        let arguments = [&arguments[..], &["--all", "--format", "json"]].concat();
        let review = run(&mut tool(&arguments)).success().json();
        let facts = findings(&review).into_iter();
        let mut said: Vec<String> = facts
            .filter(|change| change["subject"] == json!("auth_ldap"))
            .map(|change| format!("{} {}", change["severity"], change["code"]).replace('"', ""))
            .collect();
        said.sort();
        said
    };
    assert_eq!(
        codes(format!("{plain}..{needy}")),
        ["info option-required", "warning library-added"]
    );
    assert_eq!(
        codes(format!("{needy}..{plain}")),
        ["info library-removed", "info option-not-required"]
    );
    let check = ["check", "--config", &config, "--release", &needy];
    let check = run(&mut tool(&check)).success();
    let line = "info      auth_ldap needs the Lua library lualdap";
    assert!(check.stdout.contains(line), "needs-library: {check:?}");
    let help = "→ install lua-ldap (Debian) or luaPackages.lualdap (nixpkgs)";
    assert!(check.stdout.contains(help), "{check:?}");
}

#[test]
fn what_changes_about_how_an_option_is_read_is_said() {
    let folder = scratch();
    let with = |name: &str, option: Value| {
        release(
            folder.path(),
            name,
            json!({}),
            json!({ "a": { "o": option } }),
        )
    };
    for (index, (old, new, expected)) in [
        (
            json!({ "type": "enum", "values": ["x", "y"] }),
            json!({ "type": "enum", "values": ["x", "z"] }),
            &["a now allows different values of o"][..],
        ),
        (
            json!({ "type": "integer", "min": 1 }),
            json!({ "type": "integer", "min": 2 }),
            &["a now allows different values of o"],
        ),
        (
            json!({ "type": "string" }),
            json!({ "type": "string", "globalOnly": true }),
            &["a reads o from the global section only"],
        ),
        (
            json!({ "type": "string", "globalOnly": true }),
            json!({ "type": "string" }),
            &["a reads o from hosts also"],
        ),
        // A text is seconds only where a period is read.
        (
            json!({ "type": "period", "default": "1 hour" }),
            json!({ "type": "period", "default": 3600 }),
            &[],
        ),
        (
            json!({ "type": "period", "default": "1 hour" }),
            json!({ "type": "period", "default": "2 hours" }),
            &["a changed the default of o from \"1 hour\" to \"2 hours\""],
        ),
        (
            json!({ "type": "number", "default": "1 hour" }),
            json!({ "type": "number", "default": "2 hours" }),
            &[],
        ),
        (
            json!({ "type": "set", "default": ["x", "y"] }),
            json!({ "type": "set", "default": ["y", "x"] }),
            &[],
        ),
        (
            json!({ "type": "array", "default": ["x", "y"] }),
            json!({ "type": "array", "default": ["y", "x"] }),
            &["a changed the default of o from [\"x\",\"y\"] to [\"y\",\"x\"]"],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let old = with(&format!("{index}-old.json"), old);
        let new = with(&format!("{index}-new.json"), new);
        let releases = format!("{old}..{new}");
        let arguments = ["diff", "--release", &releases, "--enable", "a", "--all"];
        let said = said(&[&arguments[..], &["--format", "json"]].concat());
        let messages: Vec<&str> = said
            .iter()
            .map(|line| line.split_once(": ").map_or("", |(_, message)| message))
            .collect();
        let messages: Vec<&str> = messages
            .iter()
            .map(|m| m.trim_end_matches(" (other)"))
            .collect();
        assert_eq!(messages, expected, "{index}");
    }
}
