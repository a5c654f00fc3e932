//! Since when and until when there is a module, from a row of releases.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Origin, Release, ReleaseModule, SourceKind};

/// How a module was there for some releases in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Span<'a> {
    /// How it was there.
    pub state: State,
    /// The first release of the row.
    pub first: &'a str,
    /// The last release of the row.
    pub last: &'a str,
    /// The same in words.
    pub text: String,
}

/// How a release has a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// It is part of Prosody.
    Bundled,
    /// It is in prosody-modules.
    Community,
    /// It is in prosody-modules with a README and no code.
    ReadmeOnly,
    /// It is not there.
    Absent,
    /// It is not in this package of prosody-modules, which says nothing about the rest of them.
    NotPackaged,
}

impl State {
    /// How a release has a module with these facts.
    pub fn of(release: &Release, facts: Option<&ReleaseModule>) -> Self {
        match facts {
            Some(facts) if facts.readme_only => Self::ReadmeOnly,
            Some(facts) if facts.origin == Origin::Bundled => Self::Bundled,
            Some(_) => Self::Community,
            None if release.sources.community_kind() == Some(SourceKind::Package) => {
                Self::NotPackaged
            }
            None => Self::Absent,
        }
    }
}

/// The history of a module by what each release has of it, oldest first.
pub fn history<'a>(states: &[(&'a str, State)]) -> Vec<Span<'a>> {
    let rows: Vec<_> = states.chunk_by(|(_, one), (_, next)| one == next).collect();
    let state_of = |row: &[(&str, State)]| row.first().map(|(_, state)| *state);
    let spans = rows.iter().enumerate().filter_map(|(index, row)| {
        let ((first, state), (last, _)) = (*row.first()?, *row.last()?);
        let before = index.checked_sub(1).and_then(|index| state_of(rows[index]));
        let after = rows.get(index + 1).and_then(|row| state_of(row));
        Some(Span {
            state,
            first,
            last,
            text: in_words(state, first, last, before, after),
        })
    });
    spans.collect()
}

fn in_words(
    state: State,
    first: &str,
    last: &str,
    before: Option<State>,
    after: Option<State>,
) -> String {
    let is_known = |state: &State| *state != State::NotPackaged;
    let until = after.filter(is_known).map(|_| format!("until {last}"));
    let when = match (before.filter(is_known), until) {
        (Some(_), None) => format!("since {first}"),
        (Some(_), Some(until)) => format!("since {first}, {until}"),
        // What an earlier package omits may have been there for longer.
        (None, None) => format!("since {first} or earlier"),
        (None, Some(until)) => until,
    };
    match (state, before) {
        (State::Bundled, Some(State::Community)) => format!("moved into Prosody: {when}"),
        (State::Bundled, _) => format!("part of Prosody {when}"),
        (State::Community, Some(State::Bundled)) => format!("moved to prosody-modules: {when}"),
        (State::Community, _) => format!("in prosody-modules {when}"),
        (State::ReadmeOnly, _) => format!("only its README in prosody-modules {when}"),
        (State::Absent, None) => format!("not in {}", up_to(first, last)),
        (State::Absent, Some(_)) => format!("not in Prosody or prosody-modules {when}"),
        (State::NotPackaged, _) => {
            format!(
                "not in the package of prosody-modules of {}",
                up_to(first, last)
            )
        }
    }
}

fn up_to(first: &str, last: &str) -> String {
    if first == last {
        first.to_owned()
    } else {
        format!("{first} to {last}")
    }
}
