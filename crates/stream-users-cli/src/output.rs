//! The only place that prints: results on standard output, everything else on standard error.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what this module is for"
)]

use std::io::Write;

/// Prints a result on standard output. A reader that has gone away (`| head`) is no error.
pub(crate) fn line(text: &str) {
    // Nothing can be told to a reader that is gone.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Says on standard error what went wrong, with its causes.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("error: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}
