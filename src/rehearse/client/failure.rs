//! Why a visit ended early.

use std::io;

use thiserror::Error;

/// What went wrong on the connection.
#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error("timed out")]
    Timeout,
    #[error("the server closed the connection")]
    Closed,
    #[error("the server sent more than {0} bytes")]
    TooLong(usize),
    #[error("the server's XML is nested deeper than {0} elements")]
    TooDeep(usize),
    #[error("the server sent invalid XML: {0}")]
    Xml(String),
    #[error("the server ended the stream: {0}")]
    StreamError(String),
    #[error("the server offers no encryption")]
    NoEncryption,
    #[error("{0}")]
    Refused(String),
    #[error("expected {0}, found `{1}`")]
    Unexpected(&'static str, String),
    #[error("{0}")]
    Io(String),
}

/// An error of `Read` that says the server sent too much.
#[derive(Debug, Error)]
#[error("too much")]
pub(super) struct TooMuch(pub usize);

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&io::Error> for Failure {
    fn from(error: &io::Error) -> Self {
        use io::ErrorKind as Kind;
        let too_much = error.get_ref().and_then(|inner| inner.downcast_ref());
        if let Some(TooMuch(bytes)) = too_much {
            return Self::TooLong(*bytes);
        }
        match error.kind() {
            Kind::TimedOut | Kind::WouldBlock => Self::Timeout,
            Kind::UnexpectedEof
            | Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::BrokenPipe => Self::Closed,
            _ => Self::Io(error.to_string()),
        }
    }
}

impl From<quick_xml::Error> for Failure {
    fn from(error: quick_xml::Error) -> Self {
        match error {
            quick_xml::Error::Io(error) => Self::from(&*error),
            other => Self::Xml(other.to_string()),
        }
    }
}

/// The steps of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Connect,
    OpenStream,
    Encrypt,
    LogIn,
    Bind,
    Ask,
}

/// A step that failed, and why.
#[derive(Debug, Error)]
#[error("cannot {}: {failure}", step.words())]
pub(super) struct StepFailed {
    step: Step,
    failure: Failure,
}

impl Step {
    fn words(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::OpenStream => "open a stream",
            Self::Encrypt => "encrypt",
            Self::LogIn => "log in",
            Self::Bind => "start a session",
            Self::Ask => "query the server",
        }
    }

    /// For `map_err`.
    pub(super) fn failed<F: Into<Failure>>(self) -> impl Fn(F) -> StepFailed {
        move |failure| StepFailed {
            step: self,
            failure: failure.into(),
        }
    }
}
