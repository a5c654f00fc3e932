//! What `prosodyctl shell module list`, `host list` and `stability plan` print, as values.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::diagnostic::{Diagnostic, Result};
use crate::source::Source;

/// How the listing calls what belongs to no host.
const GLOBAL: &str = "Global";

/// Longer than any name of a module.
const LONGEST_NAME: usize = 64;

/// Modules by name, with Prosody's complaint about one that does not work.
pub type Modules = BTreeMap<String, Option<String>>;

/// What is loaded on a running server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// In the global context.
    pub global: Modules,
    /// The hosts in the order of the listing.
    pub hosts: Vec<Host>,
    /// What the server's plugin has for a plan; `None` where it says none that can be read.
    pub plan: Option<ServerPlan>,
}

/// The plan that a server carries for its plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerPlan {
    /// What must load, on every host or on some.
    pub expected: BTreeSet<String>,
    /// What the configuration names in the global `modules_disabled`.
    pub kept_out: BTreeSet<String>,
}

/// One host of a running server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Whether it is a component, where `host list` says so.
    pub is_component: Option<bool>,
    /// What is loaded on it.
    pub modules: Modules,
}

impl Listing {
    /// Reads what `module list` prints, and `host list` and `stability plan` where they are before or
    /// behind it. What the admin shell prints around them is skipped.
    pub fn parse(source: &Source) -> Result<Self> {
        let mut sections: Vec<(String, Modules)> = Vec::new();
        let mut kinds: HashMap<&str, bool> = HashMap::new();
        let mut others = Vec::new();
        for line in source.text().lines() {
            // An interactive shell marks its answers.
            let line = line.strip_prefix("| ").unwrap_or(line).trim_end();
            if let Some((name, complaint)) = line.strip_prefix("    ").and_then(module) {
                if let Some((_, modules)) = sections.last_mut() {
                    modules.insert(name.to_owned(), complaint.map(str::to_owned));
                }
            } else if let Some(host) = line.strip_suffix(':').filter(|host| is_host(host)) {
                sections.push((host.to_owned(), Modules::new()));
            } else if let Some((host, is_component)) = kind(line) {
                kinds.entry(host).or_insert(is_component);
            } else {
                others.push(line);
            }
        }
        if sections.iter().all(|(_, modules)| modules.is_empty()) {
            return Err(Box::new(
                Diagnostic::error(format!("{} lists no modules", source.name())).help(
                    "expected the output of `prosodyctl shell module list`: each host with a \
                    colon, and its modules below, indented by four spaces",
                ),
            ));
        }
        let mut listing = Self {
            plan: server_plan(&others),
            ..Self::default()
        };
        for (name, modules) in sections {
            if name == GLOBAL {
                listing.global = modules;
            } else {
                listing.hosts.push(Host {
                    is_component: kinds.get(name.as_str()).copied(),
                    name,
                    modules,
                });
            }
        }
        Ok(listing)
    }

    /// Whether the configuration keeps a module out on purpose, as far as it is known.
    pub fn keeps_out(&self, name: &str) -> bool {
        self.plan
            .as_ref()
            .is_some_and(|plan| plan.kept_out.contains(name))
    }

    /// All names that are listed.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let modules = self.hosts.iter().map(|host| &host.modules);
        let modules = modules.chain([&self.global]);
        modules.flat_map(|host_modules| host_modules.keys().map(String::as_str))
    }
}

/// A module's line without its indentation: the name, and the complaint in parentheses behind it.
fn module(line: &str) -> Option<(&str, Option<&str>)> {
    let (name, complaint) = match line.split_once(' ') {
        None => (line, None),
        Some((name, rest)) => (name, Some(rest.strip_prefix('(')?.strip_suffix(')')?)),
    };
    (!name.is_empty()).then_some((name, complaint))
}

/// The host that a line of `host list` is about, and whether it is a component: a virtual host
/// is listed by its name only, and a component with its kind after it, as `(muc component)` or
/// `(component)`.
fn kind(line: &str) -> Option<(&str, bool)> {
    match line.split_once(' ') {
        None => Some((line, false)),
        Some((host, kind)) => {
            let is_component = kind.starts_with('(') && kind.ends_with("component)");
            is_component.then_some((host, true))
        }
    }
}

/// The plan in these lines, when it is there as a whole and has only names of modules in it.
fn server_plan(lines: &[&str]) -> Option<ServerPlan> {
    let names = |title: &str| -> Option<BTreeSet<String>> {
        let list = lines.iter().find_map(|line| line.strip_prefix(title))?;
        let names = list
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        let names: BTreeSet<String> = names.map(str::to_owned).collect();
        names.iter().all(|name| is_module(name)).then_some(names)
    };
    let mut expected = names("Planned on every host:")?;
    expected.extend(names("Planned on some host:")?);
    Some(ServerPlan {
        expected,
        kept_out: names("Kept out:")?,
    })
}

fn is_module(name: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
    name.len() <= LONGEST_NAME && name.bytes().all(is_part)
}

fn is_host(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_whitespace)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_hosts_modules_and_complaints() {
        let text = "Global:\n    admin_shell\nlocalhost:\n    adhoc\n    \
                    audit (warn: Error during load (see log))\nempty.example:\n    \
                    No modules loaded\nResult: nil\n";
        let listing = Listing::parse(&Source::new("l", text)).unwrap();
        assert_eq!(listing.global.keys().collect::<Vec<_>>(), ["admin_shell"]);
        let Host {
            name,
            is_component,
            modules,
        } = &listing.hosts[0];
        assert_eq!((name.as_str(), *is_component), ("localhost", None));
        assert_eq!(modules["adhoc"], None);
        assert_eq!(
            modules["audit"].as_deref(),
            Some("warn: Error during load (see log)")
        );
        assert_eq!(listing.hosts[1].name, "empty.example");
        assert_eq!(listing.hosts[1].modules, Modules::new());
        let marked = text.replace('\n', "\n| ").replacen("Global", "| Global", 1);
        assert_eq!(Listing::parse(&Source::new("l", marked)).unwrap(), listing);
    }

    #[test]
    fn the_list_of_hosts_tells_components_from_virtual_hosts() {
        let modules = "Global:\n    c2s\na:\n    iq\nb.a:\n    iq\nc.a:\n    iq\nd.a:\n    iq\n";
        let hosts = "a\nb.a (component)\nc.a (muc component)\nd.a (paused)\nOK: 3 hosts\n";
        for text in [format!("{modules}{hosts}"), format!("{hosts}{modules}")] {
            let listing = Listing::parse(&Source::new("l", text)).unwrap();
            let kinds: Vec<_> = listing.hosts.iter().map(|h| h.is_component).collect();
            assert_eq!(kinds, [Some(false), Some(true), Some(true), None]);
        }
    }

    #[test]
    fn a_plan_is_read_as_a_whole_or_not_at_all() {
        let modules = "Global:\n    c2s\na:\n    iq\n";
        let plan = |text: &str| {
            let source = Source::new("l", format!("{modules}{text}"));
            Listing::parse(&source).unwrap().plan
        };
        let whole = "Planned on every host: b, a\nPlanned on some host:\nKept out: s2s\n";
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let expected = ServerPlan {
            expected: names(&["a", "b"]),
            kept_out: names(&["s2s"]),
        };
        assert_eq!(plan(whole), Some(expected.clone()));
        assert_eq!(
            plan(&format!("| {}", whole.replace('\n', "\n| "))),
            Some(expected)
        );
        for text in [
            "",
            "Planned on every host: a\nKept out:\n",
            &whole.replace("b, a", "b, \u{1b}[31m"),
            &whole.replace("b, a", &"x".repeat(65)),
        ] {
            assert_eq!(plan(text), None, "{text:?}");
        }
    }

    #[test]
    fn anything_else_is_no_listing() {
        for text in ["", "Global:\n", "** Unable to connect to server\n", "{}"] {
            assert!(Listing::parse(&Source::new("l", text)).is_err(), "{text}");
        }
    }
}
