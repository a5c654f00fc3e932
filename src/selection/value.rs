//! Values of flags as users type them.

use crate::diagnostic::did_you_mean;
use crate::inventory::{Category, Rollout};

/// Reads a boolean: true/false, 1/0, yes/no, on/off, in any case.
pub fn switch(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err("expected true or false (also 1/0, yes/no, on/off)".to_owned()),
    }
}

/// Reads a boolean or a list of categories: `security,modern`.
pub fn rollout(text: &str) -> Result<Rollout, String> {
    if let Ok(on) = switch(text) {
        return Ok(Rollout::All(on));
    }
    let categories = text.split(',').map(|name| category(name.trim()));
    categories.collect::<Result<_, _>>().map(Rollout::Only)
}

fn category(name: &str) -> Result<Category, String> {
    let category_names = Category::ALL.map(Category::name);
    let folded = name.to_ascii_lowercase();
    Category::ALL
        .into_iter()
        .find(|category| category.name() == folded)
        .ok_or_else(|| {
            let near = did_you_mean(name, category_names)
                .map(|near| format!("; {near}"))
                .unwrap_or_default();
            format!(
                "expected true, false, or categories separated by commas ({}), found \
                `{name}`{near}",
                category_names.join(", ")
            )
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_switches_in_every_spelling() {
        for on in ["true", "1", "yes", "on", "TRUE", "Yes", " on "] {
            assert_eq!(switch(on), Ok(true), "{on}");
        }
        for off in ["false", "0", "no", "off", "OFF"] {
            assert_eq!(switch(off), Ok(false), "{off}");
        }
        assert!(switch("maybe").is_err());
        assert!(switch("").is_err());
    }

    #[test]
    fn reads_lists_of_categories() {
        let only = Rollout::Only(vec![Category::Security, Category::Http]);
        assert_eq!(rollout("security, HTTP"), Ok(only));
        assert_eq!(rollout("no"), Ok(Rollout::All(false)));
        let error = rollout("secuirty").unwrap_err();
        assert!(error.contains("did you mean `security`?"), "{error}");
    }
}
