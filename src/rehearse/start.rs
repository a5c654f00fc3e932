//! A server that does not come up, and why.

use super::expected::Expected;
use super::observation::{End, Observation};
use super::problem::without_place;
use crate::report::{Code, Finding, GLOBAL, Place};

/// What Prosody says, and what it means where that is hard to guess.
const MEANINGS: [(&str, &str); 1] = [(
    "bad argument #2 to 'format'",
    "shorten the path of the configuration to less than 60 characters: Prosody cannot print a \
     warning about a longer one",
)];

/// Why the server did not come up, when it did not.
pub fn does_not_start(observation: &Observation, expected: Expected<'_>) -> Option<Finding> {
    let version = observation.version.as_deref();
    let prosody = version.map_or("Prosody".to_owned(), |version| format!("Prosody {version}"));
    let message = match observation.end {
        End::Finished => return None,
        End::TimedOut => format!("{prosody} did not start before the deadline"),
        End::Ended(_) | End::Unknown => format!("{prosody} does not start"),
    };
    let error = observation.final_error();
    let reason = match observation.end {
        End::TimedOut if !observation.is_configuration_read => {
            "reading the configuration takes too long".to_owned()
        }
        End::TimedOut => match (&observation.loading, observation.log.last()) {
            (Some((module, host)), _) if host == GLOBAL => {
                format!("{module} was the last module that began to load")
            }
            (Some((module, host)), _) => {
                format!("{module} on {host} was the last module that began to load")
            }
            (None, Some(line)) => format!("the last line of the log is: {}", line.text),
            (None, None) => error.clone(),
        },
        _ => without_place(&error).to_owned(),
    };
    let finding = Finding::new(Code::DoesNotStart, message);
    let missing = observation.missing_files.last();
    let missing = missing.filter(|_| !observation.is_configuration_read);
    let meaning = MEANINGS.iter().find(|(words, _)| error.contains(words));
    let help = match (meaning, missing) {
        (Some((_, help)), _) => Some((*help).to_owned()),
        (None, Some((path, _))) => Some(format!("provide {path}, or remove what needs it")),
        (None, None) => finding.help.clone(),
    };
    Some(Finding {
        reason: Some(reason).filter(|reason| !reason.is_empty()),
        place: place_in(&error)
            .or_else(|| observation.place_of_reading())
            .or_else(|| expected.unreadable.cloned()),
        help,
        ..finding
    })
}

impl Observation {
    /// Where reading the configuration hangs.
    fn place_of_reading(&self) -> Option<Place> {
        let (file, line) = self.reading.clone()?;
        (!self.is_configuration_read).then_some(Place { file, line })
    }

    /// What the server error before it ended: the error that it printed, else the last one it logged.
    pub(super) fn final_error(&self) -> String {
        let printed = self.output.lines().map(str::trim);
        let mut errors = printed.clone().filter(|line| line.starts_with("Error"));
        if let Some(error) = errors.next_back() {
            let (_, error) = error.split_once(": ").unwrap_or(("", error));
            return without_excerpt(error).to_owned();
        }
        let mut errors = self.log.iter().filter(|line| line.level == "error");
        if let Some(line) = errors.next_back() {
            return line.text.lines().next().unwrap_or_default().to_owned();
        }
        let mut lines = printed.filter(|line| !line.is_empty() && !line.starts_with('*'));
        without_excerpt(lines.next().unwrap_or_default()).to_owned()
    }
}

/// An error of syntax without the text that it stumbled over, which may be a secret.
fn without_excerpt(error: &str) -> &str {
    error
        .split_once(" near '")
        .map_or(error, |(start, _)| start)
}

/// The place that an error begins with: `FILE:LINE: …`.
pub(super) fn place_in(error: &str) -> Option<Place> {
    let mut parts = error.splitn(3, ':');
    let (file, line) = (parts.next()?, parts.next()?);
    let line = line.trim().parse().ok()?;
    file.starts_with('/').then(|| Place {
        file: file.to_owned(),
        line,
    })
}
