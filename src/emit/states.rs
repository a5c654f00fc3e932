//! What each combination of flags loads, as data: the page shows it and knows no rule.

use std::collections::{HashMap, HashSet};

use indexmap::IndexSet;

use crate::inventory::{Flag, FlagValues, Inventory};
use crate::release::Release;
use crate::resolve::{Resolution, State, resolve};
use crate::selection::{Origin, Selection};

/// How many combinations of the six flags there are.
pub const COMBINATIONS: u8 = 64;

/// What happens to a module, as a letter and in words.
pub const WORDS: [(char, &str); 11] = [
    ('l', "loads"),
    ('c', "component"),
    ('s', "always"),
    ('a', "dependency"),
    ('p', "pulled in"),
    ('o', "off"),
    ('e', "needs setup"),
    ('b', "broken"),
    ('u', "cannot load"),
    ('n', "explicit only"),
    ('x', "absent"),
];

/// The word for a letter.
pub fn word(letter: char) -> &'static str {
    let entry = WORDS.iter().find(|(other, _)| *other == letter);
    entry.map_or("", |(_, word)| word)
}

/// Letters of modules by their names in Prosody.
pub type Letters = HashMap<String, char>;

/// What flags load on one release.
pub struct OnRelease<'a> {
    inventory: &'a Inventory<'a>,
    /// The release.
    pub release: &'a Release,
    always: HashSet<&'a str>,
}

/// What loads under each combination, for one release.
pub struct States<'a> {
    /// The release.
    pub on: OnRelease<'a>,
    /// By module the letter for each combination; a blank where none is about it.
    letters: HashMap<String, [char; COMBINATIONS as usize]>,
    /// For each combination: modules of the inventory that load, dependencies, pulled in, unavailable.
    pub counts: Vec<[usize; 4]>,
}

impl<'a> States<'a> {
    pub fn new(inventory: &'a Inventory<'a>, release: &'a Release) -> Self {
        let mut states = Self {
            on: OnRelease::new(inventory, release),
            letters: HashMap::new(),
            counts: Vec::new(),
        };
        for bits in 0..COMBINATIONS {
            let selection = selection(inventory, &FlagValues::from_bits(bits));
            let resolution = resolve(inventory, release, &selection, false);
            for (name, letter) in letters(&resolution) {
                if !states.letters.contains_key(name) {
                    let blank = [' '; COMBINATIONS as usize];
                    states.letters.insert(name.to_owned(), blank);
                }
                if let Some(letters) = states.letters.get_mut(name) {
                    letters[usize::from(bits)] = letter;
                }
            }
            states.counts.push(counts(&resolution));
        }
        states
    }

    /// The letters of one module, one for each combination.
    pub fn of(&self, name: &str) -> String {
        let blank = [' '; COMBINATIONS as usize];
        let letters = self.letters.get(name).unwrap_or(&blank);
        letters
            .iter()
            .map(|letter| self.on.with_release(*letter, name))
            .collect()
    }
}

impl<'a> OnRelease<'a> {
    pub fn new(inventory: &'a Inventory<'a>, release: &'a Release) -> Self {
        Self {
            inventory,
            release,
            always: inventory.always_loaded.iter().map(String::as_str).collect(),
        }
    }

    /// The letters of the modules that some flags are about.
    pub fn letters_for(&self, flags: &FlagValues) -> Letters {
        let selection = selection(self.inventory, flags);
        let resolution = resolve(self.inventory, self.release, &selection, false);
        let letters = letters(&resolution);
        letters
            .map(|(name, letter)| (name.to_owned(), letter))
            .collect()
    }

    /// The letter of one module among these.
    pub fn letter(&self, letters: &Letters, name: &str) -> char {
        self.with_release(letters.get(name).copied().unwrap_or(' '), name)
    }

    /// The letter with what the release says: what nothing is about is there or not.
    fn with_release(&self, letter: char, name: &str) -> char {
        match (letter, self.release.modules.contains_key(name)) {
            // No flag loads what needs a setup, and nobody misses it where it is not there.
            ('o' | 'e' | ' ', false) => 'x',
            (' ', true) if self.always.contains(name) => 's',
            (' ', true) => 'n',
            (letter, _) => letter,
        }
    }
}

fn selection(inventory: &Inventory, flags: &FlagValues) -> Selection {
    let mut selection = Selection::defaults(inventory);
    for flag in Flag::ALL {
        // The values come from flags: each is one that its flag takes.
        let _ = selection.set_flag(flag, flags.get(flag), Origin::Default);
    }
    selection
}

fn letters<'r>(resolution: &'r Resolution<'r>) -> impl Iterator<Item = (&'r str, char)> {
    let modules = resolution.modules.iter().map(move |resolved| {
        let is_asked_for = || {
            let flags = resolution.flags.zip(resolved.module);
            flags.is_some_and(|(flags, module)| flags.ask_for(module))
        };
        let letter = match resolved.state {
            State::Load => 'l',
            State::Component => 'c',
            State::PulledIn => 'p',
            State::Unavailable => 'u',
            // Its flags are on, and it is not for flags to load it.
            State::Off if is_asked_for() => match resolved.module {
                Some(module) if module.setup.is_some() => 'e',
                _ => 'b',
            },
            State::Off => 'o',
        };
        (resolved.real_name(), letter)
    });
    let dependencies = resolution.dependencies.iter();
    let dependencies = dependencies.map(|dependency| (dependency.name, 'a'));
    modules.chain(dependencies)
}

fn counts(resolution: &Resolution<'_>) -> [usize; 4] {
    let count = |is: fn(State) -> bool| {
        let modules = resolution.modules.iter();
        modules.filter(|module| is(module.state)).count()
    };
    [
        count(State::loads),
        resolution.dependencies.len(),
        count(|state| state == State::PulledIn),
        count(|state| state == State::Unavailable),
    ]
}

/// The texts of all modules, each once: most modules share theirs with others.
#[derive(Default)]
pub struct UniqueTexts(IndexSet<String>);

impl UniqueTexts {
    /// The number of a text.
    pub fn number(&mut self, text: String) -> usize {
        self.0.insert_full(text).0
    }

    /// The texts by number.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// The combination that some flags are, when each of them is on or off.
pub fn bits(flags: &FlagValues) -> Option<u8> {
    (0..COMBINATIONS).find(|bits| FlagValues::from_bits(*bits) == *flags)
}
