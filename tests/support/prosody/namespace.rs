//! Networks of their own for servers that call outside: loopback alone, and nobody else on it.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::skip::skip_or_fail;

/// How this machine lets us make network namespaces.
#[derive(Clone, Copy, Debug)]
pub struct Namespace {
    unshare: &'static [&'static str],
}

impl Namespace {
    /// As root, or as somebody who may have a user namespace; `None` after `skip_or_fail`.
    pub fn find() -> Option<Self> {
        let ways: [&[&str]; 2] = [&["--net"], &["--net", "--map-root-user"]];
        let works = |unshare: &&&'static [&'static str]| {
            let mut command = Self { unshare }.command(Path::new("true"));
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
            status.is_ok_and(|status| status.success())
        };
        let found = ways.iter().find(works);
        if found.is_none() {
            skip_or_fail(
                "no network namespaces: they need root, and the packages util-linux and iproute2",
            );
        }
        Some(Self { unshare: found? })
    }

    /// A command that runs a program there; the process keeps its number.
    pub fn command(self, program: &Path) -> Command {
        let mut command = Command::new("unshare");
        command
            .args(self.unshare)
            .args(["sh", "-c", r#"ip link set lo up && exec "$0" "$@""#])
            .arg(program);
        command
    }
}
