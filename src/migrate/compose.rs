//! The environment of services in docker-compose files.

use std::fmt;
use std::ops::Range;

use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use crate::diagnostic::{Diagnostic, Result, did_you_mean};
use crate::envfile::Assignment;
use crate::selection::env::PREFIX;
use crate::source::Source;

/// A whole compose file, or the part of one service.
#[derive(serde::Deserialize)]
struct Compose {
    #[serde(default)]
    services: IndexMap<String, Option<Service>>,
    #[serde(default)]
    environment: Environment,
}

#[derive(serde::Deserialize)]
struct Service {
    #[serde(default)]
    environment: Environment,
}

/// Variables with their places; one without a value is taken from elsewhere when the service starts.
#[derive(Default)]
struct Environment(Vec<(String, Option<String>, Location)>);

/// The variables of the one service that sets flags, or of the one called `service`.
pub fn read(source: &Source, service: Option<&str>) -> Result<Vec<Assignment>> {
    let compose: Compose =
        serde_saphyr::from_str(source.text()).map_err(|error| broken(source, &error))?;
    let mut services: Vec<(&str, &Environment)> = compose
        .services
        .iter()
        .filter_map(|(name, service)| Some((name.as_str(), &service.as_ref()?.environment)))
        .collect();
    if services.is_empty() {
        services.push(("environment", &compose.environment));
    }
    if let Some(wanted) = service {
        let names: Vec<&str> = services.iter().map(|(name, _)| *name).collect();
        services.retain(|(name, _)| *name == wanted);
        if services.is_empty() {
            return Err(Box::new(
                Diagnostic::error(format!("{} has no service `{wanted}`", source.name()))
                    .maybe_help(did_you_mean(wanted, names.iter().copied()))
                    .help(format!("its services are: {}", names.join(", "))),
            ));
        }
    } else {
        services.retain(|(_, environment)| environment.sets_flags());
    }
    match services.as_slice() {
        [] => Ok(Vec::new()),
        [(_, environment)] => assignments(source, environment),
        several => {
            let names: Vec<&str> = several.iter().map(|(name, _)| *name).collect();
            Err(Box::new(
                Diagnostic::error(format!(
                    "several services of {} set {PREFIX}… variables",
                    source.name()
                ))
                .help(format!("name one by --service: {}", names.join(", "))),
            ))
        }
    }
}

fn assignments(source: &Source, environment: &Environment) -> Result<Vec<Assignment>> {
    let mut assignments = Vec::new();
    for (name, value, location) in &environment.0 {
        let at = range(source, location);
        let Some(value) = value else {
            if name.starts_with(PREFIX) {
                return Err(Box::new(
                    Diagnostic::error(format!("`{name}` has no value in {}", source.name()))
                        .at(source, at, "taken from elsewhere when the service starts")
                        .help("write the value here, or migrate the file that it comes from"),
                ));
            }
            continue;
        };
        assignments.push(Assignment {
            name: name.clone(),
            value: value.clone(),
            name_at: at.clone(),
            value_at: at,
        });
    }
    Ok(assignments)
}

fn range(source: &Source, location: &Location) -> Range<usize> {
    let span = location.span();
    let offset = |number: Option<u64>| number.and_then(|number| usize::try_from(number).ok());
    let start = offset(span.byte_offset())
        .unwrap_or(0)
        .min(source.text().len());
    let length = offset(span.byte_len()).unwrap_or(0);
    start..start.saturating_add(length).min(source.text().len())
}

fn broken(source: &Source, error: &serde_saphyr::Error) -> Box<Diagnostic> {
    let message = error.without_snippet().to_string();
    let message = message.lines().next().unwrap_or("not YAML").to_owned();
    let diagnostic = Diagnostic::error(format!("{} is no compose file", source.name()));
    Box::new(match error.location() {
        Some(location) => diagnostic.at(source, range(source, &location), message),
        None => diagnostic.help(message),
    })
}

impl Environment {
    fn sets_flags(&self) -> bool {
        self.0.iter().any(|(name, ..)| name.starts_with(PREFIX))
    }
}

impl<'de> Deserialize<'de> for Environment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(EnvironmentVisitor)
    }
}

struct EnvironmentVisitor;

impl<'de> Visitor<'de> for EnvironmentVisitor {
    type Value = Environment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of NAME=value, or a map of names and values")
    }

    fn visit_unit<E>(self) -> std::result::Result<Environment, E> {
        Ok(Environment::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(
        self,
        mut list: A,
    ) -> std::result::Result<Environment, A::Error> {
        let mut variables = Vec::new();
        while let Some(item) = list.next_element::<Spanned<String>>()? {
            let (name, value) = match item.value.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (item.value.as_str(), None),
            };
            variables.push((name.to_owned(), value, item.defined));
        }
        Ok(Environment(variables))
    }

    fn visit_map<A: MapAccess<'de>>(
        self,
        mut map: A,
    ) -> std::result::Result<Environment, A::Error> {
        let mut variables = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value::<Spanned<Scalar>>()?;
            variables.push((name, value.value.0, value.defined));
        }
        Ok(Environment(variables))
    }
}

/// A value of the map form: compose takes strings, numbers, and in practice booleans.
struct Scalar(Option<String>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a number, true or false")
    }

    fn visit_unit<E>(self) -> std::result::Result<Scalar, E> {
        Ok(Scalar(None))
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Scalar, E> {
        Ok(Scalar(Some(value.to_string())))
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Scalar, E> {
        Ok(Scalar(Some(value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Scalar, E> {
        Ok(Scalar(Some(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> std::result::Result<Scalar, E> {
        Ok(Scalar(Some(value.to_string())))
    }

    fn visit_str<E>(self, value: &str) -> std::result::Result<Scalar, E> {
        Ok(Scalar(Some(value.to_owned())))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let found = read(&Source::new("c.yml", text), None).unwrap();
        found.into_iter().map(|a| (a.name, a.value)).collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    const BETA: &str = "PROSODY_ENABLE_BETA";

    #[test]
    fn reads_lists_and_maps() {
        let list =
            format!("services:\n  xmpp:\n    environment:\n      - {BETA}=false\n      - A\n");
        assert_eq!(pairs(&list), [pair(BETA, "false")]);
        let map = format!(
            "services:\n  db:\n  xmpp:\n    environment:\n      {BETA}: false\n      B: 'x'\n      C: 1\n      D:\n"
        );
        let expected = [pair(BETA, "false"), pair("B", "x"), pair("C", "1")];
        assert_eq!(pairs(&map), expected);
    }

    #[test]
    fn follows_anchors_and_merges() {
        let text = format!(
            "x-flags: &flags\n  {BETA}: \"false\"\nservices:\n  xmpp:\n    environment:\n      <<: *flags\n      B: 1\n"
        );
        let mut found = pairs(&text);
        found.sort();
        assert_eq!(found, [pair("B", "1"), pair(BETA, "false")]);
    }

    #[test]
    fn places_values() {
        let text = format!("services:\n  ö:\n    environment:\n      {BETA}: maybe\n");
        let found = read(&Source::new("c.yml", text.clone()), None).unwrap();
        assert_eq!(&text[found[0].value_at.clone()], "maybe");
    }

    #[test]
    fn one_service_must_be_meant() {
        let two = format!(
            "services:\n  a:\n    environment: [{BETA}=1]\n  b:\n    environment: [{BETA}=0]\n"
        );
        let source = Source::new("c.yml", two);
        assert!(read(&source, None).is_err());
        assert_eq!(read(&source, Some("b")).unwrap()[0].value, "0");
        assert!(read(&source, Some("c")).is_err());
        let none = Source::new(
            "c.yml",
            format!("services: {{a: {{environment: [{BETA}]}}}}"),
        );
        assert!(read(&none, None).is_err());
        assert!(read(&Source::new("c.yml", "services: ["), None).is_err());
    }
}
