//! What the front page of each published library has, the documentation at the head of its `lib.rs`: for whom the
//! library is, an example, every feature, every public module; and that docs.rs builds it with all features and
//! badges what a feature turns on.

use std::collections::BTreeSet;

use anyhow::Result;
use toml::Table;

use super::lines;
use super::workspace::{Package, Workspace};
use crate::repo::Repo;
use crate::violation::{Violation, line_of};

/// What makes rustdoc badge the items of a feature, where docs.rs builds.
const BADGES: &str = "#![cfg_attr(docsrs, feature(doc_cfg))]";

/// The rules for every published library.
///
/// # Errors
/// Where a file cannot be read.
pub(super) fn check(repo: &Repo, workspace: &Workspace) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for package in workspace.libraries(repo) {
        violations.extend(page(package, &repo.read(&package.library())?));
        violations.extend(manifest(package));
    }
    Ok(violations)
}

/// What a front page lacks.
fn page(package: &Package, source: &str) -> Vec<Violation> {
    let path = package.library();
    let mut violations = Vec::new();
    let mut add = |line: usize, what: String, fix: String| {
        violations.push(Violation::new(&path, what, fix).at(line));
    };
    let text: Vec<&str> = source
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .collect();
    let words: BTreeSet<&str> = text.iter().flat_map(|line| quoted(line)).collect();
    if !text.iter().any(|line| line.to_lowercase().contains("for whom")) {
        add(
            1,
            "the front page does not say for whom the crate is".into(),
            "add a line `For whom: ..`".into(),
        );
    }
    if !text.iter().any(|line| line.trim_start().starts_with("```")) {
        add(
            1,
            "the front page has no example".into(),
            "add the shortest that is true".into(),
        );
    }
    if !source.contains(BADGES) {
        add(
            1,
            "docs.rs does not badge the items of features".into(),
            format!("add `{BADGES}`"),
        );
    }
    for feature in features(package).filter(|feature| !words.contains(feature)) {
        add(
            1,
            format!("the front page does not name the feature `{feature}`"),
            "add it to the section `# Features`, with what it does".into(),
        );
    }
    for listed in listed(&text).filter(|listed| !package.features.contains_key(*listed)) {
        add(
            line_of(source, &format!("`{listed}`")),
            format!("`{listed}` is no feature of {}", package.name),
            "delete it from the section `# Features`".into(),
        );
    }
    for module in modules(source).filter(|module| !words.contains(module)) {
        add(
            line_of(source, &format!("pub mod {module}")),
            format!("the front page does not name the public module `{module}`"),
            format!("add [`{module}`] with what is in it"),
        );
    }
    violations
}

/// What docs.rs has to be told in the manifest.
fn manifest(package: &Package) -> Option<Violation> {
    let manifest: Table = package.manifest.parse().ok()?;
    let told = manifest
        .get("package")
        .and_then(|package| package.get("metadata")?.get("docs")?.get("rs"));
    let all = told.and_then(|told| told.get("all-features")?.as_bool());
    let arguments = told.and_then(|told| told.get("rustdoc-args")?.as_array());
    let docsrs = arguments.is_some_and(|words| words.iter().any(|word| word.as_str() == Some("docsrs")));
    if all == Some(true) && docsrs {
        return None;
    }
    let fix = "write `all-features = true` and `rustdoc-args = [\"--cfg\", \"docsrs\"]` under \
               `[package.metadata.docs.rs]`";
    let line = lines::key(&package.manifest, &["package", "name"]).unwrap_or_default();
    Some(Violation::new(&package.path, "docs.rs would not show every feature", fix).at(line))
}

fn features(package: &Package) -> impl Iterator<Item = &str> {
    package
        .features
        .keys()
        .map(String::as_str)
        .filter(|feature| *feature != "default")
}

/// What stands between backticks.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// What the section `# Features` lists: the words between backticks in the first cell of a row, or before the colon of
/// a point.
fn listed<'a>(text: &[&'a str]) -> impl Iterator<Item = &'a str> {
    let section = text
        .iter()
        .map(|line| line.trim())
        .skip_while(|line| *line != "# Features")
        .skip(1)
        .take_while(|line| !line.starts_with("# "));
    let heads: Vec<&str> = section
        .filter_map(|line| match line.strip_prefix('|') {
            Some(row) => row.split('|').next(),
            None => line.strip_prefix("- ").and_then(|point| point.split(':').next()),
        })
        .collect();
    heads.into_iter().flat_map(quoted)
}

/// The modules that the file declares as public, at its top.
fn modules(source: &str) -> impl Iterator<Item = &str> {
    source
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "))
        .filter_map(|rest| rest.split([';', ' ']).next())
}

#[cfg(test)]
mod tests {
    use super::{BADGES, manifest, page};
    use crate::tidy::workspace::Workspace;

    const TIDY: &str = "//! Things.\n//!\n//! For whom: all.\n//!\n//! ```\n//! ```\n//! # Modules\n//! - [`api`]: \
                        a.\n//!\n//! # Features\n//! | feature | |\n//! |---|---|\n//! | `tokio` (default) | a `Clock` \
                        |\n\n#![cfg_attr(docsrs, feature(doc_cfg))]\n\npub mod api;\nmod own;\n";

    fn found(source: &str) -> Vec<String> {
        let mut workspace = Workspace::of(&[("a", &[])]);
        for feature in ["default", "tokio"] {
            workspace.packages[0]
                .features
                .insert(feature.to_owned(), Vec::new());
        }
        page(&workspace.packages[0], source)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[track_caller]
    fn one(source: &str, words: &str) {
        let lines = found(source);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains(words), "{lines:?}");
    }

    #[test]
    fn a_front_page_in_order_is_silent() {
        assert_eq!(found(TIDY), Vec::<String>::new());
        let points = TIDY.replace("//! | feature | |\n//! |---|---|\n", "").replace(
            "//! | `tokio` (default) | a `Clock` |",
            "//! - `tokio` (default): a `Clock`.",
        );
        assert_eq!(found(&points), Vec::<String>::new());
    }

    #[test]
    fn what_is_missing_is_named() {
        one(&TIDY.replace("For whom", "For"), "for whom");
        let elsewhere = TIDY.replace("```", "") + "/// ```\n/// ```\npub fn f() {}\n";
        one(&elsewhere, "no example");
        one(&TIDY.replace(BADGES, ""), "fix: add `#![cfg_attr(docsrs");
        one(
            &TIDY.replace("`tokio`", "tokio"),
            "does not name the feature `tokio`",
        );
        one(
            &TIDY.replace("mod own", "pub mod own"),
            "a/src/lib.rs:18: the front page does not name the public module `own`",
        );
    }

    #[test]
    fn a_feature_that_is_not_there_is_found_at_its_line() {
        one(
            &TIDY.replace("//! | `tokio`", "//! | `smol` | |\n//! | `tokio`"),
            "a/src/lib.rs:13: `smol` is no feature of a; fix: delete it",
        );
    }

    #[test]
    fn docs_rs_is_told_to_show_all() {
        let mut workspace = Workspace::of(&[("a", &[])]);
        let package = &mut workspace.packages[0];
        package.manifest = "[package]\nname = 'a'\n\n[package.metadata.docs.rs]\nall-features = true\n\
                            rustdoc-args = ['--cfg', 'docsrs']\n"
            .to_owned();
        assert_eq!(manifest(package), None);
        package.manifest = package.manifest.replace("'docsrs'", "'x'");
        let line = manifest(package).unwrap().to_string();
        assert!(
            line.starts_with("crates/a/Cargo.toml:2: docs.rs would not"),
            "{line}"
        );
    }
}
