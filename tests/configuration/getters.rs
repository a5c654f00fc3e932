//! What we say of a value, beside what the module API of a real Prosody makes of it.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use prosody_stability::configuration::prosody::{ReadOptions, read};
use prosody_stability::configuration::{Dialect, GLOBAL, Value};
use prosody_stability::options::{Converted, convert};
use prosody_stability::release::{OptionType, ReleaseOption};
use prosody_stability::source::Source;
use serde_json::{Value as Json, json};

use crate::real::{as_json, is_same};
use crate::support::prosody::Installation;
use crate::support::prosody::installation::NEWEST;
use crate::support::root;

/// Values as they stand in a configuration.
const VALUES: &[&str] = &[
    "true",
    "false",
    "0",
    "1",
    "2",
    "-1",
    "7",
    "10",
    "100",
    "1.0",
    "0.0",
    "0.5",
    "-0.5",
    "2.5",
    "1e3",
    "1e15",
    "1e100",
    "-1e100",
    "1/0",
    "9223372036854775807",
    "0x10",
    "123456789",
    "1234567.5",
    "'true'",
    "'false'",
    "'True'",
    "'yes'",
    "''",
    "' '",
    "'1'",
    "'0'",
    "'10'",
    "' 10 '",
    "'10.0'",
    "'1e3'",
    "'0x1F'",
    "'0x.8p1'",
    "'+5'",
    "'-5'",
    "'- 5'",
    "'1_000'",
    "'inf'",
    "'nan'",
    "'1e'",
    "'.5'",
    "'5.'",
    "'10kB'",
    "'99999999999999999999'",
    "'never'",
    "'Never'",
    "'2 days'",
    "'2days'",
    "'1 day'",
    "'1 hour'",
    "'1h'",
    "'5 minutes'",
    "'5 min'",
    "'5m'",
    "'1m'",
    "'1 month'",
    "'1mo'",
    "'1 mi'",
    "'600'",
    "'1 week'",
    "'1 year'",
    "'2Y'",
    "'30s'",
    "'1.5 hours'",
    "'about 3 weeks'",
    "'soon'",
    "'-1 day'",
    "'10 x'",
    "'1  hour'",
    "'a'",
    "'b'",
    "'c'",
    "'d'",
    "'/var/lib/x'",
    "{}",
    "{ 'a' }",
    "{ 'a', 'b' }",
    "{ 1 }",
    "{ 1, 2 }",
    "{ true }",
    "{ 'x', 'y', 'x' }",
    "{ k = 'v' }",
    "{ 'a', k = 'v' }",
    "{ { 'a' } }",
    "{ '2 days', '3 days' }",
    "{ 2.5, 1 }",
    "function() end",
];

/// How a value is read: the type, default, least, greatest, and the values allowed, as JSON.
const READS: &[(OptionType, &str, &str, &str, &[&str])] = &[
    (OptionType::Any, "null", "null", "null", &[]),
    (OptionType::Scalar, "null", "null", "null", &[]),
    (OptionType::String, "null", "null", "null", &[]),
    (OptionType::String, "\"z\"", "null", "null", &[]),
    (OptionType::Path, "null", "null", "null", &[]),
    (OptionType::Boolean, "null", "null", "null", &[]),
    (OptionType::Boolean, "true", "null", "null", &[]),
    (OptionType::Array, "null", "null", "null", &[]),
    (OptionType::Set, "null", "null", "null", &[]),
    (OptionType::Number, "null", "null", "null", &[]),
    (OptionType::Number, "10", "null", "null", &[]),
    (OptionType::Number, "0.5", "1", "null", &[]),
    (OptionType::Number, "10", "1.5", "60", &[]),
    (OptionType::Number, "10", "null", "50", &[]),
    (OptionType::Integer, "2.5", "null", "null", &[]),
    (OptionType::Integer, "10", "null", "null", &[]),
    (OptionType::Integer, "10", "1", "50", &[]),
    (OptionType::Period, "null", "null", "null", &[]),
    (OptionType::Period, "\"1 hour\"", "60", "null", &[]),
    (OptionType::Period, "30", "\"1 minute\"", "\"1 week\"", &[]),
    (
        OptionType::Enum,
        "\"a\"",
        "null",
        "null",
        &["\"a\"", "\"b\""],
    ),
    (
        OptionType::Enum,
        "\"d\"",
        "null",
        "null",
        &["\"d\"", "\"a\"", "\"b\""],
    ),
    (
        OptionType::Enum,
        "true",
        "null",
        "null",
        &["true", "\"a\"", "2.5"],
    ),
    (
        OptionType::Enum,
        "\"a\"",
        "null",
        "null",
        &["\"a\"", "true", "false", "1"],
    ),
];

/// The ways of reading that Prosody 0.12 has, without bounds.
fn is_in_0_12(option: &ReleaseOption) -> bool {
    let is_new = [OptionType::Integer, OptionType::Period, OptionType::Enum];
    !is_new.contains(&option.option_type) && option.min.is_none() && option.max.is_none()
}

fn option(
    (option_type, default, min, max, values): &(OptionType, &str, &str, &str, &[&str]),
) -> ReleaseOption {
    let literal = |text: &str| {
        let json: Json = serde_json::from_str(text).unwrap();
        (!json.is_null()).then_some(json)
    };
    ReleaseOption {
        option_type: *option_type,
        values: values
            .iter()
            .map(|value| serde_json::from_str(value).unwrap())
            .collect(),
        default: literal(default),
        min: literal(min),
        max: literal(max),
        global_only: false,
        required: false,
        observed: false,
    }
}

/// The line of Lua that has the value read.
fn line(option: &ReleaseOption, value: &str) -> String {
    let lua = |json: &Option<Json>| match json {
        None => "nil".to_owned(),
        Some(json) => json.to_string(),
    };
    let arguments = match option.option_type {
        OptionType::Enum => {
            let mut all = vec![lua(&option.default)];
            let values = option.values.iter();
            all.extend(values.map(|value| serde_json::to_string(value).unwrap()));
            all
        }
        OptionType::Number | OptionType::Integer | OptionType::Period => {
            vec![lua(&option.default), lua(&option.min), lua(&option.max)]
        }
        _ => vec![lua(&option.default)],
    };
    let (n, arguments) = (arguments.len(), arguments.join(", "));
    let getter = option.option_type.name();
    format!("return '{getter}', {value}, {{ n = {n}, {arguments} }}")
}

fn folder_of(server: &Installation) -> PathBuf {
    server.root().join("usr/lib/prosody")
}

/// What a real Prosody returns and logs for each line.
fn real(server: &Installation, lines: &[String]) -> Vec<(Json, Vec<String>)> {
    let mut lua = Command::new("lua5.4")
        .arg(root().join("tests/configuration/getters.lua"))
        .arg(folder_of(server))
        .arg(folder_of(server))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = lua.stdin.take().unwrap();
    let text = lines.join("\n");
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = lua.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<_> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect();
    assert_eq!(answers.len(), lines.len());
    answers
}

/// The value of an option that is set to it.
fn value_of(text: &str) -> Value {
    let source = Source::new("/x.cfg.lua", format!("name = {text}"));
    let configuration = read(&source, &ReadOptions::new(Dialect::V13)).unwrap();
    configuration.setting(GLOBAL, "name").unwrap().value.clone()
}

/// Without the order of what a set holds, and of what it is said to hold.
fn without_order(
    option: &ReleaseOption,
    (mut value, logs): (Json, Vec<String>),
) -> (Json, Vec<String>) {
    if option.option_type == OptionType::Set
        && let Some(items) = value.get_mut("items").and_then(Json::as_array_mut)
    {
        // Its items are the keys of a table, where 1.0 is 1.
        for item in items.iter_mut() {
            let float = item["float"]
                .as_str()
                .map(|text| text.parse::<f64>().unwrap());
            if let Some(whole) = float.filter(|float| float.fract() == 0.0 && float.abs() < 1e16) {
                *item = json!(whole as i64);
            }
        }
        items.sort_by_key(ToString::to_string);
        items.dedup();
        value["fields"] = json!({});
    }
    let logs = logs.iter().map(|log| match log.split_once('{') {
        Some((start, values)) => {
            let mut values: Vec<&str> = values.trim_end_matches("})").split(", ").collect();
            values.sort_unstable();
            format!("{start}{values:?}")
        }
        None => log.clone(),
    });
    (value, logs.collect())
}

#[test]
fn every_way_of_reading_gives_what_prosody_gives() {
    let (mut compared, mut untold) = (0, 0);
    let mut wrong = Vec::new();
    let values: Vec<Value> = VALUES.iter().map(|text| value_of(text)).collect();
    for version in ["0.12", "13.0", NEWEST] {
        let Some(server) = Installation::find(version) else {
            continue;
        };
        let options: Vec<_> = READS.iter().map(option).collect();
        let options = options
            .iter()
            .filter(|option| version != "0.12" || is_in_0_12(option));
        let cases: Vec<_> = options
            .flat_map(|option| {
                VALUES
                    .iter()
                    .zip(&values)
                    .map(move |(text, value)| (option, *text, value))
            })
            .collect();
        let lines: Vec<_> = cases
            .iter()
            .map(|(option, text, _)| line(option, text))
            .collect();
        for ((option, text, value), real) in cases.iter().zip(real(&server, &lines)) {
            let Some(ours) = convert("name", option, value) else {
                panic!("{text} is not converted: {option:?}");
            };
            let logs: Vec<String> = ours
                .logs
                .iter()
                .map(|log| format!("{}: {}", log.level, log.text))
                .collect();
            let result = match &ours.result {
                Converted::Value(value) => as_json(value),
                Converted::Nil => Json::Null,
                Converted::Fails => json!(["error"]),
                Converted::Unknown => {
                    untold += 1;
                    real.0.clone()
                }
            };
            let (mut ours, mut real) = (
                without_order(option, (result, logs)),
                without_order(option, real),
            );
            // What is not allowed is kept by 13.0.1; later ones take the default.
            if option.option_type == OptionType::Enum && version == "13.0" && !real.1.is_empty() {
                real.0 = ours.0.clone();
            }
            // We leave a path as it is written.
            if option.option_type == OptionType::Path
                && let Some(path) = ours.0.as_str()
            {
                let is_whole = path.starts_with('/');
                ours.0 = json!(if is_whole {
                    path.to_owned()
                } else {
                    format!("/{path}")
                });
            }
            compared += 1;
            if !is_same(&ours.0, &real.0) || ours.1 != real.1 {
                let how = line(option, text);
                wrong.push(format!(
                    "{}: {how}\n  {real:?}\n  {ours:?}",
                    server.full_version
                ));
            }
        }
    }
    eprintln!("{compared} values compared, of {untold} we do not say what is taken");
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        untold * 20 < compared || compared == 0,
        "{untold} of {compared}"
    );
}

#[test]
fn what_is_not_known_is_not_converted() {
    let option = option(&READS[9]);
    for value in [
        Value::Secret,
        Value::Unknown("it is a call".to_owned()),
        Value::Handle("list".to_owned()),
        Value::Table(vec![Value::Secret], Default::default()),
    ] {
        assert_eq!(convert("name", &option, &value), None, "{value:?}");
    }
}
