//! The tree of any Nix expression, parsed without running out of stack.

use std::ops::Range;

use super::depth;

/// Enough for such a tree: the parser goes as deep as the tree is.
const STACK: usize = 64 * 1024 * 1024;

/// Why a text is no Nix expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Range<usize>,
}

/// Parses a Nix expression and hands its tree to `work`, on a stack that is deep enough for it.
///
/// Fails on what is no Nix expression, and on what nests too deeply.
pub fn with_tree<T: Send>(
    text: &str,
    work: impl FnOnce(&rnix::Parse<rnix::Root>) -> T + Send,
) -> Result<T, SyntaxError> {
    on_deep_stack(|| parse(text).map(|parsed| work(&parsed)))?
}

/// Parses a Nix expression. To be called on a deep stack, which the tree needs as well.
pub fn parse(text: &str) -> Result<rnix::Parse<rnix::Root>, SyntaxError> {
    if let Some((reason, span)) = depth::refusal(text) {
        let message = reason.to_owned();
        return Err(SyntaxError { message, span });
    }
    let parsed = rnix::Root::parse(text);
    match parsed.errors().first() {
        Some(error) => Err(syntax_error(text, error)),
        None => Ok(parsed),
    }
}

/// Runs `work` on a stack that is deep enough for any tree that [`parse`] returns.
pub fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, SyntaxError> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, work);
        match thread.map(|thread| thread.join()) {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => Err(SyntaxError {
                message: format!("cannot be read: {error}"),
                span: 0..0,
            }),
        }
    })
}

fn syntax_error(text: &str, error: &rnix::ParseError) -> SyntaxError {
    use rnix::ParseError as E;
    let end = text.len();
    let span = match error {
        E::Unexpected(range)
        | E::UnexpectedExtra(range)
        | E::UnexpectedWanted(_, range, _)
        | E::UnexpectedDoubleBind(range)
        | E::DuplicatedArgs(range, _) => range.start().into()..range.end().into(),
        _ => end..end,
    };
    let message = error.to_string();
    // rnix names byte offsets, which the place says better.
    let message = message
        .split(" at ")
        .next()
        .unwrap_or_default()
        .replace("error node", "not Nix");
    SyntaxError { message, span }
}
