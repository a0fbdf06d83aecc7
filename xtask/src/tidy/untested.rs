//! A target without tests of its own says `test = false`, so that no test binary is built and linked for nothing. One that
//! says so and has tests nevertheless would never run them.

use super::workspace::Package;
use crate::violation::Violation;

/// The tests in the sources of a package whose target runs none.
pub(super) fn check(package: &Package, sources: &[(String, String)]) -> Vec<Violation> {
    let library = package.library();
    let mut violations = Vec::new();
    for (path, text) in sources {
        // A file that no target begins with is the library's.
        let target = [path, &library]
            .into_iter()
            .find_map(|begin| package.target(begin));
        if target.is_none_or(|target| target.test) {
            continue;
        }
        if let Some(line) = text.lines().position(is_test) {
            let what = "a test in a target that says `test = false`: it never runs";
            let fix = format!("delete `test = false` of this target in {}", package.path);
            violations.push(Violation::new(path, what, fix).at(line + 1));
        }
    }
    violations
}

fn is_test(line: &str) -> bool {
    let line = line.trim_start();
    let attribute = |path: &str| line.starts_with(path);
    attribute("#[test]") || attribute("#[tokio::test") || attribute("#[cfg(test)]")
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::workspace::{Package, Target, Workspace};

    fn package(targets: &[(&str, bool)]) -> Package {
        let mut package = Workspace::of(&[("a", &[])]).packages.remove(0);
        let target = |(path, test): &(&str, bool)| Target {
            path: format!("{}/{path}", package.folder()),
            test: *test,
        };
        package.targets = targets.iter().map(target).collect();
        package
    }

    fn found(package: &Package, path: &str, text: &str) -> Vec<String> {
        let path = format!("{}/{path}", package.folder());
        check(package, &[(path, text.to_owned())])
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_test_that_would_never_run_is_named_with_its_line() {
        let package = package(&[
            ("src/lib.rs", false),
            ("src/bin/b.rs", true),
            ("src/bin/c.rs", false),
        ]);
        for text in [
            "\n#[test]\nfn a() {}\n",
            "\n    #[tokio::test(flavor = \"x\")]\n",
            "\n#[cfg(test)]\nmod tests;\n",
        ] {
            for path in ["src/lib.rs", "src/x/y.rs", "src/bin/c.rs"] {
                let found = found(&package, path, text);
                assert_eq!(found.len(), 1, "{path}: {text}");
                assert!(found[0].contains(&format!("{path}:2: ")), "{found:?}");
            }
            assert!(found(&package, "src/bin/b.rs", text).is_empty(), "{text}");
        }
        assert!(found(&package, "src/lib.rs", "/// #[test]\nfn a() {}\n").is_empty());
    }

    #[test]
    fn a_target_that_runs_its_tests_may_have_some() {
        let package = package(&[("src/lib.rs", true), ("src/main.rs", false)]);
        assert!(found(&package, "src/x.rs", "#[test]\n").is_empty());
        assert_eq!(found(&package, "src/main.rs", "#[test]\n").len(), 1);
    }
}
