//! What a frame is, apart from the event that it carries: the first answer, a refusal, a sign of life. Whether a refusal
//! is for good belongs to `failure`.

use serde::Deserialize;
use serde_json::value::RawValue;
use stream_users_model::{ApiError, Str};

use crate::failure::Failure;

/// The parts of a frame that connections go by. Whatever their types are, reading them does not fail.
#[derive(Deserialize)]
struct Envelope<'f> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'f RawValue>,
    #[serde(borrow)]
    connection_id: Option<&'f RawValue>,
    #[serde(borrow)]
    error: Option<&'f RawValue>,
}

impl Envelope<'_> {
    fn kind(&self) -> Option<String> {
        serde_json::from_str(self.kind?.get()).ok()
    }
}

/// What a frame after the first one is.
#[derive(Debug)]
pub(crate) enum Frame {
    /// An event of whatever type.
    Event {
        /// Whether it answers a health check.
        is_health_check: bool,
    },
    /// The service ends the connection. It may be an event as well.
    Refusal { failure: Failure, is_event: bool },
    /// JSON that is no event: passed by.
    Nothing,
}

/// The id of the connection, as the first frame says it.
///
/// # Errors
/// The service's refusal, whatever the frame's type, or what the frame is in place of an answer.
pub(crate) fn first(frame: &[u8]) -> Result<Str, Failure> {
    let Some(envelope) = envelope(frame) else {
        return Err(Failure::garbled("the first answer is no JSON object", frame));
    };
    if let Some(error) = envelope.error {
        return Err(refusal(error, frame));
    }
    let id = envelope
        .connection_id
        .and_then(|id| serde_json::from_str::<Str>(id.get()).ok())
        .filter(|id| !id.is_empty());
    id.ok_or_else(|| Failure::garbled("the first answer names no connection", frame))
}

/// What a frame after the first one is.
///
/// # Errors
/// Where it is no JSON: something else speaks on the connection, and what the service said may be lost.
pub(crate) fn later(frame: &[u8]) -> Result<Frame, Failure> {
    let Some(envelope) = envelope(frame) else {
        return match std::str::from_utf8(frame).map(serde_json::from_str::<&RawValue>) {
            // One of the parts is there twice, as custom data that stand beside the other fields may be.
            Ok(Ok(json)) if json.get().starts_with('{') => Ok(Frame::Event {
                is_health_check: false,
            }),
            Ok(Ok(_)) => Ok(Frame::Nothing),
            _ => Err(Failure::garbled("a frame is no JSON", frame)),
        };
    };
    let kind = envelope.kind();
    // An event of the app's own may have a field of this name, too.
    if let (None | Some("error" | "connection.error"), Some(error)) = (kind.as_deref(), envelope.error) {
        return Ok(Frame::Refusal {
            failure: refusal(error, frame),
            is_event: kind.is_some(),
        });
    }
    Ok(match kind.as_deref() {
        Some(kind) => Frame::Event {
            is_health_check: kind == "health.check",
        },
        None => Frame::Nothing,
    })
}

fn envelope(frame: &[u8]) -> Option<Envelope<'_>> {
    // A derived struct also reads a list of its fields.
    if !frame.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    serde_json::from_slice(frame).ok()
}

fn refusal(error: &RawValue, frame: &[u8]) -> Failure {
    // A list of its fields would be read as one, too.
    match serde_json::from_str::<ApiError>(error.get()) {
        Ok(refusal) if error.get().starts_with('{') => Failure::refused(refusal),
        _ => Failure::garbled("the service refused in a form that cannot be read", frame),
    }
}
