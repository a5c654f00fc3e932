//! The two shipped release files against facts that were read from the trees by other means.

use prosody_stability::emit;
use prosody_stability::inventory::Inventory;
use prosody_stability::release::{
    Origin, Release, ReleaseModule, SourceKind, Sources, Stage, builtin,
};
use serde_json::{Value, json};

const SHIPPED: [(&str, &str); 3] = [
    ("0.11", include_str!("../../inventory/releases/0.11.json")),
    ("0.12", include_str!("../../inventory/releases/0.12.json")),
    ("13.0", include_str!("../../inventory/releases/13.0.json")),
];

fn shipped(version: &str) -> Release {
    let (_, text) = SHIPPED
        .into_iter()
        .find(|(known, _)| *known == version)
        .unwrap();
    Release::read(text).unwrap()
}

/// Labels as the table writes them: `-` for none, in parentheses if only the README is left.
fn cell(readme_only: bool, stage: &[Stage]) -> String {
    let labels: Vec<String> = stage
        .iter()
        .map(|stage| {
            serde_json::to_value(stage)
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let labels = if labels.is_empty() {
        "-".to_owned()
    } else {
        labels.join("+")
    };
    if readme_only {
        format!("({labels})")
    } else {
        labels
    }
}

fn cells(module: Option<&ReleaseModule>) -> (String, String) {
    match module {
        None => (String::new(), String::new()),
        Some(module) if module.origin == Origin::Community => {
            (String::new(), cell(module.readme_only, &module.stage))
        }
        Some(module) => {
            let copy = module.community_copy.as_ref();
            (
                "Y".to_owned(),
                copy.map_or_else(String::new, |copy| cell(copy.readme_only, &copy.stage)),
            )
        }
    }
}

#[test]
fn the_shipped_files_agree_with_the_table() {
    let (old, new) = (shipped("0.12"), shipped("13.0"));
    let mut rows = 0;
    for line in include_str!("availability.tsv").lines() {
        if line.starts_with('#') || line.starts_with("module\t") {
            continue;
        }
        let columns: Vec<&str> = line.split('\t').collect();
        let [
            module,
            bundled_old,
            community_old,
            bundled_new,
            community_new,
        ] = columns[..]
        else {
            panic!("five columns expected: {line:?}");
        };
        let expected_old = (bundled_old.to_owned(), community_old.to_owned());
        let expected_new = (bundled_new.to_owned(), community_new.to_owned());
        assert_eq!(
            cells(old.modules.get(module)),
            expected_old,
            "{module} in 0.12"
        );
        assert_eq!(
            cells(new.modules.get(module)),
            expected_new,
            "{module} in 13.0"
        );
        rows += 1;
    }
    assert_eq!(rows, 51);
}

#[test]
fn the_shipped_files_are_as_a_scan_writes_them() {
    let all = SHIPPED.map(|(version, _)| shipped(version));
    for (version, text) in SHIPPED {
        let release = Release::read(text).unwrap();
        assert_eq!(release.version, version);
        assert!(
            release.sources.text().contains("rosody "),
            "{}",
            release.sources.text()
        );
        assert_eq!(release.to_json().unwrap(), text);
        assert!(release.modules.keys().is_sorted());
        for (name, module) in &release.modules {
            let summary = module.summary.as_deref().unwrap_or("-");
            assert!(
                !summary.is_empty() && summary.len() <= 120 && !summary.contains('\n'),
                "{name}: {summary}"
            );
            assert!(
                module.origin == Origin::Community
                    || (module.summary.is_none() && !module.readme_only),
                "{name}"
            );
            // Nothing depends on a module that is nowhere. The collection is ahead of a release.
            let depends = &module.depends;
            for other in depends
                .always
                .iter()
                .chain(&depends.conditional)
                .chain(&depends.soft)
            {
                assert!(
                    all.iter()
                        .any(|release| release.modules.contains_key(other)),
                    "{version}: {name} needs {other}"
                );
            }
        }
    }
}

#[test]
fn known_dependencies_are_in_the_shipped_files() {
    let (old, new) = (shipped("0.12"), shipped("13.0"));
    for (module, needed) in [
        ("bookmarks", "pep"),
        ("vcard4", "pep"),
        ("csi_simple", "csi"),
        ("uptime", "adhoc"),
        ("invites_adhoc", "adhoc"),
        ("admin_adhoc", "adhoc"),
        ("password_reset", "adhoc"),
        ("password_reset", "password_policy"),
        ("spam_reporting", "blocklist"),
        ("invites_register_web", "http"),
        ("invites_register_web", "invites_page"),
        ("invites_register_web", "register_apps"),
        ("cloud_notify_extensions", "cloud_notify_encrypted"),
        ("cloud_notify_extensions", "cloud_notify_filters"),
        ("cloud_notify_extensions", "cloud_notify_priority_tag"),
        ("admin_shell", "admin_socket"),
    ] {
        for release in [&old, &new] {
            let always = &release.modules[module].depends.always;
            assert!(
                always.iter().any(|name| name == needed),
                "{}: {module} needs {needed}",
                release.version
            );
        }
    }
    for (module, other) in [
        ("invites_register", "register_ibr"),
        ("invites_register_web", "conversejs"),
        ("mam", "cron"),
        ("bosh", "http"),
        ("websocket", "http"),
    ] {
        for release in [&old, &new] {
            let conditional = &release.modules[module].depends.conditional;
            assert!(
                conditional.iter().any(|name| name == other),
                "{}: {module} and {other}",
                release.version
            );
        }
    }
    for module in ["bosh", "websocket"] {
        assert_eq!(new.modules[module].depends.soft, ["http_altconnect"]);
        assert!(old.modules[module].depends.soft.is_empty());
    }
    assert_eq!(
        new.modules["server_contact_info"].depends.always,
        ["server_info"]
    );
    let copy = new.modules["cloud_notify"].community_copy.as_ref().unwrap();
    assert_eq!(copy.conflicts, ["mod_cloud_notify"]);
}

#[test]
fn facts_that_an_earlier_scanner_got_wrong_are_in_the_shipped_files() {
    let (old, new) = (shipped("0.12"), shipped("13.0"));
    // Bundled in the tags 0.12.0 to 0.12.4, and the same file as in prosody-modules.
    assert_eq!(old.modules["auth_ldap"].origin, Origin::Bundled);
    assert_eq!(new.modules["auth_ldap"].origin, Origin::Bundled);
    // `get_option_boolean("muc_vcard", true) ~= false`
    assert_eq!(new.modules["muc"].depends.by_default, ["vcard"]);
    // `if #rtbl_config == 0 then return error(…) end` stands before it.
    let rtbl = &new.modules["muc_rtbl"].depends;
    assert_eq!(
        (&rtbl.by_default[..], &rtbl.conditional[..]),
        (&[][..], &["rtbl".to_owned()][..])
    );
    assert!(new.modules["omemo_all_access"].depends.computed);
    assert!(!new.modules["muc"].depends.computed);
    let dangling: Vec<_> = new.dangling().map(|d| (d.module, d.dependency)).collect();
    assert_eq!(dangling, [("file_management", "http_upload")]);
    assert_eq!(old.dangling().count(), 0);
    for release in [old, new] {
        assert_eq!(
            release.sources.community_kind(),
            Some(SourceKind::Collection)
        );
    }
}

#[test]
fn why_a_module_is_nowhere_is_emitted_only_where_it_is_not_the_same_for_each() {
    let inventory = Inventory::builtin();
    let emitted = |release: &Release| -> Value {
        serde_json::from_str(&emit::json(&inventory, &[release]).unwrap()).unwrap()
    };
    let release = shipped("13.0");
    let document = emitted(&release);
    assert_eq!(
        document["inNoRelease"],
        json!(["push", "compliance_policy"])
    );
    let unusable = &document["releases"]["13.0"]["unusable"];
    assert_eq!(unusable["push"], Value::Null);
    let reason = "only its README remains in 13.0; withdrawn in 2025, and http_file_share is bundled \
                  since 0.12";
    assert_eq!(unusable["http_upload"]["reason"], reason);
    assert_eq!(unusable["http_upload"]["replacedBy"], "http_file_share");
    // What is not in a package may be elsewhere.
    let package = Release {
        sources: Sources::described("x", Some(SourceKind::Package)),
        ..release.clone()
    };
    let document = emitted(&package);
    let reason = "not in Prosody 13.0 or this package of prosody-modules; no such module exists, \
                  use cloud_notify for push";
    assert_eq!(
        document["releases"]["13.0"]["unusable"]["push"]["reason"],
        reason
    );
    // Something replaces it.
    let mut without = release;
    without.modules.shift_remove("http_upload");
    let document = emitted(&without);
    let in_no_release = json!(["push", "compliance_policy", "http_upload"]);
    assert_eq!(document["inNoRelease"], in_no_release);
    let upload = &document["releases"]["13.0"]["unusable"]["http_upload"];
    assert_eq!(upload["replacedBy"], "http_file_share");
    let none: Value = serde_json::from_str(&emit::json(&inventory, &[]).unwrap()).unwrap();
    assert_eq!(none["inNoRelease"], Value::Null);
}

#[test]
fn releases_without_an_end_of_life_are_current() {
    let maintained = builtin::all()
        .into_iter()
        .filter(|release| release.end_of_life.is_none());
    assert_eq!(builtin::current(), maintained.collect::<Vec<_>>());
}
