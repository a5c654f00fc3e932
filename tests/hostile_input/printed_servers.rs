//! Nothing that is printed of a server's configuration controls a terminal or a GitHub workflow.

use std::path::Path;

use super::harmless::{HOSTILE, ONE_LINE, report, say};
use crate::support::folder::{scratch, write};

/// A text as a Lua string, byte by byte.
fn lua(text: &str) -> String {
    let bytes = text.bytes().map(|byte| format!("\\{byte:03}"));
    format!("\"{}\"", bytes.collect::<String>())
}

/// Replaces `H` and `L` between two `@` by the hostile texts as Lua strings.
fn filled(text: &str) -> String {
    text.replace("@H@", &lua(HOSTILE))
        .replace("@L@", &lua(ONE_LINE))
        // As it is, where a file has it outside of what Lua would decode.
        .replace("@R@", ONE_LINE)
}

const PLAIN: &str = "plain";

/// Configurations that are read, or refused in harmless words: a name and the text.
const CONFIGURATIONS: &[(&str, &str)] = &[
    (
        "modules",
        "-- @R@\nmodules_enabled = { 'roster', @H@, @L@, '@R@', 'carbons', 'mam', 'bosh' }\n\
         modules_disabled = { @H@, @L@, 'offline' }\nauthentication = @L@\n\
         storage = { roster = @L@, [@L@] = @L@ }\ndefault_storage = @H@\nVirtualHost 'a.example'\n\
         modules_enabled = { @L@, 'ping' }\nComponent('rooms.a.example')(@L@)\n\
         modules_enabled = { @H@ }\n",
    ),
    (
        "options",
        "_ENV[@H@] = @H@\n_ENV[@L@] = { @L@, [@L@] = @H@, a = { [@H@] = @L@ } }\n\
         plugin_paths = { @H@ }\nadmins = { @L@ }\nlog = { [@L@] = @H@ }\nssl = { key = @L@ }\n\
         c2s_ports = @L@\ns2s_secure_auth = @H@\nhttp_ports = { @L@ }\nhttp_paths = { [@L@] = @L@ }\n\
         modules_enabled = @H@\nVirtualHost 'a.example'\n_ENV[@L@] = 1\n_ENV[@L@] = 2\n",
    ),
    (
        "computed options",
        "local x = io.open(@L@)\n_ENV[@L@] = x\nmodules_enabled = { x, 'roster', os.getenv(@L@) }\n\
         authentication = os.date(@L@)\nif x then _ENV[@H@] = { 'a' } end\n\
         VirtualHost(x)\nVirtualHost 'a.example'\n",
    ),
    (
        "virtual host",
        "VirtualHost(@L@)\nmodules_enabled = { 'mam' }\n",
    ),
    ("virtual host of lines", "VirtualHost(@H@)\n"),
    (
        "component",
        "VirtualHost 'a'\nComponent(@L@)(@L@)\nComponent(@L@)('muc')\n",
    ),
    (
        "made of",
        "VirtualHost 'a'\nComponent('b')(@H@)\nComponent('b')(@L@)\n",
    ),
    (
        "host of letters",
        "VirtualHost 'a\u{202e}b.example'\nVirtualHost 'a\u{9b}31m.example'\n",
    ),
    (
        "host of signs",
        "VirtualHost '::error::x'\nVirtualHost '##[error]x'\nVirtualHost '#1 @a'\n",
    ),
    (
        "module of signs",
        "modules_enabled = { '::error::x', '##[error]x', '@a', 'a#1' }\nVirtualHost 'a'\n",
    ),
    ("no include", "Include(@L@)\n"),
    ("no include of lines", "Include(@H@)\n"),
    (
        "includes",
        "Include 'conf.d/*.cfg.lua'\nVirtualHost 'a.example'\n",
    ),
    (
        "runs",
        "RunScript(@L@)\nx = FileContents(@L@)\nrequire(@L@)\ndofile(@L@)\nVirtualHost 'a'\n",
    ),
    ("error", "error(@H@)\n"),
    ("error of one line", "error(@L@, 0)\n"),
    ("error in a call", "local t = {}\nt[@L@].x = 1\n"),
    ("call of nothing", "_ENV[@L@]()\n"),
    ("no Lua", "modules_enabled = { 'roster' @R@ = }\n"),
    ("no Lua at the end", "x = [[@R@"),
    (
        "a word",
        "authentication = internal_hashed\n_ENV[@L@] = nothing_like_it\nx = _ENV[@L@]\nVirtualHost 'a'\n",
    ),
    (
        "added",
        "modules_enabled = { 'roster' }\nVirtualHost 'a'\nmodules_enabled = modules_enabled + { @L@, @H@ }\n",
    ),
    (
        "appended",
        "modules_enabled = { 'roster' }\nx = modules_enabled\nVirtualHost 'a'\nmodules_enabled = { 'mam' }\n\
         modules_enabled { @L@, @H@ }\n_ENV[@L@] = modules_enabled\n",
    ),
    (
        "renamed",
        "modules_enabled = { 'vcard_muc', 'http_upload', 'log_json', @L@ } -- @R@\nVirtualHost 'a'\n",
    ),
];

/// Writes all configurations, and what they include, into a directory with this name.
fn configurations(folder: &Path, root: &str) -> Vec<(&'static str, String)> {
    let included = filled("_ENV[@L@] = { @H@ }\nmodules_enabled = { @L@, 'carbons' }\n");
    let mut files = Vec::new();
    for (index, (name, text)) in CONFIGURATIONS.iter().enumerate() {
        // A path that is long is a finding of its own, which would hide others.
        let file = match root {
            PLAIN => format!("{root}/{index}.cfg.lua"),
            _ => format!("{root}/{index}{ONE_LINE}.cfg.lua"),
        };
        files.push((*name, write(folder, &file, &filled(text))));
    }
    let include = format!("{root}/conf.d/{ONE_LINE}.cfg.lua");
    write(folder, &include, &included);
    files
}

#[test]
fn in_reports() {
    let folder = scratch();
    let files = configurations(folder.path(), HOSTILE);
    let plain = write(
        folder.path(),
        "plain.cfg.lua",
        "modules_enabled = { 'roster' }\nVirtualHost 'a.example'\n",
    );
    let listing = write(
        folder.path(),
        "listing",
        &format!("{ONE_LINE}:\n    roster\n    {ONE_LINE}\na.example:\n    roster\n"),
    );
    for (_, file) in &files {
        report(&["check", "--config", file]);
        report(&["diff", file, &plain]);
        report(&["status", "--config", file, "--listing", &listing]);
        say(&["diff", "--all", &plain, file]);
        say(&["diff", "--release", "0.12..13.0", "--config", file]);
        say(&[
            "check",
            "--release",
            "0.12",
            "--profile",
            "personal",
            "--config",
            file,
        ]);
    }
}

#[test]
fn in_results() {
    let folder = scratch();
    for (_, file) in &configurations(folder.path(), HOSTILE) {
        for format in ["table", "json", "lua", "nix"] {
            say(&["resolve", "--config", file, "--format", format]);
        }
        let of_flags = ["--beta", "false", "--config", file];
        for format in ["table", "lua"] {
            say(&[&["resolve", "--format", format][..], &of_flags].concat());
        }
        say(&["migrate", file]);
        say(&["migrate", "--format", "env", file]);
        say(&["migrate", "--to", "13.0", file]);
    }
}

/// The hostile texts of the table are seen: they are not refused before anything is printed of them.
#[test]
fn of_what_is_read() {
    let folder = scratch();
    let files = configurations(folder.path(), PLAIN);
    let refused = [
        "virtual host",
        "virtual host of lines",
        "component",
        "no include",
        "no include of lines",
        "error",
        "error of one line",
    ];
    let read = [
        "modules",
        "options",
        "computed options",
        "made of",
        "includes",
        "appended",
    ];
    for (name, file) in files {
        let said = say(&["check", "--config", &file]);
        let shows = match name {
            name if refused.contains(&name) => &said.stderr,
            name if read.contains(&name) => &said.stdout,
            _ => continue,
        };
        assert!(shows.contains("::error::a"), "{name}: {shows}");
    }
}

#[test]
fn of_arguments_about_a_server() {
    let folder = scratch();
    let text = filled("modules_enabled = { ENV_A, 'roster' }\nVirtualHost(ENV_B)\n");
    let file = write(folder.path(), "env.cfg.lua", &text);
    let (a, b) = (format!("A={HOSTILE}"), format!("B={ONE_LINE}"));
    let with = ["--config", &*file, "--env", &a, "--env", &b];
    report(&[&["check"][..], &with].concat());
    report(&[&["diff", "--release", "0.12..13.0"][..], &with].concat());
    for command in ["check", "resolve", "diff"] {
        for arguments in [
            &["--env", HOSTILE][..],
            &["--root", HOSTILE],
            &["--root", "/\u{202e}::error::x"],
            &["--release", HOSTILE],
            &["--enable", HOSTILE],
        ] {
            say(&[&[command, "--config", &*file][..], arguments].concat());
        }
    }
    for arguments in [
        &["--to", HOSTILE][..],
        &["--to", "13.0", "--write", "--root", HOSTILE],
        &["--kind", HOSTILE],
        &["--service", HOSTILE],
        &["--format", HOSTILE],
    ] {
        say(&[&["migrate", &*file][..], arguments].concat());
    }
}
