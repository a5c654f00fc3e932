//! Numbers as Lua reads them from a text and writes them into one.

/// A number of Lua.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    /// A whole number.
    Integer(i64),
    /// Any other number, also a whole one that is written with a point or an exponent.
    Float(f64),
}

impl Number {
    /// Its value as a float.
    #[allow(clippy::cast_precision_loss)]
    pub(super) fn value(self) -> f64 {
        match self {
            Self::Integer(value) => value as f64,
            Self::Float(value) => value,
        }
    }

    /// As C's `%g` writes it.
    pub(super) fn short(self) -> String {
        general(self.value(), 6)
    }
}

/// What `tonumber` makes of a text; none if it is not a number.
pub(super) fn read(text: &str) -> Option<Number> {
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}');
    let text = text.trim_matches(is_space);
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let hexadecimal = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"));
    if let Some(digits) = hexadecimal {
        return hexadecimal_number(digits, is_negative);
    }
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') || !digits.chars().all(is_part)
    {
        return None;
    }
    match text.parse() {
        Ok(whole) => Some(Number::Integer(whole)),
        Err(_) => text.parse().ok().map(Number::Float),
    }
}

/// A number to the base of 16, which wraps around when it is whole.
#[allow(clippy::cast_precision_loss)]
fn hexadecimal_number(digits: &str, is_negative: bool) -> Option<Number> {
    let (mantissa, exponent) = match digits.split_once(['p', 'P']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.parse::<i32>().ok()?)),
        None => (digits, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || whole.chars().chain(fraction.chars());
    if digits().next().is_none() || !digits().all(|c| c.is_ascii_hexdigit()) {
        return None;
    }
    let digit = |c: char| c.to_digit(16).unwrap_or_default();
    if exponent.is_none() && !mantissa.contains('.') {
        let value = whole.chars().fold(0_i64, |value, c| {
            value.wrapping_mul(16).wrapping_add(digit(c).into())
        });
        let value = if is_negative {
            value.wrapping_neg()
        } else {
            value
        };
        return Some(Number::Integer(value));
    }
    let value = digits().fold(0.0, |value, c| value * 16.0 + f64::from(digit(c)));
    let scale = exponent.unwrap_or_default() - 4 * i32::try_from(fraction.len()).ok()?;
    let value = value * f64::from(scale).exp2();
    Some(Number::Float(if is_negative { -value } else { value }))
}

/// What `tostring` makes of a float.
pub(super) fn written(value: f64) -> String {
    let text = general(value, 14);
    let looks_whole = text.chars().all(|c| c.is_ascii_digit() || c == '-');
    if looks_whole { text + ".0" } else { text }
}

/// As C writes a number with `%.<precision>g`.
fn general(value: f64, precision: usize) -> String {
    if value.is_nan() {
        return if value.is_sign_negative() {
            "-nan"
        } else {
            "nan"
        }
        .to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let scientific = format!("{:.*e}", precision - 1, value);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits = i32::try_from(precision).unwrap_or(i32::MAX);
    if exponent < -4 || exponent >= digits {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs());
    }
    let places = usize::try_from(digits - 1 - exponent).unwrap_or_default();
    trimmed(&format!("{value:.places$}")).to_owned()
}

/// Without zeros at the end of a fraction.
fn trimmed(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}
