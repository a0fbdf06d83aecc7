//! Bringing the rows of an input into the order of their users' ids, in bounded memory: what fits in memory is sorted there,
//! the rest goes through `run`s on disk, which `merge` puts together.
//!
//! Rows that name nobody come first; of rows with the same id, the one that stands first in the input does.

mod merge;
mod run;

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use stream_users_core::bulk::Row;
use stream_users_model::{Custom, UserRequest};

use self::merge::Merge;
use self::run::{Entry, Run, Writer};
use super::telling::Telling;
use crate::exit;
use crate::input::{InputFailure, RowStream};
use crate::stop::Stop;

/// How many bytes of rows are sorted at a time.
const MEMORY: usize = 8 * 1024 * 1024;

/// How many runs are put together at a time: each of them is an open file.
const FAN: usize = 64;

/// Rows in order.
pub(super) type Sorted = Merge;

/// Reads all rows and brings them into order; `None` where somebody said stop.
///
/// # Errors
/// Where the input cannot be read to its end, or the disk cannot hold it.
pub(super) async fn all(
    mut rows: RowStream<UserRequest<Custom>>,
    folder: Option<&Path>,
    telling: &mut Telling,
    stop: &mut Stop,
) -> anyhow::Result<Option<Sorted>> {
    let mut sorter = Sorter::new(folder, MEMORY);
    let mut ticks = tokio::time::interval(super::TICK);
    let mut count = 0;
    loop {
        let next = tokio::select! {
            biased;
            () = stop.wait() => return Ok(None),
            _ = ticks.tick() => {
                telling.sorting(count);
                continue;
            }
            next = some(&mut rows) => next,
        };
        let Some(next) = next else { break };
        for row in next {
            count += 1;
            sorter.push(&row.map_err(|error| unreadable(&error))?)?;
        }
    }
    sorter.finish().map(Some)
}

type Next = Result<Row<UserRequest<Custom>>, stream_users_core::bulk::InputError>;

/// The rows that are there, at least one; `None` at the end.
async fn some(rows: &mut RowStream<UserRequest<Custom>>) -> Option<Vec<Next>> {
    use std::task::Poll;

    use futures_core::Stream as _;

    const MOST: usize = 256;
    let mut taken = Vec::new();
    std::future::poll_fn(|context| {
        while taken.len() < MOST {
            match std::pin::Pin::new(&mut *rows).poll_next(context) {
                Poll::Ready(Some(row)) => taken.push(row),
                Poll::Ready(None) if taken.is_empty() => return Poll::Ready(None),
                Poll::Pending if taken.is_empty() => return Poll::Pending,
                _ => break,
            }
        }
        Poll::Ready(Some(std::mem::take(&mut taken)))
    })
    .await
}

fn unreadable(error: &stream_users_core::bulk::InputError) -> anyhow::Error {
    match error.downcast_ref::<InputFailure>() {
        Some(failure) if failure.is_usage() => exit::usage(failure.to_string()),
        _ => anyhow!("{error}"),
    }
}

/// Takes rows in any order.
struct Sorter {
    folder: PathBuf,
    memory: usize,
    entries: Vec<Entry>,
    bytes: usize,
    /// The run that was written last: what follows it goes there, too, so that an input in order is one run.
    last: Option<Writer>,
    /// Those that are whole, by how often their rows were put together.
    runs: Vec<Vec<Run>>,
}

impl Sorter {
    fn new(folder: Option<&Path>, memory: usize) -> Self {
        Self {
            folder: folder.map_or_else(std::env::temp_dir, Path::to_path_buf),
            memory,
            entries: Vec::new(),
            bytes: 0,
            last: None,
            runs: Vec::new(),
        }
    }

    fn push(&mut self, row: &Row<UserRequest<Custom>>) -> anyhow::Result<()> {
        let entry = Entry::of(row)?;
        self.bytes += entry.size();
        self.entries.push(entry);
        if self.bytes >= self.memory {
            self.spill()
                .with_context(|| format!("rows could not be sorted in {}", self.folder.display()))?;
        }
        Ok(())
    }

    fn finish(mut self) -> anyhow::Result<Sorted> {
        self.entries.sort_unstable();
        let sorted = self.close_last().and_then(|()| {
            let runs = std::mem::take(&mut self.runs).into_iter().flatten().collect();
            Merge::new(runs, std::mem::take(&mut self.entries))
        });
        sorted.with_context(|| format!("rows could not be sorted in {}", self.folder.display()))
    }

    /// Moves what is in memory to the disk.
    fn spill(&mut self) -> anyhow::Result<()> {
        self.entries.sort_unstable();
        let follows = match (&self.last, self.entries.first()) {
            (Some(last), Some(first)) => last.is_before(first),
            _ => false,
        };
        if !follows {
            self.close_last()?;
        }
        let writer = match &mut self.last {
            Some(writer) => writer,
            None => self.last.insert(Writer::new(&self.folder)?),
        };
        for entry in self.entries.drain(..) {
            writer.push(entry)?;
        }
        self.bytes = 0;
        Ok(())
    }

    /// Ends the last run, and puts runs together where they have become many.
    fn close_last(&mut self) -> anyhow::Result<()> {
        let Some(writer) = self.last.take() else {
            return Ok(());
        };
        let mut run = writer.end()?;
        for level in 0.. {
            if self.runs.len() == level {
                self.runs.push(Vec::new());
            }
            self.runs[level].push(run);
            if self.runs[level].len() < FAN {
                break;
            }
            let mut writer = Writer::new(&self.folder)?;
            let mut merge = Merge::new(std::mem::take(&mut self.runs[level]), Vec::new())?;
            while let Some(entry) = merge.entry()? {
                writer.push(entry)?;
            }
            run = writer.end()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use stream_users_core::bulk::Rejected;

    use super::*;

    type Given = (Option<String>, bool);

    fn sorted(given: &[Given], memory: usize) -> (Vec<Row<UserRequest<Custom>>>, usize) {
        let mut sorter = Sorter::new(None, memory);
        for (number, (id, is_good)) in (1..).zip(given) {
            let row = match (id, is_good) {
                (Some(id), true) => {
                    let custom = Custom::from_iter([("n", number)]);
                    Row::new(number, UserRequest::new(id.as_str()).custom(custom))
                }
                (Some(id), false) => Row::rejected(number, Rejected::new("bad").id(id.as_str())),
                (None, _) => Row::rejected(number, Rejected::new("worse")),
            };
            sorter.push(&row).unwrap();
        }
        let runs = sorter.runs.iter().map(Vec::len).sum::<usize>() + usize::from(sorter.last.is_some());
        let rows = sorter.finish().unwrap().map(Result::unwrap).collect();
        (rows, runs)
    }

    fn key(row: &Row<UserRequest<Custom>>) -> (String, u64) {
        let id = match &row.item {
            Ok(user) => Some(user.id.to_string()),
            Err(rejected) => rejected.id.as_ref().map(ToString::to_string),
        };
        (id.unwrap_or_default(), row.number)
    }

    proptest! {
        #[test]
        fn rows_come_in_order_whatever_fits_in_memory(
            given in prop::collection::vec((prop::option::weighted(0.9, "[a-cA-Cé_]{1,4}"), any::<bool>()), 0..300),
            memory in 1_usize..4_000,
        ) {
            let (rows, _) = sorted(&given, memory);
            let keys: Vec<_> = rows.iter().map(key).collect();
            let mut expected: Vec<_> = (1..).zip(&given)
                .map(|(number, (id, _))| (id.clone().unwrap_or_default(), number))
                .collect();
            expected.sort();
            prop_assert_eq!(keys, expected);
            for row in &rows {
                let index = usize::try_from(row.number).unwrap() - 1;
                let is_good = given[index].0.is_some() && given[index].1;
                prop_assert_eq!(row.item.is_ok(), is_good);
                if let Ok(user) = &row.item {
                    let custom = user.custom.as_ref().unwrap();
                    prop_assert_eq!(custom.get::<u64>("n").unwrap(), Some(row.number));
                }
            }
        }
    }

    #[test]
    fn an_input_in_order_is_one_run() {
        let given: Vec<Given> = (0..5_000).map(|n| (Some(format!("{n:05}")), true)).collect();
        let (rows, runs) = sorted(&given, 10_000);
        assert_eq!((rows.len(), runs), (5_000, 1));
        let reversed: Vec<Given> = given.into_iter().rev().collect();
        let (rows, runs) = sorted(&reversed, 1_000);
        assert_eq!(rows.len(), 5_000);
        assert!(runs > 1 && runs < 2 * FAN, "runs are put together: {runs}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let mut sorter = Sorter::new(Some(Path::new("/nowhere/at/all")), 1);
        let error = sorter.push(&Row::new(1, UserRequest::new("a"))).unwrap_err();
        assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
    }
}
