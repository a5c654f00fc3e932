//! The environment of a service in a docker-compose file, put together as docker compose does it:
//! `env_file`, then `environment`, each with its `${NAME}` filled in from the `.env` next to the
//! file. The environment of this process is omitted, so that the result depends on files alone.

mod document;
mod interpolation;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use self::document::{Compose, EnvFile, Service, range};
use self::interpolation::{Budget, Filled, Setting, fill};
use super::variables::{PREFIX, Variable};
use super::{env_file, referenced_file};
use crate::diagnostic::{Diagnostic, Result, did_you_mean};
use crate::envfile::Assignment;
use crate::input::WRITTEN_BY_HAND;
use crate::source::Source;

/// A variable of a service, and what its value was filled in from.
#[derive(Debug)]
pub struct ServiceVariable {
    /// The variable with its final value, where it is set.
    pub variable: Variable,
    /// Where parts of its value come from: `BETA from .env:2`.
    pub substitutions: Vec<String>,
}

impl ServiceVariable {
    /// Which value it has, and where that comes from.
    pub fn origin(&self) -> Diagnostic {
        let Assignment { name, value, .. } = &self.variable.assignment;
        let (file, line) = (self.variable.source.name(), self.variable.line());
        let mut title = format!("{name}={value} from {file}:{line}");
        if !self.substitutions.is_empty() {
            title.push_str(&format!(" ({})", self.substitutions.join(", ")));
        }
        Diagnostic::note(title)
    }
}

/// The flags' variables of the one service that sets flags, or of the one called `service`.
///
/// `path` is the path of the file; files next to it are read.
pub fn read(
    source: &Arc<Source>,
    path: &Path,
    service: Option<&str>,
) -> Result<Vec<ServiceVariable>> {
    source.at_most(WRITTEN_BY_HAND)?;
    let compose = document::read(source)?;
    let project = Project {
        source,
        directory: referenced_file::directory(path).unwrap_or_default(),
        dot_env: OnceCell::new(),
        budget: Budget::default(),
    };
    project.refuse_override(path)?;
    let mut services_with_flags = Vec::new();
    for (name, description) in services(source, &compose, service)? {
        let variables = project.variables(description)?;
        if service.is_some() || !variables.is_empty() {
            project.refuse_extends(description)?;
            services_with_flags.push((name, variables));
        }
    }
    match services_with_flags.len() {
        0 | 1 => Ok(services_with_flags
            .pop()
            .map(|(_, variables)| variables)
            .unwrap_or_default()),
        _ => {
            let names: Vec<&str> = services_with_flags.iter().map(|(name, _)| *name).collect();
            Err(Box::new(
                Diagnostic::error(format!(
                    "several services of {} set {PREFIX}* variables",
                    source.name()
                ))
                .help(format!("choose one with --service: {}", names.join(", "))),
            ))
        }
    }
}

/// The services that may be meant.
fn services<'a>(
    source: &Source,
    compose: &'a Compose,
    wanted: Option<&str>,
) -> Result<Vec<(&'a str, &'a Service)>> {
    let named = compose
        .services
        .iter()
        .filter_map(|(name, service)| Some((name.as_str(), service.as_ref()?)));
    let mut services: Vec<_> = named.collect();
    if compose.services.is_empty() {
        services.push(("environment", &compose.bare_service));
    }
    let Some(wanted) = wanted else {
        return Ok(services);
    };
    let names: Vec<&str> = compose.services.keys().map(String::as_str).collect();
    services.retain(|(name, _)| *name == wanted);
    if services.is_empty() {
        return Err(Box::new(
            Diagnostic::error(format!("{} has no service `{wanted}`", source.name()))
                .maybe_help(did_you_mean(wanted, names.iter().copied()))
                .help(format!("its services are: {}", names.join(", "))),
        ));
    }
    Ok(services)
}

/// A compose file and the files next to it.
struct Project<'a> {
    source: &'a Arc<Source>,
    directory: PathBuf,
    dot_env: OnceCell<HashMap<String, Setting>>,
    /// How much may still be filled in.
    budget: Budget,
}

impl Project<'_> {
    fn variables(&self, service: &Service) -> Result<Vec<ServiceVariable>> {
        let mut variables: IndexMap<String, ServiceVariable> = IndexMap::new();
        for file in &service.env_file.0 {
            for variable in self.env_file(file)? {
                variables.insert(variable.variable.assignment.name.clone(), variable);
            }
        }
        let own = service.environment.0.iter();
        for (name, value, location) in own.filter(|(name, ..)| name.starts_with(PREFIX)) {
            let at = range(self.source, location);
            let Filled {
                text,
                substitutions,
            } = match value {
                Some(value) => self.fill(self.source, at.clone(), value)?,
                // Without a value, compose passes on the project's variable of this name.
                None => self.fill(self.source, at.clone(), &format!("${{{name}}}"))?,
            };
            let assignment = Assignment {
                name: name.clone(),
                value: text,
                name_range: at.clone(),
                value_range: at,
            };
            let variable = Variable {
                assignment,
                source: Arc::clone(self.source),
            };
            variables.insert(
                name.clone(),
                ServiceVariable {
                    variable,
                    substitutions,
                },
            );
        }
        Ok(variables.into_values().collect())
    }

    /// The flags' variables of an environment file of a service.
    fn env_file(&self, file: &EnvFile) -> Result<Vec<ServiceVariable>> {
        let at = range(self.source, &file.at);
        let path = self.fill(self.source, at.clone(), &file.path)?.text;
        let Some(source) = referenced_file::read(&self.directory.join(&path))? else {
            if !file.required {
                return Ok(Vec::new());
            }
            return Err(self.undecided(
                Diagnostic::error(format!("cannot find the environment file `{path}`")).at(
                    self.source,
                    at,
                    "named here",
                ),
            ));
        };
        let mut variables = Vec::new();
        for mut variable in env_file::read(&source)?
            .into_iter()
            .filter(Variable::is_ours)
        {
            let mut substitutions = Vec::new();
            if !file.raw && !is_literal(&variable) {
                let place = variable.assignment.value_range.clone();
                let filled = self.fill(&source, place, &variable.assignment.value)?;
                variable.assignment.value = filled.text;
                substitutions = filled.substitutions;
            }
            variables.push(ServiceVariable {
                variable,
                substitutions,
            });
        }
        Ok(variables)
    }

    fn fill(&self, source: &Source, at: Range<usize>, text: &str) -> Result<Filled> {
        if !text.contains('$') {
            let text = text.to_owned();
            return Ok(Filled {
                text,
                substitutions: Vec::new(),
            });
        }
        let settings = self.dot_env()?;
        fill(text, &|name| settings.get(name), &self.budget).map_err(|reason| {
            self.undecided(
                Diagnostic::error(format!("cannot determine a value in {}", source.name()))
                    .at(source, at, reason),
            )
        })
    }

    /// The variables of the `.env` next to the compose file.
    fn dot_env(&self) -> Result<&HashMap<String, Setting>> {
        if let Some(settings) = self.dot_env.get() {
            return Ok(settings);
        }
        let mut settings: HashMap<String, Setting> = HashMap::new();
        if let Some(source) = referenced_file::read(&self.directory.join(".env"))? {
            let (mut line, mut counted) = (1, 0);
            for variable in env_file::read(&source)? {
                let Assignment { name, value, .. } = &variable.assignment;
                // Each line is counted once, as there may be many.
                let start = variable.assignment.name_range.start;
                line += source.text()[counted..start].matches('\n').count();
                counted = start;
                let value = if is_literal(&variable) {
                    Some(value.clone())
                } else {
                    let filled = fill(value, &|name| settings.get(name), &self.budget);
                    filled.ok().map(|filled| filled.text)
                };
                let place = format!("{}:{line}", source.name());
                match value {
                    Some(value) => settings.insert(name.clone(), Setting { value, place }),
                    None => settings.remove(name),
                };
            }
        }
        Ok(self.dot_env.get_or_init(|| settings))
    }

    /// What a service inherits from another one is not followed.
    fn refuse_extends(&self, service: &Service) -> Result<()> {
        let Some(extends) = &service.extends else {
            return Ok(());
        };
        let at = range(self.source, &extends.defined);
        let error = Diagnostic::error("cannot follow `extends`");
        Err(self.undecided(error.at(self.source, at, "may set more variables")))
    }

    /// Docker merges an override file into a compose file that has one of the usual names.
    fn refuse_override(&self, path: &Path) -> Result<()> {
        let name = path.file_name().and_then(|name| name.to_str());
        let Some((stem, "yml" | "yaml")) = name.and_then(|name| name.rsplit_once('.')) else {
            return Ok(());
        };
        if !["compose", "docker-compose"].contains(&stem) {
            return Ok(());
        }
        for end in ["yml", "yaml"] {
            let file = self.directory.join(format!("{stem}.override.{end}"));
            let changes = |source: &Arc<Source>| {
                source.text().contains(PREFIX) || source.text().contains("env_file")
            };
            if referenced_file::read(&file)?.as_ref().is_some_and(changes) {
                return Err(self.undecided(Diagnostic::error(format!(
                    "cannot merge {} into {}",
                    file.display(),
                    self.source.name()
                ))));
            }
        }
        Ok(())
    }

    /// What to do where only Docker can tell.
    fn undecided(&self, error: Diagnostic) -> Box<Diagnostic> {
        Box::new(error.help(
            "write the value itself, or let Docker fill it in: \
             `docker compose config | prosody-stability migrate --kind compose -`",
        ))
    }
}

/// Whether a value of an environment file is used as written.
fn is_literal(variable: &Variable) -> bool {
    let at = variable.assignment.value_range.clone();
    variable.source.text()[at].starts_with('\'')
}
