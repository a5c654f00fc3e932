//! The picture in the README: what the command prints, with its colours, as an SVG.
//!
//! `PICTURE=overwrite cargo test --test cli picture` draws it anew; look at it.

use std::fs;
use std::process::Command;

use crate::support::command::{TOOL, run};
use crate::support::root;

/// The picture, from the root of the repository.
const PICTURE: &str = "docs/review.svg";
/// The command that it shows, as one types it at the root.
const COMMAND: &str = "prosody-stability diff --release 0.12..13.0 --config docs/prosody.cfg.lua";
/// How many lines of the answer are shown.
const LINES: usize = 27;

#[test]
fn the_picture_shows_what_the_command_prints() {
    // A real terminal of this width.
    let (_, arguments) = COMMAND.split_once(' ').unwrap();
    let line = format!("stty cols 100 rows 50; exec {TOOL} {arguments}");
    let mut command = Command::new("script");
    command
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .current_dir(root());
    let said = run(&mut command).success().stdout.replace('\r', "");
    let shown: Vec<&str> = said.lines().take(LINES).collect();
    assert_eq!(shown.len(), LINES, "{said}");
    let text = format!("$ {COMMAND}\n{}\n…\n", shown.join("\n"));
    let picture = anstyle_svg::Term::new().render_svg(&text);
    let file = root().join(PICTURE);
    if std::env::var_os("PICTURE").is_some_and(|value| value == "overwrite") {
        fs::write(&file, &picture).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == picture,
        "{PICTURE} is not what the command prints; run: PICTURE=overwrite cargo test --test cli picture"
    );
}
