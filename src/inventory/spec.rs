//! Specifications: XEPs and RFCs by their names.

/// Where a specification can be read; `None` for a name that is neither `XEP-0000` nor `RFC 0000`.
pub fn spec_url(spec: &str) -> Option<String> {
    let number = |number: &str| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    if let Some(xep) = spec.strip_prefix("XEP-").filter(|rest| number(rest)) {
        return Some(format!("https://xmpp.org/extensions/xep-{xep}.html"));
    }
    let rfc = spec.strip_prefix("RFC ").filter(|rest| number(rest))?;
    Some(format!("https://www.rfc-editor.org/rfc/rfc{rfc}"))
}
