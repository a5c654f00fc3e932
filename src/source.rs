//! A text with a name, and places in it.
//!
//! ```
//! use prosody_stability::source::Source;
//!
//! let source = Source::new("prosody.cfg.lua", "-- a comment\nadmins = { }\n");
//! assert_eq!(&source.text()[source.offset(2, 1)..][..6], "admins");
//! ```

/// A text with the name that messages call it by.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    text: String,
    is_detached: bool,
}

impl Source {
    /// A text that was read already.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
            is_detached: false,
        }
    }

    /// The same without the files around it, as of a revision in git.
    pub fn detached(self) -> Self {
        Self {
            is_detached: true,
            ..self
        }
    }

    /// Whether the files around it are not available: what it includes cannot be determined.
    pub fn is_detached(&self) -> bool {
        self.is_detached
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The byte offset of a line and column, both counted from 1, the column in bytes.
    ///
    /// Past the end of the text it is the end.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let start = match line.saturating_sub(2) {
            _ if line <= 1 => 0,
            nth => self
                .text
                .match_indices('\n')
                .nth(nth)
                .map_or(self.text.len(), |(i, _)| i + 1),
        };
        let mut at = (start + column.saturating_sub(1)).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_offsets_and_clamps_them() {
        let source = Source::new("f", "ab\ncd\n");
        assert_eq!(source.offset(2, 2), 4);
        assert_eq!(source.offset(1, 1), 0);
        assert_eq!(source.offset(9, 9), 6);
    }
}
