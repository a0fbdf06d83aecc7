//! What reqwest's errors mean for a request: did it leave, and is there an answer.

use std::error::Error;

use stream_users_core::{TransportError, TransportErrorKind};

/// The transport's error for one of reqwest's, with that as its source, but without the URL.
pub(crate) fn classify(error: reqwest::Error) -> TransportError {
    // A proxy may answer what it likes: as long as there is no connection, nothing has left.
    let said = if error.is_connect() {
        TransportError::new(TransportErrorKind::Connect).with_message(no_connection(&error))
    } else if was_caused_by(&error, &LARGE_HEAD) {
        TransportError::new(TransportErrorKind::TooLarge).with_message(
            "the headers of the answer are too large, of which 100 are taken and about 400 KB: check the base url, and \
             what stands between here and the service",
        )
    } else if was_caused_by(&error, &BAD_HTTP1) {
        TransportError::new(kind(&error)).with_message(
            "the answer breaks the rules of HTTP: check the base url, and what stands between here and the service",
        )
    } else if was_caused_by(&error, &BAD_HTTP2) {
        TransportError::new(kind(&error)).with_message(
            "the answer breaks the rules of HTTP/2, or its headers are larger than 16 KiB: check the base url, and \
             what stands between here and the service",
        )
    } else {
        TransportError::new(kind(&error))
    };
    said.with_source(error.without_url())
}

// How the texts begin of what hyper, and for HTTP/2 h2, have found wrong themselves. Only the texts can be asked: the types
// are not part of reqwest's interface. They make an error clearer, and decide about a head that is too large alone.
const LARGE_HEAD: [&str; 1] = ["message head is too large"];
const BAD_HTTP1: [&str; 3] = [
    "invalid HTTP",
    "invalid content-length",
    "unexpected transfer-encoding",
];
const BAD_HTTP2: [&str; 1] = ["stream error detected: unspecific protocol error"];

/// To which host no connection came about, and the first cause of it. The rest of the URL holds the key.
fn no_connection(error: &reqwest::Error) -> String {
    let host = error
        .url()
        .and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
    let to = host.map_or_else(String::new, |(host, port)| format!(" to {host}:{port}"));
    let cause = causes(error).last();
    let because = cause.map_or_else(String::new, |cause| format!(": {cause}"));
    format!("the connection{to} could not be made{because}")
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

fn was_caused_by(error: &reqwest::Error, beginnings: &[&str]) -> bool {
    let mut texts = causes(error).map(ToString::to_string);
    texts.any(|text| beginnings.iter().any(|beginning| text.starts_with(beginning)))
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
