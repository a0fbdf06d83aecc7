//! `cargo xtask tidy`: what a compiler does not see. Who may depend on whom, what manifests inherit, what stands in
//! the text of every file, and which file each operation has.
//!
//! Every rule is a pure function over texts or over what cargo says, with tests of its own; this file gathers the
//! texts and prints all that was found at once.

mod arrows;
pub(crate) mod manifest;
mod operations;
mod readme;
mod text;
mod trees;
pub(crate) mod workspace;

use anyhow::Result;

use self::workspace::Workspace;
use crate::contract;
use crate::repo::Repo;
use crate::violation::{self, Violation};

/// `cargo xtask tidy`: `false` where a rule is broken.
///
/// # Errors
/// Where cargo or git cannot be run, or a file cannot be read.
pub(crate) fn run(repo: &Repo) -> Result<bool> {
    let workspace = Workspace::read(repo)?;
    let mut violations = texts(repo)?;
    violations.extend(arrows::check(&workspace));
    for package in &workspace.packages {
        violations.extend(manifest::check(package));
    }
    violations.extend(manifest::check_root(&repo.read("Cargo.toml")?));
    violations.extend(trees::check(repo, &workspace)?);
    if let Some(text) = repo.read_if_there("README.md")? {
        violations.extend(readme::check(&text, &workspace));
    }
    let names: Vec<String> = contract::load(repo)?
        .into_iter()
        .map(|operation| operation.entry.name)
        .collect();
    let api = repo.read_if_there(operations::API)?.unwrap_or_default();
    violations.extend(operations::check(&names, &api, |path| repo.path(path).is_file()));
    Ok(violation::report("tidy", violations))
}

/// The rules for the text of every file: cheap, and run as a test too.
///
/// # Errors
/// Where git cannot be run.
fn texts(repo: &Repo) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for path in repo.files()? {
        // What is not UTF-8 is no text.
        if let Ok(text) = std::fs::read_to_string(repo.path(&path)) {
            violations.extend(text::check(&path, &text));
        }
    }
    Ok(violations)
}

#[cfg(test)]
mod tests {
    use super::texts;
    use crate::repo::Repo;

    #[test]
    fn the_text_of_this_repository_is_tidy() {
        let violations = texts(&Repo::here().unwrap()).unwrap();
        let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "run `cargo xtask tidy`:\n{}", lines.join("\n"));
    }
}
