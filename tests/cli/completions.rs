//! What real shells offer while a command line is typed.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::command::{TOOL, printed, run, run_with};
use crate::support::skip::skip_or_fail;

/// What is typed behind the name of the program, and all that is offered for its last word.
const WHOLE: [(&str, &[&str]); 20] = [
    ("reso", &["resolve"]),
    ("resolve --prof", &["--profile"]),
    (
        "resolve --profile ",
        &["personal", "community", "enterprise", "development"],
    ),
    ("check --env-file prosody.env --profile co", &["community"]),
    ("resolve --release 0.", &["0.11", "0.12"]),
    ("resolve --release=0.", &["0.11", "0.12"]),
    ("explain --format=json --release=0.1 pulled", &["pulled-in"]),
    ("diff --release 0.12", &["0.12..13.0"]),
    ("migrate prosody.cfg.lua --to 13", &["13.0"]),
    (
        "list --category ",
        &["core", "security", "modern", "enterprise", "http", "admin"],
    ),
    ("list --stability al", &["alpha"]),
    ("resolve --beta security,mo", &["security,modern"]),
    ("resolve --http t", &["true"]),
    ("explain spam_r", &["spam_reporting"]),
    ("resolve --enable mam,spam_r", &["mam,spam_reporting"]),
    ("rehearse --may-fail spam_r", &["spam_reporting"]),
    (
        "options http_file_share_size",
        &["http_file_share_size_limit"],
    ),
    ("rehearse --fail-on-code module-f", &["module-fails"]),
    ("check --config prosody.c", &["prosody.cfg.lua"]),
    (
        "check --packaged-by debian-13",
        &["debian-13", "debian-13-backports"],
    ),
];

/// A shell that asks: its name, and what a line makes of it.
struct Shell {
    name: &'static str,
    offers: fn(&Path, &str) -> Vec<String>,
}

const SHELLS: [Shell; 3] = [
    Shell {
        name: "bash",
        offers: bash,
    },
    Shell {
        name: "zsh",
        offers: zsh,
    },
    Shell {
        name: "fish",
        offers: fish,
    },
];

/// A folder to type in, with files to name and the completions of one shell.
fn folder(shell: &str, script: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join(script),
        printed(&format!("completions {shell}")),
    )
    .unwrap();
    for file in ["prosody.cfg.lua", "prosody.env"] {
        fs::write(folder.path().join(file), "").unwrap();
    }
    folder
}

/// The shell, which finds the program under test by its name.
fn shell(name: &str, folder: &Path) -> Command {
    let beside = Path::new(TOOL).parent().unwrap();
    let mut path = vec![beside.to_owned()];
    path.extend(env::split_paths(&env::var_os("PATH").unwrap()));
    let mut command = Command::new(name);
    command
        .current_dir(folder)
        .env("PATH", env::join_paths(path).unwrap())
        .env("HOME", folder);
    command
}

/// What the function that `complete -p` names answers to the words as bash divides them.
fn bash(folder: &Path, line: &str) -> Vec<String> {
    const ASK: &str = r#"
        source ./script
        asked=$(complete -p prosody-stability)
        [[ $asked =~ -F\ ([^ ]+) ]] || exit 1
        COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2))
        word=${COMP_WORDS[COMP_CWORD]}
        [[ $word != "=" ]] || word=""
        "${BASH_REMATCH[1]}" prosody-stability "$word" "${COMP_WORDS[COMP_CWORD - 1]}" 2>errors
        # Outside of readline there are no options to set.
        ! grep -v "compopt: not currently executing completion function" errors >&2 || exit 1
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let line = format!("prosody-stability {line}");
    let divided = line.replace('=', " = ");
    let mut command = shell("bash", folder);
    command.args(["--norc", "-c", ASK, "bash", &line]);
    lines(&run(command.args(divided.split(' '))).success().stdout)
}

/// What the line editor of an interactive zsh is told to offer; it loads the completions from a folder.
fn zsh(folder: &Path, line: &str) -> Vec<String> {
    const SETTINGS: &str = r#"
        fpath=($HOME $fpath)
        autoload -Uz compinit
        compinit -u -D
        compadd() {
            # What is only sorted is not offered yet.
            if [[ " ${@[1,(i)(-|--)]} " != *\ -(O|A|D)\ * ]]; then
                local -a offered
                builtin compadd -O offered "$@"
                print -rl -- $offered >>$HOME/offers
            fi
            builtin compadd "$@"
        }
        zle -C ask complete-word _main_complete
        zle-line-init() { BUFFER=$TYPED; CURSOR=$#BUFFER; zle ask; exit 0 }
        zle -N zle-line-init
    "#;
    fs::write(folder.join(".zshrc"), SETTINGS).unwrap();
    fs::write(folder.join("offers"), "").unwrap();
    let mut command = shell("script", folder);
    command
        .args(["-q", "-e", "-c", "zsh -d -i", "/dev/null"])
        .env("ZDOTDIR", folder)
        .env("TERM", "xterm")
        .env("TYPED", format!("prosody-stability {line}"));
    run(&mut command).success();
    lines(&fs::read_to_string(folder.join("offers")).unwrap())
}

/// What `complete --do-complete` prints, without the descriptions.
fn fish(folder: &Path, line: &str) -> Vec<String> {
    let mut command = shell("fish", folder);
    command
        .args(["--no-config", "-c", "source ./script; complete -C $TYPED"])
        .env("TYPED", format!("prosody-stability {line}"));
    let said = run(&mut command).success();
    lines(&said.stdout)
        .iter()
        .filter_map(|line| line.split('\t').next())
        .map(str::to_owned)
        .collect()
}

fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// Whether a shell is there that can complete; one that cannot is skipped.
fn is_there(name: &str) -> bool {
    let of_bash = if name == "bash" {
        " && bash -c 'type complete compopt'"
    } else {
        ""
    };
    let ask = format!("command -v script {name}{of_bash}");
    let is_there = run(Command::new("sh").args(["-c", &ask])).code() == Some(0);
    if !is_there {
        skip_or_fail(&format!("there is no {name} to complete in"));
    }
    is_there
}

/// Asks in a shell, when it is there, for each of these.
fn in_each_shell(ask: impl Fn(&Shell, &Path) -> Vec<String>) {
    let mut wrong = Vec::new();
    for shell in &SHELLS {
        if !is_there(shell.name) {
            continue;
        }
        let script = if shell.name == "zsh" {
            "_prosody-stability"
        } else {
            "script"
        };
        let folder = folder(shell.name, script);
        let all = ask(shell, folder.path());
        wrong.extend(all.iter().map(|what| format!("{}: {what}", shell.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn values_are_offered_in_each_shell() {
    in_each_shell(|shell, folder| {
        let mut wrong = Vec::new();
        for (line, expected) in WHOLE {
            let mut offered = (shell.offers)(folder, line);
            // Some shells offer the whole word, some what stands behind `=`.
            for offer in &mut offered {
                if let Some((_, value)) = offer.split_once('=') {
                    *offer = value.to_owned();
                }
            }
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            offered.sort_unstable();
            // What begins an option stands beside the values where both may come.
            if line.ends_with(' ') {
                offered.retain(|offer| !offer.starts_with('-'));
            }
            if offered != expected {
                wrong.push(format!("{line:?}: {offered:?}, not {expected:?}"));
            }
        }
        wrong
    });
}

#[test]
fn subcommands_have_their_options_and_no_others() {
    in_each_shell(|shell, folder| {
        let offered = (shell.offers)(folder, "explain --");
        let has = |name: &str| offered.iter().any(|offer| offer == name);
        let is_right = has("--profile") && has("--codes") && has("--color") && !has("--against");
        (!is_right)
            .then(|| format!("{offered:?}"))
            .into_iter()
            .collect()
    });
}

#[test]
fn a_file_name_that_could_control_a_terminal_is_not_offered() {
    in_each_shell(|shell, folder| {
        fs::write(folder.join("x\u{1b}]0;title\u{7}.lua"), "").unwrap();
        fs::write(folder.join("x.lua"), "").unwrap();
        let offered = (shell.offers)(folder, "check --config x");
        (offered != ["x.lua"])
            .then(|| format!("{offered:?}"))
            .into_iter()
            .collect()
    });
}

#[test]
fn what_is_typed_in_bash_is_completed_to_what_runs() {
    if !is_there("bash") {
        return;
    }
    let folder = folder("bash", "script");
    let folder = folder.path();
    fs::write(folder.join("rc"), "source ./script\n").unwrap();
    fs::write(folder.join("my guide.md"), "").unwrap();
    fs::create_dir(folder.join("folder")).unwrap();
    fs::write(folder.join("folder/mine.json"), "").unwrap();
    // What is typed, with tabs, and what the completed command then says.
    let lines = [
        ("explain spam_rep\t", "spam_reporting  Spam report handling"),
        ("resolve --release=0.1\t2\t --prof\tcomm\t", "Prosody 0.12"),
        ("list --inventory=fol\tm\t", "folder/mine.json is empty"),
        ("import my\t", "my guide.md lists no modules"),
    ];
    let mut typed = String::new();
    for (index, (line, _)) in lines.iter().enumerate() {
        typed += &format!("prosody-stability {line}>said{index} 2>&1\n");
    }
    typed += "exit\n";
    let mut command = shell("script", folder);
    command
        .args(["-q", "-c", "bash --noprofile --rcfile rc -i", "/dev/null"])
        .env("TERM", "xterm")
        .env("INPUTRC", "/dev/null");
    let shown = run_with(&mut command, typed.as_bytes()).stdout;
    for (index, (line, expected)) in lines.iter().enumerate() {
        let said = fs::read_to_string(folder.join(format!("said{index}"))).unwrap_or_default();
        assert!(said.contains(expected), "{line:?}: {said:?}\n{shown}");
    }
}
