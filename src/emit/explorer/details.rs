//! What a row unfolds to.

use maud::{Markup, html};

use super::catalogue::{Catalogue, Row};
use crate::emit::states::{Letters, word};
use crate::html::{SafeText, anchor, name, prose};
use crate::inventory::{Flag, Level, Module, spec_url};
use crate::release::history::State;
use crate::release::packages::how_to_install;
use crate::release::{Origin, ReleaseModule, Stage};

/// What each profile loads on each release.
pub struct Profiles<'c> {
    catalogue: &'c Catalogue<'c>,
    /// By profile its name, and by release the letters of the modules.
    letters: Vec<(&'c str, Vec<Letters>)>,
}

impl<'c> Profiles<'c> {
    pub fn new(catalogue: &'c Catalogue<'c>) -> Self {
        let profiles = catalogue.inventory.profiles.iter();
        let letters = profiles.map(|(name, profile)| {
            let releases = catalogue.states.iter();
            let letters = releases.map(|states| states.on.letters_for(&profile.flags));
            (name.as_str(), letters.collect())
        });
        Self {
            catalogue,
            letters: letters.collect(),
        }
    }

    fn level(&self, module: &Module) -> &Level {
        self.catalogue.inventory.stabilities.get(module.stability())
    }

    fn has(&self, module: &str) -> bool {
        self.catalogue.names.contains(module)
    }

    /// The table of profiles and releases; none where no profile is about the module.
    fn table(&self, row: &Row<'_>) -> Markup {
        let rows = self.letters.iter().map(|(profile, letters)| {
            let releases = self.catalogue.states.iter().zip(letters);
            let letters = releases.map(|(states, letters)| states.on.letter(letters, row.name));
            (*profile, letters.collect())
        });
        let rows: Vec<(&str, Vec<char>)> = rows.collect();
        let mut letters = rows.iter().flat_map(|(_, letters)| letters);
        html! {
            @if !letters.all(|letter| matches!(letter, 'n' | 'x')) {
                table {
                    caption { "With each profile" }
                    thead { tr {
                        td {}
                        @for (version, _, _) in &row.releases { th scope="col" { (SafeText(version)) } }
                    } }
                    tbody { @for (profile, letters) in &rows {
                        tr {
                            th scope="row" { (SafeText(profile)) }
                            @for letter in letters { td { (state(*letter)) } }
                        }
                    } }
                }
            }
        }
    }
}

/// Everything about a module that its row does not say.
pub fn details(row: &Row<'_>, profiles: &Profiles<'_>) -> Markup {
    html! {
        div.b {
            dl {
                @match row.listed {
                    Some((listed_as, module)) => (of_inventory(row, listed_as, module, profiles.level(module))),
                    None => (field("Level", html! { "none: no flag enables it, so enable it \
                    explicitly" })),
                }
                (field("History", html! {
                    @for (at, span) in row.history.iter().enumerate() { @if at > 0 { "; " } (prose(&span.text)) }
                }))
                (facts(row, profiles))
                @if !row.used_by.is_empty() { (field("Used by", links(&row.used_by, profiles))) }
                (field("Documentation", documentation(row)))
            }
            (profiles.table(row))
        }
    }
}

#[inline(never)]
fn field(title: &str, value: Markup) -> Markup {
    html! { dt { (title) } dd { (value) } }
}

/// What the inventory says.
fn of_inventory(row: &Row<'_>, listed_as: &str, module: &Module, level: &Level) -> Markup {
    let flags: Vec<&str> = module.flags().iter().copied().map(Flag::name).collect();
    let specs: Vec<&str> = module.specs().collect();
    html! {
        (field("Level", html! { (module.stability()) ", " (module.risk()) " risk. " (SafeText(&level.description)) }))
        (field("Needs flags", html! {
            @if flags.is_empty() { "none, always on" }
            @for (at, flag) in flags.iter().enumerate() { @if at > 0 { " and " } code { (flag) } }
        }))
        @if !specs.is_empty() {
            (field("Specifications", html! {
                @for (at, spec) in specs.iter().enumerate() {
                    @if at > 0 { ", " }
                    @match spec_url(spec) {
                        Some(url) => a href=(url) rel="noreferrer" { (SafeText(spec)) },
                        None => (SafeText(spec)),
                    }
                }
            }))
        }
        @if listed_as != row.name { (field("In the guide", name(listed_as))) }
        @if let Some(notes) = &module.notes { (field("Notes", prose(notes))) }
        @if let Some(text) = &module.safeguarding { (field("Safeguarding", prose(text))) }
        @if let Some(text) = &module.configuration { (field("To configure", prose(text))) }
        @if let Some(setup) = &module.setup {
            (field("Needs a setup", html! { "the option " (name(&setup.option)) " and a component \
            " (name(&setup.component)) " (flags do not enable it)" }))
        }
        @for clash in &module.clashes {
            (field("Clashes with", html! { (name(&clash.with)) ": " (prose(&clash.effect)) }))
        }
        @if let Some(note) = module.note() { (field("Upstream", prose(note))) }
    }
}

/// What the releases say: once where they agree, otherwise for each.
fn facts(row: &Row<'_>, profiles: &Profiles<'_>) -> Markup {
    let listed = row.listed.and_then(|(_, module)| module.replaced_by());
    let readme = row.releases.iter().rev();
    let readme = readme
        .filter_map(|(_, _, facts)| (*facts)?.superseded_by.as_deref())
        .next();
    let newest = row.releases.iter().rev().find_map(|(_, _, facts)| *facts);
    html! {
        @if let Some(other) = listed.or(readme) { (field("Use instead", links(&[other], profiles))) }
        (each(row, "Depends on", &|facts| depends(facts, profiles)))
        (each(row, "Conflicts with features", &|facts| names(&facts.conflicts)))
        (each(row, "Requires features", &|facts| names(&facts.requires)))
        (each(row, "Lua libraries", &libraries))
        @if let Some(facts) = newest {
            @if let Some(copy) = &facts.community_copy {
                (field("Community copy", html! {
                    @if copy.readme_only { "only its README remains" }
                    @else if facts.has_shadow() { "shadows the bundled module when it is installed" }
                    @else { "does not shadow the bundled module" }
                    @for stage in &copy.stage { ", " (SafeText(stage.name())) " upstream" }
                }))
            }
            @if !facts.options.named.is_empty() {
                (field("Options", html! {
                    @for (at, (option, said)) in facts.options.named.iter().enumerate() {
                        @if at > 0 { ", " }
                        (name(option)) @if said.required { " (required)" }
                    }
                }))
            }
        }
    }
}

/// One field, or one for each row of releases that agree; none where there is nothing to say.
fn each(row: &Row<'_>, title: &str, value: &dyn Fn(&ReleaseModule) -> Markup) -> Markup {
    let there = row.releases.iter().filter_map(|(version, state, facts)| {
        let facts = (*facts).filter(|_| *state != State::ReadmeOnly)?;
        Some((*version, value(facts)))
    });
    let there: Vec<(&str, Markup)> = there.collect();
    let rows: Vec<_> = there
        .chunk_by(|(_, one), (_, next)| one.0 == next.0)
        .collect();
    let is_empty = there.iter().all(|(_, value)| value.0.is_empty());
    html! {
        @for agreeing in rows.iter().filter(|_| !is_empty) {
            @if let [(first, value), rest @ ..] = agreeing {
                dt {
                    (title)
                    @if rows.len() > 1 { ", " (SafeText(first)) }
                    @if let Some((last, _)) = rest.last().filter(|_| rows.len() > 1) { " to " (SafeText(last)) }
                }
                dd { @if value.0.is_empty() { "nothing" } @else { (value) } }
            }
        }
    }
}

fn depends(facts: &ReleaseModule, profiles: &Profiles<'_>) -> Markup {
    let depends = &facts.depends;
    let by_default =
        |name: &&String| depends.by_default.contains(name) || depends.observed.contains(name);
    let unsure: Vec<&String> = depends
        .conditional
        .iter()
        .filter(|name| !by_default(name))
        .collect();
    let kinds = [
        (depends.always.iter().collect::<Vec<_>>(), ""),
        (depends.by_default.iter().collect(), " by default"),
        (depends.observed.iter().collect(), " as observed"),
        (unsure, " conditionally"),
        (depends.soft.iter().collect(), " if available"),
    ];
    let all = kinds
        .iter()
        .flat_map(|(names, kind)| names.iter().map(move |name| (name.as_str(), *kind)));
    html! {
        @for (at, (other, kind)) in all.enumerate() {
            @if at > 0 { ", " }
            (link(other, profiles)) @if !kind.is_empty() { span.mut { (kind) } }
        }
        @if depends.computed { @if !kinds.iter().all(|(names, _)| names.is_empty()) { ", " } "others, whose names are computed" }
    }
}

fn libraries(facts: &ReleaseModule) -> Markup {
    let libraries = &facts.libraries;
    html! {
        @for (at, library) in libraries.required.iter().enumerate() {
            @if at > 0 { ", " }
            (name(library)) span.mut { " (" (prose(&how_to_install(library))) ")" }
        }
        @for (at, library) in libraries.optional.iter().enumerate() {
            @if at > 0 || !libraries.required.is_empty() { ", " }
            (name(library)) span.mut { " optional" }
        }
    }
}

fn names(names: &[String]) -> Markup {
    html! { @for (at, one) in names.iter().enumerate() { @if at > 0 { ", " } (name(one)) } }
}

fn links(names: &[&str], profiles: &Profiles<'_>) -> Markup {
    html! { @for (at, one) in names.iter().enumerate() { @if at > 0 { ", " } (link(one, profiles)) } }
}

/// A module by its name, which leads to its row where it has one.
#[inline(never)]
fn link(module: &str, profiles: &Profiles<'_>) -> Markup {
    html! {
        @if profiles.has(module) { a href={ "#" (anchor("mod_", module)) } { (name(module)) } }
        @else { (name(module)) }
    }
}

/// Where its authors describe it.
fn documentation(row: &Row<'_>) -> Markup {
    let facts = || row.releases.iter().filter_map(|(_, _, facts)| *facts);
    let is_bundled = facts().any(|facts| facts.origin == Origin::Bundled);
    let is_community =
        facts().any(|facts| facts.origin == Origin::Community || facts.community_copy.is_some());
    let is_merged = facts().any(|facts| facts.stage.contains(&Stage::Merged));
    let page = anchor("mod_", row.name);
    html! {
        @if is_bundled { a href={ "https://prosody.im/doc/modules/" (page) } rel="noreferrer" { "prosody.im" } }
        @if is_bundled && is_community { ", " }
        @if is_community { a href={ "https://modules.prosody.im/" (page) ".html" } rel="noreferrer" { "modules.prosody.im" } }
        @if !is_bundled && !is_community { "none" }
        @if is_merged && !is_bundled { " (merged into Prosody)" }
    }
}

/// A state by its letter, with the sign that goes with it.
pub fn state(letter: char) -> Markup {
    html! { span class={ "st " (letter) } { (word(letter)) } }
}
