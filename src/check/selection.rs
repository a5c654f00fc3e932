//! Findings about a selection: the guide's best practices, and what goes wrong when it loads.

use std::collections::BTreeSet;

use super::is_in_no_release;
use crate::inventory::{Category, FlagValues, Inventory, Rollout};
use crate::release::Observed;
use crate::release::packages::how_to_install;
use crate::report::{Code, Details, Finding, Severity};
use crate::resolve::{Edge, Reason, Resolution, ResolvedModule, State};

/// All findings about a resolution, the most general first.
pub fn findings(inventory: &Inventory, resolution: &Resolution) -> Vec<Finding> {
    let mut findings = best_practices(inventory, resolution);
    for module in &resolution.modules {
        findings.extend(about_module(resolution, module));
    }
    findings.extend(http_port(resolution, resolution.flags));
    findings
}

/// What is to know of a host on which something else is selected, and not of the server as well.
pub fn findings_of_host(
    inventory: &Inventory,
    server: &Resolution,
    host: &Resolution,
) -> Vec<Finding> {
    let server_findings = findings(inventory, server);
    let is_new = |finding: &Finding| {
        let is_same =
            |other: &Finding| other.code == finding.code && other.subject == finding.subject;
        !server_findings.iter().any(is_same)
    };
    let of_host = findings(inventory, host).into_iter().filter(is_new);
    let name = host.host.unwrap_or_default();
    of_host.map(|finding| finding.on(name)).collect()
}

fn best_practices(inventory: &Inventory, resolution: &Resolution) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(flags) = resolution.flags else {
        return findings;
    };
    if !flags.security {
        let message = "security is off: a production server needs its security modules";
        let help = format!("set {}=true", inventory.flags.security.env);
        findings.push(Finding::new(Code::SecurityOff, message).help(help));
    }
    let profile = resolution
        .profile
        .and_then(|name| inventory.profiles.get(name));
    // A profile that has alpha on was chosen for that.
    let is_meant = profile.is_some_and(|profile| profile.flags.alpha == flags.alpha);
    if flags.alpha.is_on() && !is_meant {
        let scope = match &flags.alpha {
            Rollout::All(_) => String::new(),
            only @ Rollout::Only(_) => format!(" ({only})"),
        };
        let message = format!(
            "alpha is on{scope}: experimental modules do not belong on a production server"
        );
        let help = format!(
            "set {}=true for development and testing only",
            inventory.flags.alpha.env
        );
        findings.push(Finding::new(Code::AlphaOn, message).help(help));
    }
    // One shell serves all hosts.
    let shell = resolution.modules.iter().find(|m| m.name == "admin_shell");
    let shell = shell.filter(|_| resolution.host.is_none());
    if shell.is_some_and(|module| !module.state.loads()) {
        let message = "admin_shell does not load: `prosodyctl shell` cannot connect";
        findings.push(Finding::new(Code::AdminShellLost, message).about("admin_shell"));
    }
    findings
}

fn about_module(resolution: &Resolution, resolved: &ResolvedModule) -> Vec<Finding> {
    let name = resolved.name;
    let mut findings = Vec::new();
    match resolved.state {
        State::Off => {
            let is_explicit = matches!(resolved.reason, Reason::Explicit { .. });
            if resolved.category == Some(Category::Core) && is_explicit {
                let message = format!("core module {name} is disabled explicitly");
                findings.push(Finding::new(Code::CoreDisabled, message));
            }
            if let Reason::Broken { .. } = resolved.reason {
                let message = format!("{name} does not load");
                let help = format!("enable {name} explicitly if it works for you");
                let finding = Finding::new(Code::BrokenUpstream, message).help(help);
                let finding = finding.reason(resolved.reason.to_string());
                findings.push(finding.severity(Severity::Info));
            }
            if let Reason::NeedsSetup { .. } = resolved.reason
                && resolved.missing.is_none()
            {
                let message = format!("{name} does not load");
                let help = match resolved.module.and_then(|m| m.configuration.as_ref()) {
                    Some(configuration) => {
                        format!("{configuration}; then enable {name} explicitly")
                    }
                    None => format!("configure it, then enable {name} explicitly"),
                };
                let finding = Finding::new(Code::NeedsConfiguration, message).help(help);
                findings.push(finding.reason(resolved.reason.to_string()));
            }
        }
        // Nobody can do anything about a module that exists in no release, so a flag that covers it needs
        // no word.
        State::Unavailable if !resolved.explicit && is_in_no_release(resolved) => {}
        State::Unavailable => findings.push(unavailable(resolved)),
        State::Load | State::Component | State::PulledIn => {
            findings.extend(pulled_in(resolved));
            findings.extend(about_loading(resolution, resolved));
        }
    }
    findings
        .into_iter()
        .map(|finding| finding.about(name))
        .collect()
}

fn about_loading(resolution: &Resolution, resolved: &ResolvedModule) -> Vec<Finding> {
    let name = resolved.name;
    let mut findings = Vec::new();
    if resolved.facts.is_some_and(|facts| facts.is_broken()) {
        let message = format!("{name} loads although its upstream stage is broken");
        findings.push(Finding::new(Code::BrokenUpstream, message));
    }
    let libraries = resolved
        .facts
        .map_or(&[][..], |facts| &facts.libraries.required);
    let is_observed_missing = |library: &str| match resolved.facts.map(|facts| &facts.observed) {
        Some(Some(Observed::Fails(failure))) => failure.lacks(library),
        _ => false,
    };
    let libraries = libraries.iter();
    // That one is a finding of its own.
    let libraries = libraries.filter(|library| !is_observed_missing(library));
    findings.extend(libraries.map(|library| {
        let message = format!("{name} needs the Lua library {library}");
        Finding::new(Code::NeedsLibrary, message).help(how_to_install(library))
    }));
    let Some(module) = resolved.module else {
        return findings;
    };
    if let Some(configuration) = &module.configuration {
        let message = format!("{name} does nothing until it is configured");
        findings.push(Finding::new(Code::NeedsConfiguration, message).help(configuration.as_str()));
    }
    if let Some(newer) = module.replaced_by() {
        let message = format!("{name} is superseded by {newer}");
        let help = format!("use {newer}, and disable {name} explicitly");
        findings.push(Finding::new(Code::Superseded, message).help(help));
    }
    for clash in &module.clashes {
        let mut finding = if resolution.loads(&clash.with) {
            let message = format!("{name} and {} load together", clash.with);
            Finding::new(Code::Clash, message)
        } else {
            let message = format!("{name} clashes with {}", clash.with);
            Finding::new(Code::Clash, message).severity(Severity::Info)
        };
        finding.details = Details {
            field: Some("clashes".to_owned()),
            after: Some(clash.with.as_str().into()),
            ..Details::default()
        };
        let help = format!("load one of {name} and {}, not both", clash.with);
        findings.push(finding.reason(clash.effect.clone()).help(help));
    }
    findings
}

fn unavailable(resolved: &ResolvedModule) -> Finding {
    let name = resolved.name;
    // Who names a module means it; a flag only means what the release has.
    let severity = if resolved.explicit {
        Severity::Error
    } else {
        Severity::Warning
    };
    let help = match &resolved.replaced_by {
        Some(replacement) => format!("use {replacement} instead"),
        None if resolved.place.is_some() => format!("remove {name} from the configuration"),
        None => format!("disable {name} explicitly"),
    };
    Finding::new(Code::Unavailable, format!("{name} cannot load"))
        .reason(resolved.reason.to_string())
        .severity(severity)
        .help(help)
}

fn pulled_in(resolved: &ResolvedModule) -> Option<Finding> {
    let pulled = resolved.pulled_in.as_ref();
    let pulled = pulled.filter(|_| !resolved.is_not_inherited())?;
    let help = match pulled.edge {
        Edge::Soft => format!(
            "add {} to `modules_disabled` to keep it out",
            resolved.real_name()
        ),
        Edge::Hard => format!("disable {} explicitly to keep it out", pulled.by.join(", ")),
    };
    let message = format!("{} loads", resolved.name);
    let finding = Finding::new(Code::PulledIn, message).help(help);
    Some(finding.reason(resolved.reason.to_string()))
}

/// That the HTTP ports open although these flags do not say so.
pub(super) fn http_port(resolution: &Resolution, flags: Option<&FlagValues>) -> Option<Finding> {
    let requested = resolution
        .modules
        .iter()
        .any(|m| m.category == Some(Category::Http) && m.state.is_enabled() && m.state.loads());
    if flags.is_none_or(|flags| flags.http) || requested {
        return None;
    }
    let mut dependencies = resolution.dependencies.iter();
    let http = dependencies.find(|dependency| dependency.name == "http")?;
    let enabled = enabled_dependents(resolution, http.name);
    // Prosody itself may load it.
    let by = if enabled.is_empty() {
        http.by.clone()
    } else {
        enabled
    };
    let message = "the HTTP ports open although http is off";
    let reason = format!("mod_http is required by {}", by.join(", "));
    Some(
        Finding::new(Code::HttpPortOpen, message)
            .reason(reason)
            .about("http"),
    )
}

/// The enabled modules that load a module, directly or through others, sorted: only what is enabled
/// can be disabled.
fn enabled_dependents<'a>(resolution: &'a Resolution, name: &'a str) -> Vec<&'a str> {
    let mut enabled = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut queue = vec![name];
    while let Some(name) = queue.pop() {
        if !seen.insert(name) {
            continue;
        }
        let module = resolution.modules.iter().find(|m| m.real_name() == name);
        if module.is_some_and(|module| module.state.is_enabled() && module.state.loads()) {
            enabled.insert(name);
            continue;
        }
        let pulled_in = module.and_then(|module| module.pulled_in.as_ref());
        let dependency = resolution.dependencies.iter().find(|d| d.name == name);
        queue.extend(pulled_in.into_iter().flat_map(|pulled_in| &pulled_in.by));
        queue.extend(dependency.into_iter().flat_map(|dependency| &dependency.by));
    }
    enabled.into_iter().collect()
}
