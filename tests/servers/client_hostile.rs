//! What the rehearsal's client makes of servers that are broken, or mean harm.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use prosody_stability::rehearse::client::{self, ClientView, Reached};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::certificate;
use crate::support::folder::scratch;

/// For servers that say what is wrong.
const LONG: Duration = Duration::from_secs(60);
/// For servers that say nothing.
const SHORT: Duration = Duration::from_millis(300);
/// How much later than the deadline a visit may end, on a busy machine.
const SLACK: Duration = Duration::from_secs(5);

const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' from='localhost' version='1.0' \
                      xmlns:stream='http://etherx.jabber.org/streams'>";
const STARTTLS: &str =
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
const PROCEED: &str = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
const BIND: &str =
    "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>";

/// What the client finds on a server that does this with its one connection.
fn look(
    direct_tls: bool,
    deadline: Duration,
    server: impl FnOnce(TcpStream) -> io::Result<()> + Send,
) -> ClientView {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::scope(|scope| {
        // The client may well be gone before the server has said everything.
        scope.spawn(move || drop(server(listener.accept().unwrap().0)));
        timed(address, direct_tls, deadline)
    })
}

fn timed(address: SocketAddr, direct_tls: bool, deadline: Duration) -> ClientView {
    let start = Instant::now();
    let view = client::view_host(
        address,
        direct_tls,
        "localhost",
        "juliet",
        "secret",
        deadline,
    );
    let took = start.elapsed();
    assert!(took < deadline + SLACK, "{took:?}: {view:?}");
    view
}

/// Reads until this has come, and returns all.
fn read_until(stream: &mut impl Read, end: &str) -> io::Result<String> {
    let mut text = String::new();
    let mut bytes = [0; 4096];
    while !text.contains(end) {
        match stream.read(&mut bytes)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => text.push_str(&String::from_utf8_lossy(&bytes[..length])),
        }
    }
    Ok(text)
}

/// Answers, each after a text from the client.
fn talk(stream: &mut (impl Read + Write), answers: &[(&str, &str)]) -> io::Result<()> {
    for (after, answer) in answers {
        read_until(stream, after)?;
        stream.write_all(answer.as_bytes())?;
        stream.flush()?;
    }
    Ok(())
}

/// Keeps the connection until the client closes it.
fn hang(stream: &mut impl Read) -> io::Result<()> {
    io::copy(stream, &mut io::sink()).map(|_| ())
}

/// Says this again and again, until nobody listens.
fn flood(stream: &mut impl Write, text: &str) -> io::Result<()> {
    let text = text.repeat(1 + 8192 / text.len());
    loop {
        stream.write_all(text.as_bytes())?;
    }
}

/// A server with TLS from the first byte on.
fn over_tls(socket: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
    let folder = scratch();
    certificate::make(folder.path());
    let pem = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let certificate = CertificateDer::from_pem_slice(&pem("certificate.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&pem("key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), socket)
}

fn mechanisms(names: &[&str]) -> String {
    let names: String = names
        .iter()
        .map(|name| format!("<mechanism>{name}</mechanism>"))
        .collect();
    format!(
        "{HEADER}<stream:features><mechanisms xmlns='{SASL}'>{names}</mechanisms></stream:features>"
    )
}

fn error(view: &ClientView) -> &str {
    view.end.error.as_deref().unwrap_or_default()
}

#[test]
fn nobody_listens() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let view = timed(address, false, LONG);
    assert_eq!(view.end.reached, Reached::Nothing);
    assert!(error(&view).starts_with("cannot connect: "), "{view:?}");
}

#[test]
fn a_stream_that_cannot_be_read_is_an_error() {
    let features = |text: &str| format!("{HEADER}<stream:features>{text}");
    let deep = features(&"<a>".repeat(100));
    let long = features(&format!("<a b='{}'/>", "c".repeat(300_000)));
    let many = features(&"<a/>".repeat(100_000));
    let laughs = "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>";
    for (said, expected) in [
        ("", "the server closed the connection"),
        (
            "HTTP/1.1 400 Bad Request\r\n\r\n",
            "the server closed the connection",
        ),
        ("<html><body>", "expected an XMPP stream, found `html`"),
        (HEADER, "the server closed the connection"),
        (
            &format!("{HEADER}</stream:stream>"),
            "the server closed the connection",
        ),
        (
            &format!("{HEADER}<message/>"),
            "expected stream features, found `message`",
        ),
        (
            &format!("{HEADER}<stream:features></wrong>"),
            "the server sent invalid XML: ",
        ),
        (
            &format!("{HEADER}<stream:features a=b/>"),
            "the server sent invalid XML: ",
        ),
        (&features("&unknown;"), "the server sent invalid XML: "),
        (
            &features("<unknown:a/>"),
            "the server sent invalid XML: unknown prefix",
        ),
        (laughs, "the server sent invalid XML: not allowed in XMPP"),
        (
            &format!(
                "{HEADER}<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
                 <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Not \u{1b}[31mhere</text></stream:error>"
            ),
            "the server ended the stream: host-unknown (Not \u{1b}[31mhere)",
        ),
        (&deep, "the server's XML is nested deeper than 64 elements"),
        (&long, "the server sent more than 262144 bytes"),
        (&many, "the server sent more than 262144 bytes"),
    ] {
        let view = look(false, LONG, |mut stream| {
            talk(&mut stream, &[("to='localhost'>", said)])
        });
        let expected = format!("cannot open a stream: {expected}");
        assert!(
            error(&view).starts_with(&expected),
            "{said:.60}: {}",
            error(&view)
        );
        assert_eq!(view.end.reached, Reached::Connected);
        assert_eq!((view.before, view.secured, view.after), (None, None, None));
    }
}

#[test]
fn bytes_that_are_no_text_are_an_error() {
    let view = look(false, LONG, |mut stream| {
        read_until(&mut stream, ">")?;
        stream.write_all(b"<a\xff\xfe>\0</a>")
    });
    assert!(
        error(&view).starts_with("cannot open a stream: the server sent invalid XML: "),
        "{view:?}"
    );
}

#[test]
fn a_server_that_never_answers_ends_at_the_deadline() {
    let view = look(false, SHORT, |mut stream| hang(&mut stream));
    assert_eq!(error(&view), "cannot open a stream: timed out");
    let view = look(true, SHORT, |mut stream| hang(&mut stream));
    assert_eq!(error(&view), "cannot encrypt: timed out");
    let opening = format!("{HEADER}{STARTTLS}");
    let view = look(false, SHORT, |mut stream| {
        talk(&mut stream, &[("to='localhost'>", &opening)])?;
        hang(&mut stream)
    });
    assert_eq!(error(&view), "cannot encrypt: timed out");
    let view = look(false, SHORT, |mut stream| {
        talk(
            &mut stream,
            &[("to='localhost'>", &opening), ("<starttls", PROCEED)],
        )?;
        hang(&mut stream)
    });
    assert_eq!(error(&view), "cannot encrypt: timed out");
}

#[test]
fn a_server_that_never_stops_is_left() {
    for said in [" ", "<a/>", "<", "<a>", "x"] {
        let view = look(false, LONG, |mut stream| {
            stream.write_all(HEADER.as_bytes())?;
            flood(&mut stream, said)
        });
        assert!(
            error(&view).starts_with("cannot open a stream: "),
            "{said}: {view:?}"
        );
    }
    // It goes on answering, one byte at a time, and never ends its element.
    let view = look(false, SHORT, |mut stream| {
        stream.set_nodelay(true)?;
        stream.write_all(HEADER.as_bytes())?;
        loop {
            stream.write_all(b" ")?;
            thread::yield_now();
        }
    });
    let ends = [
        "cannot open a stream: timed out",
        "cannot open a stream: the server sent more than 4194304 bytes",
    ];
    assert!(ends.contains(&error(&view)), "{view:?}");
}

#[test]
fn encryption_that_does_not_come_is_an_error() {
    let opening = format!("{HEADER}{STARTTLS}");
    let more = format!("{PROCEED}<message/>");
    let garbage = format!("{}\u{0}", "x".repeat(100));
    for (said, then, expected) in [
        (
            "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
            None,
            "expected `proceed`, found `failure`",
        ),
        (&more, None, "the server went on with the old stream"),
        (PROCEED, None, "the server closed the connection"),
        (PROCEED, Some(&garbage), "received corrupt message"),
    ] {
        let view = look(false, LONG, |mut stream| {
            talk(
                &mut stream,
                &[("to='localhost'>", &opening), ("<starttls", said)],
            )?;
            if let Some(then) = then {
                read_until(&mut stream, "localhost")?;
                stream.write_all(then.as_bytes())?;
            }
            Ok(())
        });
        let expected = format!("cannot encrypt: {expected}");
        assert!(
            error(&view).starts_with(&expected),
            "{expected}: {}",
            error(&view)
        );
        assert_eq!(view.end.reached, Reached::Connected);
        assert_eq!(
            view.before.unwrap(),
            ["urn:ietf:params:xml:ns:xmpp-tls starttls"]
        );
        assert_eq!(view.tls_version, None);
    }
}

#[test]
fn a_login_that_makes_no_sense_is_an_error() {
    let scram = mechanisms(&["SCRAM-SHA-1"]);
    // `eA==` is `x`; the others are `r=x,s=eA==,i=1` and, with the client's own nonce missing, the like.
    let challenge = |text: &str| format!("<challenge xmlns='{SASL}'>{text}</challenge>");
    let success = format!("<success xmlns='{SASL}'/>");
    for (features, said, expected) in [
        (
            mechanisms(&[]),
            String::new(),
            "the server offers no login with a password",
        ),
        (
            mechanisms(&["EXTERNAL", "SCRAM-SHA-1-PLUS"]),
            String::new(),
            "expected SCRAM-SHA-256, SCRAM-SHA-1 or PLAIN, found only EXTERNAL, SCRAM-SHA-1-PLUS",
        ),
        (
            mechanisms(&["PLAIN"]),
            challenge(""),
            "expected `success`, found `challenge`",
        ),
        (
            scram.clone(),
            success.clone(),
            "expected `challenge`, found `success`",
        ),
        (scram.clone(), challenge("%"), "invalid text in `challenge`"),
        (scram.clone(), challenge(""), "the challenge has no `r`"),
        (
            scram.clone(),
            challenge("cj14LHM9ZUE9PSxpPTE="),
            "invalid `r` in the challenge",
        ),
        (
            scram.clone(),
            "<message/>".to_owned(),
            "expected an answer to the login, found `message`",
        ),
        (
            scram.clone(),
            format!("<failure xmlns='{SASL}'><temporary-auth-failure/></failure>"),
            "temporary-auth-failure",
        ),
    ] {
        let view = look(true, LONG, |socket| {
            let mut stream = over_tls(socket);
            talk(
                &mut stream,
                &[("to='localhost'>", &features), ("</auth>", &said)],
            )?;
            hang(&mut stream)
        });
        assert_eq!(error(&view), format!("cannot log in: {expected}"));
        assert_eq!(view.end.reached, Reached::Encrypted);
        assert_eq!(view.before, None);
        assert!(view.secured.is_some());
    }
}

/// Lets the client in, whatever its password, and starts its session.
fn let_in(socket: TcpStream) -> io::Result<StreamOwned<ServerConnection, TcpStream>> {
    let mut stream = over_tls(socket);
    let success = format!("<success xmlns='{SASL}'/>");
    let opening = format!("{HEADER}{BIND}");
    talk(
        &mut stream,
        &[
            ("to='localhost'>", &mechanisms(&["PLAIN"])),
            ("</auth>", &success),
            ("to='localhost'>", &opening),
            ("</iq>", "<iq type='result' id='bind'/>"),
        ],
    )?;
    Ok(stream)
}

#[test]
fn queries_without_an_answer_do_not_hold_up_the_others() {
    let view = look(true, LONG, |socket| hang(&mut let_in(socket)?));
    assert_eq!(view.end.error, None);
    assert_eq!(view.end.reached, Reached::Done);
    assert_eq!(view.addresses.len(), 2);
    assert!(
        view.addresses
            .values()
            .all(|answer| *answer == Err("no answer".to_owned()))
    );
    assert!(view.queries.len() > 5);
    assert!(
        view.queries
            .values()
            .all(|answer| *answer == Err("no answer".to_owned()))
    );
}

#[test]
fn a_session_that_ends_keeps_what_was_seen() {
    for (said, expected) in [
        ("</stream:stream>", "the server closed the connection"),
        ("<message>", "the server closed the connection"),
        (
            "<stream:error><policy-violation/></stream:error>",
            "the server ended the stream: policy-violation",
        ),
    ] {
        let view = look(true, LONG, |socket| {
            let mut stream = let_in(socket)?;
            stream.write_all(said.as_bytes())?;
            stream.conn.send_close_notify();
            stream.flush()
        });
        assert_eq!(error(&view), format!("cannot query the server: {expected}"));
        assert_eq!(view.end.reached, Reached::Bound);
        assert!(view.logs_in());
        assert_eq!(
            view.after.unwrap(),
            ["urn:ietf:params:xml:ns:xmpp-bind bind"]
        );
    }
    let view = look(true, LONG, |socket| {
        flood(
            &mut let_in(socket)?,
            "<message><body>noise</body></message>",
        )
    });
    assert_eq!(
        error(&view),
        "cannot query the server: the server sent more than 4194304 bytes"
    );
}

#[test]
fn what_a_server_lists_is_bounded() {
    let view = look(true, LONG, |socket| {
        let mut stream = let_in(socket)?;
        // The client asks all at once: the pings come last.
        let asked = read_until(&mut stream, "urn:xmpp:extdisco:2")?;
        let id = |query: &str| {
            let (before, _) = asked.split_once(query).unwrap();
            let (_, id) = before.rsplit_once("id='").unwrap();
            id.split('\'').next().unwrap().to_owned()
        };
        let info = "http://jabber.org/protocol/disco#info";
        let items = "http://jabber.org/protocol/disco#items";
        let features: String = (0..2000)
            .map(|n| format!("<feature var='f{n}'/>"))
            .collect();
        let long = "l".repeat(5000);
        write!(
            stream,
            "<iq type='result' id='{}'><query xmlns='{info}'>{features}<feature var='{long}'/></query></iq>",
            id(info)
        )?;
        let services: String = (0..150)
            .map(|n| format!("<item jid='s{n}.localhost'/>"))
            .collect();
        let odd = "<item jid='a&apos;&lt;b&amp;'/><item jid='c&#7;'/><item jid=''/><item/><item jid='localhost'/>";
        write!(
            stream,
            "<iq type='result' id='{}'><query xmlns='{items}'>{odd}{services}</query></iq>",
            id(items)
        )?;
        stream.flush()?;
        hang(&mut stream)
    });
    assert_eq!(view.end.error, None);
    let features = view.addresses["localhost"].as_ref().unwrap();
    assert_eq!(features.len(), 500);
    assert!(
        features.iter().all(|name| name.chars().count() <= 201),
        "{features:?}"
    );
    // Host, account, and the first hundred services.
    assert_eq!(view.addresses.len(), 102);
    assert!(
        view.addresses.contains_key("a'<b&"),
        "{:?}",
        view.addresses.keys()
    );
    assert_eq!(view.left_out, 1501 + 51);
}

/// What opens, closes or means something in XML.
const PIECES: [&str; 24] = [
    "<",
    ">",
    "/>",
    "</",
    "<a>",
    "</a>",
    "<a/>",
    "&",
    ";",
    "&lt;",
    "&#",
    "&#x0;",
    "&#55555555555;",
    "'",
    "\"",
    "=",
    "xmlns=''",
    "xmlns:a='b' ",
    "a:",
    "<![CDATA[",
    "]]>",
    "<!--",
    "<?",
    "\0",
];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_changed_stream_is_read_or_an_error(
        changes in vec((any::<Index>(), 0_usize..20, select(PIECES.as_slice())), 0..8),
    ) {
        let good = format!(
            "{HEADER}{STARTTLS}<stream:features><mechanisms xmlns='{SASL}'><mechanism>PLAIN</mechanism></mechanisms>\
             <limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10</max-bytes></limits></stream:features>\
             <iq type='error' id='a&apos;'><error><![CDATA[b]]>&#99;</error></iq></stream:stream>"
        );
        let mut text: Vec<char> = good.chars().collect();
        for (at, length, piece) in &changes {
            let at = at.index(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, piece.chars());
        }
        let text: String = text.into_iter().collect();
        let names = client::names_in(&text);
        if changes.is_empty() {
            prop_assert!(names.as_ref().is_ok_and(|names| names.contains(&"mechanism PLAIN".to_owned())));
        }
        let texts = names.unwrap_or_else(|error| vec![error]);
        prop_assert!(texts.iter().all(|text| text.chars().count() <= 201));
    }
}
