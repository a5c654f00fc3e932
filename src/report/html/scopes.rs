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
    let has = |severity| scopes.iter().any(|scope| scope.counts.get(severity) > 0);
    let is_shown = |severity: Severity| {
        severity.is_always_counted(report.is_review())
            || severity == Severity::Error && has(severity)
    };
    let sections = || SECTIONS.iter().filter(|section| is_shown(section.severity));
    html! {
        table.where {
            caption.vh { "Counts by " (report.scope_noun()) }
            thead { tr {
                th scope="col" { span.vh { (capital(report.scope_noun())) } }
                @for section in sections() {
                    th scope="col" class=(section.colour) { (icon(section.colour)) span.wide { " " (section.severity.plural(2)) } }
                }
                th scope="col" { "modules" }
            } }
            tbody {
                @for &scope in scopes {
                    tr {
                        th scope="row" { (scope_name(scope)) @if scope.kind == ScopeKind::Component { " " span.mut.kind { "component" } } }
                        @for section in sections() {
                            @let count = scope.counts.get(section.severity);
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

/// The name of a host or profile.
pub fn scope_name(scope: &Scope) -> Markup {
    match scope.kind {
        ScopeKind::Global => html! { "global section" },
        _ => name(&scope.name),
    }
}
