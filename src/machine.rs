//! A NixOS machine: the server that services.prosody makes, with what services.prosody-stability
//! adds to it. The arithmetic is that of `nixos-module/config.nix`.

use std::collections::{BTreeMap, BTreeSet};

use crate::configuration::nixos::Settings;
use crate::configuration::services_prosody::options::{Generation, HARD_CODED, MODULES, OF_ROOMS};
use crate::configuration::services_prosody::{self, Additions, Doubt, NAME, Service, write};
use crate::configuration::{Configuration, Dialect, GLOBAL, HostKind};
use crate::diagnostic::Result;
use crate::inventory::{Inventory, Stability};
use crate::release::{Release, builtin};
use crate::report::{Code, Finding};
use crate::resolve::{Edge, Request, Resolution, State, resolve};
use crate::selection::Selection;
use crate::source::Source;

/// Over upstream's defaults, under everybody else: `ours` in `nixos-module/priorities.nix`.
const OURS: i64 = 1100;
/// Over other modules' defaults too, under the user: `firm` there.
const FIRM: i64 = 900;
/// The order of what belongs to the global section, and of sections below all others.
const FIRST: i64 = 500;
const LAST: i64 = 2000;

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
    let counts = match (has_flags, settings.is_enabled()) {
        (true, Some(true)) => true,
        (true, None) if !settings.is_evaluated() => {
            service.doubts.extend(settings.at().map(|at| Doubt {
                option: "services.prosody-stability.enable".to_owned(),
                why: "it is not set here, and without it nothing of the rest counts".to_owned(),
                at,
            }));
            true
        }
        _ => false,
    };
    let selection = selection.filter(|_| counts);
    let added = selection.as_ref().filter(|_| !settings.is_evaluated());
    let stability = added.map(|selection| With {
        selection,
        enforces: settings.enforces(),
        disabled: settings.modules_disabled(),
        at: settings.at(),
    });
    let configuration = with(&service, stability.as_ref(), inventory, release, read)?;
    Ok(Some(Machine {
        policy: selection.map(|selection| policy(selection, inventory, release)),
        configuration,
    }))
}

/// What services.prosody-stability is set to.
pub struct With<'a> {
    /// Flags and modules.
    pub selection: &'a Selection,
    /// Whether it keeps out optional dependencies whose flags are off.
    pub enforces: bool,
    /// More names for `modules_disabled`.
    pub disabled: Vec<String>,
    /// Where it is set.
    pub at: Option<services_prosody::value::At>,
}

/// The server that services.prosody makes, with services.prosody-stability or without.
pub fn with(
    service: &Service,
    stability: Option<&With<'_>>,
    inventory: &Inventory,
    release: &Release,
    read: impl Fn(&Source, Dialect) -> Result<Configuration>,
) -> Result<Configuration> {
    let dialect = Dialect::of(&release.version);
    let generation = Generation::of(dialect);
    let reads = |additions: &Additions| {
        let written = write(service, generation, additions);
        let read = |source: &Source| read(source, dialect);
        services_prosody::configuration(&written, NAME, &service.sources, &service.doubts, read)
    };
    let mut refused = Vec::new();
    let mut configuration = match stability {
        None => reads(&Additions::default())?,
        Some(stability) => {
            let resolution = resolve(inventory, release, stability.selection, false);
            let mut additions = additions(&resolution, stability, service);
            let mut disabled = stability.disabled.clone();
            if stability.enforces {
                // What is kept out depends on all that is enabled in the end.
                let plain = reads(&additions)?;
                disabled.extend(kept_out(&plain, inventory, release));
            }
            let mut seen = BTreeSet::new();
            disabled.retain(|name| seen.insert(name.clone()));
            refused.extend(cannot_load(&resolution, stability));
            if !disabled.is_empty() {
                let names = disabled.iter().map(|name| format!("  \"{name}\";\n"));
                let list = format!("modules_disabled = {{\n{}}}", names.collect::<String>());
                additions.text.insert(0, (FIRST, list));
            }
            let configuration = reads(&additions)?;
            if !disabled.is_empty() {
                refused.extend(second_list(&configuration));
            }
            configuration
        }
    };
    configuration.findings.extend(refused);
    if generation == Generation::New && service.enables(OF_ROOMS) {
        let message = format!("cannot determine where {OF_ROOMS} is enabled");
        let why = "revisions of services.prosody enable it everywhere or on rooms only";
        let finding = Finding::new(Code::Undecided, message).because(why);
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
fn cannot_load(resolution: &Resolution, stability: &With<'_>) -> Vec<Finding> {
    let modules = resolution.modules.iter();
    let unavailable = modules.filter(|module| module.state == State::Unavailable);
    // A name that no release has is no news.
    let known = unavailable.filter(|module| {
        module.explicit || module.facts.is_some() || module.names().into_iter().any(builtin::have)
    });
    let findings = known.map(|module| {
        let name = module.name;
        let finding = match stability.selection.module(name) {
            Some(_) => Finding::new(
                Code::NixosRefuses,
                format!("NixOS refuses services.prosody-stability.modules.{name}"),
            ),
            None => Finding::new(Code::Unavailable, format!("{name} cannot load")),
        };
        let finding = finding.because(module.reason.to_string()).about(name);
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
            && finding.subject.as_deref() == Some("modules_disabled")
            && finding.host.as_deref() == Some(GLOBAL)
    })?;
    let message = "NixOS refuses a second modules_disabled for the whole server";
    let finding = Finding::new(Code::NixosRefuses, message).about("modules_disabled");
    Some(Finding {
        place: twice.place.clone(),
        ..finding.help("use services.prosody-stability.modulesDisabled")
    })
}

/// What the module sets in services.prosody.
fn additions(resolution: &Resolution, stability: &With<'_>, service: &Service) -> Additions {
    let upstream = |name: &str| MODULES.iter().any(|(other, ..)| *other == name);
    let mut modules: BTreeMap<String, (bool, i64)> = BTreeMap::new();
    let mut extra = Vec::new();
    let loads = |module: &crate::resolve::ResolvedModule| module.state == State::Load;
    let loading: BTreeSet<&str> = resolution
        .modules
        .iter()
        .filter(|module| loads(module))
        .map(|module| module.real_name())
        .collect();
    for resolved in &resolution.modules {
        let Some(module) = resolved.module else {
            continue;
        };
        // What a module of ours does not work beside yields.
        if loads(resolved) {
            for clash in module.clashes.iter().filter(|clash| upstream(&clash.with)) {
                modules
                    .entry(clash.with.to_string())
                    .or_insert((false, OURS));
            }
        }
    }
    for resolved in &resolution.modules {
        let Some(module) = resolved.module else {
            continue;
        };
        let is_unstable = matches!(module.stability(), Stability::Beta | Stability::Alpha);
        let is_named = stability.selection.module(resolved.name).is_some();
        for name in [Some(resolved.name), module.real_name()]
            .into_iter()
            .flatten()
        {
            if !upstream(name) {
                continue;
            }
            let on = loading.contains(name);
            let weighs = if is_named || (!on && is_unstable) {
                FIRM
            } else {
                OURS
            };
            modules.insert(name.to_owned(), (on, weighs));
        }
    }
    extra.extend(
        loading
            .iter()
            .filter(|name| !upstream(name))
            .map(|name| (*name).to_owned()),
    );
    let mut sections = String::new();
    for resolved in resolution.modules.iter().filter(|module| loads(module)) {
        let Some(setup) = resolved.module.and_then(|module| module.setup.as_ref()) else {
            continue;
        };
        for host in service.hosts.iter().filter(|host| host.enabled) {
            let address = format!("{}.{}", setup.component.replace('_', "-"), host.domain);
            sections.push_str(&format!(
                "VirtualHost \"{0}\"\n  {1} = \"{address}\"\nComponent \"{address}\" \"{2}\"\n  \
                 admins = {{ \"{0}\" }}\n",
                host.domain, setup.option, setup.component
            ));
        }
    }
    let text = if sections.is_empty() {
        Vec::new()
    } else {
        vec![(LAST, sections)]
    };
    Additions {
        modules,
        extra,
        text,
        at: stability.at.clone().or(service.at.clone()),
    }
}

/// The modules of the inventory that load only because another one would like to have them.
fn kept_out(
    configuration: &Configuration,
    inventory: &Inventory,
    release: &Release,
) -> BTreeSet<String> {
    let hosts = configuration.active();
    let hosts = hosts.filter(|(_, host)| host.kind == HostKind::VirtualHost);
    let mut optional = BTreeSet::new();
    let mut needed = BTreeSet::new();
    for (name, _) in hosts {
        let Some(request) = Request::of_host(inventory, release, configuration, name) else {
            continue;
        };
        let resolution = request.resolve(inventory, release);
        for module in resolution
            .modules
            .iter()
            .filter(|module| module.state.loads())
        {
            needed.insert(module.real_name().to_owned());
        }
        for dependency in &resolution.dependencies {
            let name = dependency.name.to_owned();
            match dependency.edge {
                Edge::Soft if inventory.by_real_name(dependency.name).is_some() => {
                    optional.insert(name);
                }
                Edge::Soft => {}
                Edge::Hard => drop(needed.insert(name)),
            }
        }
    }
    optional.retain(|name| !needed.contains(name));
    optional
}

/// The flags as a policy: what services.prosody enables whatever is set is no offence against them.
fn policy(mut selection: Selection, inventory: &Inventory, release: &Release) -> Selection {
    if Generation::of(Dialect::of(&release.version)) == Generation::New {
        for name in HARD_CODED {
            if selection.module(name).is_none() {
                // A name of the inventory is known to it.
                let _ = selection.set_module(inventory, name, true);
            }
        }
    }
    selection
}
