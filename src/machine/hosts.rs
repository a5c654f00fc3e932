//! Hosts with settings of their own: the lists that their sections get, as `nixos-module/hosts.nix` has it.

use std::collections::BTreeSet;

use super::additions::{kept_out, set_up};
use super::settings::StabilitySettings;
use crate::configuration::deciding::{MODULES_DISABLED, MODULES_ENABLED};
use crate::configuration::services_prosody::enabled::ROOM_SERVER;
use crate::configuration::services_prosody::generation::Generation;
use crate::configuration::services_prosody::priority::SECTIONS;
use crate::configuration::services_prosody::{Additions, Service};
use crate::configuration::{Configuration, Dialect, Host, HostKind};
use crate::diagnostic::Result;
use crate::inventory::Inventory;
use crate::lua::quote;
use crate::release::Release;
use crate::report::{Code, Finding};
use crate::resolve::{Request, Resolution, State, inherited};
use crate::selection::HostSelection;

/// The machine, without the settings of single hosts.
pub(super) struct Server<'a> {
    pub inventory: &'a Inventory<'a>,
    pub release: &'a Release,
    pub service: &'a Service,
    pub stability: &'a StabilitySettings<'a>,
    pub resolution: &'a Resolution<'a>,
    /// Its configuration, with nothing kept out.
    pub plain: &'a Configuration,
    /// What is kept out on all hosts.
    pub kept_out: &'a BTreeSet<String>,
}

/// A host with settings of its own.
struct ConfiguredHost<'a> {
    /// Its name among the settings.
    name: &'a str,
    domain: &'a str,
    selection: HostSelection,
    enabled: Vec<String>,
    /// Whether services.prosody has a list there that this one takes the place of.
    replaces: bool,
    disabled: Vec<String>,
    /// What an enabled module needs.
    needed: BTreeSet<String>,
}

/// Adds the sections of hosts with settings of their own, and what modules that are set up
/// need of all hosts.
pub(super) fn add(
    server: &Server<'_>,
    additions: &mut Additions,
    configuration_with: &impl Fn(&Additions) -> Result<Configuration>,
) -> Result<()> {
    let mut hosts: Vec<ConfiguredHost> = server.hosts().collect();
    let mut with_hosts = additions.clone();
    server.write(&mut with_hosts, &hosts);
    if server.stability.enforces && !hosts.is_empty() {
        let configuration = configuration_with(&with_hosts)?;
        for host in &mut hosts {
            let name = std::iter::once(host.domain);
            let optional = kept_out(&configuration, name, server.inventory, server.release);
            let disabled = optional
                .into_iter()
                .filter(|name| !host.needed.contains(name));
            host.disabled.extend(disabled);
        }
    }
    for host in &mut hosts {
        host.disabled.retain(|name| !server.kept_out.contains(name));
        host.disabled.sort();
        host.disabled.dedup();
    }
    server.write(additions, &hosts);
    Ok(())
}

impl<'a> Server<'a> {
    /// The hosts that are there and have settings.
    fn hosts(&'a self) -> impl Iterator<Item = ConfiguredHost<'a>> {
        let selected = self.stability.selection.hosts().iter();
        selected.filter_map(|(name, host)| {
            let domain = match host.component {
                Some(_) => name.as_str(),
                None => {
                    let mut hosts = self.service.hosts.iter();
                    let host = hosts.find(|host| host.name == *name && host.enabled)?;
                    host.domain.as_str()
                }
            };
            let (domain, section) = self.plain.active_host(domain)?;
            Some(self.host(name, domain, section, host))
        })
    }

    /// Settings for hosts that are not there.
    pub(super) fn unknown_hosts(&self) -> Vec<Finding> {
        let existing: Vec<&str> = self.hosts().map(|host| host.name).collect();
        let names = self.stability.selection.hosts().iter();
        let unknown = names.filter(|(name, _)| !existing.contains(&name.as_str()));
        let findings = unknown.map(|(name, host)| {
            let option = match host.component {
                Some(_) => "components",
                None => "virtualHosts",
            };
            let option = format!("services.prosody-stability.{option}.{name}");
            let finding = Finding::new(Code::NixosRefuses, format!("NixOS refuses {option}"));
            let finding = finding
                .reason("services.prosody has no such host")
                .about(option);
            finding.help("use the name of a host in services.prosody")
        });
        findings.collect()
    }

    fn host(
        &'a self,
        name: &'a str,
        domain: &'a str,
        section: &'a Host,
        host: &HostSelection,
    ) -> ConfiguredHost<'a> {
        let component = match &section.kind {
            HostKind::Component(made_of) => Some(made_of.clone()),
            _ => None,
        };
        let selection = HostSelection {
            component: component.clone(),
            selection: host.selection.clone(),
        };
        let global = self.plain.global().and_then(list);
        let enabled_globally: BTreeSet<&str> = global.into_iter().flatten().collect();
        let inherited: BTreeSet<&str> = match &component {
            Some(made_of) => {
                let inherited = inherited(self.inventory, self.release, made_of);
                enabled_globally.intersection(&inherited).copied().collect()
            }
            None => enabled_globally,
        };
        // What services.prosody enables there by itself.
        let brings: BTreeSet<&str> = match &component {
            Some(_) => list(section).into_iter().flatten().collect(),
            None => BTreeSet::new(),
        };
        let request =
            Request::of_selected_host(self.inventory, self.release, domain, &selection, false);
        let planned = request.resolve(self.inventory, self.release);
        let is_on = |resolution: &Resolution, name: &str| {
            let mut modules = resolution.modules.iter().filter(|m| m.name == name);
            modules.any(|m| matches!(m.state, State::Load | State::Component))
        };
        let generation = Generation::of(Dialect::of(&self.release.version));
        let is_hard_coded = |name: &str| generation.always_enables().contains(&name);
        let server = self.stability.selection;
        let (mut dropped, mut added) = (BTreeSet::new(), BTreeSet::new());
        for module in planned.modules.iter().filter(|m| m.module.is_some()) {
            let real = module.real_name();
            let is_there = inherited.contains(real) || brings.contains(real);
            let loads = is_on(&planned, module.name);
            let is_unwanted = host.selection.module(module.name) == Some(false)
                && server.module(module.name) != Some(false);
            let was_on = is_on(self.resolution, module.name) || is_unwanted;
            if is_there && !loads && was_on && !is_hard_coded(real) {
                dropped.insert(real.to_owned());
            }
            let is_made_of = component.as_deref() == Some(real);
            if module.state == State::Load && !is_there && !is_made_of {
                added.insert(real.to_owned());
            }
            let clashes = module.module.map_or(&[][..], |module| &module.clashes);
            if loads && !is_on(self.resolution, module.name) {
                let yielding = clashes
                    .iter()
                    .filter(|clash| inherited.contains(&*clash.with));
                dropped.extend(yielding.map(|clash| clash.with.to_string()));
            }
        }
        let others = host.selection.modules().iter();
        for (name, on) in others.filter(|(name, _)| !self.inventory.modules.contains_key(&***name))
        {
            let is_there = inherited.contains(name.as_str()) || brings.contains(name.as_str());
            if !on {
                dropped.insert(name.clone());
            } else if !is_there {
                added.insert(name.clone());
            }
        }
        let enabled: Vec<String> = added
            .iter()
            .cloned()
            .chain(brings.iter().map(|name| (*name).to_owned()))
            .filter(|name| !dropped.contains(name))
            .collect();
        let still_inherited = inherited.iter().filter(|name| !dropped.contains(**name));
        let needed = self.needed(
            enabled
                .iter()
                .map(String::as_str)
                .chain(still_inherited.copied()),
        );
        let disabled = dropped
            .iter()
            .filter(|name| inherited.contains(name.as_str()) && !needed.contains(*name));
        ConfiguredHost {
            name,
            domain,
            disabled: disabled.cloned().collect(),
            enabled,
            replaces: !brings.is_empty(),
            needed,
            selection,
        }
    }

    /// All that modules load because they need it.
    fn needed<'n>(&'n self, modules: impl Iterator<Item = &'n str>) -> BTreeSet<String> {
        let mut needed = BTreeSet::new();
        let facts = |name: &str| self.release.modules.get(name);
        let depends = |name: &str| {
            let names = facts(name).into_iter();
            let names = names.flat_map(|facts| facts.depends.loading());
            names.map(str::to_owned).collect::<Vec<_>>()
        };
        let mut queue: Vec<String> = modules.flat_map(depends).collect();
        while let Some(name) = queue.pop() {
            if needed.insert(name.clone()) {
                queue.extend(depends(&name));
            }
        }
        needed
    }

    /// Writes the lists into the sections of these hosts, and what all hosts need of modules that are set up.
    fn write(&self, additions: &mut Additions, hosts: &[ConfiguredHost<'_>]) {
        let mut sections = [String::new(), String::new()];
        for host in hosts {
            let lists = lists(host);
            match host.selection.component.as_deref() {
                _ if lists.is_empty() => {}
                None => {
                    sections[0].push_str(&format!("VirtualHost \"{}\"\n{lists}", host.domain));
                }
                // Rooms have theirs below what services.prosody writes for them.
                Some(ROOM_SERVER) => {
                    additions.rooms.insert(host.domain.to_owned(), lists);
                }
                Some(made_of) => {
                    let section = format!("Component \"{}\" \"{made_of}\"\n{lists}", host.domain);
                    sections[1].push_str(&section);
                }
            }
        }
        let mut text = sections.concat();
        for host in self.service.hosts.iter().filter(|host| host.enabled) {
            let configured = hosts.iter().find(|configured| {
                configured.selection.component.is_none() && configured.domain == host.domain
            });
            match configured {
                None => text.push_str(&set_up(self.resolution, host)),
                Some(configured) => {
                    let request = Request::of_selected_host(
                        self.inventory,
                        self.release,
                        configured.domain,
                        &configured.selection,
                        false,
                    );
                    let resolution = request.resolve(self.inventory, self.release);
                    text.push_str(&set_up(&resolution, host));
                }
            }
        }
        if !text.is_empty() {
            additions.text.push((SECTIONS, text));
        }
    }
}

/// What the own list of a section enables.
fn list(section: &Host) -> Option<Vec<&str>> {
    let setting = section.options.get(MODULES_ENABLED)?;
    Some(setting.strings())
}

/// The lists of a section as Lua. An empty one may have to replace another.
fn lists(host: &ConfiguredHost<'_>) -> String {
    let list = |option: &str, names: &[String], replaces: bool| match names {
        [] if !replaces => String::new(),
        names => {
            let names: Vec<_> = names.iter().map(|name| quote(name)).collect();
            format!("  {option} = {{ {} }}\n", names.join(", "))
        }
    };
    list(MODULES_ENABLED, &host.enabled, host.replaces)
        + &list(MODULES_DISABLED, &host.disabled, false)
}
