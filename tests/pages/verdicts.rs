//! The verdict of each state, word by word.

use prosody_stability::report::html::{Presentation, html};
use prosody_stability::report::{Code, Finding, Report, Severity};

use crate::made::{change, made_by, of_check, of_profiles, of_server};

const HERE: [&str; 2] = ["a.example", "rooms.a.example"];

fn accepted(finding: Finding) -> Finding {
    Finding {
        accepted: Some("nobody needs it".to_owned()),
        ..finding
    }
}

fn undecided(setting: &str) -> Finding {
    Finding::new(Code::Undecided, format!("cannot determine {setting}"))
}

/// A report, the look of its verdict, and its sentence.
fn states() -> Vec<(Report, &'static str, &'static str)> {
    let breaks = |name: &str, scopes: &[&str]| change(Code::Breaks, name, scopes);
    let warns = |name: &str| change(Code::Bundled, name, &HERE);
    let informs = |name: &str| change(Code::DependencyAdded, name, &HERE);
    let other = |name: &str| change(Code::DependencyAdded, name, &[]);
    let error = |name: &str| Finding::new(Code::Missing, format!("{name} is missing")).about(name);
    let thirteen = (0..13).map(|at| warns(&format!("m{at}"))).collect();
    vec![
        (
            of_server(vec![breaks("a", &HERE), breaks("b", &HERE), warns("c")]),
            "bad",
            "Not yet: two things break on this server",
        ),
        (
            of_server(vec![breaks("a", &HERE)]),
            "bad",
            "Not yet: one thing breaks on this server",
        ),
        (
            of_profiles(vec![
                breaks("a", &["community"]),
                breaks("b", &["community", "development"]),
            ]),
            "bad",
            "Not yet: two things break under two of four profiles",
        ),
        (
            of_profiles(vec![breaks("a", &["community"])]),
            "bad",
            "Not yet: one thing breaks under one of four profiles",
        ),
        (
            of_server(vec![breaks("a", &HERE), error("b")]),
            "bad",
            "Not yet: one thing breaks, one does not work on this server",
        ),
        // What breaks is certain, whatever else is not.
        (
            of_server(vec![breaks("a", &HERE), undecided("x")]),
            "bad",
            "Not yet: one thing breaks on this server",
        ),
        (
            of_server(vec![undecided("x"), undecided("y"), warns("c")]),
            "unknown",
            "Cannot say: two settings could not be determined",
        ),
        // An error that only says that nothing was looked at is no verdict.
        (
            of_check(vec![Finding::new(Code::NoHost, "x defines no active host")]),
            "unknown",
            "Cannot say: one thing could not be determined",
        ),
        (
            of_server(thirteen),
            "warn",
            "Nothing breaks, but 13 warnings need your attention",
        ),
        (
            of_server(vec![warns("a"), informs("b")]),
            "warn",
            "Nothing breaks, but one warning needs your attention",
        ),
        (
            of_server(vec![informs("a")]),
            "ok",
            "Nothing breaks, and nothing needs manual action",
        ),
        (
            of_server(vec![other("a")]),
            "ok",
            "Nothing breaks, and no change affects what you load",
        ),
        (of_server(vec![]), "ok", "Nothing changes"),
        (
            of_server(vec![accepted(breaks("a", &HERE)), warns("b")]),
            "warn",
            "Nothing breaks, but one warning needs your attention",
        ),
        (
            of_server(vec![accepted(breaks("a", &HERE))]),
            "ok",
            "Nothing breaks beyond what was accepted",
        ),
        (
            of_check(vec![error("a"), error("b")]),
            "bad",
            "Two errors found",
        ),
        (
            of_check(vec![error("a"), undecided("x")]),
            "bad",
            "One error found, and one thing could not be determined",
        ),
        (
            of_check(vec![error("a").severity(Severity::Warning)]),
            "warn",
            "No errors, but one warning needs your attention",
        ),
        (
            of_check(vec![error("a").severity(Severity::Info)]),
            "ok",
            "No errors and no warnings",
        ),
        (of_check(vec![]), "ok", "Nothing to report"),
    ]
}

#[test]
fn every_state_has_its_sentence() {
    for (report, look, sentence) in states() {
        let page = html(&report, made_by("prosody-stability diff"));
        let verdict = format!("<div class=\"verdict {look}\"");
        assert!(page.contains(&verdict), "{sentence}: no {verdict}");
        let said = format!("<span>{sentence}</span>");
        let start = page.find("<p class=\"say\">").unwrap();
        assert!(
            page.contains(&said),
            "no {sentence:?} in {}",
            &page[start..start + 300]
        );
        let title = format!(": {sentence}</title>");
        assert!(page.contains(&title), "{sentence}");
    }
}

#[test]
fn no_page_says_that_anything_is_safe() {
    for (report, _, sentence) in states() {
        let page = html(&report, made_by("prosody-stability diff")).to_lowercase();
        assert!(!page.contains("safe"), "{sentence}");
    }
}

#[test]
fn what_is_not_accepted_is_above_and_what_is_stands_below() {
    let mine = accepted(change(Code::Breaks, "mine", &HERE));
    let report = of_server(vec![mine, change(Code::Bundled, "open", &HERE)]);
    let page = html(&report, made_by("prosody-stability diff"));
    let place = |what: &str| page.find(what).unwrap_or_else(|| panic!("{what}"));
    assert!(place("id=\"mod_open\"") < place("id=\"ui-acc\""));
    assert!(place("id=\"ui-acc\"") < place("id=\"mod_mine\""));
    assert!(page.contains("nobody needs it"));
    assert!(!page.contains("id=\"ui-b\""), "nothing is breaking");
}

#[test]
fn actions_come_first_and_the_rest_of_them_is_counted() {
    let nine = |code| (0..9).map(move |at| change(code, &format!("m{at}"), &HERE));
    let breaking = of_server(nine(Code::Breaks).collect());
    let errors = of_check(nine(Code::Missing).collect());
    for (report, action, section) in [
        (breaking, "disable it explicitly", "ui-b"),
        (errors, "see Prosody's log", "ui-e"),
    ] {
        let page = html(&report, made_by(""));
        let list = page.split("<ol class=\"todo\">").nth(1).unwrap();
        let list = list.split("</ol>").next().unwrap();
        assert_eq!(list.matches(action).count(), 7, "{list}");
        let more = format!("<a href=\"#{section}\">2 more</a>");
        assert!(list.contains(&more), "{list}");
    }
}

#[test]
fn a_summary_has_no_entries() {
    let report = of_server(vec![change(Code::Breaks, "a", &HERE)]);
    let page = html(
        &report,
        Presentation {
            summary: true,
            ..made_by("prosody-stability diff --summary")
        },
    );
    assert!(page.contains("Not yet: one thing breaks on this server"));
    assert!(!page.contains("<article"));
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let page = || {
        html(
            &of_server(vec![change(Code::Breaks, "a", &HERE)]),
            made_by("x"),
        )
    };
    assert_eq!(page(), page());
}
