//! Lua text as a syntax tree, whatever the text holds.

use full_moon::LuaVersion;
use full_moon::ast::{Ast, Expression};
use full_moon::tokenizer::{Symbol, TokenReference, TokenType};

use super::depth;
use super::panics::without_panic;
use super::report::Reason;

/// Parses Lua text: a syntax tree, or the one reason why there is none.
///
/// Needs a stack of [`depth::STACK_SIZE`].
pub(crate) fn parse(text: &str) -> Result<Ast, Reason> {
    // Lua passes over the first line of a file that begins so: `#!/usr/bin/env lua`.
    let text = match text.strip_prefix('#') {
        Some(command) => command.find('\n').map_or("", |end| &command[end..]),
        None => text,
    };
    // Prosody runs on Lua 5.2 to 5.4, and 5.4's grammar takes in all of them.
    let version = LuaVersion::lua54();
    // The parser panics on some invalid texts.
    let bound =
        || without_panic(|| depth::bound(text, version)).unwrap_or(Err(Reason::ParserFailed));
    let parse = || {
        let parsed = without_panic(|| full_moon::parse_fallible(text, version).into_result());
        parsed
            .ok_or(Reason::ParserFailed)?
            .map_err(|errors| errors.first().map_or(Reason::ParserFailed, does_not_parse))
    };
    if depth::is_shallow(text) {
        // Brackets that do not match are its to tell.
        return parse().or_else(|reason| bound().and(Err(reason)));
    }
    bound().and_then(|()| parse())
}

fn does_not_parse(error: &full_moon::Error) -> Reason {
    Reason::DoesNotParse {
        line: error.range().0.line(),
        message: error.error_message().into_owned(),
    }
}

/// An identifier's name; empty for any other token.
pub(crate) fn name(token: &TokenReference) -> &str {
    match token.token_type() {
        TokenType::Identifier { identifier } => identifier.as_str(),
        _ => "",
    }
}

/// The content of a string without escapes: a text spelt with those is not decoded.
pub(crate) fn string(token: &TokenReference) -> Option<&str> {
    match token.token_type() {
        TokenType::StringLiteral { literal, .. } if !literal.contains('\\') => {
            Some(literal.as_str())
        }
        _ => None,
    }
}

/// The content of a string, with or without parentheses around it.
pub(super) fn string_expression(expression: &Expression) -> Option<&str> {
    match expression {
        Expression::String(token) => string(token),
        Expression::Parentheses { expression, .. } => string_expression(expression),
        _ => None,
    }
}

/// The keyword or operator that a token is.
pub(super) fn symbol(token: &TokenReference) -> Option<Symbol> {
    match token.token_type() {
        TokenType::Symbol { symbol } => Some(*symbol),
        _ => None,
    }
}

/// The line on which a token is.
pub(super) fn line(token: &TokenReference) -> usize {
    token.token().start_position().line()
}
