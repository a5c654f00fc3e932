//! The prosody.cfg.lua that services.prosody writes, each line with the place that it comes from.

use std::collections::{BTreeMap, BTreeSet};

use super::enabled::{HTTP_FILE_SHARE, HTTP_UPLOAD, NOTIFICATIONS, OfRooms, ROOM_SERVER, When};
use super::generation::Generation;
use super::options::{FILE_SHARE, FILE_SHARE_OWN, GLOBAL, MODULES, MUC, Simple, UPLOAD};
use super::placed::Written;
use super::priority::{OPTION_DEFAULT, USER};
use super::service::{Component, Rendered, Service};
use super::unknown::{filled_in, variable};
use super::value::{At, Line};

/// What the text is called while it is read.
pub const NAME: &str = "services.prosody.cfg.lua";

/// What another module adds to services.prosody: services.prosody-stability does.
#[derive(Clone, Debug, Default)]
pub struct Additions {
    /// Booleans of `modules`, each with its priority.
    pub modules: BTreeMap<String, (bool, i64)>,
    /// Modules for `extraModules`, whose priority is the usual one.
    pub extra: Vec<String>,
    /// Texts for the global section, each with its order.
    pub text: Vec<(i64, String)>,
    /// Texts for room servers, by their address.
    pub rooms: BTreeMap<String, String>,
    /// Where they come from.
    pub at: Option<At>,
}

/// The text of a configuration.
pub fn write(service: &Service, generation: Generation, additions: &Additions) -> Written {
    let mut writer = Writer {
        service,
        generation,
        at: service.at.clone(),
        on: BTreeSet::new(),
        written: Written::default(),
    };
    writer.global(additions);
    writer.rooms(additions);
    writer.uploads();
    writer.hosts();
    // The newer service fills in variables when Prosody starts.
    if generation == Generation::New && writer.written.text.contains('$') {
        writer.written.text = filled_in(&writer.written.text, &BTreeMap::new());
    }
    writer.written
}

struct Writer<'a> {
    service: &'a Service,
    generation: Generation,
    /// Where what nobody sets comes from.
    at: Option<At>,
    /// Those of `modules` that are on.
    on: BTreeSet<&'static str>,
    written: Written,
}

impl Writer<'_> {
    fn line(&mut self, text: &str, at: Option<&At>) {
        let at = at.or(self.at.as_ref()).cloned();
        // What is set may have line ends of its own.
        for line in text.split('\n') {
            self.written.push(line, at.clone());
        }
    }

    fn lines(&mut self, lines: &[Line]) {
        for line in lines {
            // It may be anything, and was noted already.
            let text = if line.is_unknown() { "" } else { &line.text };
            self.line(text, Some(&line.at));
        }
    }

    fn setting(&mut self, indent: &str, option: &Simple, set: Option<&Rendered>) {
        match set {
            _ if option.lua.is_empty() => {}
            Some(set) => self.line(
                &format!("{indent}{} = {}", option.lua, set.lua),
                Some(&set.at),
            ),
            None if option.default.is_empty() => {}
            None => self.line(
                &format!("{indent}{} = {}", option.lua, option.default),
                None,
            ),
        }
    }

    fn global(&mut self, additions: &Additions) {
        // What is not known reads as such.
        self.line(&variable(self.generation.dialect()), None);
        let service = self.service;
        let of_global = |option: &&Simple| option.nix != "authentication";
        for option in GLOBAL.iter().filter(of_global) {
            self.setting("", option, service.options.get(option.nix));
        }
        self.enabled(additions);
        for option in GLOBAL.iter().filter(|option| !of_global(option)) {
            self.setting("", option, service.options.get(option.nix));
        }
        let mut texts: Vec<(i64, Vec<Line>)> = service.text.clone();
        for (order, text) in &additions.text {
            let lines = text.lines().map(|text| Line {
                text: text.to_owned(),
                at: additions.at.clone().or(self.at.clone()).unwrap_or(At {
                    file: 0,
                    span: 0..0,
                }),
                unknown: None,
            });
            texts.push((*order, lines.collect()));
        }
        texts.sort_by_key(|(order, _)| *order);
        for (_, lines) in texts {
            self.lines(&lines);
        }
    }

    /// The list of what every host loads.
    fn enabled(&mut self, additions: &Additions) {
        let service = self.service;
        self.line("modules_enabled = {", None);
        for name in self.generation.always_enables() {
            self.item(name, None);
        }
        for (name, old, new) in MODULES {
            let default = match self.generation {
                Generation::Old => old,
                Generation::New => new,
            };
            let set = service.modules.get(name);
            let weighs = set.map_or(OPTION_DEFAULT, |switch| switch.priority);
            let added = additions
                .modules
                .get(name)
                .filter(|(_, priority)| *priority < weighs);
            let (on, at) = match (added, set) {
                (Some((on, _)), _) => (*on, additions.at.as_ref()),
                (None, Some(switch)) => (switch.on, Some(&switch.at)),
                (None, None) => (default, None),
            };
            if on {
                self.on.insert(name);
                self.item(name, at);
            }
        }
        for (name, at) in &service.package.enabled {
            if self.generation == Generation::Old || name != NOTIFICATIONS {
                self.item(name, Some(at));
            }
        }
        let weighs = service.extra.priority.unwrap_or(USER);
        if weighs <= USER || additions.at.is_none() {
            for item in &service.extra.items {
                self.item(&item.name, Some(&item.at));
            }
        }
        if weighs >= USER {
            for name in &additions.extra {
                self.item(name, additions.at.as_ref());
            }
        }
        self.line("}", None);
    }

    fn item(&mut self, name: &str, at: Option<&At>) {
        self.line(&format!("  \"{name}\";"), at);
    }

    fn rooms(&mut self, additions: &Additions) {
        let service = self.service;
        for room in &service.muc {
            self.line(
                &format!("Component \"{}\" \"{ROOM_SERVER}\"", room.domain),
                Some(&room.at),
            );
            self.line("modules_enabled = {", Some(&room.at));
            for row in self.generation.of_rooms() {
                if let Some(at) = self.enables_in(room, row) {
                    self.item(row.module, Some(at));
                }
            }
            self.line("}", Some(&room.at));
            self.at = Some(room.at.clone());
            for option in &MUC {
                self.setting("  ", option, room.options.get(option.nix));
            }
            self.at = service.at.clone();
            self.lines(&room.extra);
            if let Some(text) = additions.rooms.get(&room.domain) {
                self.line(text.trim_end(), additions.at.as_ref());
            }
        }
    }

    /// What makes a module load on a room server, if anything does.
    fn enables_in<'r>(&self, room: &'r Component, row: &OfRooms) -> Option<&'r At> {
        let set = match row.when {
            When::Option(option, _) => room.options.get(option),
            _ => None,
        };
        let is_on = match row.when {
            When::Always => true,
            When::Module(name) => self.on.contains(name),
            When::Option(_, default) => set.map_or(default, |set| set.lua == "true"),
            When::Packaged => self.service.enables(row.module),
        };
        is_on.then(|| set.map_or(&room.at, |set| &set.at))
    }

    fn uploads(&mut self) {
        let service = self.service;
        if let (Some(upload), Generation::Old) = (&service.upload, self.generation) {
            self.component(upload, HTTP_UPLOAD.module);
            for option in &UPLOAD {
                self.setting("  ", option, upload.options.get(option.nix));
            }
            self.at = service.at.clone();
        }
        if let Some(share) = &service.file_share {
            self.component(share, HTTP_FILE_SHARE.module);
            let is_new = self.generation == Generation::New;
            if is_new {
                self.line("  modules_disabled = { \"s2s\" }", Some(&share.at));
            }
            let of_defaults = FILE_SHARE
                .iter()
                .filter(|(name, _)| is_new && !share.options.contains_key(*name));
            for (name, default) in of_defaults {
                self.line(
                    &format!("  http_file_share_{name} = {default}"),
                    Some(&share.at),
                );
            }
            for (name, set) in &share.options {
                let prefix = if is_new && FILE_SHARE_OWN.contains(&name.as_str()) {
                    ""
                } else {
                    "http_file_share_"
                };
                self.line(&format!("  {prefix}{name} = {}", set.lua), Some(&set.at));
            }
            self.at = service.at.clone();
        }
    }

    fn component(&mut self, component: &Component, module: &str) {
        let line = format!("Component \"{}\" \"{module}\"", component.domain);
        self.line(&line, Some(&component.at));
        self.at = Some(component.at.clone());
    }

    fn hosts(&mut self) {
        for host in &self.service.hosts {
            let at = host.at.as_ref();
            self.line(&format!("VirtualHost \"{}\"", host.domain), at);
            self.line(&format!("  enabled = {};", host.enabled), at);
            self.lines(&host.extra);
        }
    }
}
