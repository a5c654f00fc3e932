//! The profiles: all side by side, then each with its variables, what it asks for, and what
//! comes of that on the releases that are known.

use std::fmt::Write;

use super::flags::assignments;
use super::syntax::{block, code, table, text};
use super::{counted, names};
use crate::inventory::profile_line::ProfileLine;
use crate::inventory::{Category, Flag, Inventory, Module, Placement, Profile};
use crate::release::{Release, known};
use crate::resolve::{Resolution, State, resolve};
use crate::selection::Selection;

pub fn section(out: &mut String, inventory: &Inventory) {
    if inventory.profiles.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "\n## Profiles\n\n\
         A profile sets all six flags. Flags that are set beside it, and modules that are switched by \
         name, win over it.\n\n{}",
        matrix(inventory)
    );
    for (name, profile) in &inventory.profiles {
        describe(out, inventory, name, profile);
    }
}

fn matrix(inventory: &Inventory) -> String {
    let profiles: Vec<_> = inventory.profiles.keys().map(|name| code(name)).collect();
    let mut header = vec!["Flag"];
    header.extend(profiles.iter().map(String::as_str));
    let rows = Flag::ALL.map(|flag| {
        let values = inventory
            .profiles
            .values()
            .map(|profile| profile.flags.get(flag).to_string());
        std::iter::once(code(flag.name())).chain(values).collect()
    });
    table(&header, &rows)
}

fn describe(out: &mut String, inventory: &Inventory, name: &str, profile: &Profile) {
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
    let wanted: Vec<_> = inventory
        .modules
        .iter()
        .filter(|(_, module)| module.allowed_by(&profile.flags))
        .collect();
    let _ = write!(
        out,
        "\nIt asks for {} of {} modules:\n\n{}\n",
        wanted.len(),
        inventory.modules.len(),
        block(
            "text",
            [ProfileLine::of(inventory, &profile.flags).to_string()]
        )
    );
    for category in Category::ALL {
        let modules = wanted
            .iter()
            .filter(|(_, module)| module.category() == category);
        let listed: Vec<_> = modules.map(|(name, module)| placed(name, module)).collect();
        if !listed.is_empty() {
            let title = text(&inventory.categories.get(category).title);
            let _ = writeln!(out, "- **{title}:** {}", listed.join(", "));
        }
    }
    for release in known::all() {
        if let Some(resolution) = resolved(inventory, release, name) {
            on_release(out, &resolution);
        }
    }
}

fn placed(name: &str, module: &Module) -> String {
    match module.placement {
        Placement::Host => code(name),
        Placement::Component => format!("{} (component)", code(name)),
    }
}

/// What a profile comes to on a release; `None` for a profile that there is not.
fn resolved(inventory: &Inventory, release: &Release, profile: &str) -> Option<Resolution> {
    let mut selection = Selection::defaults(inventory);
    selection.set_profile(inventory, profile).ok()?;
    Some(resolve(inventory, release, &selection))
}

/// How the modules that really load differ from those that the profile asks for.
fn on_release(out: &mut String, resolution: &Resolution) {
    let loading = resolution
        .modules
        .iter()
        .filter(|m| m.state.loads())
        .count();
    let listed = |state| {
        let modules = resolution.modules.iter().filter(|m| m.state == state);
        names(modules.map(|m| m.name.as_str()))
    };
    let version = text(&resolution.release);
    let loading = counted(loading, "module");
    let _ = write!(out, "\nOn Prosody {version}: {loading} loaded");
    let pulled_in = listed(State::PulledIn);
    if !pulled_in.is_empty() {
        let _ = write!(
            out,
            "; among them, because others depend on them: {pulled_in}"
        );
    }
    let missing = listed(State::Unavailable);
    if !missing.is_empty() {
        let _ = write!(out, "; not available: {missing}");
    }
    out.push_str(".\n");
}
