//! What reqwest's errors mean for a request: did it leave, and is there an answer.

use stream_users_core::{TransportError, TransportErrorKind};

/// The transport's error for one of reqwest's, with that as its source, but without the URL.
pub(crate) fn classify(error: reqwest::Error) -> TransportError {
    TransportError::new(kind(&error)).with_source(error.without_url())
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
