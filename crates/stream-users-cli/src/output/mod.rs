//! The only place that prints: results on standard output, everything else on standard error. What results look like
//! stands in `rows`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what this module is for"
)]

mod rows;

use std::io::{ErrorKind, IsTerminal, Write};

use anyhow::Context;
use serde::Serialize;

pub(crate) use self::rows::Rows;
use crate::globals::{Format, Globals};

/// How results are printed, as the options say.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    format: Format,
    quiet: bool,
}

impl Output {
    pub(crate) fn new(globals: &Globals) -> Self {
        let by_default = if std::io::stdout().is_terminal() {
            Format::Table
        } else {
            Format::Ndjson
        };
        Self {
            format: globals.output.unwrap_or(by_default),
            quiet: globals.quiet,
        }
    }

    pub(crate) const fn format(&self) -> Format {
        self.format
    }

    /// A list of users, each of which serializes as the service shows it.
    pub(crate) fn users(&self) -> Rows {
        Rows::users(self)
    }

    /// A list of anything else. The columns are those of a table and of CSV, in their order; a dot leads into an
    /// object, as in `user.id`.
    pub(crate) fn rows(&self, columns: &[&str]) -> Rows {
        Rows::new(self, columns)
    }

    /// A single thing: a table shows its fields below each other.
    ///
    /// # Errors
    /// See [`line`].
    pub(crate) fn value(&self, value: &impl Serialize) -> anyhow::Result<()> {
        json(value).map(drop)
    }

    /// Says on standard error what is good to know; not with `--quiet`.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }
}

/// Says on standard error what is not as it should be, and no failure.
pub(crate) fn warning(text: &str) {
    eprintln!("warning: {text}");
}

/// Prints a result on standard output.
///
/// # Errors
/// Where it cannot be written, such as on a full disk. A reader that has gone away (`| head`) is no error.
pub(crate) fn line(text: &str) -> anyhow::Result<()> {
    read_line(text).map(drop)
}

/// Prints a result on standard output, and says whether somebody reads it still: what goes on for long can end then.
///
/// # Errors
/// See [`line`].
pub(crate) fn read_line(text: &str) -> anyhow::Result<bool> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error).context("standard output could not be written"),
    }
}

/// Prints a result as JSON on a line, and says whether somebody reads it still. It is written as it is: `Value` holds not
/// all JSON that the service may send.
///
/// # Errors
/// See [`line`].
pub(crate) fn json(result: &impl Serialize) -> anyhow::Result<bool> {
    read_line(&serde_json::to_string(result)?)
}

/// Says on standard error what went wrong, with its causes.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("error: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}
