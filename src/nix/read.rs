//! Reads literal attribute sets, as `emit` writes them, into any deserializable value.
//!
//! Works on rnix's tokens, not on its tree: what is read holds only sets, lists, strings,
//! integers and booleans, nesting is bounded here, and nothing is ever evaluated. Everything
//! else that Nix can say is an error with its place.

mod deserializer;

use std::borrow::Cow;
use std::fmt::Display;
use std::iter::Peekable;
use std::ops::Range;

use rnix::SyntaxKind::{self, *};
use serde::de::{self, Deserialize};

/// Deepest nesting of sets and lists that is read; an emitted file needs 6.
const DEPTH: usize = 64;

/// Why a text was not read: what and where, and inside which attributes.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ReadError {
    /// What is wrong.
    pub message: String,
    /// Its byte range.
    pub span: Range<usize>,
    /// Its attribute path, outermost first.
    pub path: Vec<String>,
    /// What to do instead, when there is something to say.
    pub help: Option<String>,
    placed: bool,
}

impl de::Error for ReadError {
    fn custom<T: Display>(message: T) -> Self {
        Self {
            message: message.to_string(),
            span: 0..0,
            path: Vec::new(),
            help: None,
            placed: false,
        }
    }
}

impl ReadError {
    fn new(message: impl Into<String>, span: Range<usize>) -> Self {
        Self {
            message: message.into(),
            span,
            path: Vec::new(),
            help: None,
            placed: true,
        }
    }

    fn help(mut self, help: &str) -> Self {
        self.help = Some(help.to_owned());
        self
    }

    /// Gives a place to an error that a visitor raised without knowing one.
    fn or_at(mut self, span: Range<usize>) -> Self {
        if !self.placed {
            self.span = span;
            self.placed = true;
        }
        self
    }
}

/// Reads one literal value that makes up the whole text.
pub fn from_str<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ReadError> {
    let mut reader = Reader::new(text);
    let value = T::deserialize(&mut reader).map_err(|e| e.or_at(0..text.len().min(1)))?;
    match reader.next() {
        None => Ok(value),
        Some(token) => Err(reader.unexpected(&token, "the end of the file")),
    }
}

#[derive(Clone, Debug)]
struct Token<'a> {
    kind: SyntaxKind,
    text: &'a str,
    start: usize,
}

impl Token<'_> {
    fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

/// rnix's tokens without white space and comments, each with its place.
struct Tokens<'a> {
    tokens: Box<dyn Iterator<Item = (SyntaxKind, &'a str)> + 'a>,
    at: usize,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let (kind, text) = self.tokens.next()?;
            let start = self.at;
            self.at += text.len();
            if !is_blank(kind, text) {
                return Some(Token { kind, text, start });
            }
        }
    }
}

/// Whether a token is white space or a comment to Nix, too: rnix takes any Unicode white space, and
/// does not end a comment at a carriage return.
fn is_blank(kind: SyntaxKind, text: &str) -> bool {
    match kind {
        TOKEN_WHITESPACE => text
            .bytes()
            .all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')),
        TOKEN_COMMENT if text.starts_with('#') => {
            !text.strip_suffix('\r').unwrap_or(text).contains('\r')
        }
        TOKEN_COMMENT => true,
        _ => false,
    }
}

struct Reader<'a> {
    tokens: Peekable<Tokens<'a>>,
    /// The length of the text.
    end: usize,
    /// How many sets and lists are open.
    depth: usize,
    /// The attribute name that was read last, or once a set has no more of them its bracket: what
    /// an error is about that names no place.
    last_name: Range<usize>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        let tokens = Tokens {
            tokens: Box::new(rnix::tokenize(text)),
            at: 0,
        };
        Self {
            tokens: tokens.peekable(),
            end: text.len(),
            depth: 0,
            last_name: 0..0,
        }
    }

    fn next(&mut self) -> Option<Token<'a>> {
        self.tokens.next()
    }

    fn peek_kind(&mut self) -> Option<SyntaxKind> {
        self.tokens.peek().map(|t| t.kind)
    }

    /// The place of the next token, or the end of the text.
    fn next_span(&mut self) -> Range<usize> {
        let end = self.end;
        self.tokens.peek().map_or(end..end, Token::span)
    }

    fn expect(&mut self, kind: SyntaxKind, name: &str) -> Result<Token<'a>, ReadError> {
        match self.next() {
            Some(token) if token.kind == kind => Ok(token),
            Some(token) => Err(self.unexpected(&token, name)),
            None => Err(self.unexpected_end(name)),
        }
    }

    /// An error: the text is over.
    fn unexpected_end(&self, expected: &str) -> ReadError {
        ReadError::new(
            format!("the file ends here, expected {expected}"),
            self.end..self.end,
        )
    }

    /// An error: another token than expected, and what it means in Nix.
    fn unexpected(&self, token: &Token<'_>, expected: &str) -> ReadError {
        let description = match token.kind {
            TOKEN_INHERIT => "`inherit`".to_owned(),
            TOKEN_REC => "a recursive set (`rec`)".to_owned(),
            TOKEN_WITH => "`with`".to_owned(),
            TOKEN_LET | TOKEN_IN => "`let … in`".to_owned(),
            TOKEN_INTERPOL_START => "an interpolation `${…}`".to_owned(),
            TOKEN_STRING_START if token.text == "''" => "an indented string `''…''`".to_owned(),
            TOKEN_L_PAREN => "a parenthesis".to_owned(),
            TOKEN_IDENT => format!("the name `{}`", token.text),
            TOKEN_FLOAT => "a number with a fraction".to_owned(),
            TOKEN_URI => "a URI without quotes".to_owned(),
            TOKEN_PATH_ABS | TOKEN_PATH_REL | TOKEN_PATH_HOME | TOKEN_PATH_SEARCH => {
                "a path".to_owned()
            }
            TOKEN_WHITESPACE => "white space that Nix does not allow".to_owned(),
            TOKEN_COMMENT => "a comment with a carriage return, where it ends for Nix".to_owned(),
            TOKEN_COLON | TOKEN_AT | TOKEN_ELLIPSIS | TOKEN_QUESTION => "a function".to_owned(),
            _ => format!("`{}`", token.text.chars().take(20).collect::<String>()),
        };
        let error = ReadError::new(
            format!("found {description}, expected {expected}"),
            token.span(),
        );
        if token.kind == TOKEN_SEMICOLON || expected == "`;`" && token.kind != TOKEN_IDENT {
            return error;
        }
        error.help(
            "only the output of `emit` can be read: sets, lists, strings, integers, true \
        and false. Nothing is evaluated",
        )
    }

    /// Counts a set or list, which may be nested too deeply.
    fn enter(&mut self, opening: &Token<'a>) -> Result<(), ReadError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(ReadError::new(
                format!("nested more than {DEPTH} deep"),
                opening.span(),
            ));
        }
        Ok(())
    }

    /// The string whose opening quote was just taken; its token is `open`.
    fn string(&mut self, open: &Token<'a>) -> Result<Cow<'a, str>, ReadError> {
        if open.text != "\"" {
            return Err(self.unexpected(open, "a string in double quotes"));
        }
        let mut text = Cow::Borrowed("");
        loop {
            match self.next() {
                // Without interpolation rnix gives the whole content as one token.
                Some(token) if token.kind == TOKEN_STRING_CONTENT => text = unescape(token.text),
                Some(token) if token.kind == TOKEN_STRING_END => return Ok(text),
                Some(token) if token.kind == TOKEN_INTERPOL_START => {
                    return Err(self.unexpected(&token, "a string without interpolation"));
                }
                _ => {
                    let end = self.end;
                    return Err(ReadError::new(
                        "this string is never closed",
                        open.start..end.min(open.start + 1),
                    ));
                }
            }
        }
    }
}

/// Resolves the escapes of a double-quoted string: `\n`, `\r`, `\t`, and `\x` for any other x.
///
/// Nix reads a bare CR or CR LF in a string as LF.
fn unescape(raw: &str) -> Cow<'_, str> {
    if !raw.bytes().any(|b| matches!(b, b'\\' | b'\r')) {
        return raw.into();
    }
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('t') => text.push('\t'),
                Some(other) => text.push(other),
                None => {}
            },
            '\r' => {
                chars.next_if_eq(&'\n');
                text.push('\n');
            }
            other => text.push(other),
        }
    }
    text.into()
}
