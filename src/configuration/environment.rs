//! The environment of the process.

use std::sync::Arc;

use super::variables::{self, PREFIX, Variable};
use crate::diagnostic::{Diagnostic, Result};
use crate::envfile::Assignment;
use crate::inventory::Inventory;
use crate::selection::{Origin, Selection};
use crate::source::Source;

/// Applies the flags among the variables of a process; an error when they set no flag.
pub fn apply(
    selection: &mut Selection,
    inventory: &Inventory,
    environment: impl IntoIterator<Item = (String, String)>,
    messages: &mut Vec<Diagnostic>,
) -> Result<()> {
    // As one text, so that messages can point into it.
    let mut text = String::new();
    let mut assignments = Vec::new();
    let ours = environment.into_iter();
    for (name, value) in ours.filter(|(name, _)| name.starts_with(PREFIX)) {
        let name_range = text.len()..text.len() + name.len();
        let value_range = name_range.end + 1..name_range.end + 1 + value.len();
        text.push_str(&format!("{name}={value}\n"));
        assignments.push(Assignment {
            name,
            value,
            name_range,
            value_range,
        });
    }
    let source = Arc::new(Source::new("<environment>", text));
    let variables = Variable::all_of(&source, assignments);
    let origin = |variable: &Variable| Origin::Environment(variable.assignment.name.clone());
    match variables::apply(selection, inventory, &variables, origin, messages)? {
        0 => Err(Box::new(
            Diagnostic::error(format!("the environment sets no {PREFIX}* flag")).help(
                "export the variables, or pass the flags as options, such as --profile community",
            ),
        )),
        _ => Ok(()),
    }
}
