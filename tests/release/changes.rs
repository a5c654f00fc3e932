//! The curated changes: what people wrote of each upgrade, held against the releases.

use std::collections::BTreeSet;

use prosody_stability::release::builtin;
use prosody_stability::release::changes::{self, Changes, Concerns, ReadError};

fn by_id(version: &str, id: &str) -> &'static changes::CuratedChange {
    let of_version = changes::all().iter().find(|all| all.version == version);
    let mut all = of_version.unwrap().changes.iter();
    all.find(|change| change.id == id)
        .unwrap_or_else(|| panic!("{version} has no {id}"))
}

#[test]
fn each_row_can_be_followed() {
    let mut ids = BTreeSet::new();
    for changes in changes::all() {
        for change in &changes.changes {
            let id = &change.id;
            assert!(ids.insert(id), "{id} twice");
            assert!(
                id.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{id}"
            );
            let link = change.link.strip_prefix("https://");
            let (host, path) = link.and_then(|link| link.split_once('/')).unwrap();
            assert!(
                host == "prosody.im" || host.ends_with(".prosody.im"),
                "{id}: {link:?} is not Prosody's own word"
            );
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "._/#-".contains(c);
            assert!(
                !path.is_empty() && path.chars().all(is_plain),
                "{id}: {path}"
            );
            for sentence in [&change.title, &change.help] {
                assert!(!sentence.is_empty() && !sentence.ends_with('.'), "{id}");
            }
            assert!(change.text.ends_with('.'), "{id}");
            let needs = match change.concerns {
                Concerns::Always => true,
                Concerns::Loaded => !change.modules.is_empty(),
                Concerns::Set | Concerns::Unset => !change.options.is_empty(),
            };
            assert!(needs, "{id} concerns nobody");
        }
    }
    assert_eq!(ids.len(), 34);
}

#[test]
fn each_module_is_in_a_release() {
    for changes in changes::all() {
        let of_changes = changes.changes.iter().flat_map(|change| &change.modules);
        let of_options = changes.renamed_options.iter();
        let of_options = of_options.filter_map(|renamed| renamed.module.as_ref());
        for module in of_changes.chain(of_options) {
            let releases = builtin::all();
            let known = releases
                .iter()
                .any(|release| release.modules.contains_key(module));
            assert!(known, "{module}");
        }
    }
}

#[test]
fn no_new_name_of_an_option_is_an_old_one() {
    let renamed: Vec<_> = changes::all()
        .iter()
        .flat_map(|changes| &changes.renamed_options)
        .collect();
    let old: BTreeSet<_> = renamed.iter().map(|renamed| &renamed.from).collect();
    assert_eq!(old.len(), renamed.len(), "an option is renamed twice");
    for renamed in renamed {
        assert!(!old.contains(&renamed.to), "{}", renamed.to);
    }
}

/// What an admin had to know of these two upgrades, beyond modules that come and go.
#[test]
fn what_an_admin_had_to_know_is_there() {
    for (version, id) in [
        ("0.12", "auth-cyrus-left"),
        ("0.12", "client-encryption-required"),
        ("0.12", "server-encryption-required"),
        ("0.12", "tls-profile"),
        ("0.12", "authentication-default"),
        ("0.12", "digest-md5-gone"),
        ("0.12", "http-port-on-loopback"),
        ("0.12", "network-backend-epoll"),
        ("13.0", "new-in-sample-configuration"),
        ("13.0", "admins-own-no-rooms"),
        ("13.0", "room-creation-by-role"),
        ("13.0", "persistent-and-public-rooms"),
        ("13.0", "lua-5-1-dropped"),
        ("13.0", "legacy-time"),
    ] {
        by_id(version, id);
    }
    // The notes of the release and its code disagree: the code's default is false.
    let rooms = by_id("13.0", "room-creation-by-role");
    assert_eq!(rooms.concerns, Concerns::Set);
    assert!(rooms.text.contains("the code's default is false"));
    let renamed = |from: &str| {
        let mut all = changes::all().iter().flat_map(|all| &all.renamed_options);
        all.find(|renamed| renamed.from == from)
            .map(|renamed| renamed.to.as_str())
    };
    for (from, to) in [
        ("log_all_rooms", "muc_log_all_rooms"),
        ("user_tombstone_expire", "user_tombstone_expiry"),
        (
            "http_file_share_expire_after",
            "http_file_share_expires_after",
        ),
        ("http_upload_expire_after", "http_file_share_expires_after"),
    ] {
        assert_eq!(renamed(from), Some(to), "{from}");
    }
}

#[test]
fn an_upgrade_brings_the_changes_of_each_version_on_the_way() {
    let versions = |old, new| -> Vec<&str> {
        changes::between(old, new)
            .map(|changes| changes.version.as_str())
            .collect()
    };
    for (old, new, expected) in [
        ("0.11", "13.0", &["0.12", "13.0"][..]),
        ("0.11.14", "0.12.0", &["0.12"]),
        ("0.12", "13.0.7", &["13.0"]),
        ("0.12.5", "13.0", &["13.0"]),
        ("13.0.1", "13.0.7", &[]),
        ("0.12", "0.12.5", &[]),
        ("13.0", "0.11", &[]),
        ("nightly", "13.0", &[]),
    ] {
        assert_eq!(versions(old, new), expected, "{old} to {new}");
    }
}

#[test]
fn files_that_are_not_ours_are_refused() {
    let ours = r#"{"schemaVersion": 1, "version": "1", "changes": []}"#;
    assert_eq!(Changes::read(ours).unwrap().version, "1");
    let newer = ours.replace("n\": 1", "n\": 2");
    assert!(matches!(Changes::read(&newer), Err(ReadError::Version(2))));
    let odd = ours.replace("changes", "change");
    let error = Changes::read(&odd).unwrap_err().to_string();
    assert!(error.contains("unknown field `change`"), "{error}");
}
