//! Which types of other crates may stand in the signatures of the model and the core: those of 1.x crates. A new
//! version of a 0.x crate, of which there are many, would be a new version of ours.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Deserialize;

use crate::repo::Repo;
use crate::tidy::workspace::Package;
use crate::violation::Violation;

/// What may be named all the same: `Stream`, which is what everyone speaks, and `BoxFuture`, which is another name for
/// types of the standard library.
const ALLOWED: &[&str] = &["futures_core::stream::Stream", "futures_core::future::BoxFuture"];

/// The libraries below 1.0 that are built, by the name that code knows them by: the crate's name and version.
///
/// # Errors
/// Where cargo refuses.
pub(super) fn crates_of_0(repo: &Repo) -> Result<BTreeMap<String, (String, String)>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Found>,
    }
    #[derive(Deserialize)]
    struct Found {
        name: String,
        version: String,
        source: Option<String>,
        targets: Vec<Target>,
    }
    #[derive(Deserialize)]
    struct Target {
        name: String,
        kind: Vec<String>,
    }
    let metadata: Metadata = serde_json::from_slice(&crate::tidy::metadata(repo)?)?;
    let below_1 = metadata
        .packages
        .into_iter()
        .filter(|package| package.source.is_some() && package.version.starts_with("0."));
    Ok(below_1
        .flat_map(|package| {
            let libraries = package
                .targets
                .iter()
                .filter(|target| {
                    target
                        .kind
                        .iter()
                        .any(|kind| kind.ends_with("lib") || kind == "proc-macro")
                })
                .map(|target| target.name.replace('-', "_"))
                .collect::<Vec<_>>();
            libraries
                .into_iter()
                .map(move |library| (library, (package.name.clone(), package.version.clone())))
        })
        .collect())
}

/// The lines of a snapshot that name a type of a 0.x crate, unless a feature of the package turns that crate on.
pub(super) fn check(
    package: &Package,
    path: &str,
    snapshot: &str,
    crates_of_0: &BTreeMap<String, (String, String)>,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (line, number) in snapshot.lines().zip(1..).skip(1) {
        for named in paths(line) {
            let Some((name, version)) = crates_of_0.get(named.split("::").next().unwrap_or(named)) else {
                continue;
            };
            let behind_a_feature = package
                .dependencies
                .iter()
                .any(|dependency| dependency.name == *name && dependency.optional);
            if ALLOWED.contains(&named) || behind_a_feature {
                continue;
            }
            let what = format!("`{line}` names `{named}` of {name} {version}, which is below 1.0");
            let fix = format!(
                "wrap it in a type of {}, or make {name} optional and give the conversion a feature of its own",
                package.name
            );
            violations.push(Violation::new(path, what, fix).at(number));
        }
    }
    violations
}

/// The paths in a line, such as `core::option::Option`.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != ':')
        .map(|word| word.trim_matches(':'))
        .filter(|word| word.contains("::"))
}

#[cfg(test)]
mod tests {
    use super::{check, paths};
    use crate::tidy::workspace::Workspace;

    fn found(line: &str) -> Vec<String> {
        let workspace = Workspace::of(&[("a", &["compact_str", "jiff (optional)", "futures-core"])]);
        let crates = ["compact_str", "futures_core", "jiff"]
            .map(|name| (name.to_owned(), (name.replace("s_c", "s-c"), "0.9.1".to_owned())));
        check(
            &workspace.packages[0],
            "a.txt",
            &format!("# Made\n{line}\n"),
            &crates.into(),
        )
        .iter()
        .map(ToString::to_string)
        .collect()
    }

    #[test]
    fn a_type_below_1_is_found_with_its_item_and_the_fix() {
        assert_eq!(
            found("pub fn a::Str::inner(&self) -> &compact_str::CompactString"),
            [
                "a.txt:2: `pub fn a::Str::inner(&self) -> &compact_str::CompactString` names \
                 `compact_str::CompactString` of compact_str 0.9.1, which is below 1.0; fix: wrap it in a type of a, \
                 or make compact_str optional and give the conversion a feature of its own"
            ]
        );
    }

    #[test]
    fn what_a_feature_turns_on_and_streams_may_stand() {
        for line in [
            "impl core::convert::From<jiff::timestamp::Timestamp> for a::Timestamp",
            "pub fn a::all() -> impl futures_core::stream::Stream<Item = u8>",
            "pub fn a::compact_str() -> a::jiff",
        ] {
            assert_eq!(found(line), Vec::<String>::new());
        }
        assert_eq!(
            found("impl futures_core::stream::FusedStream for a::Items").len(),
            1
        );
    }

    #[test]
    fn paths_are_told_from_words() {
        let line = "pub a::B::c: core::option::Option<&'static d::E> where F: Fn(u8)";
        assert_eq!(
            paths(line).collect::<Vec<_>>(),
            ["a::B::c", "core::option::Option", "d::E"]
        );
    }
}
