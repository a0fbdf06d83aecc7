//! [`MemoryJournal`]: a journal that lives as long as the process, for tests and for runs that are stopped and go on.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{FailedRow, History, Journal, JournalEntry, JournalError, Purpose};

/// A journal in memory. Hold it as `Arc<MemoryJournal>` to give it to one run after the other.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    purpose: Option<Purpose>,
    entries: Vec<JournalEntry>,
}

impl MemoryJournal {
    /// An empty journal.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All that was appended.
    #[must_use]
    pub fn entries(&self) -> Vec<JournalEntry> {
        self.kept().entries.clone()
    }

    /// The rows that failed, in the order in which they did.
    #[must_use]
    pub fn failures(&self) -> Vec<FailedRow> {
        let entries = self.entries().into_iter();
        entries
            .filter_map(|entry| match entry {
                JournalEntry::Failed(row) => Some(row),
                _ => None,
            })
            .collect()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Whole after every step, so a poisoned lock does no harm.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn open(&self, purpose: &Purpose) -> Result<History, JournalError> {
        let mut kept = self.kept();
        let known = kept.purpose.get_or_insert_with(|| purpose.clone());
        known.check(purpose)?;
        let mut history = History::new();
        kept.entries.iter().for_each(|entry| history.add(entry));
        Ok(history)
    }

    async fn append(&self, entries: &[JournalEntry]) -> Result<(), JournalError> {
        self.kept().entries.extend_from_slice(entries);
        Ok(())
    }
}

impl Purpose {
    /// Refuses another purpose than that of the journal.
    ///
    /// # Errors
    /// [`JournalError::OtherPurpose`], which says what differs.
    pub fn check(&self, other: &Self) -> Result<(), JournalError> {
        if self.operation != other.operation {
            let what = format!("it is of {}, and this is {}", self.operation, other.operation);
            return Err(JournalError::other_purpose(what));
        }
        if self.options != other.options {
            let what = format!(
                "its options are {:?}, and these are {:?}",
                self.options, other.options
            );
            return Err(JournalError::other_purpose(what));
        }
        Ok(())
    }
}
