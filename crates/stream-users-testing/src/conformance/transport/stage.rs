//! [`Stage`], what a rule has to work with: an origin, and transports made for it.

use std::error::Error;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use stream_users_core::{Transport, TransportError, TransportErrorKind};

use super::origin::{Log, Origin};
use super::reply::Reply;
use crate::conformance::Broken;

/// How long one call may take before a rule counts as broken. It is long, for machines that are busy.
const LONGEST_CALL: Duration = Duration::from_secs(10);

/// What a transport under test is to be built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// The largest body of an answer that is taken, in bytes, counted after decoding.
    pub max_response_bytes: usize,
    /// How long one request may take until the last byte of its answer, where the transport has a timeout of its own.
    pub timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_response_bytes: 8 << 20,
            timeout: Duration::from_secs(30),
        }
    }
}

pub(super) type Make = Box<dyn Fn(&Settings) -> Arc<dyn Transport> + Send + Sync>;

/// What came of a call.
pub(super) type Answered = Result<http::Response<Bytes>, TransportError>;

/// What a rule has to work with. Each rule has one of its own.
pub(super) struct Stage {
    origin: Arc<dyn Origin>,
    make: Make,
}

impl Stage {
    pub(super) fn new(origin: Arc<dyn Origin>, make: Make) -> Self {
        Self { origin, make }
    }

    /// A transport with settings that are in nobody's way.
    pub(super) fn transport(&self) -> Arc<dyn Transport> {
        self.transport_with(&Settings::default())
    }

    pub(super) fn transport_with(&self, settings: &Settings) -> Arc<dyn Transport> {
        (self.make)(settings)
    }

    pub(super) fn reply(&self, path: &str, reply: Reply) {
        self.origin.reply(path, reply);
    }

    pub(super) fn url(&self, target: &str) -> String {
        self.origin.url(target)
    }

    pub(super) fn refusing_url(&self, path: &str) -> String {
        self.origin.refusing_url(path)
    }

    pub(super) fn log(&self) -> &Log {
        self.origin.log()
    }

    /// A `GET` of a target at the origin.
    pub(super) fn get(&self, target: &str) -> Result<http::Request<Bytes>, Broken> {
        request("GET", &self.url(target), &[], Bytes::new())
    }

    /// A transport still works: the next call has an answer.
    pub(super) async fn works(&self, transport: &Arc<dyn Transport>, after: &str) -> Result<(), Broken> {
        self.reply("/still-works", Reply::new(200, "it does"));
        let answered = send(transport, self.get("/still-works")?).await?;
        match answered {
            Ok(answer) if answer.body() == "it does" => Ok(()),
            other => Err(Broken::new(
                format!("the next call after {after}: {}", describe(&other)),
                "200 with the body \"it does\": nothing is left broken for the next call",
            )),
        }
    }
}

pub(super) fn request(
    method: &str,
    url: &str,
    headers: &[(&str, &[u8])],
    body: impl Into<Bytes>,
) -> Result<http::Request<Bytes>, Broken> {
    let mut request = http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    // Only the URL is not the suite's own.
    request
        .body(body.into())
        .map_err(|error| Broken::new(format!("the origin's URL is none: {error}"), "a URL"))
}

/// Sends a request as a program does, from a task of its own, and waits for what comes of it.
pub(super) async fn send(
    transport: &Arc<dyn Transport>,
    request: http::Request<Bytes>,
) -> Result<Answered, Broken> {
    let (transport, called) = (Arc::clone(transport), call_text(&request));
    let sending = tokio::spawn(async move { transport.send(request).await });
    match tokio::time::timeout(LONGEST_CALL, sending).await {
        Ok(Ok(answered)) => Ok(answered),
        Ok(Err(error)) => Err(Broken::new(
            format!("{called} panicked: {}", panic_text(error)),
            "an answer or an error, whatever the request and the answer are",
        )),
        Err(_) => Err(Broken::new(
            format!("{called} has not ended after {} seconds", LONGEST_CALL.as_secs()),
            "the call ends: its answer was there, or its connection was closed",
        )),
    }
}

fn call_text(request: &http::Request<Bytes>) -> String {
    let path: String = request.uri().path().chars().take(80).collect();
    format!("the call {} {path}", request.method())
}

fn panic_text(error: tokio::task::JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else {
        return "it was cancelled".to_owned();
    };
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_else(|| "without a text".to_owned())
}

/// What came of a call, in a line.
pub(super) fn describe(answered: &Answered) -> String {
    match answered {
        Ok(answer) => format!("{} with {}", answer.status(), shown(answer.body())),
        Err(error) => {
            let mut text = format!("the error {:?} ({error}", error.kind());
            let mut cause = error.source();
            while let Some(inner) = cause {
                let _ = write!(text, ": {inner}");
                cause = inner.source();
            }
            text + ")"
        }
    }
}

/// Bytes, in a line.
pub(super) fn shown(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(60)];
    let dots = if bytes.len() > start.len() { "..." } else { "" };
    format!("{} bytes (\"{}\"{dots})", bytes.len(), start.escape_ascii())
}

/// The values of a header, in a line.
pub(super) fn texts(values: &[&[u8]]) -> String {
    let values: Vec<String> = values
        .iter()
        .map(|value| format!("\"{}\"", value.escape_ascii()))
        .collect();
    format!("[{}]", values.join(", "))
}

/// The answer of a call that must have one.
pub(super) fn answer(answered: Answered, when: &str) -> Result<http::Response<Bytes>, Broken> {
    answered.map_err(|error| {
        Broken::new(
            format!("{when}: {}", describe(&Err(error))),
            "the answer, which came as a whole",
        )
    })
}

/// The error of a call that must have one of these kinds.
pub(super) fn error(
    answered: Answered,
    when: &str,
    kinds: &[TransportErrorKind],
) -> Result<TransportError, Broken> {
    match answered {
        Err(error) if kinds.contains(&error.kind()) => Ok(error),
        other => Err(Broken::new(
            format!("{when}: {}", describe(&other)),
            format!(
                "an error of kind {}",
                kinds
                    .iter()
                    .map(|kind| format!("{kind:?}"))
                    .collect::<Vec<_>>()
                    .join(" or ")
            ),
        )),
    }
}

/// Two things are the same, or the rule is broken.
pub(super) fn same<T: PartialEq>(
    seen: &T,
    expected: &T,
    when: &str,
    text: impl Fn(&T) -> String,
) -> Result<(), Broken> {
    if seen == expected {
        return Ok(());
    }
    Err(Broken::new(format!("{when}: {}", text(seen)), text(expected)))
}
