//! What reqwest's errors mean for a request: did it leave, and is there an answer.

use std::error::Error;

use stream_users_core::{TransportError, TransportErrorKind};

/// The transport's error for one of reqwest's, with that as its source, but without the URL.
pub(crate) fn classify(error: reqwest::Error) -> TransportError {
    // A proxy may answer what it likes; as long as there is no connection, nothing has left.
    let said = if error.is_connect() {
        TransportError::new(kind(&error))
    } else if was_caused_by(&error, LARGE_HEAD) {
        TransportError::new(TransportErrorKind::TooLarge).with_message(
            "the headers of the answer are too large, of which 100 are taken and about 400 KB: check the base url, and \
             what stands between here and the service",
        )
    } else if was_caused_by(&error, BAD_HTTP2) {
        TransportError::new(kind(&error)).with_message(
            "the answer breaks the rules of HTTP/2, or its headers are larger than 16 KiB: check the base url, and \
             what stands between here and the service",
        )
    } else {
        TransportError::new(kind(&error))
    };
    said.with_source(error.without_url())
}

/// What hyper says of a head over HTTP/1.1, and h2 of one that it has refused itself. Only their texts can be asked: their
/// types are not part of reqwest's interface.
const LARGE_HEAD: &str = "message head is too large";
const BAD_HTTP2: &str = "stream error detected: unspecific protocol error";

fn was_caused_by(error: &reqwest::Error, text: &str) -> bool {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.map(ToString::to_string).any(|said| said.starts_with(text))
}

/// The order matters: a timeout while connecting is first of all a connection that was not made, and then the
/// request never left. What cannot be told apart counts as interrupted, for it may have been applied.
fn kind(error: &reqwest::Error) -> TransportErrorKind {
    if error.is_builder() {
        TransportErrorKind::Request
    } else if error.is_connect() {
        TransportErrorKind::Connect
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else {
        TransportErrorKind::Interrupted
    }
}
