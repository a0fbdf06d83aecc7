//! [`Machine`]: what a connection does next. It is pure: nothing is sent or read here, no clock is asked and nobody waits.
//! What happens comes in as an [`Input`] with its time, what is to be done goes out as [`Action`]s, and
//! [`deadline`](Machine::deadline) says when to ask again. How a failure is judged belongs to `failure`.

use std::sync::Arc;
use std::time::Duration;

use stream_users_core::retry::Backoff;
use stream_users_core::{Error, Random};
use stream_users_model::{Str, Timestamp};

use crate::failure::{Failure, Verdict};
use crate::settings::{LongPolling, Timing};
use crate::state::State;

/// After so many handshakes in a row without a word of the service, a long-poll is tried.
const SILENT_LIMIT: u32 = 3;

/// The longest wait that a service may ask for: what is longer is more likely a mistake.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// The longest that a long-poll may be without an answer: longer than its request itself may take.
const LONGEST_POLL: Duration = Duration::from_secs(70);

/// A moment, by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// The stopwatch, which every wait goes by.
    pub(crate) monotonic: Duration,
    /// The service's time, for gaps.
    pub(crate) service: Timestamp,
}

/// How a connection is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    WebSocket,
    LongPoll,
}

/// What has happened.
#[derive(Debug)]
pub(crate) enum Input {
    /// The service has accepted the connection that was dialled.
    Accepted { connection_id: Str },
    /// The connection, or the attempt at one, has failed.
    Failed(Failure),
    /// Something came. `proof`: it shows that the connection works both ways.
    Heard { proof: bool },
    /// Time has passed.
    Tick,
    /// The program wants no connection any more.
    Close,
}

/// What is to be done, in this order.
#[derive(Debug)]
pub(crate) enum Action {
    /// Ends the connection, or gives the attempt up, at once.
    Drop,
    /// Ends the connection with a good-bye.
    Leave,
    /// Makes a connection. `renew`: with another token than the last one.
    Dial { via: Via, renew: bool },
    /// Sends a health check.
    Ping,
    /// Tells the reader that events may be missing.
    Gap { since: Timestamp, until: Timestamp },
    /// Tells of another state.
    Show(State),
}

#[derive(Debug)]
enum Phase {
    Dialling(Via),
    Waiting {
        until: Duration,
        next: Via,
        renew: bool,
    },
    Online {
        via: Via,
        /// When it was accepted.
        since: Duration,
        heard: Duration,
        ping: Duration,
    },
    Closed,
}

/// Decides what a connection does next.
#[derive(Debug)]
pub(crate) struct Machine {
    timing: Timing,
    long_polling: LongPolling,
    /// Whether a token that has expired is followed by another.
    renews: bool,
    phase: Phase,
    /// When the first connection must have been made.
    first_by: Option<Duration>,
    /// When something was heard last of a connection that was online; `None` before the first.
    heard: Option<Timestamp>,
    /// How often it has failed since a connection was a proven one.
    failures: u32,
    /// How many handshakes in a row have ended without a word of the service.
    silent: u32,
    /// The attempt under way is made with a token that has replaced one that was refused.
    renewed: bool,
    /// Why the last attempt failed.
    last: Option<Arc<Error>>,
}

impl Machine {
    /// A machine that dials first, and the action for it.
    pub(crate) fn new(
        timing: Timing,
        long_polling: LongPolling,
        renews: bool,
        now: Duration,
    ) -> (Self, Action) {
        let via = match long_polling {
            LongPolling::Always => Via::LongPoll,
            LongPolling::Never | LongPolling::Fallback => Via::WebSocket,
        };
        let machine = Self {
            timing,
            long_polling,
            renews,
            phase: Phase::Dialling(via),
            first_by: timing.connect_within.map(|limit| now.saturating_add(limit)),
            heard: None,
            failures: 0,
            silent: 0,
            renewed: false,
            last: None,
        };
        (machine, Action::Dial { via, renew: false })
    }

    /// When [`Input::Tick`] is due; `None` where nothing is waited for.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let first_by = self.first_by.filter(|_| self.heard.is_none());
        match self.phase {
            Phase::Dialling(_) => first_by,
            Phase::Waiting { until, .. } => Some(first_by.map_or(until, |first_by| first_by.min(until))),
            Phase::Online { via, heard, ping, .. } => {
                Some(ping.min(heard.saturating_add(self.dead_after(via))))
            }
            Phase::Closed => None,
        }
    }

    /// After how long without anything a connection is dead. A long-poll's request has its own limit.
    fn dead_after(&self, via: Via) -> Duration {
        match via {
            Via::WebSocket => self.timing.dead_after,
            Via::LongPoll => self.timing.dead_after.max(LONGEST_POLL),
        }
    }

    /// Whether nothing more will be done.
    pub(crate) const fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed)
    }

    /// What is to be done now that `input` has happened.
    pub(crate) fn on(&mut self, input: Input, now: Now, random: &Random) -> Vec<Action> {
        match input {
            Input::Accepted { connection_id } => self.accepted(connection_id, now),
            Input::Failed(failure) => self.failed(failure, now, random),
            Input::Heard { proof } => {
                self.heard(proof, now);
                Vec::new()
            }
            Input::Tick => self.tick(now, random),
            Input::Close => self.close(None),
        }
    }

    fn accepted(&mut self, connection_id: Str, now: Now) -> Vec<Action> {
        let Phase::Dialling(via) = self.phase else {
            return Vec::new();
        };
        self.phase = Phase::Online {
            via,
            since: now.monotonic,
            heard: now.monotonic,
            ping: now.monotonic.saturating_add(self.timing.ping_every),
        };
        self.renewed = false;
        // Where only a long-poll came through, the next WebSocket has one chance.
        self.silent = match via {
            Via::WebSocket => 0,
            Via::LongPoll => SILENT_LIMIT - 1,
        };
        let before = self.heard.replace(now.service);
        let gap = before.map(|since| Action::Gap {
            since,
            until: now.service.max(since),
        });
        let show = Action::Show(State::Online { connection_id });
        gap.into_iter().chain([show]).collect()
    }

    fn heard(&mut self, proof: bool, now: Now) {
        if let Phase::Online { since, heard, .. } = &mut self.phase {
            *heard = now.monotonic;
            self.heard = Some(now.service);
            // What comes at once shows no more than the first answer did: the connection may end right after it.
            if proof && now.monotonic.saturating_sub(*since) >= self.timing.ping_every {
                self.failures = 0;
            }
        }
    }

    fn failed(&mut self, failure: Failure, now: Now, random: &Random) -> Vec<Action> {
        let (via, was_online) = match self.phase {
            Phase::Dialling(via) => (via, false),
            Phase::Online { via, .. } => (via, true),
            Phase::Waiting { .. } | Phase::Closed => return Vec::new(),
        };
        self.failures = self.failures.saturating_add(1);
        let next = self.via_after(via, was_online, failure.verdict);
        let (asked, renew) = match failure.verdict {
            Verdict::Passing { wait } | Verdict::Silent { wait } => (wait, false),
            // Where there never was a connection, the address is more likely wrong than the network odd.
            Verdict::Foreign
                if self.heard.is_none()
                    && (via == Via::LongPoll || self.long_polling == LongPolling::Never) =>
            {
                return self.close(Some(failure.error));
            }
            Verdict::Foreign => (None, false),
            Verdict::TokenTime if self.renews && !self.renewed => {
                self.renewed = true;
                if !was_online {
                    // The service refused the token before it looked at anything else: there is nothing to wait for.
                    self.phase = Phase::Dialling(via);
                    self.last = Some(failure.error);
                    return vec![Action::Drop, Action::Dial { via, renew: true }];
                }
                (None, true)
            }
            Verdict::TokenTime | Verdict::Permanent => return self.close(Some(failure.error)),
        };
        if failure.verdict != Verdict::TokenTime {
            // By the time that the service looks at the token again, it may be an old one.
            self.renewed = false;
        }
        let backoff = Backoff::exponential(self.timing.backoff_base, self.timing.backoff_max);
        let wait = asked
            .unwrap_or_default()
            .min(LONGEST_WAIT)
            .saturating_add(backoff.wait(self.failures, random));
        let until = now.monotonic.saturating_add(wait);
        let mut actions = vec![Action::Drop];
        if self.heard.is_some() {
            actions.push(Action::Show(State::Reconnecting {
                reason: Arc::clone(&failure.error),
                attempt: self.failures,
            }));
        } else if self.first_by.is_some_and(|first_by| until >= first_by) {
            // It would be waited for nothing.
            return self.close(Some(failure.error));
        }
        self.last = Some(failure.error);
        self.phase = Phase::Waiting { until, next, renew };
        actions
    }

    /// How the next connection is made.
    fn via_after(&mut self, via: Via, was_online: bool, verdict: Verdict) -> Via {
        if self.long_polling != LongPolling::Fallback {
            return via;
        }
        match (via, was_online, verdict) {
            (Via::WebSocket, false, Verdict::Silent { .. }) => self.silent += 1,
            (Via::WebSocket, false, Verdict::Foreign) => self.silent = SILENT_LIMIT,
            // It has spoken, so that it can be reached.
            (Via::WebSocket, false, Verdict::Permanent | Verdict::TokenTime) => self.silent = 0,
            // The network is gone, or the service has asked to wait: that says nothing about WebSockets.
            (Via::WebSocket, ..) => {}
            // A long-poll is no better, or it was for a while: the WebSocket has its turn.
            (Via::LongPoll, true, _) => return Via::WebSocket,
            (Via::LongPoll, false, _) => {
                self.silent = 0;
                return Via::WebSocket;
            }
        }
        if self.silent >= SILENT_LIMIT {
            Via::LongPoll
        } else {
            Via::WebSocket
        }
    }

    fn tick(&mut self, now: Now, random: &Random) -> Vec<Action> {
        if self.heard.is_none() && self.first_by.is_some_and(|first_by| now.monotonic >= first_by) {
            let late = || Failure::late(self.timing.connect_within.unwrap_or_default()).error;
            let reason = self.last.take().unwrap_or_else(late);
            return self.close(Some(reason));
        }
        let dead_after = match self.phase {
            Phase::Online { via, .. } => self.dead_after(via),
            _ => Duration::MAX,
        };
        match &mut self.phase {
            Phase::Waiting { until, next, renew } if now.monotonic >= *until => {
                let (via, renew) = (*next, *renew);
                self.phase = Phase::Dialling(via);
                vec![Action::Dial { via, renew }]
            }
            Phase::Online { heard, .. } if now.monotonic.saturating_sub(*heard) >= dead_after => {
                self.failed(Failure::dead(dead_after), now, random)
            }
            Phase::Online { ping, .. } if now.monotonic >= *ping => {
                *ping = now.monotonic.saturating_add(self.timing.ping_every);
                vec![Action::Ping]
            }
            _ => Vec::new(),
        }
    }

    fn close(&mut self, reason: Option<Arc<Error>>) -> Vec<Action> {
        let phase = std::mem::replace(&mut self.phase, Phase::Closed);
        let end = match (phase, &reason) {
            (Phase::Closed, _) => return Vec::new(),
            (Phase::Online { .. }, None) => Action::Leave,
            _ => Action::Drop,
        };
        vec![end, Action::Show(State::Closed { reason })]
    }
}

#[cfg(test)]
#[allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail like tests"
)]
mod tests;
