//! What the dependencies of the model and of the core bring along: the whole tree, not only the first row. A library
//! that holds types must not pull a runtime in, whatever features it is built with.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::workspace::Workspace;
use crate::repo::Repo;
use crate::violation::Violation;

/// Crates that do I/O or run futures. A name that ends in `*` stands for every name that begins so.
const ASYNC_OR_IO: &[&str] = &[
    "async-*",
    "axum*",
    "bytes",
    "futures*",
    "h2",
    "http",
    "http-*",
    "hyper*",
    "mio",
    "native-tls",
    "openssl*",
    "reqwest",
    "rustls*",
    "smol",
    "socket2",
    "tokio*",
    "tower*",
    "ureq",
];

/// How many crates the model's tree may hold, itself included.
const MODEL_CRATES: usize = 20;

/// A crate whose tree is bounded: which packages may not be in it with any feature, and how many it may hold with the
/// default ones.
struct Rule {
    package: &'static str,
    without: &'static [&'static str],
    at_most: Option<usize>,
}

const RULES: &[Rule] = &[
    Rule {
        package: "stream-users-model",
        without: ASYNC_OR_IO,
        at_most: Some(MODEL_CRATES),
    },
    Rule {
        package: "stream-users-core",
        without: &["reqwest", "hyper", "mockall"],
        at_most: None,
    },
];

/// Asks cargo for the trees and holds the rules against them.
///
/// # Errors
/// Where cargo fails.
pub(super) fn check(repo: &Repo, workspace: &Workspace) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for rule in RULES.iter().filter(|rule| workspace.has(rule.package)) {
        violations.extend(judge(
            rule,
            &tree(repo, rule.package, &[])?,
            &tree(repo, rule.package, &["--all-features"])?,
        ));
    }
    Ok(violations)
}

fn judge(rule: &Rule, default: &BTreeSet<String>, whole: &BTreeSet<String>) -> Vec<Violation> {
    let manifest = format!("crates/{}/Cargo.toml", rule.package);
    let mut violations = Vec::new();
    for name in whole
        .iter()
        .filter(|name| rule.without.iter().any(|pattern| matches(pattern, name)))
    {
        let what = format!("{name} is in the tree of {}", rule.package);
        let fix = format!(
            "find who brings it with `cargo tree --package {} --edges normal --all-features --invert {name}` and drop that",
            rule.package
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
            "look at `cargo tree --package {} --edges normal` and drop what is not needed",
            rule.package
        );
        violations.push(Violation::new(&manifest, what, fix));
    }
    violations
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern
        .strip_suffix('*')
        .map_or(pattern == name, |start| name.starts_with(start))
}

/// The names in the tree of a package, without what tests and build scripts use.
fn tree(repo: &Repo, package: &str, arguments: &[&str]) -> Result<BTreeSet<String>> {
    let output = repo
        .command("cargo")
        .args([
            "tree",
            "--package",
            package,
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .args(arguments)
        .output()?;
    if !output.status.success() {
        bail!(
            "`cargo tree --package {package}` failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let listed = String::from_utf8_lossy(&output.stdout);
    Ok(listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{RULES, judge, matches};

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
    fn the_models_tree_is_small() {
        let few: std::collections::BTreeSet<_> = (0..20).map(|number| format!("crate{number}")).collect();
        assert_eq!(judge(&RULES[0], &few, &few), []);
        let many = (0..21).map(|number| format!("crate{number}")).collect();
        assert!(judge(&RULES[0], &many, &few)[0].to_string().contains("21 crates"));
    }

    #[test]
    fn a_star_stands_for_the_rest_of_the_name() {
        assert!(matches("tokio*", "tokio-util") && matches("tokio*", "tokio"));
        assert!(!matches("http", "httpdate"));
    }
}
