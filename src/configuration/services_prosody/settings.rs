//! What services.prosody is set to, merged from all that sets it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::merge::{Merged, PRIORITY, entries, merge};
use super::options::{
    ASIDE, GLOBAL, Generation, MODULES, MUC, MUC_MODULES, OTHERS, Simple, Type, UPLOAD,
};
use super::value::{
    At, COMPUTED, Definition, Kind, Line, Package, UNKNOWN, Value, joined, unknown,
};
use crate::diagnostic::{Diagnostic, Result, nearest};
use crate::source::Source;

/// Where the options stand.
pub const OPTIONS: &str = "services.prosody";

/// Other modules of nixpkgs that set services.prosody where they are enabled.
pub const NEIGHBOURS: [&str; 1] = ["jitsi-meet"];

/// What may change the package that nobody names.
pub const OVERLAYS: &str = "nixpkgs.overlays";

/// How many doubts are kept.
const DOUBTS: usize = 100;

/// Something that cannot be determined and that decides what loads.
#[derive(Clone, Debug)]
pub struct Doubt {
    /// The option, with its path.
    pub option: String,
    /// Why.
    pub why: String,
    /// Where it is set.
    pub at: At,
}

/// One of the booleans of `modules` that is set.
#[derive(Clone, Debug)]
pub struct Switch {
    /// Whether the module is on.
    pub on: bool,
    /// How much the definition weighs.
    pub priority: i64,
    /// Where it is set.
    pub at: At,
}

/// A name in a list.
#[derive(Clone, Debug)]
pub struct Item {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub at: At,
}

/// The list `extraModules`.
#[derive(Clone, Debug, Default)]
pub struct ExtraModules {
    /// What it holds.
    pub items: Vec<Item>,
    /// How much its definitions weigh; none when nothing defines it.
    pub priority: Option<i64>,
}

/// A virtual host.
#[derive(Clone, Debug)]
pub struct VirtualHost {
    /// Its name among the others.
    pub name: String,
    /// Its address; [`UNKNOWN`] stands in it for what is not known.
    pub domain: String,
    /// Whether it is enabled.
    pub enabled: bool,
    /// Its text.
    pub extra: Vec<Line>,
    /// Where it is set; none for the one that is there by default.
    pub at: Option<At>,
}

/// A component: a room server, or an upload service.
#[derive(Clone, Debug)]
pub struct Component {
    /// Its address.
    pub domain: String,
    /// Its options, by their names in Nix, as Lua.
    pub options: BTreeMap<String, Rendered>,
    /// Its text.
    pub extra: Vec<Line>,
    /// Where it is set.
    pub at: At,
}

/// A value as Lua.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The text.
    pub lua: String,
    /// Where it is set.
    pub at: At,
}

/// An option that keeps the system from being built.
pub struct Refusal {
    /// Its name.
    pub option: String,
    /// What happens.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Where it is set.
    pub at: At,
}

impl Service {
    /// What NixOS refuses, and what this generation does not have.
    pub fn refusals(&self, generation: Generation) -> Vec<Refusal> {
        let Some(at) = self.at.clone() else {
            return Vec::new();
        };
        let mut refusals = Vec::new();
        let has_upload = self.file_share.is_some() || self.upload.is_some();
        if self.compliance == Some(true) && self.doubts.is_empty() {
            let help = "set it up, or set services.prosody.xmppComplianceSuite = false";
            for (is_there, what) in [
                (!self.muc.is_empty(), "services.prosody.muc"),
                (has_upload, "services.prosody.httpFileShare"),
            ] {
                if !is_there {
                    let message = format!("NixOS refuses the configuration without {what}");
                    refusals.push(Refusal {
                        option: what.to_owned(),
                        message,
                        help: help.to_owned(),
                        at: at.clone(),
                    });
                }
            }
        }
        let mut absent = |option: &str, help: &str, at: &At| {
            let message = format!("{} has no option {option}", generation.name());
            refusals.push(Refusal {
                option: option.to_owned(),
                message,
                help: help.to_owned(),
                at: at.clone(),
            });
        };
        if let (Some(upload), Generation::New) = (&self.upload, generation) {
            absent("uploadHttp", "use httpFileShare", &upload.at);
        }
        for room in &self.muc {
            for (option, _, _, of) in MUC_MODULES {
                if of != generation
                    && let Some(set) = room.options.get(option)
                {
                    absent(&format!("muc.*.{option}"), "remove it", &set.at);
                }
            }
        }
        refusals
    }
}

/// What services.prosody is set to.
#[derive(Clone, Debug, Default)]
pub struct Service {
    /// Whether it is enabled, where that is set and known.
    pub enable: Option<bool>,
    /// Whether the configuration has to comply with XEP-0423, where that is known.
    pub compliance: Option<bool>,
    /// The booleans that are set.
    pub modules: BTreeMap<String, Switch>,
    /// The modules besides.
    pub extra: ExtraModules,
    /// The community modules that its package enables.
    pub package: Package,
    /// Options of the global section, by their names in Nix.
    pub options: BTreeMap<String, Rendered>,
    /// Texts for the global section, each with its order.
    pub text: Vec<Ordered>,
    /// Room servers.
    pub muc: Vec<Component>,
    /// The former upload service.
    pub upload: Option<Component>,
    /// The upload service.
    pub file_share: Option<Component>,
    /// Virtual hosts, sorted by name.
    pub hosts: Vec<VirtualHost>,
    /// What cannot be determined.
    pub doubts: Vec<Doubt>,
    /// Where it is set first.
    pub at: Option<At>,
    /// The files.
    pub sources: Vec<Arc<Source>>,
}

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
            upload: reader.component("uploadHttp")?,
            file_share: reader.component("httpFileShare")?,
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

    /// Whether a module is enabled everywhere by the package.
    pub fn enables(&self, name: &str) -> bool {
        self.package.enabled.iter().any(|(other, _)| other == name)
    }
}

/// A text and its order among others.
pub type Ordered = (i64, Vec<Line>);

type Definitions<'a> = Vec<(&'a Value, i64)>;

struct Reader<'a> {
    sources: &'a [Arc<Source>],
    by_option: BTreeMap<&'a str, Definitions<'a>>,
    doubts: Vec<Doubt>,
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
                None => self.doubt(name, &value.at, "no such option is known here"),
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
                    .all(|d| matches!(d.value.kind, Kind::Bool(false)));
            if let Some((value, _)) = self.definitions(name).first()
                && !is_off
            {
                self.doubts.push(Doubt {
                    option: format!("services.{name}.enable"),
                    why: "it configures Prosody as well, by modules that are not read".to_owned(),
                    at: value.at.clone(),
                });
            }
        }
    }

    fn definitions(&self, option: &str) -> Definitions<'a> {
        self.by_option.get(option).cloned().unwrap_or_default()
    }

    fn merged(&self, option: &str) -> Merged<'a> {
        merge(self.definitions(option))
    }

    fn of_whole<T>(
        &mut self,
        option: &str,
        read: impl Fn(&mut Self, &str, Merged<'a>) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let merged = self.merged(option);
        read(self, option, merged)
    }

    fn boolean(&mut self, path: &str, merged: Merged<'a>) -> Result<Option<bool>> {
        Ok(self.switch(path, merged)?.map(|switch| switch.on))
    }

    /// A boolean; none where it is not set, or not known.
    fn switch(&mut self, path: &str, merged: Merged<'a>) -> Result<Option<Switch>> {
        let is_doubtful = self.has_doubts(path, &merged);
        let mut found: Option<Switch> = None;
        for defined in &merged.winners {
            let Kind::Bool(on) = defined.value.kind else {
                return Err(self.wrong(path, &defined.value.at, "expected true or false"));
            };
            match &found {
                Some(known) if known.on != on => {
                    let label = format!("{} sets it to another value", self.place(&known.at));
                    return Err(self.wrong(path, &defined.value.at, &label));
                }
                Some(_) => {}
                None => {
                    found = Some(Switch {
                        on,
                        priority: merged.priority.unwrap_or(PRIORITY),
                        at: defined.value.at.clone(),
                    });
                }
            }
        }
        Ok(found.filter(|_| !is_doubtful))
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
            if let Some(why) = entry.perhaps {
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
            let Kind::List(list) = &defined.value.kind else {
                let label = "expected a list of strings";
                return Err(self.wrong("extraModules", &defined.value.at, label));
            };
            for item in list {
                match &item.kind {
                    Kind::Text(lines) => match unknown(lines) {
                        None => items.push(Item {
                            name: joined(lines),
                            at: item.at.clone(),
                        }),
                        Some(why) => self.doubt("extraModules", &item.at, why),
                    },
                    Kind::Unknown(why) => self.doubt("extraModules", &item.at, why),
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
            let why = format!("which community modules it enables is not known: it is {why}");
            self.doubt("package", at, &why);
        }
        let mut package = Package::default();
        for defined in merged.winners {
            match &defined.value.kind {
                Kind::Package(seen) => package = seen.clone(),
                _ => self.doubt("package", &defined.value.at, "it is no package"),
            }
        }
        package
    }

    /// Texts, each with its order.
    fn lines(&mut self, path: &str, merged: Merged<'a>) -> Result<Option<Vec<Ordered>>> {
        self.has_doubts(path, &merged);
        let mut texts = Vec::new();
        for defined in &merged.winners {
            let Kind::Text(lines) = &defined.value.kind else {
                return Err(self.wrong(path, &defined.value.at, "expected a string"));
            };
            for line in lines.iter().filter(|line| line.is_unknown()) {
                let why = line.unknown.as_deref().unwrap_or_default();
                self.doubt(path, &line.at, why);
            }
            texts.push((defined.order(), lines.clone()));
        }
        Ok(Some(texts))
    }

    fn rooms(&mut self) -> Result<Vec<Component>> {
        let merged = self.merged("muc");
        self.has_doubts("muc", &merged);
        let mut rooms = Vec::new();
        for defined in &merged.winners {
            let Kind::List(list) = &defined.value.kind else {
                return Err(self.wrong("muc", &defined.value.at, "expected a list of sets"));
            };
            for item in list {
                if let Some(room) = self.submodule("muc", &[(item, PRIORITY)], &item.at)? {
                    rooms.push(room);
                }
            }
        }
        Ok(rooms)
    }

    /// An upload service: a set, or null.
    fn component(&mut self, option: &str) -> Result<Option<Component>> {
        let merged = self.merged(option);
        self.has_doubts(option, &merged);
        let values: Vec<_> = merged.winners.iter().map(|d| (d.value, PRIORITY)).collect();
        let is_null = |(value, _): &(&Value, i64)| matches!(value.kind, Kind::Null);
        match values.first() {
            None => Ok(None),
            Some(_) if values.iter().all(is_null) => Ok(None),
            Some((first, _)) => {
                if let Some((null, _)) = values.iter().find(|value| is_null(value)) {
                    let label = format!("{} sets it to another value", self.place(&first.at));
                    return Err(self.wrong(option, &null.at, &label));
                }
                self.submodule(option, &values, &first.at.clone())
            }
        }
    }

    /// A set of options with a `domain`; none where nothing of it is known.
    fn submodule(
        &mut self,
        path: &str,
        definitions: &[(&'a Value, i64)],
        at: &At,
    ) -> Result<Option<Component>> {
        let (entries, doubts) = entries(definitions);
        let is_known = doubts.is_empty();
        for (at, why) in doubts {
            self.doubt(path, at, why);
        }
        let mut by_name: BTreeMap<&str, Definitions> = BTreeMap::new();
        for entry in entries {
            let inner = format!("{path}.{}", entry.name.trim_start_matches(COMPUTED));
            if let Some(why) = entry.perhaps {
                self.doubt(&inner, &entry.value.at, why);
            } else if entry.name.starts_with(COMPUTED) {
                self.doubt(&inner, &entry.value.at, "its name is computed");
            } else {
                let all = by_name.entry(entry.name).or_default();
                all.push((entry.value, entry.priority));
            }
        }
        if !is_known && by_name.is_empty() {
            return Ok(None);
        }
        let mut component = Component {
            domain: String::new(),
            options: BTreeMap::new(),
            extra: Vec::new(),
            at: at.clone(),
        };
        let table = match path {
            "muc" => &MUC[..],
            "uploadHttp" => &UPLOAD[..],
            _ => &[],
        };
        for (name, definitions) in by_name {
            let inner = format!("{path}.{name}");
            let merged = merge(definitions);
            let of_room = MUC_MODULES.iter().any(|(option, ..)| *option == name) && path == "muc";
            let option = table.iter().find(|option| option.nix == name);
            if name == "domain" {
                component.domain = self.text(&inner, merged)?.unwrap_or_default();
            } else if name == "extraConfig" && path == "muc" {
                let texts = self.lines(&inner, merged)?.unwrap_or_default();
                component.extra = texts.into_iter().flat_map(|(_, lines)| lines).collect();
            } else if of_room {
                if let Some(switch) = self.switch(&inner, merged)? {
                    let rendered = Rendered {
                        lua: switch.on.to_string(),
                        at: switch.at,
                    };
                    component.options.insert(name.to_owned(), rendered);
                }
            } else if let Some(rendered) = match option {
                Some(option) => self.rendered(&inner, option.takes, merged)?,
                // The upload service takes any name.
                None if path == "httpFileShare" => Self::any(&merged),
                None => {
                    let known = table.iter().map(|option| option.nix);
                    let known = known.chain(MUC_MODULES.iter().map(|(option, ..)| *option));
                    let at = definitions_at(&merged).unwrap_or(at);
                    let label = match nearest(name, known) {
                        Some(near) => format!("no option `{name}`; did you mean `{near}`?"),
                        None => format!("no option `{name}`"),
                    };
                    return Err(self.wrong(&inner, at, &label));
                }
            } {
                component.options.insert(name.to_owned(), rendered);
            }
        }
        if component.domain.is_empty() {
            let label = "its domain is missing";
            return Err(self.wrong(&format!("{path}.domain"), at, label));
        }
        Ok(Some(component))
    }

    fn hosts(&mut self) -> Result<Vec<VirtualHost>> {
        let merged = self.merged("virtualHosts");
        self.has_doubts("virtualHosts", &merged);
        if self.definitions("virtualHosts").is_empty() {
            return Ok(vec![VirtualHost {
                name: "localhost".to_owned(),
                domain: "localhost".to_owned(),
                enabled: true,
                extra: Vec::new(),
                at: None,
            }]);
        }
        let mut names: BTreeMap<&str, Definitions> = BTreeMap::new();
        for defined in &merged.winners {
            let Kind::Set(entries) = &defined.value.kind else {
                return Err(self.wrong("virtualHosts", &defined.value.at, "expected a set"));
            };
            for (name, value) in entries {
                names.entry(name).or_default().push((value, PRIORITY));
            }
        }
        let mut hosts = Vec::new();
        for (name, definitions) in names {
            let shown = name.trim_start_matches(COMPUTED);
            let path = format!("virtualHosts.{shown}");
            let merged = merge(definitions);
            self.has_doubts(&path, &merged);
            let values: Vec<_> = merged.winners.iter().map(|d| (d.value, PRIORITY)).collect();
            let Some((first, _)) = values.first() else {
                continue;
            };
            let at = first.at.clone();
            hosts.extend(self.host(name, &path, &values, at)?);
        }
        Ok(hosts)
    }

    fn host(
        &mut self,
        name: &str,
        path: &str,
        values: &[(&'a Value, i64)],
        at: At,
    ) -> Result<Option<VirtualHost>> {
        let (entries, doubts) = entries(values);
        for (at, why) in &doubts {
            self.doubt(path, at, why);
        }
        let mut by_name: BTreeMap<&str, Definitions> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for entry in entries {
            let inner = format!("{path}.{}", entry.name.trim_start_matches(COMPUTED));
            seen.insert(entry.name);
            if let Some(why) = entry.perhaps {
                self.doubt(&inner, &entry.value.at, why);
                continue;
            }
            if !["domain", "enabled", "ssl", "extraConfig"].contains(&entry.name) {
                let known = ["domain", "enabled", "ssl", "extraConfig"];
                let label = match nearest(entry.name, known) {
                    Some(near) => format!("no such option; did you mean `{near}`?"),
                    None => {
                        "no such option; expected domain, enabled, ssl or extraConfig".to_owned()
                    }
                };
                return Err(self.wrong(&inner, &entry.value.at, &label));
            }
            let all = by_name.entry(entry.name).or_default();
            all.push((entry.value, entry.priority));
        }
        let mut of = |name: &str| merge(by_name.remove(name).unwrap_or_default());
        let (domain, enabled, extra) = (of("domain"), of("enabled"), of("extraConfig"));
        let inner = |name: &str| format!("{path}.{name}");
        if domain.priority.is_none() && !seen.contains("domain") && doubts.is_empty() {
            return Err(self.wrong(&inner("domain"), &at, "its domain is missing"));
        }
        let domain = self.text(&inner("domain"), domain)?;
        let extra = self
            .lines(&inner("extraConfig"), extra)?
            .unwrap_or_default();
        Ok(Some(VirtualHost {
            name: name.to_owned(),
            domain: domain.unwrap_or_else(|| UNKNOWN.to_owned()),
            enabled: self
                .boolean(&inner("enabled"), enabled)?
                .unwrap_or_default(),
            extra: extra.into_iter().flat_map(|(_, lines)| lines).collect(),
            at: Some(at),
        }))
    }

    /// A string, with [`UNKNOWN`] in place of what is not known.
    fn text(&mut self, path: &str, merged: Merged<'a>) -> Result<Option<String>> {
        self.has_doubts(path, &merged);
        let mut found: Option<(&Value, String)> = None;
        for defined in &merged.winners {
            let text = match &defined.value.kind {
                Kind::Text(lines) => {
                    if let Some(why) = unknown(lines) {
                        self.doubt(path, &defined.value.at, why);
                    }
                    joined(lines)
                }
                _ => return Err(self.wrong(path, &defined.value.at, "expected a string")),
            };
            match &found {
                Some((known, other)) if *other != text => {
                    let label = format!("{} sets it to another value", self.place(&known.at));
                    return Err(self.wrong(path, &defined.value.at, &label));
                }
                _ => found = Some((defined.value, text)),
            }
        }
        let found = found.map(|(_, text)| text);
        Ok(found.or_else(|| (!merged.doubts.is_empty()).then(|| UNKNOWN.to_owned())))
    }

    fn simple(&mut self, name: &str, option: &Simple) -> Result<Option<Rendered>> {
        let merged = self.merged(name);
        // What chooses a module.
        if name == "authentication" {
            self.has_doubts(name, &merged);
        }
        self.rendered(name, option.takes, merged)
    }

    /// A value as Lua; what is not known of it becomes a variable that is not known.
    fn rendered(
        &mut self,
        path: &str,
        takes: Type,
        merged: Merged<'a>,
    ) -> Result<Option<Rendered>> {
        let mut items: Vec<String> = Vec::new();
        let mut rendered: Option<Rendered> = None;
        for defined in &merged.winners {
            let value = defined.value;
            let lua = match (&value.kind, takes) {
                (Kind::Bool(on), Type::Bool | Type::Choice) => on.to_string(),
                (Kind::Number(number), Type::Number) => number.clone(),
                (Kind::Text(lines), Type::Text | Type::Choice) => quoted(lines),
                (Kind::Text(lines), Type::Lua) => joined(lines),
                (Kind::Null, Type::Number) => return Ok(None),
                (Kind::List(list), Type::Texts | Type::Numbers) => {
                    items.extend(list.iter().map(lua));
                    format!("{{ {} }}", items.join(", "))
                }
                // A path and a package are strings, too.
                (Kind::Unknown(_), _) => UNKNOWN.to_owned(),
                _ => {
                    let expected = match takes {
                        Type::Bool => "expected true or false",
                        Type::Text | Type::Lua => "expected a string",
                        Type::Number => "expected a whole number",
                        Type::Texts => "expected a list of strings",
                        Type::Numbers => "expected a list of numbers",
                        Type::Choice => "expected a boolean or a string",
                    };
                    return Err(self.wrong(path, &value.at, expected));
                }
            };
            rendered = Some(Rendered {
                lua,
                at: value.at.clone(),
            });
        }
        if let Some((at, _)) = merged.doubts.first() {
            rendered = Some(Rendered {
                lua: UNKNOWN.to_owned(),
                at: (*at).clone(),
            });
        }
        Ok(rendered)
    }

    /// Any value as Lua.
    fn any(merged: &Merged<'a>) -> Option<Rendered> {
        if let Some((at, _)) = merged.doubts.first() {
            return Some(Rendered {
                lua: UNKNOWN.to_owned(),
                at: (*at).clone(),
            });
        }
        let value = merged.winners.first()?.value;
        match value.kind {
            Kind::Null => None,
            _ => Some(Rendered {
                lua: lua(value),
                at: value.at.clone(),
            }),
        }
    }

    fn has_doubts(&mut self, path: &str, merged: &Merged<'a>) -> bool {
        for (at, why) in &merged.doubts {
            self.doubt(path, at, why);
        }
        !merged.doubts.is_empty()
    }

    fn doubt(&mut self, path: &str, at: &At, why: &str) {
        // So many are doubt enough.
        if self.doubts.len() >= DOUBTS {
            return;
        }
        // What stands there instead of a value.
        let is_thing = ["the ", "a ", "an "]
            .iter()
            .any(|article| why.starts_with(article));
        self.doubts.push(Doubt {
            option: format!("{OPTIONS}.{path}"),
            why: if is_thing {
                format!("its value is {why}")
            } else {
                why.to_owned()
            },
            at: at.clone(),
        });
    }

    fn place(&self, at: &At) -> String {
        let source = &self.sources[at.file];
        let start = at.span.start.min(source.text().len());
        let line = source.text()[..start].matches('\n').count() + 1;
        format!("{}:{line}", source.name())
    }

    fn wrong(&self, path: &str, at: &At, label: &str) -> Box<Diagnostic> {
        let title = format!("invalid value for `{OPTIONS}.{path}`");
        Box::new(Diagnostic::error(title).at(&self.sources[at.file], at.span.clone(), label))
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

fn definitions_at<'a>(merged: &Merged<'a>) -> Option<&'a At> {
    let winner = merged.winners.first().map(|defined| &defined.value.at);
    winner.or(merged.doubts.first().map(|(at, _)| *at))
}

/// As services.prosody quotes strings: not at all.
fn quoted(lines: &[Line]) -> String {
    let text = joined(lines);
    if text == UNKNOWN {
        text
    } else {
        format!("\"{text}\"")
    }
}

/// A value of any kind as Lua.
fn lua(value: &Value) -> String {
    match &value.kind {
        Kind::Bool(on) => on.to_string(),
        Kind::Number(number) => number.clone(),
        Kind::Text(lines) => quoted(lines),
        Kind::List(items) => {
            let items: Vec<String> = items.iter().map(lua).collect();
            format!("{{ {} }}", items.join(", "))
        }
        _ => UNKNOWN.to_owned(),
    }
}
