//! What is to be read, by the words of the documentation, and laws that hold of any reading, whatever was expected.

use std::collections::VecDeque;
use std::time::Duration;

use stream_users_model::Timestamp;

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Read {
    /// The first answer of the connection of this number.
    First(usize),
    HealthCheck,
    Refusal,
    Event(usize),
    Gap {
        since: Timestamp,
        until: Timestamp,
        /// How many events found no room, where that is the reason; else the connection was lost.
        dropped: Option<u64>,
    },
}

/// A queue as `Events` describes it.
pub(crate) struct Expected {
    capacity: usize,
    waiting: VecDeque<Read>,
    overflow: Option<(Timestamp, Timestamp, u64)>,
    broken: Option<(Timestamp, Timestamp)>,
    heard: Timestamp,
}

impl Expected {
    pub(crate) fn new(capacity: usize, now: Timestamp) -> Self {
        Self {
            capacity,
            waiting: VecDeque::new(),
            overflow: None,
            broken: None,
            heard: now,
        }
    }

    pub(crate) fn heard(&mut self, now: Timestamp) {
        self.heard = now;
    }

    pub(crate) fn silent_for(&self, now: Timestamp) -> Duration {
        now.duration_since(self.heard).unwrap()
    }

    /// A connection is there: after the first one, behind a gap.
    pub(crate) fn accepted(&mut self, number: usize, now: Timestamp) {
        if number > 1 {
            let since = self.broken.map_or(self.heard, |(since, _)| since);
            self.broken = Some((since, now));
        }
        self.heard = now;
        self.push(Read::First(number), now);
    }

    pub(crate) fn push(&mut self, read: Read, now: Timestamp) {
        let events = self
            .waiting
            .iter()
            .filter(|read| !matches!(read, Read::Gap { .. }))
            .count();
        let is_full = events >= self.capacity;
        match &mut self.overflow {
            Some((_, until, dropped)) if is_full || events > self.capacity / 2 => {
                (*until, *dropped) = (now, *dropped + 1);
            }
            None if is_full => self.overflow = Some((now, now, 1)),
            _ => {
                self.settle();
                self.waiting.push_back(read);
            }
        }
    }

    pub(crate) fn next(&mut self) -> Option<Read> {
        if self.waiting.is_empty() {
            self.settle();
        }
        self.waiting.pop_front()
    }

    fn settle(&mut self) {
        if let Some((since, until, dropped)) = self.overflow.take() {
            let dropped = Some(dropped);
            self.waiting.push_back(Read::Gap {
                since,
                until,
                dropped,
            });
        }
        if let Some((since, until)) = self.broken.take() {
            let dropped = None;
            self.waiting.push_back(Read::Gap {
                since,
                until,
                dropped,
            });
        }
    }
}

/// Numbers rise, so that nothing is out of order or twice; between two that do not follow each other, and before the first
/// answer of another connection, there is a gap.
pub(crate) fn laws(read: &[Read]) {
    let (mut number, mut connection) = (0, 0);
    // Since the last event, and since the last first answer.
    let (mut gap_after_event, mut gap_after_first) = (false, false);
    for read in read {
        match read {
            Read::Gap { since, until, .. } => {
                assert!(since <= until, "{read:?}");
                (gap_after_event, gap_after_first) = (true, true);
            }
            Read::Event(next) => {
                assert!(*next > number, "{next} after {number}");
                let is_next = *next == number + 1;
                assert!(is_next || gap_after_event, "{next} after {number} without a gap");
                (number, gap_after_event) = (*next, false);
            }
            Read::First(next) => {
                assert!(*next > connection, "connection {next} after {connection}");
                assert!(
                    connection == 0 || gap_after_first,
                    "connection {next} without a gap"
                );
                (connection, gap_after_first) = (*next, false);
            }
            Read::HealthCheck | Read::Refusal => {}
        }
    }
}
