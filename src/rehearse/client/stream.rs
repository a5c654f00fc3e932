//! An XML stream (RFC 6120, section 4): one stanza after the other.

use std::io::{BufRead, BufReader, Write};
use std::time::Duration;

use quick_xml::escape::escape;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};

use super::element::Element;
use super::failure::Failure;
use super::wire::Wire;

const STREAMS: &str = "http://etherx.jabber.org/streams";
/// Most bytes of one stanza.
const LONGEST_STANZA: usize = 256 << 10;
/// Most elements within each other.
const DEEPEST: usize = 64;

/// An open stream.
pub(super) struct Stream {
    reader: NsReader<BufReader<Wire>>,
    buffer: Vec<u8>,
}

impl Stream {
    /// Opens the stream from our side, and reads the other side's opening.
    pub(super) fn open(wire: Wire, host: &str) -> Result<Self, Failure> {
        let mut reader = NsReader::from_reader(BufReader::new(wire));
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        let mut stream = Self {
            reader,
            buffer: Vec::new(),
        };
        stream.send(&format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='{STREAMS}' version='1.0' \
             to='{}'>",
            escape(host)
        ))?;
        let start = stream.reader.buffer_position();
        loop {
            if let Piece::Start(root) = stream.piece(start)? {
                return match root.is("stream", STREAMS) {
                    true => Ok(stream),
                    false => Err(Failure::Unexpected("an XMPP stream", root.name)),
                };
            }
        }
    }

    /// The features, with which a server begins.
    pub(super) fn features(&mut self) -> Result<Element, Failure> {
        let features = self.next_stanza()?;
        match features.is("features", STREAMS) {
            true => Ok(features),
            false => Err(Failure::Unexpected("stream features", features.name)),
        }
    }

    pub(super) fn send(&mut self, text: &str) -> Result<(), Failure> {
        let wire = self.reader.get_mut().get_mut();
        wire.write_all(text.as_bytes())?;
        Ok(wire.flush()?)
    }

    /// The next stanza, or another element at its place.
    pub(super) fn next_stanza(&mut self) -> Result<Element, Failure> {
        let start = self.reader.buffer_position();
        let mut open: Vec<Element> = Vec::new();
        loop {
            match self.piece(start)? {
                Piece::Start(_) if open.len() == DEEPEST => return Err(Failure::TooDeep(DEEPEST)),
                Piece::Start(element) => open.push(element),
                Piece::Text(text) => {
                    if let Some(element) = open.last_mut() {
                        element.text.push_str(&text);
                    }
                }
                Piece::End => {
                    // The end of the stream itself.
                    let element = open.pop().ok_or(Failure::Closed)?;
                    match open.last_mut() {
                        Some(parent) => parent.children.push(element),
                        None if element.is("error", STREAMS) => {
                            return Err(Failure::StreamError(element.reason()));
                        }
                        None => return Ok(element),
                    }
                }
            }
        }
    }

    /// The same; `None` when nothing comes for so long.
    pub(super) fn next_within(&mut self, patience: Duration) -> Result<Option<Element>, Failure> {
        // Only here, between stanzas: the XML reader could not go on after an error.
        let source = self.reader.get_mut();
        source.get_mut().set_patience(Some(patience));
        let found = source.fill_buf().map(|_| ()).map_err(Failure::from);
        source.get_mut().set_patience(None);
        match found {
            Ok(()) => self.next_stanza().map(Some),
            Err(Failure::Timeout) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// The connection without the stream: for encryption, or a new stream.
    pub(super) fn into_wire(self) -> Result<Wire, Failure> {
        let source = self.reader.into_inner();
        match source.buffer().is_empty() {
            true => Ok(source.into_inner()),
            // RFC 6120, section 5.3.4: nothing follows `proceed`; what does is not protected.
            false => Err(Failure::Refused(
                "the server went on with the old stream".to_owned(),
            )),
        }
    }

    /// Says goodbye, and does not wait for an answer.
    pub(super) fn close(mut self) {
        let _ = self.send("</stream:stream>");
    }

    /// The next event that matters. The stanza began at `start`.
    fn piece(&mut self, start: u64) -> Result<Piece, Failure> {
        loop {
            self.buffer.clear();
            let (namespace, event) = self.reader.read_resolved_event_into(&mut self.buffer)?;
            let piece = match event {
                Event::Start(tag) => Piece::Start(element(namespace, &tag)?),
                Event::End(_) => Piece::End,
                Event::Text(text) => Piece::Text(text.xml10_content().into_owned()),
                Event::CData(text) => Piece::Text(text.xml10_content().into_owned()),
                Event::GeneralRef(reference) => {
                    let text = format!("&{};", &*reference);
                    let text = quick_xml::escape::unescape(&text);
                    Piece::Text(
                        text.map_err(|error| Failure::Xml(error.to_string()))?
                            .into_owned(),
                    )
                }
                Event::Eof => return Err(Failure::Closed),
                Event::Decl(_) => continue,
                // RFC 6120, section 11.1: XMPP has none of these.
                _ => return Err(Failure::Xml("not allowed in XMPP".to_owned())),
            };
            if self.reader.buffer_position() - start > LONGEST_STANZA as u64 {
                return Err(Failure::TooLong(LONGEST_STANZA));
            }
            return Ok(piece);
        }
    }
}

/// A part of a stanza.
enum Piece {
    Start(Element),
    Text(String),
    End,
}

fn element(namespace: ResolveResult<'_>, tag: &BytesStart<'_>) -> Result<Element, Failure> {
    let invalid = |what: String| Failure::Xml(what);
    let namespace = match namespace {
        ResolveResult::Bound(namespace) => namespace.as_ref().to_owned(),
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(prefix) => {
            return Err(invalid(format!("unknown prefix `{prefix:?}`")));
        }
    };
    let mut attributes = Vec::new();
    // Without the check for the same name twice: it compares each with each.
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| invalid(error.to_string()))?;
        let value = attribute.normalized_value(XmlVersion::default());
        let value = value.map_err(|error| invalid(error.to_string()))?;
        attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    Ok(Element {
        name: tag.local_name().as_ref().to_owned(),
        namespace,
        attributes,
        ..Element::default()
    })
}
