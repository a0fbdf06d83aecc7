//! `cargo xtask codegen`: makes every mirror of the list of operations.
//!
//! Each generator is a pure function from the operations to a text, or to the marked part of a file whose rest is
//! written by hand. This file runs them, formats Rust, and compares or writes. The shapes of requests and answers are
//! written by hand and are no business of this module.

mod blocking;
pub(crate) mod command;
mod core;
mod docs;
mod mock;
mod model;
mod modules;
mod pages;
mod part;
mod rust;
#[cfg(test)]
mod tests;

pub(crate) use self::rust::MADE_BY;
use anyhow::Result;

use crate::contract::{self, Operation};
use crate::repo::Repo;
use crate::tidy;

/// How many lines of a difference are shown.
const SHOWN: usize = 12;

/// A file that codegen makes.
#[derive(Debug)]
struct Made {
    path: &'static str,
    text: String,
}

/// `cargo xtask codegen [--check]`: `false` where `--check` found a file that is not what would be made.
///
/// # Errors
/// Where the contract cannot be read or a file cannot be written.
pub(crate) fn run(repo: &Repo, check: bool) -> Result<bool> {
    let operations = contract::load(repo)?;
    let made = all(repo, &operations)?;
    let mut stale = Vec::new();
    for file in &made {
        let there = repo.read_if_there(file.path)?;
        if there.as_deref() == Some(file.text.as_str()) {
            continue;
        }
        if check {
            stale.push(format!(
                "{}: stale\n{}",
                file.path,
                difference(there.as_deref().unwrap_or_default(), &file.text)
            ));
        } else {
            repo.write(file.path, &file.text)?;
            println!("wrote {}", file.path);
        }
    }
    if !check {
        let names = operations.iter().map(|operation| operation.entry.name.as_str());
        for missing in tidy::operations::files(names, |path| repo.path(path).is_file()) {
            println!("still to write: {missing}");
        }
    }
    let files = repo.files()?;
    let strays = strays(&files, &made);
    for stray in &strays {
        eprintln!("{stray}: no generator makes this file; fix: delete it, or move it out of `generated/`");
    }
    for file in &stale {
        eprintln!("{file}");
    }
    if !stale.is_empty() {
        eprintln!(
            "codegen: {} of {} files are stale; fix: run `cargo xtask codegen`",
            stale.len(),
            made.len()
        );
    }
    if stale.is_empty() && strays.is_empty() {
        println!("codegen: {} files are as they would be made", made.len());
    }
    Ok(stale.is_empty() && strays.is_empty())
}

/// Makes every file.
fn all(repo: &Repo, operations: &[Operation]) -> Result<Vec<Made>> {
    let rust = |path, source: String| -> Result<Made> {
        Ok(Made {
            path,
            text: rust::format(repo, path, &source)?,
        })
    };
    let with_part = |path, part: &dyn Fn(&str) -> Result<String>| rust(path, part(&repo.read(path)?)?);
    let page = |path, text: String| Made { path, text };
    let answered: Vec<&Operation> = operations
        .iter()
        .filter(|operation| repo.path(&modules::route(operation)).is_file())
        .collect();
    Ok(vec![
        rust(
            "crates/stream-users-model/src/generated/operations.rs",
            model::generate(operations),
        )?,
        with_part(modules::MODEL, &|text| modules::model(text, operations))?,
        with_part(modules::CORE, &|text| modules::core(text, operations))?,
        with_part(modules::EMULATOR, &|text| modules::emulator(text, &answered))?,
        with_part(core::API, &|text| core::api(text, operations))?,
        rust(
            "crates/stream-users-core/src/generated/users_api.rs",
            core::generate(operations),
        )?,
        rust(
            "crates/stream-users-testing/src/generated/mock.rs",
            mock::generate(operations),
        )?,
        rust(
            "crates/stream-users-blocking/src/generated/users.rs",
            blocking::generate(operations),
        )?,
        page("docs/operations.md", pages::reference(operations)),
        page(
            pages::README,
            pages::readme(&repo.read(pages::README)?, operations)?,
        ),
        page(
            pages::RETRIES,
            pages::retries(&repo.read(pages::RETRIES)?, operations)?,
        ),
    ])
}

/// The files in a folder named `generated` that no generator makes.
fn strays<'a>(files: &'a [String], made: &[Made]) -> Vec<&'a str> {
    files
        .iter()
        .map(String::as_str)
        .filter(|file| file.contains("/generated/") && !made.iter().any(|made| made.path == *file))
        .collect()
}

/// The lines around the first place where two texts differ.
fn difference(there: &str, wanted: &str) -> String {
    let (there, wanted): (Vec<_>, Vec<_>) = (there.lines().collect(), wanted.lines().collect());
    let start = there
        .iter()
        .zip(&wanted)
        .take_while(|(there, wanted)| there == wanted)
        .count();
    let end = there[start..]
        .iter()
        .rev()
        .zip(wanted[start..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let mut shown = vec![format!("  @@ line {}", start + 1)];
    shown.extend(
        there[start..there.len() - end]
            .iter()
            .take(SHOWN)
            .map(|line| format!("  - {line}")),
    );
    shown.extend(
        wanted[start..wanted.len() - end]
            .iter()
            .take(SHOWN)
            .map(|line| format!("  + {line}")),
    );
    shown.join("\n")
}
