//! The real Nix evaluator, without a network and without a store.

use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use super::command::{CommandOutput, run};
use super::skip::skip_or_fail;
use super::{folder, root};

/// Whether Nix is there; where it is not, a test that needs it is skipped with a remark, or fails.
pub fn is_here() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    let is_here = *ANSWER.get_or_init(|| {
        let asked = Command::new("nix-instantiate").arg("--version").output();
        asked.is_ok_and(|output| output.status.success())
    });
    if !is_here {
        skip_or_fail("nix-instantiate is missing: install nix-bin");
    }
    is_here
}

/// `nix-instantiate` that evaluates strictly, with more arguments, and with nothing of this machine's settings.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new("nix-instantiate");
    command
        .args(["--eval", "--strict", "--store", "dummy://"])
        .args(["--option", "build-users-group", ""])
        .args(arguments)
        .current_dir(root())
        .env_remove("NIX_PATH");
    command
}

/// The value of an expression; in it, relative paths start at the root of this repository.
pub fn evaluate(expression: &str) -> Value {
    try_evaluate(expression).unwrap_or_else(|message| panic!("{message}\nof {expression}"))
}

/// The value of an expression, or what Nix says instead.
pub fn try_evaluate(expression: &str) -> Result<Value, String> {
    let said: CommandOutput = run(&mut command(&["--json", "--expr", expression]));
    if said.status.success() {
        Ok(said.json())
    } else {
        Err(said.stderr)
    }
}

/// Evaluates many texts at once: the values in their order, or what Nix says of the first bad one. `None` where there
/// is no Nix.
pub fn evaluate_all<T: AsRef<str>>(texts: &[T]) -> Option<Result<Vec<Value>, String>> {
    if !is_here() {
        return None;
    }
    let folder = folder::scratch();
    let mut all = String::from("[\n");
    for (index, text) in texts.iter().enumerate() {
        folder::write(folder.path(), &format!("{index}.nix"), text.as_ref());
        all.push_str(&format!("(import ./{index}.nix)\n"));
    }
    all.push(']');
    let file = folder::write(folder.path(), "all.nix", &all);
    Some(try_evaluate(&import(&file)).map(|values| match values {
        Value::Array(values) => values,
        other => panic!("a list of {} values, not {other}", texts.len()),
    }))
}

/// The expression that reads a file.
pub fn import(file: &str) -> String {
    format!("import (/. + {file:?})")
}
