//! What is at the side: the flags, and what is shown.

use maud::{Markup, html};

use super::catalogue::{CHANGES, Catalogue, Row};
use crate::emit::states::bits;
use crate::html::{SafeText, anchor};
use crate::inventory::{Flag, Stability};

/// The side column; all of it needs the script.
pub fn side(catalogue: &Catalogue<'_>, rows: &[Row<'_>]) -> Markup {
    html! {
        aside aria-label="Flags and filters" data-js hidden {
            details id="ui-sets" open {
                summary { "Flags and filters" }
                (flags(catalogue))
                (filters(catalogue, rows))
            }
        }
    }
}

/// One button of a group: name, value, address, checked, label, and how many rows fit.
struct Button<'a> {
    group: &'static str,
    value: &'a str,
    id: &'a str,
    checked: bool,
    label: &'a str,
    count: Option<usize>,
}

impl Button<'_> {
    fn render(&self) -> Markup {
        html! {
            label {
                input type="radio" name=(self.group) value=(self.value) id=(anchor("ui-", self.id)) checked[self.checked] autocomplete="off";
                span { (SafeText(self.label)) }
                @if let Some(count) = self.count { span.n { (count) } }
            }
        }
    }
}

fn flags(catalogue: &Catalogue<'_>) -> Markup {
    let inventory = catalogue.inventory;
    let newest = catalogue.releases.len().saturating_sub(1);
    let default = catalogue.default_flags();
    let profiles = inventory.profiles.iter();
    // One that is limited to categories is not a combination of the six.
    let profiles = profiles.filter_map(|(name, profile)| Some((name, bits(&profile.flags)?)));
    let profiles: Vec<(&String, u8)> = profiles.collect();
    let is_profile = profiles.iter().any(|(_, bits)| *bits == default);
    let first = profiles.iter().position(|(_, bits)| *bits == default);
    html! {
        div.blk {
            h2 { "What will load" }
            fieldset {
                legend { "Release" }
                div.two { @for (at, release) in catalogue.releases.iter().enumerate() {
                    (Button { group: "r", value: &at.to_string(), id: &format!("r-{at}"), checked: at == newest, label: &release.version, count: None }.render())
                } }
            }
            fieldset {
                legend { "Profile" }
                @for (at, (name, bits)) in profiles.iter().enumerate() {
                    (Button { group: "p", value: &bits.to_string(), id: &format!("p-{name}"), checked: first == Some(at), label: name, count: None }.render())
                }
                (Button { group: "p", value: "", id: "p", checked: !is_profile, label: "your own flags", count: None }.render())
            }
            fieldset {
                legend { "Flags" }
                div.two { @for flag in Flag::ALL {
                    label title=(SafeText(&inventory.flags.get(flag).description)) {
                        input type="checkbox" id={ "ui-f-" (flag.name()) } checked[inventory.flags.get(flag).default] autocomplete="off";
                        span { (flag.name()) }
                    }
                } }
            }
            p.sum id="ui-sum" role="status" {}
        }
    }
}

fn filters(catalogue: &Catalogue<'_>, rows: &[Row<'_>]) -> Markup {
    let count = |fits: &dyn Fn(&Row<'_>) -> bool| Some(rows.iter().filter(|row| fits(row)).count());
    let group = |legend: Markup, group: &'static str, buttons: &[(&str, &str, Option<usize>)]| {
        html! {
            fieldset {
                legend { (legend) }
                @for (value, label, count) in buttons {
                    @let id = if value.is_empty() { group.to_owned() } else { format!("{group}-{value}") };
                    (Button { group, value, id: &id, checked: value.is_empty(), label, count: *count }.render())
                }
            }
        }
    };
    let mut levels = vec![("", "any", None)];
    for stability in Stability::ALL {
        let rows = count(&|row| row.stability() == Some(stability));
        levels.push((stability.name(), stability.name(), rows));
    }
    levels.push(("none", "none", count(&|row| row.stability().is_none())));
    let mut changes = vec![("", "any, or none", None)];
    for (key, label) in CHANGES {
        changes.push((key, label, count(&|row| row.changes().contains(&key))));
    }
    html! {
        div.blk.flt {
            h2 { "Show" }
            (group(html! { "With these flags" }, "s", &[
                ("", "everything", None), ("lcpas", "what loads", None), ("oeb", "what is off", None), ("u", "what cannot load", None),
            ]))
            (group(html! { "Level" }, "l", &levels))
            (group(html! { "Origin" }, "o", &[
                ("", "any", None), ("p", "Prosody", None), ("c", "community", None), ("r", "README only", None), ("x", "absent", None),
            ]))
            @if let [.., before, now] = catalogue.releases {
                (group(html! { "Changed from " (SafeText(&before.version)) " to " (SafeText(&now.version)) }, "c", &changes))
            }
            p { button type="button" id="ui-reset" { "Reset all" } }
        }
    }
}
