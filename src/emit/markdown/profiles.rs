//! The profiles: all side by side, then each with its variables and what it loads.

use std::fmt::Write;

use super::flags::assignments;
use super::syntax::{block, code, table, text};
use crate::inventory::{Category, Flag, Inventory, Profile};
use crate::resolve::{Resolution, ResolvedModule, State, resolve};
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
    let Some(resolution) = loaded_by(inventory, name) else {
        return;
    };
    let loading = resolution
        .modules
        .iter()
        .filter(|m| m.state.loads())
        .count();
    let _ = write!(
        out,
        "\n{loading} of {} modules load:\n\n{}\n",
        resolution.modules.len(),
        block("text", [resolution.profile_line.to_string()])
    );
    for category in Category::ALL {
        let modules = resolution.modules.iter().filter(|m| m.category == category);
        let names: Vec<_> = modules
            .filter(|m| m.state.loads())
            .map(loading_name)
            .collect();
        if !names.is_empty() {
            let title = text(&inventory.categories.get(category).title);
            let _ = writeln!(out, "- **{title}:** {}", names.join(", "));
        }
    }
}

/// What a profile loads, whatever a release ships; `None` for a profile that there is not.
fn loaded_by(inventory: &Inventory, profile: &str) -> Option<Resolution> {
    let mut selection = Selection::defaults(inventory);
    selection.set_profile(inventory, profile).ok()?;
    Some(resolve(inventory, &selection))
}

fn loading_name(module: &ResolvedModule) -> String {
    let name = code(&module.name);
    if module.state == State::Component {
        format!("{name} (component)")
    } else {
        name
    }
}
