//! A small XMPP client: logs in without encryption, on loopback, and asks what there is.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

const HOST: &str = "localhost";
const DISCO: &str = "http://jabber.org/protocol/disco#info";
/// For one answer.
const ANSWER: Duration = Duration::from_secs(20);

/// What a client finds.
#[derive(Debug)]
pub struct Found {
    /// The stream's features before login.
    pub before: String,
    /// The stream's features after login.
    pub after: String,
    /// What the host says it can do.
    pub host: String,
    /// What the user's own account can do.
    pub account: String,
    /// What the upload component can do; an error when it is not there.
    pub upload: String,
}

/// Logs in and asks.
pub fn look(port: u16, user: &str, password: &str) -> Found {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(ANSWER)).unwrap();
    let before = open(&mut stream);
    let token = base64(format!("\0{user}\0{password}").as_bytes());
    let auth =
        format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{token}</auth>");
    let answer = ask(&mut stream, &auth, &["<success", "</failure>"]);
    assert!(answer.contains("<success"), "{answer}");
    let after = open(&mut stream);
    let bind = "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
    let bound = ask(&mut stream, bind, &["</iq>"]);
    assert!(bound.contains("<jid>"), "{bound}");
    let mut disco = |to: &str| {
        let query = format!("<iq type='get' id='q' to='{to}'><query xmlns='{DISCO}'/></iq>");
        ask(&mut stream, &query, &["</iq>"])
    };
    Found {
        before,
        after,
        host: disco(HOST),
        account: disco(&format!("{user}@{HOST}")),
        upload: disco(&format!("http-file-share.{HOST}")),
    }
}

fn open(stream: &mut TcpStream) -> String {
    let header = format!(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='{HOST}'>"
    );
    ask(stream, &header, &["</stream:features>"])
}

/// Sends something, and reads until one of these comes back.
fn ask(stream: &mut TcpStream, text: &str, until: &[&str]) -> String {
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    let mut bytes = [0; 4096];
    while !until.iter().any(|end| answer.contains(end)) {
        let length = match stream.read(&mut bytes) {
            Ok(length) => length,
            // With a timeout set, Linux does not restart a read that a stop signal interrupted (signal(7)).
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => panic!("{error} after {text}: {answer}"),
        };
        assert!(length > 0, "the server hung up after {text}: {answer}");
        answer.push_str(&String::from_utf8_lossy(&bytes[..length]));
    }
    answer
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * i) & 63) as usize];
            text.push(if i > chunk.len() {
                '='
            } else {
                char::from(digit)
            });
        }
    }
    text
}
