//! How much longer a rehearsal takes than the start of the server: `cargo test --test rehearse measure -- --ignored
//! --nocapture` on a quiet machine prints it.

use std::fmt::Write;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::command::{run, tool};
use crate::support::folder::{scratch, write};
use crate::support::prosody::Installation;
use crate::support::root;

/// The best of so many.
const TIMES: usize = 3;
const MODULES: &str = r#"modules_enabled = {
    "disco", "roster", "saslauth", "tls", "dialback", "ping", "time", "version", "uptime", "carbons", "pep",
    "private", "blocklist", "vcard4", "vcard_legacy", "limits", "smacks", "csi_simple", "mam", "bookmarks",
    "cloud_notify", "bosh", "websocket", "http_files", "admin_adhoc", "admin_shell", "register", "lastactivity",
}
"#;

/// With a certificate: a server that has none has less to do.
fn configuration(hosts: usize) -> String {
    let certificate = root().join("src/rehearse/certificate.pem");
    let key = root().join("src/rehearse/key.pem");
    let mut text = format!("ssl = {{ certificate = {certificate:?}, key = {key:?} }}\n{MODULES}");
    for number in 0..hosts {
        let _ = writeln!(text, "VirtualHost \"host{number}.example\"");
        if number % 4 == 3 {
            let _ = writeln!(text, "Component \"rooms.host{number}.example\" \"muc\"");
        }
    }
    text
}

/// From its start until all hosts are there, in namespaces as those of a rehearsal.
fn own_start(installation: &Installation, folder: &Path, text: &str) -> Duration {
    let mark = "prosody.events.add_handler('server-started', function () io.stderr:write('up\\n') end, -1000000)";
    let mark = write(folder, "mark.lua", mark);
    let data = folder.join("data");
    fs::create_dir_all(&data).unwrap();
    let options = format!("data_path = {data:?}\nrun_as_root = true\nlog = {{}}\npidfile = nil\n");
    let config = write(
        folder,
        "own.cfg.lua",
        &format!("RunScript {mark:?}\n{options}{text}"),
    );
    let start = Instant::now();
    let mut child = Command::new("unshare")
        .args([
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "--",
        ])
        .arg(installation.prosody())
        .args(["-F", "--config", &config])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let is_up = lines.map_while(Result::ok).any(|line| line == "up");
    let time = start.elapsed();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(is_up, "the server did not start");
    time
}

fn rehearsal(installation: &Installation, folder: &Path, text: &str) -> Duration {
    let config = write(folder, "c.cfg.lua", text);
    let start = Instant::now();
    let said =
        run(tool(&["rehearse", "--config", &config, "--prosody"]).arg(installation.prosody()));
    assert!(said.stdout.contains("example"), "{said:?}");
    start.elapsed()
}

#[test]
#[ignore = "a measure: it needs a quiet machine"]
fn how_much_longer_than_the_start_of_the_server() {
    for installation in Installation::all() {
        for hosts in [1, 32] {
            let folder = scratch();
            let text = configuration(hosts);
            let best =
                |measure: &dyn Fn() -> Duration| (0..TIMES).map(|_| measure()).min().unwrap();
            let own = best(&|| own_start(&installation, folder.path(), &text));
            let whole = best(&|| rehearsal(&installation, folder.path(), &text));
            println!(
                "{} with {hosts} hosts: start {:.2} s, rehearsal {:.2} s, {:.2} s more",
                installation.full_version,
                own.as_secs_f64(),
                whole.as_secs_f64(),
                whole.as_secs_f64() - own.as_secs_f64(),
            );
        }
    }
}
