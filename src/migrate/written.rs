//! A migrated server as a text: NixOS settings or an environment file, with comments that say what
//! remains.

use super::server::Migrated;
use crate::diagnostic::Result;
use crate::inventory::{Flag, Inventory, Rollout};
use crate::release::Release;
use crate::selection::nixos_module;
use crate::terminal::printable;

/// The settings of the NixOS module, and of Prosody's own one.
pub fn nix(
    inventory: &Inventory,
    release: &Release,
    name: &str,
    migrated: &Migrated,
) -> Result<String> {
    let mut text = header(release, name);
    text.push_str(&remaining(
        migrated,
        "services.prosody, its extraConfig, or the file",
    ));
    let settings = nixos_module::write_with_extra(
        inventory,
        &migrated.selection,
        Some(migrated.enforce),
        &migrated.extra,
    )?;
    text.push_str(&settings);
    Ok(text)
}

/// `PROSODY_ENABLE_*` lines. Single modules cannot be expressed there, and are written as comments.
pub fn env(inventory: &Inventory, release: &Release, name: &str, migrated: &Migrated) -> String {
    let mut text = header(release, name);
    let selection = &migrated.selection;
    for (title, on) in [("--enable", true), ("--disable", false)] {
        let modules = selection.modules().iter();
        let modules = modules.filter(|(_, value)| **value == on);
        let names: Vec<&str> = modules.map(|(name, _)| name.as_str()).collect();
        if !names.is_empty() {
            text.push_str(&comment(&format!(
                "Not expressed here: {title} {}",
                names.join(",")
            )));
        }
    }
    if migrated.enforce {
        text.push_str(&comment("Not expressed here: --enforce"));
    }
    if !migrated.extra.is_empty() {
        let extra = migrated.extra.join(", ");
        text.push_str(&comment(&format!("Outside the inventory: {extra}")));
    }
    text.push_str(&remaining(migrated, "the file"));
    for flag in Flag::ALL {
        let value = match selection.flags().get(flag) {
            Rollout::All(on) => on.to_string(),
            Rollout::Only(categories) => {
                let names = categories.iter().map(|category| category.name());
                names.collect::<Vec<_>>().join(",")
            }
        };
        let variable = &inventory.flags.get(flag).env;
        text.push_str(&format!("{variable}={value}\n"));
    }
    text
}

fn header(release: &Release, name: &str) -> String {
    comment(&format!(
        "Loads what {name} loads on Prosody {}, as far as the inventory covers it.",
        release.version
    ))
}

fn remaining(migrated: &Migrated, place: &str) -> String {
    let mut text = String::new();
    if !migrated.remaining.is_empty() {
        text.push_str(&comment(&format!(
            "Not covered by flags, and stays in {place}:"
        )));
    }
    for sentence in &migrated.remaining {
        text.push_str(&comment(&format!("- {sentence}")));
    }
    if !migrated.differences.is_empty() {
        text.push_str(&comment("Differences from now:"));
    }
    for sentence in &migrated.differences {
        text.push_str(&comment(&format!("- {sentence}")));
    }
    text
}

fn comment(text: &str) -> String {
    format!("# {}\n", printable(text))
}
