//! The configuration that a written text reads as, with the places that its lines come from.

use std::sync::Arc;

use super::service::Doubt;
use super::unknown::{NAMELESS, settle};
use super::value::{At, UNKNOWN};
use crate::configuration::model::{Configuration, Host, Setting};
use crate::diagnostic::{Diagnostic, Result};
use crate::report::{Code, Finding, Place};
use crate::source::Source;

/// A text, and where each of its lines comes from.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The text.
    pub text: String,
    places: Vec<Option<At>>,
}

impl Written {
    /// Adds a line.
    pub fn push(&mut self, line: &str, at: Option<At>) {
        self.text.push_str(line);
        self.text.push('\n');
        self.places.push(at);
    }

    fn at(&self, line: usize) -> Option<&At> {
        self.places.get(line.checked_sub(1)?)?.as_ref()
    }
}

/// The configuration that `read` makes of a text that is called `name`, placed in the files that it
/// was written from. `doubts` are reported with it.
pub fn configuration(
    written: &Written,
    name: &str,
    sources: &[Arc<Source>],
    doubts: &[Doubt],
    read: impl Fn(&Source) -> Result<Configuration>,
) -> Result<Configuration> {
    let source = Source::new(name, written.text.clone());
    let starts = sources.iter().map(|source| {
        let ends = source.text().match_indices('\n');
        ends.map(|(end, _)| end + 1).collect()
    });
    let placing = Placing {
        written,
        sources,
        starts: starts.collect(),
        name,
    };
    let mut configuration = read(&source).map_err(|error| placing.error(&error))?;
    placing.all(&mut configuration);
    // An unknown address is reported with its option.
    if doubts.iter().any(|doubt| doubt.option.ends_with(".domain")) {
        configuration
            .findings
            .retain(|finding| finding.message != NAMELESS);
    }
    for doubt in doubts {
        let finding = Finding::new(
            Code::Undecided,
            format!("cannot determine {}", doubt.option),
        );
        configuration.findings.push(Finding {
            place: placing.place_of(&doubt.at),
            ..finding.reason(&doubt.why).help(EVALUATE)
        });
    }
    Ok(configuration)
}

/// What to do about what only an evaluation can tell.
const EVALUATE: &str = "write it literally, or pass the evaluated configuration: see docs/nixos.md for how to print \
    it";

/// The file and line of a place.
pub fn place_of(sources: &[Arc<Source>], at: &At) -> Option<Place> {
    let source = sources.get(at.file)?;
    let before = source.text().get(..at.span.start)?;
    Some(Place {
        file: source.name().to_owned(),
        line: before.matches('\n').count() + 1,
    })
}

struct Placing<'a> {
    written: &'a Written,
    sources: &'a [Arc<Source>],
    /// Where the lines of each file start, but the first.
    starts: Vec<Vec<usize>>,
    name: &'a str,
}

impl Placing<'_> {
    fn place_of(&self, at: &At) -> Option<Place> {
        let source = self.sources.get(at.file)?;
        let starts = self.starts.get(at.file)?;
        Some(Place {
            file: source.name().to_owned(),
            line: starts.partition_point(|start| *start <= at.span.start) + 1,
        })
    }

    /// The place of a line of the text.
    fn place(&self, line: usize) -> Option<Place> {
        self.place_of(self.written.at(line)?)
    }

    fn replace(&self, place: &mut Place) {
        if place.file == self.name
            && let Some(found) = self.place(place.line)
        {
            *place = found;
        }
    }

    /// A sentence with places in it.
    fn sentence(&self, text: &str) -> String {
        let sentence = self.placed(text, &format!("{}:", self.name));
        sentence.replace(self.name, &self.main())
    }

    /// A sentence in which a number behind a prefix is a line.
    fn placed(&self, text: &str, prefix: &str) -> String {
        let mut parts = text.split(prefix);
        let mut sentence = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(part.len());
            let (line, rest) = part.split_at(end);
            match line.parse().ok().and_then(|line| self.place(line)) {
                Some(place) => sentence.push_str(&place.to_string()),
                None => sentence.push_str(&format!("{prefix}{line}")),
            }
            sentence.push_str(rest);
        }
        sentence
    }

    /// A sentence with lists of lines in it: `string (24, 30)`.
    fn lines(&self, text: &str) -> String {
        let mut parts = text.split('(');
        let mut sentence = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (inside, rest) = part.split_once(')').unwrap_or((part, ""));
            let lines: Option<Vec<String>> = inside
                .split(", ")
                .map(|line| Some(self.place(line.parse().ok()?)?.line.to_string()))
                .collect();
            let inside = lines.map_or(inside.to_owned(), |lines| lines.join(", "));
            sentence.push_str(&format!("({inside}){rest}"));
        }
        sentence
    }

    fn main(&self) -> String {
        let first = self.sources.first();
        first.map_or(String::new(), |source| source.name().to_owned())
    }

    fn error(&self, error: &Diagnostic) -> Box<Diagnostic> {
        // Lua says where a brace is open: `to close '{' at line 3`.
        let title = self.placed(&self.sentence(error.title()), "line ");
        let place = match error.file_and_line() {
            Some((file, line)) if file == self.name => self.written.at(line),
            _ => return Box::new(error.clone()),
        };
        let error = Diagnostic::error(title);
        let error = match place.and_then(|at| Some((self.sources.get(at.file)?, at))) {
            Some((source, at)) => {
                error.at(source, at.span.clone(), "services.prosody writes this line")
            }
            None => error,
        };
        // The first line has it always.
        let is_known = self.written.text.matches(UNKNOWN).count() == 1;
        Box::new(match is_known {
            true => error.help("Prosody does not start with this text either: correct it"),
            false => error.help(EVALUATE),
        })
    }

    fn all(&self, configuration: &mut Configuration) {
        settle(configuration, self.name, EVALUATE, |place| {
            self.replace(place)
        });
        for finding in &mut configuration.findings {
            finding.message = self.sentence(&finding.message);
            if matches!(finding.code, Code::LuaApi | Code::MissingVariable) {
                finding.message = self.lines(&finding.message);
            }
            finding.reason = finding.reason.as_deref().map(|text| self.sentence(text));
            finding.help = finding.help.as_deref().map(|text| self.sentence(text));
            if let Some(place) = &mut finding.place {
                self.replace(place);
            }
        }
        let mut files: Vec<String> = Vec::new();
        for source in self.sources {
            files.push(source.name().to_owned());
        }
        files.extend(
            configuration
                .files
                .iter()
                .filter(|file| *file != self.name)
                .cloned(),
        );
        configuration.files = files;
        configuration.name = self.main();
        configuration.is_written = true;
        for host in configuration.hosts.values_mut() {
            self.host(host);
        }
    }

    fn host(&self, host: &mut Host) {
        if let Some(place) = &mut host.place {
            self.replace(place);
        }
        for Setting { place, items, .. } in host.options.values_mut() {
            self.replace(place);
            items.values_mut().for_each(|place| self.replace(place));
        }
        for backend in &mut host.backends {
            if let Some(place) = &mut backend.place {
                self.replace(place);
            }
        }
    }
}
