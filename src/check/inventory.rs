//! Findings about an inventory itself.

use std::cmp::Ordering;

use crate::diagnostic::did_you_mean;
use crate::inventory::{Inventory, Module, Stability};
use crate::release::availability::is_anywhere;
use crate::release::{Origin, Release, ReleaseModule, Stage};
use crate::report::{Code, Finding, Severity};

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
        findings.push(Finding::new(
            Code::NoPurpose,
            format!("{name} has no purpose"),
        ));
    }
    let forms = [
        (&module.xeps, "XEP-", "XEP-0313"),
        (&module.rfcs, "RFC ", "RFC 6120"),
    ];
    for (specs, prefix, example) in forms {
        for spec in specs.iter().filter(|spec| !has_form(spec, prefix)) {
            let message = format!("{name} names `{spec}`, which is not a specification");
            let help = format!("write it as `{example}`");
            findings.push(Finding::new(Code::SpecForm, message).help(help));
        }
    }
    findings
        .into_iter()
        .map(|finding| finding.about(name))
        .collect()
}

fn has_form(spec: &str, prefix: &str) -> bool {
    spec.strip_prefix(prefix).is_some_and(|number| {
        let digits = if prefix == "XEP-" { 4..=4 } else { 1..=5 };
        digits.contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
    })
}

/// A module that no release has, under any name that the inventory gives it.
fn unknown_name(name: &str, module: &Module, releases: &[&Release]) -> Option<Finding> {
    if is_anywhere(module.names_of(name), releases) {
        return None;
    }
    let message = format!("no built-in release has a module {name}");
    let finding = Finding::new(Code::UnknownName, message).about(name);
    // What the inventory itself explains is not reported.
    if let Some(note) = module.note() {
        return Some(finding.severity(Severity::Info).help(note));
    }
    let all = releases.iter().flat_map(|release| release.modules.keys());
    Some(match did_you_mean(name, all.map(String::as_str)) {
        Some(near) => finding.help(near),
        None => finding,
    })
}

/// The level against upstream's own stage in the newest release that has the module.
fn stage(name: &str, module: &Module, releases: &[&Release]) -> Option<Finding> {
    let real = module.real_name().unwrap_or(name);
    let newest = releases.iter().rev().find_map(|release| {
        release
            .modules
            .get(real)
            .filter(|facts| !facts.readme_only)
            .map(|facts| (*release, facts))
    });
    let (release, facts) = newest?;
    let (trust, label) = trust(facts)?;
    let level = module.stability();
    let expected = match level {
        Stability::Core | Stability::Stable => 2,
        Stability::Beta => 1,
        Stability::Alpha => 0,
    };
    let code = match expected.cmp(&trust) {
        Ordering::Equal => return None,
        Ordering::Greater => Code::LevelAboveStage,
        Ordering::Less => Code::LevelBelowStage,
    };
    let message = format!("{name} is {level} here, but {label} in {}", release.version);
    Some(Finding::new(code, message).about(name))
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
        let risk = |what: &str| {
            let message = format!("profile {name} {what}");
            Finding::new(Code::ProfileRisk, message)
        };
        if !profile.flags.security {
            findings.push(risk("disables security"));
        }
        if profile.flags.alpha.is_on() {
            // A profile may be there for that, such as one for development.
            findings.push(risk("enables alpha").severity(Severity::Info));
        }
    }
    findings
}
