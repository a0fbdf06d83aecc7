//! Walks through CONTRIBUTING's "How to add an operation" in a copy of the repository: every file that the page shows is
//! written, every command is run, and what it prints is compared with what the page shows. So the page stays true, and
//! so does what it promises: codegen makes the mirrors, and checks name whatever is missing.

mod change;
mod page;

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use self::page::What;
use super::job::{CLIPPY, Job, Outcome, RUSTFMT};
use crate::contract;
use crate::repo::Repo;

const PAGE: &str = "CONTRIBUTING.md";
const MANIFEST: &str = "Cargo.toml";
const HEADING: &str = "## How to add an operation";
/// Where the copy stands. Builds of it share the target folder, so that dependencies are not built again.
const COPY: &str = "target/new-operation";
/// What comes behind the version of the copy's packages. Cargo tells packages in one target folder apart by name, version
/// and place in their workspace: without it, what is built of the copy would pass for the repository's own.
const BUILD: &str = "+new-operation";

/// What codegen makes of the name of an operation, and in which file.
const MIRRORS: &[(&str, &str)] = &[
    (
        "crates/stream-users-model/src/generated/operations.rs",
        "\"{name}\"",
    ),
    (
        "crates/stream-users-model/src/operations/mod.rs",
        "pub use self::{name}::*;",
    ),
    ("crates/stream-users-core/src/endpoints/mod.rs", "mod {name};"),
    (
        "crates/stream-users-core/src/api.rs",
        "Err(Error::unimplemented(\"{name}\"))",
    ),
    (
        "crates/stream-users-core/src/generated/users_api.rs",
        "(**self).{name}(request).await",
    ),
    (
        "crates/stream-users-testing/src/generated/mock.rs",
        "async fn {name}(",
    ),
    (
        "crates/stream-users-blocking/src/generated/users.rs",
        "pub fn {name}(",
    ),
    ("docs/operations.md", "## {name}"),
    ("docs/guide/retries.md", "| `{name}` |"),
    ("README.md", "| `{name}` |"),
];

/// The job.
pub(super) fn job() -> Job {
    let name = "a new operation";
    Job::own(name, format!("cargo xtask ci --full --only '{name}'"), |repo| {
        walk(repo).map(|()| Outcome::Passed)
    })
    .needs(RUSTFMT)
    .needs(CLIPPY)
    .fix(format!(
        "mend what is printed above, or write in {PAGE} what is true now"
    ))
}

fn walk(repo: &Repo) -> Result<()> {
    let steps = page::steps(&repo.read(PAGE)?, HEADING).context(PAGE)?;
    let copy = copy(repo)?;
    let before = contract::names(&copy)?;
    for step in &steps {
        take(repo, &copy, &step.what).with_context(|| format!("{PAGE}:{}", step.line))?;
    }
    for step in &steps {
        if let What::Write(path, text) = &step.what {
            ensure!(
                copy.read(path)? == *text,
                "{PAGE}:{}: this is not how rustfmt writes {path}; fix: copy {COPY}/{path} into the page",
                step.line
            );
        }
    }
    let names = contract::names(&copy)?;
    let added: Vec<&String> = names.iter().filter(|name| !before.contains(name)).collect();
    ensure!(added.len() == 1, "{PAGE} adds {added:?}, and not one operation");
    for (path, made) in MIRRORS {
        let made = made.replace("{name}", added[0]);
        ensure!(
            copy.read(path)?.contains(&made),
            "{COPY}/{path} lacks `{made}`; fix: let a generator in xtask/src/codegen make it"
        );
    }
    Ok(())
}

/// The files that git tracks, elsewhere.
fn copy(repo: &Repo) -> Result<Repo> {
    let copy = Repo::at(repo.path(COPY));
    if copy.root().exists() {
        std::fs::remove_dir_all(copy.root()).with_context(|| format!("cannot empty {COPY}"))?;
    }
    for path in repo.files()? {
        let to = copy.path(&path);
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::copy(repo.path(&path), to).with_context(|| format!("cannot copy {path}"))?;
    }
    copy.write(MANIFEST, &told_apart(&copy.read(MANIFEST)?)?)?;
    Ok(copy)
}

/// The root's manifest with [`BUILD`] behind the version that every package inherits.
fn told_apart(manifest: &str) -> Result<String> {
    let head = "[workspace.package]\nversion = \"";
    let (before, rest) = manifest
        .split_once(head)
        .with_context(|| format!("{MANIFEST} has no `[workspace.package]` that begins with `version`"))?;
    let (version, rest) = rest.split_once('"').context("a version without an end")?;
    Ok(format!("{before}{head}{version}{BUILD}\"{rest}"))
}

fn take(repo: &Repo, copy: &Repo, what: &What) -> Result<()> {
    match what {
        What::Write(path, text) => {
            ensure!(!copy.path(path).exists(), "{path} is there already");
            copy.write(path, text)
        }
        What::Append(path, text) => copy.write(path, &format!("{}\n{text}", copy.read(path)?)),
        What::Merge(path, text) => copy.write(
            path,
            &change::merged(&copy.read(path)?, text).context(path.clone())?,
        ),
        What::Change(path, diff) => copy.write(
            path,
            &change::patched(&copy.read(path)?, diff).context(path.clone())?,
        ),
        What::Run(commands) => commands.iter().try_for_each(|command| run(repo, copy, command)),
    }
}

fn run(repo: &Repo, copy: &Repo, typed: &page::Command) -> Result<()> {
    println!("$ {}", typed.words.join(" "));
    let words: Vec<&str> = typed.words.iter().map(String::as_str).collect();
    let mut command = match words[..] {
        // This xtask rather than one that would have to be built; it works where its manifest is said to be.
        ["cargo", "xtask", ..] => {
            let mut command = copy.command(&std::env::current_exe()?.to_string_lossy());
            command
                .args(&words[2..])
                .env("CARGO_MANIFEST_DIR", copy.path("xtask"));
            command
        }
        ["cargo", ..] => {
            let mut command = copy.command("cargo");
            command.args(&words[1..]);
            command
        }
        _ => anyhow::bail!("`{}` is no command of cargo", words.join(" ")),
    };
    let printed = printed(
        command
            .env("CARGO_TERM_COLOR", "never")
            .env("RUST_BACKTRACE", "0")
            .env("CARGO_TARGET_DIR", repo.target()),
    )?;
    if let Some(line) = change::not_printed(&typed.prints, &printed) {
        anyhow::bail!("this line was not printed: {line}\nbut that:\n{printed}");
    }
    Ok(())
}

/// What a command prints: where cargo runs something, it says so before.
fn printed(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(text(&output.stderr) + &text(&output.stdout))
}

#[cfg(test)]
mod tests {
    use super::{HEADING, MANIFEST, PAGE, page, told_apart};
    use crate::repo::Repo;

    #[test]
    fn packages_of_the_copy_have_another_version() {
        let manifest = Repo::here().unwrap().read(MANIFEST).unwrap();
        let told = told_apart(&manifest).unwrap();
        assert_eq!(told.len(), manifest.len() + "+new-operation".len());
        assert!(told.contains("+new-operation\"\n"), "{told}");
        assert!(told_apart("[workspace]\n").is_err());
    }

    #[test]
    fn the_page_can_be_walked() {
        let steps = page::steps(&Repo::here().unwrap().read(PAGE).unwrap(), HEADING).unwrap();
        assert!(steps.len() > 5, "{steps:?}");
    }
}
