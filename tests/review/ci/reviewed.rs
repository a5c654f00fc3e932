//! What the action can review.

use std::fs;

use super::action::{action, yaml};
use super::job::Job;
use crate::support::folder::{read, write};
use crate::support::json::list;
use crate::support::nix;
use crate::support::root;

const SERVER: &str = "Include \"conf.d/*.cfg.lua\"\nVirtualHost \"example.org\"\n";
const ASKS: &str = "modules_enabled = { \"roster\", \"mam\", \"http_upload\" }\n";

/// The inputs of the documented workflow.
fn documented() -> Vec<(String, String)> {
    let page = read(root(), "docs/ci.md");
    let (_, workflow) = page.split_once("```yaml\n").unwrap();
    let workflow = yaml(workflow.split_once("```").unwrap().0);
    let steps = list(&workflow["jobs"]["review"]["steps"]);
    let inputs = steps.last().unwrap()["with"].as_object().unwrap();
    let owned = |(name, value): (&String, &serde_json::Value)| {
        (name.clone(), value.as_str().unwrap().to_owned())
    };
    inputs.iter().map(owned).collect()
}

fn dockerfile(version: &str) -> String {
    format!("FROM prosodyim/prosody:{version}\nCOPY prosody.cfg.lua /etc/prosody/\n")
}

fn server() -> Job {
    Job::with(&[
        ("prosody.cfg.lua", SERVER),
        ("conf.d/modules.cfg.lua", ASKS),
        ("Dockerfile", &dockerfile("0.12")),
    ])
}

#[test]
fn the_documented_job_reviews_the_image_for_the_server() {
    let job = server();
    let inputs = documented();
    let inputs: Vec<_> = inputs
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    job.push("change", "README.md", "Our server.\n");
    let nothing = job.review(&inputs);
    assert_eq!(nothing.code(), Some(0), "{nothing:?}");
    assert_eq!(
        job.summary(),
        "✅ The module check passes.\n\nNo changes.\n"
    );
    job.push("change", "Dockerfile", &dockerfile("13.0"));
    let said = job.review(&inputs);
    assert_eq!(said.code(), Some(1), "{said:?}");
    let [comment] = &job.comments()[..] else {
        panic!("{:?}", job.comments());
    };
    assert!(
        comment.contains("\n## Prosody 0.12 → 13.0, base/prosody.cfg.lua → prosody.cfg.lua\n"),
        "{comment}"
    );
    assert!(
        comment.contains("| http\\_upload will not load: "),
        "{comment}"
    );
    // The server changes as well, in a file that it includes: so it works.
    job.push(
        "change",
        "conf.d/modules.cfg.lua",
        &ASKS.replace(", \"http_upload\"", ""),
    );
    let said = job.review(&inputs);
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert!(job.comments()[0].contains("✅ The module check passes.\n"));
}

/// Both sides have the files that they had: the old one does not include those of the new one.
#[test]
fn included_files_are_those_of_their_side() {
    let job = server();
    job.push(
        "change",
        "conf.d/modules.cfg.lua",
        &ASKS.replace("\"mam\", ", ""),
    );
    let said = job.review(&[("config", "prosody.cfg.lua"), ("fail-on", "info")]);
    assert_eq!(said.code(), Some(1), "{said:?}");
    assert!(
        said.stdout.contains("::mam will not load: no longer configured, previously modules_enabled (base/conf.d/modules.cfg.lua:1)"),
        "{said:?}"
    );
    let temporary = job.folder.path().join("_temp").display().to_string();
    assert!(!said.stdout.contains(&temporary), "{said:?}");
    for page in [job.summary(), job.comments()[0].clone()] {
        assert!(page.contains("(base/conf.d/modules.cfg.lua:1)"), "{page}");
        assert!(!page.contains("temp"), "{page}");
    }
}

#[test]
fn a_nixos_configuration_is_reviewed_with_what_each_side_imports() {
    let configuration =
        "{ imports = [ ./flags.nix ]; services.prosody-stability.enable = true; }\n";
    let flags = "{ services.prosody-stability.beta = true; }\n";
    let job = Job::with(&[
        ("hosts/configuration.nix", configuration),
        ("hosts/flags.nix", flags),
    ]);
    let inputs = [("config", "hosts/configuration.nix"), ("fail-on", "info")];
    job.push("change", "README.md", "Our server.\n");
    assert_eq!(job.review(&inputs).code(), Some(0));
    job.push("change", "hosts/flags.nix", &flags.replace("true", "false"));
    let said = job.review(&inputs);
    assert_eq!(said.code(), Some(1), "{said:?}");
    assert!(
        job.summary()
            .contains("will not load: beta changes from on to off"),
        "{}",
        job.summary()
    );
}

/// What is accepted stays accepted, wherever the old side stands for the time of a review.
#[test]
fn a_change_of_the_server_is_accepted_by_its_fingerprint() {
    let job = server();
    job.push("change", "Dockerfile", &dockerfile("13.0"));
    let inputs = [
        ("config", "prosody.cfg.lua"),
        ("dockerfile", "Dockerfile"),
        ("allow", "accepted.json"),
    ];
    let write_allowed = [
        inputs[0],
        inputs[1],
        ("arguments", "--allow=accepted.json\n--allow-write"),
    ];
    let said = job.review(&write_allowed);
    assert_eq!(said.code(), Some(0), "{said:?}");
    let accepted = read(&job.server(), "accepted.json");
    fs::remove_file(job.server().join("accepted.json")).unwrap();
    assert_eq!(job.review(&inputs).code(), Some(1));
    job.push("change", "accepted.json", &accepted);
    let said = job.review(&inputs);
    assert_eq!(said.code(), Some(0), "{said:?}");
}

#[test]
fn an_image_alone_is_reviewed_for_all_profiles() {
    let job = server();
    job.push("change", "Dockerfile", &dockerfile("13.0"));
    let said = job.review(&[("dockerfile", "Dockerfile")]);
    assert_eq!(said.code(), Some(1), "{said:?}");
    assert!(
        job.summary().contains("\n| enterprise | "),
        "{}",
        job.summary()
    );
}

/// Where the tag is no version, the image says it, in a container that does not start.
#[test]
fn an_image_is_looked_into_where_its_tag_says_nothing() {
    let job = Job::with(&[(
        "Dockerfile",
        "ARG BASE=registry.example/chat:stable\nFROM ${BASE}\n",
    )]);
    let images = job.folder.path().join("docker");
    write(&images, "registry_example_chat_stable", "0.12.4\n");
    let image = "FROM registry.example/chat:next AS built\nRUN make\nFROM built\n";
    job.push("change", "Dockerfile", image);
    let said = job.review(&[("dockerfile", "Dockerfile")]);
    assert_eq!(said.code(), Some(2), "{said:?}");
    assert!(
        said.stderr
            .contains("which Prosody the image 'registry.example/chat:next' has is not known"),
        "{said:?}"
    );
    write(&images, "registry_example_chat_next", "13.0.1\n");
    let said = job.review(&[("dockerfile", "Dockerfile")]);
    assert_eq!(said.code(), Some(1), "{said:?}");
    assert!(
        job.summary().contains("\n## Prosody 0.12 → 13.0"),
        "{}",
        job.summary()
    );
}

#[test]
fn a_dockerfile_that_does_not_say_its_image_is_doubt() {
    for text in [
        "FROM $IMAGE\n",
        "FROM scratch\n",
        "COPY x /\n",
        "RUN <<END\nFROM prosodyim/prosody:0.12\nEND\nFROM prosodyim/prosody:0.12\n",
        "FROM prosodyim/prosody:$(touch pwned)\n",
    ] {
        let job = server();
        job.push("change", "Dockerfile", text);
        let said = job.review(&[("dockerfile", "Dockerfile")]);
        assert_eq!(said.code(), Some(2), "{text} {said:?}");
        assert!(
            said.stderr.contains("--release=0.12..13.0"),
            "{text} {said:?}"
        );
        assert!(!job.server().join("pwned").exists(), "{text}");
    }
}

#[test]
fn a_file_that_the_base_lacks_is_new() {
    let job = Job::with(&[("README.md", "")]);
    job.push("change", "prosody.cfg.lua", "VirtualHost \"example.org\"\n");
    let said = job.review(&[("config", "prosody.cfg.lua")]);
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert!(
        job.summary().contains("'prosody.cfg.lua' is new"),
        "{}",
        job.summary()
    );
    assert_eq!(job.comments(), [""; 0]);
    // One that the pull request removes is missing.
    job.push("main", "prosody.cfg.lua", "VirtualHost \"example.org\"\n");
    job.git(&["rm", "-q", "prosody.cfg.lua"]);
    assert_eq!(job.review(&[("config", "prosody.cfg.lua")]).code(), Some(2));
}

#[test]
fn several_reviews_make_one_report() {
    let job = Job::with(&[
        (
            "prosody.cfg.lua",
            &format!("{ASKS}VirtualHost \"example.org\"\n"),
        ),
        ("inventory.json", &super::job::inventory_without(&[])),
    ]);
    job.push(
        "change",
        "inventory.json",
        &super::job::inventory_without(&["mam"]),
    );
    job.push(
        "change",
        "prosody.cfg.lua",
        "modules_enabled = { \"roster\", \"http_upload\" }\nVirtualHost \"example.org\"\n",
    );
    let said = job.review(&[
        ("config", "prosody.cfg.lua"),
        ("inventory", "inventory.json"),
        ("fail-on", "info"),
    ]);
    assert_eq!(said.code(), Some(1), "{said:?}");
    let summary = job.summary();
    assert_eq!(
        summary.matches("\n## Prosody 13.0, ").count(),
        2,
        "{summary}"
    );
    assert_eq!(summary.matches("❌").count(), 1, "{summary}");
}

/// A flake of one machine, whose settings stand there evaluated.
fn flake(modules: &str) -> String {
    format!(
        "{{ outputs = {{ self }}: {{ nixosConfigurations.berlin.config = {{\n\
           services.prosody = {{ enable = true; package = {{ version = \"13.0.1\"; postInstall = \"\"; }}; }};\n\
           environment.etc.\"prosody/prosody.cfg.lua\".text = ''\n\
             modules_enabled = {{ {modules} }}\n\
             VirtualHost \"example.org\"\n\
           '';\n\
         }}; }}; }}\n"
    )
}

#[test]
fn all_machines_of_a_flake_are_reviewed_in_a_shallow_checkout() {
    if !nix::is_here() {
        return;
    }
    let job = Job::with(&[("machines/flake.nix", &flake("\"mam\"; \"carbons\""))]);
    job.push("change", "machines/flake.nix", &flake("\"mam\""));
    job.git(&[
        "clone",
        "-q",
        "--depth",
        "2",
        &format!("file://{}", job.server().display()),
        "../shallow",
    ]);
    fs::rename(job.server(), job.folder.path().join("whole")).unwrap();
    fs::rename(job.folder.path().join("shallow"), job.server()).unwrap();
    let said = job.review(&[("flake", "machines"), ("fail-on", "info")]);
    assert_eq!(said.code(), Some(1), "{said:?}");
    assert!(
        job.summary().contains("carbons will not load"),
        "{}",
        job.summary()
    );
}

/// What a pull request can name is text, whatever it says.
#[test]
fn hostile_names_stay_text() {
    let file = "conf.d/it's \"$(touch pwned)\" `touch pwned`\n::error::pwned.cfg.lua";
    let branch = "$(touch${IFS}pwned)-`touch${IFS}pwned`;'\"";
    let job = Job::on_branch(
        branch,
        &[
            ("prosody.cfg.lua", SERVER),
            ("conf.d/modules.cfg.lua", ASKS),
        ],
    );
    job.push(branch, file, "modules_enabled = { \"roster\" }\n");
    let inputs = [("config", "prosody.cfg.lua"), ("fail-on", "info")];
    let said = job.review(&inputs);
    assert_eq!(said.code(), Some(1), "{said:?}");
    // The same as an input, where a workflow takes names from the pull request.
    let named = job.review(&[("config", file)]);
    assert_eq!(named.code(), Some(0), "{named:?}");
    assert!(named.stderr.contains("is new"), "{named:?}");
    let base = job.review(&[
        ("config", "prosody.cfg.lua"),
        ("base", "$(touch pwned)\n::error::pwned"),
    ]);
    let name = job.review(&[
        ("config", "prosody.cfg.lua"),
        ("name", "$(touch pwned)\n::error::pwned"),
    ]);
    let more = job.review(&[
        ("config", "prosody.cfg.lua"),
        ("arguments", "--release=$(touch pwned)"),
    ]);
    for refused in [&base, &name, &more] {
        assert_eq!(refused.code(), Some(2), "{refused:?}");
    }
    for said in [&said, &named, &base, &name, &more] {
        let lines = said.stdout.lines().chain(said.stderr.lines());
        assert_eq!(
            lines.filter(|line| line.starts_with("::error::")).count(),
            0,
            "{said:?}"
        );
    }
    for comment in job.comments() {
        assert!(!comment.contains("\n::error"), "{comment}");
    }
    let mut folders = vec![job.folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            assert_ne!(entry.file_name(), "pwned", "{entry:?}");
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
        }
    }
}

/// Each input is documented, and what is documented is an input.
#[test]
fn the_page_has_every_input() {
    let page = read(root(), "docs/ci.md");
    let action = action();
    let inputs: Vec<_> = action["inputs"].as_object().unwrap().keys().collect();
    for (name, _) in documented() {
        assert!(inputs.contains(&&name), "{name}");
    }
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut listed: Vec<_> = rows.filter_map(|row| row.split('`').next()).collect();
    let mut inputs: Vec<_> = inputs.into_iter().map(String::as_str).collect();
    listed.sort_unstable();
    inputs.sort_unstable();
    assert_eq!(listed, inputs);
}
