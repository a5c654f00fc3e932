//! The real Nix evaluator, for expressions that need no store.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use crate::skip::skip_or_fail;

/// What `nix-instantiate --eval --strict --json` prints for a file; `None` where there is no Nix,
/// which is reported as a skipped test. The error is what Nix says.
pub fn evaluate(file: &Path) -> Option<Result<serde_json::Value, String>> {
    let output = Command::new("nix-instantiate")
        .args(["--store", "dummy://", "--eval", "--strict", "--json"])
        .arg(file)
        .env("NIX_CONFIG", "build-users-group =")
        .env("HOME", file.parent().unwrap_or(file))
        .output();
    match output {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            skip_or_fail("nix-instantiate is not installed");
            None
        }
        Err(error) => panic!("nix-instantiate does not run: {error}"),
        Ok(output) if output.status.success() => Some(Ok(
            serde_json::from_slice(&output.stdout).expect("Nix prints JSON")
        )),
        Ok(output) => Some(Err(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}

/// Evaluates many expressions at once: the values in their order, or what Nix says of the first
/// bad one.
pub fn evaluate_all(texts: &[String]) -> Option<Result<Vec<serde_json::Value>, String>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut all = String::from("[\n");
    for (index, text) in texts.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{index}.nix")), text).expect("a file");
        all.push_str(&format!("(import ./{index}.nix)\n"));
    }
    all.push(']');
    let file = folder.path().join("all.nix");
    std::fs::write(&file, all).expect("a file");
    Some(evaluate(&file)?.map(|values| match values {
        serde_json::Value::Array(values) => values,
        other => panic!("a list of {} values, not {other}", texts.len()),
    }))
}
