//! Everything that was started below this process, where no namespace ends it.

use std::fs;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{Pid, getpid};

/// How long ending them may take.
const LONGEST: Duration = Duration::from_secs(2);

/// Makes this process the parent of whatever loses its own, so that [`end`] finds it.
pub fn adopt() -> io::Result<()> {
    Ok(nix::sys::prctl::set_child_subreaper(true)?)
}

/// Ends all children, then those that become children by that, until there are none.
pub fn end() {
    let start = Instant::now();
    while start.elapsed() < LONGEST {
        let children = children();
        if children.is_empty() {
            return;
        }
        for child in children {
            let _ = kill(child, Signal::SIGKILL);
        }
        while waitpid(None, Some(WaitPidFlag::WNOHANG)).is_ok_and(|it| it.pid().is_some()) {}
        thread::sleep(Duration::from_millis(1));
    }
}

fn children() -> Vec<Pid> {
    let own = getpid().to_string();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let children = entries.filter_map(|entry| {
        let number = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // Number, name in parentheses, state, parent, ….
        let (_, rest) = stat.rsplit_once(") ")?;
        let parent = rest.split(' ').nth(1)?;
        (parent == own).then(|| Pid::from_raw(number))
    });
    children.collect()
}
