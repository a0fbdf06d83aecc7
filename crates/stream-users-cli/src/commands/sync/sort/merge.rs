//! [`Merge`]: runs as one, in order, a row of each in memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use stream_users_core::bulk::{InputError, Row};
use stream_users_model::{Custom, UserRequest};

use super::run::{Entry, Run};

/// Rows in order.
pub(in super::super) struct Merge {
    runs: Vec<Run>,
    /// The next row of each run, the first of them all on top.
    next: BinaryHeap<Reverse<(Entry, usize)>>,
    /// Rows that were never on disk, in order.
    memory: std::vec::IntoIter<Entry>,
}

impl Merge {
    /// Puts runs together, and rows that are in order.
    pub(super) fn new(runs: Vec<Run>, memory: Vec<Entry>) -> anyhow::Result<Self> {
        let mut merge = Self {
            next: BinaryHeap::with_capacity(runs.len() + 1),
            runs,
            memory: memory.into_iter(),
        };
        for index in 0..=merge.runs.len() {
            merge.advance(index)?;
        }
        Ok(merge)
    }

    /// The next row of all.
    pub(super) fn entry(&mut self) -> anyhow::Result<Option<Entry>> {
        let Some(Reverse((entry, index))) = self.next.pop() else {
            return Ok(None);
        };
        self.advance(index)?;
        Ok(Some(entry))
    }

    /// Reads the next row of a run; behind the last run are the rows in memory.
    fn advance(&mut self, index: usize) -> anyhow::Result<()> {
        let entry = match self.runs.get_mut(index) {
            Some(run) => run.next()?,
            None => self.memory.next(),
        };
        if let Some(entry) = entry {
            self.next.push(Reverse((entry, index)));
        }
        Ok(())
    }
}

impl Iterator for Merge {
    type Item = Result<Row<UserRequest<Custom>>, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entry().transpose()?;
        Some(entry.and_then(Entry::into_row).map_err(Into::into))
    }
}
