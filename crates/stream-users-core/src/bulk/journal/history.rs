//! [`History`]: what is known of an input from earlier runs.

use std::collections::BTreeMap;

use stream_users_model::TaskId;

use super::{JournalEntry, Part};

/// What is known of an input from earlier runs: which parts are done, and which tasks were started. Failed rows are counted;
/// what they are stays with the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct History {
    parts: BTreeMap<u64, KnownPart>,
    finished: Option<(u64, u64)>,
}

/// A part that is known from an earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownPart {
    /// The part.
    pub part: Part,
    /// How many of its rows failed.
    pub failed: u64,
    /// The task that was started for it and of whose end nothing is known; `None` where the part is done.
    pub task_id: Option<TaskId>,
}

impl History {
    /// Nothing is known.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            parts: BTreeMap::new(),
            finished: None,
        }
    }

    /// Takes an entry into account, in the order in which they were written. What is done stays done.
    pub fn add(&mut self, entry: &JournalEntry) {
        match entry {
            JournalEntry::Started { part, task_id } => {
                let is_done = self
                    .parts
                    .get(&part.first)
                    .is_some_and(|known| known.task_id.is_none());
                if !is_done {
                    self.parts.insert(
                        part.first,
                        KnownPart {
                            part: *part,
                            failed: 0,
                            task_id: Some(task_id.clone()),
                        },
                    );
                }
            }
            JournalEntry::Done { part, failed } => {
                // A task of which only some users could be done is done in smaller parts: they take its place.
                self.parts.insert(
                    part.first,
                    KnownPart {
                        part: *part,
                        failed: *failed,
                        task_id: None,
                    },
                );
            }
            JournalEntry::Failed(_) => {}
            JournalEntry::Finished { rows, last } => self.finished = Some((*rows, *last)),
        }
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.finished.is_none()
    }

    /// The part that begins with this row.
    #[must_use]
    pub fn part_at(&self, first: u64) -> Option<&KnownPart> {
        self.parts.get(&first)
    }

    /// The number of the first row of a known part behind `number`.
    #[must_use]
    pub fn next_part(&self, number: u64) -> Option<u64> {
        self.parts.range(number..).next().map(|(first, _)| *first)
    }

    /// The known part with the highest numbers.
    #[must_use]
    pub fn last_part(&self) -> Option<&KnownPart> {
        self.parts.values().next_back()
    }

    /// How many rows the input had and the number of the last one, where it was read to its end and all is done.
    #[must_use]
    pub const fn finished(&self) -> Option<(u64, u64)> {
        self.finished
    }

    /// How many rows are done, those that failed among them.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.done().map(|known| known.part.rows).sum()
    }

    /// How many of the rows that are done failed.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.done().map(|known| known.failed).sum()
    }

    fn done(&self) -> impl Iterator<Item = &KnownPart> {
        self.parts.values().filter(|known| known.task_id.is_none())
    }
}
