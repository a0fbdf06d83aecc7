//! Asking before what cannot be undone. What is to be said stands with the commands.

use std::io::{IsTerminal, Write};

use anyhow::Context;

use crate::exit;
use crate::globals::Globals;

/// Says what is about to be done, and asks whether it is meant; with `--yes` it is.
///
/// `what` is a sentence without its end, such as `3 users will be deleted for good`.
///
/// # Errors
/// Where the answer is not yes, or there is no terminal to ask on: the command ends with exit code 4.
pub(crate) fn confirm(globals: &Globals, what: &str) -> anyhow::Result<()> {
    if globals.yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(exit::stopped(format!(
            "{what}; there is no terminal to ask on: add --yes to do it"
        )));
    }
    let mut screen = std::io::stderr().lock();
    write!(screen, "{what}. Go on? [y/N] ")
        .and_then(|()| screen.flush())
        .context("the question could not be asked")?;
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .context("the answer could not be read")?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(exit::stopped("nothing was done: the answer was not yes")),
    }
}
