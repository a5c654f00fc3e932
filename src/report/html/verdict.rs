//! The verdict: one sentence, never that something is safe, and what to do first.

use maud::{Markup, html};

use super::view::{Entry, View};
use crate::html::{SafeText, capital, icon, name, number, prose};
use crate::report::{Code, Counts, Finding, Scope, ScopeKind, Severity};

/// How many actions and how many doubts the verdict lists.
const LISTED: usize = 7;

/// What a report says in one sentence.
pub struct Verdict {
    /// The sentence, without its final period.
    pub sentence: String,
    /// The name of its look.
    look: &'static str,
    /// What follows from it, where there is nothing to list.
    sub: Option<&'static str>,
}

impl Verdict {
    pub fn of(view: &View<'_>) -> Self {
        let report = view.report;
        let is_review = report.is_review();
        let certain = |severity| {
            let entries = view.entries(severity);
            entries.filter(|entry| !entry.finding.is_doubt()).count()
        };
        let (breaking, errors) = (certain(Severity::Breaking), certain(Severity::Error));
        let (warnings, infos) = (certain(Severity::Warning), certain(Severity::Info));
        let doubts = view.doubts().count();
        if breaking + errors > 0 {
            let sentence = match is_review {
                true => format!("Not yet: {}{}", breaks(breaking, errors), place(view)),
                false => {
                    let errors = capital(&things(errors + breaking, "error"));
                    match doubts {
                        0 => format!("{errors} found"),
                        // Most are counted as errors below, too.
                        _ => format!(
                            "{errors} found, and {} could not be determined",
                            things(doubts, "thing")
                        ),
                    }
                }
            };
            return Self::new(sentence, "bad", None);
        }
        if doubts > 0 {
            let only_settings = view
                .doubts()
                .all(|(_, finding)| finding.code == Code::Undecided);
            let noun = if only_settings { "setting" } else { "thing" };
            let sentence = format!(
                "Cannot say: {} could not be determined",
                things(doubts, noun)
            );
            let sub = match is_review {
                true => "In what could be determined, nothing breaks.",
                false => "In what could be determined, there is no error.",
            };
            return Self::new(sentence, "unknown", Some(sub));
        }
        let sentence = match is_review {
            true => "Nothing breaks",
            false => "No errors",
        };
        if warnings > 0 {
            let verb = if warnings == 1 { "needs" } else { "need" };
            let warnings = things(warnings, "warning");
            let sentence = format!("{sentence}, but {warnings} {verb} your attention");
            let sub = is_review.then_some("Read the warnings before you upgrade.");
            return Self::new(sentence, "warn", sub);
        }
        let sentence = match (infos, view.others().count(), view.accepted().count()) {
            (1.., _, _) if is_review => format!("{sentence}, and nothing needs manual action"),
            (1.., _, _) => format!("{sentence} and no warnings"),
            (0, 0, 0) if is_review => "Nothing changes".to_owned(),
            (0, 0, 0) => "Nothing to report".to_owned(),
            (0, _, 1..) => format!("{sentence} beyond what was accepted"),
            (0, _, 0) => format!("{sentence}, and no change affects what you load"),
        };
        Self::new(sentence, "ok", None)
    }

    fn new(sentence: String, look: &'static str, sub: Option<&'static str>) -> Self {
        Self {
            sentence,
            look,
            sub,
        }
    }

    /// The verdict with what to do, and what could not be determined.
    pub fn render(&self, view: &View<'_>) -> Markup {
        let worst = view
            .entries(Severity::Breaking)
            .chain(view.entries(Severity::Error));
        let actions: Vec<Entry<'_>> = worst.filter(|entry| !entry.finding.is_doubt()).collect();
        let is_review = view.report.is_review();
        html! {
            div class={ "verdict " (self.look) } role="group" aria-label="Verdict" {
                p.say { (icon(self.look)) span { (self.sentence) } }
                @if let Some(sub) = self.sub { p.sub { (sub) } }
                @if let Some(lines) = &view.report.profile_lines {
                    p.sub { (SafeText(&lines.running)) }
                    @if lines.running != lines.planned {
                        p.sub.mut { "Planned: " (SafeText(lines.planned.split_once(": ").map_or(&*lines.planned, |(_, counts)| counts))) }
                    }
                }
                @if !actions.is_empty() {
                    h2 { @if is_review { "Before you upgrade" } @else { "What to do" } }
                    ol.todo {
                        @for entry in actions.iter().take(LISTED) { (action(view, *entry)) }
                        @if actions.len() > LISTED {
                            li.more { a href={ "#" (first(&actions)) } { (actions.len() - LISTED) " more" } }
                        }
                    }
                }
                (doubts(view, self.look == "unknown"))
            }
        }
    }
}

/// One line of what to do: the name, the action, the place.
fn action(view: &View<'_>, entry: Entry<'_>) -> Markup {
    let finding = entry.finding;
    let href = format!("#{}", view.address(entry));
    html! {
        li { span {
            a.id href=(href) {
                @match finding.subject.as_deref().filter(|subject| finding.message.starts_with(subject)) {
                    Some(subject) => (name(subject)),
                    None => (prose(&capital(&finding.message))),
                }
            }
            ": "
            (prose(finding.help.as_deref().unwrap_or("see what happens")))
            @if let Some(scopes) = view.report.concerned_scopes(finding) { " " span.scopes { (SafeText(&scopes)) } }
        } }
    }
}

/// The section of the actions that are not listed.
fn first(actions: &[Entry<'_>]) -> &'static str {
    match actions[LISTED].finding.open_severity() {
        Some(Severity::Breaking) => "ui-b",
        _ => "ui-e",
    }
}

/// What could not be determined, below everything that could.
fn doubts(view: &View<'_>, is_all: bool) -> Markup {
    let doubts: Vec<(Entry<'_>, &Finding)> = view.doubts().collect();
    let list = html! {
        ul {
            @for (entry, finding) in doubts.iter().take(LISTED) {
                li {
                    a href={ "#" (view.address(*entry)) } { (prose(&finding.sentence())) }
                    @if let Some(scopes) = view.report.concerned_scopes(finding) { ", " (name(&scopes)) }
                    @if let Some(place) = &finding.place { " (" (name(&place.to_string())) ")" }
                }
            }
            @if doubts.len() > LISTED { li { (doubts.len() - LISTED) " more" } }
        }
    };
    let mut helps: Vec<&str> = doubts
        .iter()
        .filter_map(|(_, finding)| finding.help.as_deref())
        .collect();
    helps.dedup();
    html! {
        @if !doubts.is_empty() && is_all {
            div.unread { (list) }
            @for help in &helps { p.sub { (prose(&capital(help))) "." } }
        } @else if !doubts.is_empty() {
            div.unsure { (capital(&things(doubts.len(), "thing"))) " could not be determined:" (list) }
        }
    }
}

/// `two things break and one does not work`.
fn breaks(breaking: usize, errors: usize) -> String {
    let fails = |subject: String| match errors {
        1 => format!("{subject} does not work"),
        _ => format!("{subject} do not work"),
    };
    match (breaking, errors) {
        (0, errors) => fails(things(errors, "thing")),
        (breaking, 0) => format!(
            "{} {}",
            things(breaking, "thing"),
            if breaking == 1 { "breaks" } else { "break" }
        ),
        (breaking, errors) => format!("{}, {}", breaks(breaking, 0), fails(number(errors))),
    }
}

/// On what it breaks: this server, or how many of the profiles.
fn place(view: &View<'_>) -> String {
    let scopes = &view.report.scopes;
    let of = |word: &str| {
        let hit = |counts: Counts| counts.breaking + counts.error > 0;
        let hit = scopes.iter().filter(|scope| hit(scope.counts)).count();
        let scopes_in_words = things(scopes.len(), view.report.scope_noun());
        match hit {
            0 => String::new(),
            hit if hit == scopes.len() => format!(" {word} all {scopes_in_words}"),
            hit => format!(" {word} {} of {scopes_in_words}", number(hit)),
        }
    };
    let is_selection = |scope: &Scope| scope.kind == ScopeKind::Selection;
    match scopes.as_slice() {
        [only] if is_selection(only) => " with your selection".to_owned(),
        [_] if view.report.is_fleet() => " on this machine".to_owned(),
        _ if view.report.is_fleet() => of("on"),
        _ if scopes.iter().any(is_selection) => of("under"),
        _ => " on this server".to_owned(),
    }
}

fn things(count: usize, noun: &str) -> String {
    format!(
        "{} {noun}{}",
        number(count),
        if count == 1 { "" } else { "s" }
    )
}
