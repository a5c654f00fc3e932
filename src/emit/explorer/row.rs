//! One module as a row that unfolds.

use maud::{Markup, html};

use super::catalogue::{Row, origin};
use super::details::{Profiles, details, state};
use crate::html::{SafeText, anchor};
use crate::inventory::Stability;
use crate::release::Stage;

/// The row of a module.
pub fn row(row: &Row<'_>, profiles: &Profiles<'_>) -> Markup {
    let numbers: Vec<String> = row.states.iter().map(usize::to_string).collect();
    let origins: String = row
        .releases
        .iter()
        .map(|(_, state, _)| origin(*state).0)
        .collect();
    let changes = row.changes().join(" ");
    html! {
        details.m id=(anchor("mod_", row.name)) data-s=(numbers.join(" ")) data-o=(origins)
            data-l=(row.stability().map_or("none", Stability::name)) data-c=[Some(changes).filter(|c| !c.is_empty())]
            data-x=[found_by(row).as_deref().map(SafeText)] {
            summary.g {
                span.nm { (broken(row.name)) }
                @match row.purpose() {
                    Some(purpose) => span.pu { (SafeText(purpose)) },
                    None => span.pu.no { "not described" },
                }
                (level(row.stability()))
                span.rel { @for at in 0..row.releases.len() { (release(row, at)) } }
                span.sc { span.vh { "with these flags: " } (state(row.state)) }
            }
            (details(row, profiles))
        }
    }
}

/// A name that is broken between its words where it has no room.
fn broken(name: &str) -> Markup {
    html! {
        @for part in name.split_inclusive('_') { (SafeText(part)) wbr; }
    }
}

/// What the search finds it by, besides its name and purpose.
fn found_by(row: &Row<'_>) -> Option<String> {
    let (name, module) = row.listed?;
    let words = std::iter::once(name).chain(module.specs());
    let words: Vec<&str> = words.chain([module.category().name()]).collect();
    Some(words.join(" "))
}

fn release(row: &Row<'_>, at: usize) -> Markup {
    let (version, state, facts) = row.releases[at];
    let (key, word) = origin(state);
    let before = at.checked_sub(1).map(|at| row.releases[at].1);
    let is_changed = before.is_some_and(|before| before != state);
    let stages = facts.map_or(&[][..], |facts| &facts.stage);
    html! {
        span class={ "re " (key) @if is_changed { " ch" } } {
            span.lb { (SafeText(version)) " " }
            i class={ "i2 " (key) } {}
            span {
                span.w { (word) }
                @for stage in stages { " " span class={ "sg" @if is_warning(stage) { " d" } } { (SafeText(stage.name())) } }
            }
        }
    }
}

fn is_warning(stage: &Stage) -> bool {
    matches!(stage, Stage::Broken | Stage::Obsolete | Stage::Deprecated)
}

fn level(stability: Option<Stability>) -> Markup {
    html! {
        @match stability {
            Some(stability) => span class={ "lv has " (stability.risk().name()) } { span.lb { "level " } (stability) },
            None => span.lv.none { span.vh { "no level" } span aria-hidden="true" { "–" } },
        }
    }
}
