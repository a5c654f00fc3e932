//! The shipped release files and the resolution against real Prosody servers.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use prosody_stability::inventory::Inventory;
use prosody_stability::release::{Origin, Release, builtin};
use prosody_stability::resolve::{Resolution, ResolvedModule, State, resolve};

use crate::setup::snapshot;
use crate::support::prosody::answer::{GLOBAL, names};
use crate::support::prosody::installation::NEWEST;
use crate::support::prosody::{Installation, Server};
use crate::support::selection_of;

fn shipped(installation: &Installation) -> Release {
    let (release, _) = builtin::find(&installation.full_version, false).unwrap();
    release.into_owned()
}

fn set<'a>(names: impl IntoIterator<Item = &'a String>) -> BTreeSet<&'a str> {
    names.into_iter().map(String::as_str).collect()
}

#[test]
fn shipped_releases_bundle_what_the_packages_do() {
    for installation in Installation::all() {
        let shipped = shipped(&installation);
        let modules = shipped.modules.iter();
        let bundled = modules.filter(|(_, module)| module.origin == Origin::Bundled);
        let bundled: BTreeSet<String> = bundled.map(|(name, _)| name.clone()).collect();
        assert_eq!(
            bundled,
            installation.bundled(),
            "{}",
            installation.full_version
        );
    }
}

#[test]
fn shipped_releases_agree_with_installed_packages() {
    // 13.0 is made of its newest version, in which some modules depend on more than in 13.0.1.
    let installations = ["0.12", NEWEST].map(Installation::find);
    for installation in installations.into_iter().flatten() {
        let (installed, shipped) = (snapshot(&installation), shipped(&installation));
        let bundled = |release: &Release| -> BTreeSet<String> {
            let modules = release.modules.iter();
            let bundled = modules.filter(|(_, module)| module.origin == Origin::Bundled);
            bundled.map(|(name, _)| name.clone()).collect()
        };
        assert_eq!(
            bundled(&installed),
            installation.bundled(),
            "{}",
            installation.full_version
        );
        let mut differences = String::new();
        let names = bundled(&installed);
        for name in names.union(&bundled(&shipped)) {
            let facts = |release: &Release| {
                release.modules.get(name).map(|module| {
                    let module = module.clone();
                    (
                        module.origin,
                        module.depends,
                        module.conflicts,
                        module.requires,
                    )
                })
            };
            if facts(&installed) != facts(&shipped) {
                let _ = writeln!(
                    differences,
                    "{name}: installed {:?}, shipped {:?}",
                    facts(&installed),
                    facts(&shipped)
                );
            }
        }
        assert_eq!(
            differences, "",
            "bundled modules of {}",
            installation.full_version
        );
        // Debian packages another revision of the community modules: what differs is news, not an
        // error, but every difference must be one of the two revisions.
        for (name, module) in &installed.modules {
            if module.origin == Origin::Community {
                match shipped.modules.get(name) {
                    None => println!("{}: {name} only in Debian", installation.full_version),
                    Some(other)
                        if other.depends != module.depends || other.stage != module.stage =>
                    {
                        println!(
                            "{}: {name}: Debian {:?} {:?}, shipped {:?} {:?}",
                            installation.full_version,
                            module.stage,
                            module.depends,
                            other.stage,
                            other.depends
                        );
                    }
                    Some(_) => {}
                }
            }
        }
    }
}

/// A configuration for what a resolution loads.
fn configuration(modules: &[&ResolvedModule]) -> String {
    let mut text = "modules_enabled = {\n".to_owned();
    for module in modules.iter().filter(|m| m.state == State::Load) {
        let _ = writeln!(text, "\t{:?};", module.real_name());
    }
    text.push_str("}\nhttp_external_url = \"https://localhost/\"\n\nVirtualHost \"localhost\"\n");
    for module in modules.iter().filter(|m| m.state == State::Component) {
        let name = module.real_name();
        let host = name.replace('_', "-");
        let _ = writeln!(text, "Component \"{host}.localhost\" {name:?}");
    }
    text
}

fn asked<'a>(resolution: &'a Resolution) -> Vec<&'a ResolvedModule<'a>> {
    let modules = resolution.modules.iter();
    modules
        .filter(|m| m.state.is_enabled() && m.state.loads())
        .collect()
}

#[test]
fn running_servers_report_the_dependencies_of_the_release() {
    for installation in Installation::all() {
        let release = snapshot(&installation);
        let inventory = Inventory::builtin();
        let selection = selection_of(&inventory, "development");
        let resolution = resolve(&inventory, &release, &selection, false);
        let modules = asked(&resolution);
        let server = Server::start(&installation, |_| configuration(&modules));
        let mut mismatches = String::new();
        for module in &modules {
            let name = module.real_name();
            let depends = &release.modules[name].depends;
            let infos = server.module_infos(name);
            let reported: BTreeSet<&str> = infos
                .values()
                .flat_map(|info| set(&info.dependencies))
                .collect();
            let always = set(&depends.always);
            let possible: BTreeSet<&str> = set(depends
                .always
                .iter()
                .chain(&depends.soft)
                .chain(&depends.conditional));
            if !always.is_subset(&reported) || !reported.is_subset(&possible) || infos.is_empty() {
                let _ = writeln!(
                    mismatches,
                    "{name}: reported {reported:?}, release {depends:?}"
                );
            }
        }
        assert_eq!(mismatches, "", "{}", installation.full_version);
        println!(
            "{}: {} modules asked",
            installation.full_version,
            modules.len()
        );
    }
}

#[test]
fn every_profile_loads_what_was_resolved_and_nothing_else() {
    let inventory = Inventory::builtin();
    for installation in Installation::all() {
        let release = snapshot(&installation);
        for profile in inventory.profiles.keys() {
            let mut selection = selection_of(&inventory, profile);
            // The tests ask through the admin shell, which not every profile has.
            selection
                .set_module(&inventory, "admin_shell", true)
                .unwrap();
            let resolution = resolve(&inventory, &release, &selection, false);
            let server = Server::start(&installation, |_| configuration(&asked(&resolution)));

            let mut expected = installation.always_loaded();
            expected.extend(resolution.loaded());
            let modules = server.modules();
            assert_eq!(
                names(&modules),
                expected,
                "profile {profile} on {}",
                installation.full_version
            );
            let remarks: Vec<_> = modules
                .values()
                .flat_map(|modules| modules.iter().filter(|(_, remark)| remark.is_some()))
                .collect();
            assert!(remarks.is_empty(), "profile {profile}: {remarks:?}");
            assert!(modules[GLOBAL].contains_key("admin_shell"));
            let log = server.log();
            assert!(
                !log.contains("Unable to load module"),
                "profile {profile}:\n{log}"
            );
            assert!(
                !log.contains("Error initializing module"),
                "profile {profile}:\n{log}"
            );
        }
    }
}
