//! What the configmanager of a real Prosody reads from a file, beside what we read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use prosody_stability::configuration::prosody::{ReadOptions, read};
use prosody_stability::configuration::{Configuration, Dialect, HostKind, Value};
use prosody_stability::report::Code;
use prosody_stability::source::Source;
use serde_json::{Value as Json, json};

use crate::support::command::run;
use crate::support::prosody::Installation;
use crate::support::prosody::installation::NEWEST;
use crate::support::root;

/// The versions of Prosody to compare with, and the dialect of each.
const VERSIONS: [(&str, Dialect); 3] = [
    ("0.12", Dialect::V0_12),
    ("13.0", Dialect::V13),
    (NEWEST, Dialect::V13),
];

/// The options of all hosts, by host and name.
type Options = BTreeMap<(String, String), Json>;

/// What a real Prosody says about a file.
struct Real {
    options: Result<Options, String>,
    warnings: Vec<String>,
}

/// Has a real configmanager load files, one after the other.
fn load(
    server: &Installation,
    files: &[PathBuf],
    variables: &BTreeMap<String, String>,
) -> Vec<Real> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let lua = root().join("tests/configuration/configmanager.lua");
    let said = run(Command::new("lua5.4")
        .env_clear()
        .env("PATH", path)
        .envs(variables)
        .arg(lua)
        .arg(folder_of(server))
        .arg(libraries(server))
        .args(files))
    .success();
    let mut found: Vec<Real> = Vec::new();
    for line in said.stdout.lines() {
        let line: Json = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let text = |at: usize| line[at].as_str().unwrap().to_owned();
        if text(0) == "file" {
            found.push(Real {
                options: Ok(Options::new()),
                warnings: Vec::new(),
            });
            continue;
        }
        let real = found.last_mut().unwrap();
        match text(0).as_str() {
            "error" => real.options = Err(text(1)),
            "warning" => real.warnings.push(text(1)),
            _ => {
                let options = real.options.as_mut().unwrap();
                options.insert((text(1), text(2)), line[3].clone());
            }
        }
    }
    assert_eq!(found.len(), files.len(), "{}", said.stderr);
    found
}

fn folder_of(server: &Installation) -> PathBuf {
    server.root().join("usr/lib/prosody")
}

/// The libraries of the newest Prosody do not fit this machine; those of the one before do the same.
fn libraries(server: &Installation) -> PathBuf {
    let other = (server.version == NEWEST).then(|| Installation::find("13.0"));
    other
        .flatten()
        .as_ref()
        .map_or_else(|| folder_of(server), folder_of)
}

/// Reads a file as we read it.
pub fn ours(
    file: &Path,
    dialect: Dialect,
    variables: &BTreeMap<String, String>,
) -> prosody_stability::diagnostic::Result<Configuration> {
    let source = Source::read(file)?;
    let mut options = ReadOptions::new(dialect);
    options.variables.clone_from(variables);
    read(&source, &options)
}

/// Our options in the same form, with those that Prosody itself sets.
fn options(configuration: &Configuration) -> Options {
    let mut all = Options::new();
    for (name, host) in &configuration.hosts {
        let mut add = |option: &str, value| all.insert((name.clone(), option.to_owned()), value);
        match &host.kind {
            HostKind::Global => None,
            // A configuration can make a host of which no section says so.
            HostKind::VirtualHost if host.place.is_none() => None,
            HostKind::VirtualHost => add("defined", json!(true)),
            HostKind::Component(module) => {
                add("load_global_modules", json!(false));
                add("component_module", json!(module))
            }
        };
        for (option, setting) in &host.options {
            add(option, as_json(&setting.value));
        }
    }
    all
}

pub fn as_json(value: &Value) -> Json {
    match value {
        Value::Boolean(value) => json!(value),
        Value::Integer(value) => json!(value),
        Value::Float(value) => json!({ "float": value.to_string() }),
        Value::String(text) => json!(text),
        Value::Table(items, fields) => {
            let fields: BTreeMap<_, _> = fields.iter().map(|(k, v)| (k, as_json(v))).collect();
            json!({ "items": items.iter().map(as_json).collect::<Vec<_>>(), "fields": fields })
        }
        Value::Function => json!({ "function": true }),
        Value::Handle(list) => json!({ "handle": list }),
        Value::Secret => json!({ "secret": true }),
        Value::Unknown(why) => json!({ "unknown": why }),
    }
}

/// Whether a value of ours is the real one: a secret is any text, a number may be written otherwise.
pub fn is_same(ours: &Json, real: &Json) -> bool {
    if ours.get("secret").is_some() {
        return real.is_string();
    }
    if let (Some(ours), Some(real)) = (ours.get("float"), real.get("float")) {
        let number = |text: &Json| text.as_str().unwrap().parse::<f64>().unwrap();
        return number(ours).total_cmp(&number(real)).is_eq();
    }
    match (ours, real) {
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| is_same(a, b)))
        }
        _ => ours == real,
    }
}

/// What came of the comparison of one file under one version.
pub struct Compared {
    /// Whether the version is 0.12.
    pub is_old: bool,
    /// The place of the file in the list.
    pub file: usize,
    /// Whether both load it, or what differs.
    pub result: Result<bool, String>,
    /// What Prosody reads and we say that we cannot determine.
    pub undetermined: Vec<String>,
}

/// Compares what every version of a real Prosody reads from files with what we read.
pub fn compare(files: &[PathBuf], variables: &BTreeMap<String, String>) -> Vec<Compared> {
    let mut compared = Vec::new();
    for (version, dialect) in VERSIONS {
        let Some(server) = Installation::find(version) else {
            continue;
        };
        let real = load(&server, files, variables);
        for (number, (file, real)) in files.iter().zip(real).enumerate() {
            let ours = ours(file, dialect, variables);
            let mut undetermined = Vec::new();
            let result = compare_one(&server, real, ours, &mut undetermined)
                .map_err(|what| format!("{}, {}: {what}", server.full_version, file.display()));
            compared.push(Compared {
                is_old: dialect == Dialect::V0_12,
                file: number,
                result,
                undetermined,
            });
        }
    }
    compared
}

fn compare_one(
    server: &Installation,
    real: Real,
    ours: prosody_stability::diagnostic::Result<Configuration>,
    undetermined: &mut Vec<String>,
) -> Result<bool, String> {
    let version = &server.full_version;
    match (&real.options, &ours) {
        (Err(_), Err(_)) => return Ok(false),
        (Err(real), Ok(ours)) => {
            // A path that is too long is a finding: the file may stand elsewhere on the server.
            let is_noticed = ours.findings.iter().any(|f| f.code == Code::LongPath);
            if is_noticed && real.contains("format") {
                return Ok(false);
            }
            return Err(format!("{version} fails and we do not: {real}"));
        }
        (Ok(_), Err(ours)) => return Err(format!("{version} loads it and we fail:\n{ours}")),
        (Ok(real_options), Ok(configuration)) => {
            let ours = options(configuration);
            let says_so = |what: &str| {
                let mut findings = configuration.findings.iter();
                findings.any(|f| f.code == Code::Undecided && f.message.contains(what))
            };
            let is_host_unknown = says_so("the name of a");
            let keys: BTreeSet<_> = real_options.keys().chain(ours.keys()).collect();
            let mut differing = Vec::new();
            for key in keys {
                let (real, ours) = (real_options.get(key), ours.get(key));
                let same = matches!((real, ours), (Some(real), Some(ours)) if is_same(ours, real));
                let is_known = match ours {
                    Some(ours) => ours.get("unknown").is_none() || !says_so(&key.1),
                    None => configuration.host(&key.0).is_some() || !is_host_unknown,
                };
                if !same && !is_known {
                    undetermined.push(format!("{key:?}"));
                } else if !same {
                    differing.push(format!("{key:?}: {version} {real:?}, we {ours:?}"));
                }
            }
            if !differing.is_empty() {
                return Err(differing.join("\n"));
            }
            if server.version == NEWEST {
                same_warnings(&real.warnings, configuration)?;
            }
        }
    }
    Ok(true)
}

/// The newest Prosody warns about words and about functions of Lua: we name the same ones, on the same lines.
/// What one finding lists: `functions of Lua are used directly: table (3), os (3, 5)`.
fn listed(message: &str) -> Vec<(usize, String)> {
    let (_, names) = message.split_once(": ").unwrap();
    let names = names.strip_suffix(')').unwrap().split("), ");
    let names = names.map(|name| name.split_once(" (").unwrap());
    names
        .flat_map(|(name, lines)| {
            lines
                .split(", ")
                .map(|line| (line.parse().unwrap(), name.to_owned()))
        })
        .collect()
}

fn same_warnings(real: &[String], ours: &Configuration) -> Result<(), String> {
    let of_real = |between: &[(&str, char)]| -> BTreeSet<(usize, String)> {
        let found = between.iter().flat_map(|(start, end)| {
            real.iter().filter_map(move |warning| {
                let (place, rest) = warning.split_once(start)?;
                let (name, _) = rest.split_once(*end)?;
                let line = place
                    .rsplit(':')
                    .find_map(|part| part.trim().parse().ok())?;
                Some((line, name.to_owned()))
            })
        });
        found.collect()
    };
    let of_ours = |code: Code| -> BTreeSet<(usize, String)> {
        let found = ours.findings.iter().filter(|finding| finding.code == code);
        found
            .flat_map(|f| match &f.subject {
                Some(subject) => vec![(f.place.as_ref().unwrap().line, subject.clone())],
                None => listed(&f.message),
            })
            .collect()
    };
    for (code, between) in [
        (Code::UnquotedWord, ("unrecognized value: ", ' ')),
        (Code::LuaApi, ("replace `", '`')),
    ] {
        let (real, ours) = (of_real(&[between]), of_ours(code));
        if real != ours {
            return Err(format!(
                "{code}: Prosody warns about {real:?}, we about {ours:?}"
            ));
        }
    }
    Ok(())
}
