//! One entry: what happens, what to do, where; and folded, why.

use maud::{Markup, html};

use super::scopes::scope_name;
use super::view::{Entry, Section, View};
use crate::html::{SafeText, capital, icon, name, prose};
use crate::report::{About, Finding, Severity, counted};

/// How many hosts are shown with an entry; the rest is folded.
const HOSTS: usize = 4;
/// Up to how many hosts an entry names its own for the filter; beyond, it is never filtered out.
const FILTERED: usize = 64;

/// A section with its entries, or nothing.
pub fn section(view: &View<'_>, section: &Section) -> Markup {
    let count = view.entries(section.severity).count();
    html! {
        @if count > 0 {
            section id=(section.id) data-s=(section.key) data-n=(count) {
                h2 {
                    span class=(section.colour) { (icon(section.colour)) " " (section.severity.heading()) }
                    span.n { (count) }
                    span.hint { (section.hint) }
                }
                @for entry in view.entries(section.severity) { (article(view, entry, section)) }
                p.empty hidden { "No finding of this severity matches the filters." }
            }
        }
    }
}

/// What was accepted, folded.
pub fn accepted(view: &View<'_>) -> Markup {
    let count = view.accepted().count();
    html! {
        @if count > 0 {
            details.rest id="ui-acc" {
                summary { (count) " accepted" span.mut { "in the allow file" } }
                @for entry in view.accepted() {
                    @let reason = entry.finding.with_facts().find_map(|fact| fact.accepted.as_deref());
                    h3 id=(view.address(entry)) { (sentence(entry.finding)) }
                    p { (SafeText(reason.unwrap_or_default())) }
                    (facts(view, entry.finding))
                }
            }
        }
    }
}

fn article(view: &View<'_>, entry: Entry<'_>, section: &Section) -> Markup {
    let finding = entry.finding;
    let address = view.address(entry);
    let about = finding.subject.as_deref();
    html! {
        article.e id=(address) data-s=(section.key) data-h=(hosts(view, entry)) {
            h3 {
                span.vh { (section.severity.name()) ": " }
                (headline(finding, address))
            }
            @if let Some(help) = &finding.help { p.do { (prose(&capital(help))) "." } }
            (side(view, entry))
            details.why {
                summary {
                    "Why" @if let Some(about) = about { span.vh { " " (SafeText(about)) } }
                    @if !finding.facts.is_empty() { ": " (counted(finding.facts.len(), "fact")) }
                }
                (facts(view, finding))
            }
        }
    }
}

/// What happens, and why, in one sentence whose beginning leads to this entry.
fn headline(finding: &Finding, address: &str) -> Markup {
    let message = &*finding.message;
    let subject = finding.subject.as_deref().filter(|s| !s.is_empty());
    let rest = subject.and_then(|subject| message.strip_prefix(subject));
    html! {
        @match (subject, rest) {
            (Some(subject), Some(rest)) => { a href={ "#" (address) } { (name(subject)) } (prose(rest)) }
            _ => { a href={ "#" (address) } { (prose(&capital(message))) } }
        }
        @if let Some(reason) = &finding.reason { ": " (prose(reason)) }
        "."
    }
}

fn sentence(finding: &Finding) -> Markup {
    html! { (prose(&finding.sentence())) "." }
}

/// The hosts, where the entry concerns certain ones, and the place.
fn side(view: &View<'_>, entry: Entry<'_>) -> Markup {
    let scopes = &view.report.scopes;
    let concerned: Vec<usize> = view
        .named(std::iter::once(entry.finding))
        .into_iter()
        .collect();
    let named =
        |places: &[usize]| html! { @for at in places { div { (scope_name(&scopes[*at])) } } };
    html! {
        div.at {
            @if scopes.len() < 2 {}
            @else if concerned.len() == scopes.len() {
                div { "all " (view.report.scope_noun()) "s" }
            } @else {
                (named(&concerned[..concerned.len().min(HOSTS)]))
                @if concerned.len() > HOSTS {
                    details { summary { (concerned.len() - HOSTS) " more" } (named(&concerned[HOSTS..])) }
                }
            }
            @if let Some(place) = &entry.finding.place { div { (SafeText(&place.to_string())) } }
        }
    }
}

/// The numbers of the hosts by which the filters find an entry.
fn hosts(view: &View<'_>, entry: Entry<'_>) -> String {
    let scopes = view.named(entry.finding.with_facts());
    // What names none may concern any.
    if scopes.is_empty() || scopes.len() == view.report.scopes.len() || scopes.len() > FILTERED {
        return "*".to_owned();
    }
    let scopes: Vec<String> = scopes.iter().map(usize::to_string).collect();
    scopes.join(" ")
}

/// What the facts of an entry are about, in their order on the page.
const GROUPS: [(&str, &[About]); 5] = [
    ("What loads", &[About::Loading]),
    (
        "On this server",
        &[
            About::Configuration,
            About::Selection,
            About::Server,
            About::Rehearsal,
        ],
    ),
    ("In the inventory", &[About::Inventory]),
    ("In the release", &[About::Release]),
    ("In this review", &[About::Review]),
];

/// Why it matters, and every fact below it with its code; what can be accepted with its fingerprint.
fn facts<'a>(view: &View<'a>, finding: &'a Finding) -> Markup {
    let explored = view.explored(finding);
    html! {
        div.facts {
            p.own { span { (prose(finding.code.row().why)) } (key(finding)) }
            @for (title, abouts) in GROUPS {
                @let of_group = || finding.facts.iter().filter(|fact| abouts.contains(&fact.code.row().about));
                @if of_group().next().is_some() {
                    p.g { (title) }
                    ul { @for fact in of_group() { (fact_item(fact)) } }
                }
            }
            @if let Some(link) = finding.link.as_deref().filter(|link| link.starts_with("https://")) {
                p.g { a href=(SafeText(link)) rel="noreferrer" { (SafeText(link)) } }
            }
            @if !explored.is_empty() {
                p.g.noprint {
                    "More about "
                    @for (at, (module, address)) in explored.iter().enumerate() {
                        @if at > 0 { ", " }
                        a href=(SafeText(address)) rel="noreferrer" { (name(module)) }
                    }
                }
            }
        }
    }
}

fn fact_item(fact: &Finding) -> Markup {
    let is_action = fact.severity > Severity::Info;
    html! {
        li {
            span {
                (sentence(fact))
                @if let Some(help) = fact.help.as_deref().filter(|_| is_action) { span.act { (prose(&capital(help))) "." } }
            }
            (key(fact))
        }
    }
}

/// The code of a fact, with the fingerprint by which it can be accepted.
fn key(fact: &Finding) -> Markup {
    let fingerprint = fact.fingerprint.as_deref();
    html! {
        span.k {
            (fact.code)
            @if let Some(fingerprint) = fingerprint.filter(|_| fact.severity > Severity::Info) {
                " " span.fp { (SafeText(fingerprint)) }
            }
        }
    }
}
