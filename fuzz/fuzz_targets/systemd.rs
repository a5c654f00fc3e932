//! Any bytes as a systemd unit: variables with their places, or an error that can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prosody_stability::configuration::systemd;
use prosody_stability::source::Source;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::from_bytes("prosody.service".into(), bytes.to_vec()) else {
        return;
    };
    match systemd::read(&source) {
        Ok(variables) => {
            for variable in variables {
                let place = source.text().get(variable.value_range);
                assert!(place.is_some_and(|place| place.contains('=')), "{place:?}");
            }
        }
        Err(error) => drop(error.render(true)),
    }
});
