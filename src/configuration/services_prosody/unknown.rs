//! What a text holds that is known only later: a variable of Lua stands for it while it is read.

use std::collections::BTreeMap;

use super::value::UNKNOWN;
use crate::configuration::deciding::decides;
use crate::configuration::model::{Configuration, Dialect, Value};
use crate::configuration::prosody::{self, ReadOptions};
use crate::diagnostic::Result;
use crate::report::{Code, Finding, Place};
use crate::source::Source;

/// The statement that makes the variable; it stands in the first line of a text.
pub fn variable(dialect: Dialect) -> String {
    let open = match dialect {
        Dialect::V0_12 => "io.open()",
        Dialect::V13 => "Lua.io.open()",
    };
    format!("local {UNKNOWN} = {open};")
}

/// Reads a prosody.cfg.lua. What NixOS writes goes through `envsubst` before Prosody reads it.
pub fn read(source: &Source, options: &ReadOptions) -> Result<Configuration> {
    let Some(substituted) = substituted(source, options.dialect, &options.variables) else {
        return prosody::read(source, options);
    };
    let mut configuration = prosody::read(&substituted, options)?;
    settle(&mut configuration, source.name(), GIVE, |_| {});
    Ok(configuration)
}

/// A text that services.prosody wrote and that is still to go through `envsubst`, with what is given of
/// the variables; none for any other text.
fn substituted(
    source: &Source,
    dialect: Dialect,
    variables: &BTreeMap<String, String>,
) -> Option<Source> {
    let text = source.text();
    let mut first = text.lines().take(3);
    if !first.any(|line| line == WRITTEN) || !text.contains('$') {
        return None;
    }
    let text = variable(dialect) + &filled_in(text, variables);
    Some(Source::new(source.name(), text))
}

/// A text as `envsubst` leaves it, with [`UNKNOWN`] for a variable that is not given.
pub fn filled_in(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut new = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        new.push_str(before);
        rest = after;
        let (name, length) = name(after);
        match name {
            "" => new.push('$'),
            name => {
                let value = variables.get(name).map(String::as_str);
                new.push_str(value.unwrap_or(UNKNOWN));
                rest = &after[length..];
            }
        }
    }
    new.push_str(rest);
    new
}

/// How such a text begins.
const WRITTEN: &str = "pidfile = \"/run/prosody/prosody.pid\"";

/// The variable behind a `$`, and how long it is as it is written: `NAME`, `{NAME}`, `{NAME:-default}`.
fn name(text: &str) -> (&str, usize) {
    let plain = |text: &str| {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = text.find(|c| !is_of_name(c)).unwrap_or(text.len());
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            0
        } else {
            length
        }
    };
    match text.strip_prefix('{') {
        None => (&text[..plain(text)], plain(text)),
        Some(inside) => {
            let line = inside.lines().next().unwrap_or_default();
            match line.find('}') {
                Some(end) => (&inside[..plain(inside)], end + 2),
                None => ("", 0),
            }
        }
    }
}

/// That a host is there, and its address is not known.
pub const NAMELESS: &str = "cannot determine the name of a host";

/// What to do about a variable.
const GIVE: &str = "set the variable with `--env NAME=VALUE` or `--env-file FILE`";

/// Settles what is not known of a text that is called `name`: where it decides what loads, that is
/// doubt, and else there is a value, whatever it is. `place` turns places into those that are reported.
pub fn settle(
    configuration: &mut Configuration,
    name: &str,
    help: &str,
    place: impl Fn(&mut Place),
) {
    // The line that makes the variable is of our own making.
    let first = |place: &Place| place.file == name && place.line == 1;
    let is_ours = |finding: &Finding| {
        let of_call = matches!(finding.code, Code::NotRun | Code::LuaApi);
        of_call && finding.place.as_ref().is_some_and(first)
    };
    configuration.findings.retain(|finding| !is_ours(finding));
    let origin = format!("at {name}:1 ");
    let mut doubts = Vec::new();
    for (host, section) in &mut configuration.hosts {
        if host.contains(UNKNOWN) {
            doubts.push(Finding {
                place: section.place.clone(),
                ..Finding::new(Code::Undecided, NAMELESS)
            });
        }
        for (option, setting) in &mut section.options {
            if !is_unknown(&setting.value, &origin) {
                continue;
            }
            if !decides(option) {
                // It is there, and what it is does not matter.
                setting.value = Value::Secret;
                continue;
            }
            let why = "a part of it is not known here".to_owned();
            let finding = Finding::new(Code::Undecided, format!("cannot determine {option}"));
            doubts.push(Finding {
                place: Some(setting.place.clone()),
                ..finding.reason(&why).about(option).on(host)
            });
            setting.value = Value::Unknown(why);
        }
    }
    // What the reader says of them is said above, or does not matter.
    configuration.findings.retain(|finding| {
        let reason = finding.reason.as_deref().unwrap_or_default();
        let of_option = finding.code == Code::Undecided && finding.subject.is_some();
        !(of_option && format!("{reason} ").contains(&origin))
    });
    let doubts = doubts.into_iter().map(|finding| finding.help(help));
    configuration.findings.extend(doubts);
    name_hosts(configuration, place);
}

/// Hosts whose address is not known are called by their place.
fn name_hosts(configuration: &mut Configuration, replace: impl Fn(&mut Place)) {
    let hosts = std::mem::take(&mut configuration.hosts);
    let mut names = BTreeMap::new();
    for (name, host) in hosts {
        let mut shown = name.clone();
        if name.contains(UNKNOWN) {
            let mut place = host.place.clone();
            if let Some(place) = &mut place {
                replace(place);
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

/// Whether a part of a value is one that the text does not know.
fn is_unknown(value: &Value, origin: &str) -> bool {
    match value {
        Value::String(text) => text.contains(UNKNOWN),
        Value::Unknown(why) => format!("{why} ").contains(origin),
        Value::Table(items, fields) => {
            items
                .iter()
                .chain(fields.values())
                .any(|value| is_unknown(value, origin))
                || fields.keys().any(|key| key.contains(UNKNOWN))
        }
        _ => false,
    }
}
