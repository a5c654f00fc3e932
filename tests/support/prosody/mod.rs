//! Real Prosody servers for tests: on loopback, on free ports, in a folder of their own, ended with the test.
//!
//! `scripts/prosody-servers` unpacks them.

pub mod answer;
pub mod installation;
mod namespace;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use answer::{ModuleInfo, Modules};
pub use installation::Installation;
pub use namespace::Namespace;

use super::command::{self, CommandOutput, run_within};

/// Until the server answers; it takes about 0.1 s, on a busy machine more.
const START: Duration = Duration::from_secs(30);
/// For a server that was asked to end.
const STOP: Duration = Duration::from_secs(10);
/// For one question to the server.
const QUESTION: Duration = Duration::from_secs(20);
/// Another process may take a port between our finding it free and Prosody's opening it.
const ATTEMPTS: usize = 5;
/// A unix socket's path has at most 107 bytes.
const SOCKET_PATH_MAX: usize = 107;

/// The ports a server listens on, all on 127.0.0.1.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    pub c2s: u16,
    pub s2s: u16,
    pub http: u16,
    /// Only open where the configuration sets `c2s_direct_tls_ports`, since that needs a certificate.
    pub direct_tls: u16,
    console: u16,
    component: u16,
    proxy65: u16,
}

/// What the text of a configuration may need to know.
#[derive(Debug)]
pub struct Setup<'a> {
    /// The server's own folder: room for files that the configuration names.
    pub folder: &'a Path,
    pub ports: Ports,
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    installation: Installation,
    folder: TempDir,
    ports: Ports,
    child: Child,
    /// The first answer to `module list`.
    at_start: String,
    stopped: Option<ExitStatus>,
}

impl Server {
    /// Starts a server and waits until it answers.
    ///
    /// `config` writes the configuration: global options, then hosts. Whatever it says, ports, interfaces, paths and
    /// the log are set to ours afterwards, and `admin_shell` is added to `modules_enabled` where it is missing: it
    /// is the only way to ask.
    pub fn start(installation: &Installation, config: impl Fn(&Setup<'_>) -> String) -> Self {
        for _ in 0..ATTEMPTS {
            let server = Self::spawn(installation, None, None, &config);
            if !server.log().contains("Failed to open server port") {
                return server;
            }
        }
        panic!("{ATTEMPTS} times in a row somebody else took a port that was free");
    }

    /// The same in a network of its own, from which nothing outside can be reached. Its ports are its own as well:
    /// no client from here connects to them, and only the admin shell is of use.
    pub fn start_in(
        namespace: Namespace,
        installation: &Installation,
        config: impl Fn(&Setup<'_>) -> String,
    ) -> Self {
        Self::spawn(installation, Some(namespace), None, config)
    }

    /// The same with a Lua script that runs before Prosody, in the server's folder.
    pub fn start_after(
        script: &Path,
        namespace: Namespace,
        installation: &Installation,
        config: impl Fn(&Setup<'_>) -> String,
    ) -> Self {
        Self::spawn(installation, Some(namespace), Some(script), config)
    }

    fn spawn(
        installation: &Installation,
        namespace: Option<Namespace>,
        script: Option<&Path>,
        config: impl Fn(&Setup<'_>) -> String,
    ) -> Self {
        let folder = server_folder();
        let ports = free_ports();
        let text = config(&Setup {
            folder: folder.path(),
            ports,
        });
        let text = format!(
            "{}\n{}",
            with_admin_shell(&text),
            our_options(folder.path(), &ports, text.contains("c2s_direct_tls_ports"))
        );
        fs::write(folder.path().join("prosody.cfg.lua"), text)
            .expect("the configuration can be written");
        for name in ["data", "certificates"] {
            fs::create_dir(folder.path().join(name)).expect("a folder can be made");
        }
        let output = File::create(folder.path().join("output")).expect("the output can be kept");
        let program = installation.prosody();
        let mut command = match namespace {
            None => Command::new(&program),
            Some(namespace) => namespace.command(&program),
        };
        let command = with_config(&mut command, folder.path());
        if let Some(script) = script {
            command.env("LUA_INIT", format!("@{}", script.display()));
        }
        let child = command
            .arg("-F")
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a second handle"))
            .stderr(output)
            .spawn()
            .unwrap_or_else(|error| {
                panic!("cannot start {}: {error}", installation.prosody().display())
            });
        let mut server = Self {
            installation: installation.clone(),
            folder,
            ports,
            child,
            at_start: String::new(),
            stopped: None,
        };
        server.wait_until_it_answers();
        server
    }

    /// The socket stands before all modules are loaded, an answer only comes afterwards.
    fn wait_until_it_answers(&mut self) {
        let end = Instant::now() + START;
        loop {
            if let Some(status) = self
                .child
                .try_wait()
                .expect("a child of ours can be waited for")
            {
                panic!(
                    "Prosody {} ended at once, {status}",
                    self.installation.full_version
                );
            }
            if socket(self.folder.path()).exists() {
                let said = self.shell(&["module", "list"]);
                if said.status.success() {
                    self.at_start = said.stdout;
                    return;
                }
            }
            assert!(
                Instant::now() < end,
                "Prosody {} did not answer within {START:?}",
                self.installation.full_version
            );
            thread::sleep(command::POLL);
        }
    }

    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    pub fn ports(&self) -> Ports {
        self.ports
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// For commands under test that ask the server themselves: `prosodyctl --config FILE …`.
    pub fn config_file(&self) -> PathBuf {
        self.folder.path().join("prosody.cfg.lua")
    }

    /// Runs `prosodyctl` for this server.
    pub fn prosodyctl(&self, arguments: &[&str]) -> CommandOutput {
        let mut command = Command::new(self.installation.prosodyctl());
        let command = with_config(&mut command, self.folder.path());
        run_within(command.args(arguments), QUESTION)
    }

    /// Asks the admin shell: `["module", "list"]` (words apart) or `[r#"module:info("mam")"#]` (one piece of Lua).
    pub fn shell(&self, words: &[&str]) -> CommandOutput {
        self.prosodyctl(&[&["shell"], words].concat())
    }

    /// What is loaded, per host and for `GLOBAL`. Being listed is not the same as working: read the remark.
    pub fn modules(&self) -> Modules {
        let said = self.shell(&["module", "list"]);
        assert!(said.status.success(), "module list: {said:?}");
        answer::parse_modules(&said.stdout)
    }

    /// The same, right after the start: nobody has to be asked once more.
    pub fn modules_at_start(&self) -> Modules {
        answer::parse_modules(&self.at_start)
    }

    /// What the server knows of one module, per host and for `GLOBAL`; empty when it is not loaded.
    pub fn module_infos(&self, name: &str) -> BTreeMap<String, ModuleInfo> {
        let said = self.shell(&[&format!("module:info({name:?})")]);
        if !said.status.success() {
            let text = format!("{}{}", said.stdout, said.stderr);
            assert!(
                text.contains("does not appear to be loaded"),
                "module:info: {said:?}"
            );
        }
        answer::parse_module_info(&said.stdout)
    }

    /// What the server knows of one module on one host; `None` when it is not loaded there.
    pub fn module_info(&self, name: &str, host: &str) -> Option<ModuleInfo> {
        self.module_infos(name).remove(host)
    }

    /// The log so far, at level `info`.
    pub fn log(&self) -> String {
        let read = |name| fs::read(self.folder.path().join(name)).unwrap_or_default();
        let bytes = [read("output"), read("log")].concat();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Ends the server; its folder stays until the value is dropped.
    pub fn stop(&mut self) -> ExitStatus {
        if let Some(status) = self.stopped {
            return status;
        }
        // The shell's own `kill`: the program is not on every machine. The child is not yet waited for, so the
        // number is still its own.
        let _ = Command::new("sh")
            .args([
                "-c",
                r#"kill -TERM "$1""#,
                "sh",
                &self.child.id().to_string(),
            ])
            .stderr(Stdio::null())
            .status();
        let status = command::wait_within(&mut self.child, STOP).unwrap_or_else(|| {
            let _ = self.child.kill();
            self.child
                .wait()
                .expect("a child of ours can be waited for")
        });
        self.stopped = Some(status);
        status
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        if thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().collect();
            eprintln!(
                "the last lines of Prosody {}:",
                self.installation.full_version
            );
            for line in &lines[lines.len().saturating_sub(40)..] {
                eprintln!("  {line}");
            }
        }
    }
}

/// A configuration with these modules and the one host `localhost`.
pub fn localhost_with(modules: &[&str]) -> String {
    let list: String = modules
        .iter()
        .map(|name| format!("\t{name:?};\n"))
        .collect();
    format!("modules_enabled = {{\n{list}}}\n\nVirtualHost \"localhost\"\n")
}

fn with_config<'a>(command: &'a mut Command, folder: &Path) -> &'a mut Command {
    command
        .arg("--config")
        .arg(folder.join("prosody.cfg.lua"))
        .current_dir(folder);
    // LUA_PATH and PROSODY_… of the one who runs the tests would lead elsewhere.
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("socket")
}

fn server_folder() -> TempDir {
    let make = |parent: &Path| {
        tempfile::Builder::new()
            .prefix("prosody-")
            .tempdir_in(parent)
    };
    let folder = make(&std::env::temp_dir()).expect("a temporary folder");
    if socket(folder.path()).as_os_str().len() <= SOCKET_PATH_MAX {
        return folder;
    }
    make(Path::new("/tmp")).expect("a temporary folder with a short path")
}

fn free_ports() -> Ports {
    // All at once, so that they differ.
    let listeners: [TcpListener; 7] =
        std::array::from_fn(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port"));
    let [c2s, s2s, http, direct_tls, console, component, proxy65] =
        listeners.map(|listener| listener.local_addr().expect("a bound port").port());
    Ports {
        c2s,
        s2s,
        http,
        direct_tls,
        console,
        component,
        proxy65,
    }
}

fn with_admin_shell(config: &str) -> String {
    if config.contains("\"admin_shell\"") {
        return config.to_owned();
    }
    let list = "modules_enabled = {";
    assert!(
        config.contains(list),
        "no `{list}` to add admin_shell to in\n{config}"
    );
    config.replacen(list, &format!("{list} \"admin_shell\";"), 1)
}

/// Our part of the configuration. It comes last, back in the global section, so that it wins.
fn our_options(folder: &Path, ports: &Ports, with_direct_tls: bool) -> String {
    let Ports {
        c2s,
        s2s,
        http,
        direct_tls,
        console,
        component,
        proxy65,
    } = ports;
    let path = |name: &str| folder.join(name).display().to_string();
    let services = [
        ("c2s", Some(c2s)),
        ("s2s", Some(s2s)),
        ("http", Some(http)),
        ("console", Some(console)),
        ("component", Some(component)),
        ("proxy65", Some(proxy65)),
        ("https", None),
        ("c2s_direct_tls", with_direct_tls.then_some(direct_tls)),
        ("s2s_direct_tls", None),
    ];
    let mut text = format!(
        "VirtualHost \"*\"\n\
         data_path = {data:?}\n\
         pidfile = {pid:?}\n\
         admin_socket = {socket:?}\n\
         certificates = {certificates:?}\n\
         log = {{ {{ levels = {{ min = \"info\" }}, to = \"file\", filename = {log:?} }} }}\n\
         run_as_root = true\n\
         c2s_require_encryption = false\n\
         s2s_require_encryption = false\n\
         allow_unencrypted_plain_auth = true\n\
         interfaces = {{ \"127.0.0.1\" }}\n\
         local_interfaces = {{ \"127.0.0.1\" }}\n",
        data = path("data"),
        pid = path("pid"),
        socket = socket(folder).display().to_string(),
        certificates = path("certificates"),
        log = path("log"),
    );
    for (service, port) in services {
        let port = port.map(u16::to_string).unwrap_or_default();
        text.push_str(&format!(
            "{service}_ports = {{ {port} }}\n{service}_interfaces = {{ \"127.0.0.1\" }}\n"
        ));
    }
    text
}
