//! What a shell may offer as the value of an option or argument: from the built-in data.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use clap::{Arg, ValueHint};
use clap_complete::engine::{
    ArgValueCandidates, ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};

use crate::inventory::{Category, Inventory};
use crate::options::catalogue::Catalogue;
use crate::release::builtin;
use crate::release::distribution::Distribution;
use crate::report::code::Code;

type Candidates = Vec<CompletionCandidate>;

/// An argument that knows the values which may be offered for it. Those with an enumeration of values
/// and those that are paths know them already.
pub fn with_values(argument: Arg) -> Arg {
    let named = argument.get_value_names().unwrap_or_default();
    let named = named.first().map_or("", |name| name.as_str());
    match (argument.get_id().as_str(), named) {
        ("profile", _) => argument.add(ArgValueCandidates::new(profiles)),
        ("packaged_by", _) => argument.add(or_file(distributions)),
        (_, "VERSION|FILE") => argument.add(or_file(releases)),
        ("to", _) => argument.add(ArgValueCandidates::new(releases)),
        (_, "FROM..TO") => argument.add(ArgValueCandidates::new(upgrades)),
        (_, "BOOL") => argument.add(ArgValueCandidates::new(switch)),
        (_, "BOOL|CATEGORY,…") => argument.add(ArgValueCompleter::new(rollout)),
        (_, "MODULE") | ("text", _) => argument.add(ArgValueCandidates::new(modules)),
        (_, "MODULE|CODE") => argument.add(ArgValueCandidates::new(|| both(modules(), codes()))),
        (_, "CODE") => argument.add(ArgValueCandidates::new(codes)),
        (_, "NAME|MODULE") => argument.add(ArgValueCandidates::new(|| both(options(), modules()))),
        (_, "DIR" | "DIRECTORY") => argument.value_hint(ValueHint::DirPath),
        (_, "OLD") | ("flake" | "new", _) => argument.value_hint(ValueHint::AnyPath),
        _ => argument,
    }
}

/// These values, and files.
fn or_file(values: fn() -> Candidates) -> ArgValueCompleter {
    ArgValueCompleter::new(move |typed: &OsStr| {
        let files = PathCompleter::any().complete(typed);
        both(beginning_with(values(), typed), files)
    })
}

fn both(mut first: Candidates, second: Candidates) -> Candidates {
    first.extend(second);
    first
}

fn beginning_with(mut values: Candidates, typed: &OsStr) -> Candidates {
    let typed = typed.as_encoded_bytes();
    values.retain(|value| value.get_value().as_encoded_bytes().starts_with(typed));
    values
}

fn candidate(name: impl AsRef<OsStr>, help: &str) -> CompletionCandidate {
    let help = (!help.is_empty()).then(|| help.to_owned().into());
    CompletionCandidate::new(name.as_ref()).help(help)
}

fn profiles() -> Candidates {
    let inventory = Inventory::builtin();
    let profiles = inventory.profiles.iter();
    profiles
        .map(|(name, profile)| candidate(name.as_str(), &profile.title))
        .collect()
}

fn distributions() -> Candidates {
    Distribution::names()
        .map(CompletionCandidate::new)
        .collect()
}

fn releases() -> Candidates {
    builtin::VERSIONS.map(CompletionCandidate::new).into()
}

/// From each release to each newer one.
fn upgrades() -> Candidates {
    let versions = builtin::VERSIONS;
    let from = versions.iter().enumerate();
    from.flat_map(|(index, from)| versions[index + 1..].iter().map(move |to| (from, to)))
        .map(|(from, to)| CompletionCandidate::new(format!("{from}..{to}")))
        .collect()
}

fn switch() -> Candidates {
    ["true", "false"].map(CompletionCandidate::new).into()
}

/// A boolean, or categories with commas between.
fn rollout(typed: &OsStr) -> Candidates {
    let typed = typed.to_string_lossy();
    let categories = Category::ALL.map(|category| CompletionCandidate::new(category.name()));
    match typed.rsplit_once(',') {
        Some((before, last)) => beginning_with(categories.into(), OsStr::new(last))
            .into_iter()
            .map(|category| category.add_prefix(format!("{before},")))
            .collect(),
        None => {
            let all = switch().into_iter().chain(categories).collect();
            beginning_with(all, OsStr::new(typed.as_ref()))
        }
    }
}

/// The modules of the inventory and of the newest release.
fn modules() -> Candidates {
    let inventory = Inventory::builtin();
    let mut all: BTreeMap<&str, &str> = BTreeMap::new();
    for name in builtin::newest().modules.keys() {
        all.insert(name, "");
    }
    for (name, module) in &inventory.modules {
        all.insert(name.as_str(), module.purpose.as_str());
    }
    all.into_iter()
        .map(|(name, purpose)| candidate(name, purpose))
        .collect()
}

fn codes() -> Candidates {
    let codes = Code::ALL.iter();
    codes
        .map(|code| candidate(code.name(), code.row().why))
        .collect()
}

/// The options that the newest release reads.
fn options() -> Candidates {
    let Ok(catalogue) = Catalogue::of(builtin::newest()) else {
        return Vec::new();
    };
    let names = catalogue.options.keys();
    names.map(CompletionCandidate::new).collect()
}
