//! A branch is not one thing: what its later versions do differently.

use prosody_stability::release::builtin;

fn inherits(version: &str) -> Vec<String> {
    let (release, warning) = builtin::find(version, false).unwrap();
    assert!(warning.is_none(), "{version}");
    release.modules["muc"].inherit_modules.clone()
}

#[test]
fn a_room_service_inherits_mam_since_13_0_6() {
    for version in ["13.0", "13.0.6", "13.0.7", "13.0.10"] {
        assert_eq!(inherits(version), ["mam"], "{version}");
    }
    for version in ["0.12", "0.12.3", "13.0.0", "13.0.1", "13.0.5"] {
        assert!(inherits(version).is_empty(), "{version}");
    }
}
