//! What a distribution packages.

use prosody_stability::release::builtin;
use prosody_stability::release::distribution::Distribution;

use crate::support::folder::{scratch, write};

const NAMES: [&str; 4] = [
    "debian-12",
    "debian-13",
    "debian-13-backports",
    "debian-sid",
];

#[test]
fn the_built_in_ones_are_as_their_script_writes_them() {
    for name in NAMES {
        let distribution = Distribution::find(name).unwrap();
        assert_eq!(distribution.name, name);
        assert!(distribution.modules.is_sorted(), "{name}");
        assert_eq!(distribution.sources.0.len(), 2, "{name}");
        let (release, _) = builtin::find(&distribution.version, false).unwrap();
        assert!(distribution.has(&release), "{name}");
        // Each packaged module is in the collection, or was.
        for module in &distribution.modules {
            let known = builtin::all()
                .iter()
                .any(|release| release.modules.contains_key(module));
            assert!(known, "{name}: {module}");
        }
    }
}

#[test]
fn a_distribution_has_the_release_of_its_branch() {
    let debian = Distribution::find("debian-13").unwrap();
    for (version, has) in [("13.0", true), ("13.0.7", true), ("0.12", false)] {
        let mut release = builtin::find(version, false).unwrap().0.into_owned();
        assert_eq!(debian.has(&release), has, "{version}");
        // A snapshot names the version exactly.
        release.version = version.to_owned();
        assert_eq!(debian.has(&release), has, "{version}");
    }
    let mut release = builtin::find("13.0", false).unwrap().0.into_owned();
    release.version = "nightly".to_owned();
    assert!(!debian.has(&release));
}

#[test]
fn what_is_not_packaged_is_named_in_the_order_given() {
    let debian = Distribution::find("debian-13").unwrap();
    let modules = ["muc_limits", "firewall", "block_registrations"];
    assert_eq!(debian.not_packaged(&modules), ["block_registrations"]);
}

#[test]
fn a_file_is_read_and_one_that_is_none_is_refused_with_its_place() {
    let folder = scratch();
    let good = r#"{"schemaVersion": 1, "name": "mine", "title": "Mine", "version": "13.0.7", "sources": {}, "modules": ["firewall"]}"#;
    let file = write(folder.path(), "mine.json", good);
    assert_eq!(Distribution::find(&file).unwrap().title, "Mine");
    for (bad, said) in [
        (good.replace("modules", "module"), "unknown field `module`"),
        (good.replace("n\": 1", "n\": 2"), "unknown schemaVersion 2"),
        ("[]".to_owned(), "invalid length"),
    ] {
        let file = write(folder.path(), "bad.json", &bad);
        let error = format!("{:?}", Distribution::find(&file).unwrap_err());
        assert!(
            error.contains("bad.json is not a distribution file"),
            "{error}"
        );
        assert!(error.contains(said), "{said}: {error}");
    }
    let error = format!("{:?}", Distribution::find("debian-14").unwrap_err());
    assert!(error.contains("debian-13-backports"), "{error}");
}
