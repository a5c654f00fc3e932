//! What was found, what stayed undecided, and the selection that it makes.

use std::path::Path;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use super::doubt::{Definitions, Doubt, decisive, different_machines, position};
use super::files::Files;
use super::literal::Literal;
use super::modules::{Definition, UNDECIDED, Undecided, Walk};
use super::places::{SERVICE, WITHOUT_EFFECT, leads_to};
use super::terms::Terms;
use super::{evaluated, machines};
use crate::configuration::file_kind::FileKind;
use crate::configuration::services_prosody::value::{self as service, At};
use crate::configuration::services_prosody::{self, OVERLAYS, Service};
use crate::diagnostic::{Diagnostic, Result, add_message, nearest};
use crate::input::WRITTEN_BY_HAND;
use crate::inventory::{Flag, Inventory, Rollout};
use crate::nix::tree;
use crate::selection::nixos_module::OPTIONS;
use crate::selection::{Origin, Selection, known_module, value};
use crate::source::Source;

/// The definition of every option that wins, by its path.
type Winning<'a> = IndexMap<Vec<String>, &'a Definition>;

/// The options that hold what is set for single hosts.
const HOSTS: [&str; 2] = ["virtualHosts", "components"];

/// How many undecided things are listed.
const LISTED: usize = 100;

/// The settings of a NixOS configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    sources: Vec<Arc<Source>>,
    definitions: Vec<Definition>,
    undecided: Vec<String>,
    /// What services.prosody is set to, where it makes a server.
    service: Vec<service::Definition>,
    /// What is undecided about it.
    of_service: Vec<services_prosody::Doubt>,
    /// Whether Nix has merged all of it already.
    is_evaluated: bool,
    /// What could not be decided, and what else is worth knowing, with its place.
    pub messages: Vec<Diagnostic>,
}

/// Reads a NixOS configuration with the files that it imports, a flake, a hive, or the settings
/// that `nix eval --json` printed.
pub fn read(path: &Path) -> Result<Settings> {
    let place = (path.as_os_str() != "-").then_some(path);
    read_from(Source::read(path)?, place)
}

/// The same for a text that is at hand; it can import nothing.
pub fn read_source(source: Source) -> Result<Settings> {
    read_from(source, None)
}

fn read_from(source: Source, path: Option<&Path>) -> Result<Settings> {
    source.at_most(WRITTEN_BY_HAND)?;
    let kind = FileKind::of(&source);
    // Some YAML is Nix, too: functions of functions.
    let is_json = evaluated::is_json(&source);
    if kind == FileKind::Inventory || (kind == FileKind::Compose && !is_json) {
        return Err(Box::new(not_nix(&source, kind)));
    }
    let source = Arc::new(source);
    if is_json {
        let evaluated = evaluated::read(&source)?;
        let definitions = (evaluated.definitions, evaluated.service);
        let mut settings = Settings::with(
            vec![source],
            definitions,
            evaluated.doubts,
            evaluated.of_service,
        );
        settings.is_evaluated = true;
        return Ok(settings);
    }
    let walk = || {
        let parsed = tree::parse(source.text())?;
        let files = Files::new(Arc::clone(&source), path, parsed.tree().expr());
        let mut walk = Walk::new(Terms::new(files));
        machines::read(&mut walk);
        let too_long = walk.terms.was_cut || walk.undecided.len() >= UNDECIDED;
        // The trees do not leave the deep stack.
        Ok(Definitions {
            definitions: walk.definitions,
            service: walk.service,
            undecided: walk.undecided,
            machines: walk.machines,
            sources: walk.terms.files.into_sources(),
            too_long,
        })
    };
    let collected = tree::on_deep_stack(walk).and_then(|collected| collected);
    let collected = collected
        .map_err(|error| Box::new(not_nix(&source, kind).at(&source, error.span, error.message)))?;
    Ok(Settings::of(collected))
}

fn not_nix(source: &Source, kind: FileKind) -> Diagnostic {
    let title = format!("{} is not a Nix expression", source.name());
    match kind {
        FileKind::NixOs | FileKind::EvaluatedSettings | FileKind::Json | FileKind::Empty => {
            Diagnostic::error(title)
        }
        FileKind::EnvFile => Diagnostic::error(title).help(format!(
            "pass an environment file with --env-file {}",
            source.name()
        )),
        _ => Diagnostic::error(format!("{title}: it looks like {}", kind.name()))
            .help(kind.how_to_read(source.name())),
    }
}

/// Machines that set something of services.prosody itself.
fn servers(found: &Definitions) -> IndexSet<usize> {
    let of_prosody = found.service.iter().filter(|d| d.option != OVERLAYS);
    of_prosody.map(|definition| definition.machine).collect()
}

fn is_of_service(path: &[String]) -> bool {
    path.len() >= SERVICE.len() && leads_to(path, &SERVICE)
}

/// Several machines with Prosody: only one of them can be looked at.
fn several_servers(
    found: &Definitions,
    servers: &IndexSet<usize>,
) -> Option<services_prosody::Doubt> {
    if servers.len() < 2 {
        return None;
    }
    let names: Vec<&str> = servers
        .iter()
        .map(|machine| match found.machines[*machine].as_str() {
            "" => "the configuration itself",
            name => name,
        })
        .take(20)
        .collect();
    let first = found.service.first()?;
    Some(services_prosody::Doubt {
        option: SERVICE.join("."),
        why: format!("several machines set it: {}", names.join(", ")),
        at: first.value.at.clone(),
    })
}

/// Whether services.prosody makes a server: it is enabled, or nothing says so and it is all there is.
fn is_server(service: &[service::Definition], sources: &[Arc<Source>], is_alone: bool) -> bool {
    let is_set = service
        .iter()
        .any(|definition| definition.option != OVERLAYS);
    is_set
        && match Service::of(service, sources).map(|service| service.enable) {
            Ok(Some(enabled)) => enabled,
            Ok(None) => is_alone,
            Err(_) => true,
        }
}

impl Settings {
    fn of(mut found: Definitions) -> Self {
        let with_settings: IndexSet<usize> = found.definitions.iter().map(|d| d.machine).collect();
        let servers = servers(&found);
        let about = match with_settings.is_empty() {
            true => &servers,
            false => &with_settings,
        };
        let undecided = decisive(&found, about);
        let (of_service, others): (Vec<_>, Vec<_>) =
            undecided.partition(|undecided| is_of_service(&undecided.path));
        let of_machines = |undecided: Vec<&Undecided>| -> Vec<Doubt> {
            let doubts = undecided.into_iter();
            doubts
                .map(|undecided| Doubt::of(undecided, &found.machines))
                .collect()
        };
        let (mut doubts, of_service) = (of_machines(others), of_machines(of_service));
        let mut of_service: Vec<_> = of_service.into_iter().map(Doubt::of_service).collect();
        of_service.extend(several_servers(&found, &servers));
        if found.too_long {
            doubts.insert(
                0,
                Doubt::whole("the configuration is too deep or too long to follow"),
            );
        }
        doubts.extend(different_machines(&found, &with_settings));
        if let Some(first) = with_settings.first() {
            found.definitions.retain(|d| d.machine == *first);
        }
        if let Some(first) = with_settings.first().or(servers.first()) {
            found.service.retain(|d| d.machine == *first);
        }
        let found_here = (found.definitions, found.service);
        Self::with(found.sources, found_here, doubts, of_service)
    }

    /// Settings and what is undecided about them; the first source is the one that was named.
    fn with(
        sources: Vec<Arc<Source>>,
        (definitions, mut service): (Vec<Definition>, Vec<service::Definition>),
        mut doubts: Vec<Doubt>,
        of_service: Vec<services_prosody::Doubt>,
    ) -> Self {
        if !is_server(&service, &sources, definitions.is_empty()) {
            service.clear();
        }
        if definitions.is_empty() && doubts.is_empty() && service.is_empty() {
            doubts.push(Doubt::whole("nothing is set under it"));
        }
        let mut messages = Vec::new();
        for doubt in &doubts {
            add_message(&mut messages, || doubt.message(&sources));
        }
        let mut undecided: Vec<String> = doubts
            .iter()
            .take(LISTED)
            .map(|doubt| doubt.line(&sources))
            .collect();
        if doubts.len() > LISTED {
            undecided.push(format!("{} more", doubts.len() - LISTED));
        }
        Self {
            sources,
            definitions,
            undecided,
            service,
            of_service,
            is_evaluated: false,
            messages,
        }
    }

    /// The server that services.prosody makes, where it is enabled here.
    pub fn service(&self) -> Result<Option<Service>> {
        if self.service.is_empty() {
            return Ok(None);
        }
        let mut service = Service::of(&self.service, &self.sources)?;
        service
            .doubts
            .extend(self.of_service.iter().take(LISTED).cloned());
        Ok(Some(service))
    }

    /// The file that was read, without those that it imports.
    pub fn name(&self) -> &str {
        self.sources.first().map_or("", |source| source.name())
    }

    /// Whether Nix has merged everything already, so that services.prosody holds what
    /// services.prosody-stability makes of it.
    pub fn is_evaluated(&self) -> bool {
        self.is_evaluated
    }

    /// Whether services.prosody-stability is enabled; none where nothing here says so.
    pub fn is_enabled(&self) -> Option<bool> {
        self.boolean("enable")
    }

    /// Whether optional dependencies are kept out whose flags are off.
    pub fn enforces(&self) -> bool {
        self.boolean("enforce").unwrap_or(true)
    }

    /// The names for `modules_disabled`.
    pub fn modules_disabled(&self) -> Vec<String> {
        let lists = self
            .definitions
            .iter()
            .filter(|d| d.path == ["modulesDisabled"]);
        let least = lists.clone().map(|definition| definition.priority).min();
        let lists = lists.filter(|definition| Some(definition.priority) == least);
        let names = lists.flat_map(|definition| match &definition.value {
            Literal::List(names) => names.clone(),
            _ => Vec::new(),
        });
        names.collect()
    }

    /// Where it is enabled, or else set first.
    pub fn at(&self) -> Option<At> {
        let enables = self.definitions.iter().find(|d| d.path == ["enable"]);
        let first = enables.or(self.definitions.first())?;
        Some(At {
            file: first.file,
            span: first.span.clone(),
        })
    }

    fn boolean(&self, name: &str) -> Option<bool> {
        let all = self.definitions.iter().filter(|d| d.path == [name]);
        match all.min_by_key(|definition| definition.priority)?.value {
            Literal::Bool(on) => Some(on),
            _ => None,
        }
    }

    /// What could not be decided, each with file, line, column and the reason; also that nothing
    /// was found.
    pub fn undecided(&self) -> impl Iterator<Item = String> {
        self.undecided.iter().cloned()
    }

    /// Whether the settings were found and all of them are known. Nothing else may pass a check.
    pub fn is_decided(&self) -> bool {
        self.undecided.is_empty()
    }

    /// Whether anything is set at all.
    pub fn is_empty(&self) -> bool {
        self.definitions.is_empty()
    }

    /// The profile that is set, if it is.
    pub fn profile(&self) -> Option<&str> {
        let profiles = self.definitions.iter().filter(|d| d.path == ["profile"]);
        let winner = profiles.min_by_key(|definition| definition.priority)?;
        match &winner.value {
            Literal::Text(name) => Some(name.as_str()),
            _ => None,
        }
    }

    /// What the settings mean for an inventory; modules that only `other` knows are skipped.
    pub fn selection(&self, inventory: &Inventory, other: &Inventory) -> Result<Selection> {
        let mut selection = Selection::defaults(inventory);
        let winning = self.winning(inventory)?;
        // The profile first: flags that are set one by one win over it.
        if let Some(definition) = winning.get(["profile".to_owned()].as_slice()) {
            match &definition.value {
                Literal::Text(name) => selection
                    .set_profile(inventory, name)
                    .map_err(|error| self.wrong(definition, error.title()))?,
                Literal::Null => {}
                _ => return Err(self.wrong(definition, "expected the name of a profile, or null")),
            }
        }
        self.apply(&mut selection, &winning, inventory, other)?;
        self.hosts(&mut selection, &winning, inventory)?;
        Ok(selection)
    }

    /// What is set for the server.
    fn apply(
        &self,
        selection: &mut Selection,
        winning: &Winning<'_>,
        inventory: &Inventory,
        other: &Inventory,
    ) -> Result<()> {
        for (path, definition) in winning {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            match path.as_slice() {
                ["modules", name] => self.module(selection, inventory, other, name, definition)?,
                [name] => match Flag::ALL.into_iter().find(|flag| flag.name() == *name) {
                    Some(flag) => {
                        let value = self.rollout(flag, definition)?;
                        selection.set_flag(flag, value, self.origin(definition))?;
                    }
                    None => self.known_option(name, definition)?,
                },
                [name, ..] if Flag::ALL.iter().any(|flag| flag.name() == *name) => {
                    return Err(self.wrong(definition, "a flag has no options"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What is set for single hosts. The profiles first, as for the server.
    fn hosts(
        &self,
        selection: &mut Selection,
        winning: &Winning<'_>,
        inventory: &Inventory,
    ) -> Result<()> {
        let mut settings: Vec<_> = winning
            .iter()
            .filter_map(|(path, definition)| match path.as_slice() {
                [hosts, host, setting @ ..] if HOSTS.contains(&hosts.as_str()) => {
                    let component = (hosts == "components").then_some("muc");
                    Some((host, component, setting, *definition))
                }
                _ => None,
            })
            .filter(|(.., definition)| definition.value != Literal::Null)
            .collect();
        settings.sort_by_key(|(_, _, setting, _)| *setting != ["profile"]);
        for (host, component, setting, definition) in settings {
            let setting: Vec<&str> = setting.iter().map(String::as_str).collect();
            let host = selection.host(host, component);
            match (setting.as_slice(), &definition.value) {
                (["profile"], Literal::Text(name)) => host
                    .set_profile(inventory, name)
                    .map_err(|error| self.wrong(definition, error.title()))?,
                (["modules", name], Literal::Bool(on)) => {
                    let inventory_name = known_module(inventory, name).ok();
                    // A component may have modules for rooms, which the inventory does not know.
                    host.override_module(inventory_name.unwrap_or(name), *on);
                }
                ([name], _) => match Flag::ALL.into_iter().find(|flag| flag.name() == *name) {
                    Some(flag) => {
                        let value = self.rollout(flag, definition)?;
                        host.set_flag(flag, value, self.origin(definition))?;
                    }
                    None => return Err(self.wrong(definition, "no such option for a host")),
                },
                _ => return Err(self.wrong(definition, "expected true, false or null")),
            }
        }
        Ok(())
    }

    fn origin(&self, definition: &Definition) -> Origin {
        let source = &self.sources[definition.file];
        let (line, _) = position(source, definition.span.start);
        Origin::NixFile(source.name().to_owned(), line)
    }

    fn module(
        &self,
        selection: &mut Selection,
        inventory: &Inventory,
        other: &Inventory,
        name: &str,
        definition: &Definition,
    ) -> Result<()> {
        let is_in = |inventory| known_module(inventory, name).is_ok();
        match &definition.value {
            Literal::Bool(_) if !is_in(inventory) && is_in(other) => Ok(()),
            Literal::Bool(on) => selection
                .set_module(inventory, name, *on)
                .map_err(|error| self.wrong(definition, error.title())),
            Literal::Null => Ok(()),
            _ => Err(self.wrong(definition, "expected true, false or null")),
        }
    }

    /// An error for a name that is most likely a misspelt option.
    fn known_option(&self, name: &str, definition: &Definition) -> Result<()> {
        let options = ["enable", "profile", "modules", "enforce", "modulesDisabled"];
        let options = options.into_iter().chain(HOSTS);
        let options = options.chain(WITHOUT_EFFECT);
        if options.clone().any(|option| option == name) {
            return Ok(());
        }
        match nearest(name, options.chain(Flag::ALL.map(Flag::name))) {
            Some(near) => Err(self.wrong(
                definition,
                &format!("no option `{name}`; did you mean `{near}`?"),
            )),
            None => Ok(()),
        }
    }

    /// The definition of every option that wins, by its present name; two of the same priority
    /// must agree.
    fn winning(&self, inventory: &Inventory) -> Result<Winning<'_>> {
        let mut winning = Winning::new();
        for definition in &self.definitions {
            let mut path = definition.path.clone();
            if let [name] = path.as_mut_slice()
                && let Some(flag) = inventory.renamed_flags.get(name)
            {
                *name = flag.name().to_owned();
            }
            match winning.get_mut(&path) {
                None => drop(winning.insert(path, definition)),
                Some(known) if definition.priority < known.priority => *known = definition,
                Some(known)
                    if definition.priority > known.priority || known.value == definition.value => {}
                Some(known) => {
                    let source = &self.sources[known.file];
                    let (line, _) = position(source, known.span.start);
                    let label = format!("{}:{line} sets it to another value", source.name());
                    return Err(self.wrong(definition, &label));
                }
            }
        }
        Ok(winning)
    }

    fn rollout(&self, flag: Flag, definition: &Definition) -> Result<Rollout> {
        match (&definition.value, flag) {
            (Literal::Bool(on), _) => Ok(Rollout::All(*on)),
            (Literal::List(names), Flag::Beta | Flag::Alpha) => {
                let mut categories = Vec::new();
                for name in names {
                    match value::rollout(name) {
                        Ok(Rollout::Only(category)) => categories.extend(category),
                        Ok(Rollout::All(_)) => {
                            return Err(self.wrong(definition, "expected categories in the list"));
                        }
                        Err(expected) => return Err(self.wrong(definition, &expected)),
                    }
                }
                Ok(Rollout::Only(categories))
            }
            (_, Flag::Beta | Flag::Alpha) => {
                Err(self.wrong(definition, "expected true, false or a list of categories"))
            }
            _ => Err(self.wrong(definition, "expected true or false")),
        }
    }

    fn wrong(&self, definition: &Definition, label: &str) -> Box<Diagnostic> {
        let option = format!("{OPTIONS}.{}", definition.path.join("."));
        let source = &self.sources[definition.file];
        Box::new(
            Diagnostic::error(format!("invalid value for `{option}`")).at(
                source,
                definition.span.clone(),
                label,
            ),
        )
    }
}
