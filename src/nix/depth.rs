//! Bounds how deep a Nix expression may nest, before a parser that recurses gets to see it, and how
//! often the tokenizer looks far ahead.

use std::ops::Range;

use rnix::SyntaxKind::*;

/// How deep the tree may get, by the tokens that can deepen it.
const DEPTH: usize = 4_000;

/// Why a text is not parsed, and where.
pub(super) type Refusal = (&'static str, Range<usize>);

/// Where a text nests so deeply that its tree could be deeper than the stack: counts, for every
/// open bracket, the tokens since the last separator.
pub(super) fn refusal(text: &str) -> Option<Refusal> {
    struct Level {
        is_list: bool,
        tokens: usize,
        withs: usize,
    }
    let mut levels = vec![Level {
        is_list: false,
        tokens: 0,
        withs: 0,
    }];
    let (mut at, mut depth) = (0, 0_usize);
    let mut ahead = Lookahead::new(text);
    for (kind, token) in rnix::tokenize(text) {
        let start = at;
        at += token.len();
        match kind {
            TOKEN_L_BRACE | TOKEN_L_BRACK | TOKEN_L_PAREN | TOKEN_INTERPOL_START | TOKEN_LET => {
                levels.push(Level {
                    is_list: kind == TOKEN_L_BRACK,
                    tokens: 1,
                    withs: 0,
                });
                depth += 1;
            }
            TOKEN_R_BRACE | TOKEN_R_BRACK | TOKEN_R_PAREN | TOKEN_INTERPOL_END | TOKEN_IN => {
                if levels.len() > 1
                    && let Some(level) = levels.pop()
                {
                    depth -= level.tokens;
                }
                if kind == TOKEN_IN
                    && let Some(level) = levels.last_mut()
                {
                    level.tokens += 1;
                    depth += 1;
                }
            }
            TOKEN_WHITESPACE | TOKEN_COMMENT | TOKEN_STRING_CONTENT => {}
            TOKEN_SEMICOLON | TOKEN_COMMA => {
                if let Some(level) = levels.last_mut() {
                    if level.withs > 0 {
                        // Of `with x;` and `assert x;`, which go on behind it.
                        level.withs -= 1;
                    } else {
                        depth -= level.tokens.saturating_sub(1);
                        level.tokens = level.tokens.min(1);
                    }
                }
            }
            _ => {
                if let Some(level) = levels.last_mut().filter(|level| !level.is_list) {
                    level.withs += usize::from(matches!(kind, TOKEN_WITH | TOKEN_ASSERT));
                    level.tokens += 1;
                    depth += 1;
                }
            }
        }
        if depth > DEPTH {
            return Some(("nested too deeply to be read safely", start..at));
        }
        if !ahead.fits(kind, start) {
            return Some((
                "too many parts without a space to be read safely",
                start..at,
            ));
        }
    }
    None
}

/// How far the tokenizer may look ahead, in bytes, besides [`AHEAD_OF_BYTE`] for each byte of the
/// text. Ordinary Nix takes less than ten.
const AHEAD: usize = 256 * 1024;
const AHEAD_OF_BYTE: usize = 32;

/// Counts how far the tokenizer looks ahead. At every token it looks for the end of what may be a
/// path, so that `a.a.a.…` would take time by the square of its length.
struct Lookahead<'a> {
    text: &'a [u8],
    /// Where the path ends that the last token may be the start of: one that begins with `<`, and
    /// any other.
    ends: [usize; 2],
    left: usize,
}

impl<'a> Lookahead<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            ends: [0; 2],
            left: AHEAD + AHEAD_OF_BYTE * text.len(),
        }
    }

    /// Counts the token that starts here; `false` when that is too much.
    fn fits(&mut self, kind: rnix::SyntaxKind, start: usize) -> bool {
        if matches!(
            kind,
            TOKEN_WHITESPACE | TOKEN_COMMENT | TOKEN_STRING_CONTENT
        ) {
            return true;
        }
        let searches = self.text.get(start) == Some(&b'<');
        let end = &mut self.ends[usize::from(searches)];
        if *end <= start {
            let length = self.text[start..].iter().take_while(|byte| match byte {
                b'<' | b'/' => searches,
                byte => byte.is_ascii_alphanumeric() || b"._-+".contains(byte),
            });
            *end = start + length.count();
        }
        match self.left.checked_sub(*end - start) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::refusal;

    #[test]
    fn what_takes_the_tokenizer_long_is_refused() {
        for part in ["a.", "a+", "<", "<a", "1.", "-"] {
            let (reason, _) = refusal(&part.repeat(50_000)).unwrap();
            assert!(reason.starts_with("too many parts"), "{part}: {reason}");
        }
        // A ruler, a long name, a path, and an attribute path as long as any.
        for text in [
            format!("# {}\n1", "-".repeat(100_000)),
            "a".repeat(100_000),
            format!("./{}", "a/".repeat(50_000)),
            format!("\"{}\"", "a.".repeat(50_000)),
            format!(
                "{{ {} }}",
                format!("{}a = 1;\n", "a.".repeat(20)).repeat(5_000)
            ),
        ] {
            assert_eq!(refusal(&text), None, "{text:.20}");
        }
    }

    #[test]
    fn what_stands_side_by_side_is_not_deep() {
        assert!(refusal(&format!("{{ {} }}", "a = 1; ".repeat(5000))).is_none());
        assert!(refusal(&format!("[ {} ]", "a ".repeat(5000))).is_none());
        assert!(refusal(&format!("[ {} ]", "(f x) { y = 1; } ".repeat(5000))).is_none());
    }

    #[test]
    fn what_nests_is_deep() {
        for deep in [
            "[",
            "(",
            "{ a = ",
            "a: ",
            "-",
            "f ",
            "!",
            "\"${",
            "if a then b else ",
            "with a; ",
        ] {
            assert!(refusal(&deep.repeat(5000)).is_some(), "{deep}");
        }
        assert!(refusal(&format!("1 {}", "+ 1 ".repeat(5000))).is_some());
        assert!(refusal(&"[ (".repeat(5000)).is_some());
    }
}
