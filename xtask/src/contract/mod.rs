//! The contract: what the service says (`users.openapi.json`), what we decided (`operations.toml`) and what we leave
//! out (`allow.toml`), and the two tasks that hold them against each other and against the service's own document.
//!
//! That the model's types cover the contract is proved by the model's tests, not here.

mod allow;
mod check;
mod diff;
mod document;
mod fields;
mod operations;
mod shape;

use std::path::Path;

use anyhow::{Context as _, Result};

use self::allow::Allow;
pub(crate) use self::document::{Document, Method};
pub(crate) use self::operations::{Batch, Caller, Idempotency, Operation, combine, parse};
use crate::repo::Repo;
use crate::violation;

/// Where the contract lives, seen from the root.
pub(crate) const OPERATIONS: &str = "crates/stream-users-model/contract/operations.toml";
const ALLOW: &str = "crates/stream-users-model/contract/allow.toml";
pub(crate) const SLICE: &str = "crates/stream-users-model/contract/users.openapi.json";

/// Every operation: what the service says about it and what we decided.
///
/// # Errors
/// Where a file is missing or wrong, or where the two disagree.
pub(crate) fn load(repo: &Repo) -> Result<Vec<Operation>> {
    let slice = slice(repo)?;
    let entries = parse(&repo.read(OPERATIONS)?).context(OPERATIONS)?;
    combine(&entries, &slice).context("run `cargo xtask contract check`")
}

/// The names of the operations, whether or not the contract has them.
///
/// # Errors
/// Where the list is missing or wrong.
pub(crate) fn names(repo: &Repo) -> Result<Vec<String>> {
    let entries = parse(&repo.read(OPERATIONS)?).context(OPERATIONS)?;
    Ok(entries.into_iter().map(|entry| entry.name).collect())
}

/// `cargo xtask contract check`.
///
/// # Errors
/// Where a file is missing or cannot be parsed.
pub(crate) fn check(repo: &Repo) -> Result<bool> {
    let sources = check::Sources {
        operations: repo.read(OPERATIONS)?,
        allow: repo.read(ALLOW)?,
        slice: repo.read(SLICE)?,
    };
    let mut violations = check::check(&sources)?;
    violations.extend(fields::check(&repo.read(fields::FIELDS)?, &slice(repo)?));
    Ok(violation::report("contract check", violations))
}

/// `cargo xtask contract diff FILE`.
///
/// # Errors
/// Where the document or the contract cannot be read, or the document is no OpenAPI document.
pub(crate) fn diff(repo: &Repo, file: &Path) -> Result<bool> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let theirs = Document::parse(&text).with_context(|| file.display().to_string())?;
    let ours = slice(repo)?;
    let allow = Allow::parse(&repo.read(ALLOW)?).context(ALLOW)?;
    let found = diff::compare(&ours, &theirs, &allow);
    found.print(&file.display().to_string());
    Ok(found.differences.is_empty())
}

fn slice(repo: &Repo) -> Result<Document> {
    Document::parse(&repo.read(SLICE)?).context(SLICE)
}
