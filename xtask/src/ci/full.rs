//! The jobs that `--full` adds: each feature alone, the lowest supported compiler, the official SDKs, the
//! walk that adds an operation, and a minute of fuzzing.

use anyhow::Result;

use super::basic::{OF_THE_SYSTEM, features};
use super::job::{CLIPPY, CPLUSPLUS, Job, NODE, NPM, OPENSSL, Outcome, PYTHON, RUSTFMT};
use super::{msrv, new_operation};
use crate::repo::Repo;
use crate::tidy::manifest::LIBRARIES;
use crate::tidy::workspace::Workspace;
use crate::{e2e, fuzz};

/// The crates whose features are tried one by one: the libraries.
fn is_library(name: &str) -> bool {
    LIBRARIES.contains(&name) || name == "stream-users-emulator"
}

/// The jobs.
///
/// # Errors
/// Where the root's manifest cannot be read.
pub(super) fn jobs(repo: &Repo, workspace: &Workspace) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for package in workspace
        .packages
        .iter()
        .filter(|package| is_library(&package.name))
    {
        let alone = |name: String| {
            Job::cargo(
                name,
                &["check", "--package", &package.name, "--no-default-features"],
            )
        };
        jobs.push(alone(format!("{} without features", package.name)));
        for feature in package.features.keys().filter(|feature| *feature != "default") {
            let job =
                alone(format!("{} with {feature} alone", package.name)).arguments(["--features", feature]);
            jobs.push(if OF_THE_SYSTEM.contains(&feature.as_str()) {
                job.needs(OPENSSL)
            } else {
                job
            });
        }
    }
    let packages: Vec<&str> = LIBRARIES
        .iter()
        .copied()
        .filter(|name| workspace.has(name))
        .collect();
    jobs.push(msrv::job(
        repo,
        &packages,
        &features(workspace, |name| LIBRARIES.contains(&name)),
    )?);
    jobs.push(
        Job::own("official SDKs", "cargo xtask e2e", |repo| {
            Ok(Outcome::of(e2e::run_all(repo)?))
        })
        .needs(PYTHON)
        .needs(NODE)
        .needs(NPM),
    );
    jobs.push(new_operation::job());
    jobs.extend(fuzzing());
    Ok(jobs)
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
    fn each_feature_of_a_library_is_tried_alone() {
        let mut workspace = Workspace::of(&[("stream-users-http", &[]), ("stream-users-cli", &[])]);
        for package in &mut workspace.packages {
            for feature in ["default", "gzip", "native-tls"] {
                package.features.insert(feature.to_owned(), Vec::new());
            }
        }
        let names: Vec<String> = jobs(&Repo::here().unwrap(), &workspace)
            .unwrap()
            .into_iter()
            .map(|job| job.name)
            .collect();
        assert_eq!(
            names[..3],
            [
                "stream-users-http without features",
                "stream-users-http with gzip alone",
                "stream-users-http with native-tls alone"
            ]
        );
        assert!(names[3].starts_with("lowest compiler"), "{names:?}");
        assert_eq!(
            names[4..],
            [
                "official SDKs",
                "a new operation",
                "fmt of the fuzz targets",
                "clippy of the fuzz targets",
                "fuzz"
            ]
        );
    }
}
