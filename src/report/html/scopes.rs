//! Where it hits: one row for each host or profile.

use maud::{Markup, html};

use super::view::SECTIONS;
use crate::html::{capital, icon, name};
use crate::report::{Report, Scope, ScopeKind, Severity};

/// How many rows are seen at once; the rest is folded.
const ROWS: usize = 12;

/// The table, and folded the rest of it: then what needs a look first is seen.
pub fn table(report: &Report) -> Markup {
    let mut scopes: Vec<&Scope> = report.scopes.iter().collect();
    if scopes.len() > ROWS {
        scopes.sort_by_key(|scope| {
            let counts = scope.counts;
            std::cmp::Reverse([counts.breaking, counts.error, counts.warning])
        });
    }
    let (visible, folded) = scopes.split_at(scopes.len().min(ROWS));
    html! {
        @if !visible.is_empty() { (rows(report, visible)) }
        @if !folded.is_empty() {
            details.more-rows {
                summary { (folded.len()) " more" }
                (rows(report, folded))
            }
        }
    }
}

fn rows(report: &Report, scopes: &[&Scope]) -> Markup {
    // A rehearsal finds errors on both sides of a review.
    let has = |severity| scopes.iter().any(|scope| count(scope, severity) > 0);
    let is_shown = |severity| match severity {
        Severity::Breaking => report.is_review(),
        Severity::Error => !report.is_review() || has(severity),
        Severity::Warning | Severity::Info => true,
    };
    let sections = || SECTIONS.iter().filter(|section| is_shown(section.severity));
    html! {
        table.where {
            caption.vh { "Counts by " (report.scope_noun()) }
            thead { tr {
                th scope="col" { span.vh { (capital(report.scope_noun())) } }
                @for section in sections() {
                    th scope="col" class=(section.colour) { (icon(section.colour)) span.wide { " " (section.word(2)) } }
                }
                th scope="col" { "modules" }
            } }
            tbody {
                @for &scope in scopes {
                    tr {
                        th scope="row" { (scope_name(scope)) @if scope.kind == ScopeKind::Component { " " span.mut.kind { "component" } } }
                        @for section in sections() {
                            @let count = count(scope, section.severity);
                            @if count == 0 { td.z { "0" } }
                            @else if section.severity == Severity::Info { td { (count) } }
                            @else { td class=(section.colour) { b { (count) } } }
                        }
                        td {
                            @if let Some(before) = scope.modules_before.filter(|before| *before != scope.modules) {
                                (before) " → "
                            }
                            (scope.modules)
                        }
                    }
                }
            }
        }
    }
}

fn count(scope: &Scope, severity: Severity) -> usize {
    match severity {
        Severity::Breaking => scope.counts.breaking,
        Severity::Error => scope.counts.error,
        Severity::Warning => scope.counts.warning,
        Severity::Info => scope.counts.info,
    }
}

/// The name of a host or profile.
pub fn scope_name(scope: &Scope) -> Markup {
    match scope.kind {
        ScopeKind::Global => html! { "global section" },
        _ => name(&scope.name),
    }
}
