//! Installs the SDKs of a language from its lock file, once: what is there is used again until the lock changes.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::FOLDER;
use crate::repo::Repo;

/// A language that SDKs are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runtime {
    Python,
    Node,
}

impl Runtime {
    /// What is installed: every package in its version, with the hash of what may be downloaded for it.
    fn lock(self) -> &'static str {
        match self {
            Self::Python => "xtask/e2e/python/requirements.txt",
            Self::Node => "xtask/e2e/node/package-lock.json",
        }
    }

    /// Where it is installed to.
    pub(super) fn folder(self, repo: &Repo) -> PathBuf {
        repo.path(FOLDER).join(match self {
            Self::Python => "python",
            Self::Node => "node",
        })
    }

    /// The interpreter that finds what is installed.
    pub(super) fn interpreter(self, repo: &Repo) -> PathBuf {
        match self {
            Self::Python if cfg!(windows) => self.folder(repo).join("Scripts").join("python"),
            Self::Python => self.folder(repo).join("bin").join("python"),
            Self::Node => PathBuf::from("node"),
        }
    }
}

/// Installs what the lock names, unless it is there already.
///
/// # Errors
/// Where the language's tools are missing, or a package cannot be had.
pub(super) fn install(repo: &Repo, runtime: Runtime) -> Result<()> {
    let lock = repo.read(runtime.lock())?;
    let folder = runtime.folder(repo);
    // The lock that was installed from; written last, so that half an installation is none.
    let stamp = folder.join("installed.lock");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    println!("installing {} into {}", runtime.lock(), folder.display());
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    match runtime {
        Runtime::Python => {
            let mut venv = repo.command("python3");
            run(
                venv.args(["-m", "venv"]).arg(&folder),
                "Python 3.11 or newer with venv",
            )?;
            let mut pip = Command::new(runtime.interpreter(repo));
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .args(["--no-deps", "--require-hashes", "--only-binary", ":all:"])
                .arg("--requirement")
                .arg(repo.path(runtime.lock()));
            run(&mut pip, "the packages that the lock names")?;
        }
        Runtime::Node => {
            for file in ["package.json", "package-lock.json"] {
                let from = repo.path("xtask/e2e/node").join(file);
                std::fs::copy(&from, folder.join(file))
                    .with_context(|| format!("cannot copy {}", from.display()))?;
            }
            let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
            npm.args([
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            ])
            .current_dir(&folder);
            run(&mut npm, "Node.js 18 or newer with npm")?;
        }
    }
    std::fs::write(&stamp, lock).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Runs a command that has to succeed.
fn run(command: &mut Command, needs: &str) -> Result<()> {
    let shown = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .with_context(|| format!("cannot run {shown}: needs {needs}"))?;
    ensure!(status.success(), "{shown} failed ({status}): needs {needs}");
    Ok(())
}
