//! Any bytes as what `prosodyctl` prints: a listing, or an error that can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prosody_stability::source::Source;
use prosody_stability::status::listing::Listing;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::from_bytes("listing".into(), bytes.to_vec()) else {
        return;
    };
    match Listing::parse(&source) {
        Ok(listing) => {
            let mut names = listing.names();
            assert!(names.all(|name| !name.is_empty() && source.text().contains(name)));
        }
        Err(error) => drop(error.render(true)),
    }
});
