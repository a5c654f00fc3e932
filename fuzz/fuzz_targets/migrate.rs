//! Any bytes as a file to migrate: a NixOS configuration whose former names are gone after one
//! rewriting, or variables that make a selection.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use prosody_stability::inventory::Inventory;
use prosody_stability::migrate::{self, InputKind, nixos};
use prosody_stability::source::Source;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::from_bytes("input".into(), bytes.to_vec()) else {
        return;
    };
    let inventory = Inventory::builtin();
    // Most inputs are no file of any kind: they are Nix, so that the rewriting sees them.
    let kind = match migrate::input_kind(&source) {
        InputKind::Env => InputKind::Nix,
        kind => kind,
    };
    let mut messages = Vec::new();
    if kind == InputKind::Nix {
        match nixos::rewrite(&inventory, &source) {
            Ok(rewritten) => {
                assert!(rewritten.messages.len() <= 101);
                let again = Source::new("again", rewritten.text.as_str());
                let again = nixos::rewrite(&inventory, &again).expect("still Nix");
                assert_eq!((again.renamed, &again.text), (0, &rewritten.text));
                messages = rewritten.messages;
            }
            Err(error) => messages.push(*error),
        }
    } else {
        let path = Path::new("/nowhere/input");
        if let Err(error) = migrate::selection(&inventory, &source, path, kind, None, &mut messages)
        {
            messages.push(*error);
        }
    }
    messages
        .iter()
        .for_each(|message| drop(message.render(true)));
});
