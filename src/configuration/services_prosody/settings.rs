//! From all that sets services.prosody to what it is set to; an error where NixOS has one, too.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::enabled::{HTTP_FILE_SHARE, HTTP_UPLOAD};
use super::merge::{entries, merge};
use super::options::{ASIDE, GLOBAL, MODULES, OTHERS};
use super::reader::{Definitions, Reader};
use super::service::{Doubt, ExtraModules, Item, Service, Switch};
use super::value::{At, COMPUTED, Definition, Package, ValueKind, joined, unknown};
use crate::diagnostic::{Result, nearest};
use crate::source::Source;

/// Other modules of nixpkgs that set services.prosody where they are enabled.
pub const NEIGHBOURS: [&str; 1] = ["jitsi-meet"];

/// What may change the package that nobody names.
pub const OVERLAYS: &str = "nixpkgs.overlays";

impl Service {
    /// What the definitions make; an error where NixOS has one, too.
    pub fn of(definitions: &[Definition], sources: &[Arc<Source>]) -> Result<Self> {
        let mut ordered: Vec<&Definition> = definitions.iter().collect();
        // NixOS takes the definitions of the last module first.
        ordered.sort_by_key(|definition| std::cmp::Reverse(definition.module));
        let mut reader = Reader {
            sources,
            by_option: BTreeMap::new(),
            doubts: Vec::new(),
        };
        for definition in ordered {
            let all = reader.by_option.entry(&definition.option).or_default();
            all.push((&definition.value, definition.priority));
        }
        reader.known_options()?;
        reader.neighbours();
        let package = reader.package();
        let mut service = Self {
            enable: reader.of_whole("enable", Reader::boolean)?,
            compliance: reader.of_whole("xmppComplianceSuite", Reader::boolean)?,
            modules: reader.modules()?,
            extra: reader.extra_modules()?,
            package,
            text: reader
                .of_whole("extraConfig", Reader::lines)?
                .unwrap_or_default(),
            muc: reader.rooms()?,
            upload: reader.component(HTTP_UPLOAD.option)?,
            file_share: reader.component(HTTP_FILE_SHARE.option)?,
            hosts: reader.hosts()?,
            options: BTreeMap::new(),
            doubts: Vec::new(),
            at: place_of_all(definitions),
            sources: sources.to_vec(),
        };
        if !reader.by_option.contains_key("xmppComplianceSuite") {
            service.compliance = Some(true);
        }
        for option in &GLOBAL {
            if let Some(rendered) = reader.simple(option.nix, option)? {
                service.options.insert(option.nix.to_owned(), rendered);
            }
        }
        service.doubts = reader.doubts;
        Ok(service)
    }
}

impl<'a> Reader<'a> {
    /// That there are such options, or which one is meant.
    fn known_options(&mut self) -> Result<()> {
        let known = || {
            let simple = GLOBAL.iter().map(|option| option.nix);
            simple.chain(ASIDE).chain(OTHERS)
        };
        let neighbours = |name: &str| NEIGHBOURS.contains(&name) || name == OVERLAYS;
        let unknown: Vec<&str> = self
            .by_option
            .keys()
            .copied()
            .filter(|name| !known().any(|other| other == *name) && !neighbours(name))
            .collect();
        for name in unknown {
            let Some((value, _)) = self.by_option[name].first() else {
                continue;
            };
            match nearest(name, known()) {
                Some(near) => {
                    let label = format!("no option `{name}`; did you mean `{near}`?");
                    return Err(self.wrong(name, &value.at, &label));
                }
                None => self.doubt(name, &value.at, "no such option"),
            }
        }
        Ok(())
    }

    fn neighbours(&mut self) {
        for name in NEIGHBOURS {
            let merged = self.merged(name);
            let is_off = merged.doubts.is_empty()
                && merged
                    .winners
                    .iter()
                    .all(|d| matches!(d.value.kind, ValueKind::Bool(false)));
            if let Some((value, _)) = self.definitions(name).first()
                && !is_off
            {
                self.doubts.push(Doubt {
                    option: format!("services.{name}.enable"),
                    why: "it also configures Prosody, in modules that are not read".to_owned(),
                    at: value.at.clone(),
                });
            }
        }
    }

    fn modules(&mut self) -> Result<BTreeMap<String, Switch>> {
        let (entries, doubts) = entries(&self.definitions("modules"));
        for (at, why) in doubts {
            self.doubt("modules", at, why);
        }
        let mut by_name: BTreeMap<&str, Definitions> = BTreeMap::new();
        for entry in entries {
            let path = format!("modules.{}", entry.name.trim_start_matches(COMPUTED));
            if entry.name.starts_with(COMPUTED) {
                self.doubt(&path, &entry.value.at, "its name is computed");
                continue;
            }
            if !MODULES.iter().any(|(name, ..)| *name == entry.name) {
                let near = nearest(entry.name, MODULES.iter().map(|(name, ..)| *name));
                let label = match near {
                    Some(near) => format!("no option `{}`; did you mean `{near}`?", entry.name),
                    None => format!("no option `{0}`: list `{0}` in extraModules", entry.name),
                };
                return Err(self.wrong(&path, &entry.value.at, &label));
            }
            if let Some(why) = entry.condition {
                self.doubt(&path, &entry.value.at, why);
                continue;
            }
            let all = by_name.entry(entry.name).or_default();
            all.push((entry.value, entry.priority));
        }
        let mut modules = BTreeMap::new();
        for (name, definitions) in by_name {
            let path = format!("modules.{name}");
            if let Some(switch) = self.switch(&path, merge(definitions))? {
                modules.insert(name.to_owned(), switch);
            }
        }
        Ok(modules)
    }

    fn extra_modules(&mut self) -> Result<ExtraModules> {
        let merged = self.merged("extraModules");
        self.has_doubts("extraModules", &merged);
        let mut items = Vec::new();
        for defined in &merged.winners {
            let ValueKind::List(list) = &defined.value.kind else {
                let label = "expected a list of strings";
                return Err(self.wrong("extraModules", &defined.value.at, label));
            };
            for item in list {
                match &item.kind {
                    ValueKind::Text(lines) => match unknown(lines) {
                        None => items.push(Item {
                            name: joined(lines),
                            at: item.at.clone(),
                        }),
                        Some(why) => self.doubt("extraModules", &item.at, why),
                    },
                    ValueKind::Unknown(why) => self.doubt("extraModules", &item.at, why),
                    _ => {
                        let label = "expected a list of strings";
                        return Err(self.wrong("extraModules", &item.at, label));
                    }
                }
            }
        }
        Ok(ExtraModules {
            items,
            priority: merged.priority,
        })
    }

    fn package(&mut self) -> Package {
        let merged = self.merged("package");
        if let Some((value, _)) = self.definitions(OVERLAYS).first()
            && merged.winners.is_empty()
        {
            let at = value.at.clone();
            self.doubt("package", &at, "an overlay may change it");
        }
        for (at, why) in &merged.doubts {
            let why = format!("its community modules are unknown: it is {why}");
            self.doubt("package", at, &why);
        }
        let mut package = Package::default();
        for defined in merged.winners {
            match &defined.value.kind {
                ValueKind::Package(seen) => package = seen.clone(),
                _ => self.doubt("package", &defined.value.at, "not a package"),
            }
        }
        package
    }
}

/// Where it is enabled, or else set first.
fn place_of_all(definitions: &[Definition]) -> Option<At> {
    let enables = definitions
        .iter()
        .find(|definition| definition.option == "enable");
    let found = enables.or(definitions.first())?;
    Some(found.value.at.clone())
}
