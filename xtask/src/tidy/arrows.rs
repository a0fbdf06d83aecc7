//! Which crate may name which: the arrows between the workspace's crates, and the third-party crates that only one of
//! them may name. Normal and build dependencies count; what tests use is free.

use super::workspace::{Dependency, Package, Workspace};
use crate::violation::Violation;

/// Each crate and the crates of the workspace that it may depend on. A crate that is not here may depend on none.
const ARROWS: &[(&str, &[&str])] = &[
    ("stream-users-model", &[]),
    ("stream-users-core", &["stream-users-model"]),
    ("stream-users-http", &["stream-users-core"]),
    ("stream-users-live", &["stream-users-core", "stream-users-model"]),
    (
        "stream-users-blocking",
        &["stream-users-core", "stream-users-live"],
    ),
    (
        "stream-users-testing",
        &["stream-users-core", "stream-users-model"],
    ),
    ("stream-users-emulator", &["stream-users-model"]),
    (
        "stream-users-cli",
        &[
            "stream-users",
            "stream-users-model",
            "stream-users-core",
            "stream-users-http",
            "stream-users-live",
            "stream-users-blocking",
            "stream-users-testing",
            "stream-users-emulator",
        ],
    ),
    (
        "stream-users",
        &[
            "stream-users-model",
            "stream-users-core",
            "stream-users-http",
            "stream-users-live",
            "stream-users-blocking",
            "stream-users-testing",
        ],
    ),
    // What others might write: each takes only what they would.
    ("example-transports", &["stream-users-core"]),
    ("example-channels", &["stream-users-core", "stream-users-http"]),
    ("example-app", &["stream-users"]),
    // It stands where a program stands, beside the same program written by hand.
    ("stream-users-bench", &["stream-users"]),
    ("xtask", &[]),
];

/// Crates that speak HTTP as a client. A name that ends in `*` stands for every name that begins so. `ALONE` says who
/// may name one of them; nobody may name the others.
pub(super) const HTTP_STACKS: &[&str] = &[
    "attohttpc",
    "curl",
    "curl-*",
    "hyper",
    "hyper-*",
    "isahc",
    "reqwest",
    "reqwest-*",
    "surf",
    "ureq",
    "ureq-*",
];

/// Third-party crates and the only members that may name them.
const ALONE: &[(&str, &[&str])] = &[
    ("reqwest", &["stream-users-bench", "stream-users-http"]),
    // The server's half of it.
    (
        "hyper",
        &[
            "stream-users-bench",
            "stream-users-emulator",
            "example-transports",
        ],
    ),
    (
        "hyper-util",
        &[
            "stream-users-bench",
            "stream-users-emulator",
            "example-transports",
        ],
    ),
    ("ureq", &["example-transports"]),
    (
        "axum",
        &["stream-users-emulator", "stream-users-cli", "example-app"],
    ),
    ("rusqlite", &["stream-users-emulator"]),
    ("mockall", &["stream-users-testing"]),
    ("clap", &["stream-users-cli", "stream-users-emulator", "xtask"]),
    ("tokio-tungstenite", &["stream-users-live"]),
    ("tungstenite", &[]),
];

/// Crates that a member may name only behind a feature.
const OPTIONAL: &[(&str, &str)] = &[
    ("clap", "stream-users-emulator"),
    ("mockall", "stream-users-testing"),
    ("stream-users-live", "stream-users-blocking"),
    ("tokio-tungstenite", "stream-users-live"),
];

/// Every dependency that the tables do not have.
pub(super) fn check(workspace: &Workspace) -> Vec<Violation> {
    let mut violations = Vec::new();
    for package in &workspace.packages {
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| !dependency.is_dev())
        {
            violations.extend(fault(workspace, package, dependency));
        }
        violations.extend(
            package
                .dependencies
                .iter()
                .filter_map(|dependency| version(workspace, package, dependency)),
        );
    }
    violations
}

/// A dev-dependency on a member that carries a version makes a circle of the order in which crates are published,
/// unless the arrow is there already.
fn version(workspace: &Workspace, package: &Package, dependency: &Dependency) -> Option<Violation> {
    let name = &dependency.name;
    let arrow = package
        .dependencies
        .iter()
        .any(|other| !other.is_dev() && other.name == *name);
    if !dependency.is_dev() || !workspace.has(name) || dependency.req == "*" || arrow {
        return None;
    }
    let what =
        format!("the dev-dependency on {name} carries a version, so that neither can be published first");
    let fix = format!("write `{name} = {{ path = \"../{}\" }}`", folder(dependency));
    Some(Violation::new(&package.path, what, fix).at(package.line_of(dependency).unwrap_or_default()))
}

fn fault(workspace: &Workspace, package: &Package, dependency: &Dependency) -> Option<Violation> {
    let (from, to) = (package.name.as_str(), dependency.name.as_str());
    let line = package.line_of(dependency).unwrap_or_default();
    let delete = || package.delete(dependency);
    if workspace.has(to) {
        let allowed = ARROWS
            .iter()
            .find(|(name, _)| *name == from)
            .map_or(&[][..], |(_, to)| *to);
        if !allowed.contains(&to) {
            let what = format!("{from} must not depend on {to}");
            return Some(Violation::new(&package.path, what, delete()).at(line));
        }
        return behind_a_feature(package, dependency, line);
    }
    let alone = match ALONE.iter().find(|(name, _)| *name == to) {
        Some((_, alone)) => *alone,
        None if HTTP_STACKS.iter().any(|pattern| matches(pattern, to)) => &[],
        None => return None,
    };
    if !alone.contains(&from) {
        let what = match alone {
            [] => format!("no crate of the workspace may depend on {to}"),
            alone => format!("only {} may depend on {to}", alone.join(", ")),
        };
        return Some(Violation::new(&package.path, what, delete()).at(line));
    }
    behind_a_feature(package, dependency, line)
}

/// What a member names at all times though it may do so for one of its features only.
fn behind_a_feature(package: &Package, dependency: &Dependency, line: usize) -> Option<Violation> {
    let (from, to) = (package.name.as_str(), dependency.name.as_str());
    (OPTIONAL.contains(&(to, from)) && !dependency.optional).then(|| {
        let what = format!("{from} needs {to} for one of its features only");
        Violation::new(
            &package.path,
            what,
            "write `optional = true` and name it in a feature",
        )
        .at(line)
    })
}

/// Whether a name is what a pattern stands for: itself, or with a `*` at its end every name that begins so.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    pattern
        .strip_suffix('*')
        .map_or(pattern == name, |start| name.starts_with(start))
}

fn folder(dependency: &Dependency) -> &str {
    dependency
        .path
        .as_deref()
        .and_then(|path| path.rsplit('/').next())
        .unwrap_or(&dependency.name)
}

#[cfg(test)]
mod tests {
    use super::{ALONE, ARROWS, check, matches};
    use crate::tidy::workspace::{Dependency, Workspace};

    fn found(packages: &[(&str, &[&str])]) -> Vec<String> {
        found_in(&Workspace::of(packages))
    }

    fn found_in(workspace: &Workspace) -> Vec<String> {
        check(workspace).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_arrows_of_the_design_are_allowed() {
        let packages: &[(&str, &[&str])] = &[
            ("stream-users-model", &["serde"]),
            ("stream-users-core", &["stream-users-model", "http"]),
            ("stream-users-http", &["stream-users-core", "reqwest"]),
            (
                "stream-users-emulator",
                &["stream-users-model", "axum", "rusqlite", "clap (optional)"],
            ),
            ("xtask", &["clap"]),
        ];
        assert_eq!(found(packages), Vec::<String>::new());
    }

    #[test]
    fn an_extra_arrow_names_the_line_to_delete() {
        let packages: &[(&str, &[&str])] = &[
            ("stream-users-model", &["serde", "stream-users-core"]),
            ("stream-users-core", &[]),
        ];
        assert_eq!(
            found(packages),
            [
                "crates/stream-users-model/Cargo.toml:3: stream-users-model must not depend on stream-users-core; \
              fix: delete line 3: stream-users-core.workspace = true"
            ]
        );
    }

    #[test]
    fn a_crate_that_stands_alone_is_named_nowhere_else() {
        let lines = found(&[
            ("stream-users-core", &["reqwest"]),
            ("stream-users-http", &["reqwest"]),
        ]);
        assert_eq!(lines.len(), 1);
        assert!(
            lines[0].contains("only stream-users-bench, stream-users-http may depend on reqwest"),
            "{lines:?}"
        );
    }

    #[test]
    fn each_third_party_crate_of_the_table_is_refused_elsewhere() {
        for (name, _) in ALONE {
            let lines = found(&[("stream-users-blocking", &[name])]);
            assert_eq!(lines.len(), 1, "{name}");
        }
        for name in ["hyper-tls", "isahc", "curl", "surf", "attohttpc", "tungstenite"] {
            let lines = found(&[("stream-users-http", &[name])]);
            assert_eq!(lines.len(), 1, "{name}");
            assert!(
                lines[0].contains(&format!("no crate of the workspace may depend on {name};")),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn a_renamed_dependency_for_one_platform_is_found_at_its_line() {
        let mut workspace = Workspace::of(&[("stream-users-core", &["reqwest"])]);
        let package = &mut workspace.packages[0];
        package.manifest = "[dependencies]\nclient.workspace = true\n\n\
            [target.'cfg(target_os=\"linux\")'.build-dependencies.client]\npackage = 'reqwest'\n"
            .to_owned();
        let dependency = &mut package.dependencies[0];
        dependency.rename = Some("client".to_owned());
        dependency.kind = Some("build".to_owned());
        dependency.target = Some("cfg(target_os = \"linux\")".to_owned());
        let lines = found_in(&workspace);
        assert_eq!(
            lines,
            [
                "crates/stream-users-core/Cargo.toml:4: only stream-users-bench, stream-users-http may depend on reqwest; fix: delete \
                 the table at line 4: [target.'cfg(target_os=\"linux\")'.build-dependencies.client]"
            ]
        );
    }

    #[test]
    fn a_dependency_that_is_not_found_has_no_line() {
        let mut workspace = Workspace::of(&[("stream-users-core", &["reqwest"])]);
        workspace.packages[0].manifest = String::new();
        assert_eq!(
            found_in(&workspace),
            [
                "crates/stream-users-core/Cargo.toml: only stream-users-bench, stream-users-http may depend on reqwest; fix: delete the \
                 dependency on reqwest"
            ]
        );
    }

    /// So that every circle has an arrow that the table lacks.
    #[test]
    fn the_table_has_no_circle() {
        let mut left: Vec<_> = ARROWS.to_vec();
        while !left.is_empty() {
            let before = left.len();
            let names: Vec<_> = left.iter().map(|(name, _)| *name).collect();
            left.retain(|(_, to)| to.iter().any(|name| names.contains(name)));
            assert!(left.len() < before, "{names:?}");
        }
    }

    #[test]
    fn a_star_stands_for_the_rest_of_the_name() {
        assert!(matches("tokio*", "tokio-util") && matches("tokio*", "tokio"));
        assert!(!matches("http", "httpdate"));
    }

    #[test]
    fn what_tests_use_is_free() {
        assert_eq!(
            found(&[("stream-users-core", &["reqwest (dev)"])]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn the_emulators_library_is_without_clap() {
        let lines = found(&[("stream-users-emulator", &["clap"])]);
        assert!(lines[0].contains("optional = true"), "{lines:?}");
    }

    #[test]
    fn a_dev_dependency_on_a_member_carries_no_version() {
        let mut workspace = Workspace::of(&[
            ("stream-users-core", &["stream-users-testing (dev)"]),
            ("stream-users-testing", &[]),
        ]);
        assert_eq!(check(&workspace), []);
        workspace.packages[0].dependencies[0].req = "^0.1.0".to_owned();
        let lines = check(&workspace);
        assert!(
            lines[0]
                .to_string()
                .contains("{ path = \"../stream-users-testing\" }"),
            "{lines:?}"
        );
        let arrow = Dependency {
            kind: None,
            ..workspace.packages[0].dependencies[0].clone()
        };
        workspace.packages[0].dependencies.push(arrow);
        assert!(
            !check(&workspace)
                .iter()
                .any(|line| line.to_string().contains("carries a version"))
        );
    }
}
