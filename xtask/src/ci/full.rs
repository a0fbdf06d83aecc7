//! The jobs that `--full` adds: sets of features, the public API, the documentation as docs.rs builds it, what is
//! published, the lowest versions and the lowest compiler, the official SDKs, the walk that adds an operation, a minute
//! of fuzzing, the command at its work, and what the parts of a call cost.

use anyhow::Result;

use super::basic::features;
use super::job::{CLIPPY, CPLUSPLUS, Job, NODE, NPM, Outcome, PYTHON, RUSTFMT, VALGRIND};
use super::{docs_rs, msrv, new_operation, packages};
use crate::repo::Repo;
use crate::tidy::manifest::LIBRARIES;
use crate::tidy::supply;
use crate::tidy::workspace::Workspace;
use crate::{bench, e2e, fuzz, public_api};

/// The jobs.
///
/// # Errors
/// Where the root's manifest or a source cannot be read.
pub(super) fn jobs(repo: &Repo, workspace: &Workspace) -> Result<Vec<Job>> {
    let mut jobs = super::features::jobs(repo, workspace)?;
    let of_the_libraries = features(workspace, |name| LIBRARIES.contains(&name));
    jobs.extend([
        Job::own("public-api", "cargo xtask public-api --check", public_api::check)
            .fix("run `cargo xtask public-api` where the change is meant"),
        docs_rs::job(),
        Job::own("supply", "cargo xtask ci --full --only supply", |repo| {
            Ok(Outcome::of(supply::on_all_platforms(repo)?))
        }),
        packages::packed(features(workspace, |name| {
            workspace
                .packages
                .iter()
                .any(|package| package.name == name && package.is_published())
        })),
        packages::lowest(of_the_libraries.clone()),
    ]);
    let packages: Vec<&str> = LIBRARIES
        .iter()
        .copied()
        .filter(|name| workspace.has(name))
        .collect();
    jobs.push(msrv::job(repo, &packages, &of_the_libraries)?);
    jobs.push(
        Job::own("official SDKs", "cargo xtask e2e", |repo| {
            Ok(Outcome::of(e2e::run_all(repo)?))
        })
        .needs(PYTHON)
        .needs(NODE)
        .needs(NPM),
    );
    jobs.push(
        Job::cargo(
            "clippy of Parquet",
            &["clippy", "--package", "stream-users-cli", "--all-targets"],
        )
        .arguments(["--features", "parquet", "--", "-D", "warnings"])
        .needs(CLIPPY),
    );
    jobs.push(
        Job::cargo(
            "Parquet",
            &["test", "--package", "stream-users-cli", "--bins", "--tests"],
        )
        .arguments(["--features", "parquet", "--", "parquet"]),
    );
    jobs.push(new_operation::job());
    jobs.extend(fuzzing());
    jobs.push(soak());
    jobs.push(flat());
    jobs.push(
        Job::own("bench", "cargo xtask bench --check", |repo| {
            Ok(Outcome::of(bench::check(repo)?))
        })
        .needs(VALGRIND)
        .fix("make cheaper what is printed as WORSE above, or accept it with `cargo xtask bench --bless`"),
    );
    Ok(jobs)
}

/// A million users, one by one, in the memory of a page or two: half a minute with what `test` has built.
fn flat() -> Job {
    Job::cargo(
        "a million items",
        &["test", "--package", "stream-users-core", "--test", "it"],
    )
    .arguments(["--", "flat", "--nocapture"])
    .env("STREAM_USERS_ITEMS", "1000000")
    .fix("find what keeps something of each page: `cargo test -p stream-users-core --test it -- flat` is the same for less")
}

/// The command at its work: killed again and again, and with 300,000 users of 179 MB; the figures are printed. What it is
/// made for is a million users, which take three times as long.
fn soak() -> Job {
    Job::cargo(
        "soak",
        &[
            "test",
            "--release",
            "--package",
            "stream-users-cli",
            "--test",
            "soak",
        ],
    )
    .arguments(["--", "--nocapture", "--test-threads", "1"])
    .env("STREAM_USERS_SOAK", "full")
    // As many users between two kills as in the whole.
    .env("STREAM_USERS_SOAK_USERS", "100000")
    .env("STREAM_USERS_SOAK_KILLS", "33")
    .env("STREAM_USERS_SOAK_FAULTY_USERS", "60000")
    .env("STREAM_USERS_SOAK_FAULTY_KILLS", "20")
    .env("STREAM_USERS_SOAK_MILLION", "300000")
    .fix("mend what the test says; with the STREAM_USERS_SOAK_SEED that is printed it does the same again")
}

/// What holds the fuzz targets, which are a workspace of their own, and a minute of them.
fn fuzzing() -> [Job; 3] {
    let manifest = ["--manifest-path", fuzz::MANIFEST];
    [
        Job::cargo("fmt of the fuzz targets", &["fmt", "--check"])
            .arguments(manifest)
            .needs(RUSTFMT)
            .fix(format!("run `cargo fmt --manifest-path {}`", fuzz::MANIFEST)),
        Job::cargo("clippy of the fuzz targets", &["clippy", "--all-targets"])
            .arguments(manifest)
            .arguments(["--target-dir", "target/fuzz/clippy", "--", "-D", "warnings"])
            .needs(CLIPPY)
            .needs(CPLUSPLUS),
        Job::own("fuzz", "cargo xtask fuzz", |repo| {
            Ok(Outcome::of(fuzz::run(repo, &fuzz::Options::minute())?))
        })
        .needs(CPLUSPLUS)
        .fix("mend what the input printed above shows, and write a test for it"),
    ]
}

#[cfg(test)]
mod tests {
    use super::jobs;
    use crate::repo::Repo;
    use crate::tidy::workspace::Workspace;

    #[test]
    fn the_list_covers_what_a_release_must_pass() {
        let workspace = Workspace::of(&[("stream-users-http", &[]), ("stream-users-cli", &[])]);
        let names: Vec<String> = jobs(&Repo::here().unwrap(), &workspace)
            .unwrap()
            .into_iter()
            .map(|job| job.name)
            .collect();
        for name in [
            "stream-users-http: features",
            "public-api",
            "docs as on docs.rs",
            "supply",
            "packages",
            "lowest versions",
            "lowest compiler (1.85)",
            "official SDKs",
            "a new operation",
            "fmt of the fuzz targets",
            "clippy of the fuzz targets",
            "fuzz",
            "soak",
            "a million items",
            "bench",
        ] {
            assert!(
                names.iter().any(|job| job == name),
                "{name} is missing in {names:?}"
            );
        }
    }
}
