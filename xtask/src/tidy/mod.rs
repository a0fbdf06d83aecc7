//! `cargo xtask tidy`: what a compiler does not see. Who may depend on whom, what manifests inherit, what stands in
//! the text of every file, and which file each operation has.
//!
//! Every rule is a pure function over texts or over what cargo says, with tests of its own; this file gathers the
//! texts and prints all that was found at once.

mod arrows;
mod cargo;
mod front_pages;
mod lines;
pub(crate) mod manifest;
pub(crate) mod operations;
mod readme;
pub(crate) mod supply;
mod text;
pub(crate) mod trees;
mod untested;
pub(crate) mod workspace;

use std::borrow::Cow;

use anyhow::{Context as _, Result};

use self::supply::Platforms;
use self::workspace::Workspace;
use crate::contract;
use crate::repo::Repo;
use crate::violation::{self, Violation};

/// `cargo xtask tidy`: `false` where a rule is broken.
///
/// # Errors
/// Where cargo cannot be run, or a file cannot be read.
pub(crate) fn run(repo: &Repo) -> Result<bool> {
    let mut violations = texts(repo)?;
    violations.extend(manifest::check_root(&repo.read("Cargo.toml")?));
    let (workspace, found) = crates(repo)?;
    violations.extend(found);
    if let Some(workspace) = &workspace {
        if let Some(text) = repo.read_if_there("README.md")? {
            violations.extend(readme::check(&text, workspace));
        }
        violations.extend(front_pages::check(repo, workspace)?);
        for package in &workspace.packages {
            violations.extend(untested::check(package, &package.sources(repo)?));
        }
        match supply::check(repo, workspace, Platforms::This) {
            Ok(found) => violations.extend(found),
            Err(error) => violations.push(cargo::violation(repo, error)?),
        }
    }
    violations.extend(of_operations(repo)?);
    Ok(violation::report("tidy", violations))
}

/// The rules for the files of operations.
///
/// # Errors
/// Where a file cannot be read.
fn of_operations(repo: &Repo) -> Result<Vec<Violation>> {
    let text = |path: &str| Ok::<_, anyhow::Error>(repo.read_if_there(path)?.unwrap_or_default());
    let names = contract::names(repo)?;
    let there = repo.files()?;
    let mut violations =
        operations::files(names.iter().map(String::as_str), |path| repo.path(path).is_file());
    for (room, _) in operations::ROOMS {
        violations.extend(operations::strays(
            room,
            &text(&format!("{room}/mod.rs"))?,
            &there,
        ));
    }
    // Where the two files of the contract disagree, `contract check` says so.
    for operation in contract::load(repo).unwrap_or_default() {
        for place in operations::places(&operation) {
            let text = text(place.path)?;
            violations.extend(operations::unnamed(&operation, place, &text));
        }
    }
    violations.extend(operations::methods(&names, &text(operations::API)?));
    Ok(violations)
}

/// The rules for manifests and dependencies, and the workspace where cargo can say what it is. The trees follow from
/// the arrows, and cargo draws none while the arrows make a circle: they wait until the arrows are right.
///
/// # Errors
/// Where cargo cannot be run, or a manifest cannot be read.
fn crates(repo: &Repo) -> Result<(Option<Workspace>, Vec<Violation>)> {
    let workspace = match Workspace::read(repo) {
        Ok(workspace) => workspace,
        Err(error) => return Ok((None, vec![cargo::violation(repo, error)?])),
    };
    let mut violations = arrows::check(&workspace);
    if violations.is_empty() {
        match trees::check(repo, &workspace) {
            Ok(found) => violations.extend(found),
            Err(error) => violations.push(cargo::violation(repo, error)?),
        }
    }
    violations.extend(workspace.packages.iter().flat_map(manifest::check));
    Ok((Some(workspace), violations))
}

/// What cargo says of all packages that are built on this platform, as JSON.
///
/// # Errors
/// Where cargo refuses.
pub(crate) fn metadata(repo: &Repo) -> Result<Vec<u8>> {
    supply::metadata(repo, &Workspace::read(repo)?, Platforms::This)
}

/// The rules for the text of every file: cheap, and run as a test too.
///
/// # Errors
/// Where a file cannot be read.
fn texts(repo: &Repo) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for path in repo.files()? {
        let bytes = std::fs::read(repo.path(&path)).with_context(|| format!("cannot read {path}"))?;
        let text = String::from_utf8_lossy(&bytes);
        // What is not UTF-8 is no text, unless its name says so.
        if let Cow::Owned(_) = text {
            if !text::must_be(&path) {
                continue;
            }
            violations.push(Violation::new(&path, "not UTF-8", "write it in UTF-8"));
        }
        violations.extend(text::check(&path, &text));
    }
    Ok(violations)
}

#[cfg(test)]
mod tests {
    use super::{crates, texts};
    use crate::repo::Repo;
    use crate::violation::Violation;

    #[test]
    fn the_text_of_this_repository_is_tidy() {
        let violations = texts(&Repo::here().unwrap()).unwrap();
        let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "run `cargo xtask tidy`:\n{}", lines.join("\n"));
    }

    #[test]
    fn a_source_that_is_not_utf_8_is_looked_at() {
        let repo = Repo::scratch("bytes");
        std::fs::write(repo.path("a.md"), concat!("\u{e9} /wo", "rk/x\n")).unwrap();
        std::fs::write(
            repo.path("b.md"),
            [b"\xe9 ", concat!("/wo", "rk/x\n").as_bytes()].concat(),
        )
        .unwrap();
        std::fs::write(repo.path("c.png"), b"\xe9 \n").unwrap();
        let violations = texts(&repo).unwrap();
        std::fs::remove_dir_all(repo.root()).unwrap();
        let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(
            lines[0].starts_with("a.md:1: ") && lines[2].starts_with("b.md:1: "),
            "{lines:?}"
        );
        assert!(lines[1].starts_with("b.md: not UTF-8"), "{lines:?}");
    }

    const HTTP: (&str, &str) = (
        "stream-users-http",
        "[dependencies]\nstream-users-core = { path = \"../stream-users-core\" }\n",
    );

    /// What is found in a workspace of these packages, each with what its manifest says after what all say.
    fn found(test: &str, packages: &[(&str, &str)]) -> Vec<String> {
        let repo = Repo::scratch(test);
        repo.write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n\n[workspace.package]\nversion = \"0.1.0\"\n\
             edition = \"2024\"\nlicense = \"MIT\"\nrust-version = \"1.85\"\n\n[workspace.lints]\n",
        )
        .unwrap();
        for (name, rest) in packages {
            let manifest = format!(
                "[package]\nname = \"{name}\"\nversion.workspace = true\nedition.workspace = true\n\
                 license.workspace = true\nrust-version.workspace = true\nbuild = \"build.rs\"\n\n[lints]\n\
                 workspace = true\n\n{rest}"
            );
            repo.write(&format!("crates/{name}/Cargo.toml"), &manifest)
                .unwrap();
            repo.write(&format!("crates/{name}/src/lib.rs"), "//! A.\n")
                .unwrap();
            repo.write(&format!("crates/{name}/build.rs"), "fn main() {}\n")
                .unwrap();
        }
        let (_, violations) = crates(&repo).unwrap();
        std::fs::remove_dir_all(repo.root()).unwrap();
        violations.iter().map(Violation::to_string).collect()
    }

    #[test]
    fn a_circle_is_told_by_the_arrow_that_makes_it() {
        let core = "[target.'cfg(unix)'.build-dependencies]\n\
                    \"wire\"={ package = \"stream-users-http\", path = \"../stream-users-http\" }\n";
        let lines = found("circle", &[("stream-users-core", core), HTTP]);
        assert_eq!(
            lines,
            [
                "crates/stream-users-core/Cargo.toml:13: stream-users-core must not depend on stream-users-http; \
                 fix: delete line 13: \"wire\"={ package = \"stream-users-http\", path = \"../stream-users-http\" }"
            ]
        );
    }

    #[test]
    fn what_cargo_refuses_is_told_at_its_line() {
        let wrong =
            "[dependencies]\nstream-users-core = { path = \"../stream-users-core\", features = [\"x\"] }\n";
        for (test, http, line, words) in [
            ("feature", wrong, 13, "feature `x`"),
            ("toml", "[dependencies]\n\nserde = = 1\n", 14, "`cargo metadata"),
            (
                "inherited",
                "[dependencies]\nserde.workspace = true\n",
                13,
                "`cargo metadata",
            ),
            (
                "missing",
                "[dependencies]\nno = { path = \"../no\" }\n",
                13,
                "`cargo metadata",
            ),
        ] {
            let lines = found(test, &[("stream-users-core", ""), ("stream-users-http", http)]);
            assert_eq!(lines.len(), 1, "{lines:?}");
            assert!(
                lines[0].starts_with(&format!("crates/stream-users-http/Cargo.toml:{line}: "))
                    && lines[0].contains(words),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn a_workspace_in_order_is_silent() {
        let core = "[dev-dependencies]\nstream-users-http = { path = \"../stream-users-http\" }\n";
        assert_eq!(
            found("order", &[("stream-users-core", core), HTTP]),
            Vec::<String>::new()
        );
    }
}
