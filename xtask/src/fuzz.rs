//! `cargo xtask fuzz`: builds the fuzz targets (of the emulator, and of what reads webhooks) and runs them. What a target is stands with the
//! targets; where inputs are kept, and which flags and limits they run with, stands here.
//!
//! The stable compiler is enough: the flags below are those of `cargo fuzz` without its sanitizer, which needs another
//! compiler and finds nothing in code without `unsafe` that panics and checks of overflow do not. The fuzzer itself is
//! C++.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::repo::Repo;

/// Where the targets, their seeds and their dictionaries are.
const FOLDER: &str = "crates/stream-users-emulator/fuzz";
/// The manifest of their workspace.
pub(crate) const MANIFEST: &str = "crates/stream-users-emulator/fuzz/Cargo.toml";
/// How long they run unless more is asked for, in seconds.
const USUAL: u64 = 60;
/// The targets, each with its share of the time.
const TARGETS: &[(&str, u64)] = &[
    ("requests", 4),
    ("raw", 2),
    ("filters", 1),
    ("tokens", 1),
    ("webhooks", 2),
];
/// What lets the fuzzer see which code an input reaches, and with which values it is compared.
const FLAGS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "--cfg",
    "fuzzing",
];
/// An input that takes longer than 20 seconds hangs, and one that takes 2 GiB takes too much. Inputs that are longer
/// than 8 KiB reach no more code.
const LIMITS: &[&str] = &["-timeout=20", "-rss_limit_mb=2048", "-max_len=8192"];

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How long to look for inputs in all, without building.
    #[arg(long, default_value_t = USUAL, value_name = "N")]
    seconds: u64,
    /// Run this target alone: requests, raw, filters, tokens or webhooks.
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// Run this input and no other. The target is the name of the folder that it is in, unless `--target` says it.
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
}

impl Options {
    /// Every target, for as long as usual.
    pub(crate) fn minute() -> Self {
        Self {
            seconds: USUAL,
            target: None,
            replay: None,
        }
    }
}

/// Builds and runs the targets one after the other; `false` where one has found something.
///
/// # Errors
/// Where there is no C++ compiler or the targets cannot be built.
pub(crate) fn run(repo: &Repo, options: &Options) -> Result<bool> {
    let target = match (&options.target, &options.replay) {
        (Some(target), _) => Some(target.as_str()),
        (None, Some(file)) => Some(target_of(file)?),
        (None, None) => None,
    };
    let chosen: Vec<(&str, u64)> = TARGETS
        .iter()
        .copied()
        .filter(|(name, _)| target.is_none_or(|target| target == *name))
        .collect();
    ensure!(!chosen.is_empty(), "the targets are {}", names());
    let fuzzer = Fuzzer::build(repo)?;
    if let Some(file) = &options.replay {
        return fuzzer.replay(chosen[0].0, file);
    }
    let shares: u64 = chosen.iter().map(|(_, share)| share).sum();
    let mut clean = true;
    for (name, share) in chosen {
        clean &= fuzzer.fuzz(name, (options.seconds * share / shares).max(1))?;
    }
    Ok(clean)
}

fn names() -> String {
    let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// The target whose input a file is, by the folder that it is in.
fn target_of(file: &Path) -> Result<&str> {
    let folder = file
        .parent()
        .and_then(Path::file_name)
        .and_then(std::ffi::OsStr::to_str)
        .filter(|folder| TARGETS.iter().any(|(name, _)| name == folder));
    let Some(folder) = folder else {
        bail!(
            "{} is in no folder of a target; say `--target` and one of {}",
            file.display(),
            names()
        );
    };
    Ok(folder)
}

/// The targets, built.
struct Fuzzer {
    /// Where the targets and their seeds are.
    sources: PathBuf,
    /// Where the programs are.
    programs: PathBuf,
    /// Where inputs are kept that reach something new, and those that fail; in a folder that git ignores.
    kept: PathBuf,
}

impl Fuzzer {
    fn build(repo: &Repo) -> Result<Self> {
        let host = host()?;
        let kept = repo.target().join("fuzz");
        let sources = repo.path(FOLDER);
        println!("building the targets in {}", kept.display());
        // With a target named, what runs at build time is not built with the flags.
        let built = repo
            .command("cargo")
            .args(["build", "--release", "--bins", "--target", &host])
            .arg("--manifest-path")
            .arg(MANIFEST)
            .arg("--target-dir")
            .arg(kept.join("build"))
            .env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\u{1f}"))
            .status()
            .context("cannot run cargo")?;
        ensure!(
            built.success(),
            "the targets cannot be built; they need a C++ compiler (`apt-get install g++`)"
        );
        Ok(Self {
            sources,
            programs: kept.join("build").join(host).join("release"),
            kept,
        })
    }

    fn program(&self, target: &str) -> Command {
        let mut command = Command::new(self.programs.join(target));
        command.args(LIMITS);
        command
    }

    /// Looks for inputs that fail; whether there were none.
    fn fuzz(&self, target: &str, seconds: u64) -> Result<bool> {
        let [corpus, finds] = ["corpus", "finds"].map(|folder| self.kept.join(folder).join(target));
        for folder in [&corpus, &finds] {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let before = files(&finds)?;
        println!("\nfuzzing {target} for {seconds} s");
        let mut command = self.program(target);
        let dictionary = self.sources.join("dictionaries").join(target);
        if dictionary.is_file() {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        let status = command
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-artifact_prefix={}/", finds.display()))
            .args(["-verbosity=0", "-print_funcs=0", "-print_final_stats=1"])
            .arg(&corpus)
            .arg(self.sources.join("corpus").join(target))
            .status()
            .with_context(|| format!("cannot run {target}"))?;
        for find in files(&finds)?.difference(&before) {
            println!(
                "\nFOUND {0}\nagain: cargo xtask fuzz --replay {0}",
                find.display()
            );
        }
        Ok(status.success())
    }

    /// Runs one input; whether it does not fail.
    fn replay(&self, target: &str, file: &Path) -> Result<bool> {
        ensure!(file.is_file(), "there is no file {}", file.display());
        let status = self.program(target).arg(file).status()?;
        println!(
            "{}: {}",
            file.display(),
            if status.success() { "passes" } else { "fails" }
        );
        Ok(status.success())
    }
}

/// The triple of this machine, as the compiler calls it.
fn host() -> Result<String> {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .context("cannot run rustc")?;
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .context("rustc does not say what its host is")
}

fn files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{FOLDER, TARGETS, files, target_of};
    use crate::repo::Repo;

    #[test]
    fn a_find_is_replayed_by_the_target_of_its_folder() {
        assert_eq!(
            target_of(Path::new("target/fuzz/finds/raw/crash-1")).unwrap(),
            "raw"
        );
        for file in ["crash-1", "/crash-1", "finds/crash-1"] {
            assert!(target_of(Path::new(file)).is_err());
        }
    }

    #[test]
    fn each_target_has_its_source_and_a_small_corpus() {
        let folder = Repo::here().unwrap().path(FOLDER);
        assert_eq!(files(&folder.join("targets")).unwrap().len(), TARGETS.len());
        let mut seeds = Vec::new();
        for (name, _) in TARGETS {
            assert!(folder.join(format!("targets/{name}.rs")).is_file(), "{name}");
            let of_target = files(&folder.join("corpus").join(name)).unwrap();
            assert!(!of_target.is_empty(), "{name}");
            seeds.extend(of_target);
        }
        let size: u64 = seeds.iter().map(|seed| seed.metadata().unwrap().len()).sum();
        assert!(
            seeds.len() < 200 && size < 300 << 10,
            "{} seeds, {size} bytes",
            seeds.len()
        );
    }
}
