//! Any bytes as an attribute set: what is accepted is the same after writing and reading
//! it again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prosody_stability::emit;
use prosody_stability::inventory::nix;
use prosody_stability::source::Source;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::from_bytes("inventory.nix".into(), bytes.to_vec()) else {
        return;
    };
    match nix::read(&source) {
        Ok(inventory) => {
            let text = emit::nix(&inventory, &[]).expect("accepted, so it can be written");
            let source = Source::new("again.nix", text);
            let again = nix::read(&source).expect("written, so it can be read");
            assert_eq!(inventory, again);
        }
        Err(error) => drop(error.render(true)),
    }
});
