//! A library or binary without tests of its own says `test = false`, so that no test binary is built and linked for nothing;
//! one that has tests does not, or they would never run.

use std::collections::BTreeMap;

use super::workspace::{Package, Target};
use crate::violation::Violation;

/// What begins a test, or a module of them.
const BEGINNINGS: &[&str] = &["#[test]", "#[tokio::test", "#[cfg(test)]"];

/// The targets of a package that say something else than their sources do.
pub(super) fn check(package: &Package, sources: &[(String, String)]) -> Vec<Violation> {
    let targets: BTreeMap<&str, &Target> = (package.targets.iter())
        .filter(|target| sources.iter().any(|(path, _)| *path == target.path))
        .map(|target| (target.path.as_str(), target))
        .collect();
    // A file that no target begins with is the library's, or the only binary's.
    let library = package.library();
    let rest = targets.get(library.as_str()).or(targets.values().next());
    let mut tests: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    for (path, text) in sources {
        let Some(target) = targets.get(path.as_str()).or(rest) else {
            continue;
        };
        let is_test = |line: &str| {
            let line = line.trim_start();
            BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
        };
        if let Some(line) = text.lines().position(is_test) {
            tests.entry(&target.path).or_insert((path, line + 1));
        }
    }
    let violation = |target: &&Target| match (target.test, tests.get(target.path.as_str())) {
        (false, Some((path, line))) => {
            let what = "a test in a target that says `test = false`: it never runs";
            let fix = format!("delete `test = false` of {} in {}", target.path, package.path);
            Some(Violation::new(*path, what, fix).at(*line))
        }
        (true, None) => {
            let what = "a test binary is built of it, and it has no test";
            let fix = format!("write `test = false` for this target into {}", package.path);
            Some(Violation::new(&target.path, what, fix))
        }
        _ => None,
    };
    targets.values().filter_map(violation).collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::workspace::{Package, Target, Workspace};

    fn package(targets: &[(&str, bool)]) -> Package {
        let mut package = Workspace::of(&[("a", &[])]).packages.remove(0);
        let target = |(path, test): &(&str, bool)| Target {
            path: format!("crates/a/{path}"),
            test: *test,
        };
        package.targets = targets.iter().map(target).collect();
        package
    }

    fn found(targets: &[(&str, bool)], sources: &[(&str, &str)]) -> Vec<String> {
        let source = |(path, text): &(&str, &str)| (format!("crates/a/{path}"), (*text).to_owned());
        let sources: Vec<_> = sources.iter().map(source).collect();
        let violations = check(&package(targets), &sources);
        violations.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_test_that_would_never_run_is_named_with_its_line() {
        for text in [
            "\n#[test]\nfn a() {}\n",
            "\n    #[tokio::test(flavor = \"x\")]\n",
            "\n#[cfg(test)]\nmod tests;\n",
        ] {
            let targets = [
                ("src/lib.rs", false),
                ("src/bin/b.rs", false),
                ("tests/it/main.rs", true),
            ];
            let sources = [("src/bin/b.rs", ""), ("src/lib.rs", ""), ("src/x/y.rs", text)];
            let found = found(&targets, &sources);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].starts_with("crates/a/src/x/y.rs:2: "), "{found:?}");
        }
        let found = found(&[("src/main.rs", false)], &[("src/main.rs", "#[test]\n")]);
        assert!(found[0].starts_with("crates/a/src/main.rs:1: "), "{found:?}");
    }

    #[test]
    fn a_target_that_is_tested_for_nothing_is_named() {
        let targets = [("src/lib.rs", true), ("src/main.rs", true)];
        let sources = [
            ("src/lib.rs", "/// #[test]\n"),
            ("src/main.rs", ""),
            ("src/x.rs", "#[test]\n"),
        ];
        let found = found(&targets, &sources);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("crates/a/src/main.rs: "), "{found:?}");
    }

    #[test]
    fn what_the_manifest_and_the_sources_agree_on_is_fine() {
        let targets = [("src/lib.rs", false), ("src/bin/b.rs", true)];
        let sources = [("src/lib.rs", "fn a() {}\n"), ("src/bin/b.rs", "#[test]\n")];
        assert_eq!(found(&targets, &sources), Vec::<String>::new());
    }
}
