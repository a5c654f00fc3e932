//! Any bytes as the README of a module: labels, and a summary of one line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prosody_stability::scan::readme;

fuzz_target!(|bytes: &[u8]| {
    let readme = readme::read(bytes);
    if let Some(summary) = &readme.summary {
        assert!(
            !summary.is_empty() && !summary.contains('\n'),
            "{summary:?}"
        );
    }
    for (index, stage) in readme.stage.iter().enumerate() {
        assert!(!readme.stage[..index].contains(stage), "{stage:?} twice");
    }
    if let Some(reason) = &readme.unclear {
        assert!(!reason.to_string().is_empty());
    }
});
