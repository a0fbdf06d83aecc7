//! `cargo xtask advisories`: whether a crate of a lock file has a known vulnerability, is withdrawn, or is given up.
//!
//! The database of advisories changes from day to day and has to be downloaded: this is a task of its own and no job
//! of `cargo xtask ci`, which says the same of a commit today and tomorrow.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::repo::Repo;
use crate::tidy::supply::LOCKS;

/// `cargo xtask advisories`: `false` where one of the lock files holds a crate with an advisory.
///
/// # Errors
/// Where neither tool that can ask is installed.
pub(crate) fn run(repo: &Repo) -> Result<bool> {
    let Some(arguments) = [audit as fn(&str) -> Vec<String>, deny]
        .into_iter()
        .find(|arguments| is_installed(&arguments("")[0]))
    else {
        bail!("needs cargo-audit or cargo-deny; run `cargo install --locked cargo-audit`, then this again");
    };
    let mut fine = true;
    for lock in LOCKS {
        let arguments = arguments(lock);
        println!("$ cargo {}", arguments.join(" "));
        let status = repo
            .command("cargo")
            .args(&arguments)
            .status()
            .context("cannot run cargo")?;
        if !status.success() {
            fine = false;
            let folder = folder(lock);
            eprintln!(
                "{lock}: has an advisory, or could not be asked about; fix: raise the crate that is named above with \
                 `cargo update --manifest-path {folder}Cargo.toml CRATE`, or replace it"
            );
        }
    }
    Ok(fine)
}

/// How cargo-audit asks. What is unmaintained or withdrawn counts as well.
fn audit(lock: &str) -> Vec<String> {
    ["audit", "--deny", "warnings", "--file", lock]
        .map(str::to_owned)
        .into()
}

/// How cargo-deny asks.
fn deny(lock: &str) -> Vec<String> {
    let manifest = format!("{}Cargo.toml", folder(lock));
    [
        "deny",
        "--manifest-path",
        &manifest,
        "--all-features",
        "check",
        "advisories",
    ]
    .map(str::to_owned)
    .into()
}

/// The folder of a lock file, with a slash at its end.
fn folder(lock: &str) -> &str {
    lock.strip_suffix("Cargo.lock").unwrap_or(lock)
}

fn is_installed(command: &str) -> bool {
    Command::new("cargo")
        .args([command, "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
}

#[cfg(test)]
mod tests {
    use super::{audit, deny};
    use crate::repo::Repo;
    use crate::tidy::supply::LOCKS;

    #[test]
    fn a_lock_file_is_named_as_each_tool_wants_it() {
        assert_eq!(audit("Cargo.lock")[3..], ["--file", "Cargo.lock"]);
        assert_eq!(deny("Cargo.lock")[1..3], ["--manifest-path", "Cargo.toml"]);
        assert_eq!(
            deny("a/fuzz/Cargo.lock")[1..3],
            ["--manifest-path", "a/fuzz/Cargo.toml"]
        );
    }

    #[test]
    fn every_lock_file_of_the_repository_is_asked_about() {
        let files = Repo::here().unwrap().files().unwrap();
        let locks: Vec<&String> = files.iter().filter(|file| file.ends_with("Cargo.lock")).collect();
        assert_eq!(locks, LOCKS);
    }
}
