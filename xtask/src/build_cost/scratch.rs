//! A package outside of the workspace that has nothing but the subject, built cold: where it lies, how cargo is asked there, and what
//! that takes. It has the workspace's lock file beside it, so that the versions are the same, and is deleted afterwards.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use toml::{Table, Value};

use super::{Cost, units};
use crate::repo::Repo;
use crate::tidy::trees;

/// What the package is called.
const PACKAGE: &str = "build-cost";
/// Its folder for what is built.
const TARGET: &str = "target";
/// What would change how it is built. What names another target folder, flags or a cache is set instead, since a setting of the
/// user's could say it as well.
const DISTURBING: &[&str] = &["CARGO_BUILD_TARGET", "CARGO_INCREMENTAL", "RUSTC_BOOTSTRAP"];

/// The package, deleted when it is dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    subject: String,
    place: Repo,
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(self.place.root()) {
            eprintln!("{} is left behind: {error}", self.place.root().display());
        }
    }
}

impl Scratch {
    /// Writes the package.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub(super) fn new(repo: &Repo, subject: &str, dependencies: &Table) -> Result<Self> {
        let name = format!("stream-users-build-cost-{}-{subject}", std::process::id());
        let root = std::env::temp_dir().join(name);
        std::fs::create_dir(&root).with_context(|| format!("cannot make {}", root.display()))?;
        let scratch = Self {
            subject: subject.to_owned(),
            place: Repo::at(root),
        };
        scratch.place.write("Cargo.toml", &manifest(dependencies)?)?;
        scratch.place.write("Cargo.lock", &repo.read("Cargo.lock")?)?;
        scratch.place.write("src/lib.rs", "")?;
        Ok(scratch)
    }

    /// Downloads what is needed, and then builds it and looks at the clocks.
    ///
    /// # Errors
    /// Where cargo fails, or there is no clock.
    pub(super) fn measure(&self) -> Result<Cost> {
        // Nothing else writes the lock file: it loses what is not needed here, and the package itself comes in.
        self.cargo(&["fetch", "--quiet"])?;
        let mut crates = trees::built_here(self.command(), PACKAGE)?;
        crates.remove(PACKAGE);
        eprintln!("building {}, {} crates", self.subject, crates.len());
        let (cpu, wall) = (of_children()?, Instant::now());
        self.cargo(&[
            "build",
            "--release",
            "--quiet",
            "--timings",
            "--locked",
            "--offline",
        ])?;
        let (cpu, wall) = (of_children()?.saturating_sub(cpu), wall.elapsed());
        let report = format!("{TARGET}/cargo-timings/cargo-timing.html");
        let report = self.place.read_if_there(&report)?;
        Ok(Cost {
            subject: self.subject.clone(),
            crates: crates.len(),
            cpu,
            wall,
            units: report.as_deref().and_then(units::read),
        })
    }

    fn cargo(&self, arguments: &[&str]) -> Result<()> {
        let status = self
            .command()
            .args(arguments)
            .status()
            .context("cannot run cargo")?;
        ensure!(
            status.success(),
            "`cargo {}` failed for {}",
            arguments.join(" "),
            self.subject
        );
        Ok(())
    }

    /// Cargo, in the package and with nothing of the environment that would change what is measured.
    fn command(&self) -> Command {
        let mut command = self.place.command("cargo");
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PROFILE_") || DISTURBING.contains(&&*text) {
                command.env_remove(&name);
            }
        }
        for folder in ["CARGO_TARGET_DIR", "CARGO_BUILD_BUILD_DIR"] {
            command.env(folder, self.place.path(TARGET));
        }
        // Cargo takes these before any other place where flags or a wrapper may be named; empty, there are none.
        for nothing in [
            "CARGO_ENCODED_RUSTFLAGS",
            "RUSTC_WRAPPER",
            "RUSTC_WORKSPACE_WRAPPER",
        ] {
            command.env(nothing, "");
        }
        command
    }
}

/// The manifest: a workspace of its own, wherever it lies.
fn manifest(dependencies: &Table) -> Result<String> {
    let mut manifest: Table = format!(
        "[package]\nname = \"{PACKAGE}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n"
    )
    .parse()?;
    manifest.insert("dependencies".to_owned(), Value::Table(dependencies.clone()));
    Ok(toml::to_string(&manifest)?)
}

/// The CPU time of all processes that this one has started and that have ended, the user's and the system's, with what those
/// have started.
#[cfg(unix)]
fn of_children() -> Result<Duration> {
    use nix::sys::resource::{UsageWho, getrusage};

    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("cannot read the CPU time of what was built")?;
    let mut sum = Duration::ZERO;
    for time in [usage.user_time(), usage.system_time()] {
        sum += Duration::from_secs(time.tv_sec().try_into()?)
            + Duration::from_micros(time.tv_usec().try_into()?);
    }
    Ok(sum)
}

#[cfg(not(unix))]
fn of_children() -> Result<Duration> {
    anyhow::bail!(
        "this system does not say what the processes of a build take on a CPU; run it on Linux or macOS"
    )
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsStr;
    use std::time::Duration;

    use super::{Scratch, TARGET};
    use crate::repo::Repo;

    #[test]
    fn a_crate_is_built_and_measured_and_the_folder_deleted() {
        let repo = Repo::scratch("build-cost");
        repo.write("Cargo.lock", "version = 4\n").unwrap();
        repo.write(
            "a/Cargo.toml",
            "[package]\nname = \"a\"\nversion = \"0.1.0\"\n[workspace]\n",
        )
        .unwrap();
        repo.write("a/src/lib.rs", "pub fn a() {}\n").unwrap();
        let folder = repo.path("a").display().to_string();
        let dependencies = toml::toml! { a = { path = folder } };
        let scratch = Scratch::new(&repo, "a", &dependencies).unwrap();
        let cost = scratch.measure().unwrap();
        let root = scratch.place.root().to_owned();
        assert!(root.is_dir());
        drop(scratch);
        std::fs::remove_dir_all(repo.root()).unwrap();
        assert!(!root.exists());
        assert_eq!((cost.subject.as_str(), cost.crates), ("a", 1));
        assert!(cost.cpu > Duration::ZERO && cost.wall > Duration::ZERO);
    }

    #[test]
    fn flags_and_folders_of_the_environment_do_not_count() {
        let repo = Repo::scratch("build-cost-environment");
        repo.write("Cargo.lock", "version = 4\n").unwrap();
        let scratch = Scratch::new(&repo, "environment", &toml::Table::new()).unwrap();
        let command = scratch.command();
        let set = |name: &str| command.get_envs().find(|(key, _)| *key == name).unwrap().1;
        std::fs::remove_dir_all(repo.root()).unwrap();
        let target = scratch.place.path(TARGET);
        assert_eq!(set("CARGO_TARGET_DIR"), Some(target.as_os_str()));
        assert_eq!(set("CARGO_BUILD_BUILD_DIR"), Some(target.as_os_str()));
        assert_eq!(set("CARGO_ENCODED_RUSTFLAGS"), Some(OsStr::new("")));
        assert_eq!(set("RUSTC_WRAPPER"), Some(OsStr::new("")));
    }
}
