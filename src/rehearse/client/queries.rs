//! What a client asks once it is logged in.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use quick_xml::escape::escape;

use super::Account;
use super::element::Element;
use super::failure::Failure;
use super::stream::Stream;
use super::view::{Answer, ClientView, list, shortened};

const INFO: &str = "http://jabber.org/protocol/disco#info";
const ITEMS: &str = "http://jabber.org/protocol/disco#items";
const FORM: &str = "jabber:x:data";
const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";
/// Upload services say this.
const UPLOAD: &str = "urn:xmpp:http:upload:0";
/// How the query for an upload slot begins its name.
pub(super) const UPLOAD_SLOT: &str = "upload slot";
/// When nothing comes for so long, what was asked and not answered stays unanswered.
const PATIENCE: Duration = Duration::from_secs(3);
/// Most services that are asked.
const MOST_SERVICES: usize = 100;
/// Longest address (RFC 7622, section 3.1: three parts of 1023 bytes).
const LONGEST_ADDRESS: usize = 3071;

/// The address that a query goes to.
enum To {
    Account,
    Host,
}

/// The small queries: name, address, type, content.
const QUERIES: [(&str, To, &str, &str); 9] = [
    (
        "roster",
        To::Account,
        "get",
        "<query xmlns='jabber:iq:roster'/>",
    ),
    ("vcard", To::Account, "get", "<vCard xmlns='vcard-temp'/>"),
    (
        "private storage",
        To::Account,
        "get",
        "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>",
    ),
    (
        "bookmarks",
        To::Account,
        "get",
        "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:bookmarks:1'/></pubsub>",
    ),
    (
        "blocklist",
        To::Account,
        "get",
        "<blocklist xmlns='urn:xmpp:blocking'/>",
    ),
    (
        "mam",
        To::Account,
        "set",
        "<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>1</max></set></query>",
    ),
    (
        "carbons",
        To::Account,
        "set",
        "<enable xmlns='urn:xmpp:carbons:2'/>",
    ),
    ("ping", To::Host, "get", "<ping xmlns='urn:xmpp:ping'/>"),
    (
        "external services",
        To::Host,
        "get",
        "<services xmlns='urn:xmpp:extdisco:2'/>",
    ),
];

/// Starts a session.
pub(super) fn bind(stream: &mut Stream) -> Result<(), Failure> {
    stream.send(&format!(
        "<iq type='set' id='bind'><bind xmlns='{BIND}'/></iq>"
    ))?;
    loop {
        let stanza = stream.next_stanza()?;
        if is_answer(&stanza, "bind") {
            return answered(&stanza).map(|_| ()).map_err(Failure::Refused);
        }
    }
}

/// Asks everything, and writes it down as it comes.
pub(super) fn ask(
    stream: &mut Stream,
    account: &Account<'_>,
    view: &mut ClientView,
) -> Result<(), Failure> {
    let own = format!("{}@{}", account.user, account.host);
    let mut first: Vec<_> = [account.host, own.as_str()].map(Question::info).into();
    first.push(Question::new(
        Subject::Items,
        Some(account.host),
        "get",
        &format!("<query xmlns='{ITEMS}'/>"),
    ));
    for (name, to, kind, body) in QUERIES {
        let to = match to {
            To::Account => None,
            To::Host => Some(account.host),
        };
        first.push(Question::new(
            Subject::Query(name.to_owned()),
            to,
            kind,
            body,
        ));
    }
    let services = round(stream, first, view)?;

    let asked = services.iter().take(MOST_SERVICES);
    let questions = asked.map(|service| Question::info(service)).collect();
    view.left_out += services.len().saturating_sub(MOST_SERVICES);
    round(stream, questions, view)?;

    let uploads = view.addresses.iter().filter(|(_, answer)| {
        let features = answer.as_ref().map(Vec::as_slice).unwrap_or_default();
        features.iter().any(|feature| feature == UPLOAD)
    });
    let request = format!(
        "<request xmlns='{UPLOAD}' filename='rehearsal.txt' size='16' content-type='text/plain'/>"
    );
    let questions = uploads.map(|(address, _)| {
        let subject = Subject::Query(format!("{UPLOAD_SLOT} at {address}"));
        Question::new(subject, Some(address), "get", &request)
    });
    let questions = questions.collect();
    round(stream, questions, view)?;
    Ok(())
}

/// What a question is about.
enum Subject {
    Info(String),
    Items,
    Query(String),
}

struct Question {
    subject: Subject,
    /// The stanza, all but the `id`.
    head: String,
    body: String,
}

impl Question {
    fn new(subject: Subject, to: Option<&str>, kind: &str, body: &str) -> Self {
        let to = to.map_or(String::new(), |to| format!(" to='{}'", escape(to)));
        Self {
            subject,
            head: format!("type='{kind}'{to}"),
            body: body.to_owned(),
        }
    }

    fn info(address: &str) -> Self {
        let subject = Subject::Info(shortened(address));
        let body = format!("<query xmlns='{INFO}'/>");
        Self::new(subject, Some(address), "get", &body)
    }
}

/// Asks all at once, and waits until all are answered or nothing comes any more. Returns the services that are listed.
fn round(
    stream: &mut Stream,
    questions: Vec<Question>,
    view: &mut ClientView,
) -> Result<BTreeSet<String>, Failure> {
    let mut open = BTreeMap::new();
    let mut text = String::new();
    for (number, question) in questions.into_iter().enumerate() {
        let id = format!("{}-{number}", view.addresses.len() + view.queries.len());
        text.push_str(&format!(
            "<iq {} id='{id}'>{}</iq>",
            question.head, question.body
        ));
        open.insert(id, question.subject);
    }
    stream.send(&text)?;
    let mut services = BTreeSet::new();
    while !open.is_empty() {
        let Some(stanza) = stream.next_within(PATIENCE)? else {
            break;
        };
        let id = stanza.attribute("id").unwrap_or_default();
        if !is_answer(&stanza, id) {
            continue;
        }
        if let Some(subject) = open.remove(id) {
            record(subject, answered(&stanza), view, &mut services);
        }
    }
    for subject in open.into_values() {
        record(subject, Err("no answer".to_owned()), view, &mut services);
    }
    Ok(services)
}

fn record(
    subject: Subject,
    answer: Answer<&Element>,
    view: &mut ClientView,
    services: &mut BTreeSet<String>,
) {
    match subject {
        Subject::Info(address) => {
            let names = answer.map(|answer| list(&mut view.left_out, info_names(answer)));
            view.addresses.insert(address, names);
        }
        Subject::Query(name) => {
            view.queries.insert(name, answer.map(|_| ()));
        }
        Subject::Items => {
            let items = answer.ok().and_then(|answer| answer.child("query", ITEMS));
            for item in items.iter().flat_map(|items| &items.children) {
                let address = item.attribute("jid").unwrap_or_default();
                let is_node = item.attribute("node").is_some();
                if address != view.host && !is_node && is_address(address) {
                    services.insert(address.to_owned());
                }
            }
        }
    }
}

/// Whether it can be written into a stanza.
fn is_address(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_ADDRESS && !text.contains(char::is_control)
}

fn is_answer(stanza: &Element, id: &str) -> bool {
    let kind = stanza.attribute("type").unwrap_or_default();
    stanza.is("iq", "jabber:client")
        && ["result", "error"].contains(&kind)
        && stanza.attribute("id") == Some(id)
}

fn answered(stanza: &Element) -> Answer<&Element> {
    match stanza.attribute("type") {
        Some("result") => Ok(stanza),
        _ => Err(shortened(stanza.stanza_error())),
    }
}

/// Features, identities, and how large a file may be.
fn info_names(answer: &Element) -> Vec<String> {
    let Some(query) = answer.child("query", INFO) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    for child in &query.children {
        let value = |name| child.attribute(name).unwrap_or_default();
        match child.name.as_str() {
            "feature" => names.push(value("var").to_owned()),
            "identity" => names.push(format!("identity {}/{}", value("category"), value("type"))),
            "x" if child.namespace == FORM => names.extend(upload_limit(child)),
            _ => {}
        }
    }
    names
}

fn upload_limit(form: &Element) -> Option<String> {
    let value = |name| {
        let mut fields = form.children.iter();
        let field = fields.find(|field| field.attribute("var") == Some(name))?;
        Some(field.child("value", FORM)?.text.as_str())
    };
    let limit = value("max-file-size").filter(|_| value("FORM_TYPE") == Some(UPLOAD))?;
    Some(format!("{UPLOAD} max-file-size {limit}"))
}
