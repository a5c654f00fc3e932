//! Any bytes as inventory JSON: what is accepted is the same after writing and reading it again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prosody_stability::emit;
use prosody_stability::inventory::json;
use prosody_stability::source::Source;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::from_bytes("inventory.json".into(), bytes.to_vec()) else {
        return;
    };
    match json::read(&source) {
        Ok(inventory) => {
            let text = emit::json(&inventory, &[]).expect("accepted, so it can be written");
            let source = Source::new("again.json", text);
            let again = json::read(&source).expect("written, so it can be read");
            assert_eq!(inventory, again);
        }
        Err(error) => drop(error.render(true)),
    }
});
