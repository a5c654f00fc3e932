//! The parts of a compose file that matter here, each with its place.

use std::fmt;
use std::ops::Range;

use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use crate::diagnostic::{Diagnostic, Result};
use crate::source::Source;

/// A whole compose file, or the part of one service.
#[derive(serde::Deserialize)]
pub(super) struct Compose {
    #[serde(default)]
    pub services: IndexMap<String, Option<Service>>,
    /// The rest is that of a single service, where someone handed in only this part.
    #[serde(flatten)]
    pub bare_service: Service,
}

/// What one service says about its variables.
#[derive(Default, serde::Deserialize)]
pub(super) struct Service {
    #[serde(default)]
    pub environment: Environment,
    #[serde(default)]
    pub env_file: EnvFiles,
    pub extends: Option<Spanned<IgnoredAny>>,
}

/// Variables with their places; one without a value is taken from elsewhere when the service starts.
#[derive(Default)]
pub(super) struct Environment(pub Vec<(String, Option<String>, Location)>);

/// Environment files in the order in which they count, the last one most.
#[derive(Default)]
pub(super) struct EnvFiles(pub Vec<EnvFile>);

/// One environment file of a service.
pub(super) struct EnvFile {
    pub path: String,
    pub at: Location,
    /// Whether compose refuses to start without it.
    pub required: bool,
    /// Whether compose takes its values as they are written.
    pub raw: bool,
}

/// Reads the text of a compose file.
pub(super) fn read(source: &Source) -> Result<Compose> {
    serde_saphyr::from_str(source.text()).map_err(|error| broken(source, &error))
}

/// Where something is in the text.
pub(super) fn range(source: &Source, location: &Location) -> Range<usize> {
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
    let diagnostic = Diagnostic::error(format!("{} is not a compose file", source.name()));
    Box::new(match error.location() {
        Some(location) => diagnostic.at(source, range(source, &location), message),
        None => diagnostic.help(message),
    })
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

impl<'de> Deserialize<'de> for EnvFiles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let list = Spanned::<EnvFileList>::deserialize(deserializer)?;
        let at = list.defined;
        let files = list.value.0.into_iter().map(|(file, place)| EnvFile {
            path: file.path,
            at: place.unwrap_or(at),
            required: file.required,
            raw: file.raw,
        });
        Ok(Self(files.collect()))
    }
}

/// `env_file` as it is written: a path, or a list of paths and of maps.
struct EnvFileList(Vec<(EnvFileItem, Option<Location>)>);

impl<'de> Deserialize<'de> for EnvFileList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(EnvFileListVisitor)
    }
}

struct EnvFileListVisitor;

impl<'de> Visitor<'de> for EnvFileListVisitor {
    type Value = EnvFileList;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path, or a list of paths")
    }

    fn visit_unit<E>(self) -> std::result::Result<EnvFileList, E> {
        Ok(EnvFileList(Vec::new()))
    }

    fn visit_str<E>(self, path: &str) -> std::result::Result<EnvFileList, E> {
        Ok(EnvFileList(vec![(EnvFileItem::at(path), None)]))
    }

    fn visit_seq<A: SeqAccess<'de>>(
        self,
        mut list: A,
    ) -> std::result::Result<EnvFileList, A::Error> {
        let mut files = Vec::new();
        while let Some(item) = list.next_element::<Spanned<EnvFileItem>>()? {
            files.push((item.value, Some(item.defined)));
        }
        Ok(EnvFileList(files))
    }
}

struct EnvFileItem {
    path: String,
    required: bool,
    raw: bool,
}

impl EnvFileItem {
    fn at(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            required: true,
            raw: false,
        }
    }
}

impl<'de> Deserialize<'de> for EnvFileItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(EnvFileItemVisitor)
    }
}

struct EnvFileItemVisitor;

impl<'de> Visitor<'de> for EnvFileItemVisitor {
    type Value = EnvFileItem;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path, or a map with `path` and `required`")
    }

    fn visit_str<E>(self, path: &str) -> std::result::Result<EnvFileItem, E> {
        Ok(EnvFileItem::at(path))
    }

    fn visit_map<A: MapAccess<'de>>(
        self,
        mut map: A,
    ) -> std::result::Result<EnvFileItem, A::Error> {
        let mut path = None;
        let mut file = EnvFileItem::at("");
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "path" => path = Some(map.next_value::<String>()?),
                "required" => file.required = map.next_value()?,
                "format" => file.raw = map.next_value::<String>()? == "raw",
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        file.path = path.ok_or_else(|| serde::de::Error::missing_field("path"))?;
        Ok(file)
    }
}
