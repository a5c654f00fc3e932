//! What `prosodyctl shell module list` prints, as values.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Result};
use crate::source::Source;

/// How the listing calls what belongs to no host.
const GLOBAL: &str = "Global";

/// Modules by name, with Prosody's remark about one that does not work.
pub type Modules = BTreeMap<String, Option<String>>;

/// What is loaded on a running server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// In the global context.
    pub global: Modules,
    /// By host, in the order of the listing.
    pub hosts: Vec<(String, Modules)>,
}

impl Listing {
    /// Reads a listing. What the admin shell prints around it is passed over.
    pub fn parse(source: &Source) -> Result<Self> {
        let mut sections: Vec<(String, Modules)> = Vec::new();
        for line in source.text().lines() {
            // An interactive shell marks its answers.
            let line = line.strip_prefix("| ").unwrap_or(line).trim_end();
            if let Some((name, remark)) = line.strip_prefix("    ").and_then(module) {
                if let Some((_, modules)) = sections.last_mut() {
                    modules.insert(name.to_owned(), remark.map(str::to_owned));
                }
            } else if let Some(host) = line.strip_suffix(':').filter(|host| is_host(host)) {
                sections.push((host.to_owned(), Modules::new()));
            }
        }
        if sections.iter().all(|(_, modules)| modules.is_empty()) {
            return Err(Box::new(
                Diagnostic::error(format!("{} lists no modules", source.name())).help(
                    "expected what `prosodyctl shell module list` prints: each host with a colon, \
                     its modules below, four blanks further in",
                ),
            ));
        }
        let mut listing = Self::default();
        for (host, modules) in sections {
            if host == GLOBAL {
                listing.global = modules;
            } else {
                listing.hosts.push((host, modules));
            }
        }
        Ok(listing)
    }

    /// All names that are listed.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let everywhere = self.hosts.iter().map(|(_, modules)| modules);
        let everywhere = everywhere.chain([&self.global]);
        everywhere.flat_map(|modules| modules.keys().map(String::as_str))
    }
}

/// A module's line without its indentation: the name, and the remark in parentheses behind it.
fn module(line: &str) -> Option<(&str, Option<&str>)> {
    let (name, remark) = match line.split_once(' ') {
        None => (line, None),
        Some((name, rest)) => (name, Some(rest.strip_prefix('(')?.strip_suffix(')')?)),
    };
    (!name.is_empty()).then_some((name, remark))
}

fn is_host(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_whitespace)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_hosts_modules_and_remarks() {
        let text = "Global:\n    admin_shell\nlocalhost:\n    adhoc\n    \
                    audit (warn: Error during load (see log))\nempty.example:\n    \
                    No modules loaded\nResult: nil\n";
        let listing = Listing::parse(&Source::new("l", text)).unwrap();
        assert_eq!(listing.global.keys().collect::<Vec<_>>(), ["admin_shell"]);
        let (host, modules) = &listing.hosts[0];
        assert_eq!(host, "localhost");
        assert_eq!(modules["adhoc"], None);
        assert_eq!(
            modules["audit"].as_deref(),
            Some("warn: Error during load (see log)")
        );
        assert_eq!(listing.hosts[1], ("empty.example".into(), Modules::new()));
        let marked = text.replace('\n', "\n| ").replacen("Global", "| Global", 1);
        assert_eq!(Listing::parse(&Source::new("l", marked)).unwrap(), listing);
    }

    #[test]
    fn anything_else_is_no_listing() {
        for text in ["", "Global:\n", "** Unable to connect to server\n", "{}"] {
            assert!(Listing::parse(&Source::new("l", text)).is_err(), "{text}");
        }
    }
}
