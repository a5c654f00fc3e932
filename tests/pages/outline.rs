//! Whole pages as outlines: each element with its attributes and texts, against the files under
//! `tests/pages/outlines/`.
//!
//! When a page changes on purpose, write them again with
//! `EXPECT=overwrite cargo test --test pages outline`, and read the difference.

use prosody_stability::report::html::{Presentation, html};
use prosody_stability::report::{
    Code, Finding, Place, ProfileLines, Report, Scope, ScopeKind, Severity,
};

use crate::made::{change, made_by, of_check, of_server, scope, side};
use crate::support::root;

/// Attributes that say something; the others are for looks and the script.
const ATTRIBUTES: [&str; 8] = [
    "id", "class", "href", "data-s", "data-h", "data-n", "value", "name",
];

/// Elements without an end.
const VOID: [&str; 4] = ["input", "meta", "link", "br"];

/// What stands between `<body>` and the script, an element or text per line. Icons are left out.
fn outline(page: &str) -> String {
    let (_, body) = page.split_once("<header>").unwrap();
    let (body, _) = body.split_once("</footer>").unwrap();
    let mut out = String::new();
    let (mut depth, mut icons) = (1_usize, 0_usize);
    for part in body.split('<') {
        let (tag, text) = part.split_once('>').unwrap_or(("", part));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        if name.starts_with('/') {
            icons -= usize::from(name == "/svg");
            depth -= 1;
        } else if !name.is_empty() {
            icons += usize::from(name == "svg");
            if icons == 0 {
                let shown = ATTRIBUTES.iter().filter_map(|attribute| {
                    let (_, rest) = attributes.split_once(&format!("{attribute}=\""))?;
                    let (value, _) = rest.split_once('"')?;
                    Some(format!(" {attribute}={value}"))
                });
                let shown: String = shown.collect();
                out.push_str(&format!("{}{name}{shown}\n", "  ".repeat(depth)));
            }
            depth += usize::from(!VOID.contains(&name));
        }
        if icons == 0 && !text.is_empty() {
            out.push_str(&format!("{}\"{text}\"\n", "  ".repeat(depth)));
        }
    }
    out
}

#[track_caller]
fn assert_outline(file: &str, report: &Report) {
    let presentation = Presentation {
        explorer: Some("all.html"),
        ..made_by("prosody-stability diff")
    };
    let text = outline(&html(report, presentation));
    let file = root().join(format!("tests/pages/outlines/{file}.txt"));
    if std::env::var_os("EXPECT").is_some_and(|value| value == "overwrite") {
        std::fs::write(&file, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap();
    assert!(text == expected, "{}:\n{text}", file.display());
}

fn accepted(finding: Finding) -> Finding {
    Finding {
        accepted: Some("nobody needs it".to_owned()),
        ..finding
    }
}

fn undecided(option: &str) -> Finding {
    let finding = Finding::new(Code::Undecided, format!("cannot determine {option}"));
    let finding = finding.about(option).on("a.example");
    Finding {
        place: Some(Place {
            file: "prosody.cfg.lua".to_owned(),
            line: 9,
        }),
        ..finding
    }
}

#[test]
fn a_review_of_a_server() {
    let here = ["a.example"];
    let both = ["a.example", "rooms.a.example"];
    let of = |code: Code, subject: &str| change(code, subject, &both);
    let mut breaks = of(Code::Breaks, "http_upload").reason("it was withdrawn");
    breaks.link = Some("https://example.org/notes".to_owned());
    breaks.facts = vec![
        of(Code::Withdrawn, "http_upload"),
        of(Code::PulledIn, "cron"),
        of(Code::Undecided, "storage"),
        of(Code::ModuleRemoved, "http_upload"),
        of(Code::Stale, "0123"),
        of(Code::SummaryChanged, "http_upload").severity(Severity::Info),
    ];
    let mut replaced = change(Code::Replaced, "push", &here);
    replaced.message = "what pushes is replaced".to_owned();
    replaced.link = Some("http://example.org/is-not-linked".to_owned());
    let other = |code: Code, subject: &str| {
        let finding = change(code, subject, &[]);
        let message = format!("{subject}: is new in prosody-modules");
        Finding {
            message,
            ..finding.severity(Severity::Info)
        }
    };
    let mut several = other(Code::Appeared, "one");
    several.facts = vec![other(Code::Appeared, "two"), other(Code::Appeared, "three")];
    let mut unlike = other(Code::Appeared, "four").reason("somebody wrote it");
    unlike.facts = vec![other(Code::SummaryChanged, "four")];
    let mut plain = other(Code::UpgradeNote, "");
    plain.message = "read the notes".to_owned();
    let findings = vec![
        breaks,
        replaced,
        change(Code::Missing, "ping", &["rooms.a.example"]),
        of(Code::Bundled, "smacks"),
        undecided("modules_enabled"),
        of(Code::DependencyAdded, "mam").severity(Severity::Info),
        accepted(of(Code::PulledIn, "rtbl")),
        several,
        unlike,
        plain,
        other(Code::LibraryAdded, "five"),
    ];
    assert_outline("review", &of_server(findings));
}

#[test]
fn a_check_of_a_running_server() {
    let missing = Finding::new(Code::Missing, "carbons is expected but not loaded");
    let missing = missing.about("carbons").on("a.example");
    let global = Finding::new(Code::Failed, "s2s does not work").about("s2s");
    let mut report = of_check(vec![missing, global.on("*"), undecided("storage")]);
    let mut section = scope("*", ScopeKind::Global);
    section.modules_before = None;
    report.scopes.insert(0, section);
    report.profile_lines = Some(ProfileLines {
        planned: "Module stability profile: Core=2".to_owned(),
        running: "Module stability profile: Core=1".to_owned(),
    });
    assert_outline("status", &report);
}

#[test]
fn a_review_of_many_hosts() {
    let names: Vec<String> = (0..15).map(|at| format!("h{at}.example")).collect();
    let hosts = |range: std::ops::Range<usize>| {
        let names = names[range].iter().map(String::as_str);
        names.collect::<Vec<_>>()
    };
    let scopes: Vec<Scope> = names
        .iter()
        .map(|name| scope(name, ScopeKind::VirtualHost))
        .collect();
    let findings = vec![
        change(Code::Breaks, "a", &hosts(12..13)),
        change(Code::Breaks, "b", &hosts(2..6)),
        change(Code::Breaks, "c", &hosts(3..8)),
        change(Code::Bundled, "d", &hosts(0..15)),
        change(Code::Bundled, "e", &hosts(14..15)),
    ];
    let sides = ["0.12", "13.0"].map(|release| side(release, Some("prosody.cfg.lua")));
    assert_outline("hosts", &Report::new(sides.to_vec(), scopes, findings));
}
