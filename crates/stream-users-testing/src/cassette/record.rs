//! [`RecordingTransport`]: a transport around another that keeps what passes. What is kept of it belongs to `exchange`
//! and `parts`.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use stream_users_core::{Transport, TransportError};

use super::exchange::{self, Interaction, KINDS, Reply, Subject};
use super::file::Cassette;
use super::parts::{self, Part};
use super::redact::Known;
use super::redaction::Redaction;

/// A [`Transport`] that records what passes through another into a [`Cassette`]. Clones share the recording: keep one,
/// give one away.
///
/// Each attempt of each call is one entry, in the order in which they began, also where many are under way at once, where
/// a call is dropped, and where the transport panics. What is redacted is so before it is kept; only the parts of export
/// files stay in memory as they came until a cassette is made of them. No lock is held while a function of the
/// [`Redaction`] runs, so that it may use the recording, too; but [`cassette`](Self::cassette) calls it again for each part
/// of a file.
///
/// ```
/// use stream_users_core::{Client, Users, UsersApiExt};
/// use stream_users_model::{Custom, QueriedUsers};
/// use stream_users_testing::cassette::{RecordingTransport, ReplayTransport};
/// use stream_users_testing::{Answer, ManualClock, ScriptedTransport, fixtures};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // In a real recording, this is the transport that reaches the service.
/// let ada = fixtures::user("ada", Custom::from_iter([("plan", "pro")]));
/// let recording = RecordingTransport::new(ScriptedTransport::new([Answer::ok(&QueriedUsers::new([ada]))]));
/// let client = Client::builder("key").server("secret").transport(recording.clone());
/// let users: Users = client.clock(ManualClock::auto_advance()).build()?.users();
/// assert_eq!(users.get_user("ada").await?.unwrap().display_name(), "Ada");
///
/// let replay = ReplayTransport::strict(recording.cassette());
/// let client = Client::builder("other").server("other").transport(replay.clone());
/// let users: Users = client.clock(ManualClock::auto_advance()).build()?.users();
/// let ada = users.get_user("ada").await?.unwrap();
/// assert_eq!((ada.id.as_str(), ada.display_name(), ada.role.as_str()), ("ada", "redacted", "user"));
/// assert_eq!(ada.custom.as_json(), r#"{"plan":"redacted"}"#);
/// replay.assert_finished();
/// # Ok(())
/// # }
/// ```
pub struct RecordingTransport<T> {
    inner: Arc<T>,
    redaction: Redaction,
    known: Arc<Known>,
    /// Never locked while a function of the redaction runs: it may ask for the cassette itself.
    tape: Arc<Mutex<Vec<Entry>>>,
}

#[derive(Clone)]
struct Entry {
    interaction: Interaction,
    /// A part of a file, which is redacted with the others.
    part: Option<(Part, http::Response<()>)>,
}

impl<T> RecordingTransport<T> {
    /// Records what passes through `inner`, with nothing kept that is not structural.
    pub fn new(inner: T) -> Self {
        Self::with_redaction(inner, Redaction::new())
    }

    /// Records what passes through `inner`, with what `redaction` keeps besides.
    pub fn with_redaction(inner: T, redaction: Redaction) -> Self {
        Self {
            inner: Arc::new(inner),
            redaction,
            known: Arc::default(),
            tape: Arc::default(),
        }
    }

    /// What was recorded until now. A request that is still under way has no answer on it.
    #[must_use]
    pub fn cassette(&self) -> Cassette {
        let entries = lock(&self.tape).clone();
        let (mut interactions, parts): (Vec<Interaction>, Vec<_>) = entries
            .into_iter()
            .map(|entry| (entry.interaction, entry.part))
            .unzip();
        let found = parts.iter().enumerate();
        let (indexes, found): (Vec<usize>, Vec<_>) = found
            .filter_map(|(index, part)| part.as_ref().map(|(part, head)| (index, (part, head))))
            .unzip();
        let replies = parts::redact(&found, &self.redaction, &self.known);
        for (index, reply) in indexes.into_iter().zip(replies) {
            interactions[index].answer = reply;
        }
        Cassette {
            redaction: self.redaction.clone(),
            interactions,
        }
    }
}

fn lock(tape: &Mutex<Vec<Entry>>) -> MutexGuard<'_, Vec<Entry>> {
    // Every step leaves a whole tape.
    tape.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The entry of a request that is under way.
struct Slot<'t> {
    tape: &'t Mutex<Vec<Entry>>,
    index: usize,
    is_done: bool,
}

impl Slot<'_> {
    fn finish(mut self, reply: Reply, part: Option<(Part, http::Response<()>)>) {
        let mut tape = lock(self.tape);
        let entry = &mut tape[self.index];
        entry.interaction.answer = reply;
        entry.part = part;
        self.is_done = true;
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        // A call that is dropped has no answer, and a replay gives it none. A panic is something else.
        if !self.is_done && std::thread::panicking() {
            let reason = "the transport panicked, or a function of the redaction did".to_owned();
            lock(self.tape)[self.index].interaction.answer = Reply::Unrecorded(reason);
        }
    }
}

#[async_trait]
impl<T: Transport> Transport for RecordingTransport<T> {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let subject = Subject::of(&request);
        let redacted = exchange::request(&request, &subject, &self.redaction, &self.known);
        let slot = {
            let mut tape = lock(&self.tape);
            tape.push(Entry {
                interaction: Interaction::new(&request, &subject, redacted),
                part: None,
            });
            Slot {
                tape: &self.tape,
                index: tape.len() - 1,
                is_done: false,
            }
        };
        let address = request.uri().to_string();
        let answer = self.inner.send(request).await;
        let (reply, part) = match &answer {
            Ok(response) => {
                let part = subject.is_file().then(|| Part::of(&address, response)).flatten();
                let reply = exchange::answer(response, &subject, &self.redaction, &self.known);
                (reply, part.map(|part| (part, head(response))))
            }
            Err(error) => {
                let kind = KINDS.iter().find(|(kind, _)| *kind == error.kind());
                let reply = match kind {
                    Some((_, text)) => Reply::Error((*text).to_owned()),
                    None => Reply::Unrecorded("the transport failed in a way that has no name".to_owned()),
                };
                (reply, None)
            }
        };
        slot.finish(reply, part);
        answer
    }
}

/// An answer without its body.
fn head(response: &http::Response<Bytes>) -> http::Response<()> {
    let mut head = http::Response::new(());
    *head.status_mut() = response.status();
    *head.version_mut() = response.version();
    head.headers_mut().clone_from(response.headers());
    head
}

impl<T> Clone for RecordingTransport<T> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            redaction: self.redaction.clone(),
            known: Arc::clone(&self.known),
            tape: Arc::clone(&self.tape),
        }
    }
}

/// Without the transport inside, which may be a test's own and show anything.
impl<T> fmt::Debug for RecordingTransport<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingTransport")
            .field("redaction", &self.redaction)
            .field("recorded", &lock(&self.tape).len())
            .finish_non_exhaustive()
    }
}
