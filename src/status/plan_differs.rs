//! The plan that a server carries for its plugin against the one of the selection.

use std::collections::BTreeSet;

use super::listing::Listing;
use crate::plan::{PLUGIN, Plan};
use crate::report::{Code, Finding, Severity};

/// How many names a finding lists.
const SHOWN: usize = 10;

/// Whether the plan on the server is another one.
pub(super) fn find(plan: &Plan, listing: &Listing) -> Option<Finding> {
    let Some(on_server) = &listing.plan else {
        // Without the plugin the server has none.
        let has_plugin = listing.global.contains_key(PLUGIN);
        return has_plugin.then(|| {
            let message = "the plan on the server is unknown";
            Finding::new(Code::PlanDiffers, message)
                .reason(format!(
                    "{PLUGIN} is loaded, but its plan is not in the listing"
                ))
                .severity(Severity::Warning)
                .help(
                    "add the output of `prosodyctl shell stability plan` to the listing. If there \
                    is no such command, reinstall the module with `prosody-stability plugin`",
                )
        });
    };
    let expected: BTreeSet<String> = plan.expected_on_any_host().cloned().collect();
    let only = |names: &BTreeSet<String>, others: &BTreeSet<String>, whose: &str| {
        let names: Vec<_> = names.difference(others).map(String::as_str).collect();
        (!names.is_empty()).then(|| format!("only {whose}: {}", some_of(&names)))
    };
    let differences = [
        only(&on_server.expected, &expected, "on the server"),
        only(&expected, &on_server.expected, "in your selection"),
    ];
    let differences: Vec<_> = differences.into_iter().flatten().collect();
    (!differences.is_empty()).then(|| {
        let message = "the server was configured with a different plan";
        Finding::new(Code::PlanDiffers, message).reason(differences.join("; "))
    })
}

/// The first of many names, and how many there are more.
fn some_of(names: &[&str]) -> String {
    let shown = names.len().min(SHOWN);
    let text = names[..shown].join(", ");
    match names.len() - shown {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_cut() {
        let names: Vec<String> = (0..12).map(|i| i.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(some_of(&names[..2]), "0, 1");
        assert_eq!(some_of(&names), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more");
    }
}
