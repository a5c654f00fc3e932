//! The explorer: a page with every module of every release, and what flags load.

mod catalogue;
mod controls;
mod details;
mod row;

use std::collections::BTreeMap;

use maud::{Markup, PreEscaped, html};
use serde_json::json;

use crate::emit::states::{Shared, WORDS};
use crate::html::{Page, Shown, page};
use crate::inventory::{Flag, Inventory};
use crate::release::Release;
use catalogue::{Catalogue, Row};

const STYLE: &str = include_str!("explorer.css");
const WIDE: &str = include_str!("wide.css");
const NARROW: &str = include_str!("narrow.css");
const SCRIPT: &str = include_str!("explorer.js");

/// The page about an inventory and what `releases`, oldest first, ship.
pub fn explorer(inventory: &Inventory, releases: &[&Release]) -> String {
    let catalogue = Catalogue::new(inventory, releases);
    let mut shared = Shared::default();
    let profiles = details::Profiles::new(&catalogue);
    let rows: Vec<Row<'_>> = catalogue
        .names
        .iter()
        .map(|name| Row::new(&catalogue, name, &mut shared))
        .collect();
    let versions: Vec<&str> = releases.iter().map(|release| &*release.version).collect();
    let list = versions.join(", ");
    let sources: Vec<String> = releases
        .iter()
        .map(|release| format!("{}: {}", release.version, release.sources.text()))
        .collect();
    let body = html! {
        header {
            p.tool { "prosody-stability" }
            h1 { "Prosody modules, and what you can use" }
            p.lead {
                (rows.len()) " modules of Prosody " (Shown(&list)) " and prosody-modules: what each is for, how \
                 stable it is, where it comes from, and whether your flags load it."
            }
        }
        div.cols {
            (controls::side(&catalogue, &rows))
            main id="ui-list" tabindex="-1" {
                (head(&versions))
                @for row in &rows { (row::row(row, &profiles)) "\n" }
                p.nomatch id="ui-none" hidden { "No module fits the search and the filters." }
            }
        }
        footer {
            @for source in &sources { p { (Shown(source)) } }
            p { "Made by " code { "prosody-stability emit --format html" } }
        }
        (data(&catalogue, &shared, &versions))
    };
    let style = [STYLE, &columns(releases.len())].concat();
    page(Page {
        title: "Prosody modules, and what you can use",
        description: &format!(
            "Modules of Prosody {list}: how stable they are, and what your flags load."
        ),
        style: &style,
        script: SCRIPT,
        skip: ("#ui-list", "To the modules"),
        body,
    })
}

/// The search and the heads of the columns, which stay in sight.
fn head(versions: &[&str]) -> Markup {
    html! {
        div.top {
            div.row data-js hidden {
                div {
                    label.vh for="ui-q" { "Find a module by name, purpose or specification" }
                    input type="search" id="ui-q" placeholder="Name, purpose or XEP" autocomplete="off" spellcheck="false";
                }
                output id="ui-n" role="status" {}
            }
            div.g.hd aria-hidden="true" {
                span { "Module" } span { "Purpose" } span { "Level" }
                @for version in versions { span { (Shown(version)) } }
                span id="ui-st" { "By default" }
            }
        }
    }
}

/// The look of wide and narrow windows, and of paper: there are as many columns as releases, and they
/// need room.
fn columns(releases: usize) -> String {
    let widest = 56 + 7 * releases;
    format!(
        "@media print,(min-width:{widest}.01rem){{{WIDE}.g{{grid-template-columns:minmax(8rem,11.75rem) minmax(0,1fr) \
         3.25rem repeat({releases},6.75rem) 6.9rem}}}}@media screen and (max-width:{widest}rem){{{NARROW}}}"
    )
}

/// What the script shows. It stands in no script that runs.
fn data(catalogue: &Catalogue<'_>, shared: &Shared, versions: &[&str]) -> Markup {
    let words: BTreeMap<String, &str> = WORDS
        .iter()
        .map(|(letter, word)| (letter.to_string(), *word))
        .collect();
    let counts: Vec<_> = catalogue
        .states
        .iter()
        .map(|states| &states.counts)
        .collect();
    let data = json!({
        "flags": Flag::ALL.map(Flag::name),
        "releases": versions,
        "words": words,
        "states": shared.texts().collect::<Vec<_>>(),
        "counts": counts,
    });
    // No text in it ends the element, and none is a command of a workflow.
    let text = data
        .to_string()
        .replace('<', "\\u003c")
        .replace("##[", "##\\u005b");
    html! { script type="application/json" id="ui-data" { (PreEscaped(text)) } }
}
