//! Since when and until when there is a module.

use prosody_stability::release::builtin;
use prosody_stability::release::history::{State, history};
use prosody_stability::release::{Origin, Release};

fn texts(states: &[(&str, State)]) -> Vec<String> {
    history(states).into_iter().map(|span| span.text).collect()
}

fn of_built_in(name: &str) -> Vec<String> {
    let states = builtin::all().map(|release| {
        (
            release.version.as_str(),
            State::of(release, release.modules.get(name)),
        )
    });
    texts(&states)
}

/// By the lists of modules of both projects' histories.
#[test]
fn modules_that_came_went_and_moved() {
    let rows: [(&str, &[&str]); 9] = [
        ("roster", &["part of Prosody since 0.11 or earlier"]),
        (
            "http_file_share",
            &["not in 0.11", "part of Prosody since 0.12"],
        ),
        (
            "smacks",
            &[
                "in prosody-modules until 0.11",
                "moved into Prosody: since 0.12",
            ],
        ),
        (
            "cloud_notify",
            &[
                "in prosody-modules until 0.12",
                "moved into Prosody: since 13.0",
            ],
        ),
        (
            "http_upload",
            &[
                "in prosody-modules until 0.12",
                "only its README in prosody-modules since 13.0",
            ],
        ),
        (
            "auth_cyrus",
            &[
                "part of Prosody until 0.11",
                "moved to prosody-modules: since 0.12",
            ],
        ),
        (
            "account_activity",
            &["not in 0.11 to 0.12", "part of Prosody since 13.0"],
        ),
        (
            "muc_mav",
            &["not in 0.11 to 0.12", "in prosody-modules since 13.0"],
        ),
        ("push", &["not in 0.11 to 13.0"]),
    ];
    for (name, expected) in rows {
        assert_eq!(of_built_in(name), expected, "{name}");
    }
}

#[test]
fn what_a_package_leaves_out_is_neither_new_nor_gone() {
    use State::{Bundled, Community, NotPackaged};
    type Row<'a> = (&'a [(&'a str, State)], &'a [&'a str]);
    let rows: [Row; 3] = [
        (
            &[("1", NotPackaged), ("2", Community)],
            &[
                "not in the package of prosody-modules of 1",
                "in prosody-modules since 2 or earlier",
            ],
        ),
        (
            &[("1", Community), ("2", NotPackaged), ("3", NotPackaged)],
            &[
                "in prosody-modules since 1 or earlier",
                "not in the package of prosody-modules of 2 to 3",
            ],
        ),
        (
            &[("1", Community), ("2", NotPackaged), ("3", Bundled)],
            &[
                "in prosody-modules since 1 or earlier",
                "not in the package of prosody-modules of 2",
                "part of Prosody since 3 or earlier",
            ],
        ),
    ];
    for (states, expected) in rows {
        assert_eq!(texts(states), expected, "{states:?}");
    }
}

#[test]
fn the_kind_of_the_source_decides_what_absent_means() {
    let file = |kind: &str| {
        format!(
            r#"{{"schemaVersion": 2, "version": "1", "sources": {{"s": {{"kind": "{kind}", "what": "x"}}}}, "modules": {{"a": {{"origin": "bundled"}}}}}}"#
        )
    };
    for (kind, expected) in [
        ("collection", State::Absent),
        ("package", State::NotPackaged),
        ("prosody", State::Absent),
    ] {
        let release = Release::read(&file(kind)).unwrap();
        assert_eq!(State::of(&release, None), expected, "{kind}");
        let bundled = &release.modules["a"];
        assert_eq!(bundled.origin, Origin::Bundled);
        assert_eq!(State::of(&release, Some(bundled)), State::Bundled);
    }
}
