//! What is told while users are synchronized: changes, failures, and on a terminal how far it is.

use std::fs::File;
use std::future::poll_fn;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use anyhow::Context;
use futures_core::Stream as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use serde_json::{Map, Value};
use stream_users_core::sync::{SyncChange, SyncKind, SyncReport, SyncRun};
use stream_users_model::{Custom, Str, UserId};

use super::Arguments;
use crate::globals::Globals;
use crate::input::{BytesRead, Input};
use crate::output::{self, Output, Rows};

/// How many failures are said on standard error; the rest are counted.
const SAID: u64 = 20;

pub(super) struct Telling {
    rows: Option<Rows>,
    is_listing: bool,
    report: Option<(PathBuf, BufWriter<File>)>,
    failures: u64,
    /// Whether nobody reads any more what is printed.
    unread: bool,
    bar: Option<ProgressBar>,
    read: BytesRead,
    size: Option<u64>,
    begun: Instant,
}

/// A change as it is printed.
#[derive(Serialize)]
struct Shown<'a> {
    kind: SyncKind,
    id: Option<&'a UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    set: Option<&'a Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unset: Option<&'a [Str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A failure as the report holds it.
#[derive(Serialize)]
struct Failure<'a> {
    line: Option<u64>,
    id: Option<&'a UserId>,
    reason: &'a str,
}

impl Telling {
    pub(super) fn new(
        globals: &Globals,
        output: &Output,
        arguments: &Arguments,
        input: &Input,
    ) -> anyhow::Result<Self> {
        let rows = (arguments.changes || arguments.dry_run)
            .then(|| output.rows(&["kind", "id", "line", "set", "unset", "error"]));
        let report = match &arguments.report {
            None => None,
            Some(path) => {
                let file = File::create(path)
                    .with_context(|| format!("the report {} could not be made", path.display()))?;
                Some((path.clone(), BufWriter::new(file)))
            }
        };
        let is_shown = std::io::stderr().is_terminal()
            && !globals.quiet
            && !(rows.is_some() && std::io::stdout().is_terminal());
        let bar = is_shown.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
            if let Ok(style) = ProgressStyle::with_template("{spinner}  {wide_msg}") {
                bar.set_style(style);
            }
            bar
        });
        Ok(Self {
            is_listing: rows.is_some(),
            rows,
            report,
            failures: 0,
            unread: false,
            bar,
            read: input.bytes_read(),
            size: input.size(),
            begun: Instant::now(),
        })
    }

    /// Tells of one change; whether somebody reads still what is printed.
    pub(super) fn change(&mut self, change: &SyncChange) -> anyhow::Result<bool> {
        let reason = change.error().map(ToString::to_string);
        if let Some(reason) = &reason {
            self.failure(change, reason)?;
        }
        let Some(rows) = &mut self.rows else {
            return Ok(true);
        };
        let patch = change.patch.as_ref();
        let is_read = rows.push(&Shown {
            kind: change.kind,
            id: change.id.as_ref(),
            line: change.number,
            set: patch.map(|patch| &patch.set).filter(|set| !set.is_empty()),
            unset: patch.map(|patch| &*patch.unset).filter(|unset| !unset.is_empty()),
            error: reason,
        })?;
        self.unread |= !is_read;
        Ok(is_read)
    }

    fn failure(&mut self, change: &SyncChange, reason: &str) -> anyhow::Result<()> {
        self.failures += 1;
        if let Some((path, file)) = &mut self.report {
            let failure = Failure {
                line: change.number,
                id: change.id.as_ref(),
                reason,
            };
            serde_json::to_writer(&mut *file, &failure)
                .map_err(anyhow::Error::from)
                .and_then(|()| Ok(file.write_all(b"\n")?))
                .with_context(|| format!("the report {} could not be written", path.display()))?;
        }
        if self.failures <= SAID {
            let line = change.number.map(|line| format!("line {line}"));
            let id = change.id.as_ref().map(|id| format!("user {id:?}"));
            let place: Vec<String> = line.into_iter().chain(id).collect();
            self.say(&format!("{}: {reason}", place.join(", ")));
        }
        if self.failures == SAID + 1 {
            self.say("further failures are counted, and not said: --report PATH holds all of them");
        }
        Ok(())
    }

    /// How far the sorting is.
    pub(super) fn sorting(&self, rows: u64) {
        if let Some(bar) = &self.bar {
            let share = self.size.filter(|size| *size > 0);
            let share = share.map(|size| format!(", {}% of the file", self.read.get() * 100 / size));
            bar.set_message(format!("sorting: {rows} rows{}", share.unwrap_or_default()));
            bar.tick();
        }
    }

    /// How far the synchronization is.
    pub(super) fn show(&self, report: &SyncReport) {
        if let Some(bar) = &self.bar {
            let seconds = self.begun.elapsed().as_secs().max(1);
            let failed = match report.failed + report.rejected {
                0 => String::new(),
                failed => format!(", {failed} failed"),
            };
            bar.set_message(format!(
                "{} rows ({}/s), {} unchanged, {} written{failed}",
                report.rows,
                report.rows / seconds,
                report.unchanged,
                report.changed()
            ));
            bar.tick();
        }
    }

    /// Says something, without disturbing the line that changes.
    pub(super) fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| output::told(text)),
            None => output::told(text),
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Whether nobody reads any more what is printed.
    pub(super) const fn is_unread(&self) -> bool {
        self.unread
    }

    /// Whether the changes are printed.
    pub(super) const fn prints_changes(&self) -> bool {
        self.is_listing
    }

    /// Prints and writes what is left.
    pub(super) fn end(&mut self) -> anyhow::Result<()> {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if let Some((path, file)) = &mut self.report {
            file.flush()
                .with_context(|| format!("the report {} could not be written", path.display()))?;
        }
        match self.rows.take() {
            Some(rows) => rows.end(),
            None => Ok(()),
        }
    }
}

/// The changes that are there, at least one; `None` at the end. Taking all at once keeps the signals and the clock from being
/// looked at for each.
pub(super) async fn changes(run: &mut SyncRun<'_, Custom>) -> Option<Vec<SyncChange>> {
    const MOST: usize = 64;
    let mut changes = Vec::new();
    poll_fn(|context| {
        while changes.len() < MOST {
            match Pin::new(&mut *run).poll_next(context) {
                Poll::Ready(Some(change)) => changes.push(change),
                Poll::Ready(None) if changes.is_empty() => return Poll::Ready(None),
                Poll::Pending if changes.is_empty() => return Poll::Pending,
                _ => break,
            }
        }
        Poll::Ready(Some(std::mem::take(&mut changes)))
    })
    .await
}
