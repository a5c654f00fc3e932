//! Refuses Lua text that the parser, which is recursive, would descend into too deeply.
//!
//! It reads the parser's own tokens, so that both agree on what is code. That takes a third of the
//! time of parsing, and a short text is spared it.

use full_moon::LuaVersion;
use full_moon::tokenizer::{Lexer, LexerResult, Symbol, TokenType, TokenizerError};

use super::report::Reason;

/// How deep the parser may have to descend. Every operator counts as one level, every bracket and
/// every block as [`LEVELS_OF_BLOCK`]: so 200 blocks are allowed, as many as Lua itself allows.
const MAX_DEPTH: usize = 1000;
const LEVELS_OF_BLOCK: usize = 5;

/// A stack on which a text within [`MAX_DEPTH`] is parsed, walked and dropped. The parser takes up
/// to 14 KB per level in a debug build.
pub(crate) const STACK_SIZE: usize = 64 << 20;

/// Whether a text has so few brackets, blocks and operators that it is within [`MAX_DEPTH`], whatever
/// of it is code and even if nothing is ever closed.
pub(super) fn is_shallow(text: &str) -> bool {
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate() {
        let begins = |word: &str| text.as_bytes()[at..].starts_with(word.as_bytes());
        depth += match byte {
            b'(' | b'[' | b'{' => LEVELS_OF_BLOCK,
            b'd' if begins("do") => LEVELS_OF_BLOCK,
            b'f' if begins("function") => LEVELS_OF_BLOCK,
            b'i' if begins("if") => LEVELS_OF_BLOCK,
            b'r' if begins("repeat") => LEVELS_OF_BLOCK,
            b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'#' | b'&' | b'~' | b'|' | b'<' | b'>' => 1,
            b'=' if begins("==") => 1,
            b'.' if begins("..") => 1,
            b'a' if begins("and") => 1,
            b'n' if begins("not") => 1,
            b'o' if begins("or") => 1,
            _ => 0,
        };
        if depth > MAX_DEPTH {
            return false;
        }
    }
    true
}

/// Fails where `text` nests more deeply than any plugin does, and where its brackets and blocks do
/// not match: what the parser would make of those is not counted here.
pub(super) fn bound(text: &str, version: LuaVersion) -> Result<(), Reason> {
    let mut lexer = Lexer::new_lazy(text, version);
    let mut depth = 0_usize;
    // What closes each open bracket or block, and the depth at which its expressions begin.
    let mut open: Vec<(Symbol, usize)> = Vec::new();
    while let Some(token) = lexer.process_next() {
        let token = match token {
            LexerResult::Ok(token) => token,
            LexerResult::Recovered(_, errors) | LexerResult::Fatal(errors) => {
                return Err(does_not_parse(&errors));
            }
        };
        let TokenType::Symbol { symbol } = token.token_type() else {
            continue;
        };
        let line = token.start_position().line();
        if let Some(closer) = closer(*symbol) {
            depth += LEVELS_OF_BLOCK;
            open.push((closer, depth));
        } else if is_closer(*symbol) {
            match open.pop() {
                Some((closer, inner)) if closer == *symbol => depth = inner - LEVELS_OF_BLOCK,
                _ => {
                    let message = format!("unexpected `{symbol}`");
                    return Err(Reason::DoesNotParse { line, message });
                }
            }
        } else if separates(*symbol) {
            depth = open.last().map_or(0, |(_, inner)| *inner);
        } else if is_operator(*symbol) {
            depth += 1;
        }
        if depth > MAX_DEPTH {
            return Err(Reason::TooDeep { line });
        }
    }
    Ok(())
}

fn does_not_parse(errors: &[TokenizerError]) -> Reason {
    errors
        .first()
        .map_or(Reason::ParserFailed, |error| Reason::DoesNotParse {
            line: error.position().line(),
            message: error.to_string(),
        })
}

/// What closes the bracket or block that a symbol opens.
fn closer(symbol: Symbol) -> Option<Symbol> {
    match symbol {
        Symbol::LeftParen => Some(Symbol::RightParen),
        Symbol::LeftBrace => Some(Symbol::RightBrace),
        Symbol::LeftBracket => Some(Symbol::RightBracket),
        Symbol::Function | Symbol::If | Symbol::Do => Some(Symbol::End),
        Symbol::Repeat => Some(Symbol::Until),
        _ => None,
    }
}

fn is_closer(symbol: Symbol) -> bool {
    use Symbol::{End, RightBrace, RightBracket, RightParen, Until};
    matches!(symbol, RightParen | RightBrace | RightBracket | End | Until)
}

/// Whether what follows is another expression of the same bracket or block.
fn separates(symbol: Symbol) -> bool {
    use Symbol::{Comma, Else, ElseIf, Equal, For, In, Local, Return, Semicolon, Then, While};
    matches!(
        symbol,
        Comma | Semicolon | Equal | Local | Return | Then | Else | ElseIf | While | For | In
    )
}

fn is_operator(symbol: Symbol) -> bool {
    use Symbol::{Break, Colon, Dot, Ellipsis, False, Goto, Nil, True, TwoColons};
    !matches!(
        symbol,
        Break | Colon | Dot | Ellipsis | False | Goto | Nil | True | TwoColons
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_deep_is_not_shallow() {
        let shapes = [
            "(",
            "{",
            "x[",
            "f(",
            "do ",
            "if x then ",
            "repeat ",
            "function f() ",
            "while x do ",
            "- ",
            "not ",
            "x or ",
            "x and ",
            "x..",
            "x==",
            "x~=",
            "x<",
            "x>>",
            "x//",
            "x^",
            "#",
            "x&",
            "x|",
            "x%",
            "x*",
            "x+",
            "{'[', (",
        ];
        for shape in shapes {
            let is_too_deep = |times: &usize| {
                let text = format!("x = {}", shape.repeat(*times));
                let bound = bound(&text, LuaVersion::lua54());
                let is_too_deep = matches!(bound, Err(Reason::TooDeep { .. }));
                assert!(!is_too_deep || !is_shallow(&text), "{shape} {times} times");
                is_too_deep
            };
            // Where one shape or the other becomes too deep, for those of one to twelve levels.
            let times = [84, 91, 101, 112, 126, 143, 167, 201, 251, 334, 501, 1001];
            assert!(
                times.iter().filter(|times| is_too_deep(times)).count() > 0,
                "{shape}"
            );
        }
        assert!(is_shallow("module:depends 'http'"));
    }
}
