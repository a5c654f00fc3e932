//! The label, the summary and the successor in the README of a community module.

use std::collections::HashSet;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::files;
use super::panics::without_panic;
use super::report::Reason;
use crate::release::Stage;

/// Front matter stands at the start; no more than this is read.
const HEAD: u64 = 64 * 1024;

/// What a README says about its module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readme {
    /// Upstream's labels about the stage, in the order they were written.
    pub stage: Vec<Stage>,
    /// The one-line summary.
    pub summary: Option<String>,
    /// The module that takes its place (`superseded_by:`), without the `mod_`.
    pub superseded_by: Option<String>,
    /// The modules named `migrate_…` that it mentions, without the `mod_`.
    pub migrations: Vec<String>,
    /// What was not understood.
    pub unclear: Option<Reason>,
}

/// Whether a file of this name is a README: `README`, `.md`, `.markdown`, `.txt`, each also gzipped.
pub fn is_readme(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    matches!(
        name,
        "readme" | "readme.md" | "readme.markdown" | "readme.txt"
    )
}

/// Reads the start of a README, gzipped or not.
pub fn read_file(path: &Path) -> Result<Readme, Reason> {
    let head = files::read_start(path, HEAD)?;
    without_panic(|| read(&head)).ok_or(Reason::ReadingFailed)
}

#[derive(Deserialize)]
struct FrontMatter {
    #[serde(default)]
    labels: Value,
    #[serde(default)]
    summary: Value,
    #[serde(default)]
    superseded_by: Value,
}

/// Reads the start of a README. Never fails: what is broken ends up in `unclear`.
pub fn read(head: &[u8]) -> Readme {
    let mut readme = read_all(head);
    let mut seen = HashSet::new();
    readme.stage.retain(|stage| seen.insert(stage.clone()));
    readme.migrations = migrations(head);
    readme
}

/// The same, in which a stage may stand several times.
fn read_all(head: &[u8]) -> Readme {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    match front_matter(head) {
        Block::None => wiki_tags(head),
        Block::Open => broken("not closed"),
        Block::Yaml(bytes) => match std::str::from_utf8(bytes) {
            Err(_) => broken("not UTF-8"),
            Ok(text) if text.trim().is_empty() => Readme::default(),
            Ok(text) => match serde_saphyr::from_str::<FrontMatter>(text) {
                Ok(front) => from_yaml(front),
                Err(error) => {
                    let message = error.to_string();
                    let mut readme = by_line(text);
                    readme.unclear =
                        broken(message.lines().next().unwrap_or("invalid YAML")).unclear;
                    readme
                }
            },
        },
    }
}

fn broken(message: &str) -> Readme {
    Readme {
        unclear: Some(Reason::BadFrontMatter {
            message: message.to_owned(),
        }),
        ..Readme::default()
    }
}

enum Block<'a> {
    None,
    Open,
    Yaml(&'a [u8]),
}

/// The lines between a first line `---` and the next `---` or `...`.
fn front_matter(head: &[u8]) -> Block<'_> {
    let mut lines = head.split_inclusive(|&byte| byte == b'\n');
    let first = lines.next().unwrap_or_default();
    if first.trim_ascii_end() != b"---" {
        return Block::None;
    }
    let start = first.len();
    let mut end = start;
    for line in lines {
        if matches!(line.trim_ascii_end(), b"---" | b"...") {
            return Block::Yaml(head.get(start..end).unwrap_or_default());
        }
        end += line.len();
    }
    Block::Open
}

fn from_yaml(front: FrontMatter) -> Readme {
    let mut readme = Readme::default();
    let labels = match front.labels {
        Value::Array(labels) => labels,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    for label in labels {
        match label {
            Value::String(label) => add_labels(&mut readme, &label),
            Value::Null => {}
            other => {
                readme.unclear = Some(Reason::BadFrontMatter {
                    message: format!("a label is not a string: {}", kind(&other)),
                });
            }
        }
    }
    match front.summary {
        Value::String(summary) => readme.summary = one_line(&summary),
        Value::Number(number) => readme.summary = Some(number.to_string()),
        Value::Bool(value) => readme.summary = Some(value.to_string()),
        Value::Null => {}
        other => {
            readme.unclear = Some(Reason::BadFrontMatter {
                message: format!("the summary is not a string: {}", kind(&other)),
            });
        }
    }
    if let Value::String(successor) = front.superseded_by {
        readme.superseded_by = module_name(&successor);
    }
    readme
}

fn module_name(text: &str) -> Option<String> {
    let name = text.trim();
    let name = name.strip_prefix("mod_").unwrap_or(name);
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_name && !name.is_empty()).then(|| name.to_owned())
}

/// The modules `mod_migrate_…` that a text names, each once.
fn migrations(text: &[u8]) -> Vec<String> {
    let text = files::text(text);
    let mentions = text.split("mod_migrate_").skip(1).map(|rest| {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
        format!("migrate_{}", rest.get(..end).unwrap_or_default())
    });
    let mut names: Vec<String> = mentions.collect();
    names.sort();
    names.dedup();
    names
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
        _ => "a number or the like",
    }
}

/// Reads broken YAML as far as its meaning is beyond doubt: `summary:` and `labels:` at the start of
/// a line, with plain or quoted text on that line, or a list of such texts right below `labels:`.
/// (Upstream has front matter that is broken by a tab further down.)
fn by_line(yaml: &str) -> Readme {
    let mut readme = Readme::default();
    let mut lines = yaml.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(summary) = line.strip_prefix("summary:") {
            // An indented next line would go on with this one.
            if !lines
                .peek()
                .is_some_and(|next| next.starts_with([' ', '\t']))
            {
                readme.summary = plain_text(summary).and_then(one_line);
            }
        } else if let Some(successor) = line.strip_prefix("superseded_by:") {
            readme.superseded_by = plain_text(successor).and_then(module_name);
        } else if let Some(label) = line.strip_prefix("labels:") {
            if let Some(label) = plain_text(label) {
                add_labels(&mut readme, label);
            }
            while let Some(label) =
                lines.next_if(|next| next.trim_start_matches(' ').starts_with("- "))
            {
                if let Some(label) = plain_text(label.trim_start_matches([' ', '-'])) {
                    add_labels(&mut readme, label);
                }
            }
        }
    }
    readme
}

/// A YAML scalar that stands for itself, with or without quotes.
fn plain_text(scalar: &str) -> Option<&str> {
    let scalar = scalar.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = scalar.strip_prefix(quote) {
            return inner
                .strip_suffix(quote)
                .filter(|inner| !inner.contains([quote, '\\']));
        }
    }
    let special = scalar.starts_with(|c: char| c.is_ascii_punctuation())
        || scalar.contains(": ")
        || scalar.contains('#');
    (!special && !scalar.is_empty()).then_some(scalar)
}

/// One label, or several in one text.
fn add_labels(readme: &mut Readme, labels: &str) {
    let stages = labels.split(',').filter_map(Stage::from_label);
    readme.stage.extend(stages);
}

fn one_line(text: &str) -> Option<String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}

/// The wiki that prosody-modules came from had tags at the top of a page: `#summary …`, `#labels A,B`.
fn wiki_tags(head: &[u8]) -> Readme {
    let mut readme = Readme::default();
    for line in head.split(|&byte| byte == b'\n') {
        let Ok(line) = std::str::from_utf8(line) else {
            break;
        };
        match line.strip_prefix('#').and_then(|tag| tag.split_once(' ')) {
            Some(("summary", text)) => readme.summary = one_line(text),
            Some(("labels", labels)) => add_labels(&mut readme, labels),
            _ if line.trim().is_empty() => {}
            _ => break,
        }
    }
    readme
}
