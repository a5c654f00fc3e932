//! The files of a configuration: the one that was named, and those that it imports.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rnix::ast::Expr;

use crate::configuration::referenced_file;
use crate::input::WRITTEN_BY_HAND;
use crate::nix::tree;
use crate::source::Source;

/// How many files are read at most.
const FILES: usize = 200;

/// How much text they hold together at most, in bytes.
const TEXT: usize = 32 * 1024 * 1024;

/// What a call that describes a machine has among its arguments.
const MODULES: &str = "modules";

/// The files that were read, by number.
pub(super) struct Files {
    read: Vec<File>,
    numbers: HashMap<PathBuf, Result<usize, String>>,
    text: usize,
}

struct File {
    source: Arc<Source>,
    /// The directory that its relative paths start from; standard input has none.
    directory: Option<PathBuf>,
    root: Option<Expr>,
    /// Where the word `modules` is, looked for once.
    modules: OnceCell<Vec<usize>>,
}

impl Files {
    /// The file that was named, parsed already.
    pub(super) fn new(source: Arc<Source>, path: Option<&Path>, root: Option<Expr>) -> Self {
        let numbers = path.and_then(|path| path.canonicalize().ok());
        Self {
            numbers: numbers.map(|path| (path, Ok(0))).into_iter().collect(),
            text: source.text().len(),
            read: vec![File {
                source,
                directory: path.and_then(referenced_file::directory),
                root,
                modules: OnceCell::new(),
            }],
        }
    }

    /// How much text was read, in bytes.
    pub(super) fn text(&self) -> usize {
        self.text
    }

    /// A part of a file.
    pub(super) fn text_at(&self, number: usize, part: &Range<usize>) -> &str {
        let file = self.read.get(number);
        let text = file.and_then(|file| file.source.text().get(part.clone()));
        text.unwrap_or_default()
    }

    pub(super) fn directory(&self, number: usize) -> Option<&Path> {
        self.read[number].directory.as_deref()
    }

    pub(super) fn root(&self, number: usize) -> Option<&Expr> {
        self.read[number].root.as_ref()
    }

    /// Whether the word `modules` is in a part of a file.
    pub(super) fn has_modules(&self, number: usize, part: Range<usize>) -> bool {
        let file = &self.read[number];
        let places = file.modules.get_or_init(|| {
            let matches = file.source.text().match_indices(MODULES);
            matches.map(|(at, _)| at).collect()
        });
        let first = places.partition_point(|at| *at < part.start);
        places
            .get(first)
            .is_some_and(|at| at + MODULES.len() <= part.end)
    }

    pub(super) fn into_sources(self) -> Vec<Arc<Source>> {
        self.read.into_iter().map(|file| file.source).collect()
    }

    /// The number of a file, or of the `default.nix` of a directory; else why it cannot be read.
    pub(super) fn load(&mut self, path: &Path) -> Result<usize, String> {
        let path = if path.is_dir() {
            path.join("default.nix")
        } else {
            path.to_owned()
        };
        let Ok(canonical) = path.canonicalize() else {
            return Err(format!("{} does not exist", path.display()));
        };
        if let Some(number) = self.numbers.get(&canonical) {
            return number.clone();
        }
        let loaded = self.parse(&path);
        self.numbers.insert(canonical, loaded.clone());
        loaded
    }

    /// The number of a file that is read unparsed, and its text.
    pub(super) fn text_of(&mut self, path: &Path) -> Option<(usize, Arc<Source>)> {
        let source = self.source(path).ok()?;
        self.read.push(File {
            source: Arc::clone(&source),
            directory: None,
            root: None,
            modules: OnceCell::new(),
        });
        Some((self.read.len() - 1, source))
    }

    fn source(&mut self, path: &Path) -> Result<Arc<Source>, String> {
        if self.read.len() >= FILES {
            return Err(format!("more than {FILES} files are imported"));
        }
        let title = |error: Box<crate::diagnostic::Diagnostic>| error.title().to_owned();
        let source = referenced_file::read(path).map_err(title)?;
        let source = source.ok_or_else(|| format!("{} does not exist", path.display()))?;
        source.at_most(WRITTEN_BY_HAND).map_err(title)?;
        self.text += source.text().len();
        if self.text > TEXT {
            return Err("the imported files are too large".to_owned());
        }
        Ok(source)
    }

    fn parse(&mut self, path: &Path) -> Result<usize, String> {
        let source = self.source(path)?;
        let parsed = tree::parse(source.text()).map_err(|error| {
            let line = source.text()[..error.span.start].matches('\n').count() + 1;
            format!("{}:{line} is not Nix: {}", source.name(), error.message)
        })?;
        self.read.push(File {
            source,
            directory: referenced_file::directory(path),
            root: parsed.tree().expr(),
            modules: OnceCell::new(),
        });
        Ok(self.read.len() - 1)
    }
}
