//! Any bytes as plans of machines, reviewed against themselves: read again they are the same, and nothing breaks.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use prosody_stability::configuration::nixos::plans::Plans;
use prosody_stability::inventory::Inventory;
use prosody_stability::report::Severity;
use prosody_stability::review::fleet::{Request, review};
use prosody_stability::source::Source;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::from_bytes("plans.json".into(), bytes.to_vec()) else {
        return;
    };
    match Plans::read(&source) {
        Ok(plans) => {
            let reviewed = review(&Request {
                names: ["old", "new"],
                plans: [&plans, &plans],
                inventory: &Inventory::builtin(),
                inventory_name: "built-in",
                assume_newest: true,
                variables: &BTreeMap::new(),
            });
            assert!(!reviewed.report.reaches(Severity::Breaking));
        }
        Err(error) => drop(error.render(true)),
    }
});
