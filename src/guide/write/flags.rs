//! The flags: their variables and defaults, and the rule that says which of them a module needs.

use std::fmt::Write;

use super::names;
use super::syntax::{block, code, table, text};
use crate::inventory::{Category, Flag, FlagValues, Inventory, Rollout, Stability, flags_needed};

pub fn section(out: &mut String, inventory: &Inventory) {
    let rows = Flag::ALL.map(|flag| {
        let info = inventory.flags.get(flag);
        let default = if info.default { "on" } else { "off" };
        vec![
            code(flag.name()),
            code(&info.env),
            default.to_owned(),
            text(&info.description),
            needing(inventory, flag).to_string(),
        ]
    });
    let header = ["Flag", "Variable", "Default", "Enables", "Modules"];
    let _ = write!(
        out,
        "\n## Flags\n\n\
         A module loads when all the flags that it needs are on. The last column counts the modules \
         that need the flag.\n\n{}\n\
         Which flags a module needs follows from its category and its level:\n\n{}\n\
         So with `beta` off, no beta module is enabled in any category. `beta` and `alpha` also take a list \
         of categories, such as `security,modern`, and then apply to these only.\n",
        table(&header, &rows),
        rule(inventory)
    );
    let _ = write!(
        out,
        "\n### Environment variables\n\nThese lines set the defaults, so they change nothing:\n\n{}",
        block("bash", commented(inventory))
    );
}

fn needing(inventory: &Inventory, flag: Flag) -> usize {
    inventory
        .modules
        .values()
        .filter(|module| module.flags().contains(&flag))
        .count()
}

fn rule(inventory: &Inventory) -> String {
    let needs = |category, stability| match flags_needed(category, stability) {
        None => "–".to_owned(),
        Some([]) => "always on".to_owned(),
        Some(flags) => names(flags.iter().map(|flag| flag.name())).replace(", ", " and "),
    };
    let rows = Category::ALL.map(|category| {
        let title = text(&inventory.categories.get(category).title);
        let cells = Stability::ALL.map(|stability| needs(category, stability));
        std::iter::once(title).chain(cells).collect()
    });
    let levels = Stability::ALL.map(|stability| text(&inventory.stabilities.get(stability).title));
    let mut header = vec!["Category"];
    header.extend(levels.iter().map(String::as_str));
    table(&header, &rows)
}

fn commented(inventory: &Inventory) -> Vec<String> {
    let comments = Flag::ALL.map(|flag| format!("# {}", inventory.flags.get(flag).description));
    let lines = assignments(inventory, &inventory.flags.defaults());
    comments
        .into_iter()
        .zip(lines)
        .flat_map(|(comment, line)| [comment, line])
        .collect()
}

/// A line for each flag, as in an environment file.
pub fn assignments(inventory: &Inventory, values: &FlagValues) -> Vec<String> {
    let line = |flag| {
        format!(
            "{}={}",
            inventory.flags.get(flag).env,
            value(&values.get(flag))
        )
    };
    Flag::ALL.map(line).to_vec()
}

/// The value of a flag as a variable holds it.
fn value(rollout: &Rollout) -> String {
    match rollout {
        Rollout::All(on) => on.to_string(),
        Rollout::Only(categories) => categories
            .iter()
            .map(|category| category.name())
            .collect::<Vec<_>>()
            .join(","),
    }
}
