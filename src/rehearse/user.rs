//! The user that the server runs as.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Diagnostic, Result, did_you_mean};

/// Whom packages create for Prosody.
const DEFAULT_NAME: &str = "prosody";
/// Where no such user is: somebody who owns nothing.
const NOBODY_ID: u32 = 65534;

/// A user by number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The name, where there is one.
    pub name: Option<String>,
    /// The user.
    pub uid: u32,
    /// The primary group.
    pub gid: u32,
    /// All other groups.
    pub groups: Vec<u32>,
}

impl User {
    /// The user with a name, or with `UID` or `UID:GID`, in the system below `root`.
    pub fn find(wanted: &str, root: &Path) -> Result<Self> {
        let (uid, gid) = wanted.split_once(':').unwrap_or((wanted, wanted));
        if let (Ok(uid), Ok(gid)) = (uid.parse(), gid.parse()) {
            return Ok(Self {
                name: None,
                uid,
                gid,
                groups: Vec::new(),
            });
        }
        let users = users(root);
        let user = users
            .iter()
            .find(|user| user.name.as_deref() == Some(wanted));
        user.cloned().ok_or_else(|| {
            let names = users.iter().filter_map(|user| user.name.as_deref());
            let help = did_you_mean(wanted, names)
                .unwrap_or_else(|| "pass a user of /etc/passwd, or UID:GID".to_owned());
            Box::new(Diagnostic::error(format!("unknown user `{wanted}`")).help(help))
        })
    }

    /// Whether root can become this user here: in a user namespace that has no number for it, not
    /// even root can.
    pub fn is_available(&self) -> bool {
        let has = |map: &str, number: u32| {
            // The first number inside, the first one outside, how many.
            let map = fs::read_to_string(map).unwrap_or_default();
            map.lines().any(|line| {
                let mut numbers = line.split_whitespace().map(str::parse::<u32>);
                match (numbers.next(), numbers.nth(1)) {
                    (Some(Ok(first)), Some(Ok(count))) => number
                        .checked_sub(first)
                        .is_some_and(|offset| offset < count),
                    _ => false,
                }
            })
        };
        has("/proc/self/uid_map", self.uid) && has("/proc/self/gid_map", self.gid)
    }

    /// The user that packages create for Prosody, else nobody.
    pub fn default_for(root: &Path) -> Self {
        Self::find(DEFAULT_NAME, root).unwrap_or(Self {
            name: None,
            uid: NOBODY_ID,
            gid: NOBODY_ID,
            groups: Vec::new(),
        })
    }
}

/// The users of `/etc/passwd`, with their groups.
fn users(root: &Path) -> Vec<User> {
    let read = |file: &str| fs::read_to_string(root.join(file)).unwrap_or_default();
    let groups = read("etc/group");
    let groups_of = |name: &str| -> Vec<u32> {
        // Name, password, number, members.
        let lines = groups.lines().filter_map(|line| {
            let mut fields = line.split(':').skip(2);
            let number = fields.next()?.parse().ok()?;
            let mut members = fields.next()?.split(',');
            members.any(|member| member == name).then_some(number)
        });
        lines.collect()
    };
    // Name, password, user, group, ….
    let passwd = read("etc/passwd");
    let lines = passwd.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let mut numbers = fields.skip(1).map_while(|field| field.parse().ok());
        Some(User {
            name: Some(name.to_owned()),
            uid: numbers.next()?,
            gid: numbers.next()?,
            groups: groups_of(name),
        })
    });
    lines.collect()
}
