//! A NixOS machine: the server that services.prosody makes, with what services.prosody-stability
//! adds to it. The arithmetic is that of `nixos-module/`.
//!
//! ```
//! use prosody_stability::configuration::nixos;
//! use prosody_stability::configuration::prosody::{ReadOptions, read};
//! use prosody_stability::inventory::Inventory;
//! use prosody_stability::machine::of_settings;
//! use prosody_stability::release::builtin;
//! use prosody_stability::source::Source;
//!
//! let text = r#"{ services.prosody = { enable = true; virtualHosts.a = { enabled = true; domain = "example.org"; }; }; }"#;
//! let settings = nixos::read_source(Source::new("server.nix", text))?;
//! let machine = of_settings(&settings, &Inventory::builtin(), builtin::newest(), |source, dialect| {
//!     read(source, &ReadOptions::new(dialect))
//! })?;
//! let configuration = machine.map(|machine| machine.configuration);
//! assert!(configuration.is_some_and(|server| server.active().any(|(name, _)| name == "example.org")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod additions;
mod hosts;
mod settings;

use std::collections::BTreeSet;

use crate::configuration::deciding::MODULES_DISABLED;
use crate::configuration::nixos::Settings;
use crate::configuration::services_prosody::enabled::NOTIFICATIONS;
use crate::configuration::services_prosody::generation::Generation;
use crate::configuration::services_prosody::priority::BEFORE;
use crate::configuration::services_prosody::{self, Additions, Doubt, NAME, Service, write};
use crate::configuration::{Configuration, Dialect, GLOBAL, LISTS};
use crate::diagnostic::Result;
use crate::inventory::Inventory;
use crate::release::{Release, builtin};
use crate::report::{Code, Finding};
use crate::resolve::{Resolution, State, resolve};
use crate::selection::Selection;
use crate::source::Source;
use additions::{additions, kept_out, virtual_hosts};
use hosts::Server;
pub use settings::StabilitySettings;

/// A server that is described in NixOS.
pub struct Machine {
    /// It as Prosody reads it.
    pub configuration: Configuration,
    /// What its flags allow, where it has some.
    pub policy: Option<Selection>,
}

/// The server that settings make, on a release; none where they make no server.
///
/// `read` reads a prosody.cfg.lua as Prosody of this dialect does.
pub fn of_settings(
    settings: &Settings,
    inventory: &Inventory,
    release: &Release,
    read: impl Fn(&Source, Dialect) -> Result<Configuration>,
) -> Result<Option<Machine>> {
    let Some(mut service) = settings.service()? else {
        return Ok(None);
    };
    let has_flags = !settings.is_empty();
    let selection = match has_flags {
        true => Some(settings.selection(inventory, inventory)?),
        false => None,
    };
    let is_enabled = match (has_flags, settings.is_enabled()) {
        (true, Some(true)) => true,
        (true, None) if !settings.is_evaluated() => {
            service.doubts.extend(settings.at().map(|at| {
                Doubt {
                    option: "services.prosody-stability.enable".to_owned(),
                    why: "it is not set here, and the other settings have no effect without \
                it"
                    .to_owned(),
                    at,
                }
            }));
            true
        }
        _ => false,
    };
    let selection = selection.filter(|_| is_enabled);
    let added = selection.as_ref().filter(|_| !settings.is_evaluated());
    let stability = added.map(|selection| StabilitySettings {
        selection,
        enforces: settings.enforces(),
        disabled: settings.modules_disabled(),
        at: settings.at(),
    });
    let configuration = configuration_of(&service, stability.as_ref(), inventory, release, read)?;
    Ok(Some(Machine {
        policy: selection.map(|selection| policy(selection, &service, inventory, release)),
        configuration,
    }))
}

/// The server that services.prosody makes, with services.prosody-stability or without.
pub fn configuration_of(
    service: &Service,
    stability: Option<&StabilitySettings<'_>>,
    inventory: &Inventory,
    release: &Release,
    read: impl Fn(&Source, Dialect) -> Result<Configuration>,
) -> Result<Configuration> {
    let dialect = Dialect::of(&release.version);
    let generation = Generation::of(dialect);
    let configuration_with = |additions: &Additions| {
        let written = write(service, generation, additions);
        let read = |source: &Source| read(source, dialect);
        services_prosody::configuration(&written, NAME, &service.sources, &service.doubts, read)
    };
    let mut findings = Vec::new();
    let mut configuration = match stability {
        None => configuration_with(&Additions::default())?,
        Some(stability) => {
            let resolution = resolve(inventory, release, stability.selection, false);
            let mut additions = additions(&resolution, stability, service);
            let mut disabled = stability.disabled.clone();
            // What is kept out depends on all that is enabled in the end, and so does what a host needs.
            let plain = configuration_with(&additions)?;
            let mut kept_out_on_server = BTreeSet::new();
            if stability.enforces {
                kept_out_on_server = kept_out(&plain, virtual_hosts(&plain), inventory, release);
                disabled.extend(kept_out_on_server.iter().cloned());
            }
            let server = Server {
                inventory,
                release,
                service,
                stability,
                resolution: &resolution,
                plain: &plain,
                kept_out: &kept_out_on_server,
            };
            hosts::add(&server, &mut additions, &configuration_with)?;
            findings.extend(server.unknown_hosts());
            let mut seen = BTreeSet::new();
            disabled.retain(|name| seen.insert(name.clone()));
            findings.extend(cannot_load(&resolution, stability));
            if !disabled.is_empty() {
                let names = disabled.iter().map(|name| format!("  \"{name}\";\n"));
                let list = format!("modules_disabled = {{\n{}}}", names.collect::<String>());
                additions.text.insert(0, (BEFORE, list));
            }
            let mut configuration = configuration_with(&additions)?;
            // A list of a room server is below the one that services.prosody writes.
            configuration.findings.retain(|finding| {
                let host = finding.host.as_deref().unwrap_or_default();
                let subject = finding.subject.as_deref().unwrap_or_default();
                finding.code != Code::DuplicateOption
                    || !(additions.rooms.contains_key(host) && LISTS.contains(&subject))
            });
            if !disabled.is_empty() {
                findings.extend(second_list(&configuration));
            }
            configuration
        }
    };
    configuration.findings.extend(findings);
    if generation == Generation::New && service.enables(NOTIFICATIONS) {
        let message = format!("cannot determine where {NOTIFICATIONS} is enabled");
        let reason = "revisions of services.prosody enable it everywhere or on rooms only";
        let finding = Finding::new(Code::Undecided, message).reason(reason);
        let help = "install it with withOnlyInstalledCommunityModules, and enable it in \
                    the extraConfig of each room server";
        configuration.findings.push(finding.help(help));
    }
    for refusal in service.refusals(generation) {
        let finding = Finding::new(Code::NixosRefuses, refusal.message).help(refusal.help);
        let finding = finding.about(refusal.option);
        let place = services_prosody::place_of(&service.sources, &refusal.at);
        configuration.findings.push(Finding { place, ..finding });
    }
    Ok(configuration)
}

/// What the flags and modules ask for and the release cannot load. By name, that is an error of NixOS.
fn cannot_load(resolution: &Resolution, stability: &StabilitySettings<'_>) -> Vec<Finding> {
    let modules = resolution.modules.iter();
    let unavailable = modules.filter(|module| module.state == State::Unavailable);
    // A name that no release has is reported already.
    let reported = unavailable.filter(|module| {
        module.explicit
            || module.facts.is_some()
            || module.names().into_iter().any(builtin::has_module)
    });
    let findings = reported.map(|module| {
        let name = module.name;
        let finding = match stability.selection.module(name) {
            Some(_) => Finding::new(
                Code::NixosRefuses,
                format!("NixOS refuses services.prosody-stability.modules.{name}"),
            ),
            None => Finding::new(Code::Unavailable, format!("{name} cannot load")),
        };
        let finding = finding.reason(module.reason.to_string()).about(name);
        match module.replaced_by {
            Some(other) => finding.help(format!("use {other} instead")),
            None => finding,
        }
    });
    findings.collect()
}

/// Another `modules_disabled` in a text for the whole server: the last one wins, so NixOS refuses it.
fn second_list(configuration: &Configuration) -> Option<Finding> {
    let mut findings = configuration.findings.iter();
    let twice = findings.find(|finding| {
        finding.code == Code::DuplicateOption
            && finding.subject.as_deref() == Some(MODULES_DISABLED)
            && finding.host.as_deref() == Some(GLOBAL)
    })?;
    let message = "NixOS refuses a second modules_disabled for the whole server";
    let finding = Finding::new(Code::NixosRefuses, message).about(MODULES_DISABLED);
    Some(Finding {
        place: twice.place.clone(),
        ..finding.help("use services.prosody-stability.modulesDisabled")
    })
}

/// The flags as a policy: what services.prosody enables whatever is set does not violate them.
fn policy(
    mut selection: Selection,
    service: &Service,
    inventory: &Inventory,
    release: &Release,
) -> Selection {
    let generation = Generation::of(Dialect::of(&release.version));
    for &name in generation.always_enables() {
        if selection.module(name).is_none() && inventory.modules.contains_key(name) {
            selection.override_module(name, true);
            let hosts: Vec<String> = selection.hosts().keys().cloned().collect();
            for host in hosts {
                // What it is made of is known already.
                let own = selection.host(&host, None);
                if own.module(name).is_none() {
                    own.override_module(name, true);
                }
            }
        }
    }
    // Hosts are known by their addresses there.
    for host in &service.hosts {
        if host.name != host.domain
            && let Some(own) = selection.hosts().get(&host.name).cloned()
        {
            *selection.host(&host.domain, None) = own.selection;
        }
    }
    selection
}
