//! The libraries with their features one by one and together, without a warning.
//!
//! Features that a crate's own sources name are tried together in every set where they are few, else all but one: what
//! one lacks without the others shows when it is alone, and what others lack without it when they are together. One that
//! is named in the manifest alone only turns on something of another crate; it is tried by itself. All of them are tried
//! together.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};

use super::basic::OF_THE_SYSTEM;
use super::job::{CLIPPY, Job, OPENSSL, Outcome};
use crate::repo::Repo;
use crate::tidy::manifest::LIBRARIES;
use crate::tidy::workspace::{Package, Workspace};

/// The most features of which every set is tried: 16 sets.
const FEW: usize = 4;

/// A set of features.
type Set = BTreeSet<String>;

/// A job for each library; another one for what links a library of the system.
///
/// # Errors
/// Where a source cannot be read.
pub(super) fn jobs(repo: &Repo, workspace: &Workspace) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for package in workspace
        .packages
        .iter()
        .filter(|package| is_tried(&package.name))
    {
        let sets = sets(package, &named(repo, package)?);
        let (of_the_system, own): (Vec<Set>, Vec<Set>) = sets
            .into_iter()
            .partition(|set| OF_THE_SYSTEM.iter().any(|feature| set.contains(*feature)));
        jobs.push(job(&package.name, "features", own));
        if !of_the_system.is_empty() {
            jobs.push(job(&package.name, "features of the system", of_the_system).needs(OPENSSL));
        }
    }
    Ok(jobs)
}

/// The crates whose features are tried: the libraries.
fn is_tried(name: &str) -> bool {
    LIBRARIES.contains(&name) || name == "stream-users-emulator"
}

fn job(package: &str, what: &str, sets: Vec<Set>) -> Job {
    let name = format!("{package}: {what}");
    let shown = format!("cargo xtask ci --full --only '{name}'");
    let package = package.to_owned();
    Job::own(name, shown, move |repo| run(repo, &package, &sets)).needs(CLIPPY)
}

fn run(repo: &Repo, package: &str, sets: &[Set]) -> Result<Outcome> {
    let mut fine = true;
    for set in sets {
        let features = set.iter().map(String::as_str).collect::<Vec<_>>().join(",");
        let arguments = [
            "clippy",
            "--quiet",
            "--package",
            package,
            "--no-default-features",
            "--features",
            &features,
            "--",
            "-D",
            "warnings",
        ];
        let status = repo
            .command("cargo")
            .args(arguments)
            .status()
            .context("cannot run cargo")?;
        let word = if status.success() { "ok" } else { "FAILED" };
        println!("{package} with [{features}]: {word}");
        if !status.success() {
            fine = false;
            println!(
                "again: cargo clippy --package {package} --no-default-features --features '{features}' -- -D warnings"
            );
        }
    }
    Ok(Outcome::of(fine))
}

/// The features that the sources of a package name.
fn named(repo: &Repo, package: &Package) -> Result<Set> {
    let mut named = Set::new();
    for (_, source) in package.sources(repo)? {
        let mentions = |feature: &&String| source.contains(&format!("feature = \"{feature}\""));
        named.extend(package.features.keys().filter(mentions).cloned());
    }
    Ok(named)
}

/// The sets that are tried, the small ones first. Of two sets that come to the same, because one feature turns the
/// other on, the smaller one.
fn sets(package: &Package, named: &Set) -> Vec<Set> {
    let features: Vec<&String> = package
        .features
        .keys()
        .filter(|feature| *feature != "default")
        .collect();
    let together: Vec<&String> = features
        .iter()
        .copied()
        .filter(|feature| named.contains(*feature))
        .collect();
    let mut sets: Vec<Set> = vec![Set::new()];
    sets.extend(features.iter().map(|feature| Set::from([(*feature).clone()])));
    if together.len() <= FEW {
        for bits in 0..1_u32 << together.len() {
            let chosen = together.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
            sets.push(chosen.map(|(_, feature)| (*feature).clone()).collect());
        }
    } else {
        // What turns it on is left out with it.
        let but = |left_out: &String| {
            let alone = |feature: &String| Set::from([feature.clone()]);
            let others = together
                .iter()
                .filter(|feature| !closure(package, &alone(feature)).contains(left_out));
            others.map(|feature| (*feature).clone()).collect()
        };
        sets.extend(together.iter().map(|feature| but(feature)));
    }
    let all = |wanted: fn(&str) -> bool| {
        features
            .iter()
            .filter(move |feature| wanted(feature))
            .map(|f| (*f).clone())
    };
    sets.push(all(|feature| !OF_THE_SYSTEM.contains(&feature)).collect());
    sets.push(all(|_| true).collect());
    sets.sort_by_key(BTreeSet::len);
    let mut seen = BTreeSet::new();
    sets.retain(|set| seen.insert(closure(package, set)));
    sets
}

/// A set with the features of the same package that it turns on.
fn closure(package: &Package, set: &Set) -> Set {
    let mut closed = Set::new();
    let mut open: Vec<&String> = set.iter().collect();
    while let Some(feature) = open.pop() {
        if closed.insert(feature.clone()) {
            let turned_on = package.features.get(feature).into_iter().flatten();
            open.extend(turned_on.filter(|other| package.features.contains_key(*other)));
        }
    }
    closed
}

#[cfg(test)]
mod tests {
    use super::{Set, jobs, sets};
    use crate::repo::Repo;
    use crate::tidy::workspace::{Package, Workspace};

    fn package(features: &[(&str, &[&str])]) -> Package {
        let mut package = Workspace::of(&[("stream-users-http", &[])]).packages.remove(0);
        for (feature, turned_on) in features {
            let turned_on = turned_on.iter().map(|other| (*other).to_owned()).collect();
            package.features.insert((*feature).to_owned(), turned_on);
        }
        package
    }

    fn shown(package: &Package, named: &[&str]) -> Vec<String> {
        let named: Set = named.iter().map(|feature| (*feature).to_owned()).collect();
        let joined = |set: Set| set.into_iter().collect::<Vec<_>>().join("+");
        sets(package, &named).into_iter().map(joined).collect()
    }

    #[test]
    fn what_the_sources_name_is_tried_in_every_set_and_the_rest_alone_and_together() {
        let package = package(&[("default", &["a"]), ("a", &[]), ("b", &["dep:b"]), ("c", &[])]);
        assert_eq!(shown(&package, &["a", "b"]), ["", "a", "b", "c", "a+b", "a+b+c"]);
        assert_eq!(shown(&package, &[]), ["", "a", "b", "c", "a+b+c"]);
    }

    #[test]
    fn of_many_all_but_one_are_tried() {
        let package = package(&[
            ("a", &[]),
            ("b", &[]),
            ("c", &[]),
            ("d", &[]),
            ("e", &[]),
            ("f", &[]),
        ]);
        let sets = shown(&package, &["a", "b", "c", "d", "e"]);
        assert_eq!(sets.len(), 1 + 6 + 5 + 1);
        for set in ["b", "f", "a+b+d+e", "a+b+c+d+e+f"] {
            assert!(sets.contains(&set.to_owned()), "{set} is missing in {sets:?}");
        }
        assert!(!sets.contains(&"b+d".to_owned()));
    }

    #[test]
    fn what_turns_a_feature_on_is_left_out_with_it() {
        let package = package(&[("a", &["b"]), ("b", &[]), ("c", &[]), ("d", &[]), ("e", &[])]);
        let sets = shown(&package, &["a", "b", "c", "d", "e"]);
        assert!(sets.contains(&"c+d+e".to_owned()), "{sets:?}");
    }

    #[test]
    fn a_set_that_comes_to_the_same_is_tried_once() {
        let package = package(&[("http", &["tokio"]), ("tokio", &[])]);
        assert_eq!(shown(&package, &["http", "tokio"]), ["", "http", "tokio"]);
    }

    #[test]
    fn what_links_a_library_of_the_system_is_a_job_of_its_own() {
        let mut workspace = Workspace::of(&[("stream-users-cli", &[])]);
        workspace
            .packages
            .push(package(&[("gzip", &[]), ("native-tls", &[])]));
        let names: Vec<String> = jobs(&Repo::here().unwrap(), &workspace)
            .unwrap()
            .into_iter()
            .map(|job| job.name)
            .collect();
        assert_eq!(
            names,
            [
                "stream-users-http: features",
                "stream-users-http: features of the system"
            ]
        );
    }
}
