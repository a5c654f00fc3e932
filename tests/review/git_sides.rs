//! A file in git as a side: the files around it are not at hand, and those of the working tree are other ones.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::command::{CommandOutput, run, tool};
use crate::support::folder::{scratch, write};

/// A repository with these files in its only revision.
fn repository(files: &[(&str, &str)]) -> TempDir {
    let folder = scratch();
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    for arguments in [
        &["init", "-q"][..],
        &["add", "."],
        &[
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "commit",
            "-q",
            "-m",
            "A",
        ],
    ] {
        let mut git = Command::new("git");
        run(git.args(arguments).current_dir(folder.path())).success();
    }
    folder
}

fn diff(folder: &Path, file: &str) -> CommandOutput {
    let old = format!("HEAD:{file}");
    let arguments = ["diff", &old, file, "--fail-on", "breaking"];
    run(tool(&arguments).current_dir(folder))
}

#[test]
fn what_a_prosody_cfg_lua_includes_is_undecided() {
    let folder = repository(&[
        (
            "prosody.cfg.lua",
            "Include \"conf.d/*.cfg.lua\"\nVirtualHost \"example.org\"\n",
        ),
        ("conf.d/modules.cfg.lua", "modules_enabled = { \"mam\" }\n"),
        (
            "plain.cfg.lua",
            "modules_enabled = { \"mam\" }\nVirtualHost \"example.org\"\n",
        ),
    ]);
    write(
        folder.path(),
        "conf.d/modules.cfg.lua",
        "modules_enabled = { }\n",
    );
    write(
        folder.path(),
        "plain.cfg.lua",
        "VirtualHost \"example.org\"\n",
    );
    let said = diff(folder.path(), "prosody.cfg.lua");
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(
        said.stdout
            .contains("cannot determine the content of an included file"),
        "{said:?}"
    );
    // One that includes nothing is known.
    let said = diff(folder.path(), "plain.cfg.lua");
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert!(said.stdout.contains("mam will not load"), "{said:?}");
}

#[test]
fn what_a_nixos_configuration_imports_is_undecided() {
    let server = "{ imports = [ ./modules.nix ]; services.prosody-stability.enable = true; }\n";
    let modules = "{ services.prosody-stability.beta = false; }\n";
    let folder = repository(&[("configuration.nix", server), ("modules.nix", modules)]);
    let said = diff(folder.path(), "configuration.nix");
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(said.stdout.contains("modules.nix"), "{said:?}");
}

#[test]
fn what_git_does_not_have_is_an_error_in_its_words() {
    let folder = repository(&[("prosody.cfg.lua", "VirtualHost \"example.org\"\n")]);
    for (side, words) in [
        ("HEAD:other.cfg.lua", "other.cfg.lua"),
        ("no-such-revision:prosody.cfg.lua", "no-such-revision"),
    ] {
        let arguments = ["diff", side, "prosody.cfg.lua"];
        let output = run(tool(&arguments).current_dir(folder.path()));
        assert_eq!(output.code(), Some(2), "{output:?}");
        assert_eq!(output.stdout, "", "{output:?}");
        let lines: Vec<_> = output.stderr.lines().collect();
        assert!(
            lines[0].contains(side) && !output.stderr.contains("fatal"),
            "{output:?}"
        );
        assert!(output.stderr.contains(&format!("'{words}'")), "{output:?}");
    }
}
