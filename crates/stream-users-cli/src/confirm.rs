//! Asking before what cannot be undone. What is to be said stands with the commands.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal};

use anyhow::Context;

use crate::exit;
use crate::globals::Globals;
use crate::output;

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
    if !std::io::stderr().is_terminal() {
        return Err(exit::stopped(format!(
            "{what}; there is no terminal to ask on: add --yes to do it"
        )));
    }
    let no_answer = |error: anyhow::Error| error.context(exit::Refusal::stopped("nothing was done"));
    match ask(&format!("{what}. Go on? [y/N] "))
        .map_err(no_answer)?
        .to_ascii_lowercase()
        .as_str()
    {
        "y" | "yes" => Ok(()),
        _ => Err(exit::stopped("nothing was done: the answer was not yes")),
    }
}

/// [`confirm`] for what can be undone: where there is no terminal to ask on, it is done. What is to be said is made only
/// where it is asked.
///
/// # Errors
/// Where the answer is not yes: the command ends with exit code 4.
pub(crate) fn on_a_terminal(
    globals: &Globals,
    what: impl FnOnce() -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    if globals.yes || !std::io::stderr().is_terminal() {
        return Ok(());
    }
    confirm(globals, &what()?)
}

/// What somebody at the terminal answers, who sees what is typed. Standard input may be data: then the terminal itself is
/// asked.
///
/// # Errors
/// Where there is no terminal.
pub(crate) fn ask(question: &str) -> anyhow::Result<String> {
    output::question(question)?;
    let mut answer = String::new();
    let read = if std::io::stdin().is_terminal() {
        std::io::stdin().read_line(&mut answer)
    } else {
        terminal().and_then(|terminal| BufReader::new(terminal).read_line(&mut answer))
    };
    read.context("the answer could not be read")?;
    Ok(answer.trim().to_owned())
}

fn terminal() -> std::io::Result<File> {
    File::open(if cfg!(windows) { "CONIN$" } else { "/dev/tty" })
}
