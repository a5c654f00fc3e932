//! Any bytes as an allow file: what is accepted is the same after writing and reading it again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prosody_stability::review::allow::Allowed;
use prosody_stability::source::Source;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::from_bytes("allow.json".into(), bytes.to_vec()) else {
        return;
    };
    match Allowed::read(&source) {
        Ok(allowed) => {
            let text = allowed.to_json().expect("accepted, so it can be written");
            let again = Allowed::read(&Source::new("again.json", text));
            assert_eq!(allowed, again.expect("written, so it can be read"));
        }
        Err(error) => drop(error.render(true)),
    }
});
