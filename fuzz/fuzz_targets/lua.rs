//! Any bytes as the main file of a plugin: what it declares, each on a line that it has, and what
//! was not understood.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prosody_stability::scan::plugin;

fuzz_target!(|bytes: &[u8]| {
    let text = bytes.to_vec();
    let reading = std::thread::Builder::new()
        .stack_size(plugin::STACK_SIZE)
        .spawn(move || {
            let declared = plugin::read(&text);
            let lines = 1 + text.iter().filter(|&&byte| byte == b'\n').count();
            for found in declared.depends.iter().chain(&declared.libraries) {
                assert!((1..=lines).contains(&found.line), "{found:?} of {lines}");
            }
            for reason in &declared.unclear {
                assert!(!reason.to_string().is_empty());
            }
            let headers = declared.headers;
            assert!(headers.conflicts.is_sorted() && headers.requires.is_sorted());
        });
    reading.expect("a thread").join().expect("no panic");
});
