//! Any bytes as a guide: an inventory with messages, or an error that can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prosody_stability::guide;
use prosody_stability::inventory::Inventory;
use prosody_stability::source::Source;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::from_bytes("guide.md".into(), bytes.to_vec()) else {
        return;
    };
    match guide::import(&source, &Inventory::builtin()) {
        Ok((_, messages)) => messages.iter().for_each(|remark| drop(remark.render(true))),
        Err(error) => drop(error.render(true)),
    }
});
