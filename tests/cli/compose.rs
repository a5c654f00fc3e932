//! `migrate docker-compose.yml`: values are put together as docker compose does it, from the files
//! beside it, and nothing is guessed.

use crate::support::command::{CommandOutput, run, tool};
use crate::support::folder;

fn migrate(files: &[(&str, &str)], more: &[&str]) -> CommandOutput {
    let place = folder::scratch();
    for (name, text) in files {
        folder::write(place.path(), name, text);
    }
    let arguments = [&["migrate", "docker-compose.yml"], more].concat();
    run(tool(&arguments).current_dir(place.path()))
}

/// A compose file with one service that says this.
fn service(lines: &str) -> String {
    let lines: String = lines.lines().map(|line| format!("    {line}\n")).collect();
    format!("services:\n  db:\n    image: postgres\n  xmpp:\n{lines}")
}

#[test]
fn values_come_from_env_file_environment_and_dot_env() {
    let env = ("prosody.env", "X=1\nPROSODY_ENABLE_BETA=false\n");
    let more = ("more.env", "PROSODY_ENABLE_BETA=true\n");
    let dot = (".env", "BETA=false\nEMPTY=\nNAME=prosody\nTWICE=${BETA}\n");
    let cases: [(&str, &str, &str); 18] = [
        ("env_file: prosody.env", "false", "prosody.env:2"),
        (
            "env_file: [more.env, prosody.env]",
            "false",
            "prosody.env:2",
        ),
        ("env_file: [prosody.env, more.env]", "true", "more.env:1"),
        ("env_file:\n  - path: prosody.env", "false", "prosody.env:2"),
        (
            "env_file:\n  - path: missing.env\n    required: false\n  - prosody.env",
            "false",
            "prosody.env:2",
        ),
        ("env_file: ./${NAME}.env", "false", "prosody.env:2"),
        (
            "env_file: more.env\nenvironment:\n  - PROSODY_ENABLE_BETA=false",
            "false",
            "docker-compose.yml:7",
        ),
        (
            "environment:\n  - PROSODY_ENABLE_BETA=${BETA}",
            "false",
            "docker-compose.yml:6 (BETA from .env:1)",
        ),
        (
            "environment:\n  PROSODY_ENABLE_BETA: $BETA",
            "false",
            "docker-compose.yml:6 (BETA from .env:1)",
        ),
        (
            "environment:\n  PROSODY_ENABLE_BETA: ${TWICE:?}",
            "false",
            "docker-compose.yml:6 (TWICE from .env:4)",
        ),
        (
            "environment:\n  PROSODY_ENABLE_BETA: ${UNSET:-false}",
            "false",
            "docker-compose.yml:6 (the default of UNSET)",
        ),
        (
            "environment:\n  PROSODY_ENABLE_BETA: ${UNSET-false}",
            "false",
            "(the default of UNSET)",
        ),
        (
            "environment:\n  PROSODY_ENABLE_BETA: ${BETA:-true}",
            "false",
            "(BETA from .env:1)",
        ),
        (
            "environment:\n  PROSODY_ENABLE_BETA: ${EMPTY:-false}",
            "false",
            "(the default of EMPTY)",
        ),
        (
            "environment:\n  PROSODY_ENABLE_BETA: ${UNSET:-${BETA}}",
            "false",
            "BETA from .env:1",
        ),
        (
            "environment:\n  PROSODY_ENABLE_BETA: ${BETA:+security}",
            "[ \"security\" ]",
            "docker-compose.yml:6",
        ),
        (
            "env_file: filled.env",
            "false",
            "filled.env:1 (BETA from .env:1)",
        ),
        (
            "environment: [PROSODY_ENABLE_BETA=false]\nenv_file: []",
            "false",
            "docker-compose.yml:5",
        ),
    ];
    let filled = ("filled.env", "PROSODY_ENABLE_BETA=\"${BETA}\"\n");
    for (lines, value, from) in cases {
        let compose = service(lines);
        let files = [env, more, dot, filled, ("docker-compose.yml", &compose)];
        let said = migrate(&files, &[]).success();
        let expected = format!("beta = {value};");
        assert!(said.stdout.contains(&expected), "{lines}: {}", said.stdout);
        let origins: Vec<&str> = said.stderr.lines().collect();
        assert_eq!(origins.len(), 1, "{lines}: {origins:?}");
        assert!(
            origins[0].starts_with("note: PROSODY_ENABLE_BETA="),
            "{origins:?}"
        );
        assert!(origins[0].contains(from), "{lines}: {from} in {origins:?}");
    }
}

#[test]
fn a_bare_name_is_the_variable_of_the_project() {
    let compose = service("environment:\n  - PROSODY_ENABLE_BETA");
    let dot = (".env", "PROSODY_ENABLE_BETA=false\n");
    let said = migrate(&[("docker-compose.yml", &compose), dot], &[]).success();
    assert!(said.stdout.contains("beta = false;"), "{}", said.stdout);
    let said = migrate(&[("docker-compose.yml", &compose)], &[]);
    assert_eq!(said.code(), Some(2));
    assert!(
        said.stderr.contains("docker-compose.yml:6:9"),
        "{}",
        said.stderr
    );
}

#[test]
fn what_only_docker_can_tell_is_an_error_with_its_place() {
    let cases: [(&str, &[&str]); 9] = [
        (
            "environment:\n  - PROSODY_ENABLE_BETA=${UNSET}",
            &["docker-compose.yml:6:9", "nothing sets `UNSET`"],
        ),
        (
            "environment:\n  PROSODY_ENABLE_BETA: ${UNSET:?set it}",
            &[
                "docker-compose.yml:6:28",
                "nothing sets `UNSET`, which is required",
            ],
        ),
        (
            "environment:\n  PROSODY_ENABLE_BETA: ${EMPTY:?}",
            &["docker-compose.yml:6:28", "nothing sets `EMPTY`"],
        ),
        (
            "environment:\n  PROSODY_ENABLE_BETA: ${BETA!}",
            &["docker-compose.yml:6:28", "unknown form `${BETA!}`"],
        ),
        (
            "env_file: missing.env",
            &[
                "docker-compose.yml:5:15",
                "cannot find the environment file `missing.env`",
            ],
        ),
        (
            "env_file:\n  - path: missing.env\n    required: true",
            &["docker-compose.yml:6:9", "`missing.env`"],
        ),
        (
            "env_file: broken.env",
            &["broken.env:2:1", "expected `NAME=value`"],
        ),
        (
            "env_file: unfilled.env",
            &["unfilled.env:1:21", "nothing sets `UNSET`"],
        ),
        (
            "environment: [PROSODY_ENABLE_BETA=false]\nextends: base",
            &["docker-compose.yml:6:14", "cannot follow `extends`"],
        ),
    ];
    for (lines, parts) in cases {
        let compose = service(lines);
        let files = [
            (".env", "EMPTY=\nBETA=true\n"),
            (
                "broken.env",
                "PROSODY_ENABLE_HTTP=true\nPROSODY_ENABLE_BETA\n",
            ),
            ("unfilled.env", "PROSODY_ENABLE_BETA=${UNSET}\n"),
            ("docker-compose.yml", &compose),
        ];
        let said = migrate(&files, &[]);
        assert_eq!(said.code(), Some(2), "{lines}: {}", said.stderr);
        assert_eq!(said.stdout, "", "{lines}");
        for part in parts {
            assert!(
                said.stderr.contains(part),
                "{lines}: {part} in {}",
                said.stderr
            );
        }
    }
}

#[test]
fn an_override_file_is_not_overlooked() {
    let compose = service("environment:\n  - PROSODY_ENABLE_BETA=true");
    let other = service("environment:\n  - PROSODY_ENABLE_BETA=false");
    let files = [
        ("docker-compose.yml", compose.as_str()),
        ("docker-compose.override.yml", &other),
    ];
    let said = migrate(&files, &[]);
    assert_eq!(said.code(), Some(2));
    assert!(
        said.stderr.contains("docker compose config"),
        "{}",
        said.stderr
    );
    // One that says nothing of variables changes nothing.
    let files = [files[0], ("docker-compose.override.yml", "services: {}\n")];
    migrate(&files, &[]).success();
}

#[test]
fn a_service_is_chosen_by_name() {
    let compose =
        "services:\n  a:\n    env_file: a.env\n  b:\n    environment: [PROSODY_ENABLE_BETA=true]\n";
    let files = [
        ("docker-compose.yml", compose),
        ("a.env", "PROSODY_ENABLE_BETA=false\n"),
    ];
    let said = migrate(&files, &[]);
    assert_eq!(said.code(), Some(2));
    assert!(
        said.stderr.contains("choose one with --service: a, b"),
        "{}",
        said.stderr
    );
    let said = migrate(&files, &["--service", "a"]).success();
    assert!(said.stdout.contains("beta = false;"), "{}", said.stdout);
}
