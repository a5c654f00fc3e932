//! The Containerfile, built and run by buildah without a network. A small static program stands in for the command, which
//! takes minutes to build: what matters here is what surrounds it.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::support::command::{CommandOutput, run};
use crate::support::folder::{scratch, write};
use crate::support::root;
use crate::support::skip::skip_or_fail;

/// Says who it is and what it was given, and reads a file.
const PROGRAM: &str = r#"
#include <stdio.h>
#include <unistd.h>
int main(int count, char **words) {
    printf("user %d group %d arguments %d\n", getuid(), getgid(), count - 1);
    FILE *file = fopen("prosody.cfg.lua", "r");
    for (int byte; file && (byte = fgetc(file)) != EOF;) putchar(byte);
    return fopen("written", "w") != NULL;
}
"#;

fn buildah(folder: &Path, arguments: &[&str]) -> CommandOutput {
    let place = |name: &str| folder.join(name).display().to_string();
    let mut command = Command::new("buildah");
    command
        .args(["--root", &place("root"), "--runroot", &place("run")])
        .args(["--storage-driver", "vfs"])
        .args(arguments)
        .current_dir(folder);
    run(&mut command)
}

#[test]
fn the_image_has_the_command_and_a_user_without_rights() {
    if Command::new("buildah").arg("--version").output().is_err() {
        skip_or_fail("no buildah: the Containerfile is not built");
        return;
    }
    if !rustix::process::geteuid().is_root() {
        skip_or_fail("not root: the Containerfile is not built");
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    let context = folder.join("context");
    for file in ["Containerfile", ".dockerignore", "LICENSE"] {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        write(&context, file, &text);
    }
    write(&context, "secret", "not for the builder");
    write(folder, "program.c", PROGRAM);
    let binary = context.join("target/x86_64-unknown-linux-musl/release/prosody-stability");
    std::fs::create_dir_all(binary.parent().unwrap()).unwrap();
    let mut cc = Command::new("cc");
    cc.args(["-static", "-o"]).arg(&binary).arg("program.c");
    run(cc.current_dir(folder)).success();

    let build = [
        "build",
        "--isolation",
        "chroot",
        "--tag",
        "image",
        "context",
    ];
    buildah(folder, &build).success();
    let image = buildah(folder, &["inspect", "--type", "image", "image"]).success();
    let config = &image.json()["OCIv1"]["config"];
    assert_eq!(config["User"], "65534:65534");
    assert_eq!(config["Entrypoint"], json!(["/usr/bin/prosody-stability"]));
    assert_eq!(config["WorkingDir"], "/data");
    assert_eq!(config["Labels"]["org.opencontainers.image.licenses"], "MIT");

    let container = buildah(folder, &["from", "--pull-never", "image"]).success();
    let container = container.stdout.trim();
    let mounted = buildah(folder, &["mount", container]).success();
    let mut find = Command::new("find");
    find.args([mounted.stdout.trim(), "-type", "f", "-printf", "%P\n"]);
    let found = run(&mut find).success().stdout;
    let mut found: Vec<_> = found.lines().collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "usr/bin/prosody-stability",
            "usr/share/doc/prosody-stability/LICENSE"
        ]
    );

    let data = write(
        folder,
        "data/prosody.cfg.lua",
        "VirtualHost \"example.org\"\n",
    );
    let data = Path::new(&data).parent().unwrap().display();
    let volume = format!("{data}:/data:ro");
    let words = ["--", "/usr/bin/prosody-stability", "check", "--config"];
    let start = [
        "run",
        "--isolation",
        "chroot",
        "--volume",
        &volume,
        container,
    ];
    let said = buildah(folder, &[&start[..], &words].concat()).success();
    assert_eq!(
        said.stdout,
        "user 65534 group 65534 arguments 2\nVirtualHost \"example.org\"\n"
    );
    buildah(folder, &["rm", "--all"]).success();
}
