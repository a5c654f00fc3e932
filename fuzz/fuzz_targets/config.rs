//! Any bytes as a NixOS configuration: a server that is written out, and settings with what stays undecided, never more than a
//! hundred messages, or an error that can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prosody_stability::configuration::nixos;
use prosody_stability::configuration::services_prosody::generation::Generation;
use prosody_stability::configuration::services_prosody::{Additions, write};
use prosody_stability::inventory::Inventory;
use prosody_stability::source::Source;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::from_bytes("configuration.nix".into(), bytes.to_vec()) else {
        return;
    };
    match nixos::read_source(source) {
        Ok(settings) => {
            assert_eq!(settings.is_decided(), settings.undecided().count() == 0);
            assert!(settings.messages.len() <= 101);
            for message in &settings.messages {
                drop(message.render(true));
            }
            let inventory = Inventory::builtin();
            if let Err(error) = settings.selection(&inventory, &inventory) {
                drop(error.render(true));
            }
            match settings.service() {
                Ok(Some(service)) => {
                    for generation in [Generation::Old, Generation::New] {
                        drop(write(&service, generation, &Additions::default()));
                    }
                }
                Ok(None) => {}
                Err(error) => drop(error.render(true)),
            }
        }
        Err(error) => drop(error.render(true)),
    }
});
