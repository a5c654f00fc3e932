//! An XML stream (RFC 6120, section 4): what is said, and what is answered.

use std::io::{BufRead, BufReader, Write};
use std::time::Duration;

use quick_xml::escape::escape;

use super::element::Element;
use super::failure::Failure;
use super::stanza::{STREAMS, Stanzas};
use super::wire::Wire;

/// An open stream.
pub(super) struct Stream {
    stanzas: Stanzas<BufReader<Wire>>,
}

impl Stream {
    /// Opens the stream from our side, and reads the other side's opening.
    pub(super) fn open(wire: Wire, host: &str) -> Result<Self, Failure> {
        let mut stream = Self {
            stanzas: Stanzas::new(BufReader::new(wire)),
        };
        stream.send(&format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='{STREAMS}' version='1.0' \
             to='{}'>",
            escape(host)
        ))?;
        stream.stanzas.opening()?;
        Ok(stream)
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
        let wire = self.stanzas.source().get_mut();
        wire.write_all(text.as_bytes())?;
        Ok(wire.flush()?)
    }

    /// The next stanza, or another element at its place.
    pub(super) fn next_stanza(&mut self) -> Result<Element, Failure> {
        self.stanzas.next()
    }

    /// The same; `None` when nothing comes for so long.
    pub(super) fn next_within(&mut self, patience: Duration) -> Result<Option<Element>, Failure> {
        // Only here, between stanzas: the XML reader could not go on after an error.
        let source = self.stanzas.source();
        source.get_mut().set_patience(Some(patience));
        let result = source.fill_buf().map(|_| ()).map_err(Failure::from);
        source.get_mut().set_patience(None);
        match result {
            Ok(()) => self.next_stanza().map(Some),
            Err(Failure::Timeout) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// The connection without the stream: for encryption, or a new stream.
    pub(super) fn into_wire(self) -> Result<Wire, Failure> {
        let source = self.stanzas.into_source();
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
}
