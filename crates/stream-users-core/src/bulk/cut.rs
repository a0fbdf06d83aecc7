//! [`Cutter`]: cuts the input into batches, and passes over what the journal knows. It sends nothing.

use std::collections::HashSet;

use stream_users_model::{TaskId, UserId, Violations};

use super::batch::{Batch, Entry};
use super::journal::{Digest, DigestBuilder, History, KnownPart};
use super::outcome::{BulkError, ItemError};
use super::row::{BulkItem, Row};

/// How large a batch may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) items: usize,
    pub(super) bytes: usize,
}

/// Cuts rows into batches. It holds one batch and the first row of the next one at most.
pub(super) struct Cutter<T> {
    size: Size,
    history: History,
    last: u64,
    rows: u64,
    open: Open<T>,
    /// What comes behind the open batch once that is closed: a row that was of no room in it.
    next: Open<T>,
    /// The known part that is being read.
    reading: Option<Reading>,
    /// What of the known parts was passed over, and how much of that had failed, since it was last asked.
    passed: (u64, u64),
    encoded: Vec<u8>,
}

/// A batch that is being filled.
struct Open<T> {
    entries: Vec<Entry<T>>,
    items: usize,
    bytes: usize,
    ids: HashSet<UserId>,
    task: Option<TaskId>,
    is_closed: bool,
}

impl<T> Default for Open<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            items: 0,
            bytes: 0,
            ids: HashSet::new(),
            task: None,
            is_closed: false,
        }
    }
}

impl<T: BulkItem> Open<T> {
    fn push(&mut self, entry: Entry<T>, bytes: usize) {
        if let Ok(item) = &entry.item {
            self.ids.insert(item.id().clone());
            self.items += 1;
            self.bytes += bytes;
        }
        self.entries.push(entry);
    }
}

/// A part that the journal knows, and what of it was read.
struct Reading {
    known: KnownPart,
    digest: DigestBuilder,
    rows: u64,
}

/// A batch that can be sent, and the task that an earlier run started for it.
pub(super) struct Cut<T> {
    pub(super) batch: Batch<T>,
    pub(super) ids: Vec<UserId>,
    pub(super) task: Option<TaskId>,
}

impl<T: BulkItem> Cutter<T> {
    pub(super) fn new(size: Size) -> Self {
        Self {
            size,
            history: History::new(),
            last: 0,
            rows: 0,
            open: Open::default(),
            next: Open::default(),
            reading: None,
            passed: (0, 0),
            encoded: Vec::new(),
        }
    }

    pub(super) fn set_history(&mut self, history: History) {
        self.history = history;
    }

    /// Whether it can take another row.
    pub(super) fn wants_row(&self) -> bool {
        self.next.entries.is_empty() && !self.open.is_closed
    }

    /// How many rows of parts that are done were passed over since this was last asked, and how many of them had failed.
    pub(super) fn take_passed(&mut self) -> (u64, u64) {
        std::mem::take(&mut self.passed)
    }

    /// The number of the last row.
    pub(super) const fn last(&self) -> u64 {
        self.last
    }

    /// How many rows were read.
    pub(super) const fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes a row, checked by `check`.
    pub(super) fn take(
        &mut self,
        row: Row<T>,
        check: impl FnOnce(&T) -> Violations,
    ) -> Result<(), BulkError> {
        let Row { number, item } = row;
        if number <= self.last {
            return Err(BulkError::OutOfOrder {
                number,
                last: self.last,
            });
        }
        self.check_order(number)?;
        self.last = number;
        self.rows += 1;

        self.encoded.clear();
        let mut violations = Violations::new();
        match &item {
            Ok(item) => {
                if let Err(error) = serde_json::to_writer(&mut self.encoded, item) {
                    violations.add("the row", format!("cannot be written as JSON: {error}"));
                }
            }
            Err(rejected) => {
                let id = rejected.id.as_ref().map_or("", UserId::as_str);
                self.encoded.extend_from_slice(id.as_bytes());
                self.encoded.push(0);
                self.encoded.extend_from_slice(rejected.reason.as_bytes());
            }
        }
        let digest = Digest::of_row(item.is_ok(), &self.encoded);
        let begins = if self.reading.is_none() {
            self.history.part_at(number).cloned()
        } else {
            None
        };
        if let Some(known) = begins {
            self.open.is_closed = !self.open.entries.is_empty();
            self.reading = Some(Reading {
                known,
                digest: DigestBuilder::new(),
                rows: 0,
            });
        }
        let of_task = match &mut self.reading {
            Some(reading) => {
                reading.digest.row(number, digest);
                reading.rows += 1;
                if reading.known.task_id.is_none() {
                    return self.end_of_part(number);
                }
                true
            }
            None => false,
        };
        let item = match item {
            Ok(item) if violations.is_empty() => {
                let broken = check(&item);
                if broken.is_empty() {
                    Ok(item)
                } else {
                    Err((Some(item.id().clone()), ItemError::violations(broken)))
                }
            }
            Ok(item) => Err((Some(item.id().clone()), ItemError::violations(violations))),
            Err(rejected) => Err((rejected.id.clone(), ItemError::rejected(rejected))),
        };
        let entry = Entry { number, digest, item };
        let bytes = self.encoded.len();
        if of_task {
            // The batch of a task is whole: what fitted once fits again.
            self.filling().push(entry, bytes);
            return self.end_of_part(number);
        }
        self.open.is_closed |= !self.fits(&entry, bytes);
        let most = self.size.items;
        let batch = self.filling();
        batch.push(entry, bytes);
        batch.is_closed = batch.items >= most;
        Ok(())
    }

    /// Looks whether a row tells that the input is another: known rows are missing, or there are more than there were.
    fn check_order(&self, number: u64) -> Result<(), BulkError> {
        if let Some((rows, last)) = self.history.finished() {
            if number > last {
                return Err(changed(format!(
                    "it had {rows} rows, the last of them row {last}, and all are done; now there is a row {number}"
                )));
            }
        }
        match &self.reading {
            Some(reading) if number > reading.known.part.last => Err(differs(reading)),
            Some(_) => Ok(()),
            None => match self.history.next_part(self.last + 1) {
                Some(first) if first < number => Err(changed(format!(
                    "row {first} is missing, which was there: after row {} comes row {number}",
                    self.last
                ))),
                _ => Ok(()),
            },
        }
    }

    /// Compares a known part once it has been read.
    fn end_of_part(&mut self, number: u64) -> Result<(), BulkError> {
        let is_whole = |reading: &mut Reading| number >= reading.known.part.last;
        let Some(reading) = self.reading.take_if(is_whole) else {
            return Ok(());
        };
        let part = reading.known.part;
        let differs = differs(&reading);
        if reading.rows != part.rows || reading.digest.finish() != part.digest {
            return Err(differs);
        }
        match reading.known.task_id {
            None => {
                self.passed.0 += part.rows;
                self.passed.1 += reading.known.failed;
            }
            Some(task) => {
                let batch = self.filling();
                batch.task = Some(task);
                batch.is_closed = true;
            }
        }
        Ok(())
    }

    /// The batch that the row at hand belongs to.
    fn filling(&mut self) -> &mut Open<T> {
        // Once the open batch is closed, and until it is cut, there is but this one row.
        if self.open.is_closed {
            &mut self.next
        } else {
            &mut self.open
        }
    }

    fn fits(&self, entry: &Entry<T>, bytes: usize) -> bool {
        let open = &self.open;
        if open.entries.is_empty() {
            return true;
        }
        let is_twice = entry.item.is_ok() && entry.id().is_some_and(|id| open.ids.contains(id));
        let rows = self.size.items.saturating_mul(4);
        !is_twice && open.bytes + bytes <= self.size.bytes && open.entries.len() < rows
    }

    /// The next batch, where it is whole and none of its users is `busy`. At the `end` of the input, what is left is a batch.
    pub(super) fn cut(&mut self, busy: &HashSet<UserId>, end: bool) -> Option<Cut<T>> {
        let open = &mut self.open;
        let is_whole = open.is_closed || end;
        if open.entries.is_empty() || !is_whole || !open.ids.is_disjoint(busy) {
            return None;
        }
        let open = std::mem::replace(open, std::mem::take(&mut self.next));
        Some(Cut {
            batch: Batch(open.entries),
            ids: open.ids.into_iter().collect(),
            task: open.task,
        })
    }

    /// Whether nothing is left to be sent.
    pub(super) fn is_empty(&self) -> bool {
        self.open.entries.is_empty() && self.next.entries.is_empty()
    }

    /// Looks at the end of the input whether all of it came that is known.
    pub(super) fn end(&self) -> Result<(), BulkError> {
        if let Some(reading) = &self.reading {
            return Err(differs(reading));
        }
        let behind = self.last.checked_add(1);
        if let Some(first) = behind.and_then(|number| self.history.next_part(number)) {
            return Err(changed(format!(
                "it ends with row {}, and row {first} is missing, which was there",
                self.last
            )));
        }
        match self.history.finished() {
            Some((rows, _)) if rows != self.rows => Err(changed(format!(
                "it had {rows} rows, and now it has {}",
                self.rows
            ))),
            _ => Ok(()),
        }
    }

    /// Whether an earlier run has come to the end.
    pub(super) fn is_finished(&self) -> bool {
        self.history.finished().is_some()
    }
}

fn differs(reading: &Reading) -> BulkError {
    let part = reading.known.part;
    changed(format!(
        "rows {} to {} are not those that were sent",
        part.first, part.last
    ))
}

fn changed(what: String) -> BulkError {
    BulkError::InputChanged { what }
}
