//! The options that a snapshot finds, against a plain search of the text of every plugin.

use std::path::{Path, PathBuf};

use prosody_stability::release::Options;

use crate::every_module::module_of;
use crate::setup::snapshot;
use crate::support::prosody::Installation;

/// The names in `get_option…("name"` and `get_option… "name"` of a text, comments left out.
fn literal_reads(text: &str) -> Vec<&str> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"));
    code.flat_map(|line| line.split("get_option").skip(1).filter_map(literal_name))
        .collect()
}

/// The string that follows the rest of a getter's name.
fn literal_name(after: &str) -> Option<&str> {
    let after = after.trim_start_matches(|c: char| c.is_ascii_lowercase() || c == '_');
    let after = after.trim_start();
    let after = after.strip_prefix('(').unwrap_or(after).trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (name, rest) = after[1..].split_once(quote)?;
    // `"prefix_" .. rest` is no literal name.
    (!rest.trim_start().starts_with("..")).then_some(name)
}

fn lua_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            lua_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "lua") {
            files.push(path);
        }
    }
}

fn assert_literal_reads_are_found(version: &str) {
    let Some(installation) = Installation::find(version) else {
        return;
    };
    let release = snapshot(&installation);
    let mut files = Vec::new();
    lua_files(
        &installation.root().join("usr/lib/prosody/modules"),
        &mut files,
    );
    let (mut found, mut missed) = (0, Vec::new());
    for file in &files {
        let text = std::fs::read(file).unwrap();
        let text = String::from_utf8_lossy(&text).into_owned();
        // What stands in no `mod_` folder is a library, or the module `muc`.
        let name = module_of(file).unwrap_or("muc");
        let read_by = |options: &Options, option: &str| options.named.contains_key(option);
        for option in literal_reads(&text) {
            let known = release.modules.get(name).is_some_and(|module| {
                let copy = module.community_copy.as_ref();
                read_by(&module.options, option)
                    || copy.is_some_and(|copy| read_by(&copy.options, option))
            });
            if known {
                found += 1;
            } else {
                missed.push(format!("{name}: {option}"));
            }
        }
    }
    println!(
        "Prosody {}: {found} of {} literal reads in {} files found; not {missed:#?}",
        installation.full_version,
        found + missed.len(),
        files.len()
    );
    assert!(found > 400, "{found}");
    assert!(found * 100 >= (found + missed.len()) * 95, "{missed:#?}");
}

#[test]
fn a_plain_search_of_the_old_prosody_finds_hardly_more() {
    assert_literal_reads_are_found("0.12");
}

#[test]
fn a_plain_search_of_the_new_prosody_finds_hardly_more() {
    assert_literal_reads_are_found("13.0");
}
