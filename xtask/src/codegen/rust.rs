//! What the generators of Rust share: the header, imports, documentation, rustfmt.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};

use crate::contract::{OPERATIONS, Operation};
use crate::repo::Repo;

/// The words that every generated file begins with.
pub(crate) const MADE_BY: &str = "Made by `cargo xtask codegen`";

/// The first line of a Rust file.
pub(super) fn header() -> String {
    format!("// {MADE_BY} from {OPERATIONS}; do not edit.\n")
}

/// The names of the types in the requests and the answers: `StartedTask<TaskUsers<C>>` holds two.
pub(super) fn types(operations: &[Operation]) -> BTreeSet<&str> {
    operations
        .iter()
        .flat_map(|operation| [&operation.entry.request, &operation.entry.response])
        .flat_map(|written| written.split(['<', '>', ',', ' ']))
        .filter(|name| !name.is_empty() && *name != "C")
        .collect()
}

/// A `use` of several names.
pub(super) fn import<'a>(module: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: BTreeSet<&str> = names.into_iter().collect();
    format!(
        "use {module}::{{{}}};\n",
        names.into_iter().collect::<Vec<_>>().join(", ")
    )
}

/// `async fn name(&self, request: Request) -> Result<Response<Answer>>`.
pub(super) fn signature(operation: &Operation) -> String {
    let entry = &operation.entry;
    format!(
        "async fn {}(&self, request: {}) -> Result<Response<{}>>",
        entry.name, entry.request, entry.response
    )
}

/// The one method besides the operations that sends something.
pub(super) const READ_EXPORT: &str =
    "async fn read_export(&self, request: ReadExport) -> Result<Response<ExportPart>>";

/// A Rust string literal.
pub(super) fn literal(text: &str) -> String {
    format!("{text:?}")
}

/// Runs rustfmt with the repository's settings over the text of a file.
///
/// # Errors
/// Where rustfmt is missing or refuses the text.
pub(super) fn format(repo: &Repo, path: &str, source: &str) -> Result<String> {
    let mut child = repo
        .command("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout", "--config-path"])
        .arg(repo.root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot run rustfmt; run `rustup component add rustfmt`")?;
    child
        .stdin
        .take()
        .context("rustfmt takes no input")?
        .write_all(source.as_bytes())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!(
            "{path}: rustfmt refuses what was made: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8(output.stdout)?.replace("\r\n", "\n"))
}
