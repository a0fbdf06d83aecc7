//! The result of an import.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use stream_users_core::bulk::BulkProgress;

use super::Arguments;
use super::progress::{count, duration, number, per_second};

/// What an import came to.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    /// The file, or `-`.
    input: String,
    /// Whether all rows were tried.
    pub(super) complete: bool,
    /// Rows that were read.
    read: u64,
    /// Users that this run put in.
    imported: u64,
    /// Rows that failed in this run.
    failed: u64,
    /// Rows that earlier runs of the state had done.
    known: u64,
    /// Those of them that had failed.
    known_failed: u64,
    /// Requests that were sent.
    requests: u64,
    /// How long it took.
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<PathBuf>,
    #[serde(skip)]
    elapsed: Duration,
    /// Whether an earlier run had come to the end.
    #[serde(skip)]
    pub(super) finished_before: bool,
}

impl Summary {
    pub(super) fn new(progress: &BulkProgress, elapsed: Duration, arguments: &Arguments) -> Self {
        let millis = u32::try_from(elapsed.as_millis()).unwrap_or(u32::MAX);
        Self {
            input: arguments.file.clone(),
            complete: false,
            read: progress.read,
            imported: progress.done,
            failed: progress.failed,
            known: progress.known,
            known_failed: progress.known_failed,
            requests: progress.requests,
            seconds: f64::from(millis) / 1000.0,
            state: arguments.state.clone(),
            report: arguments.report.clone(),
            elapsed,
            finished_before: progress.finished_before,
        }
    }

    /// Rows that failed in this run and in earlier ones.
    pub(super) const fn failed_in_all(&self) -> u64 {
        self.failed + self.known_failed
    }

    /// Whether this run did anything.
    pub(super) const fn has_worked(&self) -> bool {
        self.imported + self.failed > 0
    }

    /// The result in a sentence.
    pub(super) fn sentence(&self) -> String {
        let failed = match self.failed_in_all() {
            0 => "none failed".to_owned(),
            failed => format!("{} failed", number(failed)),
        };
        let before = self.known - self.known_failed.min(self.known);
        if self.complete && self.finished_before {
            return format!(
                "nothing to do: {} done before, {failed} then; nothing was sent",
                count(before, "row")
            );
        }
        let known = match before {
            0 => String::new(),
            before => format!(", {} done before", count(before, "row")),
        };
        format!(
            "imported {} in {} ({}/s){known}, {failed}",
            count(self.imported, "user"),
            duration(self.elapsed),
            number(per_second(
                self.imported + self.failed,
                self.elapsed.as_secs_f64()
            )),
        )
    }
}
