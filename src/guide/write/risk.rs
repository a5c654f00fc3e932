//! Which modules put a server at which risk, and what is known against those of high risk.

use std::fmt::Write;

use indexmap::IndexMap;

use super::names;
use super::syntax::{code, table, text};
use crate::inventory::{Category, Inventory, Module, Risk, Stability};

const ALL: [Risk; 3] = [Risk::Low, Risk::Medium, Risk::High];

pub fn section(out: &mut String, inventory: &Inventory) {
    let _ = write!(
        out,
        "\n## Risk\n\n{}\nThe modules of each risk:\n\n{}\n\
         Administration modules of every level are a target of attacks: limit access to those who \
         need it.\n",
        levels(inventory),
        groups(inventory)
    );
    concerns(out, inventory);
}

fn levels(inventory: &Inventory) -> String {
    let advice = |risk| match risk {
        Risk::Low => "Suitable for production.",
        Risk::Medium => {
            "Suitable for production under observation: check the log and user reports."
        }
        Risk::High => "For development and testing only, not for production servers.",
    };
    let rows = ALL.map(|risk| {
        let levels = Stability::ALL
            .into_iter()
            .filter(|stability| stability.risk() == risk);
        let levels: Vec<_> = levels
            .map(|s| text(&inventory.stabilities.get(s).title))
            .collect();
        let modules = inventory.modules.values();
        let count = modules.filter(|module| module.risk() == risk).count();
        vec![
            format!("**{risk}**"),
            levels.join(", "),
            count.to_string(),
            advice(risk).to_owned(),
        ]
    });
    table(&["Risk", "Levels", "Modules", "Advice"], &rows)
}

fn groups(inventory: &Inventory) -> String {
    let mut rows = Vec::new();
    for risk in ALL {
        for category in Category::ALL {
            let is_in = |module: &Module| module.risk() == risk && module.category() == category;
            let modules = inventory.modules.iter();
            let modules: Vec<_> = modules.filter(|(_, module)| is_in(module)).collect();
            if !modules.is_empty() {
                rows.push(vec![
                    risk.to_string(),
                    text(&inventory.categories.get(category).title),
                    names(modules.iter().map(|(name, _)| name.as_str())),
                ]);
            }
        }
    }
    table(&["Risk", "Group", "Modules"], &rows)
}

fn concerns(out: &mut String, inventory: &Inventory) {
    let mut concerns: IndexMap<&str, Vec<String>> = IndexMap::new();
    for (name, module) in &inventory.modules {
        if let (Risk::High, Some(concern)) = (module.risk(), module.notes.as_deref()) {
            concerns.entry(concern).or_default().push(code(name));
        }
    }
    if concerns.is_empty() {
        return;
    }
    out.push_str("\nKnown concerns about modules of high risk:\n\n");
    for (concern, names) in concerns {
        let _ = writeln!(out, "- {}: {}", names.join(", "), text(concern));
    }
}
