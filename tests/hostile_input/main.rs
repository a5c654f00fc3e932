//! Bad input ends with exit code 2 and a message, in bounded time, never with a panic.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod arbitrary;
mod harmless;
mod killed;
mod memory;
mod nesting;
mod network;
mod outputs;
mod owners;
mod places;
mod printed;
mod printed_documents;
mod printed_machines;
mod printed_servers;
mod prosodyctl;
mod rights;
mod size;
mod spoilt;

use std::io::Write;
use std::path::Path;

use support::command::{CommandOutput, run, run_with, tool};
use support::folder;

/// How each reader is reached: the arguments before the file.
const READERS: [&[&str]; 3] = [
    &["import"],
    &["emit", "--inventory"],
    &["resolve", "--env-file"],
];

/// What the program says of a file.
fn read_file(arguments: &[&str], file: &Path) -> CommandOutput {
    run(tool(arguments).arg(file))
}

/// What the program says of a file with this content.
fn read_bytes(arguments: &[&str], content: &[u8]) -> CommandOutput {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    read_file(arguments, file.path())
}

/// What the program says of this content on standard input.
fn read_stdin(arguments: &[&str], content: &[u8]) -> CommandOutput {
    run_with(tool(arguments).arg("-"), content)
}

/// The message of a run that ended as bad input ends: exit code 2, one error, no result.
fn refusal(said: &CommandOutput) -> String {
    let message = said.stderr.clone();
    assert_eq!(said.code(), Some(2), "{message}");
    assert!(said.stdout.is_empty(), "{message}");
    assert!(message.starts_with("error: "), "{message}");
    assert!(!message.contains("panicked"), "{message}");
    assert!(
        message.len() < 10_000,
        "a message of {} bytes",
        message.len()
    );
    message
}

#[test]
fn nothing_at_all() {
    for reader in READERS {
        for output in [read_bytes(reader, b""), read_stdin(reader, b"")] {
            let message = refusal(&output);
            assert!(
                message.contains("is empty")
                    || message.contains("lists no modules")
                    || message.contains("it looks like an empty file"),
                "{message}"
            );
        }
    }
}

#[test]
fn bytes_that_are_no_text() {
    for reader in READERS {
        for output in [
            read_bytes(reader, b"a\nbc\xff\n"),
            read_stdin(reader, b"a\nbc\xff\n"),
        ] {
            let message = refusal(&output);
            assert!(message.contains("is not UTF-8 text"), "{message}");
            assert!(message.contains(":2:3"), "{message}");
        }
    }
}

#[test]
fn a_nul_character() {
    for reader in READERS {
        for output in [read_bytes(reader, b"{\n\0}"), read_stdin(reader, b"{\n\0}")] {
            let message = refusal(&output);
            assert!(message.contains("contains a NUL character"), "{message}");
            assert!(message.contains(":2:1"), "{message}");
        }
    }
}

#[test]
fn a_folder_and_a_file_that_is_not_there() {
    let folder = folder::scratch();
    for reader in READERS {
        let message = refusal(&read_file(reader, folder.path()));
        assert!(
            message.contains("expected a file, not a directory"),
            "{message}"
        );
        let missing = folder.path().join("missing");
        let message = refusal(&read_file(reader, &missing));
        assert!(
            message.contains(&format!("cannot read {}", missing.display())),
            "{message}"
        );
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    let json = include_str!("../../inventory/prosody.json");
    let nix = run(&mut tool(&["emit"])).success().stdout;
    for text in [json, &nix] {
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        assert_eq!(read_bytes(READERS[1], &marked).stdout, nix);
        assert_eq!(read_stdin(READERS[1], &marked).stdout, nix);
    }
    let marked = b"\xef\xbb\xbfPROSODY_ENABLE_BETA=maybe\n";
    let message = refusal(&read_bytes(READERS[2], marked));
    assert!(message.contains(":1:21"), "{message}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_seen_enough() {
    use std::io::Read;
    use std::process::Stdio;

    // Much more than a pipe holds, so that the program is still writing when the pipe closes.
    let module = "{ \"category\": \"core\", \"stability\": \"core\", \"purpose\": \"\" }";
    let modules: String = (0..5_000).map(|n| format!("\"m{n}\": {module},")).collect();
    let json = include_str!("../../inventory/prosody.json");
    let json = json.replacen("\"modules\": {", &format!("\"modules\": {{{modules}"), 1);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(json.as_bytes()).unwrap();

    let mut child = tool(&["emit", "--format", "json", "--inventory"])
        .arg(file.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"{\n  \"schem");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
