//! The built-in lists of what distributions package, against the packages themselves.

use std::collections::BTreeSet;

use prosody_stability::release::distribution::Distribution;

use crate::support::prosody::Installation;

#[test]
fn the_names_are_those_in_the_packages() {
    // The packages of bookworm-backports and of trixie are built from the same source.
    for (name, version) in [("debian-12", "0.12"), ("debian-13", "13.0")] {
        let Some(installation) = Installation::find(version) else {
            continue;
        };
        let distribution = Distribution::find(name).unwrap();
        let listed: BTreeSet<String> = distribution.modules.iter().cloned().collect();
        let bundled = installation.bundled();
        let packaged: BTreeSet<String> = installation
            .community()
            .difference(&bundled)
            .cloned()
            .collect();
        // A README alone is packaged where its module is not.
        assert!(packaged.len() > 75, "{name}: {}", packaged.len());
        assert_eq!(listed, packaged, "{name}");
        assert_eq!(distribution.version, installation.full_version, "{name}");
    }
}
