//! Annotations as GitHub workflow commands.

/// One annotation as a line; `place` is the file and line that it points at.
pub fn annotation(
    command: &str,
    place: Option<(&str, usize)>,
    title: &str,
    message: &str,
) -> String {
    let mut properties = format!("title={}", property(title));
    if let Some((file, line)) = place {
        properties = format!("file={},line={line},{properties}", property(file));
    }
    format!("::{command} {properties}::{}\n", data(message))
}

/// Escapes the message of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
