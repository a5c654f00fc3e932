//! `${NAME}` in compose files and environment files, filled in as docker compose does.

use std::cell::Cell;

/// A value that a name stands for, and the place that sets it.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub value: String,
    pub place: String,
}

/// A text with everything filled in.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Filled {
    pub text: String,
    /// What was taken from where: `BETA from .env:2`.
    pub substitutions: Vec<String>,
}

/// How deep a default may hold another name.
const DEPTH: usize = 16;

/// The most that all values of a project have together, in bytes: values may double each other.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// How much may still be filled in.
pub(super) struct Budget(Cell<usize>);

impl Default for Budget {
    fn default() -> Self {
        Self(Cell::new(MOST_BYTES))
    }
}

impl Budget {
    /// Takes so many bytes, if there are as many left.
    fn take(&self, bytes: usize) -> Result<(), String> {
        match self.0.get().checked_sub(bytes) {
            Some(left) => {
                self.0.set(left);
                Ok(())
            }
            None => {
                self.0.set(0);
                Err("the values are too long".to_owned())
            }
        }
    }
}

/// Fills in a text; the error says what cannot be decided.
pub(super) fn fill<'a>(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<&'a Setting>,
    budget: &Budget,
) -> Result<Filled, String> {
    let mut filled = Filled::default();
    let mut filling = Filling {
        lookup,
        budget,
        substitutions: &mut filled.substitutions,
    };
    filled.text = filling.fill(text, 0)?;
    Ok(filled)
}

/// What is needed while a text is filled in.
struct Filling<'a, 'f> {
    lookup: &'f dyn Fn(&str) -> Option<&'a Setting>,
    budget: &'f Budget,
    substitutions: &'f mut Vec<String>,
}

impl Filling<'_, '_> {
    fn fill(&mut self, text: &str, depth: usize) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                out.push('$');
                rest = after;
            } else if let Some(braced) = rest.strip_prefix('{') {
                let end = closing_brace(braced).ok_or("`${` is never closed")?;
                out.push_str(&self.expand(&braced[..end], depth)?);
                rest = &braced[end + 1..];
            } else {
                let name = name_at_start(rest);
                out.push_str(&self.expand(name, depth)?);
                rest = &rest[name.len()..];
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    /// The text between the braces: a name, and what to use if it is not set.
    fn expand(&mut self, inside: &str, depth: usize) -> Result<String, String> {
        if depth > DEPTH {
            return Err("the defaults nest too deeply".to_owned());
        }
        let name = name_at_start(inside);
        let operator = &inside[name.len()..];
        if name.is_empty() {
            return Err("expected a name after `$`: write `$$` for a dollar sign".to_owned());
        }
        let setting = (self.lookup)(name);
        let filled = setting.filter(|setting| !setting.value.is_empty());
        let (present, operator) = match operator.strip_prefix(':') {
            Some(operator) => (filled, operator),
            None => (setting, operator),
        };
        let (kind, argument) = operator.split_at_checked(1).unwrap_or(("", ""));
        match (kind, present) {
            ("" | "-" | "?", Some(setting)) => {
                self.note(format!("{name} from {}", setting.place))?;
                self.budget.take(setting.value.len())?;
                Ok(setting.value.clone())
            }
            ("", None) => Err(format!("nothing sets `{name}`")),
            ("-", None) => {
                let default = self.fill(argument, depth + 1)?;
                self.note(format!("the default of {name}"))?;
                Ok(default)
            }
            ("?", None) => Err(format!("nothing sets `{name}`, which is required")),
            ("+", Some(_)) => self.fill(argument, depth + 1),
            ("+", None) => Ok(String::new()),
            _ => Err(format!("unknown form `${{{inside}}}`")),
        }
    }

    fn note(&mut self, substitution: String) -> Result<(), String> {
        self.budget.take(substitution.len())?;
        self.substitutions.push(substitution);
        Ok(())
    }
}

/// The brace that closes the one before `text`.
fn closing_brace(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' if at > 0 && bytes[at - 1] == b'$' => open += 1,
            b'}' if open == 0 => return Some(at),
            b'}' => open -= 1,
            _ => {}
        }
    }
    None
}

fn name_at_start(text: &str) -> &str {
    let is_name = |(at, c): &(usize, char)| {
        c.is_ascii_alphabetic() || *c == '_' || (*at > 0 && c.is_ascii_digit())
    };
    let length = text.char_indices().take_while(is_name).count();
    &text[..length]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        let set = Setting {
            value: "v".into(),
            place: ".env:1".into(),
        };
        let empty = Setting {
            value: String::new(),
            place: ".env:2".into(),
        };
        let lookup = |name: &str| match name {
            "SET" => Some(&set),
            "EMPTY" => Some(&empty),
            _ => None,
        };
        fill(text, &lookup, &Budget::default()).map(|filled| filled.text)
    }

    #[test]
    fn names_and_defaults_are_filled_in_as_compose_does() {
        for (text, expected) in [
            ("a", "a"),
            ("$SET-$$SET", "v-$SET"),
            ("${SET}", "v"),
            ("${SET:-d}${SET-d}${SET:?e}${SET?e}", "vvvv"),
            ("${EMPTY:-d}|${EMPTY-d}|${EMPTY}|${EMPTY?e}", "d|||"),
            ("${UNSET:-d}|${UNSET-d}", "d|d"),
            ("${UNSET:-${SET}}|${UNSET:-${UNSET-a}b}c", "v|abc"),
            ("${SET:+r}|${EMPTY:+r}|${EMPTY+r}|${UNSET+r}", "r||r|"),
        ] {
            assert_eq!(filled(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_nothing_sets_is_an_error() {
        for text in [
            "$UNSET",
            "${UNSET}",
            "${UNSET:?}",
            "${UNSET?e}",
            "${EMPTY:?e}",
            "${SET",
            "${SET!}",
            "$",
            "${}",
            "$1",
            &"${U:-".repeat(50_000),
        ] {
            assert!(filled(text).is_err(), "{text:.20}");
        }
    }

    #[test]
    fn all_values_together_have_an_end() {
        let long = Setting {
            value: "v".repeat(MOST_BYTES / 2),
            place: ".env:1".into(),
        };
        let lookup = |_: &str| Some(&long);
        let budget = Budget::default();
        assert!(fill("$A", &lookup, &budget).is_ok());
        for text in ["$A", "$A", "${A-d}"] {
            let error = fill(text, &lookup, &budget).unwrap_err();
            assert_eq!(error, "the values are too long");
        }
        assert!(fill("nothing", &lookup, &budget).is_ok());
    }

    #[test]
    fn lists_substitutions() {
        let set = Setting {
            value: "v".into(),
            place: ".env:1".into(),
        };
        let lookup = |name: &str| (name == "SET").then_some(&set);
        let filled = fill("${SET}${X:-d}", &lookup, &Budget::default()).unwrap();
        assert_eq!(
            filled.substitutions,
            ["SET from .env:1", "the default of X"]
        );
    }
}
