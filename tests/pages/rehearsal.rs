//! The page of a rehearsal: real servers with one configuration.

use std::path::Path;

use prosody_stability::report::Code;
use serde_json::Value;

use crate::browser::{self, DESKTOP, PHONE, Page};
use crate::support::command::{CommandOutput, run, tool};
use crate::support::folder::{scratch, write};
use crate::support::json::list;
use crate::support::prosody::Installation;
use crate::{File, axe};

/// One module is nowhere, and one is packaged for 0.12 only.
const CONFIGURATION: &str = r#"
modules_enabled = { "roster", "saslauth", "tls", "disco", "http_upload", "in_no_package" }
http_upload_expire_after = 60
VirtualHost "example.com"
Component "rooms.example.com" "muc"
"#;

fn rehearse(folder: &Path, servers: &[&Installation], format: &str) -> CommandOutput {
    let mut command = tool(&[
        "rehearse",
        "--config",
        "prosody.cfg.lua",
        "--format",
        format,
    ]);
    for (option, server) in ["--prosody", "--against"].iter().zip(servers) {
        command.arg(option).arg(server.prosody());
    }
    run(command.current_dir(folder))
}

/// The entries of a report by severity and subject, from its JSON.
fn entries(report: &Value) -> Vec<String> {
    let entries = list(&report["findings"]).iter();
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    entries
        .map(|entry| format!("{} {}", text(entry, "severity"), text(entry, "code")))
        .collect()
}

#[test]
fn a_rehearsal_is_a_page_with_everything_that_its_report_has() {
    let installations = Installation::all();
    let [old, new] = installations.as_slice() else {
        return;
    };
    if !browser::is_here() {
        return;
    }
    let folder = scratch();
    write(folder.path(), "prosody.cfg.lua", CONFIGURATION);
    for (servers, kind, verdict) in [
        (&[new][..], "Rehearsal of a server", "errors found"),
        (&[old, new], "Rehearsal of an upgrade", "Not yet: "),
    ] {
        let report = rehearse(folder.path(), servers, "json").json();
        let said = rehearse(folder.path(), servers, "html");
        assert_eq!(said.code(), Some(1), "{}", said.stderr);
        let file = File::of(&said.stdout);
        for look in [DESKTOP, PHONE] {
            let mut page = Page::open(&file.path(), "", look);
            let text = |page: &mut Page, selector: &str| {
                let text = page.eval(&format!("document.querySelector('{selector}').textContent"));
                text.as_str().unwrap().to_owned()
            };
            assert!(text(&mut page, ".tool").starts_with(kind));
            let sentence = text(&mut page, ".verdict .say");
            assert!(sentence.contains(verdict), "{sentence}");
            assert!(text(&mut page, ".verdict .todo").contains("http_upload"));
            assert_eq!(page.seen(".e"), entries(&report).len());
            // A row for each host, with the modules that were really loaded.
            let rows = page.eval("[...document.querySelectorAll('.where tbody tr')].map((row) => row.cells[0].textContent)");
            let rows: Vec<&str> = list(&rows)
                .iter()
                .map(|row| row.as_str().unwrap())
                .collect();
            assert_eq!(
                rows,
                [
                    "global section",
                    "example.com",
                    "rooms.example.com component"
                ]
            );
            assert_eq!(page.errors(), [""; 0]);
            let requests = page.requests();
            assert!(
                requests
                    .iter()
                    .all(|url| url.starts_with("file://") || url.starts_with("data:"))
            );
            let fits = "document.documentElement.scrollWidth <= innerWidth";
            assert_eq!(page.eval(fits), true);
            if let Some(axe) = axe().filter(|_| look.width == DESKTOP.width) {
                assert_eq!(page.faults(&axe), [""; 0]);
            }
        }
        let codes: Vec<String> = entries(&report);
        let lost = format!("breaking {}", Code::Breaks);
        assert_eq!(codes.contains(&lost), servers.len() == 2, "{codes:?}");
    }
}
