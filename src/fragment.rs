//! A resolution as a fragment of `prosody.cfg.lua`, for servers that are configured by hand.

use std::collections::BTreeSet;

use crate::inventory::Inventory;
use crate::inventory::profile_line::{GROUPS, ProfileLine};
use crate::lua::{self, Value};
use crate::output::MARKER;
use crate::plan::{self, PLUGIN, Plan};
use crate::release::Release;
use crate::resolve::Resolution;

/// What to write.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The folder that holds the plugin and community modules, when it is known.
    pub plugins: Option<&'a str>,
    /// Whether `modules_disabled` keeps out what is pulled in softly; `resolution` must be made
    /// accordingly.
    pub enforce: bool,
}

/// The fragment: static Lua for the global section, the rest as comments to act on.
pub fn lua(
    inventory: &Inventory,
    release: &Release,
    resolution: &Resolution,
    request: Request<'_>,
) -> String {
    let plan = Plan::new(inventory, release, resolution);
    let mut text = header(resolution);
    text.push_str(&plugin_paths(release, resolution, request));
    let mut enabled: Vec<&str> = plan.everywhere.iter().map(String::as_str).collect();
    if request.plugins.is_some() {
        enabled.push(PLUGIN);
    }
    text.push('\n');
    text.push_str(&lua::option("modules_enabled", &Value::texts(enabled)));
    text.push_str(&disabled(resolution, request));
    text.push('\n');
    if request.plugins.is_none() {
        text.push_str(&lua::comment(&format!(
            "For mod_{PLUGIN}, which reports at the start what really loads. Get it with\n\
             `prosody-stability plugin`, put it into a folder of plugin_paths, and generate this\n\
             with --plugins FOLDER."
        )));
    }
    text.push_str(&lua::option(PLUGIN, &table(inventory, resolution, &plan)));
    text.push_str(&components(&plan));
    text
}

fn header(resolution: &Resolution) -> String {
    let profile = match &resolution.profile {
        Some(profile) => format!(", profile {profile}"),
        None => String::new(),
    };
    let mut text = lua::comment(&format!(
        "{MARKER} by `prosody-stability resolve --format lua`. Do not edit: choose again and \
         generate it anew.\n\
         For Prosody {}{profile}. Belongs into the global section of prosody.cfg.lua, in place of\n\
         modules_enabled and modules_disabled, above the first VirtualHost.\n\
         {}",
        resolution.release, resolution.profile_line
    ));
    for finding in &resolution.findings {
        text.push_str(&lua::comment(&format!(
            "{}: {}",
            finding.severity, finding.message
        )));
    }
    text
}

fn plugin_paths(release: &Release, resolution: &Resolution, request: Request<'_>) -> String {
    let shadowing: BTreeSet<&str> = resolution
        .modules
        .iter()
        .filter(|module| module.state.loads())
        .map(|module| module.real_name())
        .filter(|name| release.has_shadow(name))
        .collect();
    let mut text = "\n".to_owned();
    if !resolution.community.is_empty() {
        text.push_str(&lua::comment(&format!(
            "Community modules that must be in a folder of plugin_paths: {}.",
            resolution.community.join(", ")
        )));
    }
    if !shadowing.is_empty() {
        text.push_str(&lua::comment(&format!(
            "Copies of bundled modules that must not be there: {}.",
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

fn disabled(resolution: &Resolution, request: Request<'_>) -> String {
    let names = &resolution.modules_disabled;
    if request.enforce || names.is_empty() {
        let kept_out: &[String] = if request.enforce { names } else { &[] };
        return lua::option("modules_disabled", &Value::texts(kept_out));
    }
    lua::comment(&format!(
        "Pulled in past their flags; in modules_disabled they would stay out: {}.",
        names.join(", ")
    ))
}

fn table(inventory: &Inventory, resolution: &Resolution, plan: &Plan) -> Value {
    let mut groups: Vec<(String, BTreeSet<&str>)> = GROUPS
        .iter()
        .map(|group| ((*group).to_owned(), BTreeSet::new()))
        .collect();
    for module in &resolution.modules {
        let group = ProfileLine::group(&inventory.modules[&module.name]);
        groups[group].1.extend(plan::names(inventory, module));
    }
    let groups = groups
        .into_iter()
        .map(|(group, names)| (group, Value::texts(names)))
        .collect();
    let somewhere = plan.components.union(&plan.pulled_in);
    Value::Table(vec![
        ("groups".to_owned(), Value::Table(groups)),
        ("everywhere".to_owned(), Value::texts(&plan.everywhere)),
        ("somewhere".to_owned(), Value::texts(somewhere)),
        ("along".to_owned(), Value::texts(&plan.along)),
    ])
}

fn components(plan: &Plan) -> String {
    if plan.components.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n{}",
        lua::comment(
            "Components stand at the end of prosody.cfg.lua, each with an address of your own in\n\
             the place of example.org:"
        )
    );
    for name in &plan.components {
        let host = format!("{}.example.org", name.replace('_', "-"));
        let line = format!("Component {} {}", lua::quote(&host), lua::quote(name));
        text.push_str(&lua::comment(&line));
    }
    text
}
