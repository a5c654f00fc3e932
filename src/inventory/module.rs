//! One module of the inventory.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use schemars::JsonSchema;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use thin_vec::ThinVec;

use super::rule::{Category, Flag, NeededFlags, Risk, Stability};
use super::text::Text;

/// One module, with what the rule says of it.
///
/// Comes from a [`ModuleSource`], so that category, stability, flags and risk always agree.
// There may be very many. A list that few of them have takes half the room as a `ThinVec`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ModuleSource<'a>", bound(deserialize = "'de: 'a"))]
pub struct Module<'a> {
    category: Category,
    stability: Stability,
    flags: NeededFlags,
    risk: Risk,
    /// How Prosody loads it.
    pub placement: Placement,
    /// What it is for, in a few words.
    pub purpose: Text<'a>,
    /// A remark of the guide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<Text<'a>>,
    /// What the XMPP safeguarding rules require it for; few modules have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safeguarding: Option<Box<Text<'a>>>,
    /// The XMPP extensions it implements, as `XEP-0313`.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub xeps: Box<[Text<'a>]>,
    /// The RFCs it implements, as `RFC 6121`.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub rfcs: Box<[Text<'a>]>,
    /// What the guide gets wrong about it.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub corrections: ThinVec<Correction<'a>>,
    /// What must be configured before it does anything; few modules have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration: Option<Box<Text<'a>>>,
    /// What makes it work, of a module that fails without: the flags leave it out, and it loads when it
    /// is enabled by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setup: Option<Box<Setup<'a>>>,
    /// Modules that it does not work beside.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub clashes: ThinVec<Clash<'a>>,
    /// How Prosody and its community collection know it, where that differs from the guide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Box<Upstream<'a>>>,
    /// The names that it had in earlier inventories, the last one first.
    #[serde(rename = "renamedFrom", skip_serializing_if = "<[_]>::is_empty")]
    pub renamed_from: ThinVec<Text<'a>>,
}

/// A module as users write it: the flags and the risk may be omitted, and are checked if not.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "'de: 'a"))]
#[schemars(rename = "Module")]
pub struct ModuleSource<'a> {
    /// What it is for: the category of the guide.
    pub category: Category,
    /// How mature it is, in the guide's judgement.
    pub stability: Stability,
    /// Only in emitted files: the flags it needs. Must be what the rule gives.
    #[serde(default)]
    pub flags: Option<Vec<Flag>>,
    /// Only in emitted files: the risk of its level. Must be what the rule gives.
    #[serde(default)]
    pub risk: Option<Risk>,
    /// How Prosody loads it.
    #[serde(default)]
    pub placement: Placement,
    /// What it is for, in a few words.
    pub purpose: Text<'a>,
    /// A remark of the guide.
    #[serde(default)]
    pub notes: Option<Text<'a>>,
    /// What the XMPP safeguarding rules require it for.
    #[serde(default)]
    pub safeguarding: Option<Text<'a>>,
    /// The XMPP extensions it implements, as `XEP-0313`.
    #[serde(default, deserialize_with = "short_list")]
    pub xeps: Box<[Text<'a>]>,
    /// The RFCs it implements, as `RFC 6121`.
    #[serde(default, deserialize_with = "short_list")]
    pub rfcs: Box<[Text<'a>]>,
    /// What the guide gets wrong about it.
    #[serde(default, deserialize_with = "short_list")]
    #[schemars(with = "Vec<Correction>")]
    pub corrections: ThinVec<Correction<'a>>,
    /// What must be configured before it does anything.
    #[serde(default)]
    pub configuration: Option<Text<'a>>,
    /// What makes it work, of a module that fails without: the flags leave it out, and it loads when it
    /// is enabled by name.
    #[serde(default)]
    pub setup: Option<Box<Setup<'a>>>,
    /// Modules that it does not work beside.
    #[serde(default, deserialize_with = "short_list")]
    #[schemars(with = "Vec<Clash>")]
    pub clashes: ThinVec<Clash<'a>>,
    /// How Prosody and its community collection know it, where that differs from the guide.
    #[serde(default)]
    pub upstream: Option<Box<Upstream<'a>>>,
    /// The names that it had in earlier inventories, the last one first. `diff` takes a module that
    /// is gone and a new one that names it here as one and the same.
    #[serde(default, deserialize_with = "short_list")]
    #[schemars(with = "Vec<Text>")]
    pub renamed_from: ThinVec<Text<'a>>,
}

/// How Prosody loads a module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Placement {
    /// On every virtual host, through `modules_enabled`.
    #[default]
    Host,
    /// As a component with an address of its own.
    Component,
}

/// Something that the guide says of a module and that is not so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[serde(bound(deserialize = "'de: 'a"))]
pub struct Correction<'a> {
    /// The field in question: `xeps` or `purpose`.
    pub field: Text<'a>,
    /// What the guide says.
    pub guide: Text<'a>,
    /// Why that is wrong.
    pub why: Text<'a>,
}

/// What must be there for a module that works with a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[serde(bound(deserialize = "'de: 'a"))]
pub struct Setup<'a> {
    /// The option of a virtual host that names the component's address.
    pub option: Text<'a>,
    /// The module of the component, by its name in Prosody. The virtual host is an admin of it.
    pub component: Text<'a>,
    /// What it loads then, of all that it loads under some condition, by names in Prosody.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub loads: Box<[Text<'a>]>,
}

/// A module that another one does not work beside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[serde(bound(deserialize = "'de: 'a"))]
pub struct Clash<'a> {
    /// The other module, by its name in Prosody.
    pub with: Text<'a>,
    /// What happens when both load.
    pub effect: Text<'a>,
}

/// How Prosody and its community collection know a module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "'de: 'a"))]
pub struct Upstream<'a> {
    /// Its real name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<'a>>,
    /// The module to use instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<Text<'a>>,
    /// What happened to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text<'a>>,
}

impl Module<'_> {
    /// What it is for: the category of the guide.
    pub fn category(&self) -> Category {
        self.category
    }

    /// How mature it is, in the guide's judgement.
    pub fn stability(&self) -> Stability {
        self.stability
    }

    /// The flags it needs, all of them, by the rule.
    pub fn flags(&self) -> &'static [Flag] {
        self.flags.all()
    }

    /// The risk of its level.
    pub fn risk(&self) -> Risk {
        self.risk
    }

    /// Its name in Prosody, where the guide has another one.
    pub fn real_name(&self) -> Option<&str> {
        self.upstream.as_ref()?.name.as_deref()
    }

    /// The names under which Prosody may know it, of an entry with this name.
    pub fn names_of<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'n str> {
        std::iter::once(name).chain(self.real_name())
    }

    /// The module to use instead, if there is one.
    pub fn replaced_by(&self) -> Option<&str> {
        self.upstream.as_ref()?.replaced_by.as_deref()
    }

    /// What became of it upstream.
    pub fn note(&self) -> Option<&str> {
        self.upstream.as_ref()?.note.as_deref()
    }

    /// The XEPs and RFCs it implements, in one list.
    pub fn specs(&self) -> impl Iterator<Item = &str> {
        self.xeps.iter().chain(&*self.rfcs).map(Text::as_str)
    }

    /// The same module, independent of the input it was read from.
    pub fn into_owned(self) -> Module<'static> {
        let texts = |texts: Box<[Text<'_>]>| texts.into_iter().map(Text::into_owned).collect();
        let correction = |Correction { field, guide, why }: Correction<'_>| Correction {
            field: field.into_owned(),
            guide: guide.into_owned(),
            why: why.into_owned(),
        };
        let clash = |Clash { with, effect }: Clash<'_>| Clash {
            with: with.into_owned(),
            effect: effect.into_owned(),
        };
        let boxed = |text: Box<Text<'_>>| Box::new(text.into_owned());
        let setup = |setup: Box<Setup<'_>>| Setup {
            option: setup.option.into_owned(),
            component: setup.component.into_owned(),
            loads: texts(setup.loads),
        };
        let upstream = |upstream: Box<Upstream<'_>>| Upstream {
            name: upstream.name.map(Text::into_owned),
            replaced_by: upstream.replaced_by.map(Text::into_owned),
            note: upstream.note.map(Text::into_owned),
        };
        Module {
            category: self.category,
            stability: self.stability,
            flags: self.flags,
            risk: self.risk,
            placement: self.placement,
            purpose: self.purpose.into_owned(),
            notes: self.notes.map(Text::into_owned),
            safeguarding: self.safeguarding.map(boxed),
            xeps: texts(self.xeps),
            rfcs: texts(self.rfcs),
            corrections: self.corrections.into_iter().map(correction).collect(),
            configuration: self.configuration.map(boxed),
            setup: self.setup.map(setup).map(Box::new),
            clashes: self.clashes.into_iter().map(clash).collect(),
            upstream: self.upstream.map(upstream).map(Box::new),
            renamed_from: self
                .renamed_from
                .into_iter()
                .map(Text::into_owned)
                .collect(),
        }
    }
}

impl<'a> TryFrom<ModuleSource<'a>> for Module<'a> {
    type Error = String;

    fn try_from(source: ModuleSource<'a>) -> Result<Self, String> {
        let ModuleSource {
            category,
            stability,
            ..
        } = source;
        let needed = NeededFlags::new(category, stability).ok_or_else(|| {
            format!(
                "no flag covers category `{category}` with stability `{stability}`: `core` needs \
                stability `core`, and enterprise modules are beta or alpha"
            )
        })?;
        let flags = needed.all();
        if let Some(claimed) = source.flags.filter(|claimed| claimed != flags) {
            return Err(format!(
                "`flags` is [{}], but a module of category `{category}` and stability \
                 `{stability}` needs [{}]",
                names(&claimed),
                names(flags)
            ));
        }
        let risk = stability.risk();
        if let Some(claimed) = source.risk.filter(|claimed| *claimed != risk) {
            return Err(format!(
                "`risk` is `{claimed}`, but the risk of stability `{stability}` is `{risk}`"
            ));
        }
        Ok(Self {
            category,
            stability,
            flags: needed,
            risk,
            placement: source.placement,
            purpose: source.purpose,
            notes: source.notes,
            safeguarding: source.safeguarding.map(Box::new),
            xeps: source.xeps,
            rfcs: source.rfcs,
            corrections: source.corrections,
            configuration: source.configuration.map(Box::new),
            setup: source.setup,
            clashes: source.clashes,
            upstream: source.upstream,
            renamed_from: source.renamed_from,
        })
    }
}

fn names(flags: &[Flag]) -> String {
    flags.iter().map(|f| f.name()).collect::<Vec<_>>().join(" ")
}

/// Reads a list that mostly has one item, or two.
///
/// By itself a vector takes room for four, and what it gives back is too small for the next one.
fn short_list<'de, D, T, L>(deserializer: D) -> Result<L, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
    L: From<Vec<T>> + Deref<Target = [T]>,
{
    struct ShortList<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for ShortList<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a sequence")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = list.next_element()? {
                if items.len() < 4 {
                    items.reserve_exact(1);
                }
                items.push(item);
            }
            Ok(items)
        }
    }

    deserializer
        .deserialize_seq(ShortList(PhantomData))
        .map(L::from)
}

impl JsonSchema for Module<'_> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        ModuleSource::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        ModuleSource::json_schema(generator)
    }
}
