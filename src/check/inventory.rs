//! Findings about an inventory itself.

use crate::diagnostic::did_you_mean;
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{Inventory, Module, Stability};
use crate::release::{Origin, Release, ReleaseModule, Stage};

/// All findings about an inventory, in its order; `releases` are all that are known, oldest first.
pub fn findings(inventory: &Inventory, releases: &[&Release]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, module) in &inventory.modules {
        findings.extend(texts(name, module));
        findings.extend(unknown_name(name, module, releases));
        findings.extend(stage(name, module, releases));
    }
    findings.extend(profiles(inventory));
    findings
}

fn texts(name: &str, module: &Module) -> Vec<Finding> {
    let mut findings = Vec::new();
    if module.purpose.trim().is_empty() {
        let message = format!("{name} has no purpose");
        let help = "say in a few words what it is for";
        findings.push(Finding::of(
            Code::NoPurpose,
            Severity::Warning,
            name,
            message,
            help,
        ));
    }
    let forms = [
        (&module.xeps, "XEP-", "XEP-0313"),
        (&module.rfcs, "RFC ", "RFC 6120"),
    ];
    for (specs, prefix, example) in forms {
        for spec in specs.iter().filter(|spec| !has_form(spec, prefix)) {
            findings.push(Finding::of(
                Code::SpecForm,
                Severity::Error,
                name,
                format!("{name} names `{spec}`, which is no specification"),
                format!("write it as `{example}`"),
            ));
        }
    }
    findings
}

fn has_form(spec: &str, prefix: &str) -> bool {
    spec.strip_prefix(prefix).is_some_and(|number| {
        let digits = if prefix == "XEP-" { 4..=4 } else { 1..=5 };
        digits.contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
    })
}

/// A module that no release has, under any name that the inventory gives it.
fn unknown_name(name: &str, module: &Module, releases: &[&Release]) -> Option<Finding> {
    let exists = |name: &str| {
        releases
            .iter()
            .any(|release| release.modules.contains_key(name))
    };
    if exists(name) || module.real_name().is_some_and(exists) {
        return None;
    }
    let message = format!("no known release has a module {name}");
    // What the inventory itself explains is no news.
    let note = module
        .upstream
        .as_ref()
        .and_then(|upstream| upstream.note.clone());
    let (severity, help) = match note {
        Some(note) => (Severity::Info, note.into()),
        None => {
            let all = releases.iter().flat_map(|release| release.modules.keys());
            let near = did_you_mean(name, all.map(String::as_str));
            let help = near.unwrap_or_else(|| "correct the name, or remove the module".to_owned());
            (Severity::Warning, help)
        }
    };
    Some(Finding::of(
        Code::UnknownName,
        severity,
        name,
        message,
        help,
    ))
}

/// The level against upstream's own stage in the newest release that has the module.
fn stage(name: &str, module: &Module, releases: &[&Release]) -> Option<Finding> {
    let real = module.real_name().unwrap_or(name);
    let newest = releases.iter().rev().find_map(|release| {
        release
            .modules
            .get(real)
            .filter(|facts| !facts.stub)
            .map(|facts| (*release, facts))
    });
    let (release, facts) = newest?;
    let (trust, label) = trust(facts)?;
    let level = module.stability();
    let own = match level {
        Stability::Core | Stability::Stable => 2,
        Stability::Beta => 1,
        Stability::Alpha => 0,
    };
    if own == trust {
        return None;
    }
    let version = &release.version;
    Some(if own > trust {
        Finding::of(
            Code::LevelAboveStage,
            Severity::Warning,
            name,
            format!("{name} is {level} here, but {label} in {version}"),
            "watch it closely, or list it at a lower level",
        )
    } else {
        Finding::of(
            Code::LevelBelowStage,
            Severity::Info,
            name,
            format!("{name} is {level} here, but {label} in {version}"),
            "it may be ready for a higher level",
        )
    })
}

/// How much upstream trusts a module, from 0 to 2, and in which words; `None` when it says nothing.
fn trust(facts: &ReleaseModule) -> Option<(u8, &'static str)> {
    if facts.origin == Origin::Bundled {
        return Some((2, "part of Prosody"));
    }
    // With several labels the least trusting one holds.
    facts
        .stage
        .iter()
        .filter_map(|stage| match stage {
            Stage::Stable => Some((2, "stable upstream")),
            Stage::Beta => Some((1, "beta upstream")),
            Stage::Alpha => Some((0, "alpha upstream")),
            Stage::Experimental => Some((0, "experimental upstream")),
            Stage::Obsolete => Some((0, "obsolete upstream")),
            Stage::Deprecated => Some((0, "deprecated upstream")),
            Stage::Broken => Some((0, "broken upstream")),
            Stage::Merged | Stage::Other(_) => None,
        })
        .min()
}

fn profiles(inventory: &Inventory) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, profile) in &inventory.profiles {
        // The profile for development exists to have alpha on.
        let risk = if !profile.flags.security {
            "switches security off"
        } else if profile.flags.alpha.is_on() && name != "development" {
            "switches alpha on"
        } else {
            continue;
        };
        findings.push(Finding::new(
            Code::ProfileRisk,
            Severity::Warning,
            format!("profile {name} {risk}"),
            "profiles for production keep security on and alpha off",
        ));
    }
    findings
}
