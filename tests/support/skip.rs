//! What a test does when this machine lacks what it needs.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;

/// Fails under `CI=true`, where everything is set up beforehand. Elsewhere says `SKIPPED: …` and adds a line to the
/// file that `SKIPPED_TESTS` names, so that a test run can count what it did not test.
pub fn skip_or_fail(reason: &str) {
    assert!(
        env::var("CI").as_deref() != Ok("true"),
        "{reason} (a test may be skipped, but not when CI=true)"
    );
    note(reason);
}

/// For data that is no part of the project and that nobody has to have: says so as `skip_or_fail` does, but under
/// `CI=true` it is no failure.
pub fn skip_optional(reason: &str) {
    note(reason);
}

fn note(reason: &str) {
    eprintln!("SKIPPED: {reason}");
    if let Some(file) = env::var_os("SKIPPED_TESTS").filter(|name| !name.is_empty()) {
        // One write, so that tests running side by side do not mix their lines.
        let line = format!("{}\n", reason.replace('\n', " "));
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)
            .and_then(|mut file| file.write_all(line.as_bytes()))
            .expect("the file named by SKIPPED_TESTS can be written");
    }
}
