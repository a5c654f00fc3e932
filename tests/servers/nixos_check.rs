//! The NixOS module's check of a build: the Prosody of a system starts with the configuration of the system, in a
//! sandbox like that of Nix, and the build fails when a module that is to load does not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::command::{CommandOutput, TOOL, run};
use crate::support::folder::{scratch, write, write_script};
use crate::support::json::text;
use crate::support::machine::{COMMAND, ask, ours};
use crate::support::prosody::Installation;
use crate::support::skip::{skip_optional, skip_or_fail};
use crate::support::{PROFILES, machine, nix, root};

/// Which services.prosody goes with which server.
const SERVERS: [(&str, &str); 2] = [("old", "0.12"), ("new", "13.0")];

/// Modules that Debian's packages do not ship and nixpkgs' package is given by the module: files without a word, that
/// load on any server.
const EMPTY: [(&str, &[&str]); 2] = [
    (
        "0.12",
        &[
            "audit",
            "block_registrations",
            "cloud_notify_extensions",
            "http_altconnect",
            "log_json",
            "measure_cpu",
            "measure_memory",
            "measure_message_e2ee",
            "password_policy",
            "password_reset",
            "prometheus",
            "spam_reporting",
            "statistics",
        ],
    ),
    (
        "13.0",
        &[
            "audit",
            "block_registrations",
            "log_json",
            "measure_cpu",
            "measure_memory",
            "measure_message_e2ee",
            "prometheus",
        ],
    ),
];

const UPLOAD: &str = "{ services.prosody.httpFileShare = { domain = \"upload.localhost\"; }; }";

/// A derivation of a machine that was evaluated, with the store paths that it needs.
struct Build {
    script: String,
    package: PathBuf,
    folder: TempDir,
}

impl Build {
    /// The check of a machine whose package is this server; none where something is missing here.
    fn of(server: &str, settings: &str) -> Option<Self> {
        if !nix::is_here() {
            return None;
        }
        let (upstream, _) = SERVERS
            .into_iter()
            .find(|(_, version)| *version == server)?;
        Self::on(upstream, server, settings)
    }

    /// The same on one of the upstreams.
    fn on(upstream: &str, server: &str, settings: &str) -> Option<Self> {
        let installation = Installation::find(server)?;
        let check = ask(
            &machine::on(upstream, &format!("{COMMAND} {UPLOAD} {settings}")),
            "inherit (builtins.head m.config.system.checks) script; inherit (m) text; \
             package = \"${prosody.package}\"; plugin = \"${./nixos-module/plugin}\"; \
             configuration = toString m.config.environment.etc.\"prosody/prosody.cfg.lua\".source;",
        );
        let folder = scratch();
        let place = |name: &str| {
            let path = Path::new(text(&check[name]));
            folder.path().join("store").join(path.file_name().unwrap())
        };
        let package = place("package");
        install(&installation, &package, text(&check["package"]));
        let plugin = root().join("nixos-module/plugin");
        copy(&plugin, &place("plugin"));
        fs::write(place("configuration"), text(&check["text"])).unwrap();
        fs::create_dir(folder.path().join("root")).unwrap();
        Some(Self {
            script: text(&check["script"]).to_owned(),
            package,
            folder,
        })
    }

    fn modules(&self) -> PathBuf {
        self.package.join("lib/prosody/modules")
    }

    /// Adds a module of one file to the package.
    fn add(&self, name: &str, lua: &str) {
        write(&self.modules(), &format!("mod_{name}/mod_{name}.lua"), lua);
    }

    /// Takes a module out of the package.
    fn remove(&self, name: &str) {
        remove(&self.modules(), name);
    }

    /// Runs the script in a sandbox; none where there can be none.
    fn run(&self) -> Option<CommandOutput> {
        self.run_with("loopback")
    }

    /// The same with a network that nix_sandbox.sh knows; none as well where the kernel cannot have it.
    fn run_with(&self, network: &str) -> Option<CommandOutput> {
        let folder = self.folder.path();
        let script = write(folder, "script", &self.script);
        let mut command = namespaces()?;
        command
            .arg(root().join("tests/servers/nix_sandbox.sh"))
            .args([folder.join("root"), folder.join("store")])
            .args([TOOL, &script, network]);
        let said = run(&mut command);
        if said.code() == Some(77) {
            skip_optional("the kernel has neither bridges nor pairs of devices");
            return None;
        }
        Some(said)
    }
}

/// Takes a module out of a directory of modules.
pub fn remove(modules: &Path, name: &str) {
    let file = modules.join(format!("mod_{name}.lua"));
    if file.exists() {
        fs::remove_file(file).unwrap();
    } else {
        fs::remove_dir_all(modules.join(format!("mod_{name}"))).unwrap();
    }
}

/// `unshare` as this machine lets us: as root, or with a namespace of users.
pub fn namespaces() -> Option<Command> {
    let ways: [&[&str]; 2] = [&[], &["--user", "--map-root-user"]];
    let unshare = |way: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(way).args([
            "--net",
            "--mount",
            "--pid",
            "--ipc",
            "--uts",
            "--fork",
            "--kill-child",
        ]);
        command
    };
    let works = |way: &&&[&str]| {
        let mut command = unshare(way);
        let mount = "mount -t tmpfs none /mnt && mount -t proc proc /proc";
        command.args(["sh", "-c", mount]);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let Some(way) = ways.iter().find(works) else {
        skip_or_fail("no namespaces for a sandbox: they need root, or user namespaces");
        return None;
    };
    Some(unshare(way))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    run(Command::new("cp").arg("-r").args([from, to])).success();
}

/// A package laid out as that of nixpkgs, at the store path `path` once it is in a sandbox.
pub fn install(installation: &Installation, package: &Path, path: &str) {
    copy(
        &installation.root().join("usr/lib/prosody"),
        &package.join("lib/prosody"),
    );
    let launcher = fs::read_to_string(installation.prosody()).unwrap();
    let lines = launcher.lines().map(|line| match line.split_once('=') {
        Some(("CFG_SOURCEDIR", _)) => format!("CFG_SOURCEDIR='{path}/lib/prosody';"),
        Some(("CFG_PLUGINDIR", _)) => format!("CFG_PLUGINDIR='{path}/lib/prosody/modules/';"),
        Some(("CFG_CONFIGDIR", _)) => "CFG_CONFIGDIR='/etc/prosody';".to_owned(),
        Some(("CFG_DATADIR", _)) => "CFG_DATADIR='/var/lib/prosody';".to_owned(),
        _ => line.to_owned(),
    });
    let launcher: Vec<_> = lines.collect();
    write_script(
        package,
        "bin/.prosody-wrapped",
        &(launcher.join("\n") + "\n"),
    );
    // What stands in front tells Lua where its libraries are. Here they are where Lua looks anyway.
    let wrapper = format!("#!/bin/sh\nexec {path}/bin/.prosody-wrapped \"$@\"\n");
    write_script(package, "bin/prosody", &wrapper);
    let empty = EMPTY
        .into_iter()
        .find(|(version, _)| *version == installation.version);
    for name in empty.unwrap().1 {
        let folder = package.join(format!("lib/prosody/modules/mod_{name}"));
        assert!(!folder.exists(), "{} has {name}", installation.full_version);
        write(&folder, &format!("mod_{name}.lua"), "");
    }
}

/// What a build that passes has to say.
#[track_caller]
fn assert_passes(said: &CommandOutput, case: &str) {
    assert!(said.status.success(), "{case}:\n{}", said.stderr);
    // The report is the result, and the log has it as well.
    assert!(said.stdout.starts_with("Prosody "), "{case}: {said:?}");
    assert!(said.stderr.contains(&said.stdout), "{case}: {said:?}");
    assert!(!said.stdout.contains("[module-fails]"), "{case}: {said:?}");
}

/// Which modules a build names that do not load.
#[track_caller]
pub fn assert_failing(said: &CommandOutput, modules: &[&str], case: &str) {
    let failing = said
        .stderr
        .lines()
        .filter(|line| line.contains("[module-fails]"));
    let mut failing: Vec<_> = failing
        .filter_map(|line| line.split_once("error     ")?.1.split(' ').next())
        .collect();
    failing.sort_unstable();
    assert_eq!(failing, modules, "{case}:\n{}", said.stderr);
}

/// What a build that fails has to say at its end, and which modules it names.
#[track_caller]
fn assert_fails(said: &CommandOutput, modules: &[&str], case: &str) {
    assert!(!said.status.success(), "{case}:\n{}", said.stderr);
    assert_eq!(said.stdout, "", "{case}");
    assert_failing(said, modules, case);
    let last = said.stderr.lines().last().unwrap();
    assert_eq!(
        last,
        "To build without this check, set services.prosody-stability.rehearse.enable = false.",
        "{case}"
    );
}

fn assert_every_profile_passes(server: &str) {
    if !nix::is_here() {
        return;
    }
    // Where the real services.prosody is named, it is one of them.
    for upstream in machine::upstreams() {
        let version = "(m.cfg.computed.release) version;";
        let release = ask(&machine::on(upstream, ""), &format!("inherit {version}"));
        if release["version"] != server {
            continue;
        }
        for profile in PROFILES {
            let settings = ours(&format!("profile = {profile:?};"));
            let Some(build) = Build::on(upstream, server, &settings) else {
                return;
            };
            let Some(said) = build.run() else { return };
            let case = format!("{server}, {upstream}, {profile}");
            assert_passes(&said, &case);
            println!("{case}:\n{}", said.stderr);
            // It was started, and nothing was only looked at.
            let start = "prosody-stability: starting /nix/store/";
            assert!(said.stderr.starts_with(start), "{case}: {said:?}");
            assert!(!said.stderr.contains("are checked"), "{case}: {said:?}");
            for words in ["upload.localhost (component)", "does not see your data"] {
                assert!(said.stdout.contains(words), "{case}: {said:?}");
            }
        }
    }
}

#[test]
fn every_profile_passes_with_the_old_prosody() {
    assert_every_profile_passes("0.12");
}

#[test]
fn every_profile_passes_with_the_new_prosody() {
    assert_every_profile_passes("13.0");
}

/// Modules of a user, and what is in their files: the names alone do not show that they do not load.
const BROKEN: [(&str, &str); 3] = [
    ("raises", "error(\"no legs\")"),
    ("lacks_a_library", "require \"no_such_library\""),
    ("requires", "module:depends(\"nothing_of_that_name\")"),
];

fn assert_failures_are_named(server: &str) {
    let modules = "{ services.prosody.extraModules = \
        [ \"of_my_own\" \"raises\" \"lacks_a_library\" \"requires\" ]; }";
    let settings = format!("{modules} {}", ours("profile = \"enterprise\";"));
    let Some(build) = Build::of(server, &settings) else {
        return;
    };
    for (name, lua) in BROKEN {
        build.add(name, lua);
    }
    build.add("of_my_own", "");
    // Of the inventory, of upstream's own list, and a component.
    let missing = ["carbons", "http_file_share", "proxy65"];
    for name in missing {
        build.remove(name);
    }
    let Some(said) = build.run() else { return };
    let named = [
        "carbons",
        "http_file_share",
        "lacks_a_library",
        "proxy65",
        "raises",
        "requires",
    ];
    assert_fails(&said, &named, server);
}

/// One module is enough.
#[test]
fn a_package_without_a_module_of_the_plan_fails_the_build() {
    for (_, server) in SERVERS {
        let Some(build) = Build::of(server, &ours("profile = \"community\";")) else {
            return;
        };
        build.remove("smacks");
        let Some(said) = build.run() else { return };
        assert_fails(&said, &["smacks"], server);
    }
}

#[test]
fn what_does_not_load_fails_the_build_with_the_old_prosody() {
    assert_failures_are_named("0.12");
}

#[test]
fn what_does_not_load_fails_the_build_with_the_new_prosody() {
    assert_failures_are_named("13.0");
}

#[test]
fn the_reason_stands_in_the_log_of_the_build() {
    let raising = "{ services.prosody.extraModules = [ \"raises\" ]; }";
    let Some(build) = Build::of("13.0", raising) else {
        return;
    };
    build.add("raises", "error(\"no legs\")");
    let Some(said) = build.run() else { return };
    assert_fails(&said, &["raises"], "raises");
    assert!(
        said.stderr.contains("raises does not load: no legs"),
        "{}",
        said.stderr
    );
    for words in [
        "no /var, no /etc, no secrets, no certificates, no users and no network",
        "services.prosody.package",
        "services.prosody-stability.rehearse.mayFail",
    ] {
        assert!(said.stderr.contains(words), "no {words} in {}", said.stderr);
    }
}

/// Its failure is printed; that of another module still counts.
#[test]
fn a_module_that_may_fail_does_not_fail_the_build() {
    let modules = "{ services.prosody.extraModules = [ \"raises\" \"other\" ]; } \
        { services.prosody-stability.rehearse.mayFail = [ \"raises\" ]; }";
    let Some(build) = Build::of("13.0", modules) else {
        return;
    };
    build.add("raises", "error(\"no legs\")");
    build.add("other", "");
    let Some(said) = build.run() else { return };
    assert!(said.status.success(), "{}", said.stderr);
    assert!(
        said.stdout.contains("raises does not load: no legs"),
        "{said:?}"
    );
    build.add("other", "error(\"no arms\")");
    let Some(said) = build.run() else { return };
    assert_fails(&said, &["other", "raises"], "another one");
}

#[test]
fn a_configuration_that_prosody_cannot_read_fails_the_build() {
    let broken = "{ services.prosody.extraConfig = \"c2s_ports = { 5222\"; }";
    for (_, server) in SERVERS {
        let Some(build) = Build::of(server, broken) else {
            return;
        };
        let Some(said) = build.run() else { return };
        assert_fails(&said, &[], server);
        assert!(said.stderr.contains("[does-not-start]"), "{}", said.stderr);
        assert!(said.stderr.contains("prosody.cfg.lua:"), "{}", said.stderr);
    }
}

/// Errors in the log, ports that need a right, and what only the machine has: all of it is printed.
#[test]
fn what_only_the_machine_has_does_not_fail_the_build() {
    let config = r#"{ services.prosody.extraConfig = ''
        Include "/run/secrets/prosody.cfg.lua"
        Include "/etc/prosody/conf.d/*.cfg.lua"
        c2s_ports = { 80 }
        certificates = "/var/lib/acme"
        storage = "sql"
        sql = { driver = "SQLite3"; database = "/var/lib/prosody/prosody.sqlite"; }
        https_certificate = "/var/lib/acme/example.org/cert.pem"
        ssl = { certificate = "/var/lib/acme/example.org/cert.pem"; key = "/var/lib/acme/example.org/key.pem"; }
        ''; services.prosody.extraModules = [ "complains" ]; }"#;
    for (_, server) in SERVERS {
        let Some(build) = Build::of(server, config) else {
            return;
        };
        build.add("complains", "module:log(\"error\", \"cannot find /var\")");
        let Some(said) = build.run() else { return };
        assert_passes(&said, server);
        for words in [
            "/run/secrets/prosody.cfg.lua was included as an empty file",
            "/etc/prosody/conf.d was included as an empty file",
            "cannot find /var",
            "certificates that are missing here were replaced",
            "databases were replaced by files",
        ] {
            assert!(
                said.stdout.contains(words),
                "{server}: no {words} in {}",
                said.stdout
            );
        }
    }
}

/// 13.0 can read secrets from files, and those that systemd hands over in a directory of credentials.
#[test]
fn secrets_are_replaced() {
    let config = r#"{ services.prosody.extraConfig = ''
        turn_external_secret = Credential "turn"
        http_secret = FileLine "/run/secrets/http"
        ''; services.prosody.extraModules = [ "turn_external" ]; }"#;
    let Some(build) = Build::of("13.0", config) else {
        return;
    };
    let Some(said) = build.run() else { return };
    assert_passes(&said, "secrets");
    for file in ["/run/credentials/prosody.service/turn", "/run/secrets/http"] {
        let words = format!("{file} was read as a placeholder");
        assert!(
            said.stdout.contains(&words),
            "no {words} in {}",
            said.stdout
        );
    }
}

/// Without a sandbox nothing is started, and the look at the files is as good as before.
#[test]
fn where_nothing_can_be_started_the_files_are_looked_at() {
    let Some(build) = Build::of("13.0", &ours("profile = \"enterprise\";")) else {
        return;
    };
    for (network, problem) in [
        ("none", "cannot use loopback"),
        ("address", "there is a network besides loopback: other"),
    ] {
        let Some(said) = build.run_with(network) else {
            continue;
        };
        assert!(said.status.success(), "{}", said.stderr);
        let refusal = format!("this is not a sandbox: {problem}");
        assert!(said.stderr.contains(&refusal), "{}", said.stderr);
        assert!(said.stderr.contains("are checked"), "{}", said.stderr);
    }
    build.remove("carbons");
    let Some(said) = build.run_with("none") else {
        return;
    };
    assert!(!said.status.success(), "{}", said.stderr);
    assert!(said.stderr.contains("carbons"), "{}", said.stderr);
    let option = "services.prosody-stability.verifyPackage";
    assert!(said.stderr.contains(option), "{}", said.stderr);
}

/// Some kernels give each namespace devices for tunnels, which lead nowhere.
#[test]
fn a_device_that_is_not_in_use_is_no_network() {
    let Some(build) = Build::of("13.0", &ours("profile = \"enterprise\";")) else {
        return;
    };
    let Some(said) = build.run_with("unused") else {
        return;
    };
    assert_passes(&said, "unused");
}

#[test]
fn a_module_that_may_be_in_a_plugin_directory_of_the_machine_gives_a_warning() {
    let elsewhere = "{ services.prosody.extraPluginPaths = [ \"/var/lib/prosody/plugins\" ]; \
        services.prosody.extraModules = [ \"of_my_own\" \"raises\" ]; }";
    let Some(build) = Build::of("13.0", elsewhere) else {
        return;
    };
    build.add("raises", "");
    let Some(said) = build.run() else { return };
    assert_passes(&said, "elsewhere");
    let words = "cannot know whether of_my_own loads";
    assert!(said.stdout.contains(words), "{}", said.stdout);
    // What is there and does not load fails all the same.
    build.add("raises", "error(\"no legs\")");
    let Some(said) = build.run() else { return };
    assert_fails(&said, &["raises"], "elsewhere");
}

/// Its root directory can only be changed in namespaces, which an ordinary user of a sandbox does not have.
#[test]
fn a_container_is_not_rehearsed_in_a_sandbox() {
    let Some(mut build) = Build::of("13.0", "") else {
        return;
    };
    build.script = "mkdir -p root/bin root/usr/bin\n\
        touch root/bin/sh root/usr/bin/prosody root/prosody.cfg.lua\n\
        prosody-stability rehearse --isolation sandbox --config root/prosody.cfg.lua --prosody root\n"
        .to_owned();
    let Some(said) = build.run() else { return };
    assert_eq!(said.code(), Some(2), "{}", said.stderr);
    let words = "the file system of a container needs its own namespaces";
    assert!(said.stderr.contains(words), "{}", said.stderr);
}
