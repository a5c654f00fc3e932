//! Filters by severity and host, which work without the script.

use maud::{Markup, html};

use super::scopes::scope_name;
use super::view::View;
use crate::html::{Shown, capital};
use crate::report::Report;

/// From how many hosts on they are a list to choose from, which needs the script.
const RADIOS: usize = 8;

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
        count @ 2..=RADIOS => count,
        _ => 0,
    }
}

/// The filters.
pub fn filters(view: &View<'_>) -> Markup {
    let report = view.report;
    let what = capital(report.scope_noun());
    html! {
        search.filters.noprint aria-label="Filters" {
            details id="ui-sets" open {
                summary { "Filters" }
                fieldset {
                    legend { "Severity" }
                    @for (section, count) in view.counts().into_iter().filter(|(_, count)| *count > 0) {
                        label {
                            input type="checkbox" name="s" value=(section.key) id={ "ui-s" (section.key) } checked autocomplete="off";
                            (section.word(count)) " " span.n { (count) }
                        }
                    }
                }
                @if hosts(report) > 0 {
                    fieldset {
                        legend { (what) }
                        label { input type="radio" name="h" value="" id="ui-h" checked autocomplete="off"; "all" }
                        @for (at, scope) in report.scopes.iter().enumerate() {
                            label { input type="radio" name="h" value=(at) id={ "ui-h" (at) } autocomplete="off"; (scope_name(scope)) }
                        }
                    }
                } @else if report.scopes.len() > RADIOS {
                    fieldset data-js hidden {
                        legend { (what) }
                        select id="ui-hosts" aria-label=(what) autocomplete="off" {
                            option value="" { "all" }
                            @for (at, scope) in report.scopes.iter().enumerate() {
                                option value=(at) { (Shown(&scope.name)) }
                            }
                        }
                    }
                }
            }
            div.find data-js hidden {
                label.vh for="ui-q" { "Find in the findings" }
                input type="search" id="ui-q" placeholder="Find" autocomplete="off" spellcheck="false";
                div.bar {
                    output id="ui-n" role="status" {}
                    button type="button" id="ui-all" aria-pressed="false" { "Unfold all facts" }
                }
            }
        }
    }
}
