//! [`ReplayTransport`]: the answers of a cassette for the requests of a client. What an answer is belongs to `exchange`.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use stream_users_core::{Transport, TransportError, TransportErrorKind};

use super::diff::{self, Differences};
use super::exchange::{self, Interaction, KINDS, Reply, Request, Subject};
use super::file::Cassette;
use super::redact::Known;
use super::redaction::Redaction;
use crate::answer::Answer;

/// A [`Transport`] that answers from a [`Cassette`]. Clones share what was played: keep one, give one away.
///
/// A request that the cassette has no answer for, and one whose answer could not be kept, fails with an error of kind
/// [`Request`](TransportErrorKind::Request) that says why; the client does not try it again. A recorded request that was
/// dropped before its answer came waits for ever, so that the client's own timeout ends it as it did then: give the client
/// a [`ManualClock::auto_advance`](crate::ManualClock::auto_advance), and nobody waits.
#[derive(Clone)]
pub struct ReplayTransport {
    interactions: Arc<[Interaction]>,
    redaction: Redaction,
    is_strict: bool,
    /// Where each request stands, by what equal ones have in common.
    by_request: Arc<HashMap<String, Vec<usize>>>,
    played: Arc<Mutex<Vec<bool>>>,
}

impl ReplayTransport {
    /// Answers each request with the first answer that was not played of a request that is equal: same method, path,
    /// query and body, once redacted, and same `range`, `if-match` and `stream-auth-type`. The order does not matter.
    #[must_use]
    pub fn strict(cassette: Cassette) -> Self {
        Self::new(cassette, true)
    }

    /// Answers the first request with the first answer, the second with the second, whatever is in them. A request of
    /// another operation than the one that was recorded there is refused: an answer to it would mean nothing.
    #[must_use]
    pub fn in_order(cassette: Cassette) -> Self {
        Self::new(cassette, false)
    }

    /// Redacts requests as they were when they were recorded; needed where the cassette is from a file and was recorded
    /// with functions ([`Redaction::ids_with`], [`Redaction::redact_with`]), which no file can hold.
    #[must_use]
    pub fn redaction(mut self, redaction: Redaction) -> Self {
        self.redaction = redaction;
        self
    }

    /// How many answers were not played.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.played().iter().filter(|played| !**played).count()
    }

    /// Passes where every answer was played.
    ///
    /// # Panics
    /// Where some were not, naming them.
    #[track_caller]
    pub fn assert_finished(&self) {
        let played = self.played().clone();
        let left = self.interactions.iter().zip(played).enumerate();
        let left: Vec<String> = left
            .filter(|(_, (_, played))| !played)
            .map(|(index, (interaction, _))| format!("interactions[{index}] ({})", interaction.title()))
            .collect();
        let shown = left.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        assert!(
            left.is_empty(),
            "{} answers of the cassette were not played: {shown}{}",
            left.len(),
            if left.len() > 5 { ", .." } else { "" }
        );
    }

    fn new(cassette: Cassette, is_strict: bool) -> Self {
        let mut by_request: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, interaction) in cassette.interactions.iter().enumerate() {
            by_request
                .entry(diff::key(&interaction.request))
                .or_default()
                .push(index);
        }
        Self {
            by_request: Arc::new(by_request),
            played: Arc::new(Mutex::new(vec![false; cassette.interactions.len()])),
            interactions: cassette.interactions.into(),
            redaction: cassette.redaction,
            is_strict,
        }
    }

    fn played(&self) -> MutexGuard<'_, Vec<bool>> {
        // A test that panics elsewhere must not hide its own message behind a poisoned lock.
        self.played.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the interaction that a request is answered with, or says why there is none.
    fn take(&self, request: &http::Request<Bytes>) -> Result<&Interaction, String> {
        if !self.is_strict {
            let mut played = self.played();
            let next = played.iter().position(|played| !played);
            let index = next.ok_or_else(|| format!("all of its {} answers are played", played.len()))?;
            let interaction = &self.interactions[index];
            let name = Subject::of(request).name;
            if interaction.operation.as_deref() != name
                || interaction.request.method != *request.method().as_str()
            {
                return Err(format!(
                    "interactions[{index}] is next, which answers {}: the program asks in another order than when it \
                     was recorded; record it anew, or play the cassette with ReplayTransport::strict",
                    interaction.title()
                ));
            }
            played[index] = true;
            return Ok(interaction);
        }
        if self.redaction.lacks_hooks() {
            return Err(
                "it was recorded with functions that redact, which its file does not hold: give the same ones to \
                 ReplayTransport::redaction"
                    .to_owned(),
            );
        }
        let subject = Subject::of(request);
        let sent = exchange::request(request, &subject, &self.redaction, &Known::default());
        let equal = self
            .by_request
            .get(&diff::key(&sent))
            .map_or(&[][..], Vec::as_slice);
        let mut played = self.played();
        if let Some(index) = equal.iter().find(|index| !played[**index]) {
            played[*index] = true;
            return Ok(&self.interactions[*index]);
        }
        let again = match equal.len() {
            0 => String::new(),
            times => format!("it was recorded {times} times and all of them are played; "),
        };
        let is_place = |recorded: &Request| recorded.method == sent.method && recorded.path == sent.path;
        let left = self.interactions.iter().zip(&*played).enumerate();
        let left = left.filter(|(_, (_, played))| !**played);
        // A request to the same place is nearer than any other, then one of the same operation.
        let nearest = left
            .map(|(index, (interaction, _))| {
                let differences = Differences::between(&interaction.request, &sent);
                let is_of_another = interaction.operation.as_deref() != subject.name;
                let distance = (
                    !is_place(&interaction.request),
                    is_of_another,
                    differences.count(),
                );
                (distance, index, differences)
            })
            .min_by_key(|(distance, ..)| *distance);
        Err(match nearest {
            Some((_, index, differences)) => format!(
                "{again}nearest is interactions[{index}] ({}), where {differences}",
                self.interactions[index].title()
            ),
            None => format!("{again}all of its {} answers are played", played.len()),
        })
    }
}

#[async_trait]
impl Transport for ReplayTransport {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let subject = Subject::of(&request);
        let refuse = |reason: String| {
            let name = subject.name.map_or_else(String::new, |name| format!("{name} "));
            let text = format!(
                "the cassette has no answer for {name}{}: {reason}",
                request.method()
            );
            Answer::error(TransportError::new(TransportErrorKind::Request).with_message(text))
        };
        let answer = match self.take(&request) {
            Ok(interaction) => play(interaction).unwrap_or_else(refuse),
            Err(reason) => refuse(reason),
        };
        answer.give().await
    }
}

/// What an interaction is answered with, or why it cannot be.
fn play(interaction: &Interaction) -> Result<Answer, String> {
    match &interaction.answer {
        Reply::Http(http) => http.to_response().map(Answer::from),
        Reply::Error(kind) => {
            let known = KINDS.iter().find(|(_, text)| text == kind);
            let (kind, _) = known.ok_or_else(|| format!("{kind:?} is no kind of transport error"))?;
            Ok(Answer::error(*kind))
        }
        Reply::None => Ok(Answer::pending()),
        Reply::Unrecorded(reason) => Err(format!("the recorded one could not be kept: {reason}")),
    }
}

impl fmt::Debug for ReplayTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayTransport")
            .field("is_strict", &self.is_strict)
            .field("interactions", &self.interactions.len())
            .field("remaining", &self.remaining())
            .finish_non_exhaustive()
    }
}
