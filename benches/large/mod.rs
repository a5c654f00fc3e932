//! A large inventory, made by code: the same on every machine and in every run.

use std::fmt::Write;

use prosody_stability::inventory::{Category, Inventory, Stability};

/// How many modules it has.
pub const MODULES: usize = 100_000;

/// The built-in modules over and over, numbered to be told apart.
///
/// So it has the texts, lists and corrections of real modules in their real proportions.
pub fn inventory() -> Inventory<'static> {
    let mut inventory = Inventory::builtin();
    let models = std::mem::take(&mut inventory.modules);
    inventory.modules = (0..)
        .flat_map(|round| {
            models
                .iter()
                .map(move |(name, module)| (round, name, module))
        })
        .map(|(round, name, module)| (format!("{name}_{round}").into(), module.clone()))
        .take(MODULES)
        .collect();
    inventory
}

/// Its modules as a guide lists them: a heading and a table for each category and stability.
#[allow(
    dead_code,
    reason = "only one of the programs that share this file needs a guide"
)]
pub fn guide(inventory: &Inventory) -> String {
    let mut text = String::from("# Module Stability Guide\n\n## Module inventory\n");
    for (category, stability) in Category::ALL
        .into_iter()
        .flat_map(|c| Stability::ALL.map(|s| (c, s)))
    {
        let mut rows = inventory
            .modules
            .iter()
            .filter(|(_, m)| m.category() == category && m.stability() == stability)
            .peekable();
        if rows.peek().is_none() {
            continue;
        }
        write!(text, "\n#### {category} ({stability})\n\n").unwrap();
        text.push_str("| Module | Purpose | XEP | Notes |\n| --- | --- | --- | --- |\n");
        for (name, module) in rows {
            let specs: Vec<_> = module.specs().collect();
            let (specs, notes) = (
                specs.join(", "),
                module.notes.as_deref().unwrap_or_default(),
            );
            writeln!(
                text,
                "| `{name}` | {} | {specs} | {notes} |",
                module.purpose
            )
            .unwrap();
        }
    }
    text
}
