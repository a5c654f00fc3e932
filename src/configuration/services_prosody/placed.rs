//! The configuration that a written text reads as, with the places that its lines come from.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::settings::Doubt;
use super::value::{At, UNKNOWN};
use crate::configuration::model::{Configuration, Host, Setting, Value};
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

/// Options that say what loads, or that there is a host: what is not known of them is doubt.
const DECIDE: [&str; 11] = [
    "modules_enabled",
    "modules_disabled",
    "authentication",
    "authorization",
    "storage",
    "default_storage",
    "anonymous_login",
    "enabled",
    "component_module",
    "load_global_modules",
    "defined",
];

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
/// was written from. `doubts` are told beside it.
pub fn configuration(
    written: &Written,
    name: &str,
    sources: &[Arc<Source>],
    doubts: &[Doubt],
    read: impl Fn(&Source) -> Result<Configuration>,
) -> Result<Configuration> {
    let source = Source::new(name, written.text.clone());
    let placing = Placing {
        written,
        sources,
        name,
    };
    let mut configuration = read(&source).map_err(|error| placing.error(&error))?;
    placing.all(&mut configuration);
    for doubt in doubts {
        let finding = Finding::new(Code::Undecided, format!("cannot determine {}", doubt.option));
        configuration.findings.push(Finding {
            place: placing.place_of(&doubt.at),
            ..finding.because(&doubt.why).help(EVALUATE)
        });
    }
    Ok(configuration)
}

/// What to do about what only an evaluation can tell.
const EVALUATE: &str =
    "write it out, or give the evaluated configuration: docs/nixos.md says how to print it";

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
    name: &'a str,
}

impl Placing<'_> {
    fn place_of(&self, at: &At) -> Option<Place> {
        place_of(self.sources, at)
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
        let prefix = format!("{}:", self.name);
        let mut parts = text.split(&prefix);
        let mut sentence = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            let (line, rest) = part.split_at(end);
            match line.parse().ok().and_then(|line| self.place(line)) {
                Some(place) => sentence.push_str(&place.to_string()),
                None => sentence.push_str(&format!("{prefix}{line}")),
            }
            sentence.push_str(rest);
        }
        sentence.replace(self.name, &self.main())
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
        let title = self.sentence(error.title());
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
        // The line that makes what is not known is of our own making.
        let first = |place: &Place| place.file == self.name && place.line == 1;
        let is_ours = |finding: &Finding| {
            let of_call = matches!(finding.code, Code::NotRun | Code::LuaApi);
            of_call && finding.place.as_ref().is_some_and(first)
        };
        configuration.findings.retain(|finding| !is_ours(finding));
        let origin = format!("at {}:1 ", self.name);
        let mut nameless = Vec::new();
        for (name, host) in &mut configuration.hosts {
            if name.contains(UNKNOWN) {
                nameless.push((name.clone(), host.place.clone()));
            }
            for (option, setting) in &mut host.options {
                if !is_unknown(&setting.value, &origin) {
                    continue;
                }
                let why = "a part of it is known only when Nix evaluates it".to_owned();
                if DECIDE.contains(&option.as_str()) {
                    let finding =
                        Finding::new(Code::Undecided, format!("cannot determine {option}"));
                    configuration.findings.push(Finding {
                        place: Some(setting.place.clone()),
                        ..finding.because(&why).about(option).on(name).help(EVALUATE)
                    });
                    setting.value = Value::Unknown(why);
                } else {
                    // It is there, and what it is does not matter.
                    setting.value = Value::Secret;
                }
            }
        }
        // What the reader says of them is said above, or does not matter.
        configuration.findings.retain(|finding| {
            let of_origin = finding.reason.as_ref().is_some_and(|why| why.contains(&origin));
            !(finding.code == Code::Undecided && of_origin && finding.subject.is_some())
        });
        for (_, place) in nameless {
            let finding = Finding::new(Code::Undecided, "cannot determine the name of a host");
            configuration.findings.push(Finding {
                place,
                ..finding.help(EVALUATE)
            });
        }
        self.rename(configuration);
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
        files.extend(configuration.files.iter().filter(|file| *file != self.name).cloned());
        configuration.files = files;
        configuration.name = self.main();
        configuration.is_written = true;
        for host in configuration.hosts.values_mut() {
            self.host(host);
        }
    }

    /// Hosts whose address is not known are called by their place.
    fn rename(&self, configuration: &mut Configuration) {
        let hosts = std::mem::take(&mut configuration.hosts);
        let mut names = BTreeMap::new();
        for (name, host) in hosts {
            let mut shown = name.clone();
            if name.contains(UNKNOWN) {
                let mut place = host.place.clone();
                if let Some(place) = &mut place {
                    self.replace(place);
                }
                let place = place.map_or(String::new(), |place| format!(" at {place}"));
                shown = match name.as_str() {
                    UNKNOWN => format!("(unknown name{place})"),
                    _ => name.replace(UNKNOWN, "…"),
                };
            }
            names.insert(name, shown.clone());
            configuration.hosts.insert(shown, host);
        }
        for finding in &mut configuration.findings {
            if let Some(host) = &mut finding.host
                && let Some(name) = names.get(host)
            {
                *host = name.clone();
            }
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

/// Whether a part of a value is one that the text does not know.
fn is_unknown(value: &Value, origin: &str) -> bool {
    match value {
        Value::String(text) => text.contains(UNKNOWN),
        Value::Unknown(why) => format!("{why} ").contains(origin),
        Value::Table(items, fields) => {
            items.iter().chain(fields.values()).any(|value| is_unknown(value, origin))
                || fields.keys().any(|key| key.contains(UNKNOWN))
        }
        _ => false,
    }
}
