//! A report as a page for those who decide: the verdict and what to do first, then one entry for each
//! cause, with its facts folded.

mod entry;
mod filters;
mod others;
mod scopes;
mod verdict;
mod view;

use maud::{Markup, html};

use super::{Report, Side, counted};
use crate::html::{Page, SafeText, icon, name, number, page};
use view::{SECTIONS, View};

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// What a page shows in addition to its report.
#[derive(Clone, Copy, Debug, Default)]
pub struct Presentation<'a> {
    /// What made it.
    pub command: &'a str,
    /// The verdict and the counts only.
    pub summary: bool,
    /// Where the page of all modules is, to which modules lead.
    pub explorer: Option<&'a str>,
}

/// The page.
pub fn html(report: &Report, presentation: Presentation<'_>) -> String {
    let Presentation {
        command,
        summary,
        explorer,
    } = presentation;
    let view = View::new(report, explorer);
    let verdict = verdict::Verdict::of(&view);
    let shows_entries = !summary && view.has_entries();
    let style = [STYLE, &filters::rules(&view)].concat();
    let body = html! {
        header {
            p.tool { (kind(report)) " · prosody-stability" }
            h1 { "Prosody " (releases(report)) }
            p.scope { (scope(report)) }
        }
        main id="ui-main" tabindex="-1" {
            (verdict.render(&view))
            (counts(&view, summary))
            (scopes::table(report))
            @if shows_entries {
                (filters::filters(&view))
                div id="ui-list" tabindex="-1" {
                    @for section in &SECTIONS { (entry::section(&view, section)) }
                }
            }
            @if !summary {
                (others::others(&view))
                (entry::accepted(&view))
            }
        }
        (footer(report, &view, command))
    };
    let title = format!(
        "{}: {}",
        sides(report, |side| &side.release),
        verdict.sentence
    );
    let description = format!("{}. {}.", verdict.sentence, report.result());
    page(Page {
        title: &title,
        description: &description,
        style: &style,
        script: SCRIPT,
        skip: match shows_entries {
            true => ("#ui-list", "Skip to the findings"),
            false => ("#ui-main", "Skip to the result"),
        },
        body,
    })
}

fn kind(report: &Report) -> &'static str {
    let is_rehearsed = report.scopes.iter().any(|scope| !scope.files.is_empty());
    match (report.is_review(), is_rehearsed) {
        (true, true) => "Rehearsal of an upgrade",
        (true, false) => "Review of an upgrade",
        (false, true) => "Rehearsal of a server",
        (false, false) if report.profile_lines.is_some() => "Running server",
        (false, false) => "Report",
    }
}

/// What the sides have, each text once: `0.12 → 13.0`.
fn sides<'r>(report: &'r Report, part: impl Fn(&'r Side) -> &'r str) -> String {
    let mut parts: Vec<&str> = report.sides.iter().map(part).collect();
    parts.dedup();
    parts.join(" → ")
}

fn releases(report: &Report) -> Markup {
    match report.sides.as_slice() {
        [old, new] if old.release != new.release => html! {
            (SafeText(&old.release)) " " span.arrow aria-hidden="true" { "→" } span.vh { "to" } " " (SafeText(&new.release))
        },
        sides => html! { @if let Some(side) = sides.first() { (SafeText(&side.release)) } },
    }
}

/// What was looked at: files or inventories, and hosts or profiles.
fn scope(report: &Report) -> Markup {
    let configured = report.sides.iter().any(|side| side.configuration.is_some());
    let mut files: Vec<&str> = report.sides.iter().map(looked_at).collect();
    files.dedup();
    html! {
        @if !configured { "inventory " }
        @for (index, file) in files.iter().enumerate() {
            @if index > 0 { " → " }
            (name(file))
        }
        @match report.scopes.as_slice() {
            [] => {},
            [only] => { " · " (scopes::scope_name(only)) }
            [first, rest @ ..] => { " · " (scopes::scope_name(first)) " and " (number(rest.len())) " more" }
        }
    }
}

/// The file of a side, or its inventory.
fn looked_at(side: &Side) -> &str {
    side.configuration.as_deref().unwrap_or(&side.inventory)
}

/// How many entries there are of each severity, each a link to its section.
fn counts(view: &View<'_>, summary: bool) -> Markup {
    let (counts, other) = (view.counts(), view.others().count());
    let link = |id: &'static str, is_linked: bool, class: &str, inside: Markup| {
        html! {
            @if is_linked && !summary { a href={ "#" (id) } class=(class) { (inside) } }
            @else { span class=(class) { (inside) } }
        }
    };
    html! {
        p.counts {
            @for (section, count) in counts.iter().filter(|(section, count)| section.severity.is_always_counted(view.report.is_review()) || *count > 0) {
                @let class = if *count > 0 { section.colour } else { "z" };
                (link(section.id, *count > 0, class, html! {
                    (icon(section.colour)) b { (count) } span { (section.severity.plural(*count)) }
                }))
            }
            @if view.accepted().count() > 0 {
                (link("ui-acc", true, "z", html! { b { (view.accepted().count()) } span { "accepted" } }))
            }
            @if other > 0 {
                (link("ui-rest", true, "z", html! { b { (other) } span { "other changes" } }))
            }
        }
    }
}

fn footer(report: &Report, view: &View<'_>, command: &str) -> Markup {
    let sources = sides(report, |side| &side.sources);
    let (entries, facts) = view.size();
    html! {
        footer {
            @if facts > entries {
                p {
                    (counted(entries, "entry").replace("entrys", "entries")) " from " (counted(facts, "fact"))
                    ". An entry is one cause with all its effects."
                }
            }
            @if !sources.is_empty() {
                p { "Facts: " (SafeText(&sources)) }
            }
            p { "Generated by " code { (SafeText(command)) } }
        }
    }
}
