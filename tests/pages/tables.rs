//! The title, the tables, the headings and the footer of a page.

use prosody_stability::report::Code::{self, *};
use prosody_stability::report::html::html;
use prosody_stability::report::{Finding, Report, Severity};

use crate::made::{change, made_by, of_check, of_profiles, of_server};

const HERE: [&str; 2] = ["a.example", "rooms.a.example"];

fn page(report: &Report) -> String {
    html(report, made_by("prosody-stability diff"))
}

/// What stands between two texts, the first time.
#[track_caller]
fn between<'p>(page: &'p str, before: &str, after: &str) -> &'p str {
    let rest = page.split_once(before).map(|(_, rest)| rest);
    let inside = rest.and_then(|rest| rest.split_once(after));
    inside.unwrap_or_else(|| panic!("no {before} … {after}")).0
}

#[test]
fn what_touches_nothing_stands_below_a_heading_that_says_what_happened() {
    for (codes, heading) in [
        (&[Appeared, ModuleAdded][..], "New"),
        (&[Withdrawn, ModuleRemoved], "Withdrawn"),
        (&[Bundled], "Moved into Prosody"),
        (&[Unbundled], "Moved out of Prosody"),
        (&[StageLowered, Demoted], "Lower stage"),
        (&[StageRaised, Promoted], "Higher stage"),
        (&[StageRelabelled], "Other stage"),
        (
            &[
                DependencyAdded,
                DependencyRemoved,
                DependencyMissing,
                DependencySupplied,
            ],
            "Other dependencies",
        ),
        (
            &[ShadowingBegan, ShadowingEnded, CopyChanged],
            "Community copies",
        ),
        (
            &[
                ConflictAdded,
                ConflictRemoved,
                RequirementAdded,
                RequirementRemoved,
            ],
            "Other features required or in conflict",
        ),
        (
            &[
                OptionAdded,
                OptionRemoved,
                OptionReadsChanged,
                OptionDefaultChanged,
                OptionRequired,
                OptionNotRequired,
            ],
            "Other options",
        ),
        (&[LibraryAdded, LibraryRemoved], "Other Lua libraries"),
        (&[FailsObserved, LoadsObserved], "Tried alone"),
        (&[StubAdded, StubRemoved], "READMEs without code"),
        (&[SummaryChanged, TextChanged], "Described differently"),
        (&[UpgradeNote], "Release notes"),
        (&[Reordered], "Other changes"),
    ] {
        for code in codes {
            let page = page(&of_server(vec![change(*code, "x", &[])]));
            let others = between(&page, "<details class=\"rest\"", "</details>");
            let title = between(others, "<h3>", " <span");
            assert_eq!(title, heading, "{code}");
        }
    }
}

#[test]
fn a_title_names_both_releases_and_one_release_once() {
    let title = |report: &Report| between(&page(report), "<title>", "</title>").to_owned();
    let review = of_server(Vec::new());
    assert_eq!(title(&review), "0.12 → 13.0: Nothing changes");
    assert_eq!(title(&of_check(Vec::new())), "13.0: Nothing to report");
}

#[test]
fn a_footer_counts_facts_where_there_are_more_than_entries_and_names_the_sources() {
    let footer = |report: &Report| between(&page(report), "<footer>", "</footer>").to_owned();
    let with_facts = |name: &str, count: usize| Finding {
        facts: vec![change(Code::Withdrawn, name, &HERE); count],
        ..change(Code::Breaks, name, &HERE)
    };
    let plain = footer(&of_server(vec![with_facts("a", 0)]));
    assert!(!plain.contains("An entry is"), "{plain}");
    let sources = "Facts: prosody 0.12 0123456789ab → prosody 13.0 0123456789ab<";
    assert!(plain.contains(sources), "{plain}");
    let one = footer(&of_server(vec![with_facts("a", 2)]));
    assert!(one.contains("<p>1 entry from 3 facts."), "{one}");
    let two = footer(&of_server(vec![with_facts("a", 2), with_facts("b", 1)]));
    assert!(two.contains("<p>2 entries from 5 facts."), "{two}");
}

#[test]
fn a_review_has_a_column_of_errors_only_where_there_are_some() {
    let columns = |findings: Vec<Finding>| {
        let page = page(&of_server(findings));
        let table = between(&page, "<table class=\"where\">", "</thead>");
        let columns = table.split("<span class=\"wide\">").skip(1);
        let names = columns.map(|rest| rest.split('<').next().unwrap_or_default().trim());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    let breaks = || change(Code::Breaks, "a", &HERE);
    assert_eq!(columns(vec![breaks()]), ["breaking", "warnings", "info"]);
    let error = change(Code::Missing, "b", &HERE);
    assert_eq!(error.severity, Severity::Error);
    assert_eq!(
        columns(vec![breaks(), error]),
        ["breaking", "errors", "warnings", "info"]
    );
}

#[test]
fn a_page_says_what_was_looked_at() {
    let scope = |report: &Report| {
        let page = page(report);
        let line = between(&page, "<p class=\"scope\">", "</p>");
        let mut text = String::new();
        let mut is_tag = false;
        for c in line.chars() {
            match c {
                '<' => is_tag = true,
                '>' => is_tag = false,
                c if !is_tag => text.push(c),
                _ => {}
            }
        }
        text
    };
    let server = of_server(Vec::new());
    assert_eq!(scope(&server), "prosody.cfg.lua · a.example and one more");
    let check = of_check(Vec::new());
    assert_eq!(scope(&check), "prosody.cfg.lua · a.example");
    let mut profiles = of_profiles(Vec::new());
    let line = "inventory built-in · personal and three more";
    assert_eq!(scope(&profiles), line);
    profiles.sides[1].inventory = "mine.json".to_owned();
    profiles.scopes.clear();
    assert_eq!(scope(&profiles), "inventory built-in → mine.json");
}

#[test]
fn an_entry_has_the_address_of_what_it_is_about() {
    let about = |code: Code, subject: Option<&str>, field: Option<&str>| {
        let mut finding = Finding::new(code, "something").severity(Severity::Warning);
        finding.subject = subject.map(str::to_owned);
        finding.details.field = field.map(str::to_owned);
        let page = page(&of_check(vec![finding]));
        let article = between(&page, "<article", ">").to_owned();
        between(&article, "id=\"", "\"").to_owned()
    };
    assert_eq!(about(Missing, Some("carbons"), None), "mod_carbons");
    assert_eq!(
        about(OptionUnread, Some("c2s_timeout"), None),
        "opt_c2s_timeout"
    );
    // Of what the file says, these are about modules.
    assert_eq!(about(NotAllowed, Some("carbons"), None), "mod_carbons");
    assert_eq!(about(Misplaced, Some("muc"), None), "mod_muc");
    assert_eq!(about(NoHost, None, None), "ui-entry0");
    assert_eq!(about(UpgradeNote, None, Some("storage")), "note_storage");
}
