//! What touches nothing that loads: counted, and folded by what happened.

use indexmap::IndexMap;
use maud::{Markup, html};

use super::view::{Entry, View};
use crate::html::{SafeText, name, prose};
use crate::report::{Code, Finding, counted};

/// How many groups the summary names.
const NAMED: usize = 8;

/// The group, or nothing.
pub fn others(view: &View<'_>) -> Markup {
    let mut groups: IndexMap<&str, Vec<Entry<'_>>> = IndexMap::new();
    for entry in view.others() {
        groups
            .entry(group(entry.finding.code))
            .or_default()
            .push(entry);
    }
    groups.sort_by(|_, a, _, b| b.len().cmp(&a.len()));
    let mut numbers: Vec<String> = groups
        .iter()
        .take(NAMED)
        .map(|(title, entries)| format!("{} {}", entries.len(), title.to_lowercase()))
        .collect();
    if groups.len() > NAMED {
        let rest: usize = groups.values().skip(NAMED).map(Vec::len).sum();
        numbers.push(format!("{rest} more"));
    }
    let count = view.others().count();
    html! {
        @if count > 0 {
            details.rest id="ui-rest" {
                summary { (counted(count, "other change")) ", affecting nothing that loads here" span.mut { (numbers.join(", ")) } }
                @for (title, entries) in &groups {
                    h3 { (title) " " span.mut { (entries.len()) } }
                    ul.list { @for entry in entries { (item(view, *entry)) } }
                }
            }
        }
    }
}

fn item(view: &View<'_>, entry: Entry<'_>) -> Markup {
    let finding = entry.finding;
    html! {
        li id=(view.address(entry)) {
            @match shared_change(finding) {
                Some(message) => {
                    @for (at, fact) in finding.with_facts().enumerate() {
                        @if at > 0 { ", " }
                        b { (name(fact.subject.as_deref().unwrap_or_default())) }
                    }
                    ": " (prose(message))
                }
                None => {
                    (line(finding))
                    @for fact in &finding.facts { "; " (prose(&fact.sentence())) }
                }
            }
        }
    }
}

/// What happened to each of several modules, when it is the same.
fn shared_change(finding: &Finding) -> Option<&str> {
    let fact = finding.facts.first()?;
    let is_other = finding
        .with_facts()
        .skip(1)
        .all(|fact| fact.subject != finding.subject);
    let subject = fact.subject.as_deref().filter(|_| is_other)?;
    let message = fact.message.strip_prefix(subject)?;
    let message = message.trim_start_matches([':', ' ']);
    finding.message.ends_with(message).then_some(message)
}

fn line(finding: &Finding) -> Markup {
    let subject = finding.subject.as_deref().filter(|s| !s.is_empty());
    let rest = subject.and_then(|subject| finding.message.strip_prefix(subject));
    html! {
        @match (subject, rest) {
            (Some(subject), Some(rest)) => { b { (name(subject)) } (prose(rest)) }
            _ => (prose(&finding.message)),
        }
        @if let Some(reason) = &finding.reason { ": " (SafeText(reason)) }
    }
}

/// What happened, in the words of a heading.
fn group(code: Code) -> &'static str {
    use Code::*;
    match code {
        Appeared | ModuleAdded => "New",
        Withdrawn | ModuleRemoved => "Withdrawn",
        Bundled => "Moved into Prosody",
        Unbundled => "Moved out of Prosody",
        StageLowered | Demoted => "Lower stage",
        StageRaised | Promoted => "Higher stage",
        StageRelabelled => "Other stage",
        DependencyAdded | DependencyRemoved | DependencyMissing | DependencySupplied => {
            "Other dependencies"
        }
        ShadowingBegan | ShadowingEnded | CopyChanged => "Community copies",
        ConflictAdded | ConflictRemoved | RequirementAdded | RequirementRemoved => {
            "Other features required or in conflict"
        }
        OptionAdded | OptionRemoved | OptionReadsChanged | OptionDefaultChanged
        | OptionRequired | OptionNotRequired => "Other options",
        LibraryAdded | LibraryRemoved => "Other Lua libraries",
        FailsObserved | LoadsObserved => "Tried alone",
        StubAdded | StubRemoved => "READMEs without code",
        SummaryChanged | TextChanged => "Described differently",
        UpgradeNote => "Release notes",
        _ => "Other changes",
    }
}
