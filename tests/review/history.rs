//! Reviews of real history against an independent oracle: git's own list of files that came and
//! went, and a plain text search for the labels.
//!
//! `PROSODY_MODULES_GIT` names a checkout of prosody-modules, or its git directory.
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use prosody_stability::inventory::Inventory;
use prosody_stability::release::{Release, SCHEMA_VERSION, Sources};
use prosody_stability::report::{Finding, Report};
use prosody_stability::review::review;
use prosody_stability::review::side::Side;
use prosody_stability::scan;

use crate::support::folder::scratch;

/// How many pairs of revisions are compared.
const PAIRS: usize = 120;

struct Repository(PathBuf);

impl Repository {
    fn git(&self, args: &[&str]) -> Vec<u8> {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(&self.0)
            .args(["-c", "safe.directory=*", "-c", "diff.renames=false"]);
        let output = command.args(args).output().unwrap();
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    fn text(&self, args: &[&str]) -> String {
        String::from_utf8_lossy(&self.git(args)).into_owned()
    }

    /// The files of a revision in a folder.
    fn unpack(&self, revision: &str, folder: &Path) {
        let archive = folder.join("archive.tar");
        std::fs::write(&archive, self.git(&["archive", "--format=tar", revision])).unwrap();
        let status = Command::new("tar")
            .arg("-xf")
            .arg(&archive)
            .arg("-C")
            .arg(folder)
            .status()
            .unwrap();
        assert!(status.success());
        std::fs::remove_file(archive).unwrap();
    }
}

/// The release of one revision, by the scanner.
fn snapshot(repository: &Repository, revision: &str) -> Release {
    let folder = scratch();
    repository.unpack(revision, folder.path());
    let (modules, report) = scan::scan(&[], &[folder.path().to_owned()], &|_, _| {}).unwrap();
    Release {
        schema_version: SCHEMA_VERSION,
        version: "history".to_owned(),
        sources: Sources::described(revision, report.community_kind),
        end_of_life: None,
        features: report.features.clone(),
        core: None,
        modules,
    }
}

/// The modules with code in a revision, by the names of its files.
fn oracle_modules(repository: &Repository, revision: &str) -> BTreeSet<String> {
    let files = repository.text(&["ls-tree", "-r", "--name-only", revision]);
    files
        .lines()
        .filter_map(|file| module_of(file).map(str::to_owned))
        .collect()
}

/// The module whose main file this is.
fn module_of(file: &str) -> Option<&str> {
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    let module = name.strip_prefix("mod_")?.strip_suffix(".lua")?;
    let top = format!("mod_{module}");
    let is_main = folder.is_empty() || folder == top || folder == format!("{top}/{module}");
    is_main.then_some(module)
}

/// What `git diff --name-status` says of main files: added and deleted modules.
fn oracle_changes(
    repository: &Repository,
    old: &str,
    new: &str,
) -> (BTreeSet<String>, BTreeSet<String>) {
    let status = repository.text(&["diff", "--name-status", "--no-renames", old, new]);
    let (mut added, mut removed) = (BTreeSet::new(), BTreeSet::new());
    for line in status.lines() {
        let (letter, file) = line.split_once('\t').unwrap();
        match (letter, module_of(file)) {
            ("A", Some(module)) => added.insert(module.to_owned()),
            ("D", Some(module)) => removed.insert(module.to_owned()),
            _ => false,
        };
    }
    // A main file that only moved within its module's folder.
    let moved: Vec<String> = added.intersection(&removed).cloned().collect();
    added.retain(|module| !moved.contains(module));
    removed.retain(|module| !moved.contains(module));
    (added, removed)
}

/// The labels of every module's README, found as plain text between the dashes at its top.
///
/// `known` holds what was found in a file before: most stay the same from revision to revision.
fn oracle_stages(
    repository: &Repository,
    revision: &str,
    known: &mut BTreeMap<String, Vec<String>>,
) -> BTreeMap<String, Vec<String>> {
    let files = repository.text(&["ls-tree", "-r", revision]);
    let mut stages = BTreeMap::new();
    for line in files.lines() {
        let (about, file) = line.split_once('\t').unwrap();
        let blob = about.rsplit(' ').next().unwrap();
        let Some((folder, name)) = file.split_once('/') else {
            continue;
        };
        let Some(module) = folder.strip_prefix("mod_") else {
            continue;
        };
        if name.starts_with("README") {
            let found = known.entry(blob.to_owned());
            let found =
                found.or_insert_with(|| labels(&repository.text(&["cat-file", "blob", blob])));
            stages.insert(module.to_owned(), found.clone());
        }
    }
    stages
}

/// `Stage-X` wherever it stands in the front matter, in the order of the text.
fn labels(readme: &str) -> Vec<String> {
    let mut lines = readme.lines();
    if lines.next().map(str::trim_end) != Some("---") {
        return Vec::new();
    }
    let front = lines.take_while(|line| !matches!(line.trim_end(), "---" | "..."));
    let mut found = Vec::new();
    for line in front {
        let lower = line.to_lowercase();
        for (at, _) in lower.match_indices("stage-") {
            let word: String = lower[at + 6..]
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric())
                .collect();
            if !word.is_empty() {
                found.push(word);
            }
        }
    }
    found
}

fn subjects(review: &Report, codes: &[&str]) -> BTreeSet<String> {
    let changes = review.findings.iter().flat_map(Finding::with_facts);
    let changes = changes.filter(|change| codes.contains(&change.code.name()));
    changes
        .filter_map(|change| change.subject.clone())
        .collect()
}

#[test]
fn real_history_is_reviewed_as_git_tells_it() {
    let Some(path) = std::env::var_os("PROSODY_MODULES_GIT").filter(|path| !path.is_empty()) else {
        // Optional data, which no machine has by itself.
        eprintln!("SKIPPED: PROSODY_MODULES_GIT names no checkout of prosody-modules");
        return;
    };
    let repository = Repository(PathBuf::from(path));
    let revisions = repository.text(&["rev-list", "--first-parent", "--reverse", "HEAD"]);
    let revisions: Vec<&str> = revisions.lines().collect();
    // Front matter came with the READMEs, in 2015: before, there are no labels.
    let step = revisions.len() / (PAIRS + 1);
    assert!(step > 0, "fewer than {PAIRS} revisions");
    let chosen: Vec<&str> = revisions
        .iter()
        .rev()
        .step_by(step)
        .take(PAIRS + 1)
        .rev()
        .copied()
        .collect();
    let inventory = Inventory::builtin();
    let side = |revision: &str| Side {
        name: "built-in".to_owned(),
        inventory: inventory.clone(),
        release: snapshot(&repository, revision),
        server: None,
    };
    let mut known = BTreeMap::new();
    let (mut old, mut old_stages) = (
        side(chosen[0]),
        oracle_stages(&repository, chosen[0], &mut known),
    );
    let (mut pairs, mut counts, mut wrong) = (0, [0; 3], Vec::new());
    for pair in chosen.windows(2) {
        let [from, to] = pair else { unreachable!() };
        let (new, new_stages) = (side(to), oracle_stages(&repository, to, &mut known));
        let review = review(&old, &new, &[]);
        let (added, removed) = oracle_changes(&repository, from, to);
        let (before, after) = (
            oracle_modules(&repository, from),
            oracle_modules(&repository, to),
        );
        // A label of a module without code comes and goes with its README.
        let is_there = |module: &&String| {
            let known = |side: &Side| side.release.modules.contains_key(module.as_str());
            known(&old) && known(&new)
        };
        let none = Vec::new();
        let stage = |stages: &BTreeMap<String, Vec<String>>, module: &str| {
            stages.get(module).unwrap_or(&none).clone()
        };
        let all: BTreeSet<&String> = old_stages.keys().chain(new_stages.keys()).collect();
        let relabelled: BTreeSet<String> = all
            .into_iter()
            .filter(is_there)
            .filter(|module| stage(&old_stages, module) != stage(&new_stages, module))
            .cloned()
            .collect();
        let expected = [added, removed, relabelled];
        let found = [
            subjects(&review, &["appeared"]),
            subjects(&review, &["withdrawn"]),
            subjects(
                &review,
                &["stage-raised", "stage-lowered", "stage-relabelled"],
            ),
        ];
        for ((what, expected), (found, count)) in ["added", "removed", "relabelled"]
            .iter()
            .zip(&expected)
            .zip(found.iter().zip(&mut counts))
        {
            *count += found.len();
            if expected != found {
                let missing: Vec<_> = expected.difference(found).collect();
                let beyond: Vec<_> = found.difference(expected).collect();
                wrong.push(format!(
                    "{from}..{to} {what}: missing {missing:?}, beyond {beyond:?}"
                ));
            }
        }
        assert_eq!(
            after.difference(&before).cloned().collect::<BTreeSet<_>>(),
            expected[0],
            "{from}..{to}"
        );
        pairs += 1;
        (old, old_stages) = (new, new_stages);
    }
    let [added, removed, relabelled] = counts;
    println!("{pairs} pairs: {added} added, {removed} removed, {relabelled} relabelled");
    assert!(pairs >= 100, "only {pairs} pairs");
    assert!(added > 0 && removed > 0 && relabelled > 0);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
