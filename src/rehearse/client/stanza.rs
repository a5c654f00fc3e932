//! The reader of stanzas: XML of a stream, piece by piece, within bounds.

use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};

use super::element::Element;
use super::failure::Failure;

pub(super) const STREAMS: &str = "http://etherx.jabber.org/streams";
/// Most bytes of one stanza.
const LONGEST: usize = 256 << 10;
/// Most elements within each other.
const DEEPEST: usize = 64;

/// Stanzas of one stream.
pub(super) struct Stanzas<R> {
    reader: NsReader<R>,
    buffer: Vec<u8>,
}

impl<R: BufRead> Stanzas<R> {
    pub(super) fn new(source: R) -> Self {
        let mut reader = NsReader::from_reader(source);
        reader.config_mut().expand_empty_elements = true;
        Self {
            reader,
            buffer: Vec::new(),
        }
    }

    pub(super) fn source(&mut self) -> &mut R {
        self.reader.get_mut()
    }

    pub(super) fn into_source(self) -> R {
        self.reader.into_inner()
    }

    /// The opening of the stream, which comes before the first stanza.
    pub(super) fn opening(&mut self) -> Result<(), Failure> {
        let start = self.reader.buffer_position();
        loop {
            if let Piece::Start(root) = self.piece(start)? {
                return match root.is("stream", STREAMS) {
                    true => Ok(()),
                    false => Err(Failure::Unexpected("an XMPP stream", root.name)),
                };
            }
        }
    }

    /// The next stanza, or another element at its place.
    pub(super) fn next(&mut self) -> Result<Element, Failure> {
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
            if self.reader.buffer_position() - start > LONGEST as u64 {
                return Err(Failure::TooLong(LONGEST));
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
