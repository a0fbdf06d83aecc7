//! The only place that prints: results on standard output, everything else on standard error.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what this module is for"
)]

use std::io::{ErrorKind, Write};

use anyhow::Context;

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

/// Says on standard error what went wrong, with its causes.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("error: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}
