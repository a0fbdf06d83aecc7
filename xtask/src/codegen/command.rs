//! `docs/cli.md`, the page of the command `stream-users`. The command itself prints it: cargo builds and runs it, since this
//! crate depends on none of the others.

use anyhow::{Context, Result, ensure};

use super::difference;
use crate::contract;
use crate::repo::Repo;
use crate::tidy;

const PAGE: &str = "docs/cli.md";

/// Writes the page, or compares it; `false` where it is not what would be made.
///
/// A job of `cargo xtask ci` does without: a test of the command compares the page as well, and the command is not built
/// twice.
///
/// # Errors
/// Where the command cannot be built or run.
pub(crate) fn run(repo: &Repo, check: bool) -> Result<bool> {
    let operations = contract::load(repo)?;
    let names = operations.iter().map(|operation| operation.entry.name.as_str());
    if !tidy::operations::files(names, |path| repo.path(path).is_file()).is_empty() {
        // It does not compile yet, which has been said.
        return Ok(true);
    }
    let wanted = printed(repo)?;
    let there = repo.read_if_there(PAGE)?;
    if there.as_deref() == Some(wanted.as_str()) {
        return Ok(true);
    }
    if check {
        let difference = difference(there.as_deref().unwrap_or_default(), &wanted);
        eprintln!("{PAGE}: stale; fix: run `cargo xtask codegen`\n{difference}");
        return Ok(false);
    }
    repo.write(PAGE, &wanted)?;
    println!("wrote {PAGE}");
    Ok(true)
}

/// What the command prints.
fn printed(repo: &Repo) -> Result<String> {
    let arguments = [
        "run",
        "--quiet",
        "--package",
        "stream-users-cli",
        "--",
        "man",
        "--markdown",
    ];
    let output = repo
        .command("cargo")
        .args(arguments)
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cargo cannot be run")?;
    ensure!(
        output.status.success(),
        "`cargo {}` failed; fix: mend what is printed above",
        arguments.join(" ")
    );
    String::from_utf8(output.stdout).context("the command prints what is not text")
}
