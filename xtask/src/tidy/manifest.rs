//! What every manifest takes from the workspace: version, edition, licence, lints; and the lowest supported compiler,
//! which the root alone states and the libraries alone inherit.

use toml::Table;

use super::lines;
use super::workspace::Package;
use crate::violation::Violation;

/// The crates that promise the lowest compiler. The others state none, so that the resolver does not hold their
/// dependencies back.
pub(crate) const LIBRARIES: &[&str] = &[
    "stream-users-model",
    "stream-users-core",
    "stream-users-http",
    "stream-users-blocking",
    "stream-users-live",
    "stream-users-testing",
    "stream-users",
];

/// What a member's manifest lacks or states itself.
pub(super) fn check(package: &Package) -> Vec<Violation> {
    let Ok(manifest) = package.manifest.parse::<Table>() else {
        return vec![Violation::new(&package.path, "not TOML", "correct it")];
    };
    let mut violations = Vec::new();
    let mut add = |key: &[&str], what: String, fix: String| {
        let line = lines::key(&package.manifest, key).unwrap_or_default();
        violations.push(Violation::new(&package.path, what, fix).at(line));
    };
    let inherits = |table: &str, key: &str| {
        manifest
            .get(table)
            .and_then(|table| table.get(key))
            .is_some_and(inherited)
    };
    for key in ["version", "edition", "license"] {
        if !inherits("package", key) {
            add(
                &["package", key],
                format!("`{key}` is not the workspace's"),
                format!("write `{key}.workspace = true`"),
            );
        }
    }
    if !manifest.get("lints").is_some_and(inherited) {
        add(
            &["lints"],
            "the lints are not the workspace's".to_owned(),
            "write `workspace = true` under `[lints]`".to_owned(),
        );
    }
    let stated = manifest
        .get("package")
        .and_then(|package| package.get("rust-version"));
    match (LIBRARIES.contains(&package.name.as_str()), stated) {
        (true, Some(stated)) if inherited(stated) => {}
        (true, _) => add(
            &["package", "rust-version"],
            "a library without the workspace's lowest compiler".to_owned(),
            "write `rust-version.workspace = true`".to_owned(),
        ),
        (false, Some(_)) => add(
            &["package", "rust-version"],
            format!("{} is no library and promises a lowest compiler", package.name),
            "delete the line".to_owned(),
        ),
        (false, None) => {}
    }
    violations
}

/// The root states the lowest compiler, once.
pub(super) fn check_root(text: &str) -> Vec<Violation> {
    let count = text
        .lines()
        .filter(|line| line.trim_start().starts_with("rust-version"))
        .count();
    if count == 1 {
        return Vec::new();
    }
    let what = format!("the lowest compiler is stated {count} times");
    vec![Violation::new(
        "Cargo.toml",
        what,
        "state `rust-version` once, under [workspace.package]",
    )]
}

fn inherited(value: &toml::Value) -> bool {
    value.get("workspace").and_then(toml::Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::{check, check_root};
    use crate::tidy::workspace::Workspace;

    const TIDY: &str = "[package]\nname = 'x'\nversion.workspace = true\nedition.workspace = true\n\
                        license.workspace = true\nrust-version.workspace = true\n\n[lints]\nworkspace = true\n";

    fn found(name: &str, manifest: &str) -> Vec<String> {
        let mut workspace = Workspace::of(&[(name, &[])]);
        workspace.packages[0].manifest = manifest.to_owned();
        check(&workspace.packages[0])
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_manifest_that_inherits_all_is_tidy() {
        assert_eq!(found("stream-users-core", TIDY), Vec::<String>::new());
    }

    #[test]
    fn what_is_stated_again_is_found_at_its_line() {
        let lines = found(
            "stream-users-core",
            &TIDY.replace("edition.workspace = true", "edition = '2024'"),
        );
        assert_eq!(lines.len(), 1);
        assert!(lines[0].contains("Cargo.toml:4: `edition`"), "{lines:?}");
        let lines = found(
            "stream-users-core",
            &TIDY.replace(
                "edition.workspace = true",
                "description = 'an edition'\n\"edition\"='2024'",
            ),
        );
        assert!(lines[0].contains("Cargo.toml:5: `edition`"), "{lines:?}");
        assert!(
            found(
                "stream-users-core",
                &TIDY.replace("[lints]\nworkspace = true\n", "")
            )[0]
            .contains("[lints]")
        );
    }

    #[test]
    fn only_libraries_promise_a_compiler_and_only_the_root_says_which() {
        assert!(found("stream-users-cli", TIDY)[0].contains("delete the line"));
        assert!(
            found(
                "stream-users-http",
                &TIDY.replace("rust-version.workspace = true", "rust-version = '1.85'")
            )[0]
            .contains("write `rust-version.workspace = true`")
        );
        assert_eq!(check_root("[workspace.package]\nrust-version = '1.85'\n"), []);
        assert_eq!(check_root("[workspace.package]\n").len(), 1);
    }
}
