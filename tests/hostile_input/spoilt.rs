//! Inventories and releases in which every text and name is hostile that may be anything.

use std::path::Path;

use serde_json::{Map, Value};

use super::harmless::{HOSTILE, ONE_LINE, say};
use crate::support::command::CommandOutput;
use crate::support::folder::write;

/// The keys on the way to every string of a document, with `*` for names and places of a list.
fn kinds(value: &Value, path: &str, into: &mut Vec<String>) {
    match value {
        Value::String(_) if !into.iter().any(|kind| kind == path) => into.push(path.to_owned()),
        Value::Array(values) => values
            .iter()
            .for_each(|value| kinds(value, &format!("{path}/*"), into)),
        Value::Object(fields) => {
            for (name, value) in fields {
                kinds(value, &format!("{path}/{}", step(path, name)), into);
            }
        }
        _ => {}
    }
}

/// The step below a path: names that people choose count as one.
fn step<'a>(path: &str, name: &'a str) -> &'a str {
    match path.rsplit('/').next() {
        Some("modules" | "profiles" | "renamedFlags" | "named" | "sources") => "*",
        _ => name,
    }
}

/// Adds the hostile text to every string of a kind; to every name, for kinds that end in `/`.
fn spoil(value: &mut Value, path: &str, kind: &str) {
    match value {
        Value::String(text) if path == kind => text.push_str(HOSTILE),
        Value::Array(values) => {
            values
                .iter_mut()
                .for_each(|value| spoil(value, &format!("{path}/*"), kind));
        }
        Value::Object(fields) => {
            if kind.strip_suffix('/') == Some(path) {
                // The first half stays, so that there is something to compare.
                let half = fields.len() / 2;
                let renamed = |(index, (name, value)): (usize, (String, Value))| {
                    (
                        if index < half {
                            name
                        } else {
                            HOSTILE.to_owned() + &name
                        },
                        value,
                    )
                };
                let all = std::mem::take(fields).into_iter();
                *fields = all.enumerate().map(renamed).collect::<Map<_, _>>();
            }
            for (name, value) in fields.iter_mut() {
                spoil(value, &format!("{path}/{}", step(path, name)), kind);
            }
        }
        _ => {}
    }
}

/// A document in which everything is hostile that may be, by `accepts`; what may not is refused in
/// harmless words.
fn spoilt(document: &str, names: &[&str], accepts: impl Fn(&str) -> CommandOutput) -> String {
    let document: Value = serde_json::from_str(document).unwrap();
    let mut all = Vec::new();
    kinds(&document, "", &mut all);
    all.extend(names.iter().map(|&name| name.to_owned()));
    let mut spoilt = document.clone();
    let mut accepted = 0;
    for kind in &all {
        let mut one = document.clone();
        spoil(&mut one, "", kind);
        assert_ne!(one, document, "{kind}");
        if accepts(&one.to_string()).code() == Some(0) {
            spoil(&mut spoilt, "", kind);
            accepted += 1;
        }
    }
    eprintln!("{accepted} of {} kinds of text may be anything", all.len());
    assert!(accepted > 3, "{all:?}");
    spoilt.to_string()
}

pub fn hostile_inventory(folder: &Path) -> String {
    let text = spoilt(
        include_str!("../../inventory/prosody.json"),
        &["/modules/", "/profiles/", "/renamedFlags/"],
        |text| {
            say(&[
                "list",
                "--format",
                "json",
                "--inventory",
                &write(folder, "one.json", text),
            ])
        },
    );
    write(folder, &format!("i{ONE_LINE}.json"), &text)
}

pub fn hostile_release(folder: &Path) -> String {
    let text = spoilt(
        include_str!("../../inventory/releases/13.0.json"),
        &[
            "/modules/",
            "/modules/*/options/named/",
            "/core/named/",
            "/sources/",
        ],
        |text| {
            say(&[
                "resolve",
                "--format",
                "json",
                "--release",
                &write(folder, "one.json", text),
            ])
        },
    );
    write(folder, &format!("r{ONE_LINE}.json"), &text)
}
