//! What the formats make of a report, made by hand.

use prosody_stability::report::html::{Presentation, html};
use prosody_stability::report::{
    Code, Details, Finding, Place, ProfileLines, Report, Scope, ScopeKind, Severity, Side, github,
    markdown, text,
};

fn side(release: &str) -> Side {
    Side {
        inventory: "built-in".to_owned(),
        release: release.to_owned(),
        sources: String::new(),
        configuration: None,
    }
}

fn scope(name: &str, kind: ScopeKind, before: Option<usize>, modules: usize) -> Scope {
    Scope {
        name: name.to_owned(),
        kind,
        counts: Default::default(),
        modules_before: before,
        modules,
        files: Default::default(),
    }
}

/// A change with a fingerprint, under some selections.
fn change(code: Code, subject: &str, message: &str, selections: &[&str]) -> Finding {
    Finding {
        fingerprint: Some(format!("f{}", subject.len())),
        selections: selections.iter().map(|name| (*name).to_owned()).collect(),
        ..Finding::new(code, message).about(subject)
    }
}

fn accepted(finding: Finding, reason: &str) -> Finding {
    Finding {
        accepted: Some(reason.to_owned()),
        ..finding
    }
}

fn other(finding: Finding) -> Finding {
    Finding {
        other: true,
        ..finding
    }
}

fn at(finding: Finding, file: &str, line: usize) -> Finding {
    let file = file.to_owned();
    Finding {
        place: Some(Place { file, line }),
        ..finding
    }
}

/// A review of two profiles with everything in it that a format has to show.
fn review() -> Report {
    let both = ["personal", "community"];
    let breaks = change(
        Code::Breaks,
        "http_upload",
        "http_upload will not load",
        &both,
    );
    let mut breaks = breaks.reason("only its README remains in 13.0; withdrawn in 2025");
    let bundled = change(Code::Bundled, "smacks", "smacks moved into Prosody", &[]);
    breaks.facts = vec![
        bundled,
        change(Code::SummaryChanged, "x", "x: the summary", &[]),
    ];
    let clash = change(
        Code::Clashes,
        "a_b",
        "a_b and *c* load together",
        &["community"],
    );
    let clash = at(clash.reason("x|y"), "conf/prosody.cfg.lua", 7);
    let pulled_in = change(Code::PulledIn, "rtbl", "rtbl will load", &["personal"]);
    let removed = change(Code::ModuleRemoved, "old", "old is gone", &both);
    let findings = vec![
        other(change(Code::ModuleAdded, "new", "new is new", &[])),
        removed,
        accepted(pulled_in, "we want it"),
        breaks,
        clash,
        other(change(Code::Appeared, "one", "one is new", &[])),
        other(change(Code::Appeared, "two", "two is new", &[])),
    ];
    let scopes = vec![
        scope("personal", ScopeKind::Selection, Some(20), 20),
        scope("community", ScopeKind::Selection, Some(30), 29),
    ];
    Report::new(vec![side("0.12"), side("13.0")], scopes, findings)
}

/// What status says of a server.
fn status() -> Report {
    let missing = Finding::new(Code::Missing, "carbons is expected but not loaded");
    let missing = missing.about("carbons").on("a.example");
    let global = Finding::new(Code::Failed, "s2s does not work")
        .about("s2s")
        .on("*");
    let unknown = Finding::new(Code::UnknownHost, "this may be a host").on("b.example");
    let configuration = Some("/etc/prosody.cfg.lua".to_owned());
    let scopes = vec![
        scope("*", ScopeKind::Global, None, 1),
        scope("a.example", ScopeKind::VirtualHost, None, 12),
        scope("muc.a", ScopeKind::Component, None, 2),
    ];
    let side = Side {
        configuration,
        ..side("13.0")
    };
    let mut report = Report::of_side(side, scopes, vec![missing, global, unknown]);
    report.profile_lines = Some(ProfileLines {
        planned: "Module stability profile: Core=2".to_owned(),
        running: "Module stability profile: Core=1".to_owned(),
    });
    report
}

/// The page of a report.
fn page(report: &Report) -> String {
    page_with(report, None)
}

fn page_with(report: &Report, explorer: Option<&str>) -> String {
    let presentation = Presentation {
        command: "check",
        summary: false,
        explorer,
    };
    html(report, presentation)
}

#[test]
fn a_page_leads_to_the_modules_that_an_entry_is_about() {
    let page = page_with(&review(), Some("all.html"));
    let links = page.split("<a href=\"all.html#").skip(1);
    let links: Vec<&str> = links
        .map(|rest| rest.split('"').next().unwrap_or_default())
        .collect();
    // Of entries, of their facts, and of what is accepted; not of the counted other changes.
    let expected = [
        "mod_http_upload",
        "mod_smacks",
        "mod_x",
        "mod_a_b",
        "mod_old",
        "mod_rtbl",
    ];
    assert_eq!(links, expected);
}

#[test]
fn a_page_names_the_kind_of_its_report() {
    let rehearsed = |mut report: Report| {
        let file = ("prosody.cfg.lua".to_owned(), "as it is".to_owned());
        report.scopes[0].files.extend([file]);
        report
    };
    let mut checked = status();
    checked.profile_lines = None;
    for (report, kind) in [
        (review(), "Review of an upgrade"),
        (rehearsed(review()), "Rehearsal of an upgrade"),
        (rehearsed(checked.clone()), "Rehearsal of a server"),
        (status(), "Running server"),
        (checked, "Report"),
    ] {
        let heading = format!("<p class=\"tool\">{kind} · prosody-stability</p>");
        assert!(page(&report).contains(&heading), "{kind}");
    }
}

#[test]
fn a_verdict_names_whom_it_concerns() {
    let review_of = |scopes: Vec<Scope>, selections: &[&str]| {
        let breaks = change(Code::Breaks, "x", "x will not load", selections);
        Report::new(vec![side("0.12"), side("13.0")], scopes, vec![breaks])
    };
    let selection = |name| scope(name, ScopeKind::Selection, Some(1), 0);
    let host = scope("a.example", ScopeKind::VirtualHost, Some(1), 0);
    let machine = |name| scope(name, ScopeKind::Machine, Some(1), 0);
    for (report, words) in [
        (
            review_of(vec![selection("personal")], &["personal"]),
            "breaks with your selection",
        ),
        (
            review_of(vec![selection("personal"), selection("mine")], &["mine"]),
            "breaks under one of two profiles",
        ),
        (
            review_of(
                vec![selection("personal"), selection("mine")],
                &["personal", "mine"],
            ),
            "breaks under all two profiles",
        ),
        (review_of(vec![host], &[]), "breaks on this server"),
        (
            review_of(vec![machine("a")], &["a"]),
            "breaks on this machine",
        ),
        (
            review_of(vec![machine("a"), machine("b")], &["a"]),
            "breaks on one of two machines",
        ),
    ] {
        assert!(
            page(&report).contains(words),
            "{words}: {:?}",
            report.scopes
        );
    }
}

fn lines(text: &str) -> Vec<&str> {
    text.split('\n').collect()
}

/// A text as a terminal without colours shows it.
fn plain(report: &Report, width: Option<usize>, all: bool) -> String {
    anstream::adapter::strip_str(&text::text(
        report,
        width,
        text::Detail { all, codes: true },
    ))
    .to_string()
}

#[test]
fn a_review_at_a_terminal() {
    let report = review();
    assert_eq!(
        lines(&plain(&report, Some(60), false)),
        [
            "Prosody 0.12 → 13.0, inventory built-in: 2 breaking, 0 warnings, 1 info, 1 accepted",
            "  personal   1 breaking, 0 warnings, 1 info, 1 accepted; 20 modules load",
            "  community  2 breaking, 0 warnings, 1 info; 30 → 29 modules load",
            "",
            "breaking  http_upload will not load: only its README remains",
            "          in 13.0; withdrawn in 2025 (all profiles)",
            "          [breaks f11]",
            "          → disable it explicitly, or stay on the old",
            "          release",
            "          - smacks moved into Prosody [bundled f6]",
            "            → stop installing the community copy",
            "          1 fact (--all lists them)",
            "breaking  a_b and *c* load together: x|y (community) at",
            "          conf/prosody.cfg.lua:7 [clashes f3]",
            "          → disable one of the two explicitly",
            "accepted  rtbl will load (personal) [pulled-in f4]",
            "          accepted: we want it",
            "info      old is gone (all profiles) [module-removed f3]",
            "          → remove it from your overrides",
            "",
            "1 other change in the inventory, 2 other changes in Prosody and prosody-modules (--all lists them)",
            ""
        ]
    );
    assert_eq!(
        lines(&plain(&report, None, true)),
        [
            "Prosody 0.12 → 13.0, inventory built-in: 2 breaking, 0 warnings, 1 info, 1 accepted",
            "  personal   1 breaking, 0 warnings, 1 info, 1 accepted; 20 modules load",
            "  community  2 breaking, 0 warnings, 1 info; 30 → 29 modules load",
            "",
            "breaking  http_upload will not load: only its README remains in 13.0; withdrawn in 2025 (all profiles) [breaks f11]",
            "          → disable it explicitly, or stay on the old release",
            "          - smacks moved into Prosody [bundled f6]",
            "            → stop installing the community copy",
            "          - x: the summary [summary-changed f1]",
            "breaking  a_b and *c* load together: x|y (community) at conf/prosody.cfg.lua:7 [clashes f3]",
            "          → disable one of the two explicitly",
            "accepted  rtbl will load (personal) [pulled-in f4]",
            "          accepted: we want it",
            "info      old is gone (all profiles) [module-removed f3]",
            "          → remove it from your overrides",
            "info      new is new [module-added f3]",
            "info      one is new [appeared f3]",
            "info      two is new [appeared f3]",
            ""
        ]
    );
}

#[test]
fn the_code_stands_behind_the_message_where_there_is_room() {
    let finding = Finding::new(Code::Clash, "twenty columns wide.");
    let report = Report::of_side(side("13.0"), Vec::new(), vec![finding]);
    let second = |width| {
        let text = plain(&report, Some(width), true);
        text.lines().nth(2).unwrap().to_owned()
    };
    // Ten columns for the severity, twenty, a blank, and `[clash]`.
    let whole = "error     twenty columns wide. [clash]";
    assert_eq!(whole.len(), 38);
    assert_eq!(second(38), whole);
    assert_eq!(second(37), "error     twenty columns wide.");
    assert_eq!(second(120), whole);
}

#[test]
fn a_status_at_a_terminal() {
    let mut report = status();
    assert_eq!(
        lines(&plain(&report, None, true)),
        [
            "Module stability profile: Core=1",
            "Planned: Core=2",
            "Prosody 13.0, /etc/prosody.cfg.lua: 3 errors, 0 warnings, 0 info, 1 undetermined",
            "  global section     1 error, 0 warnings, 0 info; 1 module",
            "  a.example          1 error, 0 warnings, 0 info; 12 modules",
            "  muc.a (component)  0 errors, 0 warnings, 0 info; 2 modules",
            "",
            "error     carbons is expected but not loaded (a.example) [missing]",
            "          → see Prosody's log for the reason",
            "error     s2s does not work [failed]",
            "          → see Prosody's log for the reason",
            "error     this may be a host (b.example) [unknown-host]",
            "          → add what `prosodyctl shell host list` prints to the listing",
            ""
        ]
    );
    // What runs as planned is said once.
    let lines = report.profile_lines.as_mut().unwrap();
    lines.planned = lines.running.clone();
    let text = plain(&report, None, true);
    assert!(!text.contains("Planned"), "{text}");
}

#[test]
fn a_review_in_a_pull_request() {
    assert_eq!(
        lines(&markdown::markdown(&review(), false, false)),
        [
            "## Prosody 0.12 → 13.0, inventory built-in",
            "",
            "**2 breaking, 0 warnings, 1 info, 1 accepted**",
            "",
            "| where | breaking | warnings | info | modules |",
            "| --- | --- | --- | --- | --- |",
            "| personal | 1 | 0 | 1 | 20 → 20 |",
            "| community | 2 | 0 | 1 | 30 → 29 |",
            "",
            "### Breaking: 2",
            "",
            "| change | where | what to do | code |",
            "| --- | --- | --- | --- |",
            "| http\\_upload will not load: only its README remains in 13.0; withdrawn in 2025<br>• smacks moved into Prosody `bundled` `f6`<br>• x: the summary `summary-changed` | all profiles | disable it explicitly, or stay on the old release | `breaks` `f11` |",
            "| a\\_b and \\*c\\* load together: x\\|y | community `conf/prosody.cfg.lua:7` | disable one of the two explicitly | `clashes` `f3` |",
            "",
            "### Warnings: 1",
            "",
            "| change | where | what to do | code |",
            "| --- | --- | --- | --- |",
            "| ~~rtbl will load~~ | personal | accepted: we want it | `pulled-in` `f4` |",
            "",
            "<details><summary>Informational: 1</summary>",
            "",
            "| change | where | what to do | code |",
            "| --- | --- | --- | --- |",
            "| old is gone | all profiles | remove it from your overrides | `module-removed` |",
            "",
            "</details>",
            "",
            "1 other change in the inventory, 2 other changes in Prosody and prosody-modules (`--all` lists them)",
            ""
        ]
    );
    let all = markdown::markdown(&review(), false, true);
    let (_, rest) = all.split_once("\n</details>\n").unwrap();
    assert_eq!(
        lines(rest),
        [
            "",
            "<details><summary>1 other change in the inventory, 2 other changes in Prosody and prosody-modules</summary>",
            "",
            "| change | where | what to do | code |",
            "| --- | --- | --- | --- |",
            "| new is new |  |  | `module-added` |",
            "| one is new |  |  | `appeared` |",
            "| two is new |  |  | `appeared` |",
            "",
            "</details>",
            ""
        ]
    );
    let summary = markdown::markdown(&review(), true, true);
    assert!(all.starts_with(&summary), "{summary}");
    assert!(summary.ends_with("| 30 → 29 |\n"), "{summary}");
}

#[test]
fn a_status_in_markdown() {
    assert_eq!(
        lines(&markdown::markdown(&status(), false, true)),
        [
            "## Prosody 13.0, /etc/prosody.cfg.lua",
            "",
            "**3 errors, 0 warnings, 0 info, 1 undetermined**",
            "",
            "Running: Module stability profile: Core=1",
            "",
            "Planned: Module stability profile: Core=2",
            "",
            "| where | errors | warnings | info | modules |",
            "| --- | --- | --- | --- | --- |",
            "| `*` | 1 | 0 | 0 | 1 |",
            "| `a.example` | 1 | 0 | 0 | 12 |",
            "| `muc.a` | 0 | 0 | 0 | 2 |",
            "",
            "### Errors: 3",
            "",
            "| change | where | what to do | code |",
            "| --- | --- | --- | --- |",
            "| carbons is expected but not loaded | `a.example` | see Prosody's log for the reason | `missing` |",
            "| s2s does not work |  | see Prosody's log for the reason | `failed` |",
            "| this may be a host | `b.example` | add what \\`prosodyctl shell host list\\` prints to the listing | `unknown-host` |",
            ""
        ]
    );
}

#[test]
fn annotations_of_a_review() {
    let place = |finding: &Finding| {
        let file = "stability.json".to_owned();
        (finding.code == Code::Breaks).then_some(Place { file, line: 1 })
    };
    assert_eq!(
        lines(&github::github(&review(), place)),
        [
            "::error file=stability.json,line=1,title=breaks::http_upload will not load: only its README remains in 13.0; withdrawn in 2025 (all profiles)%0Adisable it explicitly, or stay on the old release%0A- smacks moved into Prosody [f6]%0AProsody 0.12 → 13.0, inventory built-in [f11]",
            "::error file=conf/prosody.cfg.lua,line=7,title=clashes::a_b and *c* load together: x|y (community)%0Adisable one of the two explicitly%0AProsody 0.12 → 13.0, inventory built-in [f3]",
            ""
        ]
    );
    assert_eq!(
        lines(&github::github(&status(), |_| None)),
        [
            "::error title=missing::carbons is expected but not loaded (a.example)%0Asee Prosody's log for the reason",
            "::error title=failed::s2s does not work%0Asee Prosody's log for the reason",
            "::error title=unknown-host::this may be a host (b.example)%0Aadd what `prosodyctl shell host list` prints to the listing",
            ""
        ]
    );
}

#[test]
fn what_several_hosts_lack_is_one_entry_at_a_terminal() {
    let missing = |host: &str, reason: &str| {
        let finding = Finding::new(Code::Missing, "carbons is expected but not loaded");
        finding.about("carbons").reason(reason).on(host)
    };
    let scopes = ["a.example", "b.example", "c.example", "d.example"]
        .map(|name| scope(name, ScopeKind::VirtualHost, None, 1));
    let findings = vec![
        missing("a.example", "x"),
        missing("b.example", "y"),
        missing("c.example", "x"),
        at(missing("d.example", "x"), "prosody.cfg.lua", 3),
    ];
    let report = Report::of_side(side("13.0"), scopes.to_vec(), findings);
    let text = plain(&report, None, true);
    let entries: Vec<_> = text.lines().filter(|l| l.starts_with("error ")).collect();
    let entry = "error     carbons is expected but not loaded";
    assert_eq!(
        entries,
        [
            // What differs in a reason or has a place of its own stays apart.
            format!("{entry}: x (a.example, c.example) [missing]"),
            format!("{entry}: y (b.example) [missing]"),
            format!("{entry}: x (d.example) at prosody.cfg.lua:3 [missing]"),
        ]
    );
}

#[test]
fn what_to_do_about_a_fact_is_said_unless_it_is_informational() {
    let helps = |severity: Severity| {
        let fact = change(Code::Withdrawn, "f", "f was withdrawn", &["personal"]);
        let fact = fact.severity(severity).help("act on the fact");
        let mut head = change(Code::Breaks, "m", "m will not load", &["personal"]);
        head = head.severity(severity).help("act on the entry");
        head.facts = vec![fact];
        let scopes = vec![scope("personal", ScopeKind::Selection, Some(1), 1)];
        let report = Report::new(vec![side("0.12"), side("13.0")], scopes, vec![head]);
        let text = plain(&report, None, true);
        ["entry", "fact"].map(|what| text.contains(&format!("→ act on the {what}\n")))
    };
    assert_eq!(helps(Severity::Info), [true, false]);
    assert_eq!(helps(Severity::Warning), [true, true]);
}

/// Changes of the release about modules that load, which need no action.
fn in_the_background(count: usize) -> Report {
    let summary = |index: usize| {
        let name = format!("m{index:02}");
        change(
            Code::SummaryChanged,
            &name,
            &format!("{name}: the summary"),
            &["personal"],
        )
    };
    let scopes = vec![scope("personal", ScopeKind::Selection, Some(1), 1)];
    let sides = vec![side("0.12"), side("13.0")];
    Report::new(sides, scopes, (0..count).map(summary).collect())
}

#[test]
fn of_what_needs_no_action_thirty_are_shown() {
    let shown = |count, all| {
        let text = plain(&in_the_background(count), None, all);
        let shown = text.matches("the summary").count();
        (shown, text.lines().last().unwrap().to_owned())
    };
    assert_eq!(shown(30, false).0, 30);
    assert!(shown(30, false).1.contains("m29"));
    assert_eq!(
        shown(32, false),
        (30, "2 more info (--all lists them)".to_owned())
    );
    assert_eq!(shown(32, true).0, 32);
    // Annotations are for what needs action.
    assert_eq!(github::github(&in_the_background(3), |_| None), "");
}

#[test]
fn a_review_that_finds_nothing_says_so() {
    let scopes = vec![scope("personal", ScopeKind::Selection, Some(1), 1)];
    let sides = |new| vec![side("0.12"), side(new)];
    let same = Report::new(sides("0.12"), scopes.clone(), Vec::new());
    assert_eq!(
        plain(&same, None, true),
        "Prosody 0.12, inventory built-in: both sides are the same, nothing to compare\n"
    );
    let nothing = Report::new(sides("13.0"), scopes.clone(), Vec::new());
    let title = "Prosody 0.12 → 13.0, inventory built-in: ";
    assert_eq!(
        plain(&nothing, None, true),
        format!("{title}nothing changes\n")
    );
    assert_eq!(markdown::markdown(&nothing, false, true), "");
    // What touches nothing that loads is counted, and the profiles are listed.
    let one = other(change(Code::Appeared, "one", "one is new", &[]));
    let report = Report::new(sides("13.0"), scopes, vec![one]);
    assert_eq!(
        plain(&report, None, false),
        format!(
            "{title}0 breaking, 0 warnings, 0 info\n  personal  0 breaking, 0 warnings, 0 info; \
             1 module load\n\n1 other change in Prosody and prosody-modules (--all lists them)\n"
        )
    );
    // One side that finds nothing has its counts.
    let one_side = Report::of_side(side("13.0"), Vec::new(), Vec::new());
    let title = "Prosody 13.0, inventory built-in: 0 errors, 0 warnings, 0 info\n";
    assert_eq!(plain(&one_side, None, true), title);
    assert_ne!(markdown::markdown(&one_side, false, true), "");
}

#[test]
fn many_facts_are_counted() {
    let with = |count: usize| {
        let mut head = change(Code::Breaks, "m", "m will not load", &["personal"]);
        let fact = |index| {
            change(
                Code::Withdrawn,
                "f",
                &format!("fact {index}"),
                &["personal"],
            )
        };
        head.facts = (0..count).map(fact).collect();
        let scopes = vec![scope("personal", ScopeKind::Selection, Some(1), 1)];
        Report::new(vec![side("0.12"), side("13.0")], scopes, vec![head])
    };
    let count = |text: &str, what: &str| text.matches(what).count();
    for (facts, more) in [
        (12, None),
        (13, Some("1 more fact")),
        (15, Some("3 more facts")),
    ] {
        let report = with(facts);
        let markdown = markdown::markdown(&report, false, false);
        let github = github::github(&report, |_| None);
        for text in [&markdown, &github] {
            assert_eq!(count(text, "fact 1 "), 1, "{text}");
            assert_eq!(count(text, "fact 11"), 1, "{text}");
            assert_eq!(count(text, "fact 12"), 0, "{text}");
            assert_eq!(
                count(text, "more fact"),
                usize::from(more.is_some()),
                "{text}"
            );
            assert!(text.contains(more.unwrap_or_default()), "{text}");
        }
        assert!(!markdown.contains("more facts") || facts == 15);
        let text = plain(&report, None, false);
        assert_eq!(count(&text, "fact "), facts, "{text}");
    }
}

#[test]
fn a_comment_is_never_longer_than_a_pull_request_takes() {
    let long = "x".repeat(350);
    let finding = |index: usize| {
        let message = format!("m{index} {long}");
        change(Code::Breaks, "m", &message, &["personal"])
    };
    let scopes = vec![scope("personal", ScopeKind::Selection, Some(1), 1)];
    let findings: Vec<Finding> = (0..300).map(finding).collect();
    let rest = change(Code::PulledIn, "rtbl", "rtbl will load", &["personal"]);
    let findings = [findings, vec![rest]].concat();
    let report = Report::new(vec![side("0.12"), side("13.0")], scopes, findings);
    let text = markdown::markdown(&report, false, false);
    assert!(text.len() <= 65_535, "{}", text.len());
    assert!(text.len() > 60_000, "{}", text.len());
    let shown = (0..300)
        .filter(|index| text.contains(&format!("| m{index} ")))
        .count();
    // The rows that do not fit are counted, and nothing smaller is put in their place.
    assert!(
        text.contains(&format!("\n… and {} more entries\n", 300 - shown)),
        "{shown}"
    );
    assert!(text.contains("### Breaking: 300"));
    assert!(text.contains("### Warnings: 1\n"));
    // A header is never alone.
    let headers = text.matches("| change | where |").count();
    let tables = text.matches("|\n| --- | --- | --- | --- |\n| ").count();
    assert_eq!(headers, tables);
}

#[test]
fn a_finding_counts_by_the_worst_of_it_that_nobody_accepted() {
    let breaks = || change(Code::Breaks, "m", "m will not load", &["personal"]);
    let warning = || change(Code::Withdrawn, "m", "m was withdrawn", &["personal"]);
    let info = || change(Code::SummaryChanged, "m", "m: the summary", &["personal"]);
    let with = |head: Finding, fact: Finding| Finding {
        facts: vec![fact],
        ..head
    };
    for (finding, expected) in [
        (breaks(), Some(Severity::Breaking)),
        (accepted(breaks(), "x"), None),
        (
            with(accepted(breaks(), "x"), warning()),
            Some(Severity::Warning),
        ),
        (with(accepted(breaks(), "x"), info()), None),
        (with(info(), warning()), Some(Severity::Warning)),
        (with(info(), accepted(warning(), "x")), None),
        (
            with(warning(), accepted(breaks(), "x")),
            Some(Severity::Warning),
        ),
        (info(), Some(Severity::Info)),
    ] {
        assert_eq!(finding.open_severity(), expected, "{finding:#?}");
        let report = Report::new(vec![side("1"), side("2")], Vec::new(), vec![finding]);
        for severity in [
            Severity::Info,
            Severity::Warning,
            Severity::Error,
            Severity::Breaking,
        ] {
            let reaches = report.reaches(severity);
            if severity > Severity::Info {
                assert_eq!(reaches, expected >= Some(severity), "{report:#?}");
            }
        }
    }
}

#[test]
fn only_changes_of_what_is_there_are_background() {
    let is_background = |code: Code| change(code, "m", "m", &["personal"]).is_background();
    assert!(is_background(Code::SummaryChanged));
    assert!(is_background(Code::TextChanged));
    assert!(!is_background(Code::Mends), "it is about what loads");
    assert!(!is_background(Code::Withdrawn), "it is a warning");
    let found = Finding::new(Code::Shadowing, "m").severity(Severity::Info);
    assert!(!found.is_background(), "it is no change");
}

#[test]
fn doubt_within_an_entry_is_doubt() {
    let mut finding = change(Code::Breaks, "m", "m", &["personal"]);
    assert!(!finding.is_doubt_within());
    finding
        .facts
        .push(Finding::new(Code::Undecided, "cannot determine x"));
    assert!(finding.is_doubt_within());
    let report = Report::of_side(side("13.0"), Vec::new(), vec![finding]);
    assert!(report.is_in_doubt());
    assert_eq!(report.counts.undetermined, 1);
    assert!(
        report.result().ends_with(", 1 undetermined"),
        "{}",
        report.result()
    );
}

#[test]
fn whom_a_finding_concerns_is_said_where_there_is_more_than_one() {
    let report = review();
    let concerned_scopes =
        |selections: &[&str]| report.concerned_scopes(&change(Code::Breaks, "m", "m", selections));
    assert_eq!(concerned_scopes(&[]), None);
    assert_eq!(
        concerned_scopes(&["community"]).as_deref(),
        Some("community")
    );
    assert_eq!(
        concerned_scopes(&["personal", "community"]).as_deref(),
        Some("all profiles")
    );
    let mut hosts = status();
    hosts.scopes.truncate(2);
    let finding = change(Code::Breaks, "m", "m", &["*", "a.example"]);
    assert_eq!(
        hosts.concerned_scopes(&finding).as_deref(),
        Some("all hosts")
    );
    hosts.scopes.truncate(1);
    let finding = change(Code::Breaks, "m", "m", &["*"]);
    assert_eq!(hosts.concerned_scopes(&finding), None);
    assert_eq!(hosts.concerned_scopes(&finding.clone().on("*")), None);
    assert_eq!(
        hosts.concerned_scopes(&finding.on("a.example")).as_deref(),
        Some("a.example")
    );
}

#[test]
fn a_scope_counts_what_concerns_it() {
    let report = review();
    let counts: Vec<_> = report.scopes.iter().map(|s| s.counts.words(true)).collect();
    assert_eq!(
        counts,
        [
            "1 breaking, 0 warnings, 1 info, 1 accepted",
            "2 breaking, 0 warnings, 1 info",
        ]
    );
    // A fact below an entry concerns its scopes as well.
    let mut head = change(Code::Breaks, "m", "m", &["personal"]);
    head.facts = vec![change(Code::Withdrawn, "m", "m", &["community"])];
    let scopes = vec![
        scope("personal", ScopeKind::Selection, None, 1),
        scope("community", ScopeKind::Selection, None, 1),
    ];
    let report = Report::new(vec![side("1"), side("2")], scopes, vec![head]);
    assert_eq!(report.scopes[1].counts.breaking, 1);
    let details = Details::default();
    assert_eq!(report.findings[0].details, details);
}

#[test]
fn a_summary_counts_the_hosts_that_it_has_no_room_for() {
    let report_of = |hosts: usize| {
        let host = |at: usize| {
            let mut scope = scope(&format!("h{at}.example"), ScopeKind::VirtualHost, None, 1);
            scope.counts.warning = at + 1;
            scope
        };
        let finding = Finding::new(Code::Missing, "carbons is expected but not loaded");
        let finding = finding.about("carbons").on("h0.example");
        Report::of_side(side("13.0"), (0..hosts).map(host).collect(), vec![finding])
    };
    let rows = |text: &str| {
        text.lines()
            .filter(|line| line.contains(".example  "))
            .count()
    };
    let all = plain(&report_of(40), None, false);
    assert_eq!((rows(&all), all.contains("more row")), (40, false), "{all}");
    let cut = plain(&report_of(43), None, false);
    assert_eq!(rows(&cut), 40, "{cut}");
    assert!(
        cut.contains("… and 3 more rows (--format json lists them)"),
        "{cut}"
    );
}

#[test]
fn a_few_hosts_are_named_and_of_many_or_of_machines_the_first() {
    let words = |kind: ScopeKind, scopes: usize, concerned: usize| {
        let names: Vec<String> = (0..scopes).map(|at| format!("h{at}")).collect();
        let scopes = names.iter().map(|name| scope(name, kind, Some(1), 1));
        let concerned: Vec<&str> = names[..concerned].iter().map(String::as_str).collect();
        let breaks = change(Code::Breaks, "x", "x will not load", &concerned);
        let report = Report::new(
            vec![side("0.12"), side("13.0")],
            scopes.collect(),
            vec![breaks],
        );
        report.concerned_scopes(&report.findings[0])
    };
    let host = ScopeKind::VirtualHost;
    assert_eq!(words(host, 1, 1), None);
    assert_eq!(words(host, 9, 1).unwrap(), "h0");
    assert_eq!(words(host, 9, 5).unwrap(), "h0, h1, h2, h3, h4");
    assert_eq!(words(host, 9, 8).unwrap(), "h0, h1, h2, h3, h4, h5, h6, h7");
    let many = words(host, 11, 9).unwrap();
    assert!(
        many.starts_with("h0, h1") && many.ends_with(" more"),
        "{many}"
    );
    let machines = words(ScopeKind::Machine, 9, 5).unwrap();
    assert!(
        machines.starts_with("h0, h1") && machines.ends_with(" more"),
        "{machines}"
    );
}
