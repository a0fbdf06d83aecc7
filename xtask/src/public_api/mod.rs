//! `cargo xtask public-api`: the public API of each published library as a text, so that a change of it is seen in a
//! review.
//!
//! rustdoc describes a library as JSON, `public-api` makes lines of it, and [`text`] says which lines are kept. The
//! JSON's format is unstable and differs from one compiler to the next: the snapshots hold for [`FORMAT`], and a
//! compiler that writes another one is told so. [`foreign`] reads the same lines and finds types that must not be there.

mod foreign;
mod text;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use similar::TextDiff;

use crate::ci::{self, Outcome};
use crate::repo::Repo;
use crate::rustdoc;
use crate::tidy::workspace::{Package, Workspace};
use crate::violation;

/// The format of rustdoc's JSON that the snapshots are made of.
const FORMAT: u64 = 57;
/// What a compiler that writes another format is told.
const NEEDS: &str = "a compiler whose rustdoc writes JSON of format 57, such as Rust 1.95 (for another one, raise \
                     `FORMAT` in xtask/src/public_api/mod.rs and make the snapshots anew)";
/// Where the snapshots stand.
const FOLDER: &str = "docs/public-api";
/// The libraries that promise not to name types of 0.x crates.
const BOUND: &[&str] = &["stream-users-model", "stream-users-core"];

/// The task alone, outside the list of jobs.
///
/// # Errors
/// As [`check`] has them.
pub(crate) fn run(repo: &Repo, check: bool) -> Result<bool> {
    let outcome = task(repo, check)?;
    if let Outcome::Skipped(needs) = outcome {
        println!("SKIPPED public-api: needs {needs}");
    }
    Ok(outcome.is_fine(ci::is_strict()))
}

/// Holds the snapshots against what is there.
///
/// # Errors
/// Where a library does not compile or rustdoc's answer cannot be read.
pub(crate) fn check(repo: &Repo) -> Result<Outcome> {
    task(repo, true)
}

fn task(repo: &Repo, check: bool) -> Result<Outcome> {
    let found = format(repo)?;
    if found != FORMAT {
        println!("public-api: rustdoc writes JSON of format {found}");
        return Ok(Outcome::Skipped(NEEDS));
    }
    let workspace = Workspace::read(repo)?;
    let zero = foreign::crates_of_0(repo)?;
    let mut fine = true;
    let mut made = BTreeSet::new();
    let mut violations = Vec::new();
    for package in workspace.libraries(repo) {
        let path = path(&package.name);
        let wanted = text::snapshot(&package.name, &json(repo, &workspace, package)?)?;
        if BOUND.contains(&package.name.as_str()) {
            violations.extend(foreign::check(package, &path, &wanted, &zero));
        }
        let there = repo.read_if_there(&path)?.unwrap_or_default();
        if there != wanted && check {
            fine = false;
            eprintln!("{}", difference(&path, &there, &wanted));
        } else if there != wanted {
            repo.write(&path, &wanted)?;
            println!("wrote {path}");
        }
        made.insert(path);
    }
    for stray in repo
        .files()?
        .iter()
        .filter(|file| file.starts_with(FOLDER) && !made.contains(*file))
    {
        fine = false;
        eprintln!("{stray}: no published library of this name; fix: delete it");
    }
    if !fine {
        eprintln!(
            "public-api: the public API is not the one of the snapshots; fix: where that is meant, run \
             `cargo xtask public-api` and say in CHANGELOG.md what users notice"
        );
    }
    Ok(Outcome::of(violation::report("public-api", violations) && fine))
}

/// The snapshot of a package.
fn path(package: &str) -> String {
    format!("{FOLDER}/{package}.txt")
}

/// What changed, as a patch.
fn difference(path: &str, there: &str, wanted: &str) -> String {
    TextDiff::from_lines(there, wanted)
        .unified_diff()
        .context_radius(1)
        .header(path, "the code")
        .to_string()
}

/// The format that the rustdoc in use writes.
fn format(repo: &Repo) -> Result<u64> {
    let folder = repo.target().join("public-api");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("probe.rs"), "//! Empty.\n")?;
    let output = rustdoc::rustdoc()
        .args([
            "probe.rs",
            "-Z",
            "unstable-options",
            "--output-format",
            "json",
            "--out-dir",
            ".",
        ])
        .current_dir(&folder)
        .output()
        .context("cannot run rustdoc")?;
    if !output.status.success() {
        bail!(
            "rustdoc writes no JSON: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("probe.json"))?)?;
    json.get("format_version")
        .and_then(serde_json::Value::as_u64)
        .context("rustdoc's JSON states no format")
}

/// Lets rustdoc describe a library with all its features, except those that link a library of the system. Where the
/// description stands.
fn json(repo: &Repo, workspace: &Workspace, package: &Package) -> Result<PathBuf> {
    // Without the name before each: a package that has itself among its dev-dependencies would have them turned on there.
    let features =
        ci::features(workspace, |name| name == package.name).replace(&format!("{}/", package.name), "");
    let arguments = [
        "rustdoc",
        "--quiet",
        "--package",
        &package.name,
        "--lib",
        "--features",
        &features,
        "--",
        "-Z",
        "unstable-options",
        "--output-format",
        "json",
        "--cap-lints",
        "allow",
    ];
    let name = package.name.replace('-', "_");
    let docs = repo.target().join("doc");
    // Pages that are newer than the sources would be taken for the description.
    let pages = docs.join(&name);
    if pages.is_dir() {
        std::fs::remove_dir_all(&pages).with_context(|| format!("cannot delete {}", pages.display()))?;
    }
    let mut command = rustdoc::cargo(repo)?;
    command.args(arguments).env_remove("CARGO_BUILD_TARGET");
    if !command.status().context("cannot run cargo")?.success() {
        bail!("rustdoc does not describe {}: see above", package.name);
    }
    Ok(docs.join(format!("{name}.json")))
}

#[cfg(test)]
mod tests {
    use super::{FORMAT, NEEDS, difference};

    #[test]
    fn a_difference_shows_what_came_and_went_and_a_line_around() {
        let lines = difference("a.txt", "one\ntwo\nthree\nfour\n", "one\ntwo\n3\nfour\n");
        assert_eq!(
            lines,
            "--- a.txt\n+++ the code\n@@ -2,3 +2,3 @@\n two\n-three\n+3\n four\n"
        );
    }

    #[test]
    fn what_is_needed_names_the_format() {
        assert!(NEEDS.contains(&format!("format {FORMAT},")));
    }
}
