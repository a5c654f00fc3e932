//! The XEPs and RFCs that a cell names.

use crate::inventory::Text;

/// Whether a remark is nothing but a reference: it starts with one.
pub fn is_reference(text: &str) -> bool {
    ["XEP-", "RFC "]
        .iter()
        .any(|prefix| text.starts_with(prefix))
}

/// The XEPs and RFCs that a text names: `XEP-0124/0206`, `RFC 7395`.
pub fn references_in<'a>(text: &str) -> (Box<[Text<'a>]>, Box<[Text<'a>]>) {
    let numbers = |prefix: &str| {
        let mut numbers = Vec::new();
        for (at, _) in text.match_indices(prefix) {
            let rest = &text[at + prefix.len()..];
            let end = rest
                .find(|c: char| !c.is_ascii_digit() && c != '/')
                .unwrap_or(rest.len());
            numbers.extend(
                rest[..end]
                    .split('/')
                    .filter(|n| !n.is_empty())
                    .map(|n| format!("{prefix}{n}").into()),
            );
        }
        numbers.into()
    };
    (numbers("XEP-"), numbers("RFC "))
}
