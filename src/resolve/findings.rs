//! What an admin should know about a resolution: the guide's best practices, and the hazards.

use super::{Edge, Resolution, ResolvedModule, State};
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{Category, Inventory, Rollout};
use crate::selection::Selection;

/// All findings about a resolution, the most general first.
pub(super) fn findings(
    inventory: &Inventory,
    selection: &Selection,
    resolution: &Resolution,
) -> Vec<Finding> {
    let mut findings = best_practices(inventory, selection, resolution);
    for module in &resolution.modules {
        findings.extend(about_module(inventory, selection, resolution, module));
    }
    findings.extend(http_port(selection, resolution));
    findings
}

fn best_practices(
    inventory: &Inventory,
    selection: &Selection,
    resolution: &Resolution,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let flags = selection.flags();
    if !flags.security {
        findings.push(Finding::new(
            Code::SecurityOff,
            Severity::Warning,
            "security is off: a production server should always have its security modules",
            format!("set {}=true", inventory.flags.security.env),
        ));
    }
    if flags.alpha.is_on() {
        let scope = match &flags.alpha {
            Rollout::All(_) => String::new(),
            only @ Rollout::Only(_) => format!(" ({only})"),
        };
        findings.push(Finding::new(
            Code::AlphaOn,
            Severity::Warning,
            format!(
                "alpha is on{scope}: experimental modules do not belong on a production server"
            ),
            format!(
                "keep {}=true to development and testing",
                inventory.flags.alpha.env
            ),
        ));
    }
    let shell = resolution
        .modules
        .iter()
        .find(|module| module.name == "admin_shell");
    if shell.is_some_and(|module| !module.state.loads()) {
        findings.push(Finding::of(
            Code::AdminShellLost,
            Severity::Info,
            "admin_shell",
            "admin_shell does not load, so `prosodyctl shell` cannot reach the server",
            "switch admin on, or enable admin_shell by name",
        ));
    }
    findings
}

fn about_module(
    inventory: &Inventory,
    selection: &Selection,
    resolution: &Resolution,
    resolved: &ResolvedModule,
) -> Vec<Finding> {
    let name = resolved.name.as_str();
    let module = &inventory.modules[name];
    let mut findings = Vec::new();
    match resolved.state {
        State::Off => {
            if module.category() == Category::Core {
                findings.push(Finding::of(
                    Code::CoreDisabled,
                    Severity::Warning,
                    name,
                    format!("core module {name} is disabled by name"),
                    "enable it again: every client relies on the core modules",
                ));
            }
            return findings;
        }
        State::Unavailable => {
            findings.push(unavailable(selection, resolved));
            return findings;
        }
        State::PulledIn => findings.extend(pulled_in(resolved)),
        State::Load | State::Component => {}
    }
    if let Some(configuration) = &module.configuration {
        findings.push(Finding::of(
            Code::NeedsConfiguration,
            Severity::Info,
            name,
            format!("{name} does nothing until it is configured"),
            configuration.clone(),
        ));
    }
    if let Some(newer) = module.replaced_by() {
        findings.push(Finding::of(
            Code::Superseded,
            Severity::Info,
            name,
            format!("{name} is superseded by {newer}"),
            format!("use {newer}, and disable {name} by name"),
        ));
    }
    for clash in &module.clashes {
        let loads = loads(resolution, &clash.with);
        let (severity, message) = if loads {
            (
                Severity::Error,
                format!("{name} and {} load together: {}", clash.with, clash.effect),
            )
        } else {
            (
                Severity::Info,
                format!("{name} clashes with {}: {}", clash.with, clash.effect),
            )
        };
        let help = format!("load one of {name} and {}, not both", clash.with);
        findings.push(Finding::of(Code::Clash, severity, name, message, help));
    }
    findings
}

/// Whether a module loads, by its name in Prosody.
fn loads(resolution: &Resolution, real: &str) -> bool {
    let listed = resolution
        .modules
        .iter()
        .any(|m| m.state.loads() && m.real_name() == real);
    listed
        || resolution
            .dependencies
            .iter()
            .any(|dependency| dependency.name == real)
}

fn unavailable(selection: &Selection, resolved: &ResolvedModule) -> Finding {
    let name = resolved.name.as_str();
    // Somebody who names a module means it; a flag only means whatever there is.
    let by_name = selection.module(name) == Some(true);
    let severity = if by_name {
        Severity::Error
    } else {
        Severity::Warning
    };
    let help = match &resolved.replaced_by {
        Some(replacement) => format!("use {replacement} instead"),
        None => "nothing replaces it".to_owned(),
    };
    let message = format!("{name} is left out: {}", resolved.because);
    Finding::of(Code::Unavailable, severity, name, message, help)
}

fn pulled_in(resolved: &ResolvedModule) -> Option<Finding> {
    let name = resolved.name.as_str();
    let pulled = resolved.pulled_in.as_ref()?;
    let help = match pulled.edge {
        Edge::Soft => format!(
            "put {} into `modules_disabled` to keep it out",
            resolved.real_name()
        ),
        Edge::Hard => format!("disable {} by name to be rid of it", pulled.by.join(", ")),
    };
    let message = format!("{name} loads: {}", resolved.because);
    Some(Finding::of(
        Code::PulledIn,
        Severity::Warning,
        name,
        message,
        help,
    ))
}

fn http_port(selection: &Selection, resolution: &Resolution) -> Option<Finding> {
    let asked = resolution
        .modules
        .iter()
        .any(|m| m.category == Category::Http && m.state.is_wanted() && m.state.loads());
    if selection.flags().http || asked {
        return None;
    }
    let http = resolution
        .dependencies
        .iter()
        .find(|dependency| dependency.name == "http")?;
    // Only what the admin asked for can be switched off.
    let asked = |by: &&String| {
        let mut modules = resolution.modules.iter();
        modules.any(|m| m.state.is_wanted() && m.real_name() == by.as_str())
    };
    let by: Vec<&str> = http.by.iter().filter(asked).map(String::as_str).collect();
    let s = if by.len() == 1 { "s" } else { "" };
    Some(Finding::new(
        Code::HttpPortOpen,
        Severity::Warning,
        format!(
            "the HTTP ports open although http is off: {} need{s} mod_http",
            by.join(", ")
        ),
        "bind `http_interfaces` and `https_interfaces` to loopback, or disable these modules by name",
    ))
}
