//! Any bytes as an environment file: assignments with their places, flags with messages, or an
//! error that can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prosody_stability::configuration::env_file;
use prosody_stability::envfile;
use prosody_stability::inventory::Inventory;
use prosody_stability::selection::Selection;
use prosody_stability::source::Source;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::from_bytes("flags.env".into(), bytes.to_vec()) else {
        return;
    };
    let text = source.text();
    let (assignments, malformed) = envfile::parse(text);
    for assignment in assignments {
        assert_eq!(text.get(assignment.name_range), Some(assignment.name.as_str()));
        assert!(text.get(assignment.value_range).is_some());
    }
    assert!(
        malformed
            .into_iter()
            .all(|line| text.get(line.at).is_some())
    );
    let inventory = Inventory::builtin();
    let mut selection = Selection::defaults(&inventory);
    let mut messages = Vec::new();
    if let Err(error) = env_file::apply(&mut selection, &inventory, &source, &mut messages) {
        messages.push(*error);
    }
    messages
        .iter()
        .for_each(|message| drop(message.render(true)));
});
