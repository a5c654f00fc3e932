//! Where the facts of a release come from: each of its sources by a short name.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The sources of a release by short names, the first of their kind before what is laid over it.
///
/// A bundled module comes from the first source of Prosody, and a community module from the first
/// one of community modules, unless the module names another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Sources(pub IndexMap<String, Source>);

/// One source of facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Source {
    /// What it is a source of. It shows whether a module that is not there is gone from
    /// prosody-modules, or merely not in this package.
    pub kind: SourceKind,
    /// Its human-readable name, such as `prosody-modules`.
    pub what: String,
    /// Its exact version: a commit, the version of a package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The day of that version, such as `2026-07-23`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

/// What a source holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// Prosody itself.
    Prosody,
    /// All of prosody-modules: a checkout, or an archive of one.
    Collection,
    /// What a distribution packages or a system has installed: a part of prosody-modules.
    Package,
}

impl SourceKind {
    /// The short name of a source of which nothing but the kind is known.
    fn name(self) -> &'static str {
        match self {
            Self::Prosody => "prosody",
            Self::Collection => "collection",
            Self::Package => "package",
        }
    }

    /// Its human-readable name.
    fn what(self) -> &'static str {
        match self {
            Self::Prosody => "Prosody",
            Self::Collection | Self::Package => "prosody-modules",
        }
    }
}

impl Sources {
    /// The sources that one text describes, and of the community modules at most the kind is known.
    pub fn described(revision: &str, community: Option<SourceKind>) -> Self {
        let prosody = (SourceKind::Prosody, Some(revision.to_owned()));
        let community = community.map(|kind| (kind, None));
        let sources = std::iter::once(prosody).chain(community);
        let named = sources.map(|(kind, revision)| {
            let source = Source {
                kind,
                what: kind.what().to_owned(),
                revision,
                date: None,
            };
            (kind.name().to_owned(), source)
        });
        Self(named.collect())
    }

    /// The sources of community modules; the first is the one of a module that names none.
    pub fn community(&self) -> impl Iterator<Item = (&str, &Source)> {
        let sources = self.0.iter().map(|(name, source)| (name.as_str(), source));
        sources.filter(|(_, source)| source.kind != SourceKind::Prosody)
    }

    /// What all sources of community modules together hold: with a whole collection among them,
    /// all of prosody-modules. Unknown without a source.
    pub fn community_kind(&self) -> Option<SourceKind> {
        let mut kinds = self.community().map(|(_, source)| source.kind);
        let first = kinds.next()?;
        let has_collection =
            first == SourceKind::Collection || kinds.any(|kind| kind == SourceKind::Collection);
        Some(if has_collection {
            SourceKind::Collection
        } else {
            SourceKind::Package
        })
    }

    /// The sources with their exact versions on one line.
    pub fn text(&self) -> String {
        let revisions = self.0.values().filter_map(|source| {
            let revision = source.revision.as_ref()?;
            let date = source.date.as_ref();
            let date = date.map_or_else(String::new, |date| format!(" ({date})"));
            Some(format!("{} {revision}{date}", source.what))
        });
        revisions.collect::<Vec<_>>().join(", ")
    }
}
