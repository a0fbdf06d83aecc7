//! What cargo says about the workspace's packages, without resolving anything.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::{cargo, lines};
use crate::repo::Repo;

/// The members of the workspace.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
}

/// One member.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    manifest_path: String,
    pub(crate) dependencies: Vec<Dependency>,
    /// Each feature and what it turns on.
    #[serde(default)]
    pub(crate) features: std::collections::BTreeMap<String, Vec<String>>,
    /// What is built of it.
    pub(crate) targets: Vec<Target>,
    /// An empty list where the package is not published.
    publish: Option<Vec<String>>,
    /// The manifest's path, seen from the root.
    #[serde(skip)]
    pub(crate) path: String,
    /// The manifest's text.
    #[serde(skip)]
    pub(crate) manifest: String,
}

/// A library, a binary, an example, a test or a bench.
#[derive(Debug, Deserialize)]
pub(crate) struct Target {
    /// The file that it begins with, seen from the root.
    #[serde(rename = "src_path")]
    pub(crate) path: String,
    /// Whether `cargo test` runs the tests in it.
    pub(crate) test: bool,
}

/// One line of a manifest's dependencies.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// What stands for it in the manifest, where that is another name.
    pub(crate) rename: Option<String>,
    /// `dev` or `build`; nothing for a normal one.
    pub(crate) kind: Option<String>,
    /// The platforms that it is for, where it is not for all.
    pub(crate) target: Option<String>,
    pub(crate) req: String,
    pub(crate) optional: bool,
    /// The folder of a dependency that is given by path.
    pub(crate) path: Option<String>,
}

impl Dependency {
    /// Whether only tests, examples and benches have it.
    pub(crate) fn is_dev(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

impl Package {
    /// Whether it goes to the registry.
    pub(crate) fn is_published(&self) -> bool {
        self.publish
            .as_ref()
            .is_none_or(|registries| !registries.is_empty())
    }

    /// Its folder, seen from the root.
    pub(crate) fn folder(&self) -> &str {
        self.path.strip_suffix("/Cargo.toml").unwrap_or(&self.path)
    }

    /// The file that its library begins with, seen from the root, where it has one.
    pub(crate) fn library(&self) -> String {
        format!("{}/src/lib.rs", self.folder())
    }

    /// The Rust files below its `src`, seen from the root, with their texts.
    ///
    /// # Errors
    /// Where one cannot be read.
    pub(crate) fn sources(&self, repo: &Repo) -> Result<Vec<(String, String)>> {
        let folder = format!("{}/src/", self.folder());
        let is_source =
            |path: &String| path.starts_with(&folder) && Path::new(path).extension() == Some("rs".as_ref());
        let sources = repo.files()?.into_iter().filter(is_source);
        sources
            .map(|path| repo.read(&path).map(|text| (path, text)))
            .collect()
    }

    /// The line of the manifest that names a dependency, where it can be found.
    pub(crate) fn line_of(&self, dependency: &Dependency) -> Option<usize> {
        let name = dependency.rename.as_ref().unwrap_or(&dependency.name);
        let table = match dependency.kind.as_deref() {
            None => "dependencies".to_owned(),
            Some(kind) => format!("{kind}-dependencies"),
        };
        let bare = |target: &str| target.replace(' ', "");
        let target = dependency.target.as_deref().map(bare);
        let found: Vec<lines::Named> = lines::dependencies(&self.manifest)
            .into_iter()
            .filter(|named| named.key == *name)
            .filter(|named| {
                named
                    .tables
                    .last()
                    .is_some_and(|last| last.replace('_', "-") == table)
            })
            .collect();
        let of_target = |named: &&lines::Named| match &named.tables[..] {
            [of, stated, _] if of == "target" => Some(bare(stated)) == target,
            _ => target.is_none(),
        };
        let best = found.iter().find(of_target).or_else(|| found.first());
        best.map(|named| named.line)
    }

    /// How to take a dependency out of the manifest.
    pub(crate) fn delete(&self, dependency: &Dependency) -> String {
        let line = self.line_of(dependency);
        let text = line.and_then(|line| self.manifest.lines().nth(line - 1).map(str::trim));
        match (line, text) {
            (Some(line), Some(text)) if text.starts_with('[') => {
                format!("delete the table at line {line}: {text}")
            }
            (Some(line), Some(text)) => format!("delete line {line}: {text}"),
            _ => format!("delete the dependency on {}", dependency.name),
        }
    }
}

impl Workspace {
    /// Asks cargo.
    ///
    /// # Errors
    /// Where cargo refuses, which it does where a manifest is wrong.
    pub(crate) fn read(repo: &Repo) -> Result<Self> {
        #[derive(Deserialize)]
        struct Metadata {
            packages: Vec<Package>,
            workspace_root: String,
        }
        let output = cargo::ask(repo, &["metadata", "--format-version", "1", "--no-deps"])?;
        let metadata: Metadata = serde_json::from_slice(&output)?;
        let mut packages = metadata.packages;
        let from_the_root = |path: &str| {
            let path = path
                .strip_prefix(&metadata.workspace_root)
                .with_context(|| format!("{path} is outside the workspace"))?;
            Ok::<_, anyhow::Error>(path.trim_start_matches(['/', '\\']).replace('\\', "/"))
        };
        for package in &mut packages {
            package.path = from_the_root(&package.manifest_path)?;
            for target in &mut package.targets {
                target.path = from_the_root(&target.path)?;
            }
            package.manifest = repo.read(&package.path)?;
        }
        Ok(Self { packages })
    }

    /// Whether a name is a member's.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.packages.iter().any(|package| package.name == name)
    }

    /// The members that are published and have a library.
    pub(crate) fn libraries<'a>(&'a self, repo: &'a Repo) -> impl Iterator<Item = &'a Package> {
        self.packages
            .iter()
            .filter(|package| package.is_published() && repo.path(&package.library()).is_file())
    }

    /// A workspace for tests: packages with their dependencies as `name`, `name (dev)` or `name (optional)`.
    #[cfg(test)]
    pub(crate) fn of(packages: &[(&str, &[&str])]) -> Self {
        let packages = packages.iter().map(|(name, dependencies)| {
            let manifest = dependencies
                .iter()
                .map(|line| line.split(' ').next().unwrap())
                .map(|n| format!("{n}.workspace = true\n"));
            Package {
                name: (*name).to_owned(),
                manifest_path: String::new(),
                features: std::collections::BTreeMap::new(),
                targets: Vec::new(),
                publish: (*name == "xtask").then(Vec::new),
                path: format!("crates/{name}/Cargo.toml"),
                manifest: format!("[dependencies]\n{}", manifest.collect::<String>()),
                dependencies: dependencies
                    .iter()
                    .map(|line| Dependency {
                        name: line.split(' ').next().unwrap().to_owned(),
                        rename: None,
                        kind: line.contains("(dev)").then(|| "dev".to_owned()),
                        req: "*".to_owned(),
                        target: None,
                        optional: line.contains("(optional)"),
                        path: None,
                    })
                    .collect(),
            }
        });
        Self {
            packages: packages.collect(),
        }
    }
}
