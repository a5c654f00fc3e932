//! Reads release files, those of former formats as well.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Options, Release, ReleaseModule, SCHEMA_VERSION, SourceKind, Sources};

/// Why a release file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not the JSON of a release.
    #[error("{path}: {source}")]
    Json {
        /// Where in the document.
        path: String,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },
    /// It was written by a version with another format.
    #[error("unknown schemaVersion {0}, expected 1 to {SCHEMA_VERSION}")]
    Version(u32),
    /// A module comes from a source that is not there.
    #[error("modules.{module}: no such source {source_name:?}")]
    Source {
        /// The module.
        module: String,
        /// The source that it names.
        source_name: String,
    },
}

impl Release {
    /// Reads a release file.
    pub fn read(text: &str) -> Result<Self, ReadError> {
        let mut release = match schema_version(text) {
            Some(1) => document::<Version1>(text)?.into(),
            Some(version) if version != SCHEMA_VERSION => return Err(ReadError::Version(version)),
            _ => document::<Self>(text)?,
        };
        // The options of modules are kept as text, and errors in them are to be found now.
        document::<OnlyOptions>(text)?;
        for (name, module) in &release.modules {
            if let Some(source) = &module.source
                && !release.sources.0.contains_key(source)
            {
                return Err(ReadError::Source {
                    module: name.clone(),
                    source_name: source.clone(),
                });
            }
        }
        release.modules.sort_keys();
        Ok(release)
    }
}

/// The format of a file; none if that is not stated, which the reader of the file explains.
fn schema_version(text: &str) -> Option<u32> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Format {
        schema_version: u32,
    }
    serde_json::from_str(text)
        .ok()
        .map(|format: Format| format.schema_version)
}

fn document<T: DeserializeOwned>(text: &str) -> Result<T, ReadError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let document =
        serde_path_to_error::deserialize(&mut json).map_err(|error| ReadError::Json {
            path: error.path().to_string(),
            source: error.into_inner(),
        })?;
    json.end().map_err(|source| ReadError::Json {
        path: ".".to_owned(),
        source,
    })?;
    Ok(document)
}

/// What a release file says of options, and nothing else.
#[derive(Deserialize)]
struct OnlyOptions {
    #[serde(rename = "modules")]
    _modules: HashMap<String, OptionsOfModule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OptionsOfModule {
    #[serde(default, rename = "options")]
    _options: Options,
    #[serde(default, rename = "communityCopy")]
    _community_copy: Option<OptionsOfCopy>,
}

#[derive(Deserialize)]
struct OptionsOfCopy {
    #[serde(default, rename = "options")]
    _options: Options,
}

/// The format of version 1: one text for all sources.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Version1 {
    #[serde(rename = "schemaVersion")]
    _schema_version: u32,
    version: String,
    revision: String,
    community_source: Option<SourceKind>,
    features: Option<Vec<String>>,
    modules: IndexMap<String, ReleaseModule>,
}

impl From<Version1> for Release {
    fn from(old: Version1) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            version: old.version,
            sources: Sources::described(&old.revision, old.community_source),
            core: None,
            end_of_life: None,
            features: old.features,
            modules: old.modules,
        }
    }
}
