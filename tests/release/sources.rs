//! Where the facts of a release come from, in release files of both formats.

use prosody_stability::release::read::ReadError;
use prosody_stability::release::{Release, SCHEMA_VERSION, SourceKind};

const VERSION_1: &str = include_str!("version-1.json");

#[test]
fn a_file_of_version_1_is_read_and_written_as_version_2() {
    let release = Release::read(VERSION_1).unwrap();
    assert_eq!((release.schema_version, SCHEMA_VERSION), (2, 2));
    let sources: Vec<_> = release
        .sources
        .0
        .iter()
        .map(|(name, source)| (name.as_str(), source.kind, source.revision.as_deref()))
        .collect();
    let expected = [
        (
            "prosody",
            SourceKind::Prosody,
            Some("prosody 1, prosody-modules 2"),
        ),
        ("collection", SourceKind::Collection, None),
    ];
    assert_eq!(sources, expected);
    assert_eq!(
        release.sources.text(),
        "Prosody prosody 1, prosody-modules 2"
    );
    let text = release.to_json().unwrap();
    assert!(text.contains("\"schemaVersion\": 2") && !text.contains("communitySource"));
    assert_eq!(Release::read(&text).unwrap(), release);
}

#[test]
fn a_file_of_version_1_that_knows_no_source_of_community_modules_has_none() {
    let text = VERSION_1.replace("\"communitySource\": \"collection\",", "");
    let release = Release::read(&text).unwrap();
    assert_eq!(release.sources.community_kind(), None);
    let odd = VERSION_1.replace("\"collection\"", "\"prosody-modules\"");
    let error = Release::read(&odd).unwrap_err().to_string();
    assert!(error.starts_with("communitySource: "), "{error}");
    let new_in_old = VERSION_1.replace("\"revision\"", "\"sources\": {}, \"revision\"");
    let error = Release::read(&new_in_old).unwrap_err().to_string();
    assert!(error.contains("unknown field `sources`"), "{error}");
}

/// Sources in the order of a file, with a module that may name one.
fn file(sources: &[(&str, &str)], of_module: &str) -> String {
    let sources: Vec<_> = sources
        .iter()
        .map(|(name, kind)| format!("\"{name}\": {{\"kind\": \"{kind}\", \"what\": \"x\"}}"))
        .collect();
    format!(
        "{{\"schemaVersion\": 2, \"version\": \"1\", \"sources\": {{{}}},
          \"modules\": {{\"a\": {{\"origin\": \"community\"{of_module}}}}}}}",
        sources.join(", ")
    )
}

#[test]
fn a_collection_under_a_package_is_still_all_of_prosody_modules() {
    let rows: [(&[(&str, &str)], _); 5] = [
        (&[("prosody", "prosody")], None),
        (&[("all", "collection")], Some(SourceKind::Collection)),
        (&[("some", "package")], Some(SourceKind::Package)),
        (
            &[("all", "collection"), ("some", "package")],
            Some(SourceKind::Collection),
        ),
        (
            &[("some", "package"), ("all", "collection")],
            Some(SourceKind::Collection),
        ),
    ];
    for (sources, kind) in rows {
        let release = Release::read(&file(sources, "")).unwrap();
        assert_eq!(release.sources.community_kind(), kind, "{sources:?}");
    }
}

#[test]
fn a_module_comes_from_a_source_that_is_there() {
    let sources = [("all", "collection"), ("some", "package")];
    let release = Release::read(&file(&sources, ", \"source\": \"some\"")).unwrap();
    assert_eq!(release.modules["a"].source.as_deref(), Some("some"));
    let error = Release::read(&file(&sources, ", \"source\": \"other\"")).unwrap_err();
    assert!(matches!(&error, ReadError::Source { .. }), "{error}");
    assert_eq!(error.to_string(), "modules.a: no such source \"other\"");
}
