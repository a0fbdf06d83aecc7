//! The only place that prints: results on standard output, everything else on standard error. Lists of results stand in
//! `rows`, and what makes a text safe for a terminal in `text`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what this module is for"
)]

mod csv;
mod record;
mod rows;
mod screen;
mod table;
mod text;

use std::fmt;
use std::io::{ErrorKind, IsTerminal, Write};

use anyhow::Context;
use serde::Serialize;

use self::record::Record;
pub(crate) use self::rows::Rows;
use crate::globals::{Format, Globals};

/// How results are printed, as the options say.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    format: Format,
    /// The columns of a table or of CSV, where they were asked for.
    columns: Option<Vec<String>>,
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
            columns: globals.columns.clone(),
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

    /// A single thing: a table shows its fields below each other, unless it is one of some columns.
    ///
    /// # Errors
    /// See [`line`].
    pub(crate) fn value(&self, value: &impl Serialize) -> anyhow::Result<()> {
        match self.format {
            Format::Json | Format::Ndjson => json(value).map(drop),
            Format::Table if self.columns.is_none() => {
                let record = Record::of(&serde_json::to_string(value)?)?;
                table::fields(&record).iter().try_for_each(|text| line(text))
            }
            Format::Table | Format::Csv => {
                let mut rows = Rows::with(self, None);
                rows.push(value)?;
                rows.end()
            }
        }
    }

    /// Says on standard error what is good to know; not with `--quiet`.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            told(text);
        }
    }
}

/// Says on standard error what somebody has to know, also with `--quiet`. A line end between lines stays.
pub(crate) fn told(text: &str) {
    let mut err = std::io::stderr().lock();
    for line in text.lines() {
        // Where nobody reads it any more, the work goes on.
        writeln!(err, "{}", text::visible(line)).ok();
    }
}

/// Puts a question on standard error, after which an answer is typed.
///
/// # Errors
/// Where standard error cannot be written.
pub(crate) fn question(text: &str) -> anyhow::Result<()> {
    let mut screen = std::io::stderr().lock();
    write!(screen, "{}", text::visible(text))
        .and_then(|()| screen.flush())
        .context("the question could not be asked")
}

/// Says on standard error what is not as it should be, and no failure.
pub(crate) fn warning(text: &str) {
    told(&format!("warning: {text}"));
}

/// Says on standard error what failed, while the rest goes on.
pub(crate) fn failure(text: &str) {
    told(&format!("error: {text}"));
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
    let out = std::io::stdout();
    let text = if out.is_terminal() {
        text::escaped(text)
    } else {
        text.into()
    };
    match writeln!(out.lock(), "{text}") {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error).context("standard output could not be written"),
    }
}

/// Prints a whole text as it is. A reader that has gone away is no error.
///
/// # Errors
/// See [`line`].
pub(crate) fn document(text: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("standard output could not be written")
        }
        _ => Ok(()),
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

/// What went wrong, and what to do about it: given to an error as its context.
#[derive(Debug)]
pub(crate) struct Hint {
    hint: String,
    text: String,
}

impl Hint {
    pub(crate) fn new(hint: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            hint: hint.into(),
            text: text.into(),
        }
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Says on standard error what went wrong, with its causes, and what to do.
pub(crate) fn error(error: &anyhow::Error) {
    let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    let root = chain.last().cloned().unwrap_or_default();
    let mut lines: Vec<String> = Vec::new();
    for text in &chain {
        lines.push(if lines.is_empty() {
            format!("error: {text}")
        } else {
            format!("  because: {text}")
        });
        // Some say their cause themselves.
        if text.contains(&root) {
            break;
        }
    }
    if let Some(hint) = error.downcast_ref::<Hint>() {
        lines.push(format!("  what to do: {}", hint.hint));
    }
    for line in lines {
        told(&line);
    }
}
