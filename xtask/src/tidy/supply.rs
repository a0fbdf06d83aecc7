//! What the workspace takes from others: under which licences, from where, and whether the libraries bring one crate
//! along in two versions.
//!
//! The licences are those of all that is built here, tests included; the fuzz targets, a workspace of their own that
//! nobody gets, are held for their sources alone. What is asked of cargo is what is built on this platform anyway, so that
//! nothing has to be downloaded; `cargo xtask ci --full` asks for every platform and for what links a library of the
//! system.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde::Deserialize;
use spdx::{Expression, ParseMode};

use super::cargo;
use super::manifest::LIBRARIES;
use super::workspace::Workspace;
use crate::ci;
use crate::repo::Repo;
use crate::violation::{self, Violation};

/// Licences that ask for no more than that their text and notices go along.
const LICENCES: &[&str] = &["Apache-2.0", "BSD-3-Clause", "ISC", "MIT", "Unicode-3.0", "Zlib"];

/// Crates that may be under another licence, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "tiny-keccak",
        "CC0-1.0",
        "in the public domain; runs while parquet's ahash is built, where the command has Parquet",
    ),
    (
        "webpki-root-certs",
        "CDLA-Permissive-2.0",
        "the certificates of the web, which are data: for platforms without a store of their own",
    ),
    (
        "zstd-sys",
        "BSD-2-Clause",
        "asks for no more than BSD-3-Clause does; a part of the C library of zstd, in the command alone",
    ),
];

/// Crates that the libraries may bring along in more than one version, and why. Without a reason that holds, raise the
/// older one.
const TWICE: &[(&str, &str)] = &[
    (
        "core-foundation",
        "macOS: system-configuration has not moved to the version of security-framework",
    ),
    (
        "getrandom",
        "tungstenite has not moved to rand 0.10, in the newest version that axum takes",
    ),
    (
        "r-efi",
        "UEFI: tungstenite has not moved to rand 0.10, in the newest version that axum takes",
    ),
    (
        "syn",
        "macros that run at build time: mockall has not moved to syn 3",
    ),
];

/// Cargo's lock files: the workspace's and that of the fuzz targets.
pub(crate) const LOCKS: &[&str] = &["Cargo.lock", "crates/stream-users-emulator/fuzz/Cargo.lock"];

/// For which platforms cargo is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Platforms {
    /// The one that this runs on.
    This,
    /// All that a dependency is declared for.
    All,
}

/// A crate, as `cargo metadata` tells it.
#[derive(Debug, Deserialize)]
struct Crate {
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
}

/// The job that looks at every platform.
///
/// # Errors
/// Where cargo refuses, or a lock file cannot be read.
pub(crate) fn on_all_platforms(repo: &Repo) -> Result<bool> {
    let violations = check(repo, &Workspace::read(repo)?, Platforms::All)?;
    Ok(violation::report("tidy", violations))
}

/// Every rule of this module.
///
/// # Errors
/// Where cargo refuses, or a lock file cannot be read.
pub(super) fn check(repo: &Repo, workspace: &Workspace, platforms: Platforms) -> Result<Vec<Violation>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Crate>,
    }
    let metadata: Metadata = serde_json::from_slice(&metadata(repo, workspace, platforms)?)?;
    let mut violations: Vec<Violation> = metadata.packages.iter().filter_map(licence).collect();
    let versions = tree(repo, workspace, platforms)?;
    // What one platform does not need, another may.
    if platforms == Platforms::All {
        violations.extend(unneeded(&metadata.packages, &versions));
    }
    for path in LOCKS {
        if let Some(lock) = repo.read_if_there(path)? {
            violations.extend(sources(path, &lock));
        }
    }
    violations.extend(twice(&versions));
    Ok(violations)
}

/// What `cargo metadata` says of all that is built.
///
/// # Errors
/// Where cargo refuses.
pub(super) fn metadata(repo: &Repo, workspace: &Workspace, platforms: Platforms) -> Result<Vec<u8>> {
    let host = host(repo)?;
    let features = features(workspace, platforms, |_| true);
    let mut asked = vec!["metadata", "--format-version", "1"];
    asked.extend(features.iter().map(String::as_str));
    if platforms == Platforms::This {
        asked.extend(["--filter-platform", &host]);
    }
    cargo::ask(repo, &asked)
}

/// The arguments that turn on the features of the packages that `wanted` takes: here all but those of the system, which
/// `cargo xtask ci` does not build, so that what they bring may not be there.
fn features(workspace: &Workspace, platforms: Platforms, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    match platforms {
        Platforms::All => vec!["--all-features".to_owned()],
        Platforms::This => vec!["--features".to_owned(), ci::features(workspace, wanted)],
    }
}

/// The platform that cargo runs on.
fn host(repo: &Repo) -> Result<String> {
    let output = cargo::ask(repo, &["--version", "--verbose"])?;
    let said = String::from_utf8_lossy(&output);
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.unwrap_or_default().trim().to_owned())
}

/// What is wrong with the licence of a crate that is not ours.
fn licence(package: &Crate) -> Option<Violation> {
    package.source.as_ref()?;
    let Crate {
        name,
        version,
        license,
        ..
    } = package;
    let fault = |what: String, fix: String| {
        Some(Violation::new(
            "Cargo.lock",
            format!("{name} {version}: {what}"),
            fix,
        ))
    };
    let replace =
        format!("replace {name} (`cargo tree --workspace --invert {name}@{version}` says who brings it)");
    let Some(stated) = license else {
        return fault("states no licence".to_owned(), replace);
    };
    // Some old manifests separate with a slash, which cargo means as `OR`.
    let Ok(expression) = Expression::parse_mode(stated, ParseMode::LAX) else {
        return fault(format!("`{stated}` is no SPDX expression"), replace);
    };
    let excepted = EXCEPTIONS.iter().find(|(excepted, ..)| excepted == name);
    let allowed = |licence: &str| {
        LICENCES.contains(&licence) || excepted.is_some_and(|(_, excepted, _)| *excepted == licence)
    };
    if expression.evaluate(|requirement| allowed(&requirement.to_string())) {
        return None;
    }
    fault(
        format!("its licence `{stated}` is none of {}", LICENCES.join(", ")),
        format!("{replace}, or state it with its reason under `EXCEPTIONS` in xtask/src/tidy/supply.rs"),
    )
}

/// The crates of a lock file that come from elsewhere than crates.io.
fn sources(path: &str, lock: &str) -> Vec<Violation> {
    let mut name = "";
    let mut violations = Vec::new();
    for (line, number) in lock.lines().zip(1..) {
        let value = |key: &str| {
            let rest = line.strip_prefix(key)?.strip_prefix(" = \"")?;
            rest.strip_suffix('"')
        };
        if let Some(value) = value("name") {
            name = value;
        } else if let Some(source) = value("source")
            && !(source.starts_with("registry+") && source.ends_with("/crates.io-index"))
        {
            let what = format!("{name} comes from `{source}`, not from crates.io");
            let fix = format!("depend on a version of {name} that is on crates.io");
            violations.push(Violation::new(path, what, fix).at(number));
        }
    }
    violations
}

/// The versions of each crate that stand in the libraries' trees, with all features; what their tests use is free.
fn tree(
    repo: &Repo,
    workspace: &Workspace,
    platforms: Platforms,
) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut asked = vec![
        "tree",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ];
    let features = features(workspace, platforms, |name| LIBRARIES.contains(&name));
    asked.extend(features.iter().map(String::as_str));
    for library in LIBRARIES.iter().filter(|library| workspace.has(library)) {
        asked.extend(["--package", library]);
    }
    if platforms == Platforms::All {
        asked.extend(["--target", "all"]);
    }
    let output = cargo::ask(repo, &asked)?;
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output).lines() {
        if let [name, version, ..] = line.split_whitespace().collect::<Vec<_>>()[..] {
            versions
                .entry(name.to_owned())
                .or_default()
                .insert(version.to_owned());
        }
    }
    Ok(versions)
}

/// The crates that are there in more than one version.
fn twice(versions: &BTreeMap<String, BTreeSet<String>>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
        if TWICE.iter().any(|(twice, _)| twice == name) {
            continue;
        }
        let listed: Vec<&str> = versions.iter().map(String::as_str).collect();
        let what = format!("the libraries bring {name} along as {}", listed.join(" and "));
        let fix = format!(
            "raise what needs the older one (`cargo tree --workspace --all-features --edges normal,build --invert \
             {name}@{}`), or state it with its reason under `TWICE` in xtask/src/tidy/supply.rs",
            listed[0].trim_start_matches('v')
        );
        violations.push(Violation::new("Cargo.lock", what, fix));
    }
    violations
}

/// What is let through above, and is there no longer.
fn unneeded(packages: &[Crate], versions: &BTreeMap<String, BTreeSet<String>>) -> Vec<Violation> {
    let fault = |table: &str, name: &str| {
        let what = format!("`{table}` lets {name} through, which nobody needs any longer");
        Violation::new("xtask/src/tidy/supply.rs", what, "delete its line")
    };
    let licences = EXCEPTIONS
        .iter()
        .filter(|(name, ..)| !packages.iter().any(|package| package.name == *name))
        .map(|(name, ..)| fault("EXCEPTIONS", name));
    let twice = TWICE
        .iter()
        .filter(|(name, _)| versions.get(*name).is_none_or(|versions| versions.len() < 2))
        .map(|(name, _)| fault("TWICE", name));
    licences.chain(twice).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Crate, EXCEPTIONS, LICENCES, TWICE, licence, sources, twice, unneeded};

    fn judged(name: &str, license: Option<&str>) -> Option<String> {
        let package = Crate {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: license.map(str::to_owned),
            source: Some("registry+x".to_owned()),
        };
        licence(&package).map(|violation| violation.to_string())
    }

    #[test]
    fn a_licence_is_read_as_an_expression() {
        for fine in [
            "MIT",
            "MIT/Apache-2.0",
            "Apache-2.0 / MIT",
            "MIT OR LGPL-2.1-or-later",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR MIT",
        ] {
            assert_eq!(judged("a", Some(fine)), None);
        }
        for wrong in [
            "GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "Apache-2.0 WITH LLVM-exception",
            "CC0-1.0",
        ] {
            let line = judged("a", Some(wrong)).unwrap();
            assert!(
                line.contains(&format!("a 1.0.0: its licence `{wrong}` is none of Apache-2.0")),
                "{line}"
            );
            assert!(line.contains("--invert a@1.0.0"), "{line}");
        }
        assert!(judged("a", None).unwrap().contains("states no licence"));
        assert!(
            judged("a", Some("see LICENSE"))
                .unwrap()
                .contains("no SPDX expression")
        );
    }

    #[test]
    fn an_exception_holds_for_its_crate_alone() {
        for (name, excepted, reason) in EXCEPTIONS {
            assert!(!LICENCES.contains(excepted) && !reason.is_empty());
            assert_eq!(judged(name, Some(excepted)), None);
            assert!(judged("another", Some(excepted)).is_some());
        }
    }

    #[test]
    fn an_exception_that_nobody_needs_is_found() {
        let there: Vec<Crate> = EXCEPTIONS
            .iter()
            .map(|(name, ..)| Crate {
                name: (*name).to_owned(),
                version: "1.0.0".to_owned(),
                license: None,
                source: None,
            })
            .collect();
        let tree = |versions: &[&str]| {
            let versions: BTreeSet<String> = versions.iter().map(|version| (*version).to_owned()).collect();
            let names = TWICE.iter().map(|(name, _)| (*name).to_owned());
            names.map(|name| (name, versions.clone())).collect()
        };
        assert_eq!(unneeded(&there, &tree(&["v1.0.0", "v2.0.0"])), []);
        let lines: Vec<String> = unneeded(&[], &tree(&["v2.0.0"]))
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(lines.len(), EXCEPTIONS.len() + TWICE.len(), "{lines:?}");
        let first = format!("`EXCEPTIONS` lets {} through", EXCEPTIONS[0].0);
        assert!(lines[0].contains(&first), "{lines:?}");
        let first = format!("`TWICE` lets {} through", TWICE[0].0);
        assert!(lines[EXCEPTIONS.len()].contains(&first), "{lines:?}");
    }

    #[test]
    fn what_is_ours_is_not_judged() {
        let ours = Crate {
            name: "a".to_owned(),
            version: "1.0.0".to_owned(),
            license: None,
            source: None,
        };
        assert_eq!(licence(&ours), None);
    }

    #[test]
    fn only_crates_io_is_a_source() {
        let lock = "[[package]]\nname = \"ours\"\n\n[[package]]\nname = \"a\"\nsource = \
                    \"registry+https://example.org/crates.io-index\"\n";
        assert_eq!(sources("Cargo.lock", lock), []);
        for other in [
            "git+https://example.org/a#1",
            "registry+https://example.org/other",
        ] {
            let lock = format!("[[package]]\nname = \"a\"\nsource = \"{other}\"\n");
            let lines = sources("Cargo.lock", &lock);
            assert_eq!(
                lines[0].to_string(),
                format!(
                    "Cargo.lock:3: a comes from `{other}`, not from crates.io; fix: depend on a version of a that \
                     is on crates.io"
                )
            );
        }
    }

    #[test]
    fn two_versions_of_a_crate_are_found_unless_there_is_a_reason() {
        let tree = |name: &str| [(name.to_owned(), ["v1.0.0", "v2.0.0"].map(str::to_owned).into())].into();
        let line = twice(&tree("a"))[0].to_string();
        assert!(
            line.contains("bring a along as v1.0.0 and v2.0.0") && line.contains("--invert a@1.0.0"),
            "{line}"
        );
        for (name, reason) in TWICE {
            assert!(!reason.is_empty());
            assert_eq!(twice(&tree(name)), []);
        }
    }
}
