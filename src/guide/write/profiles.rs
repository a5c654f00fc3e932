//! The profiles: all side by side, then each with its variables, what it enables, and what
//! the releases make of that.

use std::fmt::Write;

use super::flags::assignments;
use super::syntax::{block, code, table, target, text};
use crate::inventory::profile_line::ProfileLine;
use crate::inventory::{Category, Flag, Inventory, Module, Placement, Profile};
use crate::release::Release;
use crate::resolve::{State, resolve};
use crate::selection::Selection;

pub fn section(
    out: &mut String,
    inventory: &Inventory,
    releases: &[&Release],
    picture: Option<&str>,
) {
    if inventory.profiles.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "\n## Profiles\n\n\
         A profile sets all six flags. Individual flags override it, and so do modules that you enable or disable explicitly.\n\n{}",
        matrix(inventory)
    );
    if let Some(picture) = picture {
        let _ = write!(
            out,
            "\nWhat each profile loads on each release; the sections below have the same in words:\n\n\
             ![Which modules each profile loads on each release]({})\n",
            target(picture)
        );
    }
    for (name, profile) in &inventory.profiles {
        describe(out, inventory, releases, name, profile);
    }
}

fn matrix(inventory: &Inventory) -> String {
    let names: Vec<_> = inventory.profiles.keys().map(|name| code(name)).collect();
    let mut header = vec!["Flag"];
    header.extend(names.iter().map(String::as_str));
    let rows = Flag::ALL.map(|flag| {
        let values = inventory
            .profiles
            .values()
            .map(|profile| profile.flags.get(flag).to_string());
        std::iter::once(code(flag.name())).chain(values).collect()
    });
    table(&header, &rows)
}

fn describe(
    out: &mut String,
    inventory: &Inventory,
    releases: &[&Release],
    name: &str,
    profile: &Profile,
) {
    let users = match &profile.users {
        Some(users) => format!(", {} users", text(users)),
        None => String::new(),
    };
    // The name comes first: `import` takes the first word of a heading that is a profile.
    let _ = write!(
        out,
        "\n### {}: {}{users}\n\n{}\n\n{}",
        code(name),
        text(&profile.title),
        text(&profile.description),
        block("bash", assignments(inventory, &profile.flags))
    );
    let is_enabled = |module: &&Module| profile.flags.ask_for(module);
    let _ = write!(
        out,
        "\nThe flags enable {} of {} modules:\n\n{}\n",
        inventory.modules.values().filter(is_enabled).count(),
        inventory.modules.len(),
        block(
            "text",
            [ProfileLine::of(inventory, &profile.flags).to_string()]
        )
    );
    for category in Category::ALL {
        let modules = inventory.modules.iter();
        let names: Vec<_> = modules
            .filter(|(_, module)| module.category() == category && is_enabled(module))
            .map(|(name, module)| asked_name(name, module))
            .collect();
        if !names.is_empty() {
            let title = text(&inventory.categories.get(category).title);
            let _ = writeln!(out, "- **{title}:** {}", names.join(", "));
        }
    }
    for release in releases {
        on_release(out, inventory, release, name);
    }
}

fn asked_name(name: &str, module: &Module) -> String {
    let name = code(name);
    match module.placement {
        Placement::Component => format!("{name} (component)"),
        Placement::Host => name,
    }
}

/// What a release makes of a profile: what is missing, and what is pulled in although its flag is
/// off.
fn on_release(out: &mut String, inventory: &Inventory, release: &Release, profile: &str) {
    let mut selection = Selection::defaults(inventory);
    if selection.set_profile(inventory, profile).is_err() {
        return;
    }
    let resolution = resolve(inventory, release, &selection, false);
    let named = |state: State| -> Vec<_> {
        let modules = resolution.modules.iter().filter(|m| m.state == state);
        modules.map(|module| code(module.name)).collect()
    };
    let mut parts = Vec::new();
    for (state, what) in [
        (State::Unavailable, "cannot load"),
        (State::PulledIn, "also loads"),
    ] {
        let names = named(state);
        if !names.is_empty() {
            parts.push(format!("{what} {}", names.join(", ")));
        }
    }
    if !parts.is_empty() {
        let version = code(&release.version);
        let _ = write!(out, "\nProsody {version} {}.\n", parts.join(", and "));
    }
}
