//! Any bytes as a release file: what is accepted is the same after writing and reading it again. And as
//! the other two files about releases.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prosody_stability::release::Release;
use prosody_stability::release::changes::Changes;
use prosody_stability::release::distribution::Distribution;
use prosody_stability::source::Source;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match Release::read(text) {
        Ok(release) => {
            let text = release.to_json().expect("accepted, so it can be written");
            let again = Release::read(&text).expect("written, so it can be read");
            assert_eq!(release, again);
            assert_eq!(again.to_json().expect("written"), text);
        }
        Err(error) => drop(error.to_string()),
    }
    drop(Changes::read(text));
    drop(Distribution::read(&Source::new("", text)));
});
