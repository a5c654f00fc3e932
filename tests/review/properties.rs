//! What holds of every review: nothing lies between a side and itself, the way back mirrors the way
//! there, and the reported changes are all there is.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use prosody_stability::inventory::{Inventory, Module, Text};
use prosody_stability::release::observed::{Failure, FailureCause, TriedOn};
use prosody_stability::release::{
    CommunityCopy, Depends, Libraries, Observed, Origin, Release, ReleaseModule, SCHEMA_VERSION,
    Sources, Stage,
};
use prosody_stability::report::{About, Code, Finding};
use prosody_stability::review::side::Side;
use prosody_stability::review::{Subject, review};
use serde_json::{Value, to_value};

use crate::apply;
use crate::support::inventories;

/// Few names, so that inventories and releases meet; some near, some of the guide.
const NAMES: [&str; 12] = [
    "bosh",
    "carbons",
    "carbon",
    "http",
    "http_upload",
    "http_file_share",
    "json_logs",
    "log_json",
    "mam",
    "vcard",
    "vcard_legacy",
    "push",
];

fn module() -> impl Strategy<Value = Module<'static>> {
    let purpose = select(vec!["", "Uploads", "Archive", "Logs"]);
    (
        inventories::module(),
        purpose,
        any::<bool>(),
        select(NAMES.as_slice()),
    )
        .prop_map(|(mut module, purpose, is_plain, name)| {
            module.purpose = purpose.into();
            if is_plain {
                module.upstream = None;
            } else if let Some(upstream) = &mut module.upstream {
                upstream.name = upstream.name.take().map(|_| name.into());
                upstream.replaced_by = upstream.replaced_by.take().map(|_| name.into());
            }
            for clash in &mut module.clashes {
                clash.with = name.into();
            }
            module
        })
}

/// Any inventory, with modules that a release may have.
fn inventory() -> impl Strategy<Value = Inventory<'static>> {
    let modules = btree_map(select(NAMES.as_slice()), module(), 0..8).boxed();
    (inventories::inventory().boxed(), modules, any::<u64>()).prop_map(
        |(mut inventory, modules, seed)| {
            let mut all: Vec<(Text, Module)> = inventory.modules.drain(..).collect();
            all.extend(
                modules
                    .into_iter()
                    .map(|(name, module)| (name.into(), module)),
            );
            all.sort_by_key(|(name, _)| {
                name.bytes().fold(seed, |h, b| {
                    (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
                })
            });
            inventory.modules = all.into_iter().collect();
            inventory
        },
    )
}

fn release_module() -> impl Strategy<Value = ReleaseModule> {
    let stages = || {
        let stage = prop_oneof![
            select(vec![
                Stage::Stable,
                Stage::Beta,
                Stage::Alpha,
                Stage::Merged,
                Stage::Obsolete,
                Stage::Broken
            ]),
            Just(Stage::Other("Stage-Odd".to_owned())),
        ];
        vec(stage, 0..3)
    };
    let copy = (any::<bool>(), stages(), names()).prop_map(|(readme_only, stage, conflicts)| {
        CommunityCopy {
            readme_only,
            stage,
            conflicts,
            options: Default::default(),
            libraries: Libraries::default(),
        }
    });
    (
        (
            any::<bool>(),
            prop::bool::weighted(0.2),
            stages(),
            option::of(inventories::text()),
        ),
        (names(), names(), names(), any::<bool>()),
        (names(), names(), option::of(copy), names()),
        observed(),
    )
        .prop_map(|(own, depends, others, observed)| ReleaseModule {
            source: if own.0 {
                None
            } else {
                others.3.first().cloned()
            },
            origin: if own.0 {
                Origin::Bundled
            } else {
                Origin::Community
            },
            readme_only: own.1,
            stage: own.2,
            summary: own.3,
            superseded_by: None,
            migration: None,
            depends: Depends {
                always: depends.0,
                by_default: if depends.3 {
                    depends.1.clone()
                } else {
                    Vec::new()
                },
                conditional: depends.1,
                observed: if own.1 { others.0.clone() } else { Vec::new() },
                soft: depends.2,
                computed: depends.3 != own.1,
            },
            conflicts: others.0,
            requires: others.1,
            community_copy: others.2.map(Box::new),
            inherit_modules: others.3,
            options: Default::default(),
            libraries: Libraries::default(),
            observed,
        })
}

fn observed() -> impl Strategy<Value = Option<Observed>> {
    let failure = |cause| {
        Observed::Fails(Failure {
            cause,
            name: None,
            words: None,
        })
    };
    option::of(select(vec![
        Observed::LoadsOn(TriedOn::VirtualHost),
        Observed::LoadsOn(TriedOn::Component),
        failure(FailureCause::Option),
        failure(FailureCause::Raised),
    ]))
}

/// Some names, sorted.
fn names() -> impl Strategy<Value = Vec<String>> {
    subsequence(NAMES.to_vec(), 0..3).prop_map(|names| {
        let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        names.sort();
        names
    })
}

fn release() -> impl Strategy<Value = Release> {
    let version = select(vec!["0.12", "13.0"]);
    let modules = btree_map(select(NAMES.as_slice()), release_module().boxed(), 0..9);
    let features = option::of(names());
    (version, inventories::text(), modules, features).prop_map(
        |(version, revision, modules, features)| Release {
            end_of_life: None,
            features,
            schema_version: SCHEMA_VERSION,
            version: version.to_owned(),
            core: None,
            sources: Sources::described(&revision, None),
            modules: modules
                .into_iter()
                .map(|(name, module)| (name.to_owned(), module))
                .collect(),
        },
    )
}

/// Boxed, as such a strategy is too large for the stack of a test.
fn side() -> impl Strategy<Value = Side> {
    (inventory().boxed(), release().boxed()).prop_map(|(inventory, release)| Side {
        name: "side".to_owned(),
        inventory,
        release,
        server: None,
    })
}

/// Two sides: strangers, or the one with some parts of the other.
fn sides() -> impl Strategy<Value = (Side, Side)> {
    (side().boxed(), side().boxed(), any::<u64>(), 0..4_u8).prop_map(
        |(old, mut new, bits, likeness)| {
            let stays = |index: usize| likeness > 0 && bits >> (index % 64) & 1 == 1;
            if likeness > 1 {
                let others = std::mem::take(&mut new.inventory.modules);
                let settings = std::mem::replace(&mut new.inventory, old.inventory.clone());
                new.inventory.flags.beta.default = settings.flags.beta.default;
                let kept = old.inventory.modules.clone().into_iter().enumerate();
                new.inventory.modules = kept
                    .filter(|(i, _)| stays(*i))
                    .map(|(_, entry)| entry)
                    .collect();
                new.inventory.modules.extend(others);
            }
            for (index, (name, module)) in old.release.modules.iter().enumerate() {
                if stays(index) {
                    new.release.modules.insert(name.clone(), module.clone());
                }
            }
            new.release.modules.sort_keys();
            (old, new)
        },
    )
}

/// The defaults of both, and the profiles that both have.
fn subjects(old: &Side, new: &Side) -> Vec<Subject> {
    use prosody_stability::selection::Selection;
    let mut subjects = Subject::profiles(&old.inventory, &new.inventory).unwrap();
    subjects.push(Subject::of_selection(
        "the defaults",
        Selection::defaults(&old.inventory),
        Selection::defaults(&new.inventory),
    ));
    subjects
}

/// All changes between two sides, whatever entries they are folded into.
fn changes(old: &Side, new: &Side, subjects: &[Subject]) -> Vec<Finding> {
    let entries = review(old, new, subjects).findings;
    let changes = entries.iter().flat_map(Finding::with_facts);
    changes.cloned().collect()
}

/// What differs between two sides. Notes about an upgrade, which people wrote down for the way there,
/// are left out.
fn between(old: &Side, new: &Side) -> Vec<Finding> {
    let mut changes = changes(old, new, &subjects(old, new));
    changes.retain(|change| change.code != Code::UpgradeNote);
    changes
}

fn name(change: &Finding) -> String {
    change.subject.clone().unwrap()
}

fn about(change: &Finding) -> About {
    change.code.row().about
}

/// A change in a form that the way back can be compared with: kind, subject, where, and its ends.
type Ends = (
    Code,
    String,
    Option<String>,
    Option<usize>,
    String,
    String,
    Vec<String>,
);

fn ends(change: &Finding) -> Ends {
    let text = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
    let mut selections = change.selections.clone();
    selections.sort();
    let details = &change.details;
    (
        change.code,
        name(change),
        details.field.clone(),
        details.position,
        text(&details.before),
        text(&details.after),
        selections,
    )
}

/// What the way back must report for a change; `renamed` tells what a module was called before.
fn mirrored(change: &Finding, renamed: &BTreeMap<String, String>) -> Ends {
    let (code, subject, field, position, before, after, selections) = ends(change);
    let is_of_inventory = about(change) == About::Inventory || code == Code::LoadsAs;
    let follows = is_of_inventory
        && !matches!(
            code,
            Code::ModuleAdded | Code::ModuleRemoved | Code::SettingChanged
        );
    let subject = match renamed.get(&subject) {
        Some(former) if follows => former.clone(),
        _ => subject,
    };
    (
        code.reverse(),
        subject,
        field,
        position,
        after,
        before,
        selections,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nothing_lies_between_a_side_and_itself(side in side()) {
        let changes = between(&side, &side);
        prop_assert!(changes.is_empty(), "{:?}", changes);
    }

    #[test]
    fn the_way_back_mirrors_the_way_there((old, new) in sides()) {
        let (there, back) = (between(&old, &new), between(&new, &old));
        let renamed = there.iter().filter(|c| c.code == Code::ModuleRenamed).map(|change| {
            let former = change.details.before.as_ref().unwrap().as_str().unwrap();
            (name(change), former.to_owned())
        });
        let renamed = renamed.collect();
        // One for every selection: which of them share a message is no part of what is mirrored.
        let apart = |ends: Ends| {
            let selections = if ends.6.is_empty() { vec![String::new()] } else { ends.6.clone() };
            selections.into_iter().map(move |selection| (ends.0, ends.1.clone(), ends.2.clone(), ends.3, ends.4.clone(), ends.5.clone(), vec![selection]))
        };
        let mirrored = there.iter().map(|change| mirrored(change, &renamed));
        let expected: BTreeSet<Ends> = mirrored.flat_map(apart).collect();
        let found: BTreeSet<Ends> = back.iter().map(ends).flat_map(apart).collect();
        let missing: Vec<_> = expected.difference(&found).collect();
        let beyond: Vec<_> = found.difference(&expected).collect();
        prop_assert!(missing.is_empty() && beyond.is_empty(), "missing {missing:#?}\nbeyond {beyond:#?}");
    }

    #[test]
    fn the_changes_make_the_new_side_from_the_old((old, new) in sides()) {
        let changes = between(&old, &new);
        let (inventory, release): (Vec<Finding>, Vec<Finding>) =
            changes.into_iter().filter(|c| about(c) != About::Loading).partition(|c| about(c) == About::Inventory);
        let made = apply::inventory(&to_value(&old.inventory).unwrap(), &inventory);
        let expected = apply::without_derived(to_value(&new.inventory).unwrap());
        let names = |value: &Value| value["modules"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        prop_assert_eq!(names(&made), names(&expected));
        prop_assert_eq!(made, expected);
        let made = apply::release(&to_value(&old.release).unwrap(), &release);
        prop_assert_eq!(serde_json::from_value::<Release>(made).unwrap(), new.release);
    }

    #[test]
    fn what_loads_before_with_the_effects_is_what_loads_after((old, new) in sides()) {
        let subjects = subjects(&old, &new);
        let changes = changes(&old, &new, &subjects);
        for subject in &subjects {
            let mut loads = loaded(&old, subject, 0);
            let effects = changes.iter().filter(|c| about(c) == About::Loading && c.selections.contains(&subject.name));
            let (mut gone, mut come) = (BTreeSet::new(), BTreeSet::new());
            for change in effects {
                let (before, after) = (change.details.before.as_ref(), change.details.after.as_ref());
                match (before, after) {
                    (Some(Value::String(before)), Some(Value::String(after))) => {
                        gone.insert(before.clone());
                        come.insert(after.clone());
                    }
                    (Some(Value::Object(_)), Some(Value::Object(after))) => {
                        let state = after["state"].as_str().unwrap();
                        let loads = ["load", "component", "pulled-in", "dependency"].contains(&state);
                        if loads { come.insert(name(change)) } else { gone.insert(name(change)) };
                    }
                    // These are about what loads, and change nothing about which modules do.
                    _ => prop_assert!(["clash", "http-port", "dependency-"]
                        .iter()
                        .any(|part| change.code.name().contains(part))),
                }
            }
            loads.retain(|name| !gone.contains(name));
            loads.extend(come);
            prop_assert_eq!(loads, loaded(&new, subject, 1), "{}", subject.name);
        }
    }
}

/// Everything that loads, by its name in Prosody.
fn loaded(side: &Side, subject: &Subject, which: usize) -> BTreeSet<String> {
    let request = subject.request(which, &side.inventory, &side.release);
    let resolution = request.resolve(&side.inventory, &side.release);
    let listed = resolution
        .modules
        .iter()
        .filter(|m| m.state.loads())
        .map(|m| m.real_name().to_owned());
    listed
        .chain(resolution.dependencies.iter().map(|d| d.name.to_owned()))
        .collect()
}
