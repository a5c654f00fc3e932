//! A change as a finding, with the fingerprint that names it in an allow file.

use serde_json::Value;

use super::{About, Code, Details, Finding};

/// A change that touches no selection yet.
pub fn change(code: Code, subject: &str, message: String, details: Details) -> Finding {
    Finding {
        fingerprint: Some(fingerprint(code, subject, &details)),
        details,
        ..Finding::new(code, message).about(subject)
    }
}

impl Details {
    /// What was there and what is there now.
    pub fn of(before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self {
            before: Some(before.into()),
            after: Some(after.into()),
            ..Self::default()
        }
    }

    /// The same for one field.
    pub fn field(field: &str, before: Option<Value>, after: Option<Value>) -> Self {
        Self {
            field: Some(field.to_owned()),
            before,
            after,
            position: None,
        }
    }
}

/// The same for the same change in every run, on every machine and in every version: FNV-1a.
///
/// Leaves out the wording and the selections, so that neither a better message nor another profile
/// makes an accepted change a new one. Of what loads it takes the states on both sides, not the
/// modules that are the cause: these differ from selection to selection. It omits the position
/// as well, which other changes move.
fn fingerprint(code: Code, subject: &str, details: &Details) -> String {
    let text = |value: &Option<Value>| {
        let state = value.as_ref().and_then(|value| value.get("state"));
        let state = state.filter(|_| code.row().about == About::Loading);
        let value = state.or(value.as_ref());
        value.map(Value::to_string).unwrap_or_default()
    };
    let parts = [
        code.name(),
        subject,
        details.field.as_deref().unwrap_or_default(),
        &text(&details.before),
        &text(&details.after),
    ];
    let hash = parts
        .join("\u{1f}")
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_better_message_names_the_same_change() {
        let of = |code, message: &str| {
            let finding = change(code, "http_upload", message.to_owned(), Details::default());
            finding.fingerprint
        };
        let terse = of(Code::Breaks, "http_upload breaks");
        assert_eq!(terse, of(Code::Breaks, "http_upload will not load"));
        assert_ne!(terse, of(Code::Replaced, "http_upload breaks"));
    }
}
