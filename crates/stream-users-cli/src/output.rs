//! The only place that prints: results on standard output, everything else on standard error.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what this module is for"
)]

use std::io::{ErrorKind, Write};

use anyhow::Context;
use serde::Serialize;

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
