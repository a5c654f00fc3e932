//! Any bytes as an environment file: flags with remarks, or an error that can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prosody_stability::inventory::Inventory;
use prosody_stability::configuration::env_file;
use prosody_stability::selection::Selection;
use prosody_stability::source::Source;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::from_bytes("flags.env".into(), bytes.to_vec()) else {
        return;
    };
    let inventory = Inventory::builtin();
    let mut selection = Selection::defaults(&inventory);
    let mut remarks = Vec::new();
    if let Err(error) = env_file::apply(&mut selection, &inventory, &source, &mut remarks) {
        remarks.push(*error);
    }
    remarks.iter().for_each(|remark| drop(remark.render(true)));
});
