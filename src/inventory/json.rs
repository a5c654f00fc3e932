//! Reads the inventory from JSON.

use super::Inventory;
use memchr::memmem;

use crate::diagnostic::{Diagnostic, Result, did_you_mean};
use crate::source::Source;

/// Parses inventory JSON without placing errors in a text; for embedded data.
pub(super) fn parse(text: &str) -> std::result::Result<Inventory<'_>, serde_json::Error> {
    serde_json::from_str(text)
}

/// Reads an inventory from JSON; the error names the place and the path of what is wrong.
pub fn read(source: &Source) -> Result<Inventory<'_>> {
    let text = source.text();
    if let Some(at) = escaped_nul(text) {
        return Err(Box::new(
            Diagnostic::error("a Nix string cannot contain a NUL character").at(
                source,
                at..at + 6,
                "NUL",
            ),
        ));
    }
    // serde takes a list for a struct.
    if let Some(first) = text.trim_start().chars().next().filter(|c| *c != '{') {
        let at = text.len() - text.trim_start().len();
        return Err(Box::new(
            Diagnostic::error("not an inventory: expected a JSON object").at(
                source,
                at..at + first.len_utf8(),
                "an object starts with `{`",
            ),
        ));
    }
    parse(text).map_err(|error| explain(source, &error))
}

/// Where a string holds `\u0000`.
fn escaped_nul(text: &str) -> Option<usize> {
    memmem::find_iter(text.as_bytes(), "\\u0000").find(|&at| {
        let backslashes = text.as_bytes()[..at]
            .iter()
            .rev()
            .take_while(|&&b| b == b'\\')
            .count();
        backslashes % 2 == 0
    })
}

/// A failed parse once more, this time keeping track of the path: slower, but only on failure.
fn explain(source: &Source, error: &serde_json::Error) -> Box<Diagnostic> {
    let deserializer = &mut serde_json::Deserializer::from_str(source.text());
    let path = match serde_path_to_error::deserialize::<_, Inventory>(deserializer) {
        Err(traced) => traced.path().to_string(),
        Ok(_) => String::new(),
    };
    let message = error.to_string();
    let message = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(text, _)| text);
    // serde counts what it has taken, which may be white space behind what is wrong.
    let taken = source.offset(error.line(), error.column() + 1);
    let taken = source.text()[..taken].trim_end();
    let (start, end) = if error.is_eof() {
        (source.text().len(), source.text().len())
    } else {
        let last = taken.char_indices().next_back();
        let start = match last {
            // A string is shown from its opening quote.
            Some((at, '"')) => taken[..at].rfind('"').unwrap_or(at),
            Some((at, _)) => at,
            None => 0,
        };
        (start, taken.len())
    };
    let label = if path.is_empty() || path == "." {
        String::new()
    } else {
        format!("in `{path}`")
    };
    Box::new(
        Diagnostic::error(format!("not an inventory: {message}"))
            .at(source, start..end, label)
            .maybe_help(suggestion(message))
            .help(
                "run `prosody-stability schema inventory` for the format, or `prosody-stability \
            emit --format json` for an example",
            ),
    )
}

/// For serde's "unknown field/variant `x`, expected one of `a`, `b`": the nearest of the expected.
pub(super) fn suggestion(message: &str) -> Option<String> {
    if !message.starts_with("unknown ") {
        return None;
    }
    let mut names = message.split('`').skip(1).step_by(2);
    let typed = names.next()?;
    did_you_mean(typed, names)
}
