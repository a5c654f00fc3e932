//! The JSON Schemas of the files that this tool reads and writes, and of what it prints.
//!
//! ```
//! use prosody_stability::schema::JsonForm;
//!
//! assert!(JsonForm::Report.schema().contains("urn:prosody-stability:schema:report:1"));
//! ```

use schemars::{Schema, schema_for};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::configuration::nixos::plans::{self, Plans};
use crate::explain::Explanation;
use crate::inventory::{self, Inventory};
use crate::list::Modules;
use crate::options::catalogue::Catalogue;
use crate::release::changes::{self, Changes};
use crate::release::distribution::{self, Distribution};
use crate::release::{self, Release};
use crate::report::Report;
use crate::resolve::{Resolution, ServerResolution};
use crate::review::allow::{self, Allowed};

/// What has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum JsonForm {
    /// Modules and their levels: `--inventory FILE`, `emit --format json`
    Inventory,
    /// What a release ships: `--release FILE`, `snapshot`
    Release,
    /// What `resolve --format json` prints
    Resolution,
    /// What `resolve --config FILE --format json` prints
    ServerResolution,
    /// What `list --format json` prints
    Modules,
    /// What `explain --format json` prints
    Explanation,
    /// What `options --format json` prints
    Options,
    /// What `check`, `diff`, `status` and `rehearse` print with `--format json`
    Report,
    /// What all machines of a flake run, as `lib.plans` returns it: `diff OLD NEW`
    Plans,
    /// Accepted changes: `diff --allow FILE`
    Allow,
    /// What an upgrade changes beyond modules and options: `inventory/changes/`
    Changes,
    /// What a distribution packages: `--packaged-by FILE`
    Distribution,
}

/// A result with the version of its form, as it is printed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Versioned<'a, T> {
    schema_version: u32,
    #[serde(flatten)]
    result: &'a T,
}

impl JsonForm {
    /// The version of the form. A result that is printed has its version here, a file where it is read.
    pub fn version(self) -> u32 {
        match self {
            Self::Inventory => inventory::SCHEMA_VERSION,
            Self::Release => release::SCHEMA_VERSION,
            Self::Plans => plans::SCHEMA_VERSION,
            Self::Allow => allow::SCHEMA_VERSION,
            Self::Changes => changes::SCHEMA_VERSION,
            Self::Distribution => distribution::SCHEMA_VERSION,
            Self::Resolution
            | Self::ServerResolution
            | Self::Modules
            | Self::Explanation
            | Self::Options
            | Self::Report => 1,
        }
    }

    /// States the version in a result of this form.
    pub fn versioned<T: Serialize>(self, result: &T) -> Versioned<'_, T> {
        Versioned {
            schema_version: self.version(),
            result,
        }
    }

    /// The schema as JSON. Its `$id` ends with the name and the version of the form.
    ///
    /// The files in `inventory/schema/` are what [`generate`](Self::generate) returns. What makes them from the
    /// types is large, and no part of the program.
    pub fn schema(self) -> &'static str {
        match self {
            Self::Inventory => include_str!("../inventory/schema/inventory.json"),
            Self::Release => include_str!("../inventory/schema/release.json"),
            Self::Resolution => include_str!("../inventory/schema/resolution.json"),
            Self::ServerResolution => include_str!("../inventory/schema/server-resolution.json"),
            Self::Modules => include_str!("../inventory/schema/modules.json"),
            Self::Explanation => include_str!("../inventory/schema/explanation.json"),
            Self::Options => include_str!("../inventory/schema/options.json"),
            Self::Report => include_str!("../inventory/schema/report.json"),
            Self::Plans => include_str!("../inventory/schema/plans.json"),
            Self::Allow => include_str!("../inventory/schema/allow.json"),
            Self::Changes => include_str!("../inventory/schema/changes.json"),
            Self::Distribution => include_str!("../inventory/schema/distribution.json"),
        }
    }

    /// Makes the schema from the types of the form.
    pub fn generate(self) -> String {
        let schema = match self {
            Self::Inventory => schema_for!(Inventory),
            Self::Release => schema_for!(Release),
            Self::Resolution => of_printed::<Resolution>(self),
            Self::ServerResolution => of_printed::<ServerResolution>(self),
            Self::Modules => of_printed::<Modules>(self),
            Self::Explanation => of_printed::<Explanation>(self),
            Self::Options => of_printed::<Catalogue>(self),
            Self::Report => of_printed::<Report>(self),
            Self::Plans => schema_for!(Plans),
            Self::Allow => schema_for!(Allowed),
            Self::Changes => schema_for!(Changes),
            Self::Distribution => schema_for!(Distribution),
        };
        format!("{:#}\n", self.identify(schema))
    }

    /// Puts the dialect and the `$id` first. The project has no public address yet, so the `$id` is a name.
    fn identify(self, schema: Schema) -> Value {
        let name = clap::ValueEnum::to_possible_value(&self);
        let name = name.as_ref().map_or("", |value| value.get_name());
        let id = format!("urn:prosody-stability:schema:{name}:{}", self.version());
        let mut identified = Map::new();
        if let Some(dialect) = schema.get("$schema") {
            identified.insert("$schema".into(), dialect.clone());
        }
        identified.insert("$id".into(), json!(id));
        if let Value::Object(rest) = schema.to_value() {
            identified.extend(rest);
        }
        Value::Object(identified)
    }
}

/// The schema of [`Versioned`], which is not part of the types that are printed.
fn of_printed<T: schemars::JsonSchema>(form: JsonForm) -> Schema {
    let mut schema = schema_for!(T);
    let version = json!({ "const": form.version(), "description": "The version of this form." });
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.shift_insert(0, "schemaVersion".into(), version);
    }
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.insert(0, json!("schemaVersion"));
    }
    schema
}
