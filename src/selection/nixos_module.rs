//! A selection as a NixOS module with the same settings.

use indexmap::IndexMap;
use serde::Serialize;

use super::Selection;
use crate::diagnostic::{Diagnostic, Result};
use crate::inventory::{Flag, FlagValues, Inventory, Rollout};
use crate::nix;

/// Where the NixOS module has its options.
pub const OPTIONS: &str = "services.prosody-stability";

#[derive(Serialize)]
struct Settings<'a> {
    enable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'a str>,
    #[serde(flatten)]
    flags: IndexMap<&'static str, Rollout>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enforce: Option<bool>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    modules: &'a IndexMap<String, bool>,
    #[serde(rename = "virtualHosts", skip_serializing_if = "IndexMap::is_empty")]
    virtual_hosts: IndexMap<&'a str, HostSettings<'a>>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    components: IndexMap<&'a str, HostSettings<'a>>,
}

/// What is selected on a host and not on the server.
#[derive(Serialize)]
struct HostSettings<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'a str>,
    #[serde(flatten)]
    flags: IndexMap<&'static str, Rollout>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    modules: IndexMap<&'a str, bool>,
}

/// The settings of a server that loads more than the flags can say.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Services<'a> {
    prosody_stability: Settings<'a>,
    prosody: Prosody<'a>,
}

/// The settings of Prosody's own NixOS module.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Prosody<'a> {
    extra_modules: &'a [String],
}

/// A NixOS module that selects the same: `{ services.prosody-stability = { … }; }`.
///
/// With a profile, only the flags that differ from it are written, and without one all six. `enforce`
/// is written when it is not left to the module.
pub fn write(
    inventory: &Inventory,
    selection: &Selection,
    enforce: Option<bool>,
) -> Result<String> {
    let settings = settings(inventory, selection, enforce)?;
    nix::module::of_settings(OPTIONS, &settings).map_err(no_text)
}

/// The same with modules outside the inventory, as `services.prosody.extraModules`.
pub fn write_with_extra(
    inventory: &Inventory,
    selection: &Selection,
    enforce: Option<bool>,
    extra: &[String],
) -> Result<String> {
    if extra.is_empty() {
        return write(inventory, selection, enforce);
    }
    let services = Services {
        prosody_stability: settings(inventory, selection, enforce)?,
        prosody: Prosody {
            extra_modules: extra,
        },
    };
    nix::module::of_settings("services", &services).map_err(no_text)
}

fn no_text(error: nix::print::PrintError) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(format!("no Nix text: {error}")))
}

fn settings<'a>(
    inventory: &Inventory,
    selection: &'a Selection,
    enforce: Option<bool>,
) -> Result<Settings<'a>> {
    let mut modules = selection.modules().keys();
    if let Some(outside) = modules.find(|name| !inventory.modules.contains_key(name.as_str())) {
        let error = Diagnostic::error(format!(
            "the NixOS module has no option for {outside}, which is not in the inventory"
        ));
        return Err(Box::new(error.help(format!(
            "omit it here, and add it to `services.prosody.extraModules = [ \"{outside}\" ];`"
        ))));
    }
    let profile = selection.profile();
    let of_profile: Option<&FlagValues> = profile
        .and_then(|name| inventory.profiles.get(name))
        .map(|profile| &profile.flags);
    let flags = Flag::ALL
        .into_iter()
        .map(|flag| (flag, selection.flags().get(flag)))
        .filter(|(flag, value)| of_profile.is_none_or(|values| values.get(*flag) != *value))
        .map(|(flag, value)| (flag.name(), value))
        .collect();
    Ok(Settings {
        enable: true,
        profile,
        flags,
        enforce,
        modules: selection.modules(),
        virtual_hosts: hosts(inventory, selection, false),
        components: hosts(inventory, selection, true),
    })
}

/// What is selected on virtual hosts, or on components, and not on the server.
fn hosts<'a>(
    inventory: &Inventory,
    server: &'a Selection,
    components: bool,
) -> IndexMap<&'a str, HostSettings<'a>> {
    let hosts = server.hosts().iter();
    let hosts = hosts.filter(|(_, host)| host.component.is_some() == components);
    let settings = hosts.map(|(name, host)| {
        let selection = &host.selection;
        let profile = selection
            .profile()
            .filter(|name| server.profile() != Some(name));
        let base = match profile.and_then(|name| inventory.profiles.get(name)) {
            Some(profile) => &profile.flags,
            None => server.flags(),
        };
        let flags = Flag::ALL.into_iter();
        let flags = flags.filter(|flag| selection.flags().get(*flag) != base.get(*flag));
        let modules = selection.modules().iter();
        let modules = modules.filter(|(name, on)| server.module(name) != Some(**on));
        let settings = HostSettings {
            profile,
            flags: flags
                .map(|flag| (flag.name(), selection.flags().get(flag)))
                .collect(),
            modules: modules.map(|(name, on)| (name.as_str(), *on)).collect(),
        };
        (name.as_str(), settings)
    });
    settings.collect()
}
