//! Periods as texts: `2 days`.

use super::number::{self, Number};

const DAY: i64 = 86_400;

/// The units of periods: the letters that tell them, and how many seconds one has.
const UNITS: [(&str, Number); 8] = [
    ("s", Number::Integer(1)),
    ("min", Number::Integer(60)),
    ("h", Number::Integer(3_600)),
    ("ho", Number::Integer(3_600)),
    ("d", Number::Integer(DAY)),
    ("w", Number::Integer(7 * DAY)),
    ("mon", Number::Integer(31 * DAY)),
    ("y", Number::Float(365.2425 * 86_400.0)),
];

/// What else Prosody reads as a unit, with an error in the log.
const LAX_UNITS: [(&str, Number); 3] = [
    ("m", Number::Integer(31 * DAY)),
    ("mo", Number::Integer(31 * DAY)),
    ("mi", Number::Integer(60)),
];

/// The seconds of a period with its unit, as Prosody reads a default: `2 days`.
pub fn seconds(text: &str) -> Option<f64> {
    let lax = || lax_duration(text).map(|(seconds, _)| seconds);
    duration(text).or_else(lax).map(Number::value)
}

/// The seconds of a period with its unit: `2 days`.
pub(super) fn duration(text: &str) -> Option<Number> {
    let (amount, unit) = amount_and_unit(text, true)?;
    let (_, seconds) = UNITS.into_iter().find(|(letters, _)| *letters == unit)?;
    times(&amount, seconds)
}

/// The seconds of what is less clear, and its number: `1m` is taken for a month, `600` for seconds.
pub(super) fn lax_duration(text: &str) -> Option<(Number, String)> {
    let (amount, unit) = amount_and_unit(text, false)?;
    let mut units = UNITS.into_iter().chain(LAX_UNITS);
    let seconds = units.find(|(letters, _)| *letters == unit);
    let seconds = seconds.map_or(Number::Integer(1), |(_, seconds)| seconds);
    Some((times(&amount, seconds)?, amount))
}

fn times(amount: &str, seconds: Number) -> Option<Number> {
    Some(match (number::read(amount)?, seconds) {
        (Number::Integer(amount), Number::Integer(seconds)) => {
            Number::Integer(amount.wrapping_mul(seconds))
        }
        (amount, seconds) => Number::Float(amount.value() * seconds.value()),
    })
}

/// The first digits of a text, and the letters after them that tell the unit: one of `smhdwy`, then
/// `i` or `o`, then `n` where this counts.
fn amount_and_unit(text: &str, with_n: bool) -> Option<(String, String)> {
    let text = text.to_ascii_lowercase();
    let text = &text[text.find(|c: char| c.is_ascii_digit())?..];
    let end = text.find(|c: char| !c.is_ascii_digit());
    let (amount, rest) = text.split_at(end.unwrap_or(text.len()));
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}');
    let mut letters = rest.trim_start_matches(is_space).chars().peekable();
    let mut unit = String::new();
    for allowed in ["smhdwy", "io", if with_n { "n" } else { "" }] {
        unit.extend(letters.next_if(|c| allowed.contains(*c)));
    }
    Some((amount.to_owned(), unit))
}
