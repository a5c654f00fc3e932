//! How deeply a Nix text nests: rnix parses by recursion and has no bound of its own.

use rnix::SyntaxKind::*;

/// An upper bound of how deep the tree of a text can get, in tokens.
///
/// Every token since the last separator may nest one deeper, as in `a: b: c: …` or `f x y …`; in
/// brackets this counts anew, on top of what stands outside. The elements of a list stand side by
/// side.
pub fn bound(text: &str) -> usize {
    // Per bracket that is open: tokens since the last separator, and whether it is a list's.
    let mut open: Vec<(usize, bool)> = vec![(0, false)];
    let mut outside = 0;
    let mut deepest = 0;
    for (kind, _) in rnix::tokenize(text) {
        match kind {
            TOKEN_WHITESPACE | TOKEN_COMMENT => continue,
            TOKEN_L_BRACE | TOKEN_L_BRACK | TOKEN_L_PAREN | TOKEN_INTERPOL_START
            | TOKEN_STRING_START => {
                outside += open.last().map_or(0, |(count, _)| *count) + 1;
                open.push((0, kind == TOKEN_L_BRACK));
            }
            TOKEN_R_BRACE | TOKEN_R_BRACK | TOKEN_R_PAREN | TOKEN_INTERPOL_END
            | TOKEN_STRING_END => {
                if open.len() > 1 {
                    open.pop();
                    outside -= open.last().map_or(0, |(count, _)| *count) + 1;
                }
                if let Some((count, false)) = open.last_mut() {
                    *count += 1;
                }
            }
            TOKEN_SEMICOLON | TOKEN_COMMA => {
                if let Some((count, _)) = open.last_mut() {
                    *count = 0;
                }
            }
            _ => {
                if let Some((count, false)) = open.last_mut() {
                    *count += 1;
                }
            }
        }
        let here = open.last().map_or(0, |(count, _)| *count);
        deepest = deepest.max(outside + here);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::bound;

    #[test]
    fn what_stands_side_by_side_is_not_deep() {
        assert!(bound(&format!("{{ {} }}", "a = 1; ".repeat(5000))) < 10);
        assert!(bound(&format!("[ {} ]", "a ".repeat(5000))) < 10);
        assert!(bound(&format!("[ {} ]", "(f x) { y = 1; } ".repeat(5000))) < 10);
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
        ] {
            assert!(bound(&deep.repeat(5000)) >= 5000, "{deep}");
        }
        assert!(bound(&format!("1 {}", "+ 1 ".repeat(5000))) >= 5000);
        assert!(bound(&"[ (".repeat(5000)) >= 5000);
    }
}
