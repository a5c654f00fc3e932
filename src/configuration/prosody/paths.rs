//! Paths of included files: as Prosody makes them, and where they are found on this machine.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Component, Path, PathBuf};

/// How many symbolic links are followed on the way to one file, as many as Linux follows.
const LINKS: usize = 40;

/// The path that Prosody makes of one in a file of the directory `folder`, which ends in `/`.
pub(super) fn resolve(folder: &str, path: &str) -> String {
    let folder = folder.trim_end_matches('/');
    let path = match path.strip_prefix("./") {
        Some(rest) => rest.trim_start_matches('/'),
        None => path,
    };
    if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{folder}/{path}")
    }
}

/// A path up to its last `/`, that included.
pub(super) fn folder(path: &str) -> &str {
    &path[..path.rfind('/').map_or(0, |at| at + 1)]
}

/// Whether a file name matches a pattern of an `Include`: `*` is any text, `?` one byte.
pub(super) fn matches(pattern: &[u8], name: &[u8]) -> bool {
    // The last `*` and what it is tried for: going back further is never needed.
    let (mut p, mut n) = (0, 0);
    let mut star = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, n));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((after, tried)) => {
                    star = Some((after, tried + 1));
                    (p, n) = (after, tried + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Where a path of a configuration is found when `root` is `/`.
///
/// Every symbolic link is followed as if nothing existed outside of `root`, so no path leaves it.
pub(super) fn below(root: &Path, path: &str) -> io::Result<PathBuf> {
    let mut ahead: VecDeque<OsString> = parts(Path::new(path)).collect();
    let mut inside = PathBuf::new();
    let mut links = 0;
    while let Some(part) = ahead.pop_front() {
        if part == ".." {
            inside.pop();
            continue;
        }
        let next = inside.join(&part);
        match root.join(&next).symlink_metadata() {
            Ok(metadata) if metadata.is_symlink() => {
                links += 1;
                if links > LINKS {
                    return Err(io::Error::other("too many symbolic links"));
                }
                let target = root.join(&next).read_link()?;
                if target.is_absolute() {
                    inside.clear();
                }
                for part in parts(&target).collect::<Vec<_>>().into_iter().rev() {
                    ahead.push_front(part);
                }
            }
            Ok(_) => inside = next,
            Err(error) => return Err(error),
        }
    }
    Ok(root.join(inside))
}

/// What messages call a file: named as the main file is, if it is in its directory or below.
pub(super) fn display_name(path: &str, main: &str, named: &Path, root: Option<&Path>) -> String {
    let beside = folder(main);
    if let Some(rest) = path.strip_prefix(beside).filter(|_| !beside.is_empty()) {
        return named.with_file_name(rest).display().to_string();
    }
    match root {
        Some(root) => root
            .join(path.trim_start_matches('/'))
            .display()
            .to_string(),
        None => path.to_owned(),
    }
}

fn parts(path: &Path) -> impl Iterator<Item = OsString> + '_ {
    path.components().filter_map(|component| match component {
        Component::Normal(part) => Some(part.to_owned()),
        Component::ParentDir => Some(OsStr::new("..").to_owned()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_as_prosody_does() {
        for (folder, path, expected) in [
            ("/etc/prosody/", "conf.d/a.lua", "/etc/prosody/conf.d/a.lua"),
            ("/etc/prosody/", ".//a.lua", "/etc/prosody/a.lua"),
            ("/etc/prosody/", "../a.lua", "/etc/prosody/../a.lua"),
            ("/etc/prosody/", "/a.lua", "/a.lua"),
            ("", "a.lua", "/a.lua"),
        ] {
            assert_eq!(resolve(folder, path), expected, "{folder} {path}");
        }
    }

    #[test]
    fn patterns_cover_the_whole_name() {
        for (pattern, name, expected) in [
            ("*.cfg.lua", "a.cfg.lua", true),
            ("*.cfg.lua", "a.cfg.lua~", false),
            ("*.cfg.lua", "axcfg.lua", false),
            ("?.lua", "a.lua", true),
            ("?.lua", "ab.lua", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("*", "", true),
        ] {
            let found = matches(pattern.as_bytes(), name.as_bytes());
            assert_eq!(found, expected, "{pattern} {name}");
        }
    }
}
