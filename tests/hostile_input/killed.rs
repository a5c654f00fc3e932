//! Writes that are killed at any moment: the file is the old one or the new one, and its owner's.

use std::collections::hash_map::RandomState;
use std::fs::{self, Permissions};
use std::hash::{BuildHasher, Hasher};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::owners::{NEW_CONFIG, NOBODY, OLD_CONFIG, is_root, tool_of};
use crate::support::command::{TOOL, run};
use crate::support::folder::{scratch, write};
use crate::support::skip::skip_optional;

/// How many writes each user has killed.
const WRITES: u32 = 500;

fn random(below: u64) -> u64 {
    RandomState::new().build_hasher().finish() % below
}

/// One file that is written again and again.
struct Case {
    file: PathBuf,
    /// The contents that it can have.
    texts: [String; 2],
    /// The arguments that lead to the second text, and back where there is a way back.
    arguments: [Vec<String>; 2],
    owner: u32,
}

impl Case {
    /// Puts the file back to its first text, by hand.
    fn reset(&self) {
        fs::write(&self.file, &self.texts[0]).unwrap();
        fs::set_permissions(&self.file, Permissions::from_mode(0o640)).unwrap();
        if is_root() {
            chown(&self.file, Some(self.owner), Some(self.owner)).unwrap();
        }
    }

    /// Kills a write at a random moment of its time; whether it had written already.
    fn kill(&self, tool: &dyn Fn(&[&str]) -> Command, time: Duration, towards: usize) -> bool {
        let arguments: Vec<_> = self.arguments[towards].iter().map(String::as_str).collect();
        let mut child = tool(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let micros = u64::try_from(time.as_micros()).unwrap();
        // No waiting for something: this is the moment.
        thread::sleep(Duration::from_micros(random(micros * 5 / 4)));
        let _ = child.kill();
        child.wait().unwrap();
        let text = fs::read_to_string(&self.file).unwrap();
        assert!(
            self.texts.contains(&text),
            "a mixture of {} bytes",
            text.len()
        );
        let metadata = fs::metadata(&self.file).unwrap();
        let found = (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777);
        assert_eq!(found, (self.owner, self.owner, 0o640));
        text == self.texts[towards]
    }
}

/// Kills writes of files that belong to `owner`.
fn kill_many(tool: &dyn Fn(&[&str]) -> Command, folder: &Path, owner: u32) {
    let inventory = include_str!("../../inventory/prosody.json");
    let other = inventory.replacen("\"purpose\": \"", "\"purpose\": \"Other: ", 1);
    let inventories = [inventory, &other];
    let inventories = [0, 1].map(|i| write(folder, &format!("{i}.json"), inventories[i]));
    let target = write(folder, "target/a.nix", "");
    let emit =
        |i: usize| ["emit", "--inventory", &inventories[i], "--output", &target].map(str::to_owned);
    let printed = |i: usize| {
        run(&mut tool(&["emit", "--inventory", &inventories[i]]))
            .success()
            .stdout
    };
    let config = write(folder, "target/configuration.nix", "");
    let migrate = ["migrate", "--write", &config].map(str::to_owned).to_vec();
    let cases = [
        Case {
            file: target.clone().into(),
            texts: [printed(0), printed(1)],
            arguments: [emit(0).to_vec(), emit(1).to_vec()],
            owner,
        },
        Case {
            file: config.clone().into(),
            texts: [OLD_CONFIG.to_owned(), NEW_CONFIG.to_owned()],
            arguments: [migrate.clone(), migrate],
            owner,
        },
    ];
    assert_ne!(cases[0].texts[0], cases[0].texts[1]);
    let target_folder = folder.join("target");
    if is_root() {
        chown(&target_folder, Some(owner), Some(owner)).unwrap();
    }
    let mut written = [0; 2];
    for (index, case) in cases.iter().enumerate() {
        case.reset();
        let arguments: Vec<_> = case.arguments[1].iter().map(String::as_str).collect();
        let start = Instant::now();
        run(&mut tool(&arguments)).success();
        let time = start.elapsed();
        assert_eq!(fs::read_to_string(&case.file).unwrap(), case.texts[1]);
        case.reset();
        for _ in 0..WRITES / 2 {
            let is_new = fs::read_to_string(&case.file).unwrap() == case.texts[1];
            // A configuration has no way back.
            if is_new && index == 1 {
                case.reset();
            }
            let towards = usize::from(!is_new || index == 1);
            written[index] += u32::from(case.kill(tool, time, towards));
        }
    }
    // Some were killed before and some after; nothing of those between is left by the next write.
    eprintln!(
        "user {owner}: {written:?} of {} each had written",
        WRITES / 2
    );
    assert!(
        written.iter().all(|&n| n > 0 && n < WRITES / 2),
        "{written:?}"
    );
    cases[0].reset();
    let arguments: Vec<_> = cases[0].arguments[1].iter().map(String::as_str).collect();
    run(&mut tool(&arguments)).success();
    let names = fs::read_dir(&target_folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<_> = names
        .filter(|name| name.starts_with(".prosody-stability-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn as_an_ordinary_user() {
    let folder = scratch();
    let owner = if is_root() {
        NOBODY
    } else {
        fs::metadata(folder.path()).unwrap().uid()
    };
    kill_many(&tool_of(folder.path(), owner), folder.path(), owner);
}

#[test]
fn as_root_in_the_files_of_another() {
    if !is_root() {
        skip_optional("500 writes of root killed: needs root");
        return;
    }
    let folder = scratch();
    let tool = |arguments: &[&str]| {
        let mut command = Command::new(TOOL);
        command.args(arguments);
        command
    };
    kill_many(&tool, folder.path(), NOBODY);
}
