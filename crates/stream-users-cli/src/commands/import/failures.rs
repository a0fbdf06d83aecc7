//! Rows that failed: the first ones are shown, all of them go to the report.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;
use stream_users_model::UserId;

use crate::exit;

/// How many are shown.
const SHOWN: u64 = 10;

/// A line of the report.
#[derive(Debug, Serialize)]
struct Failure<'f> {
    line: u64,
    id: Option<&'f UserId>,
    reason: &'f str,
}

/// Takes failures as they come.
pub(super) struct Failures {
    report: Option<Report>,
    count: u64,
}

/// Where the report goes.
enum Report {
    /// It is made of the journal when the run ends.
    OfJournal { state: PathBuf, path: PathBuf },
    /// It is written as failures come.
    Written { path: PathBuf, file: BufWriter<File> },
}

impl Failures {
    /// Nothing has failed yet. Without a state, the report is begun anew. A report that cannot be written is said now, and
    /// not when all is done.
    ///
    /// # Errors
    /// Where the report cannot be written, or is the input or the state.
    pub(super) fn new(report: Option<&Path>, input: &str, state: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(path) = report {
            for (other, what) in [(Some(Path::new(input)), "input"), (state, "state")] {
                if other.is_some_and(|other| is_same(path, other)) {
                    return Err(exit::usage(format!(
                        "--report {} is the {what}, which it would replace; name another file",
                        path.display()
                    )));
                }
            }
        }
        let report = match (report, state) {
            (None, _) => None,
            (Some(path), Some(state)) => {
                let beside = beside(path);
                File::create(&beside).with_context(|| cannot(path))?;
                fs::remove_file(&beside).with_context(|| cannot(path))?;
                Some(Report::OfJournal {
                    state: state.to_owned(),
                    path: path.to_owned(),
                })
            }
            (Some(path), None) => {
                let file = File::create(path).with_context(|| cannot(path))?;
                Some(Report::Written {
                    path: path.to_owned(),
                    file: BufWriter::new(file),
                })
            }
        };
        Ok(Self { report, count: 0 })
    }

    /// Takes one, and gives what is to be shown of it; `word` says what its number is.
    pub(super) fn add(
        &mut self,
        word: &str,
        line: u64,
        id: Option<&UserId>,
        reason: &impl ToString,
    ) -> anyhow::Result<Option<String>> {
        self.count += 1;
        let reason = reason.to_string();
        if let Some(Report::Written { path, file }) = &mut self.report {
            write(file, line, id, &reason).with_context(|| cannot(path))?;
        }
        let id = id.map(|id| format!(" ({id})")).unwrap_or_default();
        Ok(match self.count {
            0..=SHOWN => Some(format!("{word} {line}{id}: {reason}")),
            count if count == SHOWN + 1 => Some(match &self.report {
                Some(report) => format!(
                    "more rows failed; all of them will be in {}",
                    report.path().display()
                ),
                None => "more rows failed; --report PATH writes all of them into a file".to_owned(),
            }),
            _ => None,
        })
    }

    /// Completes the report; `all` says how many failed in all runs.
    pub(super) fn end(&mut self, all: u64) -> anyhow::Result<()> {
        match &mut self.report {
            None => Ok(()),
            Some(Report::Written { path, file }) => file.flush().with_context(|| cannot(path)),
            Some(Report::OfJournal { state, path }) => {
                if all == 0 && !path.exists() {
                    return Ok(());
                }
                of_journal(state, path)
            }
        }
    }

    /// Where the report is.
    pub(super) fn path(&self) -> Option<&Path> {
        self.report.as_ref().map(Report::path)
    }
}

impl Report {
    fn path(&self) -> &Path {
        match self {
            Self::OfJournal { path, .. } | Self::Written { path, .. } => path,
        }
    }
}

/// Whether both are the same file, or will be.
fn is_same(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        path.canonicalize().or_else(|_| {
            Ok::<_, io::Error>(folder.canonicalize()?.join(path.file_name().unwrap_or_default()))
        })
    };
    match (whole(one), whole(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// Where a report is written before it gets its name.
fn beside(path: &Path) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    PathBuf::from(beside)
}

/// Writes the failures of all runs, beside the report first, so that there is never half of one.
fn of_journal(state: &Path, path: &Path) -> anyhow::Result<()> {
    let beside = beside(path);
    let file = File::create(&beside).with_context(|| cannot(&beside))?;
    let mut file = BufWriter::new(file);
    for failed in super::journal::failures(state)? {
        let failed = failed?;
        write(&mut file, failed.number, failed.id.as_ref(), &failed.reason)
            .with_context(|| cannot(&beside))?;
    }
    file.flush().with_context(|| cannot(&beside))?;
    fs::rename(&beside, path).with_context(|| cannot(path))
}

fn write(file: &mut impl Write, line: u64, id: Option<&UserId>, reason: &str) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *file, &Failure { line, id, reason })?;
    file.write_all(b"\n")?;
    Ok(())
}

fn cannot(path: &Path) -> String {
    format!("the report {} cannot be written", path.display())
}
