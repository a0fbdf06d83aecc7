//! What is published, tried as those who download it get it: a copy of the files that cargo would pack, in a folder
//! below `target`, has the licences and compiles, with the versions of the lock file and with the lowest ones that the
//! manifests allow.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use toml::{Table, Value};

use super::job::{Job, Outcome};
use crate::repo::Repo;
use crate::tidy::manifest::LIBRARIES;
use crate::tidy::workspace::{Package, Workspace};

/// What every package must hold besides its sources.
const LICENCES: &[&str] = &["LICENSE-APACHE", "LICENSE-MIT"];
/// What cargo lists and makes by itself.
const MADE: &[&str] = &[".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml.orig"];

/// What comes behind the version of the copies, so that in the shared target folder they are not taken for the crates that
/// they are copies of.
const BUILD: &str = "+packages";

/// The job that builds every package from what would be packed.
pub(super) fn packed(features: String) -> Job {
    Job::own("packages", "cargo xtask ci --full --only packages", move |repo| {
        let folder = repo.path("target/packages");
        let workspace = Workspace::read(repo)?;
        let published = || workspace.packages.iter().filter(|package| package.is_published());
        let fine = lay_out(repo, published(), &folder, |_| {})?;
        std::fs::copy(repo.path("Cargo.lock"), folder.join("Cargo.lock"))?;
        let target = repo.path("target");
        Ok(Outcome::of(check(&folder, &features, &target)? && fine))
    })
    .fix("put what the package lacks into its folder, or do without it")
}

/// The job that builds the libraries with the lowest versions that their manifests allow.
pub(super) fn lowest(features: String) -> Job {
    Job::own("lowest versions", "cargo xtask ci --full --only 'lowest versions'", move |repo| {
        let folder = repo.path("target/lowest");
        let workspace = Workspace::read(repo)?;
        let libraries = || {
            workspace
                .packages
                .iter()
                .filter(|package| LIBRARIES.contains(&package.name.as_str()))
        };
        // What tests use is no promise, and would hold the versions up.
        lay_out(repo, libraries(), &folder, |manifest| {
            manifest.remove("dev-dependencies");
        })?;
        let mut resolve = repo.command("cargo");
        resolve
            .args(["generate-lockfile", "-Z", "direct-minimal-versions"])
            .current_dir(&folder)
            .env("RUSTC_BOOTSTRAP", "1");
        if !resolve.status().context("cannot run cargo")?.success() {
            return Ok(Outcome::Failed);
        }
        Ok(Outcome::of(check(&folder, &features, &folder.join("target"))?))
    })
    .fix("raise the version in [workspace.dependencies] of Cargo.toml to the lowest that compiles, or that others need")
}

/// Copies what cargo would pack of the packages, and the workspace that they belong to; `false` where one lacks a
/// licence. `edit` may change each manifest.
fn lay_out<'a>(
    repo: &Repo,
    packages: impl Iterator<Item = &'a Package>,
    folder: &Path,
    edit: impl Fn(&mut Table),
) -> Result<bool> {
    for old in ["crates", "Cargo.lock"].map(|old| folder.join(old)) {
        if old.is_dir() {
            std::fs::remove_dir_all(&old)?;
        } else if old.is_file() {
            std::fs::remove_file(&old)?;
        }
    }
    let mut fine = true;
    for package in packages {
        let files = listed(repo, &package.name)?;
        for licence in lacking(&files) {
            fine = false;
            eprintln!(
                "{}: the package lacks {licence}; fix: ln -s ../../{licence} {}/{licence}",
                package.path,
                package.folder()
            );
        }
        let from = repo.path(package.folder());
        let to = folder.join(package.folder());
        for file in files {
            copy(&from.join(&file), &to.join(&file)).with_context(|| format!("cannot copy {file}"))?;
        }
        let mut manifest: Table = package.manifest.parse()?;
        edit(&mut manifest);
        std::fs::write(to.join("Cargo.toml"), toml::to_string(&manifest)?)?;
    }
    std::fs::write(folder.join("Cargo.toml"), root(&repo.read("Cargo.toml")?)?)?;
    Ok(fine)
}

/// The files that cargo would pack of a package, without those that it makes.
fn listed(repo: &Repo, package: &str) -> Result<Vec<String>> {
    let output = repo
        .command("cargo")
        .args(["package", "--list", "--allow-dirty", "--package", package])
        .output()
        .context("cannot run cargo")?;
    if !output.status.success() {
        bail!(
            "cargo does not pack {package}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let files = String::from_utf8_lossy(&output.stdout).replace('\\', "/");
    Ok(files
        .lines()
        .filter(|file| !MADE.contains(file))
        .map(str::to_owned)
        .collect())
}

/// The licences that are not among the files of a package.
fn lacking(files: &[String]) -> impl Iterator<Item = &'static str> {
    LICENCES
        .iter()
        .copied()
        .filter(|licence| !files.iter().any(|file| file == licence))
}

fn copy(from: &Path, to: &PathBuf) -> Result<()> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::copy(from, to)?;
    Ok(())
}

/// The manifest of the copy's root: the workspace's, whose members are what was copied.
fn root(manifest: &str) -> Result<String> {
    let mut manifest: Table = manifest.parse()?;
    // Of the profiles what is said of all crates is kept, or every dependency would be built once more; others are named
    // there that only xtask needs.
    let profiles = manifest.get_mut("profile").and_then(Value::as_table_mut);
    for (_, profile) in profiles.into_iter().flatten() {
        if let Some(packages) = profile.get_mut("package").and_then(Value::as_table_mut) {
            packages.retain(|name, _| name == "*");
        }
    }
    let workspace = manifest.get_mut("workspace").and_then(Value::as_table_mut);
    let workspace = workspace.context("Cargo.toml has no [workspace]")?;
    workspace.insert("members".to_owned(), Value::from(vec!["crates/*"]));
    let version = workspace
        .get_mut("package")
        .and_then(|package| package.get_mut("version"));
    if let Some(Value::String(version)) = version {
        version.push_str(BUILD);
    }
    Ok(toml::to_string(&manifest)?)
}

fn check(folder: &Path, features: &str, target: &Path) -> Result<bool> {
    let mut command = std::process::Command::new("cargo");
    command
        .current_dir(folder)
        .args(["check", "--workspace", "--features", features, "--target-dir"])
        .arg(target);
    Ok(command.status().context("cannot run cargo")?.success())
}

#[cfg(test)]
mod tests {
    use super::{lacking, root};

    #[test]
    fn a_package_without_a_licence_is_told_which() {
        let files = ["Cargo.toml", "LICENSE-MIT", "docs/LICENSE-APACHE"].map(str::to_owned);
        assert_eq!(lacking(&files).collect::<Vec<_>>(), ["LICENSE-APACHE"]);
    }

    #[test]
    fn the_copy_has_what_was_copied_for_members() {
        let manifest = "[workspace]\nmembers = ['crates/*', 'xtask']\n\n[workspace.package]\nversion = '1.0.0'\n\n\
                        [profile.dev.package.'*']\ndebug = false\n\n[profile.dev.package.x]\nopt-level = 2\n";
        let root: toml::Table = root(manifest).unwrap().parse().unwrap();
        assert_eq!(root["workspace"]["members"].as_array().unwrap().len(), 1);
        assert_eq!(
            root["workspace"]["package"]["version"].as_str(),
            Some("1.0.0+packages")
        );
        assert_eq!(
            root["profile"]["dev"]["package"].to_string(),
            "{ \"*\" = { debug = false } }"
        );
    }
}
