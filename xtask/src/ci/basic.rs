//! The jobs that need Rust and a C compiler and nothing else.

use std::path::Path;

use super::job::{CLIPPY, Job, Outcome, RUSTFMT};
use crate::tidy::workspace::Workspace;
use crate::{codegen, contract, tidy};

/// Features that link a library of the system: built by `--full` alone, where the library is there.
pub(super) const OF_THE_SYSTEM: &[&str] = &["native-tls"];

/// Features that bring so much along that `--full` alone builds them, each in a job of its own.
pub(super) const LARGE: &[&str] = &["parquet"];

/// The jobs, the quick ones first.
pub(super) fn jobs(workspace: &Workspace) -> Vec<Job> {
    let features = features(workspace, |_| true);
    let with_features = || ["--features", &features];
    let mut jobs = vec![
        Job::cargo("fmt", &["fmt", "--all", "--check"])
            .needs(RUSTFMT)
            .fix("run `cargo fmt --all`"),
        Job::own("codegen", "cargo xtask codegen --check", |repo| {
            Ok(Outcome::of(codegen::run(repo, true)?))
        })
        .needs(RUSTFMT)
        .fix("run `cargo xtask codegen`"),
        Job::own("contract check", "cargo xtask contract check", |repo| {
            Ok(Outcome::of(contract::check(repo)?))
        }),
        Job::own(
            "contract diff",
            "cargo xtask contract diff crates/stream-users-model/contract/users.openapi.json",
            |repo| {
                Ok(Outcome::of(contract::diff(
                    repo,
                    Path::new(&repo.path(contract::SLICE)),
                )?))
            },
        ),
        Job::own("tidy", "cargo xtask tidy", |repo| {
            Ok(Outcome::of(tidy::run(repo)?))
        }),
        Job::cargo("clippy", &["clippy", "--workspace", "--all-targets"])
            .arguments(with_features())
            .arguments(["--", "-D", "warnings"])
            .needs(CLIPPY),
    ];
    for package in ["stream-users-model", "stream-users-core"] {
        jobs.push(
            Job::cargo(
                format!("clippy {package} without features"),
                &[
                    "clippy",
                    "--package",
                    package,
                    "--no-default-features",
                    "--",
                    "-D",
                    "warnings",
                ],
            )
            .needs(CLIPPY),
        );
    }
    jobs.push(
        Job::cargo("docs", &["doc", "--workspace", "--no-deps", "--lib"])
            .arguments(with_features())
            .env("RUSTDOCFLAGS", "-D warnings"),
    );
    jobs.push(
        Job::cargo("doctests", &["test", "--workspace", "--doc", "--no-fail-fast"])
            .arguments(with_features()),
    );
    jobs.push(
        Job::cargo("tests", &["test", "--workspace", "--tests", "--no-fail-fast"]).arguments(with_features()),
    );
    jobs
}

/// Every feature of the packages that `wanted` takes, except those of the system and the large ones, as cargo's `--features`
/// wants them.
pub(crate) fn features(workspace: &Workspace, wanted: impl Fn(&str) -> bool) -> String {
    let named = workspace
        .packages
        .iter()
        .filter(|package| wanted(&package.name))
        .flat_map(|package| {
            let features = package
                .features
                .keys()
                .filter(|feature| ![OF_THE_SYSTEM, LARGE].concat().contains(&feature.as_str()));
            features.map(|feature| format!("{}/{feature}", package.name))
        });
    named.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::{features, jobs};
    use crate::tidy::workspace::Workspace;

    #[test]
    fn features_of_the_system_and_large_ones_are_left_out() {
        let mut workspace = Workspace::of(&[("a", &[]), ("b", &[])]);
        for feature in ["gzip", "native-tls", "parquet", "rustls"] {
            workspace.packages[0]
                .features
                .insert(feature.to_owned(), Vec::new());
        }
        workspace.packages[1].features.insert("x".to_owned(), Vec::new());
        assert_eq!(features(&workspace, |name| name == "a"), "a/gzip,a/rustls");
        assert_eq!(features(&workspace, |_| true), "a/gzip,a/rustls,b/x");
    }

    #[test]
    fn the_list_covers_what_a_change_must_pass() {
        let names: Vec<String> = jobs(&Workspace::of(&[("a", &[])]))
            .into_iter()
            .map(|job| job.name)
            .collect();
        for name in [
            "fmt",
            "clippy",
            "tests",
            "doctests",
            "docs",
            "codegen",
            "contract check",
            "contract diff",
            "tidy",
        ] {
            assert!(
                names.iter().any(|job| job == name),
                "{name} is missing in {names:?}"
            );
        }
    }
}
