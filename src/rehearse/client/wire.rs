//! The connection: TCP, later TLS, with one deadline for all of it and a bound on what is read.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustls::{ClientConnection, StreamOwned};

use super::failure::{Failure, TooMuch};
use super::tls;

/// Most bytes read in one visit.
const MOST_IN_ALL: usize = 4 << 20;

/// A connection to a server.
pub(super) struct Wire {
    transport: Transport,
    left: usize,
}

enum Transport {
    Plain(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
}

/// A socket on which nothing lasts longer than until the deadline.
struct Timed {
    socket: TcpStream,
    deadline: Instant,
    /// Ends a read before the deadline.
    patience: Option<Instant>,
}

impl Wire {
    pub(super) fn connect(address: SocketAddr, deadline: Instant) -> io::Result<Self> {
        let socket = TcpStream::connect_timeout(&address, left_until(deadline)?)?;
        // Small stanzas, each of which waits for an answer.
        socket.set_nodelay(true)?;
        Ok(Self {
            transport: Transport::Plain(Timed {
                socket,
                deadline,
                patience: None,
            }),
            left: MOST_IN_ALL,
        })
    }

    /// Makes the TLS handshake. Direct TLS says by ALPN that XMPP follows.
    pub(super) fn encrypt(self, host: &str, direct: bool) -> Result<Self, Failure> {
        let Transport::Plain(mut socket) = self.transport else {
            return Err(Failure::Refused(
                "the connection is already encrypted".to_owned(),
            ));
        };
        let mut connection =
            tls::connection(host, direct).map_err(|error| Failure::Io(error.to_string()))?;
        while connection.is_handshaking() {
            connection.complete_io(&mut socket)?;
        }
        Ok(Self {
            transport: Transport::Tls(Box::new(StreamOwned::new(connection, socket))),
            ..self
        })
    }

    pub(super) fn tls_version(&self) -> Option<String> {
        match &self.transport {
            Transport::Plain(_) => None,
            Transport::Tls(stream) => stream.conn.protocol_version().map(tls::version_name),
        }
    }

    /// Reads end in a timeout when nothing comes for so long; `None`: at the deadline.
    pub(super) fn set_patience(&mut self, patience: Option<Duration>) {
        let timed = match &mut self.transport {
            Transport::Plain(timed) => timed,
            Transport::Tls(stream) => &mut stream.sock,
        };
        timed.patience = patience.map(|patience| Instant::now() + patience);
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(TooMuch(MOST_IN_ALL)));
        }
        let end = buffer.len().min(self.left);
        let buffer = &mut buffer[..end];
        let length = match &mut self.transport {
            Transport::Plain(timed) => timed.read(buffer),
            Transport::Tls(stream) => stream.read(buffer),
        }?;
        self.left -= length;
        Ok(length)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.transport {
            Transport::Plain(timed) => timed.write(bytes),
            Transport::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.transport {
            Transport::Plain(timed) => timed.flush(),
            Transport::Tls(stream) => stream.flush(),
        }
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.patience.unwrap_or(self.deadline).min(self.deadline);
        loop {
            self.socket.set_read_timeout(Some(left_until(end)?))?;
            match self.socket.read(buffer) {
                // With a timeout set, Linux does not restart a read that a signal interrupted.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            self.socket
                .set_write_timeout(Some(left_until(self.deadline)?))?;
            match self.socket.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

/// The time left; an error when there is none, since sockets take no timeout of zero.
fn left_until(end: Instant) -> io::Result<Duration> {
    let time_left = end.saturating_duration_since(Instant::now());
    match time_left.is_zero() {
        true => Err(io::ErrorKind::TimedOut.into()),
        false => Ok(time_left),
    }
}
