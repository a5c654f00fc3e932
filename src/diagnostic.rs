//! What went wrong, where, and what to do: errors and warnings as users read them.
//!
//! ```
//! use prosody_stability::diagnostic::{Diagnostic, nearest};
//! use prosody_stability::source::Source;
//!
//! let source = Source::new("mine.env", "PROSODY_ENABLE_BETA=maybe");
//! let error = Diagnostic::error("invalid value `maybe`")
//!     .at(&source, 20..25, "expected true or false")
//!     .help("leave it out for the default");
//! assert!(error.render(false).contains("mine.env:1:21"));
//! assert_eq!(nearest("carbon", ["carbons", "smacks"]), Some("carbons"));
//! ```

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::source::Source;
use crate::terminal::{is_control, printable_start};

/// How bad it is: an error ends the command with exit code 2, the rest is said and the work goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The input cannot be used.
    Error,
    /// The input is used, but says something the reader should know.
    Warning,
    /// A note.
    Note,
}

/// A place in an input with the lines around it, cut out so that it outlives the input.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Excerpt {
    file: String,
    /// Whether the excerpt begins where its line begins.
    whole: bool,
    line: usize,
    column: usize,
    text: String,
    span: Range<usize>,
    label: String,
}

/// Longest part of a line that an excerpt keeps on either side of the place, in bytes.
const EXCERPT_SIDE: usize = 400;

impl Excerpt {
    fn cut(source: &Source, span: Range<usize>, label: String) -> Self {
        let text = source.text();
        let start = floor_char_boundary(text, span.start.min(text.len()));
        let line_start = text[..start].rfind('\n').map_or(0, |i| i + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |i| start + i);
        let end = floor_char_boundary(text, span.end.clamp(start, line_end));
        let from = floor_char_boundary(text, line_start.max(start.saturating_sub(EXCERPT_SIDE)));
        let to = floor_char_boundary(text, line_end.min(end.saturating_add(EXCERPT_SIDE)));
        // A very long span is cut too, or the excerpt would be as long as the input.
        let to = to
            .min(floor_char_boundary(text, start + 2 * EXCERPT_SIDE))
            .max(start);
        let end = end.min(to);
        let shown = text[from..to].trim_end_matches('\r');
        let [before, marked] = [start, end].map(|at| &shown[..(at - from).min(shown.len())]);
        Self {
            file: clean(source.name()),
            whole: from == line_start,
            line: line_of(text, start),
            column: text[line_start..start].chars().count() + 1,
            span: drawable(before).len()..drawable(marked).len(),
            text: drawable(shown),
            label: clean(&label),
        }
    }
}

/// Longest text of a message, in code points; what is quoted in it may be as long as the input.
const MESSAGE: usize = 1000;

fn clean(text: &str) -> String {
    printable_start(text, MESSAGE).into_owned()
}

/// An excerpt without what the renderer draws no sign for, each character replaced by one.
fn drawable(text: &str) -> String {
    text.replace(|c: char| is_control(c) && !c.is_ascii(), "\u{fffd}")
}

fn floor_char_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// One message for the reader: title, place with excerpt, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    severity: Severity,
    title: String,
    excerpt: Option<Box<Excerpt>>,
    help: Vec<String>,
}

impl Diagnostic {
    /// An error with a title and no place yet.
    pub fn error(title: impl Into<String>) -> Self {
        Self::new(Severity::Error, title)
    }

    /// A warning with a title and no place yet.
    pub fn warning(title: impl Into<String>) -> Self {
        Self::new(Severity::Warning, title)
    }

    /// A note with a title and no place yet.
    pub fn note(title: impl Into<String>) -> Self {
        Self::new(Severity::Note, title)
    }

    fn new(severity: Severity, title: impl Into<String>) -> Self {
        Self {
            severity,
            title: clean(&title.into()),
            excerpt: None,
            help: Vec::new(),
        }
    }

    /// Points at a byte range of `source`; `label` is printed next to the caret.
    pub fn at(mut self, source: &Source, span: Range<usize>, label: impl Into<String>) -> Self {
        self.excerpt = Some(Box::new(Excerpt::cut(source, span, label.into())));
        self
    }

    /// Says in front which of several inputs the message is about.
    pub fn about(mut self, input: &str) -> Self {
        self.title = format!("{}: {}", clean(input), self.title);
        self
    }

    /// Adds a line that says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(clean(&help.into()));
        self
    }

    /// Adds a line that says what to do, when there is one.
    pub fn maybe_help(self, help: Option<impl Into<String>>) -> Self {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The title alone, without place and help.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Line and column of the place, counted from 1, the column in code points.
    pub fn position(&self) -> Option<(usize, usize)> {
        self.excerpt.as_deref().map(|e| (e.line, e.column))
    }

    /// The file and line of the place.
    pub fn file_and_line(&self) -> Option<(&str, usize)> {
        let excerpt = self.excerpt.as_deref()?;
        Some((&excerpt.file, excerpt.line))
    }

    /// The message with excerpt and caret, as many lines as it takes, without a final newline.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        }
        .decor_style(DecorStyle::Ascii);
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = level.primary_title(self.title.as_str());
        let Some(excerpt) = self.excerpt.as_deref() else {
            // Without a place, the help is printed below the message.
            let help = self
                .help
                .iter()
                .map(|help| Level::HELP.primary_title(help.as_str()));
            let lines = std::iter::once(title).chain(help);
            let lines = lines.map(|line| renderer.render(&[Group::with_title(line)]));
            return lines.collect::<Vec<_>>().join("\n");
        };
        let annotation = AnnotationKind::Primary
            .span(excerpt.span.clone())
            .label(excerpt.label.as_str());
        let snippet = Snippet::source(excerpt.text.as_str())
            .line_start(excerpt.line)
            .annotation(annotation);
        let file = excerpt.file.as_str();
        let group = Group::with_title(title);
        let mut group = if excerpt.whole {
            group.element(snippet.path(file))
        } else {
            // The snippet would count the column from where the excerpt begins.
            let origin = Origin::path(file).line(excerpt.line);
            group
                .element(origin.char_column(excerpt.column))
                .element(snippet)
        };
        for help in &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostic {}

/// A result whose error is a message for the reader.
pub type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// The most messages on one input that anybody reads.
const MESSAGES: usize = 100;

/// Adds a message, unless there are so many that nobody reads them.
pub fn add_message(messages: &mut Vec<Diagnostic>, message: impl FnOnce() -> Diagnostic) {
    match messages.len() {
        ..MESSAGES => messages.push(message()),
        MESSAGES => messages.push(Diagnostic::note(format!(
            "only the first {MESSAGES} messages are shown"
        ))),
        _ => {}
    }
}

/// The name among `known` that `typed` most likely means, if one is near enough to be worth saying.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = typed.chars().count();
    let folded = typed.to_lowercase();
    let letters = letters(&folded);
    let distance = |name: &str| {
        let count = name.chars().count();
        let reach = 1 + count.max(2) / 4;
        // The beginning of a name is as good as a single typing error.
        let may_begin = length >= 3 && count > length;
        let is_far = count.abs_diff(length) > reach;
        if is_far && !may_begin {
            return None;
        }
        let lower = match name
            .bytes()
            .any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii())
        {
            true => Cow::Owned(name.to_lowercase()),
            false => Cow::Borrowed(name),
        };
        if may_begin && lower.starts_with(&folded) {
            return Some(1);
        }
        // Comparing takes time and memory by the length of both: most names are far away by their
        // length or by their letters alone.
        if is_far
            || missing_of(&folded, &lower) > reach
            || at_least(&letters, &self::letters(&lower)) > reach
        {
            return None;
        }
        let distance = strsim::damerau_levenshtein(&folded, &lower);
        (distance <= reach).then_some(distance)
    };
    let near = known.into_iter();
    near.filter_map(|name| Some((distance(name)?, name)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters of a text are not in the other one at all, several letters being counted as one.
fn missing_of(text: &str, other: &str) -> usize {
    let set = |text: &str| {
        let bits = text.chars().map(|c| 1_u64 << (c as u32 % 64));
        bits.fold(0, |set, bit| set | bit)
    };
    (set(text) & !set(other)).count_ones() as usize
}

/// How often each letter is in a text, several letters being counted as one.
fn letters(text: &str) -> [usize; 64] {
    let mut counts = [0; 64];
    for c in text.chars() {
        counts[c as usize % 64] += 1;
    }
    counts
}

/// How many typing errors lie at least between two texts with these letters: each takes away, adds
/// or replaces at most one.
fn at_least(one: &[usize; 64], other: &[usize; 64]) -> usize {
    let pairs = || one.iter().zip(other);
    let gone: usize = pairs().map(|(a, b)| a.saturating_sub(*b)).sum();
    let new: usize = pairs().map(|(a, b)| b.saturating_sub(*a)).sum();
    gone.max(new)
}

/// `did you mean …?` for a misspelt name, when a known one is near.
pub fn did_you_mean<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(typed, known).map(|name| format!("did you mean `{name}`?"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_file_line_column_and_marks_the_place() {
        let source = Source::new("a.json", "one\ntwö three\n");
        let shown = Diagnostic::error("wrong")
            .at(&source, 9..14, "here")
            .help("fix it")
            .render(false);
        assert!(shown.contains("--> a.json:2:5"), "{shown}");
        assert!(shown.contains("^^^^^ here"), "{shown}");
        assert!(shown.contains("help: fix it"), "{shown}");
    }

    #[test]
    fn a_place_in_an_endless_line_is_cut_out() {
        let source = Source::new("long", "x".repeat(1_000_000));
        let shown = Diagnostic::error("wrong")
            .at(&source, 500_000..900_000, "here")
            .render(false);
        assert!(shown.len() < 2_000, "{}", shown.len());
    }

    #[test]
    fn suggests_only_what_is_near() {
        let known = ["security", "modern", "beta"];
        assert_eq!(nearest("secuirty", known), Some("security"));
        assert_eq!(nearest("BETA", known), Some("beta"));
        assert_eq!(nearest("secu", known), Some("security"));
        assert_eq!(nearest("prometheus", known), None);
    }
}
