//! Every module of an installation, one at a time: what loads is what the snapshot of it predicts.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;

use prosody_stability::release::Release;

use crate::setup::snapshot;
use crate::support::prosody::answer::names;
use crate::support::prosody::{Installation, Namespace, Server};
use crate::support::skip::skip_optional;

/// Set, the modules are tried.
const SWITCH: &str = "EVERY_MODULE";
/// How many servers run side by side.
const SERVERS: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    VirtualHost,
    Component,
}

impl Place {
    fn config(self, module: &str) -> String {
        let (enabled, component) = match self {
            Self::VirtualHost => (format!("{module:?}"), String::new()),
            Self::Component => (
                String::new(),
                format!("Component \"alone.localhost\" {module:?}\n"),
            ),
        };
        format!("modules_enabled = {{ {enabled} }}\nVirtualHost \"localhost\"\n{component}")
    }
}

/// What a module loads, by the facts of a release: itself and its dependencies, or nothing where one is missing.
fn predicted<'a>(release: &'a Release, module: &'a str) -> BTreeSet<&'a str> {
    let mut queue = vec![module];
    let mut loaded = BTreeSet::new();
    while let Some(name) = queue.pop() {
        if loaded.contains(name) || release.usable(name).is_err() {
            continue;
        }
        loaded.insert(name);
        let depends = &release.modules[name].depends;
        queue.extend(depends.loading());
        queue.extend(depends.soft.iter().map(String::as_str));
    }
    loaded
}

/// How what loads differs from what is predicted, if it does.
fn difference(
    installation: &Installation,
    namespace: Namespace,
    release: &Release,
    module: &str,
    place: Place,
) -> Option<String> {
    let server = Server::start_in(namespace, installation, |_| place.config(module));
    let modules = server.modules();
    let loaded = names(&modules);
    let mut expected = installation.always_loaded();
    expected.extend(predicted(release, "admin_shell"));
    expected.extend(predicted(release, module));
    let remarks: BTreeSet<_> = modules
        .values()
        .flatten()
        .filter_map(|(name, remark)| Some((name, remark.as_ref()?)))
        .collect();
    if loaded == expected && remarks.is_empty() {
        return None;
    }
    let more: Vec<_> = loaded.difference(&expected).collect();
    let less: Vec<_> = expected.difference(&loaded).collect();
    let log = server.log();
    let errors: Vec<_> = log
        .lines()
        .filter(|line| line.contains("\terror\t"))
        .take(2)
        .collect();
    Some(format!(
        "besides {more:?}, not {less:?}, remarks {remarks:?} {errors:?}"
    ))
}

#[test]
fn every_module_alone_loads_what_the_snapshot_predicts() {
    if std::env::var_os(SWITCH).is_none() {
        skip_optional(&format!(
            "every module of Debian's packages one at a time: set {SWITCH}=1"
        ));
        return;
    }
    let Some(namespace) = Namespace::find() else {
        return;
    };
    for installation in Installation::all() {
        let release = snapshot(&installation);
        let modules = release.modules.iter().filter(|(_, facts)| !facts.stub);
        let cases: Vec<_> = modules
            .flat_map(|(name, _)| [(name, Place::VirtualHost), (name, Place::Component)])
            .collect();
        let queue = Mutex::new(cases.iter());
        let found = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..SERVERS {
                scope.spawn(|| {
                    loop {
                        let Some((module, place)) = queue.lock().unwrap().next() else {
                            break;
                        };
                        if let Some(text) =
                            difference(&installation, namespace, &release, module, *place)
                        {
                            found
                                .lock()
                                .unwrap()
                                .push(((*module).clone(), *place, text));
                        }
                    }
                });
            }
        });
        let found = found.into_inner().unwrap();
        println!(
            "{}: {} cases, {} differ",
            installation.full_version,
            cases.len(),
            found.len()
        );
        for row in found {
            println!("{row:?}");
        }
    }
}
