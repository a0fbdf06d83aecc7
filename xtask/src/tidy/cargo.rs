//! Asks cargo, and makes a finding of its refusal: a workspace that cargo does not resolve is what tidy is there to
//! tell, and no reason to stop.

use std::fmt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::lines;
use crate::repo::Repo;
use crate::violation::Violation;

/// Cargo ran and said no.
#[derive(Debug)]
pub(super) struct Refusal {
    command: String,
    said: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` failed: {}", self.command, self.said)
    }
}

impl std::error::Error for Refusal {}

/// What cargo prints at the root.
///
/// # Errors
/// A [`Refusal`] where cargo fails, another error where it cannot be run.
pub(super) fn ask(repo: &Repo, arguments: &[&str]) -> Result<Vec<u8>> {
    said(repo.command("cargo"), arguments)
}

/// What cargo prints, where its folder and its environment are the command's.
///
/// # Errors
/// As [`ask`].
pub(super) fn said(mut cargo: Command, arguments: &[&str]) -> Result<Vec<u8>> {
    let output = cargo.args(arguments).output().context("cannot run cargo")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = said
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        return Err(Refusal {
            command: format!("cargo {}", arguments.join(" ")),
            said: lines.join(" "),
        }
        .into());
    }
    Ok(output.stdout)
}

/// The finding that an error is, where it is cargo's refusal.
///
/// # Errors
/// The error, where it is another one.
pub(super) fn violation(repo: &Repo, error: anyhow::Error) -> Result<Violation> {
    let refusal: Refusal = error.downcast()?;
    let (path, line) = refusal.place(repo);
    let what = format!("`{}` fails: {}", refusal.command, refusal.said);
    Ok(Violation::new(path, what, "correct what cargo names").at(line))
}

impl Refusal {
    /// The manifest's line that cargo's words lead to: the one it points at with an arrow, else the last dependency
    /// that it names after the member's manifest that has it; the root's manifest where there is neither.
    fn place(&self, repo: &Repo) -> (String, usize) {
        if let Some((_, arrow)) = self.said.split_once("--> ")
            && let [path, line, ..] = arrow.split(':').collect::<Vec<_>>()[..]
            && let Ok(line) = line.parse()
        {
            return (relative(repo, path), line);
        }
        let mut place = ("Cargo.toml".to_owned(), 0);
        let mut manifest: Option<(String, Vec<lines::Named>)> = None;
        for quoted in self.said.split('`').skip(1).step_by(2) {
            let word = quoted.split(' ').next().unwrap_or(quoted);
            if let Some((path, names)) = &manifest
                && let Some(named) = names.iter().find(|named| named.key == word)
            {
                place = (path.clone(), named.line);
            }
            let candidates = [
                relative(repo, word),
                format!("{}/Cargo.toml", relative(repo, word)),
                format!("crates/{word}/Cargo.toml"),
            ];
            let found = candidates
                .into_iter()
                .find(|path| path.ends_with("/Cargo.toml") && repo.path(path).is_file());
            if let Some(path) = found {
                let names = lines::dependencies(&repo.read(&path).unwrap_or_default());
                manifest = Some((path, names));
            }
        }
        if place.1 == 0
            && let Some((path, _)) = manifest
        {
            place.0 = path;
        }
        place
    }
}

/// A path that cargo names, seen from the root.
fn relative(repo: &Repo, path: &str) -> String {
    let path = Path::new(path);
    path.strip_prefix(repo.root())
        .unwrap_or(path)
        .display()
        .to_string()
        .replace('\\', "/")
}
