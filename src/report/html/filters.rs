//! Filters by severity and host, which work without the script.

use maud::{Markup, html};

use super::scopes::scope_name;
use super::view::View;
use crate::html::{SafeText, capital};
use crate::report::Report;

/// Up to how many hosts each has a button in the row.
const RADIOS: usize = 8;
/// Up to how many hosts each has a button in a list that scrolls, which the script replaces by a list
/// to choose from. Beyond, only the script filters by host: each button is a rule of the look.
const LISTED: usize = 200;

/// The rules that hide what the checked boxes leave out: all of them by number, none by a name.
pub fn rules(view: &View<'_>) -> String {
    let mut rules = String::new();
    for (section, _) in view.counts().iter().filter(|(_, count)| *count > 0) {
        let key = section.key;
        rules.push_str(&format!(
            "body:has(#ui-s{key}:not(:checked)) .e[data-s={key}],"
        ));
    }
    for at in 0..hosts(view.report) {
        rules.push_str(&format!(
            "body:has(#ui-h{at}:checked) .e:not([data-h~=\"{at}\"],[data-h=\"*\"]),"
        ));
    }
    match rules.pop() {
        Some(_) => rules + "{display:none}",
        None => rules,
    }
}

/// How many hosts have a button.
fn hosts(report: &Report) -> usize {
    match report.scopes.len() {
        count @ 2..=LISTED => count,
        _ => 0,
    }
}

/// The buttons of all hosts.
fn buttons(report: &Report) -> Markup {
    html! {
        label { input type="radio" name="h" value="" id="ui-h" checked autocomplete="off"; "all" }
        @for (at, scope) in report.scopes.iter().enumerate() {
            label { input type="radio" name="h" value=(at) id={ "ui-h" (at) } autocomplete="off"; (scope_name(scope)) }
        }
    }
}

/// The filters.
pub fn filters(view: &View<'_>) -> Markup {
    let report = view.report;
    let noun = capital(report.scope_noun());
    html! {
        search.filters.noprint aria-label="Filters" {
            details id="ui-sets" open {
                summary { "Filters" }
                fieldset {
                    legend { "Severity" }
                    @for (section, count) in view.counts().into_iter().filter(|(_, count)| *count > 0) {
                        label {
                            input type="checkbox" name="s" value=(section.key) id={ "ui-s" (section.key) } checked autocomplete="off";
                            (section.severity.plural(count)) " " span.n { (count) }
                        }
                    }
                }
                @if (2..=RADIOS).contains(&report.scopes.len()) {
                    fieldset { legend { (noun) } (buttons(report)) }
                } @else if report.scopes.len() > RADIOS {
                    @if hosts(report) > 0 {
                        fieldset data-nojs { legend { (noun) } div.list { (buttons(report)) } }
                    }
                    fieldset data-js hidden {
                        legend { (noun) }
                        select id="ui-hosts" aria-label=(noun) autocomplete="off" {
                            option value="" { "all" }
                            @for (at, scope) in report.scopes.iter().enumerate() {
                                option value=(at) { (SafeText(&scope.name)) }
                            }
                        }
                    }
                }
            }
            div.find data-js hidden {
                label.vh for="ui-q" { "Search the findings" }
                input type="search" id="ui-q" placeholder="Find" autocomplete="off" spellcheck="false";
                div.bar {
                    output id="ui-n" role="status" {}
                    button type="button" id="ui-all" aria-pressed="false" { "Expand all facts" }
                }
            }
        }
    }
}
