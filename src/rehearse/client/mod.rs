//! The client of a rehearsal: a new account logs in over real TLS and looks around.
//!
//! What the server sends is data: names and error texts of bounded length and number, as the server wrote them.

pub mod compare;
mod element;
mod failure;
mod login;
mod queries;
mod stanza;
mod stream;
mod tls;
mod view;
mod wire;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

pub use view::{Answer, ClientView, Reached, VisitEnd};

use element::Element;
use failure::{Failure, Step, StepFailed};
use stanza::Stanzas;
use stream::Stream;
use wire::Wire;

const TLS: &str = "urn:ietf:params:xml:ns:xmpp-tls";

/// Whose account it is, and where.
struct Account<'a> {
    host: &'a str,
    user: &'a str,
    password: &'a str,
}

/// Logs in to one virtual host and looks around, until `deadline` has passed at the latest. Without encryption it
/// does not log in. It speaks TLS 1.3, and of TLS 1.2 what is still recommended: a server that insists on less fails
/// here, and may be good enough for older clients.
pub fn view_host(
    address: SocketAddr,
    direct_tls: bool,
    host: &str,
    user: &str,
    password: &str,
    deadline: Duration,
) -> ClientView {
    let account = Account {
        host,
        user,
        password,
    };
    let mut view = ClientView::new(host);
    let end = Instant::now() + deadline;
    view.end.error = visit(&mut view, address, direct_tls, &account, end)
        .err()
        .map(|failed| view::shortened(&failed.to_string()));
    view
}

/// Reads what a server sends in a whole stream, as the client does: the names in each of its elements. No input is
/// trusted less, so that this is tried with any text.
pub fn names_in(stream: &str) -> Result<Vec<String>, String> {
    let mut stanzas = Stanzas::new(stream.as_bytes());
    let mut names = Vec::new();
    let mut read = || -> Result<(), Failure> {
        stanzas.opening()?;
        loop {
            names.extend(stanzas.next()?.feature_names());
        }
    };
    match read() {
        Ok(()) | Err(Failure::Closed) => Ok(view::list(&mut 0, names)),
        Err(failure) => Err(view::shortened(&failure.to_string())),
    }
}

fn visit(
    view: &mut ClientView,
    address: SocketAddr,
    direct_tls: bool,
    account: &Account<'_>,
    end: Instant,
) -> Result<(), StepFailed> {
    let wire = Wire::connect(address, end).map_err(Step::Connect.failed())?;
    view.end.reached = Reached::Connected;
    let wire = match direct_tls {
        true => wire,
        false => start_tls(view, wire, account.host)?,
    };
    let wire = wire
        .encrypt(account.host, direct_tls)
        .map_err(Step::Encrypt.failed())?;
    view.end.reached = Reached::Encrypted;
    view.tls_version = wire.tls_version();

    let (mut stream, features) = open(wire, account.host)?;
    view.secured = Some(view::list(&mut view.left_out, features.feature_names()));
    login::log_in(&mut stream, &features, account).map_err(Step::LogIn.failed())?;
    view.end.reached = Reached::LoggedIn;

    let wire = stream.into_wire().map_err(Step::OpenStream.failed())?;
    let (mut stream, features) = open(wire, account.host)?;
    view.after = Some(view::list(&mut view.left_out, features.feature_names()));
    queries::bind(&mut stream).map_err(Step::Bind.failed())?;
    view.end.reached = Reached::Bound;

    queries::ask(&mut stream, account, view).map_err(Step::Ask.failed())?;
    view.end.reached = Reached::Done;
    stream.close();
    Ok(())
}

/// Opens a stream on a fresh or newly encrypted connection, and reads its features.
fn open(wire: Wire, host: &str) -> Result<(Stream, Element), StepFailed> {
    let mut stream = Stream::open(wire, host).map_err(Step::OpenStream.failed())?;
    let features = stream.features().map_err(Step::OpenStream.failed())?;
    Ok((stream, features))
}

fn start_tls(view: &mut ClientView, wire: Wire, host: &str) -> Result<Wire, StepFailed> {
    let (mut stream, features) = open(wire, host)?;
    view.before = Some(view::list(&mut view.left_out, features.feature_names()));
    if features.child("starttls", TLS).is_none() {
        return Err(Step::Encrypt.failed()(Failure::NoEncryption));
    }
    let mut proceed = || {
        stream.send(&format!("<starttls xmlns='{TLS}'/>"))?;
        let answer = stream.next_stanza()?;
        match answer.is("proceed", TLS) {
            true => Ok(()),
            false => Err(Failure::Unexpected("`proceed`", answer.name)),
        }
    };
    proceed().map_err(Step::Encrypt.failed())?;
    stream.into_wire().map_err(Step::Encrypt.failed())
}
