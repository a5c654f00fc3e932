//! Two servers with one configuration: what is different is reported, and the opposite when they change sides.

use std::path::Path;

use serde_json::Value;

use crate::support::command::{run, tool};
use crate::support::folder::{scratch, write};
use crate::support::json::findings;
use crate::support::prosody::Installation;

/// http_upload is packaged for 0.12 only.
const UPLOADS: &str = r#"
modules_enabled = { "roster", "saslauth", "tls", "disco", "http_upload" }
http_upload_expire_after = 60
VirtualHost "example.com"
"#;

/// 0.12 has no `Lua`.
const ONLY_NEW: &str = r#"
local name = Lua.tostring("example.com")
modules_enabled = { "roster", "saslauth", "tls", "disco" }
VirtualHost(name)
"#;

/// On 13.0 nobody gets in.
const NO_LOGIN: &str = r#"
plugin_paths = { "PLUGINS" }
modules_enabled = { "roster", "saslauth", "tls", "disco", "no_login" }
VirtualHost "example.com"
"#;
const NO_LOGIN_MODULE: &str = r#"
local stanza = require "util.stanza";
if prosody.version:find("^13") then
    module:hook("stanza/urn:ietf:params:xml:ns:xmpp-sasl:auth", function (event)
        event.origin.send(stanza.stanza("failure", { xmlns = "urn:ietf:params:xml:ns:xmpp-sasl" })
            :tag("temporary-auth-failure"));
        return true;
    end, 1000);
end
"#;

/// The findings that are no background, as `severity code subject`, sorted, with those that are folded below them;
/// and the exit code.
fn compare(config: &str, [old, new]: [&Installation; 2]) -> (Vec<String>, Option<i32>) {
    let mut command = tool(&["rehearse", "--format", "json", "--config", config]);
    command.arg("--prosody").arg(old.prosody());
    let said = run(command.arg("--against").arg(new.prosody()));
    let report = said.json();
    let all = findings(&report);
    let facts = all
        .iter()
        .flat_map(|it| it["facts"].as_array().into_iter().flatten());
    let told = |finding: &&Value| {
        let word = |name: &str| finding[name].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", word("severity"), word("code"), word("subject"))
    };
    let mut lines: Vec<String> = all
        .iter()
        .copied()
        .chain(facts)
        .map(|it| told(&it))
        .collect();
    // What 13.0 has and 0.12 has not, whatever is configured, and what every rehearsal says.
    let background = ["client-sees", "dependency-", "not-seen", "cannot-judge"];
    lines.retain(|line| !background.iter().any(|code| line.contains(code)));
    lines.sort();
    lines.dedup();
    (lines, said.code())
}

fn both(name: &str, text: &str, folder: &Path) -> Option<[(Vec<String>, Option<i32>); 2]> {
    let installations = Installation::all();
    let [old, new] = installations.as_slice() else {
        return None;
    };
    let config = write(folder, name, text);
    Some([[old, new], [new, old]].map(|sides| compare(&config, sides)))
}

#[test]
fn a_module_that_is_gone_takes_its_port_its_option_and_its_users_along() {
    let folder = scratch();
    let Some([there, back]) = both("uploads.cfg.lua", UPLOADS, folder.path()) else {
        return;
    };
    assert_eq!(there.1, Some(1));
    assert_eq!(
        there.0,
        [
            "breaking ability-lost file upload",
            "breaking breaks http_upload",
            "info log-removed http_upload",
            "warning option-no-longer-read http_upload_expire_after",
            "warning port-closes http:5280",
            "warning port-closes https:5281",
        ]
    );
    assert_eq!(back.1, Some(0));
    assert_eq!(
        back.0,
        [
            "info ability-gained file upload",
            "info mends http_upload",
            "info option-read-again http_upload_expire_after",
            "warning log-added http_upload",
            "warning port-opens http:5280",
            "warning port-opens https:5281",
        ]
    );
}

#[test]
fn a_server_that_does_not_start_is_the_first_thing_to_know() {
    let folder = scratch();
    let Some([there, back]) = both("only_new.cfg.lua", ONLY_NEW, folder.path()) else {
        return;
    };
    assert_eq!(
        there,
        (vec!["info start-mends prosody".to_owned()], Some(0))
    );
    assert_eq!(
        back,
        (vec!["breaking start-breaks prosody".to_owned()], Some(1))
    );
}

#[test]
fn a_login_that_fails_is_seen_although_every_module_loads() {
    let folder = scratch();
    write(folder.path(), "plugins/mod_no_login.lua", NO_LOGIN_MODULE);
    let plugins = folder.path().join("plugins").display().to_string();
    let text = NO_LOGIN.replace("PLUGINS", &plugins);
    let Some([there, back]) = both("no_login.cfg.lua", &text, folder.path()) else {
        return;
    };
    assert_eq!(
        there,
        (vec!["breaking login-breaks login".to_owned()], Some(1))
    );
    assert_eq!(back, (vec!["info login-mends login".to_owned()], Some(0)));
}

#[test]
fn what_is_wrong_on_both_is_not_the_upgrades_doing() {
    let folder = scratch();
    let text = "modules_enabled = { \"roster\", \"saslauth\", \"tls\", \"disco\", \"not_there\" }\n\
                VirtualHost \"example.com\"\n";
    let Some(sides) = both("both.cfg.lua", text, folder.path()) else {
        return;
    };
    assert_eq!(sides, [(vec![], Some(0)), (vec![], Some(0))]);
}

/// A gate does not pass over a module that nobody could look for, on whichever side it fails.
#[test]
fn a_plugin_directory_that_does_not_exist_here_is_doubt_on_both_sides() {
    let folder = scratch();
    let text = "plugin_paths = { \"/nowhere/plugins\" }\n\
                modules_enabled = { \"roster\", \"saslauth\", \"tls\", \"disco\", \"mine\" }\n\
                VirtualHost \"example.com\"\n";
    let Some(sides) = both("unknown.cfg.lua", text, folder.path()) else {
        return;
    };
    let doubt = (vec!["warning cannot-know mine".to_owned()], Some(2));
    assert_eq!(sides, [doubt.clone(), doubt]);
}

#[test]
fn what_is_no_configuration_or_no_prosody_is_an_error() {
    let folder = scratch();
    let config = write(
        folder.path(),
        "prosody.cfg.lua",
        "VirtualHost \"example.com\"\n",
    );
    let nix = write(
        folder.path(),
        "configuration.nix",
        "{ services.prosody.enable = true; }\n",
    );
    let variables = write(folder.path(), "server.env", "PROSODY_ENABLE_BETA=true\n");
    for (config, prosody, words) in [
        (&nix, "/bin/true", "it looks like a NixOS configuration"),
        (&variables, "/bin/true", "it looks like an environment file"),
        (
            &config,
            "/bin/true",
            "the program exited before it read the configuration",
        ),
        (&config, "/dev/null", "no Prosody in /dev/null"),
        (&config, "/nowhere/prosody", "cannot find /nowhere/prosody"),
    ] {
        let said = run(&mut tool(&[
            "rehearse",
            "--config",
            config,
            "--prosody",
            prosody,
        ]));
        assert_eq!(
            (said.code(), said.stdout.as_str()),
            (Some(2), ""),
            "{said:?}"
        );
        assert!(said.stderr.contains(words), "{said:?}");
    }
}

/// `authentication = "anonymous"` makes no accounts.
#[test]
fn a_login_that_was_not_tried_is_told() {
    let folder = scratch();
    let text = "authentication = \"anonymous\"\n\
                modules_enabled = { \"saslauth\", \"tls\", \"disco\" }\n\
                VirtualHost \"example.com\"\n";
    let config = write(folder.path(), "anonymous.cfg.lua", text);
    for installation in Installation::all() {
        let mut command = tool(&["rehearse", "--format", "json", "--config", &config]);
        let report = run(command.arg("--prosody").arg(installation.prosody())).json();
        let all = findings(&report);
        let mut not_tried = all
            .iter()
            .filter(|it| it["code"] == "cannot-judge" && it["host"] == "example.com");
        let reason = not_tried.next().unwrap_or_else(|| panic!("{report}"))["reason"].as_str();
        assert!(
            reason.unwrap().starts_with("cannot create an account"),
            "{report}"
        );
    }
}
