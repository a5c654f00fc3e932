//! Refuses Lua text that the parser, which is recursive, would descend into too deeply.
//!
//! It reads the parser's own tokens, so that both agree on what is code. That takes a third of the
//! time of parsing, and most texts have too few brackets to need it.

use full_moon::LuaVersion;
use full_moon::tokenizer::{Lexer, LexerResult, Symbol, TokenType, TokenizerError};

use super::report::Reason;

/// How deep the parser may have to descend. Every operator counts as one level, every bracket and
/// every block as [`LEVELS_OF_BLOCK`]: so 200 blocks are allowed, as many as Lua itself allows.
const MAX_DEPTH: usize = 1000;
const LEVELS_OF_BLOCK: usize = 5;

/// How deep a text may nest for certain, counted without its tokens. More than [`MAX_DEPTH`], because
/// nearly all of what is counted then is closed again, and the stack has room.
const SHALLOW: usize = 3 * MAX_DEPTH;

/// A stack on which a text within [`SHALLOW`] is parsed, walked and dropped. The parser takes up
/// to 14 KB per level in a debug build.
pub(crate) const STACK_SIZE: usize = 64 << 20;

/// Whether a text has so few brackets, blocks and operators that it is within [`SHALLOW`], whatever
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
        if depth > SHALLOW {
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
#[allow(clippy::panic, clippy::unwrap_used)]
mod tests {
    use super::super::plugin;
    use super::*;

    /// What opens one level, or several.
    const SHAPES: [&str; 27] = [
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

    #[test]
    fn what_is_counted_as_shallow_is_within_its_bound() {
        for shape in SHAPES {
            // By its tokens it is too deep as soon as it is deeper than a third of that.
            let is_too_deep = |times: &usize| {
                let text = format!("x = {}", shape.repeat(*times));
                let bound = bound(&text, LuaVersion::lua54());
                matches!(bound, Err(Reason::TooDeep { .. }))
            };
            // Where one shape or the other becomes too deep, for those of one to twelve levels.
            let times = [84, 91, 101, 112, 126, 143, 167, 201, 251, 334, 501, 1001];
            let first = times.into_iter().find(is_too_deep);
            let Some(first) = first else {
                panic!("{shape} is never too deep");
            };
            let thrice = format!("x = {}", shape.repeat(3 * first));
            assert!(!is_shallow(&thrice), "{shape} {first} times");
        }
        assert!(is_shallow("module:depends 'http'"));
    }

    #[test]
    fn the_deepest_shallow_text_is_read_on_the_stack() {
        let whole = [
            ("(", "1", ")"),
            ("{", "1", "}"),
            ("x[", "1", "]"),
            ("f(", "1", ")"),
            ("function() return ", "1", " end"),
            ("function() do local x = ", "1", " end end"),
            ("function() if x then return ", "1", " end end"),
            ("- ", "1", ""),
            ("not ", "1", ""),
            ("x or ", "1", ""),
            ("x..", "1", ""),
            ("x^", "1", ""),
            ("{'[', (", "1", ")}"),
        ];
        let read = move || {
            for (open, middle, close) in whole {
                let text = |times: usize| {
                    let (open, close) = (open.repeat(times), close.repeat(times));
                    format!("x = {open}{middle}{close}")
                };
                let times = (1..=SHALLOW + 1).find(|times| !is_shallow(&text(*times)));
                let deepest = text(times.unwrap_or_default() - 1);
                let declarations = plugin::read(deepest.as_bytes());
                assert_eq!(declarations.unclear, [], "{open}");
            }
        };
        let thread = std::thread::Builder::new().stack_size(STACK_SIZE);
        thread.spawn(read).unwrap().join().unwrap();
    }
}
