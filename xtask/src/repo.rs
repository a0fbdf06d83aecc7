//! The repository: where it is, what it holds, how its files are read.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

/// The working tree that xtask runs in.
#[derive(Debug)]
pub(crate) struct Repo {
    root: PathBuf,
}

impl Repo {
    /// The repository of the xtask that cargo runs; where cargo does not run it, the one around the current folder.
    ///
    /// # Errors
    /// Where there is none.
    pub(crate) fn here() -> Result<Self> {
        let start = match std::env::var_os("CARGO_MANIFEST_DIR") {
            Some(manifest) => PathBuf::from(manifest),
            None => std::env::current_dir().context("there is no current folder")?,
        };
        Self::around(&start)
    }

    fn around(start: &Path) -> Result<Self> {
        let is_root = |folder: &&Path| {
            ["Cargo.toml", "xtask/Cargo.toml"]
                .iter()
                .all(|file| folder.join(file).is_file())
        };
        let root = start.ancestors().find(is_root).with_context(|| {
            format!(
                "{} is in no workspace with an xtask; run `cargo xtask` inside one",
                start.display()
            )
        })?;
        Ok(Self {
            root: root.to_path_buf(),
        })
    }

    /// The one at this root.
    pub(crate) fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// An empty folder for a test, which is of this name alone.
    #[cfg(test)]
    pub(crate) fn scratch(test: &str) -> Self {
        let name = format!("stream-users-xtask-{}-{test}", std::process::id());
        let root = std::env::temp_dir().join(name);
        if root.exists() {
            std::fs::remove_dir_all(&root).unwrap();
        }
        std::fs::create_dir_all(&root).unwrap();
        Self {
            root: root.canonicalize().unwrap(),
        }
    }

    /// The root of the working tree.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The absolute path of a file.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The text of a file, with `\n` for line ends.
    ///
    /// # Errors
    /// Where the file is missing or not text.
    pub(crate) fn read(&self, relative: &str) -> Result<String> {
        let text = std::fs::read_to_string(self.path(relative))
            .with_context(|| format!("cannot read {relative}"))?;
        Ok(text.replace("\r\n", "\n"))
    }

    /// The text of a file, or `None` where there is none.
    ///
    /// # Errors
    /// Where the file is there and cannot be read.
    pub(crate) fn read_if_there(&self, relative: &str) -> Result<Option<String>> {
        if self.path(relative).exists() {
            self.read(relative).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Writes a file, making its folder.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn write(&self, relative: &str, text: &str) -> Result<()> {
        let path = self.path(relative);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder of {relative}"))?;
        }
        std::fs::write(&path, text).with_context(|| format!("cannot write {relative}"))
    }

    /// The files that git tracks or would track: committed, staged and new ones, without those that are ignored or
    /// deleted. Where this is no checkout or git is not there, all files but cargo's. Sorted.
    ///
    /// # Errors
    /// Where a folder cannot be read.
    pub(crate) fn files(&self) -> Result<Vec<String>> {
        let mut files = match self.of_git() {
            Some(files) => files,
            None => self.walked()?,
        };
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// What git lists; `None` where it has nothing to say, as in a copy of the sources without its history.
    fn of_git(&self) -> Option<Vec<String>> {
        let output = self
            .command("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output()
            .ok()?;
        if !output.status.success() {
            return None;
        }
        let listed = String::from_utf8_lossy(&output.stdout);
        let files: Vec<String> = listed
            .split('\0')
            .filter(|file| !file.is_empty() && self.path(file).is_file())
            .map(str::to_owned)
            .collect();
        (!files.is_empty()).then_some(files)
    }

    /// Every file, without git's and cargo's own folders. Links are not followed.
    fn walked(&self) -> Result<Vec<String>> {
        let mut files = Vec::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            let entries = std::fs::read_dir(self.path(&folder))
                .with_context(|| format!("cannot read the folder `{folder}`"))?;
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let path = if folder.is_empty() {
                    name.clone()
                } else {
                    format!("{folder}/{name}")
                };
                let kind = entry.file_type()?;
                if kind.is_file() {
                    files.push(path);
                } else if kind.is_dir() && name != "target" && name != ".git" {
                    folders.push(path);
                }
            }
        }
        Ok(files)
    }

    /// The folder that cargo builds into.
    pub(crate) fn target(&self) -> PathBuf {
        let named = std::env::var_os("CARGO_TARGET_DIR");
        self.root.join(named.unwrap_or_else(|| "target".into()))
    }

    /// A command that runs at the root.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::Repo;

    #[test]
    fn outside_a_checkout_the_folders_are_walked() {
        let repo = Repo::scratch("walk");
        for file in [
            "b.md",
            "a/src/x.rs",
            ".cargo/config.toml",
            "target/x.rs",
            "a/target/y.rs",
        ] {
            repo.write(file, "x\n").unwrap();
        }
        let walked = repo.files().unwrap();
        std::fs::remove_dir_all(repo.root()).unwrap();
        assert_eq!(walked, [".cargo/config.toml", "a/src/x.rs", "b.md"]);
    }

    #[test]
    fn the_root_is_the_folder_around_that_has_an_xtask() {
        let repo = Repo::scratch("root");
        for file in ["Cargo.toml", "xtask/Cargo.toml", "crates/a/Cargo.toml"] {
            repo.write(file, "").unwrap();
        }
        let roots = ["", "xtask", "crates/a"].map(|folder| Repo::around(&repo.path(folder)).unwrap().root);
        std::fs::remove_dir_all(repo.root()).unwrap();
        assert_eq!(
            roots.map(|root| root.components().eq(repo.root.components())),
            [true; 3]
        );
        assert!(Repo::around(std::path::Path::new("/")).is_err());
    }
}
