//! What is harmless when it is printed, and texts that are not.

use crate::support::command::{CommandOutput, run, tool};

/// Everything at once: line ends, workflow commands, C0, C1, directions, separators.
pub const HOSTILE: &str = "::error::a\n::error::b\r \u{1b}]0;t\u{7}\u{1b}[31m \u{9b}31m\u{90} \u{202e}\u{202a}\
    \u{2066}\u{2069}\u{2028}\u{2029} ##[error]c ##[debug] \u{7f}\t::warning::d\r\n\t::notice::e";
/// The same for places that take a single line.
pub const ONE_LINE: &str = "::error::a \u{1b}]0;t\u{7}\u{1b}[31m \u{9b}31m\u{90} \u{202e}\u{202a}\u{2066}\u{2069} \
    ##[error]c \u{7f} ::notice::e";

const REPORTS: [&str; 5] = ["text", "markdown", "json", "github", "html"];

fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a line is an annotation that the tool itself writes: with a title.
fn is_annotation(line: &str) -> bool {
    let rest = line
        .strip_prefix("::")
        .and_then(|rest| rest.split_once(' '));
    rest.is_some_and(|(command, properties)| {
        ["error", "warning", "notice"].contains(&command)
            && (properties.starts_with("title=") || properties.starts_with("file="))
    })
}

/// What is wrong with a text as it is printed.
fn wrong(text: &str, arguments: &str) -> Option<String> {
    let format = |name: &str| arguments.contains(&format!("--format {name}"));
    for line in text.split('\n') {
        // Lua is indented with tabs.
        let line = if format("lua") {
            line.trim_start_matches('\t')
        } else {
            line
        };
        // And people indent with them what `migrate` shows, and end lines as on Windows.
        let is_migration = arguments.starts_with("migrate");
        let line = match line.strip_suffix('\r').unwrap_or(line) {
            shown if is_migration => shown.replace('\t', " "),
            _ => line.to_owned(),
        };
        let line = line.as_str();
        let control = line.chars().find(|&c| c.is_control() || is_bidi(c));
        let is_command =
            line.trim_start().starts_with("::") && !(format("github") && is_annotation(line));
        if control.is_some() || is_command || line.contains("##[") {
            let start: String = line.chars().take(300).collect();
            return Some(format!("{control:?} in {start:?}"));
        }
    }
    None
}

pub fn harmless(said: &CommandOutput, arguments: &[&str]) {
    let line = arguments.join(" ");
    assert!(matches!(said.code(), Some(0..=2)), "{line:?}: {said:?}");
    for text in [&said.stdout, &said.stderr] {
        assert!(!text.contains("panicked"), "{line:?}: {text}");
        if let Some(wrong) = wrong(text, &line) {
            panic!("{line:?}: {wrong}");
        }
    }
}

/// Runs a command and looks at what it prints.
pub fn say(arguments: &[&str]) -> CommandOutput {
    let said = run(&mut tool(arguments));
    harmless(&said, arguments);
    said
}

/// The same in every format of reports.
pub fn report(arguments: &[&str]) {
    for format in REPORTS {
        say(&[arguments, &["--format", format]].concat());
    }
}
