//! A resolution as a fragment of `prosody.cfg.lua`, for servers that are configured manually.
//!
//! ```
//! use prosody_stability::fragment::{Request, lua};
//! use prosody_stability::inventory::Inventory;
//! use prosody_stability::release::builtin;
//! use prosody_stability::resolve::resolve;
//! use prosody_stability::selection::Selection;
//!
//! let inventory = Inventory::builtin();
//! let selection = Selection::defaults(&inventory);
//! let release = builtin::newest();
//! let resolution = resolve(&inventory, release, &selection, false);
//! let request = Request { plugins: None, findings: &[] };
//! let text = lua(&inventory, release, &resolution, request);
//! assert!(text.contains("modules_enabled = {"));
//! ```

pub mod additive;

use std::collections::BTreeSet;

use crate::configuration::deciding::{MODULES_DISABLED, MODULES_ENABLED};
use crate::inventory::Inventory;
use crate::inventory::profile_line::{GROUPS, ProfileLine};
use crate::lua::{self, Value};
use crate::output::MARKER;
use crate::plan::{PLUGIN, Plan};
use crate::release::Release;
use crate::report::Finding;
use crate::resolve::Resolution;

/// Where an admin writes an address of their own.
const EXAMPLE: &str = "example.org";

/// What to write.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The directory that holds the plugin and community modules, when it is known.
    pub plugins: Option<&'a str>,
    /// What the user should know about it.
    pub findings: &'a [Finding],
}

/// The fragment: static Lua for the global section, the rest as comments to act on.
pub fn lua(
    inventory: &Inventory,
    release: &Release,
    resolution: &Resolution,
    request: Request<'_>,
) -> String {
    let plan = Plan::new(inventory, release, resolution);
    let mut text = header(resolution, request);
    text.push_str(&plugin_paths(resolution, request));
    let mut enabled: Vec<&str> = plan.on_every_host.iter().map(String::as_str).collect();
    if request.plugins.is_some() {
        enabled.push(PLUGIN);
    }
    text.push('\n');
    text.push_str(&lua::option(MODULES_ENABLED, &Value::texts(enabled)));
    text.push_str(&disabled(resolution));
    text.push('\n');
    if request.plugins.is_none() {
        text.push_str(&lua::comment(&format!(
            "For mod_{PLUGIN}, which logs at startup what really loads. Print it with\n\
             `prosody-stability plugin`, save it to a directory of plugin_paths, and generate this\n\
             with --plugins DIRECTORY."
        )));
    }
    text.push_str(&lua::option(PLUGIN, &table(resolution, &plan)));
    text.push_str(&components(resolution, &plan));
    text
}

fn header(resolution: &Resolution, request: Request<'_>) -> String {
    let profile = match &resolution.profile {
        Some(profile) => format!(", profile {profile}"),
        None => String::new(),
    };
    let mut text = lua::comment(&format!(
        "{MARKER} by `prosody-stability resolve --format lua`. Do not edit: change the flags \
         and generate it again.\n\
         For Prosody {}{profile}. Include in the global section of prosody.cfg.lua, replacing\n\
         modules_enabled and modules_disabled, above the first VirtualHost.\n\
         This is the whole modules_enabled: modules that only your file enables will no longer load.\n\
         Use `--config prosody.cfg.lua` for a fragment that keeps them.\n\
         {}",
        resolution.release, resolution.profile_line
    ));
    for finding in request.findings {
        let line = format!("{}: {}", finding.severity, finding.sentence());
        text.push_str(&lua::comment(&line));
    }
    text
}

fn plugin_paths(resolution: &Resolution, request: Request<'_>) -> String {
    let shadowing: BTreeSet<&str> = resolution
        .modules
        .iter()
        .filter(|module| module.state.loads())
        .filter(|module| module.facts.is_some_and(|facts| facts.has_shadow()))
        .map(|module| module.real_name())
        .collect();
    let mut text = "\n".to_owned();
    if !resolution.community.is_empty() {
        text.push_str(&lua::comment(&format!(
            "Community modules that must be in a directory of plugin_paths: {}.",
            resolution.community.join(", ")
        )));
    }
    if !shadowing.is_empty() {
        text.push_str(&lua::comment(&format!(
            "Community copies of bundled modules that must not be installed: {}.",
            shadowing.into_iter().collect::<Vec<_>>().join(", ")
        )));
    }
    match request.plugins {
        Some(folder) => {
            text.push_str(&lua::option("plugin_paths", &Value::texts([folder])));
        }
        None => text.push_str(&lua::comment("plugin_paths = { \"/path/to/modules\" }")),
    }
    text
}

fn disabled(resolution: &Resolution) -> String {
    let names = &resolution.modules_disabled;
    if resolution.enforced || names.is_empty() {
        return lua::option(MODULES_DISABLED, &Value::texts(names.iter().copied()));
    }
    lua::comment(&format!(
        "Optional dependencies that load although their flags are off (modules_disabled would \
        keep them out): {}.",
        names.join(", ")
    ))
}

fn table(resolution: &Resolution, plan: &Plan) -> Value {
    let mut groups = GROUPS.map(|_| BTreeSet::new());
    for resolved in &resolution.modules {
        if let Some(module) = resolved.module {
            groups[ProfileLine::group(module)].extend(resolved.names());
        }
    }
    let groups = GROUPS.iter().zip(groups).map(|(title, names)| {
        Value::Table(vec![
            ("title".to_owned(), Value::Text((*title).to_owned())),
            ("modules".to_owned(), Value::texts(names)),
        ])
    });
    let on_some_host = plan.components.union(&plan.pulled_in);
    Value::Table(vec![
        ("groups".to_owned(), Value::List(groups.collect())),
        ("backends".to_owned(), Value::texts(&plan.backends)),
        (
            "on_every_host".to_owned(),
            Value::texts(&plan.on_every_host),
        ),
        ("on_some_host".to_owned(), Value::texts(on_some_host)),
        ("may_load".to_owned(), Value::texts(&plan.may_load)),
    ])
}

fn components(resolution: &Resolution, plan: &Plan) -> String {
    if plan.components.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n{}",
        lua::comment(
            "Add these to the end of prosody.cfg.lua, each with your own address instead of\n\
             example.org:"
        )
    );
    let host = lua::quote(EXAMPLE);
    let loading = resolution.modules.iter().filter(|m| m.state.loads());
    let setups: Vec<_> = loading.filter_map(|m| m.module?.setup.as_ref()).collect();
    if !setups.is_empty() {
        text.push_str(&lua::comment(&format!("VirtualHost {host}")));
    }
    for setup in &setups {
        let address = lua::quote(&address(&setup.component));
        text.push_str(&lua::comment(&format!("    {} = {address}", setup.option)));
    }
    for name in &plan.components {
        let line = format!(
            "Component {} {}",
            lua::quote(&address(name)),
            lua::quote(name)
        );
        text.push_str(&lua::comment(&line));
        if setups.iter().any(|setup| setup.component.as_str() == name) {
            text.push_str(&lua::comment(&format!("    admins = {{ {host} }}")));
        }
    }
    text
}

/// The address of a component, for the user to change.
fn address(component: &str) -> String {
    format!("{}.{EXAMPLE}", component.replace('_', "-"))
}
