//! Bounds how deep a Nix expression may nest, before a parser that recurses gets to see it.

use std::ops::Range;

use rnix::SyntaxKind::*;

/// How deep the tree may get, by the tokens that can deepen it.
const DEPTH: usize = 4_000;

/// Where a text nests so deeply that its tree could be deeper than the stack: counts, for every
/// open bracket, the tokens since the last separator.
pub(super) fn too_deep(text: &str) -> Option<Range<usize>> {
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
            return Some(start..at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::too_deep;

    #[test]
    fn what_stands_side_by_side_is_not_deep() {
        assert!(too_deep(&format!("{{ {} }}", "a = 1; ".repeat(5000))).is_none());
        assert!(too_deep(&format!("[ {} ]", "a ".repeat(5000))).is_none());
        assert!(too_deep(&format!("[ {} ]", "(f x) { y = 1; } ".repeat(5000))).is_none());
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
            assert!(too_deep(&deep.repeat(5000)).is_some(), "{deep}");
        }
        assert!(too_deep(&format!("1 {}", "+ 1 ".repeat(5000))).is_some());
        assert!(too_deep(&"[ (".repeat(5000)).is_some());
    }
}
