//! What a run collects: hosts with their options, files, and what was noticed.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use indexmap::IndexMap;
use mlua::{Lua, Value};

use super::ReadOptions;
use super::limits::{ExceededLimit, Progress};
use super::noted::NotedFindings;
use super::outline::Outline;
use super::paths;
use crate::configuration::model::GLOBAL;
use crate::report::{Code, Finding, Place};
use crate::source::Source;

/// A file that is read.
pub(super) struct File {
    /// Its path as Prosody sees it.
    pub path: String,
    /// Its text, under the name that messages call it by.
    pub source: Source,
    /// What its text shows.
    pub outline: Outline,
    /// The `Include` with a wildcard that it was found by.
    pub wildcard: Option<Place>,
}

impl File {
    /// A line of this file.
    pub fn place(&self, line: usize) -> Place {
        Place {
            file: self.source.name().to_owned(),
            line,
        }
    }
}

/// A value as it was set.
pub(super) struct Stored {
    pub value: Value,
    pub place: Place,
    pub items: BTreeMap<String, Place>,
    /// The `Include` with a wildcard that the file was found by.
    wildcard: Option<Place>,
}

/// A host while the files run.
#[derive(Default)]
pub(super) struct HostState {
    pub place: Option<Place>,
    /// Options by name; one that was removed again is nil.
    pub options: IndexMap<String, Stored>,
}

/// Everything that a run collects.
pub(super) struct State {
    pub options: ReadOptions,
    main: (String, PathBuf),
    pub noted: NotedFindings,
    pub progress: Progress,
    pub hosts: RefCell<IndexMap<String, HostState>>,
    /// Sections whose name is unknown, which are omitted.
    pub nameless: RefCell<Vec<String>>,
    files: RefCell<IndexMap<String, Rc<File>>>,
    loaded: Cell<usize>,
    exceeded: RefCell<Option<(ExceededLimit, Option<Place>)>>,
    /// Where the error is that ended the run.
    pub failed_at: RefCell<Option<Place>>,
    /// The variables that are missing, by the place that reads them.
    pub missing: RefCell<BTreeMap<Place, String>>,
    /// The options that the files read as variables.
    pub read_back: RefCell<BTreeSet<String>>,
}

impl State {
    /// Nothing collected yet; `path` is that of the main file in Prosody, `named` is what messages
    /// call it.
    pub fn new(options: &ReadOptions, progress: &Progress, path: &str, named: &Path) -> Self {
        Self {
            main: (path.to_owned(), named.to_owned()),
            options: options.clone(),
            noted: NotedFindings::default(),
            progress: progress.clone(),
            hosts: RefCell::new(IndexMap::from([(GLOBAL.to_owned(), HostState::default())])),
            nameless: RefCell::default(),
            files: RefCell::default(),
            loaded: Cell::new(0),
            exceeded: RefCell::new(None),
            failed_at: RefCell::new(None),
            missing: RefCell::default(),
            read_back: RefCell::default(),
        }
    }

    /// Notes that a limit is passed; the first one counts.
    pub fn exceed(&self, limit: ExceededLimit, place: Option<Place>) -> mlua::Error {
        self.exceeded.borrow_mut().get_or_insert((limit, place));
        mlua::Error::runtime("a limit is exceeded")
    }

    /// The limit that was passed.
    pub fn exceeded(&self) -> Option<(ExceededLimit, Option<Place>)> {
        self.exceeded.borrow().clone()
    }

    /// Keeps that the files read an option as a variable, where it is set.
    pub fn note_read(&self, host: &str, option: &str) {
        if self.own(host, option).is_some() {
            self.read_back.borrow_mut().insert(option.to_owned());
        }
    }

    /// Keeps a file that is about to run.
    pub fn add_file(&self, file: File) -> Rc<File> {
        let file = Rc::new(file);
        let path = file.path.clone();
        self.files.borrow_mut().insert(path, Rc::clone(&file));
        file
    }

    /// A file that was read before.
    pub fn file(&self, path: &str) -> Option<Rc<File>> {
        self.files.borrow().get(path).cloned()
    }

    /// A file by the name that messages call it by.
    pub fn file_named(&self, name: &str) -> Option<Rc<File>> {
        let files = self.files.borrow();
        files.values().find(|f| f.source.name() == name).cloned()
    }

    /// The names of all files in the order in which they were read.
    pub fn file_names(&self) -> Vec<String> {
        let files = self.files.borrow();
        files.values().map(|f| f.source.name().to_owned()).collect()
    }

    /// What messages call the file at a path of Prosody.
    pub fn display_name(&self, path: &str) -> String {
        let (main, named) = &self.main;
        paths::display_name(path, main, named, self.options.root.as_deref())
    }

    /// Counts one more file that runs.
    pub fn count_file(&self, place: Option<Place>) -> mlua::Result<()> {
        self.loaded.set(self.loaded.get() + 1);
        if self.loaded.get() > self.options.limits.files {
            return Err(self.exceed(ExceededLimit::Files, place));
        }
        Ok(())
    }

    /// The file and line that run now.
    pub fn here(&self, lua: &Lua) -> Option<(Rc<File>, usize)> {
        for level in 0.. {
            let frame = lua.inspect_stack(level, |frame| {
                let path = frame
                    .source()
                    .source?
                    .strip_prefix('@')
                    .map(str::to_owned)?;
                Some((path, frame.current_line()?))
            })?;
            if let Some((path, line)) = frame
                && let Some(file) = self.file(&path)
            {
                return Some((file, line));
            }
        }
        None
    }

    /// The place that runs now.
    pub fn place(&self, lua: &Lua) -> Option<Place> {
        self.here(lua).map(|(file, line)| file.place(line))
    }

    /// Adds a finding at the place that runs now.
    pub fn note(&self, lua: &Lua, finding: Finding) {
        let place = self.place(lua);
        self.noted.add(Finding { place, ..finding });
    }

    /// The value of an environment variable; one that is missing is noted.
    pub fn variable(&self, lua: &Lua, name: &str) -> Option<String> {
        let value = self.options.variables.get(name).cloned();
        if value.is_none() {
            if let Some(place) = self.place(lua) {
                self.missing.borrow_mut().insert(place, name.to_owned());
            }
            let message = format!("the environment variable {name} is not set");
            self.note(
                lua,
                Finding::new(Code::MissingVariable, message).about(name),
            );
        }
        value
    }

    /// A host's own option.
    pub fn own(&self, host: &str, option: &str) -> Option<Value> {
        let hosts = self.hosts.borrow();
        let stored = hosts.get(host)?.options.get(option)?;
        Some(stored.value.clone()).filter(|value| !value.is_nil())
    }

    /// Sets an option, or removes it where the value is nil. It is set on a line of a file.
    pub fn set(&self, host: &str, option: &str, value: Value, (file, line): (&File, usize)) {
        let setting = file.outline.setting(option, line);
        let place = file.place(setting.map_or(line, |setting| setting.line));
        let items = setting.map(|setting| &setting.items).into_iter().flatten();
        let stored = Stored {
            value,
            items: items
                .map(|(item, line)| (item.clone(), file.place(*line)))
                .collect(),
            place,
            wildcard: file.wildcard.clone(),
        };
        self.store(host, option, stored);
    }

    /// The same for a value of an option table, which has no place for its items.
    pub fn set_at(&self, host: &str, option: &str, value: Value, place: Place) {
        let stored = Stored {
            value,
            place,
            items: BTreeMap::new(),
            wildcard: None,
        };
        self.store(host, option, stored);
    }

    fn store(&self, host: &str, option: &str, stored: Stored) {
        let mut hosts = self.hosts.borrow_mut();
        let options = &mut hosts.entry(host.to_owned()).or_default().options;
        if let Some(before) = options.get(option)
            && !before.value.is_nil()
            && !stored.value.is_nil()
            && before.place != stored.place
        {
            self.noted.add(overwritten(host, option, before, &stored));
        }
        options.insert(option.to_owned(), stored);
    }

    /// Adds the places of what an append adds to a list.
    pub fn append_places(&self, host: &str, option: &str, (file, line): (&File, usize)) {
        let mut hosts = self.hosts.borrow_mut();
        let stored = hosts.get_mut(host).and_then(|h| h.options.get_mut(option));
        if let Some(stored) = stored
            && let Some(setting) = file.outline.setting(option, line)
        {
            for (item, line) in &setting.items {
                stored
                    .items
                    .entry(item.clone())
                    .or_insert(file.place(*line));
            }
        }
    }
}

fn overwritten(host: &str, option: &str, before: &Stored, now: &Stored) -> Finding {
    let same_wildcard = now.wildcard.is_some() && before.wildcard == now.wildcard;
    let finding = if same_wildcard && before.place.file != now.place.file {
        let message = format!("which assignment of {option} counts depends on the directory");
        Finding::new(Code::IncludeOrder, message)
            .reason(format!("{} sets it as well", before.place))
    } else {
        let message = format!("{option} is set twice, and the first value is lost");
        Finding::new(Code::DuplicateOption, message)
            .reason(format!("it is already set at {}", before.place))
    };
    Finding {
        place: Some(now.place.clone()),
        ..finding.about(option).on(host)
    }
}
