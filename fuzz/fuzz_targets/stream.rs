//! Any text as what an XMPP server sends: names of bounded length and number, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prosody_stability::rehearse::client;

fuzz_target!(|text: &str| {
    let texts = client::names_in(text).unwrap_or_else(|error| vec![error]);
    assert!(texts.len() <= 500);
    assert!(texts.iter().all(|text| text.chars().count() <= 201));
});
