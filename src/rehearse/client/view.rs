//! What a client found, as values.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Longest name or text kept of what a server sends, in characters.
const LONGEST: usize = 200;
/// Most names kept of one list.
const MOST_NAMES: usize = 500;

/// What an address or a query answered: an error is its condition (`service-unavailable`), or `no answer`.
pub type Answer<T> = Result<T, String>;

/// What a new account finds on one virtual host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClientView {
    /// The virtual host.
    pub host: String,
    /// How far the client came.
    pub end: VisitEnd,
    /// As `TLS 1.3`, once there is encryption.
    pub tls_version: Option<String>,
    /// The stream's features before encryption: sorted names as `urn:xmpp:sm:3 sm` and `mechanism SCRAM-SHA-1`. Here
    /// and below: nothing when the client did not come so far.
    pub before: Option<Vec<String>>,
    /// The same after encryption.
    pub secured: Option<Vec<String>>,
    /// The same after login.
    pub after: Option<Vec<String>>,
    /// By address (the host, the account, each service that the host lists): its features and, as
    /// `identity conference/text`, its identities.
    pub addresses: BTreeMap<String, Answer<Vec<String>>>,
    /// What small queries answered, by name: `roster`, `upload slot at upload.example.org`.
    pub queries: BTreeMap<String, Answer<()>>,
    /// How many names and addresses are missing here, because the server sent too many.
    pub left_out: usize,
}

/// Where the client's visit ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VisitEnd {
    /// The last thing that worked.
    pub reached: Reached,
    /// The step that failed and why: `cannot log in: not-authorized`.
    pub error: Option<String>,
}

/// The stations of a visit, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reached {
    /// Not even a connection.
    Nothing,
    /// A connection.
    Connected,
    /// A connection with TLS.
    Encrypted,
    /// The server accepted the password.
    LoggedIn,
    /// There is a session.
    Bound,
    /// Everything was asked.
    Done,
}

impl ClientView {
    pub(super) fn new(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            end: VisitEnd {
                reached: Reached::Nothing,
                error: None,
            },
            tls_version: None,
            before: None,
            secured: None,
            after: None,
            addresses: BTreeMap::new(),
            queries: BTreeMap::new(),
            left_out: 0,
        }
    }

    /// Whether the account has a session.
    pub fn logs_in(&self) -> bool {
        self.end.reached >= Reached::Bound
    }
}

/// Sorted, each once, bounded; what is omitted is counted.
pub(super) fn list(left_out: &mut usize, names: Vec<String>) -> Vec<String> {
    let names: BTreeSet<_> = names.iter().map(|name| shortened(name)).collect();
    *left_out += names.len().saturating_sub(MOST_NAMES);
    names.into_iter().take(MOST_NAMES).collect()
}

/// At most `LONGEST` characters.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
