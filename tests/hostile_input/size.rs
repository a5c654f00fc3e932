//! Large inputs: refused when no inventory is that large, and read in linear time below that.

use std::fs::File;
use std::io::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use super::support::command::{run, tool};
use super::support::folder::scratch;
use super::{READERS, read_bytes, read_file, read_stdin, refusal};

/// Much more than any case takes, on a busy machine and without optimization.
const PATIENCE: Duration = Duration::from_secs(20);

const MIB: usize = 1024 * 1024;

#[test]
fn a_hundred_megabytes_are_refused() {
    for line in [
        "                \n",
        "[",
        "{ a = ",
        "PROSODY_ENABLE_BETA=true\n",
        "| mam | x |\n",
    ] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let block = line.repeat(MIB / line.len());
        for _ in 0..100 * 1_000_000 / block.len() + 1 {
            file.write_all(block.as_bytes()).unwrap();
        }
        for reader in READERS {
            let start = Instant::now();
            let message = refusal(&read_file(reader, file.path()));
            assert!(message.contains("larger than 64 MiB"), "{message}");
            assert!(
                start.elapsed() < PATIENCE,
                "{line:?}: {:?}",
                start.elapsed()
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn an_endless_file_is_refused() {
    let message = refusal(&read_file(READERS[1], std::path::Path::new("/dev/zero")));
    assert!(message.contains("larger than 64 MiB"), "{message}");
}

#[test]
fn a_large_file_of_a_revision_is_refused() {
    let folder = scratch();
    let file = File::create(folder.path().join("large.json")).unwrap();
    let mut file = std::io::BufWriter::new(file);
    for _ in 0..65 {
        file.write_all(&vec![b' '; MIB]).unwrap();
    }
    drop(file);
    for arguments in [
        &["init", "-q"][..],
        &["-c", "core.compression=1", "add", "large.json"],
    ] {
        let mut git = Command::new("git");
        run(git.arg("-C").arg(folder.path()).args(arguments)).success();
    }
    let said = run(tool(&["diff", ":large.json", "13.0"]).current_dir(folder.path()));
    let message = refusal(&said);
    assert!(
        message.contains(":large.json: larger than 64 MiB"),
        "{message}"
    );
}

#[test]
fn a_large_guide_is_refused() {
    let guide = "| a |\n".repeat(MIB / 6 + 1);
    for output in [
        read_bytes(READERS[0], guide.as_bytes()),
        read_stdin(READERS[0], guide.as_bytes()),
        read_bytes(READERS[1], guide.as_bytes()),
    ] {
        let message = refusal(&output);
        assert!(message.contains("larger than 1 MiB"), "{message}");
        assert!(message.contains("JSON or Nix"), "{message}");
    }
}

/// Reads `size` bytes that repeat `unit` between `before` and `after`.
fn takes_not_long(reader: &[&str], before: &str, unit: &str, after: &str, size: usize) {
    let text = format!("{before}{}{after}", unit.repeat(size / unit.len()));
    let start = Instant::now();
    let said = read_bytes(reader, text.as_bytes());
    let took = start.elapsed();
    let message = &said.stderr;
    assert!(
        matches!(said.code(), Some(0 | 2)),
        "{before}{unit}{after}: {message}"
    );
    assert!(took < PATIENCE, "{before:?} {unit:?} {after:?}: {took:?}");
    eprintln!("{took:?} {before:?} {unit:?} {after:?}");
}

#[test]
fn one_endless_name_or_string() {
    for (before, after) in [
        ("{\"", "\": 1}"),
        ("{\"schemaVersion\": \"", "\"}"),
        ("{ ", " = 1; }"),
        ("{ schemaVersion = \"", "\"; }"),
        ("{ schemaVersion = ", "; }"),
        ("{ \"", "\" = 1; }"),
        ("{ # ", ""),
    ] {
        takes_not_long(READERS[1], before, "a", after, 4 * MIB);
    }
    takes_not_long(READERS[2], "PROSODY_ENABLE_", "B", "=true", 4 * MIB);
    takes_not_long(READERS[2], "PROSODY_ENABLE_BETA=", "a", "", 4 * MIB);
    takes_not_long(READERS[2], "PROSODY_ENABLE_BETA=\"", "a", "", 4 * MIB);
}

#[test]
fn many_lines_of_an_environment_file() {
    for line in [
        "PROSODY_ENABLE_BETA=true\n",
        "PROSODY_ENABLE_BETAA=true\n",
        "PROSODY_ENABLE_ENTERPRISE=true\n",
        "PROSODY_ENABLE_BETA=\n",
        "no assignment\n",
        "A='\nB=\"\n",
        "A=\\\n",
        "\n",
    ] {
        takes_not_long(READERS[2], "", line, "", 2 * MIB);
    }
}

#[test]
fn many_parts_of_a_guide() {
    let row = "| mam | x |\n";
    let table = "| Module | Purpose |\n|---|---|\n";
    for (before, unit) in [
        (
            "# Security (Stable)\n",
            "```\nPROSODY_ENABLE_BETAA=true\n```\n",
        ),
        (
            "",
            "```\nCore=1, Stable=1, Beta=1, Alpha=1, HTTP=1, Admin=1\n```\n",
        ),
        (
            "",
            "# Security (Stable)\n\n| Module | Purpose |\n|---|---|\n",
        ),
        (&format!("# Security (Stable)\n\n{table}{row}"), row),
        (&format!("# {}\n", "long ".repeat(50_000)), table),
        ("", "["),
        ("", "![a]("),
        ("", "*a_ "),
        ("", "`` ` "),
        ("", "<a "),
        ("", "&"),
        ("", "|"),
        (
            &format!("|{}\n|{}\n", "a|".repeat(10_000), "-|".repeat(10_000)),
            "|\n",
        ),
    ] {
        // With what stands before, no more than is read of a guide.
        takes_not_long(READERS[0], before, unit, "", MIB - before.len());
    }
}
