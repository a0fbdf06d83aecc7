//! The documentation as docs.rs builds it: each library by itself, with all features, and with the badges that tell
//! which feature an item needs, which is what takes an unstable feature of rustdoc.

use anyhow::{Context as _, Result};

use super::features;
use super::job::{Job, Outcome};
use crate::repo::Repo;
use crate::rustdoc;
use crate::tidy::workspace::Workspace;

/// The job.
pub(super) fn job() -> Job {
    Job::own(
        "docs as on docs.rs",
        "cargo xtask ci --full --only 'docs as on docs.rs'",
        run,
    )
    .fix("mend the documentation; a link must hold where the crate is documented alone")
}

fn run(repo: &Repo) -> Result<Outcome> {
    let workspace = Workspace::read(repo)?;
    let mut fine = true;
    for package in workspace.libraries(repo) {
        let features = features(&workspace, |name| name == package.name);
        let status = rustdoc::cargo(repo)?
            .args(["doc", "--quiet", "--no-deps", "--lib", "--package", &package.name])
            .args(["--features", &features])
            .env("RUSTDOCFLAGS", "--cfg docsrs -D warnings")
            .status()
            .context("cannot run cargo")?;
        let word = if status.success() { "ok" } else { "FAILED" };
        println!("{}: {word}", package.name);
        fine &= status.success();
    }
    Ok(Outcome::of(fine))
}
