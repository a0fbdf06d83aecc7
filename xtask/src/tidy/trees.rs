//! What the dependencies of the model, of the core and of the facade bring along: the whole tree, not only the first row. A library
//! that holds types must not pull a runtime in, whatever features it is built with and on whatever platform; what its
//! build scripts use counts too. The example of an SDK has no HTTP stack until its user chooses one.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::Result;

use super::arrows::{HTTP_STACKS, matches};
use super::cargo;
use super::workspace::Workspace;
use crate::repo::Repo;
use crate::violation::Violation;

/// Crates that do I/O or run futures, besides those that speak HTTP. A name that ends in `*` stands for every name that begins so.
const ASYNC_OR_IO: &[&str] = &[
    "async-*",
    "axum*",
    "bytes",
    "futures*",
    "h2",
    "http",
    "http-*",
    "mio",
    "native-tls",
    "openssl*",
    "rustls*",
    "smol",
    "socket2",
    "tokio*",
    "tower*",
];

/// The tree of a library: what is built for it or for its build script, on any platform and with any feature. What
/// tests use is free.
const LIBRARY: &[&str] = &["--edges", "normal,build", "--target", "all", "--all-features"];

/// The tree of an example before its user has chosen a feature. What its tests use counts.
const UNCHOSEN: &[&str] = &["--edges", "normal,build,dev", "--target", "all"];

/// The tree of a program's dependency: what is built where it is built.
const HERE: &[&str] = &["--edges", "normal,build"];

/// How many crates the model's tree may hold, itself included.
const MODEL_CRATES: usize = 20;

/// How many crates the facade's tree may hold, itself included. reqwest, serde with its derives and `serde_json` alone bring
/// 101, as `cargo xtask build-cost` counts them; the facade may bring a quarter more. It holds 121.
const FACADE_CRATES: usize = 125;

/// A crate whose tree is bounded: which packages may not be in it, and how many it may hold with the default features.
struct Rule {
    package: &'static str,
    /// What belongs to the tree, as options of `cargo tree`.
    scope: &'static [&'static str],
    without: &'static [&'static [&'static str]],
    at_most: Option<usize>,
}

const RULES: &[Rule] = &[
    Rule {
        package: "stream-users-model",
        scope: LIBRARY,
        without: &[ASYNC_OR_IO, HTTP_STACKS],
        at_most: Some(MODEL_CRATES),
    },
    Rule {
        package: "stream-users-core",
        scope: LIBRARY,
        without: &[HTTP_STACKS, &["mockall"]],
        at_most: None,
    },
    Rule {
        package: "stream-users",
        scope: HERE,
        without: &[],
        at_most: Some(FACADE_CRATES),
    },
    Rule {
        package: "example-channels",
        scope: UNCHOSEN,
        without: &[HTTP_STACKS],
        at_most: None,
    },
];

/// Asks cargo for the trees and holds the rules against them.
///
/// # Errors
/// Where cargo refuses.
pub(super) fn check(repo: &Repo, workspace: &Workspace) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for rule in RULES.iter().filter(|rule| workspace.has(rule.package)) {
        let default: Vec<&str> = default_features(rule).collect();
        violations.extend(judge(
            rule,
            &tree(repo.command("cargo"), rule.package, &default)?,
            &tree(repo.command("cargo"), rule.package, rule.scope)?,
        ));
    }
    Ok(violations)
}

fn default_features(rule: &Rule) -> impl Iterator<Item = &'static str> {
    rule.scope
        .iter()
        .copied()
        .filter(|option| *option != "--all-features")
}

fn judge(rule: &Rule, default: &BTreeSet<String>, whole: &BTreeSet<String>) -> Vec<Violation> {
    let manifest = format!("crates/{}/Cargo.toml", rule.package);
    let mut violations = Vec::new();
    for name in whole
        .iter()
        .filter(|name| rule.without.concat().iter().any(|pattern| matches(pattern, name)))
    {
        let what = format!("{name} is in the tree of {}", rule.package);
        let fix = format!(
            "find who brings it with `cargo tree --package {} {} --invert {name}` and drop that",
            rule.package,
            rule.scope.join(" ")
        );
        violations.push(Violation::new(&manifest, what, fix));
    }
    if let Some(most) = rule.at_most.filter(|most| default.len() > *most) {
        let what = format!(
            "the tree of {} holds {} crates, not at most {most}",
            rule.package,
            default.len()
        );
        let fix = format!(
            "look at `cargo tree --package {} {}` and drop what is not needed",
            rule.package,
            default_features(rule).collect::<Vec<_>>().join(" ")
        );
        violations.push(Violation::new(&manifest, what, fix));
    }
    violations
}

/// The crates that are built where it is built for a package with its default features, itself and build scripts included.
///
/// # Errors
/// Where cargo refuses.
pub(crate) fn built_here(cargo: Command, package: &str) -> Result<BTreeSet<String>> {
    tree(cargo, package, HERE)
}

/// The names in the tree of a package.
fn tree(cargo: Command, package: &str, scope: &[&str]) -> Result<BTreeSet<String>> {
    let asked = [
        "tree",
        "--package",
        package,
        "--prefix",
        "none",
        "--format",
        "{p}",
    ];
    let output = cargo::said(cargo, &[&asked, scope].concat())?;
    let listed = String::from_utf8_lossy(&output);
    Ok(listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{RULES, judge};

    #[test]
    fn a_crate_that_does_io_is_found_and_how_it_came() {
        let tree = ["stream-users-model", "serde", "futures-core"]
            .map(str::to_owned)
            .into();
        let lines = judge(&RULES[0], &tree, &tree);
        assert_eq!(lines.len(), 1);
        assert!(
            lines[0].to_string().contains("--invert futures-core"),
            "{lines:?}"
        );
    }

    #[test]
    fn the_trees_of_the_model_and_of_the_facade_are_small() {
        let crates = |count: usize| (0..count).map(|number| format!("crate{number}")).collect();
        for (rule, most) in [(&RULES[0], 20), (&RULES[2], 125)] {
            assert_eq!(judge(rule, &crates(most), &crates(most)), []);
            let found = judge(rule, &crates(most + 1), &crates(most));
            assert!(found[0].to_string().contains(&format!("{} crates", most + 1)));
        }
    }

    #[test]
    fn no_stack_of_http_is_in_the_core_nor_in_an_sdk_before_one_is_chosen() {
        for name in ["reqwest", "hyper-util", "ureq", "curl", "mockall"] {
            let tree = ["stream-users-core", "http", name].map(str::to_owned).into();
            assert_eq!(
                judge(&RULES[3], &tree, &tree).len(),
                usize::from(name != "mockall")
            );
            assert_eq!(judge(&RULES[1], &tree, &tree).len(), 1, "{name}");
            assert_eq!(
                judge(&RULES[0], &tree, &tree).len(),
                if name == "mockall" { 1 } else { 2 }
            );
        }
    }
}
