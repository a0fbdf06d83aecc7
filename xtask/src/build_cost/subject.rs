//! What is built: the crates of ours that a program may depend on, and the three crates that it would use without them.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use toml::{Table, Value};

use crate::repo::Repo;
use crate::tidy::workspace::{Package, Workspace};

/// The name of what everything is compared with: [`THREE`] and nothing of ours.
pub(super) const ALONE: &str = "alone";
/// The crate that programs depend on.
pub(super) const FACADE: &str = "stream-users";
/// All that can be built, each with its default features. The last is the dearest.
pub(super) const SUBJECTS: [&str; 5] = [
    ALONE,
    "stream-users-model",
    "stream-users-core",
    TRANSPORT,
    FACADE,
];

/// What a program that makes its calls by hand depends on.
const THREE: [&str; 3] = ["reqwest", "serde", "serde_json"];
/// The crate whose default features say which features of reqwest are compared with.
const TRANSPORT: &str = "stream-users-http";

/// A subject, as tables show it.
pub(super) fn shown(subject: &str) -> String {
    if subject == ALONE {
        "reqwest, serde with its derives and serde_json alone".to_owned()
    } else {
        format!("`{subject}`")
    }
}

/// What a package that has nothing but the subject states as its dependencies.
///
/// # Errors
/// Where a manifest cannot be read, or knows no such crate.
pub(super) fn dependencies(repo: &Repo, subject: &str) -> Result<Table> {
    let workspace = Workspace::read(repo)?;
    let package = |name: &str| {
        let mut packages = workspace.packages.iter();
        packages
            .find(|package| package.name == name)
            .with_context(|| format!("the workspace has no {name}"))
    };
    if subject == ALONE {
        return three(&repo.read("Cargo.toml")?, package(TRANSPORT)?);
    }
    let folder = repo.path(package(subject)?.folder()).display().to_string();
    let by_path = Table::from_iter([("path".to_owned(), Value::String(folder))]);
    Ok(Table::from_iter([(subject.to_owned(), Value::Table(by_path))]))
}

/// The three as the root's manifest states them, reqwest with the features that the transport turns on by default.
fn three(root: &str, transport: &Package) -> Result<Table> {
    let root: Table = root.parse().context("Cargo.toml cannot be read")?;
    let stated = |name: &str| {
        let stated = root.get("workspace")?.get("dependencies")?.get(name)?;
        stated.as_table().cloned()
    };
    let mut dependencies = Table::new();
    for name in THREE {
        let mut one = stated(name).with_context(|| format!("Cargo.toml states no table for {name}"))?;
        if name == "reqwest" {
            let features = defaults(transport, name).into_iter().map(Value::String);
            one.insert("features".to_owned(), Value::Array(features.collect()));
        }
        dependencies.insert(name.to_owned(), Value::Table(one));
    }
    Ok(dependencies)
}

/// The features of a dependency that the default features of a package turn on.
fn defaults(package: &Package, dependency: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut left = vec!["default"];
    let mut found = BTreeSet::new();
    while let Some(feature) = left.pop() {
        if !seen.insert(feature) {
            continue;
        }
        for on in package.features.get(feature).into_iter().flatten() {
            match on.split_once('/') {
                Some((name, of_it)) if name.trim_end_matches('?') == dependency => {
                    found.insert(of_it.to_owned());
                }
                Some(_) => {}
                None => left.push(on),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{ALONE, SUBJECTS, THREE, dependencies, three};
    use crate::repo::Repo;
    use crate::tidy::workspace::Workspace;

    #[test]
    fn reqwest_has_the_features_that_are_on_by_default() {
        let mut workspace = Workspace::of(&[("a", &[])]);
        let transport = &mut workspace.packages[0];
        for (feature, on) in [
            ("default", &["tls", "gzip"] as &[&str]),
            ("tls", &["reqwest/rustls", "other/x", "more"]),
            ("more", &["reqwest?/http2", "default"]),
            ("gzip", &["dep:flate2"]),
            ("native", &["reqwest/native-tls"]),
        ] {
            let on = on.iter().map(|word| (*word).to_owned()).collect();
            transport.features.insert(feature.to_owned(), on);
        }
        let root = "[workspace.dependencies]\nreqwest = { version = '1' }\n\
                    serde = { version = '2', features = ['derive'] }\nserde_json = { version = '3' }\n";
        let expected = "reqwest = { version = '1', features = ['http2', 'rustls'] }\n\
                        serde = { version = '2', features = ['derive'] }\nserde_json = { version = '3' }\n";
        assert_eq!(three(root, transport).unwrap(), expected.parse().unwrap());
        let error = three("[workspace.dependencies]\nreqwest = '1'\n", transport).unwrap_err();
        assert!(error.to_string().contains("no table for reqwest"), "{error}");
    }

    #[test]
    fn every_subject_is_in_this_repository() {
        let repo = Repo::here().unwrap();
        for subject in SUBJECTS {
            let stated = dependencies(&repo, subject).unwrap();
            if subject == ALONE {
                assert_eq!(stated.keys().collect::<Vec<_>>(), THREE);
                assert!(!stated["reqwest"]["features"].as_array().unwrap().is_empty());
                let derive = |feature: &toml::Value| feature.as_str() == Some("derive");
                assert!(stated["serde"]["features"].as_array().unwrap().iter().any(derive));
            } else {
                let folder = stated[subject]["path"].as_str().unwrap();
                assert!(
                    std::path::Path::new(folder).join("Cargo.toml").is_file(),
                    "{folder}"
                );
            }
        }
    }
}
